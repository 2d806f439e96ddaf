// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Fields of traced objects, and the visitor that shows them to the collector.
///
/// `Ref<T>` is a plain pointer with a type that converts to nothing else: the
/// collector takes the size of a pointer-free object from the type of the
/// place that refers to it, so a `Ref<Base>` to a larger object would be a
/// truncated copy waiting to happen. `Member<T>` is such a place inside a
/// traced object; storing to it passes the write barrier. Constructing one from
/// a value does too: an argument of a later field may collect, and then the
/// object under construction is not young any more.
#ifndef GAB_MEMBER_HPP
#define GAB_MEMBER_HPP

#include "gab/detail/hidden.hpp"
#include "gab/type.hpp"

namespace gab {

/// A reference for stacks and registers. Found there by the conservative scan,
/// which keeps the object where it is.
template <class T> struct Ref {
  T *Pointer = nullptr;

  constexpr Ref() = default;
  constexpr Ref(std::nullptr_t) {}
  constexpr explicit Ref(T *P) : Pointer(P) {}
  T *get() const { return Pointer; }
  T *operator->() const { return Pointer; }
  T &operator*() const { return *Pointer; }
  explicit operator bool() const { return Pointer != nullptr; }
  friend bool operator==(Ref, Ref) = default;
};

namespace detail {

template <class T> inline T *loadSlot(void *const &Slot) {
  return static_cast<T *>(__atomic_load_n(&Slot, __ATOMIC_RELAXED));
}
inline void storeSlot(void *&Slot, const void *Value) {
  __atomic_store_n(&Slot, const_cast<void *>(Value), __ATOMIC_RELAXED);
}

/// What Word holds at this moment. An atomic load is never part of the
/// instruction that compares it; this one may be.
[[gnu::always_inline]] inline uintptr_t readNow(uintptr_t &Word) {
#if defined(__SANITIZE_THREAD__)
  return __atomic_load_n(&Word, __ATOMIC_RELAXED);
#else
  asm volatile("" : "+m"(Word));
  return Word;
#endif
}

/// The address of Slot, computed where it is asked for. If it were an ordinary
/// value, the compiler would have it in a register before the barrier's test,
/// and not as the operand of the store: two instructions more for each store.
[[gnu::always_inline]] inline uintptr_t addressHere(void *&Slot) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return reinterpret_cast<uintptr_t>(&Slot);
#else
  uintptr_t Address;
  asm("lea %1, %0" : "=r"(Address) : "m"(Slot));
  return Address;
#endif
}

/// Logs the store of Value that is about to happen to Slot, if some plan needs
/// it.
inline void barrier(void **Slot, const gab_type *Type, unsigned Weak,
                    const void *Value) {
  if (!readNow(gab_tls.logs)) [[likely]]
    return;
  uintptr_t Address = addressHere(*Slot);
  uintptr_t Size = __atomic_load_n(&gab_barrier.size, __ATOMIC_RELAXED);
  uintptr_t Offset = Address - gab_barrier.base;
  if (Offset < Size) [[unlikely]] {
    unsigned char Bits =
        __atomic_load_n(&gab_barrier.bits[Offset >> 6], __ATOMIC_RELAXED);
    if (Bits >> (Offset >> 3 & 7) & 1) [[unlikely]]
      gab_store_slow(reinterpret_cast<void **>(Address), Type, Weak, Value);
  }
}

} // namespace detail

/// A reference inside a traced object.
template <class T> class Member {
  void *Slot = nullptr;
  friend class Visitor;

  void set(const void *Value) {
    detail::barrier(&Slot, type_of<T>(), 0, Value);
    detail::storeSlot(Slot, Value);
  }

public:
  using value_type = T;

  constexpr Member() = default;
  constexpr Member(std::nullptr_t) {}
  Member(Ref<T> R) { set(R.get()); }
  Member(const Member &Other) { set(Other.get()); }
  Member &operator=(const Member &Other) {
    set(Other.get());
    return *this;
  }
  Member &operator=(Ref<T> R) {
    set(R.get());
    return *this;
  }
  Member &operator=(std::nullptr_t) {
    set(nullptr);
    return *this;
  }
  T *get() const { return detail::loadSlot<T>(Slot); }
  T *operator->() const { return get(); }
  T &operator*() const { return *get(); }
  operator Ref<T>() const { return Ref<T>(get()); }
  explicit operator bool() const { return get() != nullptr; }
  friend bool operator==(const Member &A, const Member &B) {
    return A.get() == B.get();
  }
  friend bool operator==(const Member &A, Ref<T> B) {
    return A.get() == B.get();
  }
};

