// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pointers that are put away as numbers, some nodes deep, and come back: what
// is read as a number may then be one, and the object stays on the heap. Each
// way is a unit of its own, since one is enough for all that is beside it.
//
// RUN: %run-both %s %t -DCAST | FileCheck %s
// RUN: %run-both %s %t -DPASSED | FileCheck %s
// RUN: %run-both %s %t -DRETURNED | FileCheck %s
// RUN: %run-both %s %t -DBYTES | FileCheck %s
// RUN: %run-both %s %t -DCOPIED | FileCheck %s
// RUN: %run-both %s %t -DUNION | FileCheck %s
// RUN: %run-both %s %t -DATOMIC | FileCheck %s
// RUN: %run-both %s %t -DCAST -fno-strict-aliasing | FileCheck %s
#include "../Inputs/exec.h"
#include <atomic>
#include <cstdint>
#include <cstring>

struct S {
  long A, B;
};
#ifdef ATOMIC
using Number = std::atomic<uint64_t>;
#else
using Number = uint64_t;
#endif
struct Node {
  Number Hidden;
  Node *Next;
};
union Both {
  S *P;
  uint64_t N;
};
NOINLINE void put(Node *To, uint64_t N) { To->Hidden = N; }
NOINLINE uint64_t asNumber(S *P) { return (uint64_t)P; }
NOINLINE void hide(Node *To, S *P) {
#if defined(CAST) || defined(ATOMIC)
  To->Hidden = (uint64_t)P;
#elif defined(PASSED)
  put(To, (uint64_t)P);
#elif defined(RETURNED)
  To->Hidden = asNumber(P);
#elif defined(BYTES)
  auto *From = (const char *)&P;
  auto *Bytes = (char *)&To->Hidden;
  for (unsigned I = 0; I < sizeof P; ++I)
    Bytes[I] = From[I];
#elif defined(COPIED)
  memcpy(&To->Hidden, &P, sizeof P);
#else
  Both B;
  B.P = P;
  To->Hidden = B.N;
#endif
}
/// The number in the last node of the list.
NOINLINE uint64_t lastNumber(const Node *P) {
  while (P->Next)
    P = P->Next;
  return P->Hidden;
}
static uint64_t Published;
NOINLINE long hiddenInLast(long N) {
  Node A{{0}, nullptr}, B{{1}, &A}, C{{2}, &B}, D{{3}, &C};
  S *P = new S{N, N + 1};
  hide(&A, P);
  Published = lastNumber(&D);
  return P->A;
}

int main() {
  printf("hidden %ld\n", hiddenInLast(4)); // CHECK: hidden 4
  clobber();
  S *P = (S *)Published;
  printf("found %ld %ld\n", P->A, P->B); // CHECK-NEXT: found 4 5
}
