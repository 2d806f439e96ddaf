// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stacks other than the one that the system gave the thread: fibers, some of
// them on a piece of the thread's own stack, an alternate signal stack, stacks
// of the user's for threads; and buffers that change hands between them.
// AddressSanitizer cannot follow such switches, so it is left out.
// RUN: env SEED_NO_ASAN=1 %seed-both %s %t | FileCheck %s
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <string>
#include <thread>
#include <ucontext.h>
#include <vector>

#define NOINLINE __attribute__((noinline))
static const char *volatile Text = "thirty characters of some text";

NOINLINE static size_t work(int N) {
  std::string S(Text), T;
  std::vector<int> V;
  for (int I = 0; I < N; ++I)
    T += S, V.push_back(I);
  return T.size() + V.size() + (T + S).size();
}
NOINLINE static size_t deep(int Depth, int N) {
  std::string S(Text);
  S += std::to_string(Depth).c_str();
  size_t Below = Depth ? deep(Depth - 1, N) : work(N);
  return Below + S.size();
}

static ucontext_t Main, Fiber, Other;
static size_t Result;
static void body() {
  Result = work(1) + work(3) + work(300);
  swapcontext(&Fiber, &Main);
  // Resumed on another thread.
  Result += work(2) + work(500);
}
static void runFiber(void *Stack, size_t Size) {
  getcontext(&Fiber);
  Fiber.uc_stack.ss_sp = Stack;
  Fiber.uc_stack.ss_size = Size;
  Fiber.uc_link = &Main;
  makecontext(&Fiber, body, 0);
  swapcontext(&Main, &Fiber);
}
NOINLINE static void onHeapStack() {
  size_t Size = 1 << 18;
  void *Stack = malloc(Size);
  runFiber(Stack, Size);
  size_t First = Result;
  std::thread([] { swapcontext(&Main, &Fiber); }).join();
  free(Stack);
  printf("fiber %zu %zu\n", First, Result);
}
NOINLINE static void onOwnStack() {
  alignas(64) char Stack[1 << 16];
  runFiber(Stack, sizeof Stack);
  size_t First = Result;
  swapcontext(&Main, &Fiber);
  printf("fiber in frame %zu %zu\n", First, Result);
}

// A fiber grows a string of the frame that started it, and the other way.
static std::string *Lent;
static void grower() {
  for (int I = 0; I < 200; ++I)
    *Lent += Text;
}
NOINLINE static void lend(std::string &S) {
  static char Stack[1 << 16];
  Lent = &S;
  getcontext(&Other);
  Other.uc_stack.ss_sp = Stack;
  Other.uc_stack.ss_size = sizeof Stack;
  Other.uc_link = &Main;
  makecontext(&Other, grower, 0);
  swapcontext(&Main, &Other);
}
NOINLINE static void lent() {
  std::string S(Text);
  lend(S);
  printf("lent %zu\n", S.size());
}

static size_t InHandler;
static void handler(int) { InHandler = work(1) + work(40); }
NOINLINE static void signalStack() {
  stack_t Alternate{};
  Alternate.ss_size = 1 << 17;
  Alternate.ss_sp = malloc(Alternate.ss_size);
  sigaltstack(&Alternate, nullptr);
  struct sigaction Action{};
  Action.sa_handler = handler;
  Action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &Action, nullptr);
  raise(SIGUSR1);
  Action.sa_flags = 0;
  size_t There = InHandler;
  sigaction(SIGUSR1, &Action, nullptr);
  raise(SIGUSR1);
  printf("signal %zu %zu\n", There, InHandler);
  Alternate.ss_flags = SS_DISABLE;
  sigaltstack(&Alternate, nullptr);
}

static void *threadBody(void *N) {
  return (void *)(deep(20, 3) + work((int)(size_t)N));
}
NOINLINE static void userStack() {
  size_t Size = 1 << 18;
  void *Stack = aligned_alloc(4096, Size);
  for (size_t Round = 0; Round < 3; ++Round) {
    pthread_attr_t A;
    pthread_attr_init(&A);
    pthread_attr_setstack(&A, Stack, Size);
    pthread_t T;
    pthread_create(&T, &A, threadBody, (void *)Round);
    void *Sum;
    pthread_join(T, &Sum);
    printf("thread %zu\n", (size_t)Sum);
    pthread_attr_destroy(&A);
  }
  // Memory that was a stack is memory again.
  std::vector<char> *Heap = new std::vector<char>(1 << 16);
  delete Heap;
  free(Stack);
}
static std::string Static = std::string(Text) + " made before main";
struct AtExit {
  ~AtExit() { printf("exit %zu\n", work(4)); }
} Last;
thread_local std::string Tls = std::string(Text) + " of a thread";

int main() {
  printf("main %zu\n", work(100) + deep(30, 2) + Static.size()); // CHECK: main
  onHeapStack(); // CHECK-NEXT: fiber [[#F:]] [[#G:]]
  onOwnStack();  // CHECK-NEXT: fiber in frame [[#F]] [[#G]]
  lent();        // CHECK-NEXT: lent 6030
  signalStack(); // CHECK-NEXT: signal [[S:[0-9]+]] [[S]]
  userStack();   // CHECK-COUNT-3: thread
  std::vector<std::thread> Threads;
  static size_t Sums[8];
  for (size_t I = 0; I < 8; ++I)
    Threads.emplace_back([I] {
      for (int R = 0; R < 200; ++R)
        Sums[I] += work(R % 7) + Tls.size();
    });
  size_t Sum = 0;
  for (size_t I = 0; I < 8; ++I)
    Threads[I].join(), Sum += Sums[I];
  printf("threads %zu\n", Sum); // CHECK: threads
  // CHECK-NEXT: exit
}
