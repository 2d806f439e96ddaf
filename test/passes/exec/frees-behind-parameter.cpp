// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Callees that free what they find in an object that they are handed, such as
// an owner that is moved from, or destroyed out of line. A copy that does not
// free it stands in, and only for the object that lay there when the call
// began: what is freed besides is freed as without the plugin.
// RUN: %clangxx -O1 -c %S/../Inputs/alive.cpp -o %t.alive.o
// RUN: %clangxx -std=c++20 -w -O2 %s %t.alive.o -o %t.without
// RUN: %t.without > %t.expected
// RUN: FileCheck %s < %t.expected
// RUN: %cxx-with -w -O2 -mllvm -stackward-verify-each -Rpass=stackward %s \
// RUN:   %t.alive.o -o %t.with 2> %t.remarks
// RUN: FileCheck --check-prefix=MOVED %s < %t.remarks
// RUN: %t.with | diff %t.expected -
// RUN: %cxx-with -w -O3 -mllvm -stackward-object-budget=65536 \
// RUN:   -mllvm -stackward-growth-percent=1000 %s %t.alive.o -o %t.large
// RUN: %t.large | diff %t.expected -
// RUN: %cxx-with -w -O2 -mllvm -stackward-limit=1 %s %t.alive.o -o %t.one
// RUN: %t.one | diff %t.expected -
#include "../Inputs/exec.h"
#include <memory>

template <int Size> struct Block {
  long A;
  char Rest[Size - sizeof(long)];
  Block(long A) : A(A) { Rest[0] = 0; }
};
static volatile long Ticks;

// MOVED-DAG: of 24 bytes moved
using Taken = Block<24>;
NOINLINE long take(std::unique_ptr<Taken> &&P) {
  auto Mine = std::move(P);
  Ticks = Mine->A;
  return Mine->A + 1;
}
NOINLINE long moved(long N) { return take(std::make_unique<Taken>(N)); }

// MOVED-DAG: of 40 bytes moved
struct Holder {
  Block<40> *P;
  long More = 2;
  Holder(long N) : P(new Block<40>(N)) {}
  NOINLINE ~Holder() {
    Ticks = P->A;
    delete P;
  }
  NOINLINE void add(long K) { P->A += K; }
};
NOINLINE long destroyed(long N) {
  Holder H(N);
  H.add(4);
  return H.P->A;
}

// Frees what it finds and leaves another, which the caller frees.
NOINLINE void renew(std::unique_ptr<Block<48>> &P) {
  P = std::make_unique<Block<48>>(P->A + 1);
}
NOINLINE long renewed(long N) {
  auto P = std::make_unique<Block<48>>(N);
  renew(P);
  return P->A;
}
// Puts another one there, and frees that.
static std::unique_ptr<Block<56>> Kept;
NOINLINE long exchange(std::unique_ptr<Block<56>> &P) {
  Kept = std::move(P);
  P = std::make_unique<Block<56>>(Kept->A + 1);
  long R = P->A;
  P.reset();
  return R;
}
NOINLINE long exchanged(long N) {
  auto P = std::make_unique<Block<56>>(N);
  return exchange(P);
}
// One of two, of which one is too large.
struct Any {
  char *P;
};
NOINLINE long eat(Any &A) {
  long R = A.P[0];
  Ticks = R;
  delete[] A.P;
  return R;
}
NOINLINE long smallOrLarge(long N) {
  Any A{new char[64]}, B{new char[100000]};
  A.P[0] = (char)N;
  B.P[0] = (char)(N + 1);
  if (N & 1)
    std::swap(A, B);
  return eat(A) * 10 + eat(B);
}
// Two members, one of them a stranger's.
struct Pair {
  Block<72> *First, *Second;
};
NOINLINE long eatBoth(Pair &P) {
  long R = P.First->A + P.Second->A;
  Ticks = R;
  delete P.First;
  delete P.Second;
  return R;
}
NOINLINE long withStranger(Block<72> *Stranger, long N) {
  Pair P{new Block<72>(N), Stranger};
  return eatBoth(P);
}
// In the loop each turn has its own.
NOINLINE long inLoop(long N) {
  long R = 0;
  for (long I = 0; I < N; ++I)
    R += take(std::make_unique<Taken>(I));
  return R;
}

int main() {
  // CHECK: moved(3) 4 alive 0
  SHOW(moved(3));
  // CHECK: destroyed(5) 9 alive 0
  SHOW(destroyed(5));
  // CHECK: renewed(6) 7 alive 0
  SHOW(renewed(6));
  // CHECK: exchanged(7) 8 alive {{[01]$}}
  SHOW(exchanged(7));
  // CHECK: kept 7
  printf("kept %ld\n", Kept->A);
  Kept.reset();
  // CHECK: smallOrLarge(3) 43 alive 0
  SHOW(smallOrLarge(3));
  // CHECK: smallOrLarge(4) 45 alive 0
  SHOW(smallOrLarge(4));
  // CHECK: withStranger(new Block<72>(1), 3) 4 alive 0
  SHOW(withStranger(new Block<72>(1), 3));
  // CHECK: inLoop(9) 45 alive 0
  SHOW(inLoop(9));
}