/// A weak reference inside a traced object: does not keep its target, and is
/// null after the target has died. For small pointer-free targets death is
/// noticed late: such an object counts as alive while its 1 KB line is.
template <class T> class WeakMember {
  void *Slot = nullptr;
  friend class Visitor;

public:
  constexpr WeakMember() = default;
  WeakMember(Ref<T> R) { *this = R; }
  WeakMember(const WeakMember &Other) { *this = Other.lock(); }
  WeakMember &operator=(const WeakMember &Other) {
    return *this = Other.lock();
  }
  WeakMember &operator=(Ref<T> R) {
    detail::barrier(&Slot, type_of<T>(), 1, R.get());
    detail::storeSlot(Slot, R.get());
    return *this;
  }
  /// The target, now strongly held by the caller's stack; null if it died.
  Ref<T> lock() const {
    T *Object = detail::loadSlot<T>(Slot);
    if (__atomic_load_n(&gab_barrier.weak_reads, __ATOMIC_RELAXED)) [[unlikely]]
      gab_weak_read(Object, type_of<T>());
    return Ref<T>(Object);
  }
};

/// A pair whose value lives only as long as its key does (and as long as the
/// object that holds the pair). Both become null when the key dies.
template <class K, class V> class Ephemeron {
  void *Key = nullptr;
  void *Value = nullptr;
  friend class Visitor;

public:
  constexpr Ephemeron() = default;
  Ephemeron(Ref<K> TheKey, Ref<V> TheValue) { set(TheKey, TheValue); }
  Ephemeron(const Ephemeron &Other) { set(Other.key(), Other.value()); }
  Ephemeron &operator=(const Ephemeron &Other) {
    set(Other.key(), Other.value());
    return *this;
  }
  void set(Ref<K> TheKey, Ref<V> TheValue) {
    // One entry in the log stands for the pair; it is the key's slot.
    detail::barrier(&Key, type_of<K>(), 1, TheKey.get());
    detail::barrier(&Value, type_of<V>(), 0, TheValue.get());
    detail::storeSlot(Key, TheKey.get());
    detail::storeSlot(Value, TheValue.get());
  }
  Ref<K> key() const { return read<K>(Key); }
  Ref<V> value() const { return read<V>(Value); }

private:
  template <class T> static Ref<T> read(void *const &Slot) {
    T *Object = detail::loadSlot<T>(Slot);
    if (__atomic_load_n(&gab_barrier.weak_reads, __ATOMIC_RELAXED)) [[unlikely]]
      gab_weak_read(Object, type_of<T>());
    return Ref<T>(Object);
  }
};

/// Shows the fields of an object to the collector. GAB_TRACE calls it; a
/// class with a layout that changes writes `void trace(gab::Visitor &V)` and
/// calls it with each field that is a reference at that moment. An object of
/// all zero bytes must be safe to trace.
class Visitor {
  gab_visitor *Raw;

  void enter(const char *Name) {
    if (Raw->field) [[unlikely]]
      Raw->field(Raw, Name);
  }

public:
  explicit Visitor(gab_visitor *V) : Raw(V) {}

