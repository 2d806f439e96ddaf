// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The typed interface, one claim a test. Runs under every plan; claims that
/// need moving ask whether the plan moves.
#include "gab/gab.hpp"
#include <gtest/gtest.h>
#include <string>
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
struct Watcher {
  gab::WeakMember<Node> Target;
  gab::Member<Node> Strong;
  GAB_TRACE(Watcher, Target, Strong)
};
struct Pair {
  gab::Ephemeron<Node, Node> E;
  GAB_TRACE(Pair, E)
};
struct Closed {
  gab::Member<Node> Held;
  std::string Name;
  static int Count;
  static int64_t Seen;
  Closed() : Name("a name that is longer than any small buffer") {}
  ~Closed() {
    ++Count;
    Seen = Held ? Held->Number : -1;
    if (Name.size() != 43)
      Seen = -2;
  }
  GAB_TRACE(Closed, Held)
};
int Closed::Count = 0;
int64_t Closed::Seen = 0;

bool planIs(const char *Name) { return !strcmp(gab_plan_name(), Name); }
bool stressed(const char *Word) {
  const char *S = getenv("GAB_STRESS");
  return S && strstr(S, Word);
}
bool moves() { return !planIs("marksweep") && !stressed("budget0"); }

/// A caller's registers and dead frames may hold anything; what a test wants
/// to be dead it makes here, and then this much stack is overwritten.
[[gnu::noinline]] void scrub() {
  volatile char Waste[4096];
  for (volatile char &C : Waste)
    C = 0;
}
template <class F> [[gnu::noinline]] void apart(F Function) { Function(); }

TEST(Api, ObjectsKeepTheirContents) {
  gab::Local<Price> P = gab::make<Price>(1.5, 7);
  gab::Local<Node> N = gab::make<Node>();
  N->What = P;
  for (int I = 0; I < 3; ++I) {
    gab::collect();
    EXPECT_EQ(P->Value, 1.5);
    EXPECT_EQ(N->What->Time, 7);
    EXPECT_EQ(N->What.get(), P.get());
  }
}

TEST(Api, LocalFollowsAMovedObject) {
  if (!moves())
    GTEST_SKIP() << "this plan does not move";
  gab::Local<Price> P;
  uintptr_t Before = 0;
  apart([&] {
    for (int I = 0; I < 1000; ++I) // some neighbours that die
      gab::make<Price>(double(I), I);
    P = gab::make<Price>(2.5, 8);
    // Enough to leave the run that P is in: it belongs to this thread.
    for (int I = 0; I < 200000; ++I)
      gab::make<Price>(double(I), I);
    Before = ~reinterpret_cast<uintptr_t>(P.get());
  });
  scrub();
  gab::compact();
  EXPECT_EQ(P->Value, 2.5);
  EXPECT_NE(~reinterpret_cast<uintptr_t>(P.get()), Before);
}

TEST(Api, RawPointerOnTheStackPins) {
  Price *Raw = gab::make<Price>(3.5, 9).get();
  for (int I = 0; I < 200000; ++I)
    gab::make<Price>(double(I), I);
  gab::compact();
  gab::compact();
  EXPECT_EQ(Raw->Value, 3.5);
  EXPECT_EQ(Raw->Time, 9);
  gab::keep_alive(Raw);
}

TEST(Api, PinKeepsTheAddress) {
  auto P = std::make_unique<gab::Pin<Price>>(gab::make<Price>(4.5, 10));
  Price *Before = P->get();
  auto Hidden = ~reinterpret_cast<uintptr_t>(Before);
  Before = nullptr;
  for (int I = 0; I < 200000; ++I)
    gab::make<Price>(double(I), I);
  gab::compact();
  EXPECT_EQ(~reinterpret_cast<uintptr_t>(P->get()), Hidden);
  EXPECT_EQ((*P)->Value, 4.5);
}

TEST(Api, RootsInMallocMemoryKeepAndFollow) {
  std::vector<gab::Root<Node>> Roots(100);
  for (int I = 0; I < 100; ++I) {
    Roots[I] = gab::make<Node>();
    Roots[I]->Number = I;
    Roots[I]->What = gab::make<Price>(double(I), I);
  }
  gab::compact();
  for (int I = 0; I < 100; ++I) {
    EXPECT_EQ(Roots[I]->Number, I);
    EXPECT_EQ(Roots[I]->What->Time, I);
  }
}

gab::Global<Node> TheGlobal;

TEST(Api, GlobalNeedsNoStartup) {
  TheGlobal = gab::make<Node>();
  TheGlobal->Number = 5;
  gab::compact();
  EXPECT_EQ(TheGlobal->Number, 5);
  TheGlobal = nullptr;
}

