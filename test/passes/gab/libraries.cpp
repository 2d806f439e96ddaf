// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shared libraries beside a program with bins, each with what it makes and
// deletes: linked with a copy of the library, linked to itself (-Bsymbolic),
// opened with dlopen, closed again, in a program of C.
//
// RUN: %clangxx -O2 -w -pthread -DHOST %s -o %t.plain -ldl
// RUN: %lower -pthread -rdynamic -DHOST %s %rt -o %t.host -ldl
//
// A library that asks too, and prefers its own operators.
// RUN: %lower -fPIC -shared -DLIBRARY %s %rt -o %t.copy.so && %t.host %t.copy.so | FileCheck %s
// RUN: %lower -fPIC -shared -Wl,-Bsymbolic-functions -DLIBRARY %s %rt -o %t.own.so && %t.host %t.own.so | FileCheck %s
// RUN: %t.host %t.copy.so deep | FileCheck %s
// RUN: %lower -DLINKED -DHOST %s %rt %t.own.so -o %t.linked && %t.linked | FileCheck %s
// RUN: %clangxx -O2 -w -pthread -DLINKED -DHOST %s %t.own.so -o %t.linked2 && %t.linked2 | FileCheck %s
// RUN: %t.plain %t.copy.so | FileCheck %s
// CHECK: handed over 1000
//
// Many of them: each needs room for its thread-local data.
// RUN: bash -c 'for I in 1 2 3 4 5 6 7 8; do cp %t.copy.so %t.$I.so; done' && %t.plain %t many | FileCheck --check-prefix=MANY %s
// MANY: opened 8
//
// A program of C opens one that asks, which brings libstdc++ along, and then
// one that does not, which gets libstdc++'s operators. The first may be closed
// while a thread runs.
// RUN: %clangxx -fPIC -shared -O2 -w -fno-sized-deallocation -DLIBRARY %s -o %t.other.so
// RUN: %clang -x c -O2 -w -pthread -DC_HOST %s -o %t.c
// RUN: %t.c %t.copy.so %t.other.so | FileCheck --check-prefix=C %s
// RUN: %t.c %t.copy.so %t.other.so global | FileCheck --check-prefix=C %s
// RUN: %lower -fPIC -shared -static-libstdc++ -DSMALL %s %rt -o %t.small.so && %t.c %t.small.so %t.other.so | FileCheck --check-prefix=C %s
// C: made 1 1
//
// A library whose constructor waits for a lock that the program holds when it
// deletes for the first time what is no cell.
// RUN: %clangxx -fPIC -shared -O2 -w -DWAITS %s -o %t.waits.so
// RUN: timeout 20 %t.host %t.waits.so wait | FileCheck --check-prefix=WAIT %s
// WAIT: no deadlock
//
// A preloaded allocator of C, whose operator new cannot throw.
// RUN: %clangxx -fPIC -shared -O2 -w -DALLOCATOR %s -o %t.allocator.so
// RUN: env LD_PRELOAD=%t.allocator.so %t.host %t.copy.so nothrow | FileCheck --check-prefix=NOTHROW %s
// NOTHROW: null 1 1 1 1
#ifdef C_HOST
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static int (*Run)(void);
static void *body(void *Barrier) {
  long Made = Run();
  pthread_barrier_wait(Barrier);
  pthread_barrier_wait(Barrier);
  return (void *)Made;
}
int main(int Argc, char **Argv) {
  void *First = dlopen(Argv[1], RTLD_NOW | (Argc > 3 ? RTLD_GLOBAL : 0));
  void *Second = dlopen(Argv[2], RTLD_NOW);
  pthread_barrier_t Barrier;
  pthread_t T;
  void *Made;
  Run = (int (*)(void))dlsym(Second, "run");
  int Here = Run();
  Run = (int (*)(void))dlsym(First, "run");
  pthread_barrier_init(&Barrier, 0, 2);
  pthread_create(&T, 0, body, &Barrier);
  pthread_barrier_wait(&Barrier);
  dlclose(First);
  pthread_barrier_wait(&Barrier);
  pthread_join(T, &Made);
  printf("made %d %ld\n", Here, (long)Made);
}
#elif defined(SMALL)
struct Small {
  long A[8];
};
extern "C" int run() {
  Small *volatile S = new Small();
  delete S;
  return 1;
}
#elif defined(ALLOCATOR)
#include <cstdlib>
#include <new>
using std::align_val_t;
using std::nothrow_t;
static void *orAbort(void *P) { return P ? P : (abort(), P); }
void *operator new(size_t N) { return orAbort(malloc(N)); }
void *operator new[](size_t N) { return orAbort(malloc(N)); }
void *operator new(size_t, align_val_t) { abort(); }
void *operator new[](size_t, align_val_t) { abort(); }
void *operator new(size_t N, const nothrow_t &) noexcept { return malloc(N); }
void *operator new[](size_t N, const nothrow_t &) noexcept { return malloc(N); }
void *operator new(size_t N, align_val_t A, const nothrow_t &) noexcept {
  return aligned_alloc(size_t(A), N);
}
void *operator new[](size_t N, align_val_t A, const nothrow_t &) noexcept {
  return aligned_alloc(size_t(A), N);
}
#elif defined(WAITS)
extern "C" void waitForHost();
__attribute__((constructor)) static void onOpen() { waitForHost(); }
#else
#include <string>

