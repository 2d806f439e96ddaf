// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every way to turn the plugin on, down and off.

// With everything off the object is the one that is made without the plugin.
// RUN: %clangxx -O2 -c %s -o %t.without.o
// RUN: %cxx-with -O2 -c %s -mllvm -stackward-enable=0 -o %t.off.o
// RUN: cmp %t.without.o %t.off.o
// RUN: env STACKWARD_FLAGS="enable=0" %cxx-with -std=c++17 -O2 -c %s -o %t.env.o
// RUN: %clangxx -std=c++17 -O2 -c %s -o %t.without17.o
// RUN: cmp %t.without17.o %t.env.o
// RUN: %cxx-with -O2 -c %s -mllvm -stackward-heap-to-stack=0 -o %t.each.o
// RUN: cmp %t.without.o %t.each.o
// RUN: %cxx-with -O0 -c %s -o %t.o0.o
// RUN: %clangxx -O0 -c %s -o %t.without0.o
// RUN: cmp %t.without0.o %t.o0.o

// On, it promotes; and once more with the plugin named twice, and with a copy
// of its file loaded as well.
// RUN: %cxx-with -O2 -S %s -o - | FileCheck --check-prefixes=FIRST,SECOND %s
// RUN: %cxx-with -O2 -S %s -fpass-plugin=%plugin -o - \
// RUN:   | FileCheck --check-prefixes=FIRST,SECOND %s
// RUN: cp %plugin %t.copy.so
// RUN: %cxx-with -O2 -S %s -fpass-plugin=%t.copy.so -o - \
// RUN:   | FileCheck --check-prefixes=FIRST,SECOND %s

// Globs, the counter and the rollout; the command line wins over the
// environment, which wins over the file.
// RUN: %cxx-with -O2 -S %s -mllvm -stackward-allow='*first*' -o - \
// RUN:   | FileCheck --check-prefixes=FIRST,NOSECOND %s
// RUN: %cxx-with -O2 -S %s -mllvm -stackward-deny='*first*' -o - \
// RUN:   | FileCheck --check-prefixes=NOFIRST,SECOND %s
// RUN: %cxx-with -O2 -S %s -mllvm -stackward-limit=1 -o - \
// RUN:   | FileCheck --check-prefixes=FIRST,NOSECOND %s
// RUN: %cxx-with -O2 -S %s -mllvm -stackward-rollout=0 -o - \
// RUN:   | FileCheck --check-prefixes=NOFIRST,NOSECOND %s
// RUN: echo 'limit=0 # for now' > %t.conf
// RUN: env STACKWARD_CONFIG=%t.conf %cxx-with -O2 -S %s -o - \
// RUN:   | FileCheck --check-prefixes=NOFIRST,NOSECOND %s
// RUN: env STACKWARD_CONFIG=%t.conf STACKWARD_FLAGS=-stackward-limit=1 \
// RUN:   %cxx-with -O2 -S %s -o - | FileCheck --check-prefixes=FIRST,NOSECOND %s
// RUN: env STACKWARD_CONFIG=%t.conf STACKWARD_FLAGS=-stackward-limit=1 \
// RUN:   %cxx-with -O2 -S %s -mllvm -stackward-limit=2 -o - \
// RUN:   | FileCheck --check-prefixes=FIRST,SECOND %s

// A word that is not understood is an error.
// RUN: not env STACKWARD_FLAGS="heap-to-stack=of" %cxx-with -O2 -c %s \
// RUN:   -o /dev/null 2>&1 | FileCheck --check-prefix=TYPO %s
// TYPO: stackward: 'heap-to-stack=of': expected 0, 1, true, false, on or off
// RUN: not env STACKWARD_FLAGS="no-such" %cxx-with -O2 -c %s -o /dev/null 2>&1 \
// RUN:   | FileCheck --check-prefix=WORD %s
// WORD: stackward: 'no-such': no such option

__attribute__((noinline)) static long sum(const long *P) {
  return P[0] + P[1];
}

// FIRST-LABEL: first
// FIRST-NOT: _Znwm
// FIRST: retq
// NOFIRST-LABEL: first
// NOFIRST: _Znwm
// NOFIRST: retq
extern "C" long first(long N) {
  struct Pair {
    long A, B;
  } *P = new Pair{N, 2};
  long R = sum(&P->A);
  delete P;
  return R;
}

// SECOND-LABEL: second
// SECOND-NOT: _Znwm
// SECOND: retq
// NOSECOND-LABEL: second
// NOSECOND: _Znwm
// NOSECOND: retq
extern "C" long second(long N) {
  struct Pair {
    long A, B;
  } *P = new Pair{3, N};
  long R = sum(&P->A);
  delete P;
  return R;
}
