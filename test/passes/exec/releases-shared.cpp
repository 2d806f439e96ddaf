// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A deallocation that may free a promoted object or one that stays on the heap
// is kept, behind a comparison: where the other comes from another allocation
// of the function, from a callee, or from the same place in another round.
// RUN: %clangxx -O1 -c %S/../Inputs/alive.cpp -o %t.alive.o
// RUN: %clangxx -std=c++20 -w -O2 %s %t.alive.o -o %t.without
// RUN: %t.without > %t.expected
// RUN: FileCheck %s < %t.expected
// RUN: %cxx-with -w -O2 -mllvm -stackward-verify-each -Rpass=stackward %s \
// RUN:   %t.alive.o -o %t.with 2> %t.remarks
// RUN: FileCheck --check-prefix=MOVED %s < %t.remarks
// RUN: %t.with | diff %t.expected -
// RUN: %cxx-with -w -O2 -mllvm -stackward-hoisted-factories=0 %s %t.alive.o \
// RUN:   -o %t.off
// RUN: %t.off | diff %t.expected -
// RUN: %cxx-with -w -O1 -mllvm -stackward-object-budget=65536 %s %t.alive.o \
// RUN:   -o %t.large
// RUN: %t.large | diff %t.expected -
// RUN: %cxx-with -w -O2 -mllvm -stackward-limit=1 %s %t.alive.o -o %t.one
// RUN: %t.one | diff %t.expected -
// RUN: %cxx-with -w -O2 -flto -fuse-ld=lld -Wl,--load-pass-plugin=%plugin %s \
// RUN:   %t.alive.o -o %t.lto
// RUN: %t.lto | diff %t.expected -
// RUN: %cxx-with -w -O2 -mllvm -stackward-merged=0 %s %t.alive.o -o %t.apart
// RUN: %t.apart | diff %t.expected -
#include "../Inputs/exec.h"
#include <csetjmp>
#include <cstdlib>
#include <vector>

NOINLINE void touch(char *P, long N) {
  P[0] = static_cast<char>(N);
  P[1] = 1;
}

// One of the two is too large.
NOINLINE long eitherSize(long N) {
  char *P = static_cast<char *>(N & 1 ? malloc(100000) : malloc(32));
  touch(P, N);
  long R = P[0];
  free(P);
  return R;
}
// CHECK: eitherSize(1) 1 alive 0
// CHECK: eitherSize(2) 2 alive 0

// MOVED-DAG: of 40 bytes moved
// One of the two is kept, until it is freed.
static char *volatile Kept;
NOINLINE void keep(char *P) { Kept = P; }
NOINLINE long crossed(long N) {
  char *Q = static_cast<char *>(malloc(48));
  char *P = static_cast<char *>(malloc(40));
  touch(P, N);
  touch(Q, N);
  keep(Q);
  char *First = N & 1 ? P : Q, *Second = N & 1 ? Q : P;
  long R = *First + *Second;
  free(First);
  free(Second);
  return R;
}
// CHECK: crossed(1) 2 alive 0
// CHECK: crossed(2) 4 alive 0

struct S {
  long A, B[6];
};
// MOVED-DAG: of 56 bytes moved
// A factory that gives what another factory has made.
NOINLINE S *other(long N) { return new S{N + 100, {1}}; }
NOINLINE S *make(long N) {
  if (N & 1)
    return other(N);
  return new S{N, {2}};
}
NOINLINE long useMake(long N) {
  S *P = make(N);
  long R = P->A * 10 + P->B[0];
  delete P;
  return R;
}
// CHECK: useMake(1) 1011 alive 0
// CHECK: useMake(2) 22 alive 0

// Vectors that a function makes and its caller lets grow.
NOINLINE std::vector<long> eight(long N) {
  std::vector<long> V(8);
  for (long &X : V)
    X = N++;
  return V;
}
NOINLINE long grows(long N) {
  std::vector<long> V = eight(N);
  V.push_back(N);
  long R = 0;
  for (long X : V)
    R = R * 3 + X;
  return R;
}
// CHECK: grows(3) 34431 alive 0

