// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Frames, ABIs and spellings: what the other files of hazards leave out.
// RUN: %run-both %s %t | FileCheck %s
// RUN: %run-both %s %t.p -fstack-protector-all -fstack-clash-protection \
// RUN:   -fsized-deallocation -faligned-allocation | FileCheck %s
#include "../Inputs/exec.h"
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <pthread.h>
#include <string>
#include <string_view>
#include <vector>

struct S {
  long A, B;
};
NOINLINE static long total(const S *P) { return P->A * 10 + P->B; }

NOINLINE long large(long N) {
  auto P = std::make_unique<long[]>(64);
  P[N & 63] = N;
  return total((S *)P.get() + (N & 63) / 2) % 1000;
}
static void *onThread(void *Out) {
  long R = 0;
  for (long I = 0; I < 100; ++I)
    R += large(I);
  *(long *)Out = R;
  return nullptr;
}
NOINLINE long smallThreadStack() {
  pthread_attr_t Attr;
  pthread_attr_init(&Attr);
  pthread_attr_setstacksize(&Attr, 64 * 1024);
  pthread_t T;
  long R = 0;
  pthread_create(&T, &Attr, onThread, &R);
  pthread_join(T, nullptr);
  return R;
}
static inline long piece(long N) {
  auto P = std::make_unique<long[]>(60);
  P[0] = N, P[1] = 1;
  return total((S *)P.get());
}
// Ten slots of 480 bytes in one frame, which may not all be there.
NOINLINE long inlinedFrames(long N) {
  return piece(N) + piece(N + 1) + piece(N + 2) + piece(N + 3) + piece(N + 4) +
         piece(N + 5) + piece(N + 6) + piece(N + 7) + piece(N + 8) +
         piece(N + 9);
}
NOINLINE long stackProtector(long N) {
  char *P = new char[24];
  snprintf(P, 24, "%ld and more", N);
  long R = (long)strlen(P);
  delete[] P;
  return R;
}
NOINLINE long sizedDelete(long N) {
  S *P = new S{N, 1};
  long R = total(P);
  ::operator delete(P, sizeof(S));
  return R;
}
struct alignas(64) Wide {
  long V[8];
};
NOINLINE static long misaligned(const Wide *P) {
  return (size_t)P % 64 + P->V[3];
}
NOINLINE long alignedDelete(long N) {
  Wide *P = new Wide{{1, 2, 3, N}};
  long R = misaligned(P);
  delete P;
  return R;
}
class Guarded {
  ~Guarded() { ++Gone; }

public:
  static long Gone;
  long V;
  explicit Guarded(long V) : V(V) {}
  void drop() { delete this; }
};
long Guarded::Gone;
NOINLINE long inaccessibleDestructor(long N) {
  Guarded *G = new Guarded(N);
  long R = G->V;
  G->drop();
  return R * 10 + Guarded::Gone;
}
#define MAKE(Type, ...)                                                        \
  new Type { __VA_ARGS__ }
