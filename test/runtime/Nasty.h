// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the tests of a hostile reader share: an object with a number that is
/// stored twice, and ways to let a reference die.
#ifndef GAB_TEST_NASTY_H
#define GAB_TEST_NASTY_H

#include "gab/gab.hpp"

namespace nasty {

struct Price {
  double Value;
  int64_t Time;
};
struct Node {
  gab::Member<Node> Next;
  gab::Member<Price> What;
  int64_t Number = 0;
  GAB_TRACE(Node, Next, What)
};

/// What a test wants to be dead is made in a frame of its own, which is then
/// overwritten. AddressSanitizer would put what overwrites it somewhere else.
[[gnu::noinline, gnu::no_sanitize("address")]] inline void scrub() {
  volatile char Waste[32 << 10]; // more than signal frames take
  for (volatile char &C : Waste)
    C = 0;
}
template <class F> [[gnu::noinline]] void apart(F Function) { Function(); }

inline gab::Ref<Node> numbered(int64_t I) {
  gab::Ref<Node> N = gab::make<Node>();
  N->Number = I;
  N->What = gab::make<Price>(double(I), I);
  return N;
}
inline bool right(const Node *N, int64_t I) {
  return N && N->Number == I && N->What && N->What->Time == I;
}

} // namespace nasty
#endif
