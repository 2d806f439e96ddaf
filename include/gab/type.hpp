// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Decides at compile time what a type is to the collector: pointer-free
/// ("noscan") or traced, and makes its `gab_type`.
///
/// A type is noscan when, in this order, (1) it says so with GAB_NOSCAN;
/// (2) it is arithmetic, an enumeration, or an array of noscan elements;
/// (3) it is a trivially copyable aggregate of at most 16 noscan fields, and
/// the compiler's own opinion (`__builtin_infer_alloc_token`, clang 22) does
/// not contradict. Otherwise it must be traced; a type that is neither stops
/// the compilation. A class with constructors, bases or C arrays as fields is
/// not looked into: it has to say GAB_NOSCAN.
#ifndef GAB_TYPE_HPP
#define GAB_TYPE_HPP

#include "gab/c.h"
#include "gab/detail/fields.hpp"
#include "gab/detail/size_class.h"
#include <array>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gab {

class Visitor;
template <class T> struct Array;

template <class T> class Member;
template <class T> class WeakMember;
template <class K, class V> class Ephemeron;

namespace detail {
template <class T> struct Declared {};
} // namespace detail

/// GAB_NOSCAN(T) beside a type, in its namespace: T holds no reference.
#define GAB_NOSCAN(...)                                                        \
  [[maybe_unused]] constexpr bool gab_declared_noscan(                         \
      ::gab::detail::Declared<__VA_ARGS__>) {                                  \
    return true;                                                               \
  }                                                                            \
  static_assert(true)
/// GAB_PINNED(T) beside a type: its objects must not be moved.
#define GAB_PINNED(...)                                                        \
  [[maybe_unused]] constexpr bool gab_declared_pinned(                         \
      ::gab::detail::Declared<__VA_ARGS__>) {                                  \
    return true;                                                               \
  }                                                                            \
  static_assert(true)

/// GAB_SEGREGATE(T) beside a class with references: its objects lie in blocks
/// of their own and need no header. They never move.
#define GAB_SEGREGATE(...)                                                     \
  [[maybe_unused]] constexpr bool gab_declared_segregated(                     \
      ::gab::detail::Declared<__VA_ARGS__>) {                                  \
    return true;                                                               \
  }                                                                            \
  static_assert(true)

template <class T>
inline constexpr bool declared_noscan =
    requires(detail::Declared<T> D) { gab_declared_noscan(D); };
template <class T>
inline constexpr bool declared_pinned =
    requires(detail::Declared<T> D) { gab_declared_pinned(D); };
template <class T>
inline constexpr bool declared_segregated =
    requires(detail::Declared<T> D) { gab_declared_segregated(D); };

namespace detail {

// A class that inherits the trace of its base is not traced: its own fields
// would be left out in silence.
template <class C> C *ownerOf(void (*)(Visitor &, C &));
template <class C> C *ownerOf(void (C::*)(Visitor &));
template <class C> C *ownerOf(void (C::*)(Visitor &) const);
template <class T>
concept FieldTraced = std::is_same_v<decltype(ownerOf(&T::gab_trace)), T *>;
template <class T>
concept SelfTraced = std::is_same_v<decltype(ownerOf(&T::trace)), T *>;
template <class T>
concept InheritsTrace =
    (requires(T &O, Visitor &V) { T::gab_trace(V, O); } && !FieldTraced<T>) ||
    (requires(T &O, Visitor &V) { O.trace(V); } && !SelfTraced<T> &&
     !FieldTraced<T>);
template <class T> struct IsField : std::false_type {};
template <class T> struct IsField<Member<T>> : std::true_type {};
template <class T> struct IsField<WeakMember<T>> : std::true_type {};
template <class K, class V> struct IsField<Ephemeron<K, V>> : std::true_type {};
template <class T>
concept Traced = FieldTraced<T> || SelfTraced<T> || IsField<T>::value;

template <class T> constexpr bool compilerSeesPointer() {
#if defined(__has_builtin)
#if __has_builtin(__builtin_infer_alloc_token)
  return (__builtin_infer_alloc_token(sizeof(T)) >> 63) != 0;
#endif
#endif
  return false;
}

template <class T> struct IsNoscan;

template <class... Fields> constexpr bool allNoscan(TypeList<Fields...>) {
  return (IsNoscan<Fields>::value && ...);
}

template <class T> constexpr bool structureNoscan() {
  if constexpr (std::is_aggregate_v<T> && std::is_trivially_copyable_v<T> &&
                std::is_trivially_destructible_v<T> && !std::is_union_v<T> &&
                !std::is_empty_v<T> && !compilerSeesPointer<T>()) {
    if constexpr (fieldCount<T>() <= MaxFields)
      return allNoscan(decltype(fieldsOf<T>()){});
    else
      return false;
  } else {
    return std::is_empty_v<T> && std::is_trivially_copyable_v<T>;
  }
}

template <class T> constexpr bool saysNoscanRightly(); // hidden.hpp

template <class T> constexpr bool isNoscan() {
  if constexpr (std::is_reference_v<T> || std::is_pointer_v<T> ||
                std::is_member_pointer_v<T>)
    return false;
  else if constexpr (declared_noscan<T>)
    return saysNoscanRightly<T>();
  else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>)
    return true;
  else if constexpr (Traced<T>)
    return false;
  else if constexpr (std::is_class_v<T>)
    return structureNoscan<T>();
  else
    return false;
}

