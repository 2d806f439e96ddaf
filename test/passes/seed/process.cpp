// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the first seeded container finds in a process: a library that has some
// of the operators, an error that somebody is about to report, a library that is
// being opened, Valgrind.
//
// RUN: %clangxx -w -O1 %s -o %t.plain && %t.plain > %t.expect
// RUN: %seed %s %rt -o %t.seeded && %t.seeded > %t.out && diff %t.expect %t.out
// RUN: valgrind -q --error-exitcode=9 %t.seeded > %t.out && diff %t.expect %t.out
//
// A header before each block, for the plain operators alone: the others are
// libstdc++'s, which call these. Linked and preloaded.
// RUN: %clangxx -w -shared -fPIC -DHEADER %s -o %t.header.so
// RUN: env LD_PRELOAD=%t.header.so %t.seeded > %t.out && diff %t.expect %t.out
// RUN: %seed %s -Wl,--no-as-needed %t.header.so -Wl,-rpath,%S %rt -o %t.linked && %t.linked > %t.out && diff %t.expect %t.out
//
// Its constructor waits for a lock that is held where a string is made.
// RUN: %clangxx -w -shared -fPIC -DREGISTERS %s -o %t.registers.so
// RUN: %seed -pthread -rdynamic -DHOST %s %rt -o %t.host && timeout 60 %t.host %t.registers.so | FileCheck %s
// CHECK: opened 44
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>

#if defined(HEADER)
#include "../Inputs/with-header.h"
void *operator new(size_t N) { return makeWithHeader(N); }
void operator delete(void *P) noexcept { unmakeWithHeader(P); }
#elif defined(REGISTERS)
extern "C" void enter();
__attribute__((constructor)) static void atStart() { enter(); }
#elif defined(HOST)
static std::mutex Registry;
static std::condition_variable Began;
static bool HasBegun;
extern "C" void enter() {
  {
    std::lock_guard<std::mutex> G(Registry);
    HasBegun = true;
  }
  Began.notify_one();
  // The other thread has it by now, and makes its string.
  usleep(200000);
  std::lock_guard<std::mutex> G(Registry);
}
int main(int, char **Argv) {
  size_t Length = 0;
  std::thread Other([&] {
    std::unique_lock<std::mutex> G(Registry);
    Began.wait(G, [] { return HasBegun; });
    usleep(400000); // the constructor waits
    std::string Text("a plugin with a name of some length");
    Text += Argv[0] ? " and more" : "";
    Length = Text.size();
  });
  void *Library = dlopen(Argv[1], RTLD_NOW);
  Other.join();
  printf("%s %zu\n", Library ? "opened" : dlerror(), Length);
}
#else
__attribute__((noinline)) static void report(const char *What) {
  std::string Text(What);
  Text += ": ";
  Text += What;
  printf("%zu\n", Text.size());
}
int main() {
  errno = ENOENT;
  report("a file that cannot be found");
  printf("%s\n", strerror(errno));
  dlopen("/nowhere/library.so", RTLD_NOW);
  report("a library that cannot be found");
  printf("%s\n", dlerror() ? "kept" : "lost");
  char *volatile Many = new char[100];
  int *volatile One = new (std::nothrow) int(7);
  printf("%d\n", *One + (Many != nullptr));
  delete[] Many;
  delete One;
}
#endif
