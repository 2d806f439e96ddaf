// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A trial may exchange a callee that frees its argument for a copy that does
// not. It must not be kept unless every object that relied on the free has
// moved: what is allocated and not promoted is freed, as often as without the
// plugin.
// RUN: %clangxx -O1 -c %S/../Inputs/alive.cpp -o %t.alive.o
// RUN: %clangxx -std=c++20 -w -O2 %s %t.alive.o -o %t.without
// RUN: %t.without > %t.expected
// RUN: %cxx-with -w -O2 -mllvm -stackward-inline-budget=0 -Rpass=stackward %s \
// RUN:   %t.alive.o -o %t.with 2> %t.remarks
// RUN: FileCheck --check-prefix=MOVED %s < %t.remarks
// RUN: %t.with | diff %t.expected -
// RUN: %cxx-with -w -O2 -mllvm -stackward-inline-budget=0 \
// RUN:   -mllvm -stackward-limit=1 %s %t.alive.o -o %t.one
// RUN: %t.one | diff %t.expected -
// RUN: %cxx-with -w -O3 -mllvm -stackward-object-budget=65536 \
// RUN:   -mllvm -stackward-growth-percent=1000 %s %t.alive.o -o %t.large
// RUN: %t.large | diff %t.expected -
// RUN: FileCheck %s < %t.expected
// MOVED-COUNT-2: moved to the stack
#include "../Inputs/exec.h"
#include <cstdlib>

struct S {
  long A, B;
};
static volatile long Ticks;
NOINLINE long eat(S *P) {
  for (long I = 0; I < P->A; ++I)
    Ticks = Ticks + P->B;
  long R = P->A * 10 + P->B;
  free(P);
  return R;
}
NOINLINE long eatBoth(S *P, S *Q) {
  long R = P->A + Q->A;
  Ticks = R;
  free(P);
  free(Q);
  return R;
}
static S *make(size_t Size, long N) {
  S *P = (S *)malloc(Size);
  P->A = N;
  P->B = 1;
  return P;
}
// One of the two is too large for the stack.
NOINLINE long smallOrLarge(long N) {
  S *Small = make(16, N), *Large = make(100000, N + 1);
  long R = eat(N & 1 ? Small : Large);
  return R + eat(N & 1 ? Large : Small);
}
// One of the two escapes.
static S *Kept;
NOINLINE long oneEscapes(long N) {
  S *Mine = make(16, N), *Other = make(16, N + 2);
  Kept = Other;
  S *First = N & 1 ? Mine : Other, *Second = N & 1 ? Other : Mine;
  return eat(First) + eat(Second);
}
// The callee frees two parameters, one of them of unknown origin.
NOINLINE long withStranger(S *Stranger, long N) {
  return eatBoth(make(16, N), Stranger);
}
NOINLINE long inLoop(long N) {
  long R = 0;
  for (long I = 0; I < N; ++I)
    R += eat(make(I & 1 ? 16 : 70000, I));
  return R;
}
NOINLINE long bothMove(long N) { return eatBoth(make(16, N), make(24, 2)); }

int main() {
  // CHECK: smallOrLarge(3) 72 alive 0
  SHOW(smallOrLarge(3));
  SHOW(smallOrLarge(4));
  // CHECK: oneEscapes(3) {{[0-9]+}} alive 0
  SHOW(oneEscapes(3));
  // CHECK: withStranger(make(16, 1), 3) 4 alive 0
  SHOW(withStranger(make(16, 1), 3));
  // CHECK: inLoop(9) {{[0-9]+}} alive 0
  SHOW(inLoop(9));
  // CHECK: bothMove(5) 7 alive 0
  SHOW(bothMove(5));
}
