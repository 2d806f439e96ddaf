// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// References that the collector would not see, found while compiling. With a
/// compiler that takes classes apart (structured bindings of any size: clang 21
/// and later) the fields of a class are compared with what it says of itself:
///
///   GAB_TRACE   each field with references is named, and none of the fields
///               hides one: a pointer or reference to a traced object, a Ref,
///               a Local, a container of those outside the heap
///   GAB_NOSCAN  no field has or hides a reference
///
/// GAB_NOSCAN of a field's type, `GAB_NOSCAN(Node *)` for a pointer, says that
/// it is known not to lead into the heap. Deleting a line here accepts more
/// programs and changes none.
///
/// Not seen: fields of a class that has fields in a base too; private fields
/// of what says GAB_NOSCAN; a class that writes trace(), which may well keep
/// plain pointers; pointers to pointer-free types, which may lead to anything.
#ifndef GAB_DETAIL_HIDDEN_HPP
#define GAB_DETAIL_HIDDEN_HPP

#include "gab/type.hpp"

#if defined(__clang__) && defined(__has_builtin)
#if __has_builtin(__builtin_structured_binding_size)
#define GAB_DETAIL_SEES_FIELDS
#endif
#endif

namespace gab {

template <class T> struct Ref;
template <class T> class Local;
template <class T> class Global;
template <class T> class Weak;
template <class T> class task;

namespace detail {

#ifdef GAB_DETAIL_SEES_FIELDS
// Inside the class, where private fields can be seen; a lambda, because a class
// inside a function has no templates. TypeList<void> when the class cannot be
// taken apart.
#define GAB_DETAIL_ALL_FIELDS(Name)                                            \
  _Pragma("clang diagnostic push") _Pragma(                                    \
      "clang diagnostic ignored \"-Wc++26-extensions\"") static constexpr auto \
  Name() {                                                                     \
    return []<class GabSelf>(GabSelf &GabAll) {                                \
      if constexpr (requires {                                                 \
                      __builtin_structured_binding_size(GabSelf);              \
                    }) {                                                       \
        auto &[... GabField] = GabAll;                                         \
        return ::gab::detail::TypeList<decltype(GabField)...>{};               \
      } else                                                                   \
        return ::gab::detail::TypeList<void>{};                                \
    };                                                                         \
  }                                                                            \
  _Pragma("clang diagnostic pop")

struct FromOutside {
  GAB_DETAIL_ALL_FIELDS(fields)
};
template <class T>
using PublicFields = decltype(FromOutside::fields()(std::declval<T &>()));
template <class T>
using AllFields = decltype(T::gab_all_fields()(std::declval<T &>()));
#else
#define GAB_DETAIL_ALL_FIELDS(Name)
template <class T> using PublicFields = TypeList<void>;
template <class T> using AllFields = TypeList<void>;
#endif

// A traced object that `new` made would have references that nobody visits. On
// a stack they are found, and placement is for those who know.
#define GAB_DETAIL_NOT_BY_NEW                                                  \
  static void *operator new(decltype(sizeof 0)) = delete;                      \
  static void *operator new[](decltype(sizeof 0)) = delete;                    \
  static void *operator new(decltype(sizeof 0), void *GabPlace) noexcept {     \
    return GabPlace;                                                           \
  }

template <class T> constexpr bool isComplete() {
  return requires { sizeof(T); };
}

/// A class whose objects lie in the heap and have references, as far as it is
/// known here: of a class that is only declared nothing is asked, because the
/// answer would stay.
template <class T> constexpr bool isTracedClass() {
  if constexpr (std::is_class_v<T>)
    if constexpr (isComplete<T>())
      return Traced<T>;
  return false;
}

template <class T> struct Handle : std::false_type {};
template <class T> struct Handle<Ref<T>> : std::true_type {};
template <class T> struct Handle<Local<T>> : std::true_type {};

/// What a container may not hold outside the heap.
template <class T> constexpr bool isReference() {
  if constexpr (declared_noscan<T>)
    return false;
  else if constexpr (std::is_pointer_v<T>)
    return isTracedClass<std::remove_cv_t<std::remove_pointer_t<T>>>();
  else if constexpr (std::is_reference_v<T>)
    return isTracedClass<std::remove_cvref_t<T>>();
  else
    return Handle<T>::value || isTracedClass<T>();
}

// Of classes that say nothing of themselves, the first argument of a template
// is what it holds: vector, optional, unique_ptr, atomic.
template <class T> struct HoldsReference : std::false_type {};
template <template <class...> class C, class First, class... Rest>
struct HoldsReference<C<First, Rest...>>
    : std::bool_constant<isReference<First>()> {};
template <class T> struct HoldsReference<Global<T>> : std::false_type {};
template <class T> struct HoldsReference<Weak<T>> : std::false_type {};
template <class T> struct HoldsReference<task<T>> : std::false_type {};

template <class T> constexpr bool hasReferences();
template <class... Fields>
constexpr bool anyHasReferences(TypeList<Fields...>) {
  return (hasReferences<Fields>() || ...);
}
template <class T> constexpr bool hidesReference();
template <class... Fields> constexpr bool anyHides(TypeList<Fields...>) {
  return (hidesReference<Fields>() || ...);
}

template <class T> struct ElementOf {
  using type = void;
};
template <class T, size_t N> struct ElementOf<std::array<T, N>> {
  using type = T;
};
template <class T> struct IsPair : std::false_type {};
template <class A, class B> struct IsPair<std::pair<A, B>> : std::true_type {};

/// A field of this type has to be named in GAB_TRACE.
template <class Field> constexpr bool hasReferences() {
  using T = std::remove_cv_t<std::remove_all_extents_t<Field>>;
  using Element = typename ElementOf<T>::type;
  if constexpr (!std::is_class_v<T> || declared_noscan<T>)
    return false;
  else if constexpr (Traced<T>)
    return true;
  else if constexpr (!std::is_void_v<Element>)
    return hasReferences<Element>();
  else if constexpr (IsNoscan<T>::value)
    return false;
  else
    return anyHasReferences(PublicFields<T>{});
}

/// A field of this type refers to what the collector does not see.
template <class Field> constexpr bool hidesReference() {
  using T = std::remove_cv_t<std::remove_all_extents_t<Field>>;
  using Element = typename ElementOf<T>::type;
  if constexpr (declared_noscan<T>)
    return false;
  else if constexpr (std::is_pointer_v<T> || std::is_reference_v<T> ||
                     Handle<T>::value)
    return isReference<T>();
  else if constexpr (!std::is_class_v<T> || std::is_empty_v<T>)
    return false;
  else if constexpr (Traced<T>)
    return false;
  else if constexpr (!std::is_void_v<Element>)
    return hidesReference<Element>();
  else if constexpr (IsNoscan<T>::value)
    return false;
  else
    return (HoldsReference<T>::value && !IsPair<T>::value) ||
           anyHides(PublicFields<T>{});
}

template <class T, class... Others>
inline constexpr size_t CountOf = (size_t(std::is_same_v<T, Others>) + ... + 0);

/// What is asked of one field; its type is in the compiler's message.
template <class Class, class Field, size_t Fields, size_t Named>
struct TracedField {
  static_assert(!hasReferences<Field>() || Named >= Fields,
                "a field that holds references is not named in GAB_TRACE; its "
                "type is the second argument of TracedField");
  static_assert(!hidesReference<Field>(),
                "a field refers to an object in a way that the collector does "
                "not see: use gab::Member, and gab::vector for many; or say "
                "GAB_NOSCAN(its type) if it never leads into the heap");
  static constexpr bool Good = true;
};
template <class Class, class... All, class... Named>
constexpr bool checkTraced(TypeList<All...>, TypeList<Named...>) {
  return (TracedField<Class, All, CountOf<All, All...>,
                      CountOf<All, Named...>>::Good &&
          ...);
}
template <class Class, class... Named>
constexpr bool checkTraced(TypeList<void>, TypeList<Named...>) {
  return true;
}

template <class Class, class Field> struct NoscanField {
  static_assert(!hasReferences<Field>() && !hidesReference<Field>(),
                "this type says GAB_NOSCAN and has a field with references, "
                "the second argument of NoscanField: say GAB_TRACE instead");
  static constexpr bool Good = true;
};
template <class Class, class... All>
constexpr bool checkNoscan(TypeList<All...>) {
  return (NoscanField<Class, All>::Good && ...);
}
template <class Class> constexpr bool checkNoscan(TypeList<void>) {
  return true;
}
template <class T> constexpr bool saysNoscanRightly() {
  if constexpr (std::is_class_v<T>)
    return checkNoscan<T>(PublicFields<T>{});
  return true;
}

/// A reference as it is stored.
template <class T> struct IsStored : IsField<T> {};
template <class T> struct IsStored<Ref<T>> : std::true_type {};

/// Standard containers of references are refused by way of their allocator.
template <class T> struct OutsideTheHeap {
  static_assert(
      sizeof(T *) == 0,
      "a standard container would hold references where the collector "
      "does not see them: use gab::vector and its like, or elements "
      "that are a gab::Root");
};

} // namespace detail
} // namespace gab
#endif
