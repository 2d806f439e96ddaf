// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lifetimes, deallocations and control flow: most of these objects can move
// to the stack, and the program must not notice.
// RUN: %run-both %s %t | FileCheck %s
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#define NOINLINE __attribute__((noinline))
struct S {
  long A, B;
};
static std::string Log;
NOINLINE static long total(const S *P) { return P->A * 10 + P->B; }

NOINLINE long loopSlotReused(long N) {
  long R = 0;
  for (long I = 0; I < N; ++I) {
    auto P = std::make_unique<S>(S{I, 1});
    R += total(P.get());
  }
  return R;
}
NOINLINE long previousStillAlive(long N) {
  S *Last = new S{0, 0};
  long R = 0;
  for (long I = 1; I < N; ++I) {
    S *Now = new S{I, I};
    R += total(Now) - total(Last);
    delete Last;
    Last = Now;
  }
  delete Last;
  return R;
}
NOINLINE long leakedAddressesDiffer(long N) {
  S *Last = nullptr;
  long Same = 0;
  for (long I = 0; I < N; ++I) {
    S *Now = new S{I, I};
    Same += Now == Last;
    Last = Now;
  }
  return Same + total(Last);
}
NOINLINE long recursion(long N) {
  char *P = new char[1000];
  memset(P, (char)N, 1000);
  long R = N > 0 ? recursion(N - 1) : 0;
  R += P[0] == (char)N && P[999] == (char)N;
  delete[] P;
  return R;
}
NOINLINE long conditionalFree(long N) {
  S *P = new S{N, 1};
  long R = total(P);
  if (N & 1)
    delete P;
  else {
    R += P->B;
    delete P;
  }
  return R;
}
NOINLINE long eat(S *P) {
  long R = total(P);
  delete P;
  return R;
}
NOINLINE long freeInCallee(long N) { return eat(new S{N, 2}); }
[[noreturn]] NOINLINE void freeAndThrow(S *P) {
  long V = total(P);
  delete P;
  throw V;
}
NOINLINE long calleeFreesAndDoesNotReturn(long N) {
  try {
    freeAndThrow(new S{N, 3});
  } catch (long V) {
    return V;
  }
}
NOINLINE void renew(S **P) {
  long A = (*P)->A;
  delete *P;
  *P = new S{A + 1, 4};
}
NOINLINE long calleeReplaces(long N) {
  S *P = new S{N, 1};
  renew(&P);
  long R = total(P);
  delete P;
  return R;
}
NOINLINE long mayThrow(const S *P) {
  if (P->A == 3)
    throw std::runtime_error("three");
  return total(P);
}
NOINLINE long cleanupOnUnwind(long N) {
  try {
    auto P = std::make_unique<S>(S{N, 5});
    return mayThrow(P.get());
  } catch (const std::exception &E) {
    return E.what()[0];
  }
}
NOINLINE long leakOnUnwind(long N) {
  try {
    S *P = new S{N, 5};
    long R = mayThrow(P);
    delete P;
    return R;
  } catch (const std::exception &) {
    return -1;
  }
}
struct Cookie {
  long V;
  ~Cookie() { Log += 'c'; }
};
NOINLINE long arrayCookie(long N) {
  Cookie *P = new Cookie[3]{{N}, {2}, {3}};
  long R = P[0].V + P[2].V;
  delete[] P;
  return R;
}
struct Base {
  virtual ~Base() { Log += 'b'; }
  virtual long get() = 0;
};
struct Derived : Base {
  long V;
  Derived(long V) : V(V) {}
  ~Derived() override { Log += 'd'; }
  NOINLINE long get() override { return V; }
};
NOINLINE long virtualDestructor(long N) {
  Base *P = new Derived(N);
  long R = P->get();
  delete P;
  return R;
}
NOINLINE long nothrowNew(long N) {
  S *P = new (std::nothrow) S{N, 1};
  if (!P)
    return -1;
  long R = total(P);
  delete P;
  return R;
}
NOINLINE long negativeLength(long N) {
  volatile int *P = new (std::nothrow) int[N];
  if (!P)
    return -7;
  P[0] = 1;
  delete[] P;
  return 0;
}
struct alignas(128) Wide {
  long V[16];
};
NOINLINE long alignedTo(const void *P) { return (size_t)P % 128; }
NOINLINE long overAligned(long N) {
  Wide *P = new Wide{};
  P->V[0] = N;
  long R = alignedTo(P) + P->V[0] + P->V[15];
  delete P;
  return R;
}
NOINLINE long placementNew(long N) {
  void *Raw = malloc(sizeof(S));
  S *P = new (Raw) S{N, 1};
  long R = total(P);
  P->~S();
  free(Raw);
  return R;
}
NOINLINE long callocIsZero(long N) {
  long R = 0;
  for (long I = 0; I < N; ++I) {
    long *P = (long *)calloc(4, sizeof(long));
    R += P[0] + P[3];
    P[0] = P[3] = 7;
    R += P[I & 3];
    free(P);
  }
  return R;
}
NOINLINE long reallocated(long N) {
  long *P = (long *)malloc(16);
  P[0] = N;
  P = (long *)realloc(P, 4096);
  P[500] = 1;
  long R = P[0] + P[500];
  free(P);
  return R;
}
struct Deleter {
  void operator()(S *P) const {
    Log += 'D';
    delete P;
  }
};
NOINLINE long customDeleter(long N) {
  std::unique_ptr<S, Deleter> P(new S{N, 1});
  return total(P.get());
}
struct Logs {
  char C;
  ~Logs() { Log += C; }
};
NOINLINE void destructionOrder() {
  auto A = std::make_unique<Logs>(Logs{'1'});
  Log.clear();
  Logs B{'2'};
  auto C = std::make_unique<Logs>();
  C->C = '3';
}
NOINLINE long releaseSwapReset(long N) {
  auto A = std::make_unique<S>(S{N, 1}), B = std::make_unique<S>(S{7, 2});
  if (N & 1)
    std::swap(A, B);
  S *Raw = A.release();
  A.reset(new S{5, 5});
  long R = total(Raw) * 10000 + total(A.get()) * 100 + total(B.get());
  delete Raw;
  return R;
}
static std::vector<std::unique_ptr<S>> Kept;
NOINLINE void moveIntoContainer(long N) {
  auto P = std::make_unique<S>(S{N, 9});
  if (total(P.get()) > 0)
    Kept.push_back(std::move(P));
}
struct Node : std::enable_shared_from_this<Node> {
  long V;
  std::weak_ptr<Node> Self;
  Node(long V) : V(V) {}
};
static std::shared_ptr<Node> Shared;
NOINLINE long sharedPointers(long N) {
  auto P = std::make_shared<Node>(N);
  P->Self = P;
  std::shared_ptr<long> Alias(P, &P->V);
  if (N == 2)
    Shared = P->shared_from_this();
  std::weak_ptr<Node> W = P;
  long Count = P.use_count();
  P.reset();
  return *Alias * 100 + Count * 10 + !W.expired();
}
NOINLINE long largeCapture(long N) {
  long A[6] = {N, 1, 2, 3, 4, 5};
  std::function<long(long)> F = [A](long X) {
    for (long V : A)
      X += V;
    return X;
  };
  auto G = F;
  return F(1) + G(2);
}
static jmp_buf Jump;
NOINLINE void jumpBack(const S *P) { longjmp(Jump, (int)P->A); }
NOINLINE long setJump(long N) {
  S *volatile P = new S{N, 1};
  int Code = setjmp(Jump);
  if (!Code)
    jumpBack(P);
  long R = Code + P->B;
  delete P;
  return R;
}
NOINLINE long sortsPointers(long N) {
  std::unique_ptr<long[]> P(new long[8]);
  for (long I = 0; I < 8; ++I)
    P[I] = (I * 5 + N) % 8;
  std::sort(P.get(), P.get() + 8);
  return P[0] * 10 + P[7];
}
NOINLINE long mapAndString(long N) {
  std::map<std::string, long> M;
  M["a long key that is not in the small buffer"] = N;
  M["b"] = 2;
  long R = 0;
  for (const auto &[K, V] : M)
    R += (long)K.size() * V;
  return R;
}
NOINLINE long deleteNull(long N) {
  S *P = N > 2 ? new S{N, 1} : nullptr;
  long R = P ? total(P) : 0;
  delete P;
  return R;
}
template <typename T> NOINLINE T twice(const T *P) { return *P + *P; }
NOINLINE long templates(long N) {
  auto A = std::make_unique<int>((int)N);
  auto B = std::make_unique<double>(N / 2.0);
  return twice(A.get()) + (long)twice(B.get());
}

