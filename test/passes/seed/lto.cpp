// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Seeding in full and thin LTO builds, with the promotion pass in the link; and
// coroutines, whose frames are on the heap: their containers may live there,
// and outlive the stack on which they were made.
// RUN: %clangxx -std=c++20 -w -O2 %s -o %t.without && %t.without > %t.expected
// RUN: FileCheck %s < %t.expected
// RUN: %seed -std=c++20 -O3 -flto -c %s -o %t.full.o
// RUN: %clangxx -fuse-ld=lld -flto -O3 -Wl,--load-pass-plugin=%plugin %t.full.o %rt -o %t.full
// RUN: %t.full | cmp - %t.expected
// RUN: %seed -std=c++20 -O3 -flto=thin -c %s -o %t.thin.o
// RUN: %clangxx -fuse-ld=lld -flto=thin -O3 -Wl,--load-pass-plugin=%plugin %t.thin.o %rt -o %t.thin
// RUN: %t.thin | cmp - %t.expected
// RUN: %seed -std=c++20 -O2 %s %rt -o %t.one && %t.one | cmp - %t.expected
// RUN: %seed -std=c++20 -O2 -c %s -o /dev/null -Rpass=stackward 2>&1 \
// RUN:   | FileCheck --check-prefix=SEEDED %s
#include <coroutine>
#include <cstdio>
#include <string>
#include <vector>

#define NOINLINE __attribute__((noinline))
static const char *volatile Text = "thirty characters of some text";

struct Lines {
  struct promise_type {
    std::string Now;
    Lines get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(std::string S) {
      Now = std::move(S);
      return {};
    }
    void return_void() {}
    void unhandled_exception() {}
  };
  std::coroutine_handle<promise_type> H;
  ~Lines() { H.destroy(); }
};
static Lines lines(int N) {
  std::string Kept(Text);
  std::vector<int> Numbers;
  for (int I = 0; I < N; ++I) {
    Numbers.push_back(I);
    Kept += char('a' + I);
    co_yield Kept + std::to_string(Numbers.size());
  }
}
NOINLINE static void clobber() {
  volatile char Bytes[8192];
  for (unsigned I = 0; I < sizeof Bytes; ++I)
    Bytes[I] = 0x5A;
}
NOINLINE static size_t step(Lines &L) {
  L.H.resume();
  return L.H.done() ? 0 : L.H.promise().Now.size();
}
NOINLINE size_t drained(int N) {
  Lines L = lines(N);
  size_t R = 0;
  while (size_t Length = step(L)) {
    clobber();
    R = R * 7 + Length + L.H.promise().Now.back();
  }
  return R;
}
NOINLINE static void add(std::string &S, int N) {
  S += Text;
  S += std::to_string(N);
}
NOINLINE size_t plain(int N) {
  // SEEDED: lto.cpp:[[# @LINE + 1]]:15: remark: string starts in
  std::string S;
  for (int I = 0; I < N; ++I)
    add(S, I);
  return S.size() + S.find("29");
}

int main() {
  printf("plain %zu\n", plain(3) + plain(40)); // CHECK: plain [[#]]
  printf("coroutine %zu\n", drained(8));       // CHECK-NEXT: coroutine [[#]]
}
