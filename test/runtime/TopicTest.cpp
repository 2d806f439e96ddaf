// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Topics that other collectors' torture tests have and that no other file here
/// has: docs/gab/testing.md says which test covers what.
#include "gab/gab.hpp"
#include "gab/hash_map.hpp"
#include <gtest/gtest.h>
#include <random>
#include <thread>
#include <vector>

namespace {

struct Price {
  double Value;
  int64_t Time;
};
struct Node {
  gab::Member<Node> Next;
  gab::Member<Price> What;
  int64_t Number = 0;
  GAB_TRACE(Node, Next, What)
};
using Nodes = gab::Array<gab::Member<Node>>;

gab::Ref<Node> makeNode(int64_t Number) {
  gab::Local<Node> N = gab::make<Node>();
  N->Number = Number;
  N->What = gab::make<Price>(double(Number), Number);
  return N;
}

/// Where what F leaves on the stack is overwritten afterwards.
template <class Function> [[gnu::noinline]] void apart(Function F) { F(); }
[[gnu::noinline]] void scrub() {
  volatile char Waste[16384];
  for (volatile char &C : Waste)
    C = 0;
}

// bdwgc: a list that is copied reversed again and again is garbage all but
// once.
TEST(Topic, ListsReversedAgainAndAgain) {
  constexpr int Length = 2000;
  gab::Local<Node> List;
  for (int I = 0; I < Length; ++I) {
    gab::Local<Node> N = makeNode(I);
    N->Next = gab::Ref<Node>(List);
    List = N;
  }
  for (int Round = 0; Round < 100; ++Round) {
    gab::Local<Node> Reversed;
    for (Node *N = List.get(); N; N = N->Next.get()) {
      gab::Local<Node> Here = gab::Ref<Node>(N); // N may move from under us
      gab::Local<Node> Copy = makeNode(Here->Number);
      Copy->Next = gab::Ref<Node>(Reversed);
      Reversed = Copy;
      N = Here.get();
    }
    List = Reversed;
  }
  int64_t Expected = Length - 1; // an even number of reversals
  for (Node *N = List.get(); N; N = N->Next.get(), --Expected) {
    ASSERT_EQ(N->Number, Expected);
    ASSERT_EQ(N->What->Time, Expected);
  }
  EXPECT_EQ(Expected, -1);
}

// MPS: exact and ambiguous roots to the same objects, chosen at random. What an
// ambiguous root refers to must not move, and neither kind may lose anything.
TEST(Topic, AmbiguousAndExactRootsAtRandom) {
  constexpr size_t Exact = 300, Ambiguous = 60;
  std::mt19937_64 Random(20261123);
  gab::Root<Nodes> Roots = gab::make_array<gab::Member<Node>>(Exact);
  std::vector<int64_t> Numbers(Exact, -1);
  Node *OnStack[Ambiguous] = {}; // found by the scan of this frame
  int64_t StackNumbers[Ambiguous] = {};
  for (int64_t I = 0; I < 20000; ++I) {
    size_t R = Random() % Exact;
    switch (Random() % 4) {
    case 0:
      (*Roots)[R] = makeNode(I);
      Numbers[R] = I;
      break;
    case 1: { // the same object from both sides
      size_t A = Random() % Ambiguous;
      OnStack[A] = (*Roots)[R].get();
      StackNumbers[A] = Numbers[R];
      break;
    }
    case 2: { // only from the stack
      size_t A = Random() % Ambiguous;
      OnStack[A] = makeNode(I).get();
      StackNumbers[A] = I;
      break;
    }
    case 3:
      OnStack[Random() % Ambiguous] = nullptr;
      break;
    }
    if (Random() % 500 == 0)
      Random() % 2 ? gab::compact() : gab::collect();
    if (Random() % 50)
      continue;
    for (size_t K = 0; K < Exact; ++K)
      if (Node *N = (*Roots)[K].get()) {
        ASSERT_EQ(N->Number, Numbers[K]);
        ASSERT_EQ(N->What->Time, Numbers[K]);
      }
    for (size_t K = 0; K < Ambiguous; ++K)
      if (OnStack[K]) {
        ASSERT_EQ(OnStack[K]->Number, StackNumbers[K]);
        ASSERT_EQ(OnStack[K]->What->Time, StackNumbers[K]);
      }
  }
  gab::keep_alive(OnStack);
}

// MPS: a table that keeps neither its keys nor, without them, its values.
struct WeakTable {
  static constexpr size_t Size = 512;
  std::array<gab::Ephemeron<Node, Node>, Size> Entries;
  GAB_TRACE(WeakTable, Entries)
};

TEST(Topic, AWeakTableLosesTheEntriesOfDeadKeys) {
  gab::Root<WeakTable> Table = gab::make<WeakTable>();
  gab::Root<Nodes> Keys = gab::make_array<gab::Member<Node>>(WeakTable::Size);
  apart([&] {
    for (size_t I = 0; I < WeakTable::Size; ++I) {
      gab::Local<Node> Key = makeNode(int64_t(I)),
                       Value = makeNode(-int64_t(I));
      Value->Next = gab::Ref<Node>(Key); // a value may refer to its own key
      Table->Entries[I].set(Key, Value);
      if (I % 4 == 0)
        (*Keys)[I] = gab::Ref<Node>(Key);
    }
  });
  scrub();
  gab::collect();
  gab::compact();
  size_t Lost = 0;
  for (size_t I = 0; I < WeakTable::Size; ++I) {
    gab::Ref<Node> Key = Table->Entries[I].key();
    if (I % 4 == 0) {
      ASSERT_EQ(Key.get(), (*Keys)[I].get());
      ASSERT_EQ(Table->Entries[I].value()->Number, -int64_t(I));
      ASSERT_EQ(Table->Entries[I].value()->What->Time, -int64_t(I));
    } else {
      Lost += !Key;
      ASSERT_EQ(bool(Key), bool(Table->Entries[I].value()));
    }
  }
  // A stale word on the stack may keep one or two.
  EXPECT_GE(Lost, WeakTable::Size / 4 * 3 - 8);
}

// Go: a pointer into the middle keeps the whole, where it is.
TEST(Topic, AnInteriorPointerKeepsTheWhole) {
  for (size_t Length : {4u, 100u, 3000u, 200000u}) {
    gab::Ref<gab::Array<uint64_t>> A = gab::make_array<uint64_t>(Length);
    for (uint64_t &W : *A)
      W = Length;
    uint64_t *Middle = A->data() + Length / 2;
    uint64_t *Last = A->data() + Length - 1;
    A = {};
    for (int I = 0; I < 3; ++I) {
      for (int K = 0; K < 3000; ++K)
        gab::make<Price>(1.0, K);
      gab::compact();
    }
    for (uint64_t *P = Middle; P <= Last; ++P)
      ASSERT_EQ(*P, Length) << Length;
    for (uint64_t *P = Middle; P > Last - Length; --P)
      ASSERT_EQ(*P, Length) << Length;
  }
}

// Go, cppgc: the heap grows with what lives, not with what is allocated.
TEST(Topic, GarbageDoesNotMakeTheHeapGrow) {
  if (getenv("GAB_QUARANTINE"))
    GTEST_SKIP() << "freed memory is kept on purpose";
  gab::Root<Node> Head;
  uint64_t Most = 0;
  for (int64_t I = 0; I < 400000; ++I) {
    gab::Local<Node> N = makeNode(I);
    if (I % 100 == 0) { // 4,000 of them live: about 250 KB
      N->Next = gab::Ref<Node>(Head);
      Head = N;
    }
    gab::make_array<char>(size_t(I % 300));
    if (I % 1000 == 0)
      Most = std::max(Most, gab::stats().used_bytes);
  }
  EXPECT_LT(Most, 40u << 20);
  gab::compact();
  EXPECT_LT(gab::stats().used_bytes, 4u << 20);
}

// cppgc: destructors of dead objects run once each, of live ones never, over
// many cycles and moves of what they refer to.
struct Counted {
  static inline int Dead = 0;
  gab::Member<Price> What;
  int64_t Number = 0;
  GAB_TRACE(Counted, What)
  ~Counted() { Dead += What->Time == Number; }
};

TEST(Topic, DestructorsOverManyCycles) {
  Counted::Dead = 0;
  constexpr int Count = 3000;
  gab::Root<gab::Array<gab::Member<Counted>>> Kept =
      gab::make_array<gab::Member<Counted>>(Count / 3);
  apart([&] {
    for (int I = 0; I < Count; ++I) {
      gab::Local<Counted> C = gab::make<Counted>();
      C->Number = I;
      C->What = gab::make<Price>(1.0, I);
      if (I % 3 == 0)
        (*Kept)[size_t(I / 3)] = gab::Ref<Counted>(C);
      if (I % 300 == 0)
        I % 600 ? gab::compact() : gab::collect();
    }
  });
  scrub();
  gab::compact();
  gab::compact();
  EXPECT_LE(Counted::Dead, Count / 3 * 2);
  EXPECT_GE(Counted::Dead, Count / 3 * 2 - 8); // stale words
  for (int I = 0; I < Count / 3; ++I)
    ASSERT_EQ((*Kept)[size_t(I)]->What->Time, I * 3);
}

// gab-gen logs long arrays by cache lines, and both threads store into each of
// them: what either has put there between two cycles is found by the next.
TEST(Topic, TwoThreadsOverwriteOneLongArray) {
  constexpr size_t Length = 20000;
  constexpr int Rounds = 40;
  gab::Root<Nodes> Long = gab::make_array<gab::Member<Node>>(Length);
  gab::Root<gab::Array<gab::Member<Price>>> Prices =
      gab::make_array<gab::Member<Price>>(Length);
  gab::collect(); // old from here on
  std::vector<int64_t> Expected(Length, -1);
  auto Overwrite = [&](size_t Mine) {
    gab::ThreadScope Scope;
    std::minstd_rand R(unsigned(Mine) + 1);
    for (int Round = 0; Round < Rounds; ++Round) {
      for (int I = 0; I < 500; ++I) {
        // Some places again and again, and each line's neighbours now and then.
        size_t At = (I % 4 ? R() : R() % 64) % Length / 2 * 2 + Mine;
        Expected[At] = Round * 1000 + I;
        (*Prices)[At] = gab::make<Price>(1.0, Expected[At]);
        (*Long)[At] = makeNode(Expected[At]);
      }
      gab::collect_minor();
    }
  };
  {
    std::thread Even(Overwrite, 0), Odd(Overwrite, 1);
    gab::BlockedScope S;
    Even.join();
    Odd.join();
  }
  EXPECT_TRUE(gab_verify());
  for (size_t I = 0; I < Length; ++I) {
    ASSERT_EQ((*Long)[I] ? (*Long)[I]->Number : -1, Expected[I]);
    ASSERT_EQ((*Long)[I] ? (*Long)[I]->What->Time : -1, Expected[I]);
    ASSERT_EQ((*Prices)[I] ? (*Prices)[I]->Time : -1, Expected[I]);
  }
}

// Plan copying logs stores only while there is much with references.
TEST(Topic, CopyingHasMinorCyclesWhileMuchHasReferences) {
  if (gab_plan_name() != std::string("copying") || getenv("GAB_STRESS"))
    GTEST_SKIP() << "only where copying decides for itself";
  auto Churn = [](gab::Root<Node> &Old) {
    uint64_t Before = gab::stats().minor_cycles;
    for (int I = 0; I < 1'000'000; ++I) {
      gab::Local<Node> Young = makeNode(I);
      if (Old && I % 1000 == 0)
        Old->Next->What = Young->What;
    }
    return gab::stats().minor_cycles - Before;
  };
  gab::Root<Node> Head;
  EXPECT_EQ(Churn(Head), 0u);
  apart([&] {
    for (int I = 0; I < 300'000; ++I) {
      gab::Local<Node> N = gab::make<Node>();
      N->Number = I;
      N->Next = gab::Ref<Node>(Head);
      Head = N;
    }
  });
  gab::collect(); // finds how much there is
  gab::collect(); // decides
  EXPECT_GT(Churn(Head), 3u);
  gab::Local<Node> N = gab::Ref<Node>(Head);
  for (int I = 300'000; I-- > 0; N = gab::Ref<Node>(N->Next))
    ASSERT_EQ(N->Number, I);
  EXPECT_EQ(Head->Next->What->Time, 999'000);
  Head = gab::Ref<Node>();
  N = gab::Ref<Node>();
  scrub();
  gab::collect();
  gab::collect();
  EXPECT_EQ(Churn(Head), 0u);
}

} // namespace