#define SHOW(Call) printf("%s %ld\n", #Call, (long)(Call))
int main() {
  SHOW(loopSlotReused(100));            // CHECK: loopSlotReused(100) 49600
  SHOW(previousStillAlive(20));         // CHECK-NEXT: 209
  SHOW(leakedAddressesDiffer(9));       // CHECK-NEXT: 88
  SHOW(recursion(50));                  // CHECK-NEXT: 51
  SHOW(conditionalFree(3));             // CHECK-NEXT: 31
  SHOW(conditionalFree(4));             // CHECK-NEXT: 42
  SHOW(freeInCallee(5));                // CHECK-NEXT: 52
  SHOW(calleeFreesAndDoesNotReturn(6)); // CHECK-NEXT: 63
  SHOW(calleeReplaces(7));              // CHECK-NEXT: 84
  SHOW(cleanupOnUnwind(1));             // CHECK-NEXT: 15
  SHOW(cleanupOnUnwind(3));             // CHECK-NEXT: 116
  SHOW(leakOnUnwind(3));                // CHECK-NEXT: -1
  SHOW(arrayCookie(4));                 // CHECK-NEXT: 7
  SHOW(virtualDestructor(8));           // CHECK-NEXT: 8
  printf("log %s\n", Log.c_str());      // CHECK-NEXT: log cccdb
  SHOW(nothrowNew(2));                  // CHECK-NEXT: 21
  SHOW(negativeLength(-5));             // CHECK-NEXT: -7
  SHOW(overAligned(9));                 // CHECK-NEXT: 9
  SHOW(placementNew(3));                // CHECK-NEXT: 31
  SHOW(callocIsZero(5));                // CHECK-NEXT: 21
  SHOW(reallocated(5));                 // CHECK-NEXT: 6
  SHOW(customDeleter(6));               // CHECK-NEXT: 61
  destructionOrder();
  printf("log %s\n", Log.c_str()); // CHECK-NEXT: log 321
  SHOW(releaseSwapReset(2));       // CHECK-NEXT: 215572
  SHOW(releaseSwapReset(3));       // CHECK-NEXT: 725531
  moveIntoContainer(4);
  moveIntoContainer(5);
  SHOW(total(Kept[0].get()) + total(Kept[1].get())); // CHECK-NEXT: 108
  SHOW(sharedPointers(2));                           // CHECK-NEXT: 231
  SHOW(sharedPointers(3));                           // CHECK-NEXT: 321
  SHOW(Shared->V);                                   // CHECK-NEXT: 2
  Shared.reset();
  SHOW(largeCapture(4));  // CHECK-NEXT: 41
  SHOW(setJump(6));       // CHECK-NEXT: 7
  SHOW(sortsPointers(3)); // CHECK-NEXT: 7
  SHOW(mapAndString(3));  // CHECK-NEXT: 128
  SHOW(deleteNull(1));    // CHECK-NEXT: 0
  SHOW(deleteNull(4));    // CHECK-NEXT: 41
  SHOW(templates(5));     // CHECK-NEXT: 15
}
