// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pointers that a callee moves from one cell of an object to another, at
// places that it is told: what is kept from the second cell is what was put
// into the first.
// RUN: %run-both %s %t | FileCheck %s
#include "../Inputs/exec.h"
#include <cstring>
#include <utility>

static long *Kept;

NOINLINE static void move(long **A, int To, int From) { A[To] = A[From]; }
NOINLINE static void swap(long **A, int To, int From) {
  std::swap(A[To], A[From]);
}
NOINLINE static void shift(long **A, int N) {
  memmove(A, A + 1, N * sizeof(*A));
}
NOINLINE static long read(long **A, int From) { return *A[From]; }

NOINLINE long moved(int I, long V) {
  long *Cells[4] = {};
  Cells[3] = new long(V);
  move(Cells, I, I + 3);
  Kept = Cells[0];
  return *Kept;
}
NOINLINE long swapped(int I, long V) {
  long *Cells[4] = {};
  Cells[2] = new long(V);
  swap(Cells, I, I + 2);
  Kept = Cells[0];
  return *Kept;
}
NOINLINE long shifted(int N, long V) {
  long *Cells[4] = {};
  Cells[1] = new long(V);
  shift(Cells, N + 3);
  Kept = Cells[0];
  return *Kept;
}
// The twin: nothing moves, and nothing is kept.
NOINLINE long readOnly(int I, long V) {
  long *Cells[4] = {};
  Cells[3] = new long(V);
  long R = read(Cells, I + 3);
  Kept = Cells[0];
  delete Cells[3];
  return R;
}

int main() {
  // CHECK: moved 5 5
  long R = moved(0, 5);
  clobber();
  printf("moved %ld %ld\n", R, *Kept);
  // CHECK: swapped 6 6
  R = swapped(0, 6);
  clobber();
  printf("swapped %ld %ld\n", R, *Kept);
  // CHECK: shifted 7 7
  R = shifted(0, 7);
  clobber();
  printf("shifted %ld %ld\n", R, *Kept);
  // CHECK: read 8 null
  R = readOnly(0, 8);
  printf("read %ld %s\n", R, Kept ? "kept" : "null");
}