template <class T> struct IsNoscan : std::bool_constant<isNoscan<T>()> {};
template <class T> struct IsNoscan<const T> : IsNoscan<T> {};
template <class T, size_t N> struct IsNoscan<T[N]> : IsNoscan<T> {};
template <class T, size_t N> struct IsNoscan<std::array<T, N>> : IsNoscan<T> {};
template <class A, class B>
struct IsNoscan<std::pair<A, B>>
    : std::bool_constant<IsNoscan<A>::value && IsNoscan<B>::value> {};
template <class T> struct IsNoscan<Array<T>> : IsNoscan<T> {};

// The name of a type, cut out of the name of a function.
template <class T> consteval const char *rawName() {
  return __PRETTY_FUNCTION__;
}
template <class T> consteval std::string_view cutName() {
  std::string_view Raw = rawName<T>();
  size_t Start = Raw.find("T = ") + 4;
  return Raw.substr(Start, Raw.rfind(']') - Start);
}
template <class T> struct NameText {
  char Text[cutName<T>().size() + 1] = {};
  consteval NameText() { cutName<T>().copy(Text, cutName<T>().size()); }
};
template <class T> inline constexpr NameText<T> Name;

} // namespace detail

/// True when objects of T hold no reference the collector has to follow.
template <class T>
inline constexpr bool is_noscan_v = detail::IsNoscan<T>::value;

/// True when T can live in the collected heap at all.
template <class T>
inline constexpr bool is_managed_v = is_noscan_v<T> || detail::Traced<T>;

namespace detail {

template <class T> void traceObject(void *Object, gab_visitor *Raw);
template <class T> void finalizeObject(void *Object) {
  // Of the exact type: the virtual call would find the same one.
  if constexpr (!std::is_trivially_destructible_v<T>)
    static_cast<T *>(Object)->T::~T();
}

template <class T> struct TypeMaker {
  static_assert(!InheritsTrace<T>,
                "this class has only the trace of its base: say GAB_TRACE in "
                "it too, and name the fields of the base as Base::Field");
  static_assert(is_managed_v<T> || InheritsTrace<T>,
                "libgab cannot see whether this type holds references: say "
                "GAB_NOSCAN(T) beside it, or GAB_TRACE(T, fields...) in it");
  static_assert(alignof(T) <= 16, "libgab aligns objects to 16 bytes at most");
  // Bytes may be copied and nothing has to be run when they are dropped. A
  // pointer-free object with a destructor is treated as traced: it needs the
  // header that says how to destroy it.
  static constexpr bool Plain = is_noscan_v<T> &&
                                std::is_trivially_destructible_v<T> &&
                                std::is_trivially_copyable_v<T>;
  static constexpr bool Movable =
      std::is_trivially_destructible_v<T> && !declared_pinned<T>;
  static_assert(!(Plain && declared_pinned<T> && sizeof(T) < GAB_SMALL_LIMIT),
                "a pointer-free object this small always may move; use Pin");
  static constexpr bool Segregated = declared_segregated<T>;
  static_assert(!Segregated || !Plain,
                "a pointer-free object has no header that could be saved");
  static_assert(!Segregated || sizeof(T) <= GAB_SMALL_LIMIT,
                "in an object this large the header does not matter");
  static constexpr uint16_t flags() {
    uint16_t Flags = 0;
    if (Plain)
      Flags |= GAB_NOSCAN_TYPE;
    if (Movable)
      Flags |= GAB_MOVABLE_TYPE;
    if (!std::is_trivially_destructible_v<T>)
      Flags |= GAB_FINALIZE_TYPE;
    if (Segregated)
      Flags |= GAB_SEGREGATED_TYPE;
    if (SelfTraced<T> && !FieldTraced<T>)
      Flags |= GAB_DYNAMIC_TYPE;
    return Flags;
  }
  static constexpr gab_type make() {
    return {sizeof(T),
            0,
            alignof(T),
            flags(),
            0,
            Traced<T> ? &traceObject<T> : nullptr,
            std::is_trivially_destructible_v<T> ? nullptr : &finalizeObject<T>,
            Name<T>.Text,
            nullptr};
  }
};

template <class T> struct TypeMaker<Array<T>> {
  static_assert(std::is_trivially_destructible_v<T>,
                "elements of a managed array are dropped without destructors");
  static constexpr bool Plain =
      is_noscan_v<T> && std::is_trivially_copyable_v<T>;
  static_assert(Plain || Traced<T>,
                "libgab cannot see whether the elements hold references: say "
                "GAB_NOSCAN(T) beside the type, or GAB_TRACE in it");
  static_assert(alignof(T) <= 8, "array elements are aligned to 8 at most");
  static constexpr gab_type make() {
    uint16_t Flags = GAB_ARRAY_TYPE | GAB_MOVABLE_TYPE;
    if (Plain)
      Flags |= GAB_NOSCAN_TYPE;
    if (SelfTraced<T> && !FieldTraced<T>)
      Flags |= GAB_DYNAMIC_TYPE;
    return {8,       sizeof(T),
            8,       Flags,
            0,       Plain ? nullptr : &traceObject<T>,
            nullptr, Name<Array<T>>.Text,
            nullptr};
  }
};

template <class T>
GAB_API inline constinit gab_type TypeOf = TypeMaker<T>::make();

} // namespace detail

/// The descriptor of T.
template <class T> inline const gab_type *type_of() {
  return &detail::TypeOf<T>;
}

} // namespace gab
#endif
