// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Allocation. The inlined path is a bump of the thread's run; see c.h for
/// the comparison it makes and why. Arguments are evaluated before the memory
/// is taken, so they may allocate and collect.
#ifndef GAB_MAKE_HPP
#define GAB_MAKE_HPP

#include "gab/member.hpp"
#include <new>
#include <string.h>

namespace gab {

/// A length and that many elements, in one object.
template <class T> struct Array {
  size_t Length;

  Array(const Array &) = delete;
  size_t size() const { return Length; }
  T *data() { return reinterpret_cast<T *>(this + 1); }
  const T *data() const { return reinterpret_cast<const T *>(this + 1); }
  T *begin() { return data(); }
  T *end() { return data() + Length; }
  const T *begin() const { return data(); }
  const T *end() const { return data() + Length; }
  T &operator[](size_t I) { return data()[I]; }
  const T &operator[](size_t I) const { return data()[I]; }
};

namespace detail {

[[noreturn, gnu::cold]] inline void outOfMemory() {
#if defined(__cpp_exceptions)
  throw std::bad_alloc();
#else
  gab_misuse("memory is used up and exceptions are off",
             "set a handler with gab_set_oom_handler, or raise GAB_LIMIT");
  __builtin_trap();
#endif
}

template <class T> inline T *orThrow(void *Memory) {
  if (!Memory) [[unlikely]]
    outOfMemory();
  return static_cast<T *>(Memory);
}

// The cold entries keep nearly all registers, which only helps where they are
// called from: a lambda that is a function of its own does not.
#define GAB_INLINED __attribute__((always_inline))

/// Takes Size bytes from Run, or what Slow() returns.
template <class Function>
[[gnu::always_inline]] inline void *bump(gab_run &Run, size_t Size,
                                         Function Slow) {
  uintptr_t Top = __atomic_load_n(&Run.top, __ATOMIC_RELAXED);
  if (Top + Size > readNow(Run.end)) [[unlikely]]
    return Slow();
  __atomic_store_n(&Run.top, Top + Size, __ATOMIC_RELAXED);
  return reinterpret_cast<void *>(Top);
}

constexpr size_t roundSmall(size_t Size) {
  return Size < 16 ? 16 : (Size + 7) & ~size_t(7);
}

template <class T> inline void *allocateSmall() {
  constexpr size_t Size =
      (roundSmall(sizeof(T)) + alignof(T) - 1) & ~(alignof(T) - 1);
  return bump(gab_tls.small, Size, []() GAB_INLINED {
    return orThrow<void>(gab_slow_small(Size, type_of<T>()));
  });
}

template <class T> inline void *allocateScan() {
  constexpr unsigned Class = classOf(sizeof(T) + 8, alignof(T));
  if constexpr (Class < GAB_FAST_CLASSES) {
    constexpr size_t Cell = CellSizes[Class];
    // The slow path writes the header too; writing it again costs nothing.
    void *Memory = bump(gab_tls.scan[Class], Cell, []() GAB_INLINED {
      return static_cast<void *>(static_cast<char *>(orThrow<void>(
                                     gab_slow_scan(Class, type_of<T>()))) -
                                 8);
    });
    auto *Header = static_cast<const gab_type **>(Memory);
    __atomic_store_n(Header, type_of<T>(), __ATOMIC_RELAXED);
    return Header + 1;
  } else {
    return orThrow<void>(gab_alloc(type_of<T>()));
  }
}

/// In blocks of T alone there are no headers. A cell is counted from eight
/// bytes before its object, as it is where there are; see Typed.h.
template <class T> inline void *allocateTyped() {
  constexpr size_t Cell = typedCell(sizeof(T), alignof(T));
  auto *Run = reinterpret_cast<gab_run *>(
      reinterpret_cast<char *>(gab_tls.typed) +
      __atomic_load_n(&TypeOf<T>.run, __ATOMIC_RELAXED));
  void *Memory = bump(*Run, Cell, []() GAB_INLINED {
    return static_cast<void *>(
        static_cast<char *>(orThrow<void>(gab_slow_scan(0, type_of<T>()))) - 8);
  });
  return static_cast<char *>(Memory) + 8;
}

template <class T> inline void *allocate() {
  // A GAB hands out multiples of 8, so 16-byte alignment goes elsewhere.
  if constexpr (TypeMaker<T>::Segregated)
    return allocateTyped<T>();
  else if constexpr (!TypeMaker<T>::Plain)
    return allocateScan<T>();
  else if constexpr (sizeof(T) < GAB_SMALL_LIMIT && alignof(T) <= 8)
    return allocateSmall<T>();
  else
    return orThrow<void>(gab_alloc(type_of<T>()));
}

} // namespace detail

/// Makes a T. The result is found by the conservative scan as long as some
/// stack or register holds it; put it in a handle or a field to keep it.
template <class T, class... Arguments> inline Ref<T> make(Arguments &&...A) {
  T *Object;
  if constexpr (std::is_aggregate_v<T>)
    Object = ::new (detail::allocate<T>()) T{std::forward<Arguments>(A)...};
  else
    Object = ::new (detail::allocate<T>()) T(std::forward<Arguments>(A)...);
  // Only now: an object whose constructor threw has nothing to finalize.
  if constexpr (!std::is_trivially_destructible_v<T>)
    if (!gab_register_finalizer(Object, type_of<T>()))
      detail::outOfMemory();
  return Ref<T>(Object);
}

/// A pointer-free T whose bytes are whatever was there before.
template <class T> inline Ref<T> make_uninit() {
  static_assert(detail::TypeMaker<T>::Plain,
                "only a pointer-free object may start uninitialised");
  return Ref<T>(static_cast<T *>(detail::allocate<T>()));
}

/// An array of Length elements. Elements with references, and those of
/// make_array_zeroed, are zero; the others start uninitialised.
template <class T> inline Ref<Array<T>> make_array(size_t Length) {
  if constexpr (detail::TypeMaker<Array<T>>::Plain) {
    // One comparison for "not empty" and "small enough": that leaves out the
    // question whether the result has the 16 bytes an object has at least.
    if (Length - 1 < (GAB_SMALL_LIMIT - 16) / sizeof(T)) [[likely]] {
      size_t Size = 8 + Length * sizeof(T);
      if constexpr (sizeof(T) % 8)
        Size = (Size + 7) & ~size_t(7);
      void *Memory = detail::bump(gab_tls.small, Size, [Size]() GAB_INLINED {
        return detail::orThrow<void>(gab_slow_small(Size, type_of<Array<T>>()));
      });
      *static_cast<size_t *>(Memory) = Length;
      return Ref<Array<T>>(static_cast<Array<T> *>(Memory));
    }
  }
  return Ref<Array<T>>(
      detail::orThrow<Array<T>>(gab_alloc_array(type_of<Array<T>>(), Length)));
}

template <class T> inline Ref<Array<T>> make_array_zeroed(size_t Length) {
  Ref<Array<T>> A = make_array<T>(Length);
  if constexpr (detail::TypeMaker<Array<T>>::Plain)
    memset(static_cast<void *>(A->data()), 0, Length * sizeof(T));
  return A;
}

} // namespace gab
#endif
