// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// allocation-blockers: what a run allocates, by what keeps it on the heap.
// REQUIRES: preloads
// RUN: %cxx-with -std=c++17 -O2 -g1 -w %s -o %t -fsave-optimization-record=yaml \
// RUN:   -foptimization-record-file=%t.opt.yaml \
// RUN:   -foptimization-record-passes=stackward
// RUN: allocation-blockers record -o %t.json -- %t
// RUN: %escape-check --all --format=json --quiet --fail-on=never %s \
// RUN:   -- -std=c++17 > %t.findings
// RUN: allocation-blockers report %t.json --remarks %t.opt.yaml \
// RUN:   --findings %t.findings --json %t.sums > %t.report
// RUN: FileCheck %s < %t.report
// RUN: FileCheck --check-prefix=SUMS %s < %t.report
// RUN: FileCheck --check-prefix=JSON %s < %t.sums
// RUN: not allocation-blockers record -o %t.no -- %t.absent 2>&1 \
// RUN:   | FileCheck --check-prefix=ABSENT %s
// ABSENT: No such file
#include <cstring>
#include <string>

#define NOINLINE __attribute__((noinline))
long *Kept;

// Nothing of it is left to count.
NOINLINE long moved(long N) {
  long *P = new long[4];
  P[0] = P[3] = N;
  asm volatile("" ::: "memory");
  long R = P[0] + P[3];
  delete[] P;
  return R;
}
NOINLINE void global(long N) {
  // CHECK-DAG: {{ 1000 }}{{.*}}blockers.cpp:[[# @LINE + 1]]:10: [global] in global(long); escape-check: heap(global)
  Kept = new long(N);
}
// The object is the caller's, and the caller puts it into a global: the
// first blocker is one, the last another.
NOINLINE static long *make(long N) {
  // CHECK-DAG: {{ 2000 }}{{.*}}blockers.cpp:[[# @LINE + 1]]:10: [return > global] in make(long)
  return new long(N);
}
NOINLINE void factory(long N) { Kept = make(N); }
// A slot of 128 bytes, and 4000 bytes.
NOINLINE long guarded(unsigned long N) {
  // CHECK-DAG: {{ 3000 }}{{.*}}blockers.cpp:[[# @LINE + 1]]:13: [guarded] in guarded(unsigned long)
  char *P = new char[N];
  memset(P, 1, N);
  long R = P[N / 2];
  delete[] P;
  return R;
}
NOINLINE long library(std::string &S, const char *Text) {
  // CHECK-DAG: {{ 500 }}{{.*}}blockers.cpp:[[# @LINE + 1]]:{{.*}}: [in-library {{.*}}::_M_append({{.*}}] in library(
  S.append(Text);
  return S.size();
}

// The library's function ends with a jump to the allocator, so its frame is
// gone. A constructor goes by two names.
struct Named {
  std::string Name;
  NOINLINE Named(const char *Text, unsigned long N) : Name(Text, N) {}
};
NOINLINE long jumps(const char *Text) {
  // CHECK-DAG: {{ 400 }}{{.*}}blockers.cpp:[[# @LINE - 3]]:{{.*}}: [in-library {{.*}}::_M_create(
  Named N(Text, 40);
  return N.Name.size();
}
struct Node {
  long *P;
  // CHECK-DAG: {{ 300 }}{{.*}}blockers.cpp:[[# @LINE + 1]]:{{.*}}: [global] in Node::Node()
  NOINLINE Node() : P(new long(1)) { Kept = P; }
};
NOINLINE long node() {
  Node N;
  return *N.P;
}

int main() {
  long R = 0;
  for (int I = 0; I < 400; ++I)
    R += jumps("more than the fifteen characters that fit inside");
  for (int I = 0; I < 300; ++I)
    R += node();
  for (int I = 0; I < 1000; ++I)
    R += moved(I), global(I);
  for (int I = 0; I < 2000; ++I)
    factory(I);
  for (int I = 0; I < 3000; ++I)
    R += guarded(4000) + guarded(40);
  for (int I = 0; I < 500; ++I) {
    std::string S;
    R += library(S, "more than the fifteen characters that fit inside");
  }
  return R == 0;
}
// SUMS: {{^}}7201 allocations of
// SUMS: first blocker
// SUMS-NEXT: 3000  guarded
// SUMS-NEXT: 2000  return
// SUMS-NEXT: 1300 global
// SUMS-NEXT: 901 in-library
// SUMS-EMPTY:
// SUMS: last blocker
// SUMS-NEXT: 3300 global
// SUMS-NEXT: 3000 guarded
// SUMS-NEXT: 901 in-library
// JSON: "allocations": 7201
// JSON: "global": 1300
// JSON: "last": {
// JSON: "global": 3300
