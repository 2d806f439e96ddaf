// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vectors that are made with their elements: of a size, from a list, from a
// range, as a copy. The storage they begin with is the frame's when it fits.
// RUN: %seed-both %s %t | FileCheck %s
// RUN: %seed -c %s -o /dev/null -Rpass=stackward -Rpass-missed=stackward \
// RUN:   -mllvm "-stackward-deny=main,_ZZ4main*" 2>&1 \
// RUN:   | FileCheck --check-prefix=SEEDED %s
// RUN: %seed -c %s -o /dev/null -Rpass=stackward -Rpass-missed=stackward \
// RUN:   -mllvm "-stackward-deny=main,_ZZ4main*" 2>&1 \
// RUN:   | FileCheck --check-prefix=NOT %s
// Nothing of what is seeded is allocated any more.
// RUN: %seed -DCOUNT %s %S/../Inputs/alive.cpp %rt -o %t.count
// RUN: %t.count | FileCheck --check-prefix=COUNT %s
// RUN: %clangxx -std=c++17 -O2 -w -DCOUNT %s %S/../Inputs/alive.cpp -o %t.plain
// RUN: %t.plain | FileCheck --check-prefix=PLAIN %s
// COUNT: made 0
// PLAIN: made 7
#include <cstdio>
#include <list>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#define NOINLINE __attribute__((noinline))
using Ints = std::vector<int>;

NOINLINE static long sum(const Ints &V) {
  return std::accumulate(V.begin(), V.end(), 0L) * 100 + (long)V.size();
}
NOINLINE long sized(int N) {
  // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:8: remark: vector starts in 128 bytes
  Ints V(N);
  for (int I = 0; I < N; ++I)
    V[I] = I;
  return sum(V);
}
NOINLINE long filled(int N) {
  // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:8: remark: vector starts in 128 bytes
  Ints V(N, 3);
  return sum(V);
}
NOINLINE long listed(int N) {
  // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:8: remark: vector starts in 128 bytes
  Ints V{N, 2, 3, N};
  return sum(V);
}
NOINLINE long temporary(int N) {
  // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:14: remark: vector starts in 128 bytes
  return sum({N, 1, 1});
}
NOINLINE long copied(const Ints &From) {
  // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:8: remark: vector starts in 128 bytes
  Ints V(From);
  for (int &I : V)
    I *= 2;
  return sum(V) + sum(From);
}
NOINLINE long ranged(const Ints &From) {
  // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:8: remark: vector starts in 128 bytes
  Ints V(From.begin() + 1, From.end());
  return sum(V);
}
NOINLINE long fromNodes(const std::list<int> &From) {
  // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:8: remark: vector starts in 128 bytes
  Ints V(From.begin(), From.end());
  return sum(V);
}
// What it grows to is on the heap, and the buffer is left behind.
NOINLINE long grows(int N) {
  // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:8: remark: vector starts in 128 bytes
  Ints V{1, 2};
  for (int I = 0; I < N; ++I)
    V.push_back(I);
  V.shrink_to_fit();
  return sum(V);
}
// Made once in each turn; the last one is gone by then.
NOINLINE long loop(int N) {
  long R = 0;
  for (int I = 0; I < N; ++I) {
    // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:10: remark: vector starts in 128
    Ints V(I % 50, I);
    R += sum(V);
  }
  return R;
}
NOINLINE long strings(const char *Text) {
  // The elements' own text is not the vector's.
  // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:28: remark: vector starts in 128 bytes
  std::vector<std::string> V{Text, "short", Text};
  V.insert(V.begin() + 1, std::string(Text) + "!");
  long R = 0;
  for (const std::string &S : V)
    R = R * 3 + (long)S.size();
  return R;
}
// The constructor of an element throws: what was made is destroyed.
static int Alive;
struct Element {
  int V;
  explicit Element(int V) : V(V) { ++Alive; }
  Element(const Element &E) : V(E.V) {
    if (V == 13)
      throw std::runtime_error("13");
    ++Alive;
  }
  ~Element() { --Alive; }
};
NOINLINE long throws(const std::vector<Element> &From) {
  try {
    // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:26: remark: vector starts in 128
    std::vector<Element> V(From);
    return (long)V.size() + V.back().V;
  } catch (std::exception &E) {
    return -Alive;
  }
}
NOINLINE static long recursive(int Depth) {
  // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:8: remark: vector starts in 128 bytes
  Ints V(Depth, Depth);
  return Depth ? recursive(Depth - 1) + sum(V) : 0;
}
// A maker of the program's, that is handed the buffer by its caller.
NOINLINE static Ints make(int N) {
  Ints V(N, 4);
  V[0] = N;
  return V;
}
NOINLINE long made(int N) {
  // SEEDED-DAG: sized.cpp:[[# @LINE + 1]]:12: remark: vector starts in 128 bytes
  Ints V = make(N);
  return sum(V);
}

