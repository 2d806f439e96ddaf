// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the user is told: passed and missed with the reason's id, the path of
// the object as analysis, and an optimisation record that LLVM's tools read.
// RUN: %cxx-with -O2 -g -c %s -o /dev/null -Rpass=stackward \
// RUN:   -Rpass-missed=stackward -Rpass-analysis=stackward 2>&1 \
// RUN:   | FileCheck %s
// RUN: %cxx-with -O2 -g -c %s -o %t.o -fsave-optimization-record=yaml \
// RUN:   -foptimization-record-file=%t.yaml -foptimization-record-passes=stackward
// RUN: FileCheck --check-prefix=YAML %s < %t.yaml
// RUN: llvm-remarkutil yaml2bitstream %t.yaml -o %t.bitstream
// RUN: llvm-remarkutil count --group-by=source --parser=bitstream %t.bitstream

long *Kept;
__attribute__((noinline)) static void keep(long *P) { Kept = P; }

long stays(long N) {
  // CHECK: remarks.cpp:[[# @LINE + 4]]:13: remark: allocation stays on the heap: {{.*}} [{{[a-z-]+}}]
  // CHECK: remark: flow: (1) allocated at {{.*}}remarks.cpp:[[# @LINE + 3]]:13
  // CHECK-SAME: stored
  // CHECK-SAME: remarks.cpp:[[# @LINE - 6]]:
  long *P = new long(N);
  keep(P);
  return N;
}

__attribute__((noinline)) static long read(const long *P) { return *P; }
long goes(long N) {
  // CHECK: remarks.cpp:[[# @LINE + 1]]:13: remark: allocation of 8 bytes moved to the stack
  long *P = new long(N);
  long R = read(P);
  delete P;
  return R;
}

// YAML-LABEL: --- !Missed
// YAML-NEXT: Pass: stackward
// YAML-NEXT: Name: {{callee-leaks|global}}
// YAML-LABEL: --- !Passed
// YAML-NEXT: Pass: stackward
// YAML-NEXT: Name: HeapToStack
