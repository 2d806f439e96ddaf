// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Factories that are not inlined: the caller makes the slot, where that is all
// that the object needs. Beside each the twin that must go on allocating.
// RUN: %clangxx -O1 -c %S/../Inputs/alive.cpp -o %t.alive.o
// RUN: %clangxx -std=c++20 -w -O2 %s %t.alive.o -o %t.without
// RUN: %t.without > %t.expected
// RUN: FileCheck %s < %t.expected
// RUN: %cxx-with -w -O2 -mllvm -stackward-verify-each -Rpass=stackward %s \
// RUN:   %t.alive.o -o %t.with 2> %t.remarks
// RUN: FileCheck --check-prefix=MOVED %s < %t.remarks
// RUN: FileCheck --check-prefix=KEPT %s < %t.remarks
// RUN: %t.with | diff %t.expected -
// RUN: %cxx-with -w -O3 -mllvm -stackward-object-budget=65536 \
// RUN:   -mllvm -stackward-clone-budget=100000 \
// RUN:   -mllvm -stackward-growth-percent=1000 %s %t.alive.o -o %t.large
// RUN: %t.large | diff %t.expected -
// RUN: %cxx-with -w -O2 -fstrict-vtable-pointers %s %t.alive.o -o %t.strict
// RUN: %t.strict | diff %t.expected -
// RUN: %cxx-with -w -O2 -mllvm -stackward-limit=1 %s %t.alive.o -o %t.one
// RUN: %t.one | diff %t.expected -
// RUN: %cxx-with -w -O2 -mllvm -stackward-hoisted-factories=0 \
// RUN:   -Rpass=stackward %s %t.alive.o -o %t.off 2> %t.off.remarks
// RUN: FileCheck --check-prefix=OFF --allow-empty %s < %t.off.remarks
// RUN: %t.off | diff %t.expected -
// OFF-NOT: of 24 bytes moved
#include "../Inputs/exec.h"
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

// KEPT-NOT: of {{104|112|120|152}} bytes moved
template <int Size> struct Block {
  long A;
  char Rest[Size - sizeof(long)];
  Block(long A) : A(A) { Rest[0] = 1; }
};
static volatile long Ticks;

// MOVED-DAG: of 24 bytes moved
NOINLINE Block<24> *plain(long N) { return new Block<24>(N); }
NOINLINE long usePlain(long N) {
  Block<24> *P = plain(N);
  long R = P->A + P->Rest[0];
  delete P;
  return R;
}
// CHECK: usePlain(3) 4 alive 0

// It keeps the address too.
static Block<104> *Last;
NOINLINE Block<104> *keeping(long N) { return Last = new Block<104>(N); }
NOINLINE long useKeeping(long N) {
  Block<104> *P = keeping(N);
  long R = P->A;
  if (N == 4)
    delete P;
  return R;
}
NOINLINE long afterKeeping() {
  clobber();
  long R = Last->A + Last->Rest[0];
  delete Last;
  return R;
}
// CHECK: useKeeping(4) 4 alive 0
// CHECK: useKeeping(5) 5 alive 1
// CHECK: afterKeeping() 6

// MOVED-DAG: of 32 bytes moved
// One of two, or none: each has a slot.
// MOVED-DAG: of 40 bytes moved
struct Base {
  virtual ~Base() { Ticks = Ticks + 1; }
  virtual long get() const = 0;
};
struct Small : Base {
  long A, B = 2, C = 3;
  Small(long A) : A(A) {}
  long get() const override { return A; }
};
struct Larger : Base {
  long A, B = 2, C = 3, D = 4;
  Larger(long A) : A(A) {}
  long get() const override { return A * D; }
};
NOINLINE std::unique_ptr<Base> either(long N) {
  if (N == 0)
    return nullptr;
  if (N & 1)
    return std::make_unique<Small>(N);
  return std::make_unique<Larger>(N);
}
NOINLINE long useEither(long N) {
  std::unique_ptr<Base> P = either(N);
  return P ? P->get() : -1;
}
// CHECK: useEither(0) -1 alive 0
// CHECK: useEither(1) 1 alive 0
// CHECK: useEither(2) 8 alive 0

