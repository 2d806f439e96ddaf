// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a link inlines after it has seeded: what each unit would have. The way
// to room that is there is in the loop, the one to more room is a call.
// RUN: %seed -O2 -flto -mllvm -stackward-seed-at-link -c %s -o %t.o
// RUN: %clangxx -fuse-ld=lld -flto -O2 -Wl,--load-pass-plugin=%plugin \
// RUN:   %t.o %rt -o %t.link
// RUN: %t.link | FileCheck %s
// RUN: llvm-nm -C %t.link | FileCheck --check-prefix=NM %s
// NM-NOT: {{std::deque<char.*>::(push|emplace)_back}}
// NM: {{std::deque<char.*>::_M_push_back_aux}}
// NM-NOT: {{std::deque<char.*>::(push|emplace)_back}}
//
// Without optimisation nothing is inlined, and nothing is lost.
// RUN: %clangxx -fuse-ld=lld -flto -Wl,--lto-O0 \
// RUN:   -Wl,--load-pass-plugin=%plugin %t.o %rt -o %t.o0
// RUN: %t.o0 | FileCheck %s
// RUN: llvm-nm -C %t.o0 | FileCheck --check-prefix=O0 %s
// O0: {{std::deque<char.*>::push_back}}
#include <cstdio>
#include <deque>

#define NOINLINE __attribute__((noinline))

NOINLINE void up(std::deque<char> &D, int N) {
  for (int I = 0; I < N; ++I)
    D.push_back(char('a' + I % 26));
}
NOINLINE void down(std::deque<char> &D, int N) {
  while (--N >= 0)
    D.push_back(char('a' + N % 26));
}
NOINLINE long total(int N) {
  std::deque<char> D;
  up(D, N);
  down(D, N);
  long Sum = 0;
  for (char C : D)
    Sum = Sum * 3 % 1000003 + C;
  return Sum;
}

int main() {
  // CHECK: 10 170512
  // CHECK: 2000 247292
  for (int N : {10, 2000})
    printf("%d %ld\n", N, total(N));
}
