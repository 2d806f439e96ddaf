// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Guarded slots under everything that could make two objects share one:
// sizes on both sides of the limit, several alive, recursion, unwinding,
// longjmp, threads.
// RUN: %run-both %s %t | FileCheck %s
// RUN: %cxx-with -O2 -c %s -o /dev/null -Rpass=stackward 2>&1 \
// RUN:   | FileCheck --check-prefix=GUARDED %s
// GUARDED-DAG: remark: allocation uses a slot of 128 bytes
// GUARDED-DAG: remark: allocation uses a slot of 16 bytes
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#define NOINLINE __attribute__((noinline))
struct S {
  long A, B;
};
NOINLINE static long total(const S *P) { return P->A * 10 + P->B; }
NOINLINE static long checksum(const unsigned char *P, size_t N) {
  long R = 0;
  for (size_t I = 0; I < N; ++I)
    R = (R * 31 + P[I]) % 1000003;
  return R;
}
NOINLINE static void fill(unsigned char *P, size_t N, int Seed) {
  for (size_t I = 0; I < N; ++I)
    P[I] = (unsigned char)(I * 7 + Seed);
}

NOINLINE long aroundTheLimit() {
  long R = 0;
  for (size_t N = 0; N < 300; ++N) {
    auto *P = new unsigned char[N];
    fill(P, N, (int)N);
    R = (R + checksum(P, N)) % 1000003;
    delete[] P;
  }
  return R;
}
NOINLINE long twoSites(size_t N, size_t M) {
  auto *P = (unsigned char *)malloc(N);
  auto *Q = (unsigned char *)malloc(M);
  fill(P, N, 1);
  fill(Q, M, 2);
  long R = checksum(P, N) + checksum(Q, M);
  if (N & 1)
    std::swap(P, Q);
  free(P);
  free(Q);
  return R;
}
NOINLINE long previousStillAlive(long N) {
  std::unique_ptr<S> P;
  long R = 0;
  for (long I = 0; I < N; ++I) {
    S *Old = P.get();
    S *Now = new S{I, 1};
    R += total(Now) + (Old ? total(Old) : 0) + (Old == Now) * 1000000;
    P.reset(Now);
  }
  return R;
}
struct Node {
  Node *Next;
  long V;
};
NOINLINE long sumOf(const Node *P) {
  long R = 0;
  for (; P; P = P->Next)
    R = R * 3 % 1000003 + P->V;
  return R;
}
NOINLINE long stackOfNodes(long N) {
  Node *Head = nullptr;
  long R = 0;
  for (long I = 0; I < N; ++I) {
    Head = new Node{Head, I};
    if (I % 3 == 2) {
      Node *Next = Head->Next;
      delete Head;
      Head = Next;
    }
    R += sumOf(Head);
  }
  while (Head) {
    Node *Next = Head->Next;
    delete Head;
    Head = Next;
  }
  return R;
}
NOINLINE long leaksSome(long N) {
  long R = 0;
  S *Kept = nullptr;
  for (long I = 0; I < N; ++I) {
    S *P = new S{I, 2};
    R += total(P);
    if (I % 4 == 1)
      Kept = P; // lost at the next turn
    else
      delete P;
  }
  return R + total(Kept);
}
NOINLINE long recursive(size_t N) {
  auto *P = new unsigned char[N % 40];
  fill(P, N % 40, (int)N);
  long Before = checksum(P, N % 40);
  long R = N ? recursive(N - 1) : 0;
  R = (R + (checksum(P, N % 40) == Before ? Before : -999999)) % 1000003;
  delete[] P;
  return R;
}
NOINLINE long throwsAt(const unsigned char *P, size_t N, size_t At) {
  if (N == At)
    throw std::runtime_error("at");
  return checksum(P, N);
}
NOINLINE long unwound(size_t At) {
  long R = 0;
  for (size_t N = 1; N < 9; ++N)
    try {
      std::unique_ptr<unsigned char[]> P(new unsigned char[N * 30]);
      fill(P.get(), N * 30, 3);
      R = (R + throwsAt(P.get(), N * 30, At)) % 1000003;
    } catch (const std::runtime_error &) {
      R += 5;
    }
  return R;
}
NOINLINE long badLength(long N) {
  auto *P = new (std::nothrow) int[N];
  if (!P)
    return -1;
  fill((unsigned char *)P, sizeof(int), 1);
  long R = checksum((unsigned char *)P, 1);
  delete[] P;
  return R;
}
static jmp_buf Jump;
NOINLINE void jumpsOut(const unsigned char *P, size_t N) {
  longjmp(Jump, (int)(checksum(P, N) % 1000) + 1);
}
NOINLINE void allocatesAndJumps(size_t N) {
  auto *P = new unsigned char[N];
  fill(P, N, 9);
  jumpsOut(P, N);
  delete[] P;
}
NOINLINE long setJump(size_t N) {
  auto *Mine = new unsigned char[N];
  unsigned char *volatile Keep = Mine;
  fill(Mine, N, 4);
  int Code = setjmp(Jump);
  if (!Code)
    allocatesAndJumps(N);
  long R = Code + checksum(Keep, N);
  delete[] Keep;
  return R;
}
NOINLINE long either(size_t N, S *Given) {
  S *Mine = nullptr;
  long R = 0;
  for (size_t I = 0; I < N; ++I) {
    S *P = I & 1 ? Given : new S{(long)I, 1};
    R += total(P);
    if (Mine)
      delete Mine;
    Mine = I & 1 ? nullptr : P;
  }
  delete Mine;
  return R;
}
NOINLINE long growing(size_t N) {
  std::vector<long> V;
  for (size_t I = 0; I < N; ++I)
    V.push_back((long)I);
  long R = 0;
  for (long X : V)
    R += X;
  return R;
}
NOINLINE long strings(size_t N) {
  std::string A(N, 'a'), B = A + "b" + A;
  B += A;
  return (long)(B.size() * 256 + (unsigned char)B[N]);
}
NOINLINE long zeroed(size_t N) {
  long R = 0;
  long *Last = nullptr;
  for (size_t I = 0; I < N; ++I) {
    auto *P = (long *)calloc(3, sizeof(long));
    R += P[0] + P[1] + P[2];
    P[0] = P[1] = P[2] = 9;
    free(Last);
    Last = P;
  }
  free(Last);
  return R;
}

