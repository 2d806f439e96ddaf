// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a hostile reader would try with threads and scopes.
#include "Nasty.h"
#include <atomic>
#include <deque>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

namespace {

using namespace nasty;

TEST(NastyThread, ScopesInsideScopes) {
  gab::Local<Node> Mine = numbered(3);
  {
    gab::ThreadScope Again; // leaving it must not forget this thread
    gab::ThreadScope AndAgain;
  }
  std::thread([] {
    gab::Local<Node> Other = numbered(4);
    for (int I = 0; I < 20; ++I) {
      gab::compact();
      for (int K = 0; K < 2000; ++K)
        numbered(K);
    }
    EXPECT_TRUE(right(Other.get(), 4));
  }).join(); // stopped by the signal: no BlockedScope here
  EXPECT_TRUE(right(Mine.get(), 3));
  gab::BlockedScope A;
  {
    gab::BlockedScope B;
    gab::BlockedScope C;
  }
  gab_leave_blocked();
  gab::compact();
  EXPECT_TRUE(right(Mine.get(), 3));
  gab_enter_blocked();
}

// A root may be made, copied and dropped while the thread counts as stopped
// and another one collects.
TEST(NastyThread, RootsComeAndGoInsideABlockedScope) {
  std::atomic<bool> Stop{false};
  gab::Root<Node> Keep = numbered(8);
  std::thread Collecting([&] {
    while (!Stop) {
      gab::compact();
      for (int K = 0; K < 500; ++K)
        numbered(K);
    }
  });
  gab::Local<Node> Frame = numbered(9);
  {
    gab::BlockedScope S;
    for (int Round = 0; Round < 2000; ++Round) {
      std::vector<gab::Root<Node>> Many(20);
      gab::Root<Node> Null;
      for (auto &R : Many)
        R = Null;
      gab::Weak<Node> W;
      W = nullptr;
    }
    Stop = true;
    Collecting.join();
  }
  EXPECT_TRUE(right(Keep.get(), 8));
  EXPECT_TRUE(right(Frame.get(), 9));
}

// Whoever copies a handle there has the object's address for a moment where
// nobody looks for it, and the other thread moves everything all the time. No
// handle lies on the stack, where it would keep the object in its place.
TEST(NastyThread, CopiesInsideABlockedScopeFollowTheirObject) {
  std::atomic<bool> Stop{false};
  std::atomic<int> Cycles{0};
  auto Keep = std::make_unique<gab::Root<Node>>();
  auto Weakly = std::make_unique<gab::Weak<Node>>();
  apart([&] {
    *Keep = numbered(8);
    *Weakly = gab::Ref<Node>(*Keep);
    for (int K = 0; K < 5000;
         ++K) // nothing leaves a block that is allocated in
      numbered(K);
  });
  scrub();
  std::thread Collecting([&] {
    for (; !Stop; ++Cycles) {
      gab::compact();
      for (int K = 0; K < 500; ++K)
        numbered(K);
    }
  });
  std::deque<gab::Root<Node>> Copies;
  std::deque<gab::Weak<Node>> WeakCopies;
  std::vector<gab::Root<Node>> Again(3);
  {
    gab::BlockedScope S;
    for (int Round = 0; Round < 40; ++Round) {
      for (int Before = Cycles; Cycles == Before;)
        std::this_thread::yield();
      Copies.emplace_back(*Keep);
      WeakCopies.emplace_back(*Weakly);
      for (auto &R : Again)
        R = Round % 2 ? *Keep : Copies.back();
    }
    Stop = true;
    Collecting.join();
  }
  for (auto &R : Copies)
    ASSERT_EQ(R.get(), Keep->get());
  for (auto &W : WeakCopies)
    ASSERT_EQ(W.lock().get(), Keep->get());
  for (auto &R : Again)
    ASSERT_EQ(R.get(), Keep->get());
  ASSERT_TRUE(right(Keep->get(), 8));
}

// The same for two handles that change places there, by std::swap and by hand.
// The frame has a Local of each object, which stays what it was and follows
// too.
TEST(NastyThread, HandlesSwappedInsideABlockedScopeFollowTheirObjects) {
  struct Handles {
    gab::Root<Node> First, Second, Third;
    gab::Weak<Node> Faint[2];
  };
  std::atomic<bool> Stop{false};
  std::atomic<int> Cycles{0};
  int Rounds = 0;
  auto Two = std::make_unique<Handles>();
  gab::Local<Node> One, Other;
  apart([&] {
    One = numbered(1);
    Other = numbered(2);
    Two->First = gab::Ref<Node>(One);
    Two->Second = gab::Ref<Node>(Other);
    Two->Faint[0] = gab::Ref<Node>(One);
    Two->Faint[1] = gab::Ref<Node>(Other);
    for (int K = 0; K < 5000; ++K) // so that their blocks are left
      numbered(K);
  });
  scrub();
  std::thread Collecting([&] {
    for (; !Stop; ++Cycles) {
      gab::compact();
      for (int K = 0; K < 500; ++K)
        numbered(K);
    }
  });
  {
    gab::BlockedScope S;
    // In a frame below the scope, so that not even what std::swap makes keeps
    // anything in its place. By hand nothing but the stores has to do with the
    // runtime: a move may come between any two instructions.
    apart([&] {
      for (; Cycles < 200; ++Rounds) {
        std::swap(Two->First, Two->Second);
        std::swap(Two->Faint[0], Two->Faint[1]);
        for (int I = 0; I < 20001; ++I) {
          Two->Third = std::move(Two->First);
          Two->First = std::move(Two->Second);
          Two->Second = std::move(Two->Third);
        }
      }
    });
    Stop = true;
    Collecting.join();
  }
  // The strong ones have changed places 20,002 times a round, the weak ones
  // once.
  if (Rounds % 2)
    std::swap(Two->Faint[0], Two->Faint[1]);
  EXPECT_TRUE(right(One.get(), 1));
  EXPECT_TRUE(right(Other.get(), 2));
  EXPECT_EQ(Two->First.get(), One.get());
  EXPECT_EQ(Two->Second.get(), Other.get());
  EXPECT_EQ(Two->Faint[0].lock().get(), One.get());
  EXPECT_EQ(Two->Faint[1].lock().get(), Other.get());
}

// What the registers of a thread held when the signal stopped it must not be
// kept by later stops, which happen at calls and store fewer registers.
TEST(NastyThread, AnEarlierStopKeepsNothing) {
  std::vector<gab::Weak<Node>> Gone(300);
  std::atomic<int> Made{0};
  std::atomic<bool> Stopped{false}, Dropped{false}, Done{false};
  std::thread T([&] {
    apart([&] {
      gab::Local<gab::Array<gab::Member<Node>>> All =
          gab::make_array<gab::Member<Node>>(Gone.size());
      for (size_t I = 0; I < Gone.size(); ++I) {
        (*All)[I] = numbered(int64_t(I));
        Gone[I] = gab::Ref<Node>((*All)[I]);
      }
      Made = 1;
      int64_t Sum = 0; // addresses of nodes in registers, and no poll
      while (!Stopped)
        for (auto &Slot : *All)
          Sum += Slot->Number;
      gab::keep_alive(Sum);
    });
    scrub();
    // Stopped at a call from here on: a signal would bring all registers, and
    // the vectors in its frame, and on a busy machine it always comes first.
    gab::BlockedScope S;
    Dropped = true;
    while (!Done)
      std::this_thread::yield();
  });
  while (!Made)
    gab_safepoint();
  for (int I = 0; I < 5; ++I)
    gab::collect();
  Stopped = true;
  while (!Dropped)
    gab_safepoint();
  gab::collect();
  size_t Left = 0;
  for (auto &W : Gone)
    Left += bool(W.lock());
  Done = true;
  gab::BlockedScope S;
  T.join();
  EXPECT_LE(Left, 2u);
}

// Threads that die with runs, roots, pins and weak references.
TEST(NastyThread, ThreadsDieHoldingEverything) {
  gab::Root<Node> Left;
  std::vector<std::unique_ptr<gab::Root<Node>>> Kept(40);
  for (int I = 0; I < 40; ++I) {
    std::thread T([&, I] {
      static thread_local gab::Root<Node> Mine;
      static thread_local gab::Weak<Node> Weak;
      static thread_local gab::Pin<Price> Pin;
      Mine = numbered(I);
      Weak = gab::Ref<Node>(Mine);
      Pin = gab::make<Price>(1.0, I);
      Kept[I] = std::make_unique<gab::Root<Node>>(numbered(I));
      if (I % 2)
        Left = numbered(I);
      if (I % 5 == 0)
        pthread_exit(nullptr);
    });
    gab::BlockedScope S;
    T.join();
  }
  gab::compact();
  for (int I = 0; I < 40; ++I)
    ASSERT_TRUE(right(Kept[I]->get(), I));
  ASSERT_TRUE(right(Left.get(), 39));
  EXPECT_LE(gab::stats().threads, 2u);
}

} // namespace