TEST(Api, WeakIsClearedWhenTheTargetDies) {
  gab::Weak<Node> Alive;
  std::vector<gab::Weak<Node>> Dead(100);
  gab::Root<Node> Keep = gab::make<Node>();
  Alive = gab::Ref<Node>(Keep);
  apart([&] {
    for (auto &W : Dead)
      W = gab::make<Node>();
  });
  scrub();
  gab::collect();
  int Cleared = 0; // a stale word on a stack may keep one
  for (auto &W : Dead)
    Cleared += !W.lock();
  EXPECT_GE(Cleared, 98);
  EXPECT_TRUE(Alive.lock() == Keep);
}

TEST(Api, WeakMemberIsClearedInsideObjects) {
  gab::Root<Watcher> W = gab::make<Watcher>();
  W->Strong = gab::make<Node>();
  std::vector<gab::Root<Watcher>> Many(50);
  apart([&] {
    for (auto &R : Many) {
      R = gab::make<Watcher>();
      R->Target = gab::make<Node>();
    }
    W->Target = gab::Ref<Node>(W->Strong);
  });
  scrub();
  gab::collect();
  int Cleared = 0;
  for (auto &R : Many)
    Cleared += !R->Target.lock();
  EXPECT_GE(Cleared, 48);
  EXPECT_TRUE(W->Target.lock() == gab::Ref<Node>(W->Strong));
}

TEST(Api, WeakGraphsDoNotKeepEachOther) {
  constexpr int N = 400;
  std::vector<gab::Weak<Watcher>> Ring(N);
  apart([&] {
    gab::Local<Watcher> First = gab::make<Watcher>(), Last = First;
    for (int I = 0; I < N; ++I) {
      gab::Local<Watcher> Next = gab::make<Watcher>();
      Ring[I] = Next;
      Next->Strong = gab::make<Node>();
      Next->Target = gab::Ref<Node>(Last->Strong);
      Last = Next;
    }
  });
  scrub();
  gab::collect();
  int Left = 0;
  for (auto &W : Ring)
    Left += bool(W.lock());
  EXPECT_LE(Left, 4);
}

/// Pairs K0->V0=K1, K1->V1=K2, ... held in an array; only K0 is held.
template <bool Forwards> void ephemeronChain() {
  constexpr int N = 2000;
  using Pairs = gab::Array<gab::Member<Pair>>;
  gab::Root<Pairs> All = gab::make_array<gab::Member<Pair>>(N);
  gab::Root<Node> FirstKey;
  apart([&] {
    FirstKey = gab::make<Node>();
    gab::Local<Node> Key = FirstKey.operator gab::Ref<Node>();
    for (int I = 0; I < N; ++I) {
      gab::Local<Node> Next = gab::make<Node>();
      Next->Number = I + 1;
      gab::Local<Pair> P = gab::make<Pair>();
      P->E.set(Key, Next);
      (*All)[Forwards ? I : N - 1 - I] = P;
      Key = Next;
    }
  });
  scrub();
  gab::collect();
  for (int I = 0; I < N; ++I) {
    Pair &P = *(*All)[Forwards ? I : N - 1 - I];
    ASSERT_TRUE(P.E.value()) << I;
    ASSERT_EQ(P.E.value()->Number, I + 1);
  }
  FirstKey = nullptr;
  scrub();
  gab::collect();
  int Left = 0;
  for (int I = 0; I < N; ++I)
    Left += bool((*All)[I]->E.value());
  EXPECT_EQ(Left, 0);
}
TEST(Api, EphemeronChainForwards) { ephemeronChain<true>(); }
TEST(Api, EphemeronChainBackwards) { ephemeronChain<false>(); }

TEST(Api, DestructorsRunOnceAndSeeTheirReferences) {
  Closed::Count = 0;
  apart([] {
    for (int I = 0; I < 50; ++I) {
      gab::Local<Closed> C = gab::make<Closed>();
      C->Held = gab::make<Node>();
      C->Held->Number = 77;
    }
  });
  scrub();
  gab::collect();
  EXPECT_GE(Closed::Count, 48);
  EXPECT_EQ(Closed::Seen, 77);
  gab::collect();
  gab_run_finalizers();
  EXPECT_LE(Closed::Count, 50);
}

TEST(Api, ADeepListNeedsNoDeepStack) {
  gab::Root<Node> Head;
  constexpr int64_t N = 500000;
  for (int64_t I = 0; I < N; ++I) {
    gab::Local<Node> New = gab::make<Node>();
    New->Number = I;
    New->Next = gab::Ref<Node>(Head);
    Head = New;
  }
  gab::compact();
  int64_t Expect = N;
  for (Node *P = Head.get(); P; P = P->Next.get())
    ASSERT_EQ(P->Number, --Expect);
  EXPECT_EQ(Expect, 0);
}

TEST(Api, HugeArraysOfReferences) {
  constexpr size_t N = 300000;
  gab::Root<gab::Array<gab::Member<Price>>> A =
      gab::make_array<gab::Member<Price>>(N);
  for (size_t I = 0; I < N; ++I)
    (*A)[I] = gab::make<Price>(double(I), int64_t(I));
  gab::collect();
  gab::compact();
  for (size_t I = 0; I < N; ++I)
    ASSERT_EQ((*A)[I]->Time, int64_t(I));
}