int main() {
  printf("limit %ld\n", aroundTheLimit()); // CHECK: limit
  // CHECK-NEXT: two
  printf("two %ld %ld\n", twoSites(3, 200), twoSites(100, 128));
  printf("previous %ld\n", previousStillAlive(10)); // CHECK-NEXT: previous 829
  printf("nodes %ld\n", stackOfNodes(20));          // CHECK-NEXT: nodes
  printf("leaks %ld\n", leaksSome(12));             // CHECK-NEXT: leaks
  printf("recursive %ld\n", recursive(500));        // CHECK-NEXT: recursive
  printf("unwound %ld %ld\n", unwound(90), unwound(240)); // CHECK-NEXT: unwound
  // CHECK-NEXT: length -1 1
  printf("length %ld %ld\n", badLength(-3), badLength(3));
  printf("jump %ld %ld\n", setJump(20), setJump(500)); // CHECK-NEXT: jump
  S Given{4, 4};
  printf("either %ld\n", either(8, &Given)); // CHECK-NEXT: either 300
  printf("growing %ld\n", growing(100));     // CHECK-NEXT: growing 4950
  // CHECK-NEXT: strings
  printf("strings %ld %ld\n", strings(3), strings(60));
  printf("zeroed %ld\n", zeroed(9)); // CHECK-NEXT: zeroed 0
  long R[4];
  std::vector<std::thread> Threads;
  for (long &To : R)
    Threads.emplace_back([&To] { To = recursive(300) + aroundTheLimit(); });
  for (std::thread &T : Threads)
    T.join();
  // CHECK-NEXT: threads 1
  printf("threads %d\n", R[0] == R[1] && R[1] == R[2] && R[2] == R[3]);
}
