// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When the bins are used, and what happens where they cannot be. The program
// prints how many of 100 small objects lie in cells.
//
// Missing: the link fails and names the library; C needs none of it.
// RUN: %lower -c %s -o %t.o
// RUN: not %clangxx %t.o -o %t.bad 2>&1 | FileCheck --check-prefix=MISSING %s
// RUN: not %clangxx -fuse-ld=lld %t.o -o %t.bad 2>&1 | FileCheck --check-prefix=MISSING %s
// MISSING: stackward_gab_lowering_needs_libstackward_rt
// RUN: echo "int main(void) { return 0; }" > %t.c
// RUN: %clang -O2 -fpass-plugin=%plugin -mllvm -stackward-gab-lowering %t.c -o %t.c.out && %t.c.out
//
// RUN: %clangxx %t.o %rt -o %t.dynamic && %t.dynamic | FileCheck %s
// RUN: %clangxx -fuse-ld=lld -Wl,--gc-sections %t.o %rt -o %t.lld && %t.lld | FileCheck %s
// RUN: %lower -fno-pie -no-pie %s %rt -o %t.nopie && %t.nopie | FileCheck %s
// RUN: %lower -flto -fuse-ld=lld %s -Wl,--load-pass-plugin=%plugin %rt -o %t.lto && %t.lto | FileCheck %s
// RUN: %lower -flto=thin -fuse-ld=lld %s -Wl,--load-pass-plugin=%plugin %rt -o %t.thin && %t.thin | FileCheck %s
// CHECK: cells 100
//
// The heap as a shared library: missed by name, used, and left alone where
// another allocator was preloaded, which then has the operators.
// RUN: not %clangxx %t.o %rt_shared -o %t.bad 2>&1 | FileCheck --check-prefix=HEAP %s
// HEAP: stackward_rt_operators
// RUN: %clangxx %t.o %rt_shared %heap -o %t.shared && %t.shared | FileCheck --check-prefix=SHARED %s
// RUN: %clangxx -fuse-ld=lld %t.o %rt_shared %heap -o %t.shared && %t.shared | FileCheck --check-prefix=SHARED %s
// RUN: %clangxx -O2 -w %s %rt_shared %heap -o %t.idle && %t.idle | FileCheck --check-prefix=MALLOC %s
// RUN: env STACKWARD_GAB_LOWERING=0 %t.shared | FileCheck --check-prefix=MALLOC %s
// RUN: %clangxx -O2 -w -shared -fPIC -DOWN -DLIBRARY %s -o %t.own.so
// RUN: env LD_PRELOAD=%t.own.so %t.shared | FileCheck --check-prefix=MALLOC %s
// SHARED: malloc 0
// MALLOC: malloc 100
//
// Linked, but no unit asked; or turned off.
// RUN: %clangxx -O2 -w %s %rt -o %t.unasked && %t.unasked | FileCheck --check-prefix=NONE %s
// RUN: bash -c "command -v ld.gold || exit 0; %clangxx -fuse-ld=gold -O2 -w %s %rt -o %t.unasked" && %t.unasked | FileCheck --check-prefix=NONE %s
// RUN: env STACKWARD_GAB_LOWERING=0 %t.dynamic | FileCheck --check-prefix=NONE %s
// NONE: cells 0
//
// Where a library that is opened later would bring an operator delete of its
// own, or libstdc++ has been kept from ours.
// RUN: %clangxx -static-libstdc++ %t.o %rt -o %t.cxx && %t.cxx | FileCheck --check-prefix=NONE %s
// RUN: %clangxx -static %t.o %rt -o %t.static 2>&1 && %t.static | FileCheck --check-prefix=NONE %s
// RUN: %clangxx -Wl,--exclude-libs,ALL %t.o %rt -o %t.hides && %t.hides | FileCheck --check-prefix=NONE %s
// RUN: %clangxx -static-libstdc++ -rdynamic %t.o %rt -o %t.export && %t.export | FileCheck %s
//
// A program with operators of its own is refused by the linker, or asks for
// nothing where the compiler sees them.
// RUN: %lower -DOWN -c %s -o %t.own.o
// RUN: not %clangxx %t.o %t.own.o %rt -o %t.bad 2>&1 | FileCheck --check-prefix=OWN %s
// OWN: multiple definition of {{.*}}operator {{new|delete}}
// RUN: %clangxx %t.own.o -o %t.own && %t.own | FileCheck --check-prefix=NONE %s
//
// Under a sanitizer, and under Valgrind, objects must be where those look.
// RUN: %lower -fsanitize=address %s %rt -o %t.asan && %t.asan | FileCheck --check-prefix=NONE %s
// RUN: %lower -fsanitize=thread %s %rt -o %t.tsan && %t.tsan | FileCheck --check-prefix=NONE %s
// RUN: valgrind -q --error-exitcode=9 %t.dynamic | FileCheck --check-prefix=NONE %s
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace stackward_heap::rt {
__attribute__((weak, visibility("hidden"))) size_t manualUsable(const void *);
}

#ifdef OWN
void *operator new(size_t N) { return malloc(N); }
void operator delete(void *P) noexcept { free(P); }
void operator delete(void *P, size_t) noexcept { free(P); }
#endif

#ifndef LIBRARY
int main() {
  int Cells = 0, FromMalloc = 0;
  std::vector<std::unique_ptr<std::string>> All;
  for (int I = 0; I < 100; ++I)
    All.push_back(std::make_unique<std::string>(30, 'x'));
  // What small objects malloc has in a program of one thread lies below sbrk(0).
  auto End = reinterpret_cast<uintptr_t>(sbrk(0));
  for (auto &S : All) {
    FromMalloc += reinterpret_cast<uintptr_t>(S.get()) < End;
    Cells += stackward_heap::rt::manualUsable &&
             stackward_heap::rt::manualUsable(S.get()) >= sizeof(*S) &&
             stackward_heap::rt::manualUsable(S->data()) >= 31;
  }
  printf("cells %d, malloc %d\n", Cells, FromMalloc);
}
#endif