TEST(Api, ArraysOfEverySize) {
  std::vector<gab::Root<gab::Array<uint8_t>>> All;
  for (size_t N : {0, 1, 7, 8, 40, 111, 112, 113, 119, 120, 121, 200, 4000,
                   8160, 8168, 8169, 32760, 100000, 3000000}) {
    auto A = gab::make_array<uint8_t>(N);
    for (size_t I = 0; I < N; ++I)
      (*A)[I] = static_cast<uint8_t>(I * 7 + N);
    All.push_back(A);
  }
  gab::compact();
  for (auto &A : All)
    for (size_t I = 0; I < A->size(); ++I)
      ASSERT_EQ((*A)[I], static_cast<uint8_t>(I * 7 + A->size()));
}

TEST(Api, IdentityHashSurvivesMoving) {
  gab::Root<gab::Array<gab::Member<Price>>> A =
      gab::make_array<gab::Member<Price>>(1000);
  std::vector<uint64_t> Hashes;
  for (int I = 0; I < 1000; ++I) {
    (*A)[I] = gab::make<Price>(1.0, I);
    Hashes.push_back(gab::identity_hash(gab::Ref<Price>((*A)[I])));
  }
  gab::compact();
  gab::collect();
  for (int I = 0; I < 1000; ++I)
    ASSERT_EQ(gab::identity_hash(gab::Ref<Price>((*A)[I])), Hashes[I]);
}

TEST(Api, SparseSurvivorsLeaveLittleBehind) {
  if (!moves() || getenv("GAB_QUARANTINE"))
    GTEST_SKIP() << "needs a plan that moves";
  constexpr int N = 1000000;
  gab::Root<gab::Array<gab::Member<Price>>> Keep =
      gab::make_array<gab::Member<Price>>(N / 100);
  for (int I = 0; I < N; ++I) {
    gab::Ref<Price> P = gab::make<Price>(double(I), I);
    if (I % 100 == 0)
      (*Keep)[I / 100] = P;
  }
  gab::compact();
  EXPECT_LT(gab::stats().used_bytes, 3u << 20); // 240 KB live
  for (int I = 0; I < N / 100; ++I)
    ASSERT_EQ((*Keep)[I]->Time, I * 100);
}

TEST(Api, ConservativeMemoryKeepsWhatItHolds) {
  auto **Words = static_cast<void **>(gab_alloc_conservative(64));
  ASSERT_TRUE(Words);
  apart([&] {
    Node *N = gab::make<Node>().get();
    N->Number = 11;
    N->What = gab::make<Price>(0.5, 12);
    Words[3] = N;
  });
  gab::Pin<gab::Array<uint64_t>> P(gab::Ref<gab::Array<uint64_t>>(
      reinterpret_cast<gab::Array<uint64_t> *>(Words - 1)));
  scrub();
  gab::compact();
  EXPECT_EQ(static_cast<Node *>(Words[3])->Number, 11);
  EXPECT_EQ(static_cast<Node *>(Words[3])->What->Time, 12);
}

TEST(Api, LimitMakesAllocationFailAndCanBeRaised) {
  gab::collect();
  size_t Used = gab::stats().used_bytes;
  gab::set_limit(Used + (8u << 20));
  gab::Root<gab::Array<gab::Member<gab::Array<uint8_t>>>> A =
      gab::make_array<gab::Member<gab::Array<uint8_t>>>(64);
  int Made = 0;
  bool Failed = false;
  for (; Made < 64 && !Failed; ++Made) {
    try {
      (*A)[Made] = gab::make_array<uint8_t>(1 << 20);
    } catch (const std::bad_alloc &) {
      Failed = true;
    }
  }
  EXPECT_TRUE(Failed);
  EXPECT_GE(Made, 4);
  gab::set_limit(0);
  EXPECT_NO_THROW(gab::make_array<uint8_t>(1 << 20));
}

TEST(Api, MemoryComesBackAfterTheLastReference) {
  if (getenv("GAB_QUARANTINE"))
    GTEST_SKIP() << "freed memory is kept on purpose";
  apart([] {
    gab::Root<gab::Array<uint8_t>> Big = gab::make_array<uint8_t>(64 << 20);
    Big = nullptr;
  });
  scrub();
  gab::compact();
  // The allocation may be named once more by a stale word; not twice.
  gab::compact();
  EXPECT_LT(gab::stats().resident_bytes, 60u << 20);
}

TEST(Api, ACycleOfObjectsIsGarbage) {
  size_t Before = 0;
  for (int Round = 0; Round < 3; ++Round) {
    apart([] {
      for (int I = 0; I < 20000; ++I) {
        gab::Local<Node> A = gab::make<Node>(), B = gab::make<Node>();
        A->Next = B;
        B->Next = A;
      }
    });
    scrub();
    gab::collect();
    if (Round == 0)
      Before = gab::stats().live_bytes;
  }
  EXPECT_LT(gab::stats().live_bytes, Before + (1u << 20));
}

} // namespace
