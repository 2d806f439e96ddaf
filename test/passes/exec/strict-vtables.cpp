// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// With -fstrict-vtable-pointers, loads of the vtable through one pointer give
// one value. Objects of two classes that come from one allocation site share a
// slot, but not a pointer: else the second of an unrolled loop is taken for
// what the first was.
// RUN: %clangxx -std=c++20 -w -O2 %s -o %t.without
// RUN: %t.without > %t.expected
// RUN: FileCheck %s < %t.expected
// RUN: %cxx-with -w -O2 -fstrict-vtable-pointers -Rpass=stackward %s \
// RUN:   -o %t.with 2> %t.remarks
// RUN: FileCheck --check-prefix=MOVED %s < %t.remarks
// RUN: %t.with | diff %t.expected -
// RUN: FileCheck --check-prefix=FACTORY %s < %t.remarks
// RUN: %cxx-with -w -O3 -flto -fuse-ld=lld -fstrict-vtable-pointers %s \
// RUN:   -Wl,--load-pass-plugin=%plugin -o %t.lto
// RUN: %t.lto | diff %t.expected -
#include "../Inputs/exec.h"

struct Two {
  long A;
  NOINLINE Two() {}
  virtual ~Two() {}
  virtual long get() const { return A; }
};
struct Other : Two {
  NOINLINE Other() {}
  long get() const override { return A + 100; }
};

// MOVED: {{:[34][0-9]:.*}} of 16 bytes moved
NOINLINE long oneSite(long N) {
  long R = 0;
#pragma clang loop unroll_count(4)
  for (long I = 0; I < N; ++I) {
    Two *P;
    if (I & 1)
      P = new Other;
    else
      P = new Two;
    P->A = I;
    R = R * 2 + P->get();
    delete P;
  }
  return R;
}
// CHECK: 17502
// FACTORY: {{:[56][0-9]:.*}} of 16 bytes moved
NOINLINE Two *make(long I) { return I & 1 ? new Other : new Two; }
NOINLINE long factory(long N) {
  long R = 0;
#pragma clang loop unroll_count(4)
  for (long I = 0; I < N; ++I) {
    Two *P = make(I);
    P->A = I;
    R = R * 2 + P->get();
    delete P;
  }
  return R;
}
// CHECK: 17502

int main(int Count, char **) {
  printf("%ld\n%ld\n", oneSite(8 + Count), factory(8 + Count));
}
