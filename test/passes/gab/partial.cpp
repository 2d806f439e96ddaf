// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A program that has some of the operators and leaves the rest to the library:
// where the heap is a shared library the linker does not mind. What one makes
// another may delete, so the bins are not used, and the forms that are left call
// the program's as libstdc++'s would.
//
// RUN: %lower -c %s -o %t.o
// RUN: %clangxx -w -O1 -c -DPLAIN %s -o %t.plain.o
// RUN: %clangxx -w -O1 -c -DARRAYS %s -o %t.arrays.o
// RUN: %clangxx %t.o %t.plain.o %rt_shared %heap -o %t.plain && %t.plain | FileCheck %s
// RUN: %clangxx %t.o %t.arrays.o %rt_shared %heap -o %t.arrays && %t.arrays | FileCheck %s
// RUN: not %clangxx %t.o %t.plain.o %rt -o %t.bad 2>&1 | FileCheck --check-prefix=TWICE %s
// TWICE: multiple definition
// The same operators in a library that is preloaded.
// RUN: %clangxx -w -shared -fPIC -DPLAIN %s -o %t.plain.so
// RUN: %clangxx %t.o %rt_shared %heap -o %t.shared && env LD_PRELOAD=%t.plain.so %t.shared | FileCheck %s
// CHECK: 360 good
#include <cstdio>
#include <cstdlib>
#include <new>

#if defined(PLAIN) || defined(ARRAYS)
#include "../Inputs/with-header.h"
#ifdef PLAIN
void *operator new(size_t N) { return makeWithHeader(N); }
void operator delete(void *P) noexcept { unmakeWithHeader(P); }
#else
void *operator new[](size_t N) { return makeWithHeader(N); }
void operator delete[](void *P) noexcept { unmakeWithHeader(P); }
#endif
#else
struct Part {
  char Bytes[24];
  ~Part() { Bytes[0] = 0; }
};
// So that nothing of it is left out.
template <class T> static T *kept(T *P) {
  asm volatile("" : "+r"(P) : : "memory");
  return P;
}
int main() {
  int Good = 0;
  for (int I = 1; I <= 60; ++I) {
    auto *One = kept(new char);
    auto *Two = kept(new (std::nothrow) long(I));
    auto *Three = kept(new char[I]);
    auto *Four = kept(new (std::nothrow) char[I]);
    auto *Five = kept(new Part);
    auto *Six = kept(new Part[I]);
    Good += One && Two;
    Good += Three && Four;
    Good += Five && Six;
    delete One;
    delete Two;
    delete[] Three;
    delete[] Four;
    delete Five;
    delete[] Six;
    Good += 3;
  }
  printf("%d good\n", Good);
}
#endif
