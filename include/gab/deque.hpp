// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A ring that grows, in the collected heap; a value type like gab::vector.
#ifndef GAB_DEQUE_HPP
#define GAB_DEQUE_HPP

#include "gab/make.hpp"

namespace gab {

template <class T> class deque {
  Member<Array<T>> Items; ///< length is a power of two
  size_t Head = 0, Count = 0;

  T &at(size_t I) const { return (*Items)[(Head + I) & (Items->Length - 1)]; }
  void room() {
    if (Items && Count < Items->Length)
      return;
    Ref<Array<T>> New = make_array_zeroed<T>(Items ? Items->Length * 2 : 8);
    for (size_t I = 0; I < Count; ++I)
      (*New)[I] = at(I);
    Items = New;
    Head = 0;
  }

public:
  GAB_TRACE(deque, Items)

  size_t size() const { return Count; }
  bool empty() const { return Count == 0; }
  T &operator[](size_t I) { return at(I); }
  const T &operator[](size_t I) const { return at(I); }
  T &front() { return at(0); }
  T &back() { return at(Count - 1); }
  void push_back(const T &Value) {
    T Copy(Value);
    room();
    ++Count;
    back() = Copy;
  }
  void push_front(const T &Value) {
    T Copy(Value);
    room();
    Head = (Head - 1) & (Items->Length - 1);
    ++Count;
    front() = Copy;
  }
  void pop_front() {
    front() = T();
    Head = (Head + 1) & (Items->Length - 1);
    --Count;
  }
  void pop_back() {
    back() = T();
    --Count;
  }
};

} // namespace gab
#endif
