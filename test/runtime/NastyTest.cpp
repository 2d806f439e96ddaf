// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a hostile reader of the interface would try: handles where they are
/// not expected, collections where they are not expected, sizes at the edge.
/// Runs under every plan.
#include "Nasty.h"
#include "gab/hash_map.hpp"
#include "gab/string.hpp"
#include "gab/vector.hpp"
#include <algorithm>
#include <deque>
#include <gtest/gtest.h>
#include <map>
#include <stdexcept>

namespace {

using namespace nasty;

// Made before main and before any other object of this file is constructed;
// destroyed after main, when the heap is still there.
gab::Root<Node> Early = [] {
  gab::Root<Node> R = numbered(-77);
  gab::collect();
  return R;
}();

TEST(Nasty, RootMadeInStaticInitialisation) {
  gab::compact();
  EXPECT_TRUE(right(Early.get(), -77));
}

TEST(Nasty, HandlesInStandardContainers) {
  std::vector<gab::Root<Node>> Vector; // grows: handles are copied
  std::map<int, gab::Root<Node>> Map;
  std::deque<gab::Pin<Price>> Pins;
  std::vector<gab::Local<Node>> Locals;
  std::vector<uintptr_t> Addresses;
  for (int I = 0; I < 500; ++I) {
    Vector.push_back(numbered(I));
    Map[I % 100] = numbered(I);
    Locals.push_back(numbered(I));
    gab::Ref<Price> P = gab::make<Price>(0.5, I);
    Pins.push_back(P);
    Addresses.push_back(~reinterpret_cast<uintptr_t>(P.get()));
    if (I % 50 == 0)
      gab::compact();
  }
  std::reverse(Vector.begin(), Vector.end());
  Locals.erase(Locals.begin() + 100, Locals.begin() + 200);
  gab::compact();
  for (int I = 0; I < 500; ++I) {
    ASSERT_TRUE(right(Vector[499 - I].get(), I));
    ASSERT_TRUE(right(Map[I % 100].get(), 400 + I % 100));
    ASSERT_EQ(~reinterpret_cast<uintptr_t>(Pins[I].get()), Addresses[I]);
    ASSERT_EQ(Pins[I]->Time, I);
  }
  for (size_t I = 0; I < Locals.size(); ++I)
    ASSERT_TRUE(right(Locals[I].get(), int64_t(I < 100 ? I : I + 100)));
}

TEST(Nasty, SelfReferenceAndTightCycles) {
  std::vector<gab::Weak<Node>> Gone(200);
  gab::Root<Node> Kept = numbered(1);
  Kept->Next = gab::Ref<Node>(Kept);
  apart([&] {
    for (auto &W : Gone) {
      gab::Ref<Node> N = numbered(2);
      N->Next = N;
      W = N;
    }
  });
  scrub();
  gab::compact();
  int Left = 0;
  for (auto &W : Gone)
    Left += bool(W.lock());
  EXPECT_LE(Left, 2);
  EXPECT_EQ(Kept->Next.get(), Kept.get());
}

struct Grid {
  gab::Member<Node> Rows[3][4];
  std::array<gab::Member<Price>, 5> Prices;
  std::pair<gab::Member<Node>, int> Both;
  gab::WeakMember<Node> Back[2];
  GAB_TRACE(Grid, Rows, Prices, Both, Back)
};

TEST(Nasty, ArraysOfMembersInObjects) {
  gab::Root<Grid> G = gab::make<Grid>();
  for (int I = 0; I < 12; ++I)
    G->Rows[I / 4][I % 4] = numbered(I);
  for (int I = 0; I < 5; ++I)
    G->Prices[I] = gab::make<Price>(1.0, I);
  G->Both.first = numbered(99);
  G->Back[1] = gab::Ref<Node>(G->Rows[2][3]);
  for (int Round = 0; Round < 3; ++Round) {
    gab::compact();
    for (int I = 0; I < 12; ++I)
      ASSERT_TRUE(right(G->Rows[I / 4][I % 4].get(), I));
    for (int I = 0; I < 5; ++I)
      ASSERT_EQ(G->Prices[I]->Time, I);
    ASSERT_TRUE(right(G->Both.first.get(), 99));
    ASSERT_EQ(G->Back[1].lock().get(), G->Rows[2][3].get());
    ASSERT_FALSE(G->Back[0].lock());
  }
}

struct Base {
  gab::Member<Node> First;
  GAB_TRACE(Base, First)
};
struct Derived : Base {
  gab::Member<Node> Second;
  GAB_TRACE(Derived, Base::First, Second)
};
struct Polymorphic {
  gab::Member<Node> First;
  virtual int64_t sum() const { return First->Number; }
  virtual void trace(gab::Visitor &V) { V(First); }
};
struct Special : Polymorphic {
  gab::Member<Node> Second;
  int64_t sum() const override { return First->Number + Second->Number; }
  void trace(gab::Visitor &V) override {
    Polymorphic::trace(V);
    V(Second);
  }
};

TEST(Nasty, DerivedAndPolymorphicObjects) {
  gab::Root<Derived> D = gab::make<Derived>();
  gab::Root<Special> S = gab::make<Special>();
  D->First = numbered(1);
  D->Second = numbered(2);
  S->First = numbered(3);
  S->Second = numbered(4);
  gab::compact();
  gab::compact();
  EXPECT_TRUE(right(D->First.get(), 1));
  EXPECT_TRUE(right(D->Second.get(), 2));
  EXPECT_EQ(static_cast<Polymorphic *>(S.get())->sum(), 7);
}

struct Wide {
  gab::Member<Node> A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T,
      U, V, W, X, Y, Z, Last;
  GAB_TRACE(Wide, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U,
            V, W, X, Y, Z, Last)
};

TEST(Nasty, TwentySevenFieldsInOneTrace) {
  gab::Root<Wide> W = gab::make<Wide>();
  W->A = numbered(1);
  W->Last = numbered(27);
  gab::compact();
  gab::compact();
  EXPECT_TRUE(right(W->A.get(), 1));
  EXPECT_TRUE(right(W->Last.get(), 27));
}

struct Restless { // collects while it is being made
  gab::Member<Node> Before, After;
  int64_t Check;
  Restless() : Before(numbered(10)), Check(20) {
    gab::compact();
    for (int I = 0; I < 3000; ++I)
      gab::make<Price>(1.0, I);
    After = numbered(30);
    gab::compact();
  }
  GAB_TRACE(Restless, Before, After)
};

TEST(Nasty, CollectionInsideAConstructor) {
  std::vector<gab::Root<Restless>> All;
  for (int I = 0; I < 20; ++I)
    All.push_back(gab::make<Restless>());
  gab::collect();
  for (auto &R : All) {
    ASSERT_TRUE(right(R->Before.get(), 10));
    ASSERT_TRUE(right(R->After.get(), 30));
    ASSERT_EQ(R->Check, 20);
  }
}

struct Thrower {
  gab::Member<Node> Held;
  std::string Name = "long enough to be on the ordinary heap, not inline";
  static inline int Destroyed = 0;
  explicit Thrower(bool Throw) : Held(numbered(1)) {
    gab::collect();
    if (Throw)
      throw std::runtime_error("no");
  }
  ~Thrower() { ++Destroyed; }
  GAB_TRACE(Thrower, Held)
};

TEST(Nasty, AnObjectWhoseConstructorThrewIsNotDestroyed) {
  Thrower::Destroyed = 0;
  for (int I = 0; I < 20; ++I)
    EXPECT_THROW(gab::make<Thrower>(true), std::runtime_error);
  gab::Root<Thrower> Good = gab::make<Thrower>(false);
  scrub();
  gab::collect();
  gab::compact();
  EXPECT_EQ(Thrower::Destroyed, 0);
  EXPECT_TRUE(right(Good->Held.get(), 1));
}

struct Phoenix { // its finalizer stores it, allocates and looks at weak ones
  gab::Member<Node> Held;
  gab::WeakMember<Node> Weak;
  static inline gab::Root<Phoenix> Saved;
  static inline gab::Weak<Phoenix> Outside;
  static inline int Runs = 0, WeakSeen = 0, HeldRight = 0, OwnWeak = 0;
  ~Phoenix() {
    ++Runs;
    for (int I = 0; I < 200; ++I)
      gab::make<Node>()->What = gab::make<Price>(1.0, I);
    gab::collect();
    HeldRight += right(Held.get(), 5);
    WeakSeen += bool(Outside.lock());
    // Its own weak references see what it keeps itself.
    OwnWeak += Weak.lock().get() == Held.get();
    Saved = gab::Ref<Phoenix>(this);
  }
  GAB_TRACE(Phoenix, Held, Weak)
};

TEST(Nasty, AFinalizerMayAllocateCollectAndSaveItsObject) {
  apart([] {
    gab::Local<Phoenix> P = gab::make<Phoenix>();
    P->Held = numbered(5);
    P->Weak = gab::Ref<Node>(P->Held);
    Phoenix::Outside = gab::Ref<Phoenix>(P);
  });
  scrub();
  for (int I = 0; I < 5 && !Phoenix::Runs; ++I) {
    gab::collect();
    scrub();
  }
  EXPECT_EQ(Phoenix::Runs, 1);
  EXPECT_EQ(Phoenix::HeldRight, 1);
  EXPECT_EQ(Phoenix::WeakSeen, 0); // others' weak references died before
  EXPECT_EQ(Phoenix::OwnWeak, 1);
  gab::compact();
  ASSERT_TRUE(Phoenix::Saved); // documented: it lives on
  EXPECT_TRUE(right(Phoenix::Saved->Held.get(), 5));
  Phoenix::Saved = nullptr;
  scrub();
  gab::collect();
  gab::collect();
  EXPECT_EQ(Phoenix::Runs, 1); // and is not finalized twice
}

struct alignas(16) Wide16 {
  int64_t A, B, C;
};
struct alignas(16) Traced16 {
  gab::Member<Node> N;
  int64_t X = 0;
  GAB_TRACE(Traced16, N)
};

TEST(Nasty, AlignmentOfSixteen) {
  std::vector<gab::Root<Wide16>> Plain;
  std::vector<gab::Root<Traced16>> Traced;
  for (int I = 0; I < 500; ++I) {
    gab::make<Price>(1.0, I); // puts runs out of step
    Plain.push_back(gab::make<Wide16>(I, I, I));
    Traced.push_back(gab::make<Traced16>());
    Traced.back()->N = numbered(I);
  }
  gab::compact();
  for (int I = 0; I < 500; ++I) {
    ASSERT_EQ(reinterpret_cast<uintptr_t>(Plain[I].get()) % 16, 0u);
    ASSERT_EQ(reinterpret_cast<uintptr_t>(Traced[I].get()) % 16, 0u);
    ASSERT_EQ(Plain[I]->C, I);
    ASSERT_TRUE(right(Traced[I]->N.get(), I));
  }
}

TEST(Nasty, ArraysOfNothing) {
  std::vector<gab::Root<gab::Array<Price>>> Plain;
  std::vector<gab::Root<gab::Array<gab::Member<Node>>>> Traced;
  for (int I = 0; I < 1000; ++I) {
    Plain.push_back(gab::make_array<Price>(0));
    Traced.push_back(gab::make_array<gab::Member<Node>>(0));
  }
  gab::compact();
  for (int I = 0; I < 1000; ++I) {
    ASSERT_EQ(Plain[I]->size(), 0u);
    ASSERT_EQ(Traced[I]->size(), 0u);
    ASSERT_EQ(Traced[I]->begin(), Traced[I]->end());
  }
}

TEST(Nasty, SizesAtTheEdgeOfTheAddressSpace) {
  size_t Most = ~size_t(0);
  for (size_t N : {Most, Most / 2, Most / 8, Most / 8 - 1, Most / 16 + 1,
                   Most >> 10, size_t(1) << 45}) {
    EXPECT_THROW(gab::make_array<char>(N), std::bad_alloc) << N;
    EXPECT_THROW(gab::make_array<int64_t>(N), std::bad_alloc) << N;
    EXPECT_THROW(gab::make_array<Price>(N), std::bad_alloc) << N;
    EXPECT_THROW(gab::make_array<gab::Member<Node>>(N), std::bad_alloc) << N;
  }
  gab::vector<int> V;
  EXPECT_THROW(V.reserve(Most), std::bad_alloc);
  V.push_back(4); // and is as good as before
  EXPECT_EQ(V[0], 4);
}

TEST(Nasty, MovesWhileIterating) {
  using Items = gab::Array<gab::Member<Node>>;
  gab::Root<Items> All = gab::make_array<gab::Member<Node>>(3000);
  int64_t I = 0;
  for (auto &Slot : *All) { // a raw pointer into an array
    Slot = numbered(I++);
    if (I % 500 == 0)
      gab::compact();
  }
  I = 0;
  for (auto &Slot : *All) {
    Node &N = *Slot; // a raw reference across a compaction
    if (I % 500 == 0)
      gab::compact();
    ASSERT_TRUE(right(&N, I++));
  }
  gab::hash_map<gab::string, int> Map;
  for (int K = 0; K < 300; ++K)
    Map[std::to_string(K)] = K;
  int Seen = 0;
  Map.each([&](const gab::string &Key, int &Value) {
    if (++Seen % 50 == 0)
      gab::compact();
    EXPECT_EQ(Key, std::to_string(Value));
  });
  EXPECT_EQ(Seen, 300);
}

TEST(Nasty, ContainersThatAliasThemselves) {
  gab::vector<gab::string> V;
  V.push_back("a");
  auto &Alias = V;
  V = Alias;
  ASSERT_EQ(V.size(), 1u);
  for (int I = 0; I < 60; ++I)
    V.insert(V.begin(), V.back());
  EXPECT_EQ(V.size(), 61u);
  gab::hash_map<gab::string, gab::string> M;
  M["k0"] = "v";
  for (int I = 1; I < 200; ++I)
    M["k" + std::to_string(I)] = *M.find("k" + std::to_string(I - 1));
  EXPECT_EQ(*M.find("k199"), "v");
  for (int Round = 0; Round < 2000; ++Round) { // erased places fill up
    M["x"] = "y";
    EXPECT_TRUE(M.erase("x"));
  }
  EXPECT_EQ(M.size(), 200u);
}

TEST(Nasty, PinAcrossCompactions) {
  gab::Root<Price> Same;
  uintptr_t Hidden = 0;
  {
    gab::Pin<Price> P(gab::make<Price>(1.5, 6));
    Same = gab::Ref<Price>(P);
    Hidden = ~reinterpret_cast<uintptr_t>(P.get());
    for (int I = 0; I < 10; ++I) {
      for (int K = 0; K < 30000; ++K)
        gab::make<Price>(1.0, K);
      gab::compact();
      ASSERT_EQ(~reinterpret_cast<uintptr_t>(P.get()), Hidden);
      ASSERT_EQ(Same.get(), P.get());
    }
    gab::Pin<Price> Copy = P, Other;
    Other = Copy;
    P = nullptr;
    gab::compact();
    ASSERT_EQ(~reinterpret_cast<uintptr_t>(Other.get()), Hidden);
  }
  scrub();
  gab::compact();
  EXPECT_EQ(Same->Time, 6);
}

/// Keys and values in a random order: neither direction of passing suits.
TEST(Nasty, EphemeronChainInRandomOrder) {
  struct Pair {
    gab::Ephemeron<Node, Node> E;
    GAB_TRACE(Pair, E)
  };
  constexpr int N = 3000;
  using Pairs = gab::Array<gab::Member<Pair>>;
  gab::Root<Pairs> All = gab::make_array<gab::Member<Pair>>(N);
  gab::Root<Node> FirstKey;
  apart([&] {
    FirstKey = numbered(0);
    gab::Local<Node> Key = FirstKey.operator gab::Ref<Node>();
    for (int I = 0; I < N; ++I) {
      gab::Local<Node> Next = numbered(I + 1);
      gab::Local<Pair> P = gab::make<Pair>();
      P->E.set(Key, Next);
      (*All)[I * 1009 % N] = P; // 1009 and 3000 have no common divisor
      Key = Next;
    }
  });
  scrub();
  gab::compact();
  for (int I = 0; I < N; ++I)
    ASSERT_TRUE(right((*All)[I * 1009 % N]->E.value().get(), I + 1)) << I;
  FirstKey = nullptr;
  scrub();
  gab::collect();
  int Left = 0;
  for (int I = 0; I < N; ++I)
    Left += bool((*All)[I]->E.value());
  EXPECT_EQ(Left, 0);
}

struct Both { // several pairs in one object
  gab::Ephemeron<Node, Node> Some[3];
  GAB_TRACE(Both, Some)
};

TEST(Nasty, EphemeronsInArraysAndTheirOwnKeys) {
  constexpr int N = 60;
  std::vector<gab::Root<Both>> All(N);
  gab::Root<Node> Key = numbered(1);
  std::vector<gab::Weak<Node>> Gone(N);
  apart([&] {
    for (int I = 0; I < N; ++I) {
      All[I] = gab::make<Both>();
      All[I]->Some[0].set(Key, numbered(I));
      gab::Ref<Node> Dead = numbered(2);
      Gone[I] = Dead;
      All[I]->Some[1].set(Dead, Dead); // the value must not keep its key
    }
  });
  scrub();
  gab::collect();
  int Left = 0; // a stale word may keep one or two
  for (int I = 0; I < N; ++I) {
    Both &B = *All[I];
    ASSERT_TRUE(right(B.Some[0].value().get(), I));
    ASSERT_EQ(bool(Gone[I].lock()), bool(B.Some[1].key()));
    ASSERT_EQ(bool(Gone[I].lock()), bool(B.Some[1].value()));
    ASSERT_FALSE(B.Some[2].key());
    Left += bool(Gone[I].lock());
  }
  EXPECT_LE(Left, 2);
}

} // namespace