// Replaced in a loop by what a callee makes.
NOINLINE char *copyOf(const char *P) {
  char *Q = static_cast<char *>(malloc(64));
  Q[0] = static_cast<char>(P[0] + 1);
  return Q;
}
NOINLINE long renewedInLoop(long N) {
  char *P = static_cast<char *>(malloc(64));
  P[0] = 0;
  for (long I = 0; I < N; ++I) {
    char *Q = copyOf(P);
    free(P);
    P = Q;
  }
  long R = P[0];
  free(P);
  return R;
}
// CHECK: renewedInLoop(4) 4 alive 0

// Before the loop one object, in the loop others, freed at one place.
NOINLINE long total(const S *P) { return P->A + P->B[0]; }
NOINLINE long previous(long N) {
  S *Last = new S{0, {0}};
  long R = 0;
  for (long I = 1; I < N; ++I) {
    S *Now = new S{I, {I}};
    R += total(Now) - total(Last);
    delete Last;
    Last = Now;
  }
  delete Last;
  return R;
}
// CHECK: previous(20) 38 alive 0

// A factory that returns twice allocates twice.
static jmp_buf Env;
struct Link {
  S *Old;
  long K;
};
NOINLINE void again(Link *L, S *P) {
  L->Old = P;
  if (L->K++ < 2)
    longjmp(Env, 1);
}
NOINLINE S *returnsTwice(Link *L, long N) {
  setjmp(Env);
  S *P = new S;
  P->A = N + L->K;
  P->B[0] = reinterpret_cast<long>(L->Old);
  again(L, P);
  return P;
}
NOINLINE long useReturnsTwice(long N) {
  Link L{};
  S *P = returnsTwice(&L, N);
  S *Q = reinterpret_cast<S *>(P->B[0]), *O = reinterpret_cast<S *>(Q->B[0]);
  long R = P->A * 10000 + Q->A * 100 + O->A;
  delete P;
  if (Q != P)
    delete Q;
  if (O != Q)
    delete O;
  return R;
}
// CHECK: useReturnsTwice(10) 121110 alive 0

// A factory that must be left by a jump has no other parameters.
NOINLINE S *jumps(long N) {
  if (N & 1) [[clang::musttail]]
    return other(N);
  return new S{N, {2}};
}
NOINLINE long useJumps(long N) {
  S *P = jumps(N);
  long R = P->A * 10 + P->B[0];
  delete P;
  return R;
}
// CHECK: useJumps(1) 1011 alive 0
// CHECK: useJumps(2) 22 alive 0

// A million frames deep, if the last call of each is no jump: that the slot is
// handed to a call that gives it back must not make it one.
NOINLINE const S *pass(const S *P) {
  asm volatile("");
  return P;
}
NOINLINE long odd(long N, long Sum);
NOINLINE long even(long N, long Sum) {
  if (!N)
    return Sum;
  S *P = new S{N, {1}};
  long X = pass(P)->A;
  delete P;
  return odd(N - 1, Sum + X % 3);
}
NOINLINE long odd(long N, long Sum) {
  if (!N)
    return Sum;
  S *P = other(N);
  long X = P->A;
  delete P;
  return even(N - 1, Sum + X % 5);
}
// CHECK: even(1000000, 0) 1500001 alive 0

// The twin: nobody has the slot when the last call is made.
NOINLINE void look(S *P) { P->B[P->A & 1] += 1; }
NOINLINE long odd2(long N, long Sum);
NOINLINE long even2(long N, long Sum) {
  if (!N)
    return Sum;
  S *P = new S{N, {1}};
  look(P);
  long X = P->A + P->B[1];
  delete P;
  return odd2(N - 1, Sum + X % 3);
}
NOINLINE long odd2(long N, long Sum) { return N ? even2(N - 1, Sum) : Sum; }
// CHECK: even2(1000000, 0) 500001 alive 0

int main() {
  SHOW(eitherSize(1));
  SHOW(eitherSize(2));
  SHOW(crossed(1));
  SHOW(crossed(2));
  SHOW(useMake(1));
  SHOW(useMake(2));
  SHOW(grows(3));
  SHOW(renewedInLoop(4));
  SHOW(previous(20));
  SHOW(useReturnsTwice(10));
  SHOW(useJumps(1));
  SHOW(useJumps(2));
  SHOW(even(1000000, 0));
  SHOW(even2(1000000, 0));
}
