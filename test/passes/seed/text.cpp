// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strings that never grow: the library makes them, and asks for the buffer
// only where it would allocate.
// RUN: %seed-both %s %t | FileCheck %s
// RUN: %seed -std=c++20 -O2 -DCOUNT %s %rt -o %t.20
// RUN: %t.20 | FileCheck --check-prefixes=CHECK,COUNT %s
// RUN: %seed -DCOUNT %s %rt -o %t.count
// RUN: %t.count | FileCheck --check-prefixes=CHECK,COUNT %s
// RUN: %clangxx -std=c++17 -O2 -w -DCOUNT %s -o %t.plain
// RUN: %t.plain | FileCheck --check-prefixes=CHECK,PLAIN %s
// A short text takes no call of the runtime library, nor does one that stays
// short.
// RUN: %seed -O2 -S -emit-llvm %s -o - | FileCheck --check-prefix=IR %s
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#define NOINLINE __attribute__((noinline))
#ifdef COUNT
extern "C" void *__libc_malloc(size_t);
static long Made;
extern "C" void *malloc(size_t Bytes) {
  ++Made;
  return __libc_malloc(Bytes);
}
#else
static long Made;
#endif

NOINLINE size_t fromPointer(const char *P) {
  // IR-LABEL: define{{.*}} @_Z11fromPointerPKc
  // IR-NOT: needs_libstackward_rt_c
  // IR: call{{.*}}needs_libstackward_rt_text
  // IR-NOT: needs_libstackward_rt_c
  // IR: ret i64
  std::string S(P);
  return S.size() + S.find('x');
}
NOINLINE size_t fromPart(const std::string &From, size_t At) {
  // IR-LABEL: define{{.*}} @_Z8fromPart
  // IR: needs_libstackward_rt_{{part|text}}
  std::string S(From, At, 200);
  return S.size() + S.rfind('o');
}
NOINLINE size_t copied(const std::string &From) {
  // IR-LABEL: define{{.*}} @_Z6copied
  // IR-NOT: needs_libstackward_rt_c
  // IR: call{{.*}}needs_libstackward_rt_text
  // IR-NOT: needs_libstackward_rt_c
  // IR: ret i64
  std::string S(From);
  S.pop_back();
  return S.size() + S[0];
}
// The twin: what grows has its room from the beginning.
NOINLINE size_t grows(const char *P) {
  // IR-LABEL: define{{.*}} @_Z5grows
  // IR-NOT: needs_libstackward_rt_text
  // IR: call{{.*}}needs_libstackward_rt_cstring
  // IR-NOT: needs_libstackward_rt_text
  // IR: ret i64
  std::string S(P);
  S += " and as much behind it again";
  return S.size();
}
NOINLINE const char *outcome(const char *P, size_t N) {
  try {
    std::string S(P, N);
    return S.empty() ? "empty" : "made";
  } catch (const std::length_error &) {
    return "length";
  } catch (const std::bad_alloc &) {
    return "memory";
  } catch (const std::logic_error &) {
    return "logic";
  }
}

int main() {
  char Text[300];
  memset(Text, 'x', sizeof(Text));
  Text[299] = 0;
  std::string Long(100, 'o');
  long Before = Made;
  size_t Sum = 0;
  // Around what fits in the object, and what fits in the buffer.
  for (size_t N : {0, 1, 14, 15, 16, 17, 126, 127}) {
    Text[N] = 0;
    Sum += fromPointer(Text);
    Text[N] = 'x';
  }
  Sum += fromPart(Long, 40) + fromPart(Long, 95) + copied(Long);
  Sum += grows("thirty characters of some text");
  Before = Made - Before;
  Sum += fromPointer(Text); // longer than the buffer
  Text[128] = 0;
  Sum += fromPointer(Text);
#ifdef COUNT
  // COUNT: allocated 0
  // PLAIN: allocated 8
  printf("allocated %ld\n", Before);
#endif
  // CHECK: sum 1138
  printf("sum %zu\n", Sum);
  // CHECK: made empty length logic
  printf("%s %s ", outcome("a text that is longer than the object", 37),
         outcome("", 0));
  printf("%s %s\n", outcome("x", SIZE_MAX / 2 + 1), outcome(nullptr, 3));
  try {
    fromPart(Long, 101);
  } catch (const std::out_of_range &) {
    // CHECK: out of range
    puts("out of range");
  }
}
