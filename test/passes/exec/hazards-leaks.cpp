// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ways out of a frame. Each function lets an object out as its name says, and
// what main reads afterwards must still be there: a promoted object would be
// overwritten by clobber(), and AddressSanitizer would see its use.
// RUN: %run-both %s %t | FileCheck %s
#include "../Inputs/exec.h"
#include <atomic>
#include <coroutine>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <future>
#include <pthread.h>
#include <thread>

struct S {
  long A, B;
};
static S *volatile Slot;
static void *volatile Sink;
static long total(const S *P) { return P->A * 10 + P->B; }
static S *make(long N) { return new S{N, N + 1}; }

static thread_local S *Tls;
NOINLINE void threadLocal(long N) { Tls = make(N); }
NOINLINE S *staticLocal(long N) {
  static S *Kept = make(N);
  return Kept;
}
struct Registry {
  struct Member *Last = nullptr;
} TheRegistry;
struct Member {
  long V;
  NOINLINE Member(long V) : V(V) { TheRegistry.Last = this; }
};
NOINLINE void thisLeaksInConstructor(long N) { new Member(N); }
struct Ring {
  Ring *Self;
  long V;
};
static Ring **Where;
NOINLINE void selfReference(long N) {
  Ring *R = new Ring{nullptr, N};
  R->Self = R;
  Where = &R->Self;
}
static uintptr_t Number;
NOINLINE void pointerToInteger(long N) { Number = (uintptr_t)make(N); }
static uintptr_t Xored;
static S Anchor{1, 2};
NOINLINE void xorList(long N) {
  Xored = (uintptr_t)make(N) ^ (uintptr_t)&Anchor;
}
static intptr_t Distance;
NOINLINE void selfRelative(long N) {
  Distance = (intptr_t)make(N) - (intptr_t)&Anchor;
}
static uint32_t Half[2];
NOINLINE void storeHalf(int I, uint32_t V) { Half[I] = V; }
NOINLINE void inHalves(long N) {
  uintptr_t P = (uintptr_t)make(N);
  storeHalf(0, (uint32_t)P);
  storeHalf(1, (uint32_t)(P >> 32));
}
static unsigned char Bytes[sizeof(void *)];
NOINLINE void memcpyOfThePointer(long N) {
  S *P = make(N);
  memcpy(Bytes, &P, sizeof P);
}
static unsigned char Single[sizeof(void *)];
NOINLINE void copyBytes(unsigned char *To, const unsigned char *From) {
  for (unsigned I = 0; I < sizeof(void *); ++I)
    To[I] = From[I];
}
NOINLINE void byteByByte(long N) {
  S *P = make(N);
  copyBytes(Single, (unsigned char *)&P);
}
static union {
  S *P;
  double D;
} Both;
NOINLINE double asDouble(long N) {
  union {
    S *P;
    double D;
  } U;
  U.P = make(N);
  return U.D;
}
NOINLINE void keepVariadic(int Count, ...) {
  va_list L;
  va_start(L, Count);
  Sink = va_arg(L, void *);
  va_end(L);
}
NOINLINE void varargs(long N) { keepVariadic(1, make(N)); }
NOINLINE int printedAddress(long N) {
  char Text[32];
  S *P = make(N);
  int Length = snprintf(Text, sizeof Text, "%p", (void *)P) > 3;
  S *Back = nullptr;
  sscanf(Text, "%p", (void **)&Back);
  int Same = Back->A == P->A;
  delete P;
  return Length + Same;
}
NOINLINE void inlineAssembly(long N) {
  S *P = make(N);
  void *Copy;
  asm volatile("mov %1, %0" : "=r"(Copy) : "r"(P));
  Sink = Copy;
}
NOINLINE void volatileVariable(long N) { Slot = make(N); }
static std::atomic<S *> Atomic;
NOINLINE void atomicExchange(long N) {
  S *Old = Atomic.exchange(make(N));
  delete Old;
}
static long Joined;
static void *threadMain(void *P) {
  clobber();
  Joined = total((S *)P);
  delete (S *)P;
  return nullptr;
}
static pthread_t Thread;
NOINLINE void threadArgument(long N) {
  pthread_create(&Thread, nullptr, threadMain, make(N));
}
static std::future<long> Future;
NOINLINE void async(long N) {
  S *P = make(N);
  Future = std::async(std::launch::deferred, [P] {
    long R = total(P);
    delete P;
    return R;
  });
}
static std::function<long()> Callback;
NOINLINE void lambdaCapture(long N) {
  S *P = make(N);
  Callback = [P] { return total(P); };
}
static S *AtSignal;
static void onSignal(int) { Joined = total(AtSignal); }
NOINLINE void signalHandler(long N) {
  AtSignal = make(N);
  signal(SIGUSR1, onSignal);
}
static S *Exiting;
NOINLINE void atExit(long N) {
  Exiting = make(N);
  atexit([] {
    printf("atexit %ld\n", total(Exiting));
    delete Exiting;
  });
}
struct Virtual {
  virtual void put(S *) = 0;
};
struct Keeps : Virtual {
  void put(S *P) override { Slot = P; }
} TheKeeps;
static Virtual *volatile AnyVirtual = &TheKeeps;
NOINLINE void virtualCall(long N) { AnyVirtual->put(make(N)); }
static void (*volatile AnyFunction)(S *) = [](S *P) { Slot = P; };
NOINLINE void indirectCall(long N) { AnyFunction(make(N)); }
__attribute__((weak)) NOINLINE void interposable(S *P) { Slot = P; }
NOINLINE void weakCallee(long N) { interposable(make(N)); }
NOINLINE void outParameter(S **Out, long N) { *Out = make(N); }
NOINLINE void throwPointer(long N) { throw make(N); }
struct Task {
  struct promise_type {
    Task get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  std::coroutine_handle<promise_type> H;
};
static Task coroutineFrame(long N, long *Out) {
  S *P = make(N);
  co_await std::suspend_always{};
  *Out = total(P);
  delete P;
}

static void show(const char *Name, long V) { printf("%s %ld\n", Name, V); }
#define SHOW(Name, Value)                                                      \
  do {                                                                         \
    clobber();                                                                 \
    show(Name, Value);                                                         \
  } while (0)

int main() {
  threadLocal(1);
  SHOW("tls", total(Tls));               // CHECK: tls 12
  SHOW("static", total(staticLocal(2))); // CHECK-NEXT: static 23
  thisLeaksInConstructor(3);
  SHOW("this", TheRegistry.Last->V); // CHECK-NEXT: this 3
  selfReference(4);
  SHOW("self", (*Where)->V); // CHECK-NEXT: self 4
  pointerToInteger(5);
  SHOW("integer", total((S *)Number)); // CHECK-NEXT: integer 56
  xorList(6);
  SHOW("xor", total((S *)(Xored ^ (uintptr_t)&Anchor))); // CHECK-NEXT: xor 67
  selfRelative(7);
  SHOW("relative", total((S *)(Distance + (intptr_t)&Anchor)));
  // CHECK-NEXT: relative 78
  inHalves(8);
  SHOW("halves", total((S *)((uintptr_t)Half[1] << 32 | Half[0])));
  // CHECK-NEXT: halves 89
  S *P;
  memcpyOfThePointer(1);
  memcpy(&P, Bytes, sizeof P);
  SHOW("memcpy", total(P)); // CHECK-NEXT: memcpy 12
  byteByByte(2);
  memcpy(&P, Single, sizeof P);
  SHOW("bytes", total(P)); // CHECK-NEXT: bytes 23
  Both.D = asDouble(3);
  SHOW("union", total(Both.P)); // CHECK-NEXT: union 34
  varargs(4);
  SHOW("varargs", total((S *)Sink));  // CHECK-NEXT: varargs 45
  SHOW("printed", printedAddress(5)); // CHECK-NEXT: printed 2
  inlineAssembly(6);
  SHOW("asm", total((S *)Sink)); // CHECK-NEXT: asm 67
  volatileVariable(7);
  SHOW("volatile", total(Slot)); // CHECK-NEXT: volatile 78
  atomicExchange(7);
  atomicExchange(8);
  SHOW("atomic", total(Atomic)); // CHECK-NEXT: atomic 89
  threadArgument(1);
  clobber();
  pthread_join(Thread, nullptr);
  SHOW("thread", Joined); // CHECK-NEXT: thread 12
  async(2);
  SHOW("async", Future.get()); // CHECK-NEXT: async 23
  lambdaCapture(3);
  SHOW("lambda", Callback()); // CHECK-NEXT: lambda 34
  signalHandler(4);
  clobber();
  raise(SIGUSR1);
  SHOW("signal", Joined); // CHECK-NEXT: signal 45
  atExit(5);
  virtualCall(6);
  SHOW("virtual", total(Slot)); // CHECK-NEXT: virtual 67
  indirectCall(7);
  SHOW("indirect", total(Slot)); // CHECK-NEXT: indirect 78
  weakCallee(8);
  SHOW("weak", total(Slot)); // CHECK-NEXT: weak 89
  outParameter(&P, 1);
  SHOW("out", total(P)); // CHECK-NEXT: out 12
  try {
    throwPointer(2);
  } catch (S *Caught) {
    SHOW("throw", total(Caught)); // CHECK-NEXT: throw 23
  }
  long Result = 0;
  Task T = coroutineFrame(3, &Result);
  T.H.resume();
  clobber();
  T.H.resume();
  T.H.destroy();
  SHOW("coroutine", Result); // CHECK-NEXT: coroutine 34
} // CHECK-NEXT: atexit 56
