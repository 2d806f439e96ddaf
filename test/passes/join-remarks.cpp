// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// utils/join-remarks.py: what escape-check found beside what the plugin did.
// RUN: %cxx-with -O2 -g -c %s -o %t.o -fsave-optimization-record=yaml \
// RUN:   -foptimization-record-file=%t.yaml \
// RUN:   -foptimization-record-passes=stackward
// RUN: %escape-check --all --format=json --quiet --fail-on=never %s \
// RUN:   -- -std=c++20 > %t.json
// RUN: %python %src/utils/join-remarks.py %t.json %t.yaml | FileCheck %s
#include <memory>

long *Kept;
__attribute__((noinline)) static long read(const long *P) { return *P; }

// CHECK: join-remarks.cpp:[[# @LINE + 2]]:{{.*}} heap {{.*}}plugin: global; escape-check: heap(global)
long stays(long N) {
  Kept = new long(N);
  return N;
}
// The place is the caller's of the library function.
// CHECK: join-remarks.cpp:[[# @LINE + 2]]:{{.*}} moved {{.*}}escape-check: stack, {{.*}}
long goes(long N) {
  auto P = std::make_unique<long>(N);
  return read(P.get());
}
// CHECK: join-remarks.cpp:[[# @LINE + 2]]:{{.*}} guarded {{.*}}escape-check: heap(non-constant-size)
long varies(unsigned long N) {
  long *P = new long[N];
  P[0] = 7;
  long R = read(P);
  delete[] P;
  return R;
}
// CHECK: 3 allocations: 1 moved, 1 guarded, 1 heap, 0 unseen; 0 could change in the source
