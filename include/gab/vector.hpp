// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A growing array in the collected heap. A value type of two words: put it in
/// a traced object (and name it in GAB_TRACE) or on a stack. Not in malloc
/// memory: the collector would not see it. Elements are pointer-free, or
/// Members, or traced types without a destructor; they are dropped silently.
/// Copying a vector copies its elements. Pointers to elements stay good while a
/// stack holds them, even if the vector has moved on to a larger array.
#ifndef GAB_VECTOR_HPP
#define GAB_VECTOR_HPP

#include "gab/make.hpp"
#include <initializer_list>

namespace gab {

template <class T> class vector {
  Member<Array<T>> Items;
  size_t Count = 0;

  void grow(size_t Want) {
    size_t Room = Items ? Items->Length * 2 : 8;
    if (Room < Want)
      Room = Want;
    Ref<Array<T>> New = make_array_zeroed<T>(Room);
    for (size_t I = 0; I < Count; ++I)
      (*New)[I] = (*Items)[I];
    Items = New;
  }

public:
  using value_type = T;
  GAB_TRACE(vector, Items)

  vector() = default;
  vector(std::initializer_list<T> Values) {
    reserve(Values.size());
    for (const T &V : Values)
      push_back(V);
  }
  vector(const vector &Other) { *this = Other; }
  vector &operator=(const vector &Other) {
    if (this == &Other)
      return *this;
    Count = 0;
    Items = nullptr;
    reserve(Other.size());
    for (const T &V : Other)
      push_back(V);
    return *this;
  }

  size_t size() const { return Count; }
  bool empty() const { return Count == 0; }
  size_t capacity() const { return Items ? Items->Length : 0; }
  T *data() { return Items ? Items->data() : nullptr; }
  const T *data() const { return Items ? Items->data() : nullptr; }
  T *begin() { return data(); }
  T *end() { return data() + Count; }
  const T *begin() const { return data(); }
  const T *end() const { return data() + Count; }
  T &operator[](size_t I) { return (*Items)[I]; }
  const T &operator[](size_t I) const { return (*Items)[I]; }
  T &back() { return (*Items)[Count - 1]; }

  void reserve(size_t N) {
    if (N > capacity())
      grow(N);
  }
  void push_back(const T &Value) {
    T Copy(Value); // Value may be an element of the array that grow leaves
    if (Count == capacity())
      grow(Count + 1);
    (*Items)[Count++] = Copy;
  }
  void pop_back() { (*Items)[--Count] = T(); }
  void resize(size_t N) {
    reserve(N);
    while (Count > N)
      pop_back();
    while (Count < N)
      (*Items)[Count++] = T();
  }
  void clear() {
    Count = 0;
    Items = nullptr;
  }
  T *insert(T *At, const T &Value) {
    size_t I = static_cast<size_t>(At - begin());
    push_back(Value);
    T Copy(back());
    for (size_t J = Count - 1; J > I; --J)
      (*Items)[J] = (*Items)[J - 1];
    (*Items)[I] = Copy;
    return begin() + I;
  }
  T *erase(T *At) {
    size_t I = static_cast<size_t>(At - begin());
    for (size_t J = I; J + 1 < Count; ++J)
      (*Items)[J] = (*Items)[J + 1];
    pop_back();
    return begin() + I;
  }
};

} // namespace gab
#endif
