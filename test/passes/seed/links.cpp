// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the runtime library gets into a program, and what happens when it does
// not, or is not the one whose operator delete runs. The program prints how
// many of 40 containers were in their frame.
//
// Missing: the link fails and names it.
// RUN: %seed -c -fPIC %S/../Inputs/seed-work.cpp -o %t.w.o
// RUN: %clangxx -w -c %s -o %t.o
// RUN: not %clangxx %t.o %t.w.o -o %t.bad 2>&1 | FileCheck --check-prefix=MISSING %s
// RUN: not %clangxx -shared %t.w.o -o %t.so 2>&1 | FileCheck --check-prefix=MISSING %s
// RUN: not %clangxx -fuse-ld=lld %t.o %t.w.o -o %t.bad 2>&1 | FileCheck --check-prefix=MISSING %s
// MISSING: stackward_seeding_needs_libstackward_rt
//
// Linked, also with libstdc++ in the program, and all of it.
// RUN: %clangxx %t.o %t.w.o %rt -o %t.dynamic && %t.dynamic | FileCheck %s
// RUN: %clangxx -static-libstdc++ %t.o %t.w.o %rt -o %t.cxx && %t.cxx | FileCheck %s
// RUN: %clangxx -static %t.o %t.w.o %rt -o %t.static && %t.static | FileCheck %s
// RUN: %clangxx -rdynamic %t.o %t.w.o %rt -o %t.export && %t.export | FileCheck %s
// RUN: %clangxx -fuse-ld=lld -Wl,--gc-sections %t.o %t.w.o %rt -o %t.lld && %t.lld | FileCheck %s
// CHECK: near 40
//
// The heap is not part of it, but may be linked.
// RUN: nm %t.dynamic | FileCheck --check-prefix=NOHEAP %s
// NOHEAP-NOT: {{ T _Zn[aw]}}
// RUN: %clangxx -w -fuse-ld=lld %t.o %t.w.o %with_heap -o %t.heap && %t.heap | FileCheck %s
//
// A shared library with a copy of its own, in a program that has none. Linked,
// its operator delete is everyone's; opened by hand it is not, and then its
// containers are not seeded. Nor are they where the symbols of the copy are
// kept from the dynamic linker.
// RUN: %clangxx -shared %t.w.o %rt -o %t.lib.so
// RUN: %clangxx %t.o %t.lib.so -o %t.host && %t.host | FileCheck %s
// RUN: %clangxx -w -DOPENS %s -o %t.opens && %t.opens %t.lib.so | FileCheck --check-prefix=UNSEEDED %s
// RUN: %clangxx -Wl,--exclude-libs,ALL %t.o %t.w.o %rt -o %t.hides && %t.hides | FileCheck --check-prefix=UNSEEDED %s
// UNSEEDED: near 0
//
// A seeded program that opens a seeded library: each has a copy, and only the
// program's can be in force.
// RUN: %seed -DOPENS %s %t.w.o %rt -o %t.both && %t.both %t.lib.so | FileCheck --check-prefix=UNSEEDED %s
//
// A C program that opens a plain C++ library first: libstdc++ is bound to its
// own operator delete by then. With the seeded one alone it is not.
// RUN: %clangxx -w -shared -fPIC -Dwork=other %S/../Inputs/seed-work.cpp -o %t.plain.so
// RUN: %clang -w -x c -DOPENS %s -x none -ldl -o %t.c
// RUN: %t.c %t.plain.so %t.lib.so | FileCheck --check-prefix=UNSEEDED %s
// RUN: %t.c %t.lib.so | FileCheck %s
//
// A program with an operator delete of its own is refused at link time, or
// where the compiler can see it not seeded at all.
// RUN: %clangxx -w -DOWN -Dwork=other -c %S/../Inputs/seed-work.cpp -o %t.own.o
// RUN: not %clangxx %t.o %t.own.o %t.w.o %rt -o %t.bad 2>&1 | FileCheck --check-prefix=OWN %s
// OWN: multiple definition of {{.*}}operator delete
// RUN: %seed -DOWN %s %S/../Inputs/seed-work.cpp -o %t.seen && %t.seen | FileCheck --check-prefix=UNSEEDED %s
#include <dlfcn.h>
#include <stdio.h>

#ifdef OPENS
int main(int Argc, char **Argv) {
  void *Library = 0;
  for (int I = 1; I < Argc; ++I)
    if (!(Library = dlopen(Argv[I], RTLD_NOW | RTLD_LOCAL)))
      return puts(dlerror());
  printf("near %d\n", ((int (*)(int))dlsym(Library, "work"))(20));
}
#else
extern "C" int work(int);
int main() { printf("near %d\n", work(20)); }
#endif