// MOVED-DAG: of 56 bytes moved
// The constructor throws after the allocation.
struct Thrower {
  long A, B[6] = {};
  Thrower(long A) : A(A) {
    Ticks = Ticks + 1;
    if (A < 0)
      throw std::runtime_error("negative");
  }
};
NOINLINE std::unique_ptr<Thrower> throwing(long N) {
  return std::make_unique<Thrower>(N);
}
NOINLINE long useThrowing(long N) {
  try {
    auto P = throwing(N);
    return P->A;
  } catch (const std::exception &E) {
    return -7;
  }
}
// CHECK: useThrowing(5) 5 alive 0
// CHECK: useThrowing(-5) -7 alive 0

// MOVED-DAG: of 64 bytes moved
// In a loop, one after the other.
NOINLINE std::unique_ptr<Block<64>> again(long N) {
  return std::make_unique<Block<64>>(N);
}
NOINLINE long useAgain(long N) {
  long R = 0;
  for (long I = 0; I < N; ++I) {
    auto P = again(I);
    R = R * 3 + P->A + P->Rest[0];
  }
  return R;
}
// CHECK: useAgain(4) 58 alive 0

// In a loop, all alive.
NOINLINE std::unique_ptr<Block<112>> piled(long N) {
  return std::make_unique<Block<112>>(N);
}
NOINLINE long usePiled(long N) {
  std::unique_ptr<Block<112>> All[4];
  for (long I = 0; I < N; ++I)
    All[I & 3] = piled(I);
  clobber();
  return All[0]->A * 100 + All[1]->A * 10 + All[2]->A;
}
// CHECK: usePiled(3) 12 alive 0

// The factory allocates in a loop, and gives the last one away.
NOINLINE Block<120> *lastOf(long N) {
  Block<120> *P = nullptr;
  for (long I = 0; I < N; ++I) {
    delete P;
    P = new Block<120>(I);
  }
  return P;
}
NOINLINE long useLastOf(long N) {
  Block<120> *P = lastOf(N);
  long R = P->A;
  delete P;
  return R;
}
// CHECK: useLastOf(3) 2 alive 0

// The factory may give what it was given instead.
NOINLINE Block<72> *orThis(Block<72> *That, long N) {
  return N > 2 ? new Block<72>(N) : That;
}
NOINLINE long useOrThis(long N) {
  Block<72> *Mine = (Block<72> *)malloc(sizeof(Block<72>));
  Mine->A = 40;
  Block<72> *P = orThis(Mine, N);
  long R = P->A;
  if (P != Mine)
    delete P;
  free(Mine);
  return R;
}
// CHECK: useOrThis(1) 40 alive 0
// CHECK: useOrThis(3) 3 alive 0

// MOVED-DAG: of 80 bytes moved
// Through a parameter; what was there before is freed.
NOINLINE void refill(std::unique_ptr<Block<80>> &P, long N) {
  P.reset(new Block<80>(N));
}
NOINLINE long useRefill(long N) {
  std::unique_ptr<Block<80>> P;
  refill(P, N);
  return P->A;
}
// CHECK: useRefill(6) 6 alive 0

// Filled twice: two objects, one of them after the other.
NOINLINE void refillTwice(std::unique_ptr<Block<128>> &P, long N) {
  P.reset(new Block<128>(N));
}
NOINLINE long useTwice(long N) {
  std::unique_ptr<Block<128>> P, Q;
  refillTwice(P, N);
  refillTwice(Q, N + 1);
  Q.swap(P);
  refillTwice(P, N + 2);
  return P->A * 10 + Q->A;
}
// CHECK: useTwice(1) 31 alive 0

// What was there before is on the heap, and has to be freed.
NOINLINE void refillOther(std::unique_ptr<Block<144>> &P, long N) {
  P.reset(new Block<144>(N));
}
std::unique_ptr<Block<144>> Spare;
NOINLINE long useOther(long N) {
  std::unique_ptr<Block<144>> P = std::move(Spare);
  refillOther(P, N);
  return P->A;
}
NOINLINE long useSpare(long N) {
  Spare = std::make_unique<Block<144>>(N);
  return useOther(N + 1);
}
// CHECK: useSpare(1) 2 alive 0