// Ownership moves: to an argument, to a member, into another vector.
NOINLINE void toArgument(Ints &To, int N) {
  // NOT-DAG: sized.cpp:[[# @LINE + 1]]:8: remark: vector not seeded
  Ints V(N, 5);
  To = std::move(V);
}
struct Holder {
  Ints Kept;
  NOINLINE void take(Ints V) { Kept.swap(V); }
};
NOINLINE void toMember(Holder &H, int N) {
  // NOT-DAG: sized.cpp:[[# @LINE + 1]]:10: remark: vector not seeded
  H.take(Ints(N, 6));
}
NOINLINE void intoVector(std::vector<Ints> &To, int N) {
  // NOT-DAG: sized.cpp:[[# @LINE + 1]]:8: remark: vector not seeded
  Ints V{N, N, 7};
  To.push_back(std::move(V));
}
NOINLINE long afterwards(int N) {
  Ints To;
  toArgument(To, N);
  Holder H;
  toMember(H, N);
  std::vector<Ints> All;
  intoVector(All, N);
  char Waste[4096];
  for (volatile char &C : Waste)
    C = 'x';
  return sum(To) + sum(H.Kept) + sum(All[0]);
}

#ifdef COUNT
void startCounting();
long stopCounting();
// Blocks that are alive: so what is looked at is still in its vector.
static long Made;
NOINLINE static void look(const Ints &V) {
  Made += stopCounting() != 0;
  asm volatile("" : : "r"(V.data()) : "memory");
}
int main() {
  Ints Source(9, 1);
  std::list<int> Nodes{1, 2, 3};
  startCounting(); { Ints V(8); look(V); }
  startCounting(); { Ints V(8, 2); look(V); }
  startCounting(); { Ints V{1, 2}; look(V); }
  startCounting(); { Ints V(Source); look(V); }
  startCounting(); { Ints V(Source.begin(), Source.end()); look(V); }
  startCounting(); { Ints V(Nodes.begin(), Nodes.end()); look(V); }
  startCounting(); { Ints V = make(9); look(V); }
  printf("made %ld\n", Made);
}
#else
int main() {
  printf("%ld %ld %ld %ld\n", sized(0), sized(32), sized(33), sized(5000));
  // CHECK: 0 49632 52833 1249755000
  printf("%ld %ld %ld\n", filled(0), filled(32), filled(1000));
  // CHECK-NEXT: 0 9632 301000
  printf("%ld %ld\n", listed(4), temporary(5)); // CHECK-NEXT: 1304 703
  Ints Source(20);
  std::iota(Source.begin(), Source.end(), 1);
  printf("%ld %ld %ld\n", copied(Source), ranged(Source), copied({}));
  // CHECK-NEXT: 63040 20919 0
  printf("%ld\n", fromNodes({1, 2, 3})); // CHECK-NEXT: 603
  printf("%ld %ld\n", grows(30), grows(500)); // CHECK-NEXT: 43832 12475802
  printf("%ld\n", loop(120)); // CHECK-NEXT: {{[0-9]+}}
  printf("%ld\n", strings("a text of more than fifteen")); // CHECK-NEXT: 1023
  std::vector<Element> Elements;
  Elements.reserve(4);
  for (int I = 11; I < 15; ++I)
    Elements.emplace_back(I == 13 ? 99 : I);
  printf("%ld ", throws(Elements));
  Elements[2].V = 13;
  printf("%ld %d\n", throws(Elements), Alive); // CHECK-NEXT: 18 -4 4
  printf("%ld\n", recursive(40)); // CHECK-NEXT: {{[0-9]+}}
  printf("%ld\n", made(20)); // CHECK-NEXT: 9620
  printf("%ld\n", afterwards(20)); // CHECK-NEXT: {{[0-9]+}}
}
#endif
