// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The field types of an aggregate, found by initialising it with a thing that
/// converts to anything and then taking it apart with a structured binding.
/// A reference member cannot be initialised so, and the answer is "no fields";
/// a C array or a base class makes the binding fail to compile. Both are
/// wanted: such a type has to say for itself what it is.
#ifndef GAB_DETAIL_FIELDS_HPP
#define GAB_DETAIL_FIELDS_HPP

#include <stddef.h>
#include <utility>

namespace gab::detail {

inline constexpr size_t MaxFields = 16;

template <class... Fields> struct TypeList {};

struct Anything {
  template <class T> constexpr operator T() const noexcept;
};

template <class T, size_t... I>
constexpr bool initialisable(std::index_sequence<I...>) {
  return requires { T{(void(I), Anything{})...}; };
}

template <class T, size_t N = MaxFields + 1> constexpr size_t fieldCount() {
  if constexpr (N == 0)
    return 0;
  else if constexpr (initialisable<T>(std::make_index_sequence<N>{}))
    return N;
  else
    return fieldCount<T, N - 1>();
}

/// TypeList of the fields; TypeList<void> when there are none to be seen.
template <class T> constexpr auto fieldsOf() {
  constexpr size_t Count = fieldCount<T>();
  if constexpr (Count == 1) {
    auto Take = [](T &Object) {
      auto &[A] = Object;
      return TypeList<decltype(A)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 2) {
    auto Take = [](T &Object) {
      auto &[A, B] = Object;
      return TypeList<decltype(A), decltype(B)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 3) {
    auto Take = [](T &Object) {
      auto &[A, B, C] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 4) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 5) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 6) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E, F] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E), decltype(F)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 7) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E, F, G] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E), decltype(F), decltype(G)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 8) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E, F, G, H] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E), decltype(F), decltype(G), decltype(H)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 9) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E, F, G, H, I] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E), decltype(F), decltype(G), decltype(H),
                      decltype(I)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 10) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E, F, G, H, I, J] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E), decltype(F), decltype(G), decltype(H),
                      decltype(I), decltype(J)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 11) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E, F, G, H, I, J, K] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E), decltype(F), decltype(G), decltype(H),
                      decltype(I), decltype(J), decltype(K)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 12) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E, F, G, H, I, J, K, L] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E), decltype(F), decltype(G), decltype(H),
                      decltype(I), decltype(J), decltype(K), decltype(L)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 13) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E, F, G, H, I, J, K, L, M] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E), decltype(F), decltype(G), decltype(H),
                      decltype(I), decltype(J), decltype(K), decltype(L),
                      decltype(M)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 14) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E, F, G, H, I, J, K, L, M, N] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E), decltype(F), decltype(G), decltype(H),
                      decltype(I), decltype(J), decltype(K), decltype(L),
                      decltype(M), decltype(N)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 15) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E, F, G, H, I, J, K, L, M, N, O] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E), decltype(F), decltype(G), decltype(H),
                      decltype(I), decltype(J), decltype(K), decltype(L),
                      decltype(M), decltype(N), decltype(O)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else if constexpr (Count == 16) {
    auto Take = [](T &Object) {
      auto &[A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P] = Object;
      return TypeList<decltype(A), decltype(B), decltype(C), decltype(D),
                      decltype(E), decltype(F), decltype(G), decltype(H),
                      decltype(I), decltype(J), decltype(K), decltype(L),
                      decltype(M), decltype(N), decltype(O), decltype(P)>{};
    };
    return decltype(Take(std::declval<T &>())){};
  } else
    return TypeList<void>{};
}

} // namespace gab::detail
#endif