// MOVED-DAG: of 88 bytes moved
// An owner made out of line, and destroyed out of line.
struct Owner {
  struct Inner;
  std::unique_ptr<Inner> P;
  Owner(long N);
  ~Owner();
  NOINLINE long get() const;
};
struct Owner::Inner {
  long A, B[10] = {};
  Inner(long A) : A(A) {}
  ~Inner() { Ticks = A; }
};
NOINLINE Owner::Owner(long N) : P(new Inner(N)) {}
NOINLINE Owner::~Owner() {}
long Owner::get() const { return P->A; }
NOINLINE long useOwner(long N) {
  Owner O(N);
  clobber();
  return O.get();
}
// CHECK: useOwner(8) 8 alive 0

// The owner itself is given away.
NOINLINE Owner *newOwner(long N) { return new Owner(N); }
NOINLINE long useNewOwner(long N) {
  Owner *O = newOwner(N);
  clobber();
  long R = O->get();
  delete O;
  return R;
}
// CHECK: useNewOwner(9) 9 alive 0

// MOVED-DAG: of 96 bytes moved
// malloc that may fail, and what is filled with zeros.
struct Raw {
  long A, B[11];
};
NOINLINE Raw *raw(long N) {
  Raw *P = (Raw *)calloc(1, sizeof(Raw));
  if (!P)
    return nullptr;
  P->A = N;
  return P;
}
NOINLINE long useRaw(long N) {
  long R = 0;
  for (long I = 0; I < N; ++I) {
    Raw *P = raw(I);
    if (!P)
      return -1;
    R += P->A + P->B[3];
    P->B[3] = 100;
    clobber();
    free(P);
  }
  return R;
}
// CHECK: useRaw(4) 6{{$}}

// MOVED-DAG: of 136 bytes moved
// A factory that calls itself: the outermost call is given a slot, the others
// are in frames that recur.
NOINLINE Block<136> *nested(long N) {
  auto *P = new Block<136>(N);
  if (N > 0) {
    Block<136> *Q = nested(N - 1);
    P->A += Q->A;
    delete Q;
  }
  return P;
}
NOINLINE long useNested(long N) {
  Block<136> *P = nested(N);
  long R = P->A;
  delete P;
  return R;
}
// CHECK: useNested(3) 6 alive 0

// Alignment that the factory relies on.
struct alignas(64) Wide {
  long A[2];
};
NOINLINE Wide *wide(long N) {
  Wide *P = new Wide{{N, 1}};
  if ((long)__builtin_assume_aligned(P, 64) % 64)
    P->A[1] = 1000;
  return P;
}
NOINLINE long useWide(long N) {
  Wide *P = wide(N);
  long R = P->A[0] + P->A[1] + (((unsigned long)&P->A[0] >> 4) & 3);
  delete P;
  return R;
}
// CHECK: useWide(5) 6{{$}}

struct Two {
  long A;
  virtual ~Two() {}
  virtual long get() const { return A; }
};
struct Other : Two {
  long get() const override { return A + 100; }
};
// MOVED-DAG: of 16 bytes moved
// One site for two classes, in a loop that is unrolled.
NOINLINE Two *alternately(long N) {
  Two *P = N & 1 ? new Other : new Two;
  P->A = N;
  return P;
}
NOINLINE long useAlternately() {
  long R = 0;
  for (long I = 0; I < 4; ++I) {
    Two *P = alternately(I);
    R = R * 2 + P->get();
    delete P;
  }
  return R;
}
// CHECK: useAlternately() 511 alive 0

int main() {
  SHOW(usePlain(3));
  SHOW(useKeeping(4));
  SHOW(useKeeping(5));
  printf("afterKeeping() %ld\n", afterKeeping());
  SHOW(useEither(0));
  SHOW(useEither(1));
  SHOW(useEither(2));
  SHOW(useThrowing(5));
  SHOW(useThrowing(-5));
  SHOW(useAgain(4));
  SHOW(usePiled(3));
  SHOW(useLastOf(3));
  SHOW(useOrThis(1));
  SHOW(useOrThis(3));
  SHOW(useRefill(6));
  SHOW(useTwice(1));
  SHOW(useSpare(1));
  SHOW(useOwner(8));
  SHOW(useNewOwner(9));
  printf("useRaw(4) %ld\n", useRaw(4));
  SHOW(useNested(3));
  printf("useWide(5) %ld\n", useWide(5));
  SHOW(useAlternately());
}