extern "C" std::string *make();
extern "C" void drop(std::string *);

#ifdef LIBRARY
std::string *make() { return new std::string(100, 'x'); }
void drop(std::string *S) { delete S; }
extern "C" int run() {
  std::string S("abc");
  for (int I = 0; I < 10; ++I)
    S += "more, which is appended inside libstdc++";
  return S.size() > 100;
}
#else
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <mutex>
#include <new>
#include <thread>
#include <unistd.h>

static std::mutex Held;
static volatile bool Opening;
extern "C" void waitForHost() {
  Opening = true;
  std::lock_guard<std::mutex> G(Held);
}
static void waits(const char *Name) {
  std::unique_lock<std::mutex> G(Held);
  std::thread T([=] { dlopen(Name, RTLD_NOW); });
  while (!Opening)
    usleep(1000);
  char *volatile P = new char[100000];
  delete[] P;
  G.unlock();
  T.join();
  puts("no deadlock");
}

static void opensMany(const std::string &Stem) {
  int N = 0;
  while (N < 8 && dlopen((Stem + "." + std::to_string(N + 1) + ".so").c_str(),
                         RTLD_NOW))
    ++N;
  printf("opened %d\n", N);
}

static void asksForTooMuch() {
  volatile size_t Huge = size_t(1) << 62;
  auto Wide = std::align_val_t(64);
  printf("null %d %d %d %d\n", !operator new(Huge, std::nothrow),
         !operator new[](Huge, std::nothrow),
         !operator new(Huge, Wide, std::nothrow),
         !operator new[](Huge, Wide, std::nothrow));
}

int main(int Argc, char **Argv) {
#ifdef LINKED
  auto *Make = make;
  auto *Drop = drop;
#else
  const char *Mode = Argc > 2 ? Argv[2] : "";
  if (!strcmp(Mode, "wait"))
    return waits(Argv[1]), 0;
  if (!strcmp(Mode, "many"))
    return opensMany(Argv[1]), 0;
  if (!strcmp(Mode, "nothrow"))
    return asksForTooMuch(), 0;
  int Deep = !strcmp(Mode, "deep") ? RTLD_DEEPBIND : 0;
  void *Library = dlopen(Argv[1], RTLD_NOW | Deep);
  if (!Library)
    return puts(dlerror()), 1;
  auto *Make = reinterpret_cast<decltype(&make)>(dlsym(Library, "make"));
  auto *Drop = reinterpret_cast<decltype(&drop)>(dlsym(Library, "drop"));
#endif
  int N = 0;
  for (; N < 1000; ++N) {
    delete Make();
    Drop(new std::string(size_t(N * 13), 'y'));
    std::string *S = Make();
    *S = std::string(size_t(N * 7), 'z');
    Drop(S);
  }
  printf("handed over %d\n", N);
}
#endif
#endif