#define DROP(P) (delete (P), (P) = nullptr)
NOINLINE long macros(long N) {
  S *P = MAKE(S, N, 4);
  long R = total(P);
  DROP(P);
  return R;
}
NOINLINE std::vector<long> three(long N) { return {N, N + 1, N + 2}; }
NOINLINE long rangeForTemporary(long N) {
  long R = 0;
  for (long V : three(N))
    R = R * 10 + V;
  for (S *P : {new S{N, 1}, new S{N, 2}}) {
    R += total(P);
    delete P;
  }
  return R;
}
struct View {
  const char *From;
  size_t Length;
};
static View Last;
NOINLINE void remember(View V) { Last = V; }
NOINLINE void viewKept(long N) {
  char *P = new char[8];
  memset(P, (int)('a' + N), 8);
  remember({P, 8});
}
NOINLINE size_t countIn(std::string_view V, char C) {
  size_t R = 0;
  for (char Each : V)
    R += Each == C;
  return R;
}
NOINLINE long viewLocal(long N) {
  char *P = new char[8];
  memset(P, (int)('a' + N), 8);
  long R = (long)countIn({P, 8}, 'b');
  delete[] P;
  return R;
}
static S *Resolved;
extern "C" {
void keepIt(S *P) { Resolved = P; }
void *pickOne() { return (void *)keepIt; }
void keepByIfunc(S *) __attribute__((ifunc("pickOne")));
}
NOINLINE void ifuncCallee(long N) { keepByIfunc(new S{N, 5}); }
struct Big {
  S *P;
  long Rest[5];
};
static Big Copied;
NOINLINE void byValue(Big B) { Copied = B; }
NOINLINE void byvalArgument(long N) {
  Big B{new S{N, 6}, {}};
  byValue(B);
}
NOINLINE Big sretResult(long N) { return {new S{N, 7}, {1}}; }
NOINLINE long restrictScopes(long *__restrict A, long *__restrict B, long N) {
  *A = N;
  *B = N + 1;
  return *A * 10 + *B;
}
NOINLINE long noaliasScopes(long N) {
  long R = 0;
  for (long I = 0; I < N; ++I) {
    long *P = new long[2];
    R += restrictScopes(P, P + 1, I);
    delete[] P;
  }
  return R;
}
NOINLINE long doubleFree(long N, bool Twice) {
  S *P = (S *)malloc(sizeof(S));
  P->A = N, P->B = 1;
  long R = total(P);
  free(P);
  if (Twice)
    free(P);
  return R;
}
struct Base {
  long V;
  Base(long V) : V(V) {}
  virtual long get() const { return V; }
  virtual ~Base() {}
};
struct Derived : Base {
  std::unique_ptr<long> More;
  Derived(long V) : Base(V), More(new long(V + 1)) {}
  long get() const override { return V * 10 + *More; }
};
NOINLINE long deletedByBase(long N) {
  std::unique_ptr<Base> P(new Derived(N));
  return P->get();
}
NOINLINE long callbackArgument(long N) {
  S *P = new S{N, 8};
  int Sorted[3] = {3, 1, 2};
  qsort(Sorted, 3, sizeof(int), [](const void *A, const void *B) {
    return *(const int *)A - *(const int *)B;
  });
  long R = total(P) + Sorted[0];
  delete P;
  return R;
}
static S *FromCallback;
NOINLINE static void each(const std::function<void(S *)> &F, S *P) { F(P); }
NOINLINE void callbackKeeps(long N) {
  each([](S *P) { FromCallback = P; }, new S{N, 9});
}

int main() {
  printf("thread %ld\n", smallThreadStack());   // CHECK: thread [[#]]
  printf("inlined %ld\n", inlinedFrames(1));    // CHECK-NEXT: inlined 560
  printf("protector %ld\n", stackProtector(7)); // CHECK-NEXT: protector 10
  printf("sized %ld\n", sizedDelete(2));        // CHECK-NEXT: sized 21
  printf("aligned %ld\n", alignedDelete(5));    // CHECK-NEXT: aligned 5
  // CHECK-NEXT: inaccessible 31
  printf("inaccessible %ld\n", inaccessibleDestructor(3));
  printf("macros %ld\n", macros(3));           // CHECK-NEXT: macros 34
  printf("range %ld\n", rangeForTemporary(1)); // CHECK-NEXT: range 146
  viewKept(1);
  clobber();
  printf("view %.8s\n", Last.From);         // CHECK-NEXT: view bbbbbbbb
  printf("local view %ld\n", viewLocal(1)); // CHECK-NEXT: local view 8
  ifuncCallee(4);
  clobber();
  printf("ifunc %ld\n", total(Resolved)); // CHECK-NEXT: ifunc 45
  byvalArgument(4);
  clobber();
  printf("byval %ld\n", total(Copied.P)); // CHECK-NEXT: byval 46
  Big B = sretResult(4);
  clobber();
  printf("sret %ld\n", total(B.P));              // CHECK-NEXT: sret 47
  printf("scopes %ld\n", noaliasScopes(5));      // CHECK-NEXT: scopes 115
  printf("double %ld\n", doubleFree(3, false));  // CHECK-NEXT: double 31
  printf("by base %ld\n", deletedByBase(3));     // CHECK-NEXT: by base 34
  printf("callback %ld\n", callbackArgument(2)); // CHECK-NEXT: callback 29
  callbackKeeps(5);
  clobber();
  printf("keeps %ld\n", total(FromCallback)); // CHECK-NEXT: keeps 59
}
