// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers that are addresses: of globals and functions, which are none of the
// unit's own objects and may be stored to and called all the same; and of an
// object, in a form that is no integer of its size. Each is a unit of its own.
//
// RUN: %run-both %s %t -DCALLED | FileCheck --check-prefix=CALLED %s
// RUN: %run-both %s %t -DSTORED | FileCheck %s
// RUN: %run-both %s %t -DFLOATING | FileCheck %s
// RUN: %run-both %s %t -DHALVES | FileCheck %s
// RUN: %run-both %s %t -DDIGITS | FileCheck %s
// RUN: %run-both %s %t -DCOMPRESSED | FileCheck %s
#include "../Inputs/exec.h"
#include <array>
#include <bit>
#include <cstdint>

#if defined(CALLED)
using Function = void (*)(long *);
NOINLINE static void first(long *P) {
  printf("first %ld\n", *P);
  delete P;
}
NOINLINE static void second(long *P) {
  printf("second %ld\n", *P);
  delete P;
}
NOINLINE void either(const uintptr_t *Functions, int I, long N, bool First) {
  long *P = new long(N);
  Function F = First ? first : (Function)Functions[I];
  F(P);
}
int main(int C, char **) {
  uintptr_t Table[] = {(uintptr_t)&first, (uintptr_t)&second};
  // CALLED: second 43
  either(Table, C, 43, C > 1);
}
#elif defined(STORED)
struct Sink {
  void *Pad;
  long *Kept;
};
static Sink A, B;
NOINLINE void keep(const uintptr_t *Handles, int I, long N) {
  ((Sink *)Handles[I])->Kept = new long(N);
}
NOINLINE void make(long N) {
  uintptr_t Handles[] = {(uintptr_t)&A, (uintptr_t)&B};
  keep(Handles, 1, N);
}
NOINLINE long *get() { return B.Kept; }
#elif defined(FLOATING)
static double Handle;
NOINLINE void put(long *P) { Handle = (double)(uintptr_t)P; }
NOINLINE void make(long N) { put(new long(N)); }
NOINLINE long *get() { return (long *)(uintptr_t)Handle; }
#elif defined(HALVES)
using Pair = std::array<uint32_t, 2>;
static uint32_t High, Low;
NOINLINE void put(const Pair &P) {
  Low = P[0];
  High = P[1];
}
NOINLINE void make(long N) { put(std::bit_cast<Pair>(new long(N))); }
NOINLINE long *get() { return std::bit_cast<long *>(Pair{Low, High}); }
#elif defined(DIGITS)
static char Text[17];
NOINLINE void make(long N) {
  uintptr_t V = (uintptr_t)new long(N);
  for (int I = 0; I < 16; ++I) {
    Text[15 - I] = "0123456789abcdef"[V & 15];
    V >>= 4;
  }
}
NOINLINE long *get() {
  uintptr_t V = 0;
  sscanf(Text, "%lx", &V);
  return (long *)V;
}
#elif defined(COMPRESSED)
alignas(16) static char Base[16];
struct alignas(8) Node {
  long V;
};
static long Cell;
NOINLINE void put(Node &N) {
  Cell = long((uintptr_t)&N - (uintptr_t)Base) >> 3;
}
NOINLINE void make(long N) { put(*new Node{N}); }
NOINLINE long *get() { return (long *)((uintptr_t)Base + (Cell << 3)); }
#endif

#ifndef CALLED
int main() {
  make(42);
  clobber();
  // CHECK: 42
  printf("%ld\n", *get());
}
#endif
