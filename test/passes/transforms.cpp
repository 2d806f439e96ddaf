// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each transform has a switch of its own. A function here needs one transform,
// and is known by the size of its object.
// RUN: %cxx-with -O2 -c %s -o /dev/null -Rpass=stackward 2>&1 \
// RUN:   | FileCheck --check-prefixes=PLAIN,MERGED,GUARDED,VIRTUAL,EATEN %s
// RUN: %cxx-with -O2 -c %s -o /dev/null -Rpass=stackward \
// RUN:   -mllvm -stackward-plain-slots=0 2>&1 \
// RUN:   | FileCheck --check-prefixes=GUARDED --implicit-check-not=moved %s
// RUN: %cxx-with -O2 -c %s -o /dev/null -Rpass=stackward \
// RUN:   -mllvm -stackward-merged=0 2>&1 \
// RUN:   | FileCheck --check-prefixes=PLAIN,GUARDED,VIRTUAL,EATEN \
// RUN:     --implicit-check-not="of 24 bytes" %s
// RUN: %cxx-with -O2 -c %s -o /dev/null -Rpass=stackward \
// RUN:   -mllvm -stackward-guarded-slots=0 2>&1 \
// RUN:   | FileCheck --check-prefixes=PLAIN,MERGED,VIRTUAL,EATEN \
// RUN:     --implicit-check-not="a slot of" %s
// RUN: %cxx-with -O2 -c %s -o /dev/null -Rpass=stackward \
// RUN:   -mllvm -stackward-devirtualise=0 2>&1 \
// RUN:   | FileCheck --check-prefixes=PLAIN,MERGED,GUARDED,EATEN \
// RUN:     --implicit-check-not="of 32 bytes" %s
// RUN: %cxx-with -O2 -c %s -o /dev/null -Rpass=stackward \
// RUN:   -mllvm -stackward-callee-clones=0 2>&1 \
// RUN:   | FileCheck --check-prefixes=PLAIN,MERGED,GUARDED,VIRTUAL \
// RUN:     --implicit-check-not="of 40 bytes" %s
#include <cstdlib>

#define NOINLINE __attribute__((noinline))
NOINLINE static long sum(const long *P) { return P[0] + P[1]; }

// PLAIN-DAG: allocation of 16 bytes moved
long plain(long N) {
  long *P = (long *)malloc(16);
  P[0] = P[1] = N;
  long R = sum(P);
  free(P);
  return R;
}

// MERGED-DAG: allocation of 24 bytes moved
long merged(long *Other, long N) {
  long *P = (long *)malloc(24);
  P[0] = P[1] = N;
  long R = sum(P);
  free(N & 1 ? P : Other);
  return R;
}

// GUARDED-DAG: a slot of 128 bytes
long guarded(unsigned long N) {
  long *P = (long *)malloc(8 * N);
  P[0] = P[1] = 1;
  long R = sum(P);
  free(P);
  return R;
}

struct Base {
  long V = 1;
  virtual ~Base() {}
};
static volatile long Ticks;
struct Derived : Base {
  long W = 2, X = 3;
  ~Derived() override { Ticks = W; }
};
NOINLINE static long touch(Base *B) { return ++B->V; }
// VIRTUAL-DAG: allocation of 32 bytes moved
long virtualDelete(long N) {
  Base *B = new Derived;
  B->V = N;
  long R = touch(B);
  delete B;
  return R;
}

NOINLINE static long eat(long *P) {
  for (long I = 0; I < P[0]; ++I)
    Ticks = Ticks + P[1];
  long R = P[1];
  free(P);
  return R;
}
// EATEN-DAG: allocation of 40 bytes moved
long eaten(long N) {
  long *P = (long *)malloc(40);
  P[0] = P[1] = N;
  return eat(P);
}
