// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Five ways in which LLVM's own heap-to-stack goes wrong, done right.
// RUN: %run-both %s %t | FileCheck %s
// RUN: %cxx-with -O2 -c %s -o /dev/null -Rpass=stackward 2>&1 \
// RUN:   | FileCheck --check-prefix=MOVED %s
#include <cstdio>
#include <cstdlib>
#include <cstring>

#define NOINLINE __attribute__((noinline))

// D1: an alloca in the loop would grow the stack by 64 MB.
NOINLINE long sumOf(const long *P) { return P[0] + P[63]; }
// MOVED: known-defects.cpp:[[# @LINE + 4]]:15: remark: allocation of 512 bytes
NOINLINE long allocaInLoop(long N) {
  long R = 0;
  for (long I = 0; I < N; ++I) {
    long *P = new long[64];
    memset(P, 0, 512);
    P[0] = I, P[63] = 1;
    R += sumOf(P);
    delete[] P;
  }
  return R;
}

// D2: a vector store needs the alignment that the heap gave.
struct Vec {
  float V[8];
};
NOINLINE void fill(Vec *P, float X) {
  for (float &F : P->V)
    F = X;
}
NOINLINE float slotAlignment(char Odd) {
  volatile char Before[3] = {Odd, 1, 2};
  // MOVED: known-defects.cpp:[[# @LINE + 1]]:12: remark: allocation of 32 bytes
  Vec *P = new Vec;
  fill(P, Before[0]);
  typedef float V4 __attribute__((vector_size(16)));
  V4 Sum = *(V4 *)P->V + *(V4 *)(P->V + 4);
  delete P;
  return Sum[0] + Sum[3];
}

// D3: with `tail` kept, the store before the call is dead.
NOINLINE int readFirst(const int *P) { return *P; }
NOINLINE int tailCall(int N) {
  // MOVED: known-defects.cpp:[[# @LINE + 1]]:19: remark: allocation of 16 bytes
  int *P = (int *)malloc(16);
  *P = N;
  return readFirst(P);
}

// D4: whole-program reasoning about a pointer whose value is merged from
// several calls; the wrong one must not be taken.
struct Node {
  Node *Next;
  long Value;
};
NOINLINE Node *pick(Node *A, Node *B, long N) { return N & 1 ? A : B; }
NOINLINE long mergedResults(long N) {
  Node *A = new Node{nullptr, N}, *B = new Node{A, N + 10};
  Node *C = pick(A, B, N), *D = pick(B, A, N);
  long R = C->Value * 100 + D->Value;
  C->Value = 1;
  R = R * 10 + A->Value + B->Value;
  delete A;
  delete B;
  return R;
}

// D5: `delete phi(stack, heap)` must free the one and not the other.
static long Freed;
struct Counted {
  long V;
  ~Counted() { ++Freed; }
};
NOINLINE long valueOf(const Counted *P) { return P->V; }
NOINLINE long deleteEither(Counted *Given, long N) {
  Counted *Mine = new Counted{N};
  long R = valueOf(Mine);
  Counted *Which = N & 1 ? Mine : Given;
  Counted *Other = N & 1 ? Given : Mine;
  R += valueOf(Which);
  delete Which;
  delete Other;
  return R;
}

int main() {
  // CHECK: D1 500001500000
  printf("D1 %ld\n", allocaInLoop(1000001) - 1);
  // CHECK: D2 20
  printf("D2 %g\n", slotAlignment(5));
  // CHECK: D3 7
  printf("D3 %d\n", tailCall(7));
  // CHECK: D4 3144 12023
  printf("D4 %ld %ld\n", mergedResults(3) % 10000, mergedResults(2) * 1 + 0);
  // CHECK: D5 6 109 4
  long A = deleteEither(new Counted{100}, 3);
  long B = deleteEither(new Counted{100}, 4) + 5 - 4;
  printf("D5 %ld %ld %ld\n", A, B + 4, Freed);
}