  /// The same with a name, for those who look at the heap.
  template <class T> void named(const char *Name, T &Field) {
    if constexpr (!is_noscan_v<T> || detail::Traced<T>) {
      enter(Name);
      (*this)(Field);
      enter(nullptr);
    }
  }
  template <class T> void operator()(Member<T> &Field) {
    Raw->edge(Raw, &Field.Slot, type_of<T>());
  }
  template <class T> void operator()(WeakMember<T> &Field) {
    Raw->weak(Raw, &Field.Slot, type_of<T>());
  }
  template <class K, class V> void operator()(Ephemeron<K, V> &Field) {
    Raw->ephemeron(Raw, &Field.Key, type_of<K>(), &Field.Value, type_of<V>());
  }
  template <class T, size_t N> void operator()(T (&Fields)[N]) {
    for (T &Field : Fields)
      named("[]", Field);
  }
  template <class T, size_t N> void operator()(std::array<T, N> &Fields) {
    for (T &Field : Fields)
      named("[]", Field);
  }
  template <class A, class B> void operator()(std::pair<A, B> &Pair) {
    named("first", Pair.first);
    named("second", Pair.second);
  }
  template <class T>
    requires(detail::FieldTraced<T> || detail::SelfTraced<T>)
  void operator()(T &Object) {
    if constexpr (detail::FieldTraced<T>) {
      static_assert(detail::checkTraced<T>(
          detail::AllFields<T>{}, decltype(T::gab_named_fields(&Object)){}));
      T::gab_trace(*this, Object);
    } else
      Object.trace(*this);
  }
  template <class T>
    requires(is_noscan_v<T> && !detail::Traced<T>)
  void operator()(T &) {}
};

namespace detail {

template <class T> void traceObject(void *Object, gab_visitor *Raw) {
  Visitor V(Raw);
  V(*static_cast<T *>(Object));
}

} // namespace detail
} // namespace gab

// GAB_TRACE(Class, fields...): names every field that holds references. The
// fields are at fixed places; a class whose fields vary writes trace().
#define GAB_TRACE(Class, ...)                                                  \
  static void gab_trace(::gab::Visitor &GabVisitor, Class &GabObject) {        \
    GAB_DETAIL_EACH(__VA_ARGS__)                                               \
  }                                                                            \
  static constexpr auto gab_named_fields([[maybe_unused]] Class *GabObject) {  \
    return ::gab::detail::TypeList<GAB_DETAIL_NAMES(__VA_ARGS__)>{};           \
  }                                                                            \
  GAB_DETAIL_ALL_FIELDS(gab_all_fields)                                        \
  GAB_DETAIL_NOT_BY_NEW
#define GAB_DETAIL_EXPAND(...)                                                 \
  GAB_DETAIL_EXPAND3(GAB_DETAIL_EXPAND3(GAB_DETAIL_EXPAND3(__VA_ARGS__)))
#define GAB_DETAIL_EXPAND3(...)                                                \
  GAB_DETAIL_EXPAND2(GAB_DETAIL_EXPAND2(GAB_DETAIL_EXPAND2(__VA_ARGS__)))
#define GAB_DETAIL_EXPAND2(...)                                                \
  GAB_DETAIL_EXPAND1(GAB_DETAIL_EXPAND1(GAB_DETAIL_EXPAND1(__VA_ARGS__)))
#define GAB_DETAIL_EXPAND1(...) __VA_ARGS__
#define GAB_DETAIL_EACH(...)                                                   \
  __VA_OPT__(GAB_DETAIL_EXPAND(GAB_DETAIL_STEP(__VA_ARGS__)))
#define GAB_DETAIL_STEP(Field, ...)                                            \
  GabVisitor.named(#Field, GabObject.Field);                                   \
  __VA_OPT__(GAB_DETAIL_AGAIN GAB_DETAIL_PARENS(__VA_ARGS__))
#define GAB_DETAIL_NAMES(...)                                                  \
  __VA_OPT__(GAB_DETAIL_EXPAND(GAB_DETAIL_NAME(__VA_ARGS__)))
#define GAB_DETAIL_NAME(Field, ...)                                            \
  decltype(GabObject->Field) __VA_OPT__(                                       \
      , GAB_DETAIL_NAME_AGAIN GAB_DETAIL_PARENS(__VA_ARGS__))
#define GAB_DETAIL_NAME_AGAIN() GAB_DETAIL_NAME
#define GAB_DETAIL_PARENS ()
#define GAB_DETAIL_AGAIN() GAB_DETAIL_STEP
#endif
