// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Marking by threads that allocate (Assist.cpp). With GAB_STRESS=lazy the
/// collector's thread leaves marking to them, so that it is certain who did it.
#include "Heap.h"
#include "gab/gab.hpp"
#include <algorithm>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace {

struct Price {
  double Value;
  int64_t Time;
};
struct Node {
  gab::Member<Node> Left, Right;
  gab::Member<Price> What;
  uint64_t Number = 0;
  GAB_TRACE(Node, Left, Right, What)
};

gab::Ref<Node> build(int Depth, uint64_t &Number) {
  gab::Ref<Node> N = gab::make<Node>();
  N->Number = Number++;
  N->What = gab::make<Price>(double(N->Number), 7);
  if (Depth) {
    N->Left = build(Depth - 1, Number);
    N->Right = build(Depth - 1, Number);
  }
  return N;
}

void check(Node *N, uint64_t &Number) {
  ASSERT_EQ(N->Number, Number);
  ASSERT_EQ(N->What->Value, double(Number));
  ++Number;
  if (N->Left)
    check(N->Left.get(), Number);
  if (N->Right)
    check(N->Right.get(), Number);
}

class Assist : public testing::Test {
protected:
  gab::Root<Node> Tree;
  /// The most that was allocated beyond a cycle's budget, in bytes.
  int64_t Beyond = 0;

  void SetUp() override {
    uint64_t Number = 0;
    Tree = build(15, Number);
    gab::collect();
  }
  void TearDown() override {
    uint64_t Number = 0;
    check(Tree.get(), Number);
  }
  /// Allocates as fast as it can until so many cycles are over.
  void churn(uint64_t Cycles) {
    uint64_t Until = gab::stats().cycles + Cycles;
    while (gab::stats().cycles < Until)
      for (int I = 0; I < 1000; ++I) {
        gab::make<Price>(1.0, I);
        Beyond = std::max(Beyond, -gab::rt::H.BudgetLeft.load());
      }
  }
};

TEST_F(Assist, WhoAllocatesMarksWhatTheCollectorDoesNot) {
  const gab::rt::Counters &Count = gab::rt::H.Count;
  uint64_t Assists = Count.Assists, Helped = Count.MarkedByHelpers;
  // Where cores are rare a cycle may begin too late for anybody to help it.
  int Rounds = gab::rt::H.C.StressLazy ? 100 : 2;
  for (int Round = 0; Round < Rounds; ++Round) {
    churn(4);
    if (Count.MarkedByHelpers > Helped + 65000)
      break;
  }
  EXPECT_GT(gab::stats().marked_objects, 65000u);
  EXPECT_EQ(gab::stats().assists, Count.Assists);
  if (gab::rt::H.C.StressLazy) {
    EXPECT_GT(Count.Assists, Assists + 5);
    EXPECT_GT(Count.MarkedByHelpers, Helped + 65000);
  }
}

// A thread looks at the budget before it takes a run, and waits if there is
// nothing left to mark.
TEST_F(Assist, ABudgetIsNotOvershotByMoreThanARun) {
  churn(10);
  EXPECT_LE(Beyond, int64_t(gab::rt::BlockSize));
}

// A3: between two cycles no more than twice the budget, and runs. When exactly
// a cycle was over is not known here, so several are taken together.
TEST_F(Assist, BetweenTwoCyclesAtMostTwiceTheBudget) {
  constexpr size_t Young = size_t(2) << 20;
  auto BudgetFor = [&](const gab_stats &S) {
    return std::max(Young, size_t(S.live_bytes) / 100 * 50);
  };
  gab::collect(); // no cycle is under way now
  EXPECT_TRUE(gab::set("GAB_YOUNG", "2M"));
  EXPECT_TRUE(gab::set("GAB_GROWTH", "50"));
  churn(2);
  gab_stats Last = gab::stats();
  size_t Start = Last.allocated_bytes, Budget = BudgetFor(Last);
  size_t Bound = 2 * Budget;
  for (uint64_t Until = Last.cycles + 20; Last.cycles < Until;) {
    for (int I = 0; I < 1000; ++I)
      gab::make<Price>(1.0, I);
    gab_stats Now = gab::stats();
    size_t Largest = std::max(Budget, BudgetFor(Now));
    uint64_t Cycles = Now.cycles - Last.cycles;
    Bound += Cycles * (2 * Largest + 2 * gab::rt::BlockSize);
    ASSERT_LE(Now.allocated_bytes - Start, Bound + 2 * Largest);
    Budget = BudgetFor(Now);
    Last = Now;
  }
  gab::collect();
  EXPECT_TRUE(gab::set("GAB_YOUNG", "0"));
  EXPECT_TRUE(gab::set("GAB_GROWTH", "100"));
}

TEST_F(Assist, SeveralThreadsMarkAtOnce) {
  std::vector<std::thread> Threads;
  for (int T = 0; T < 4; ++T)
    Threads.emplace_back([] {
      gab::ThreadScope Scope;
      for (int Round = 0; Round < 4; ++Round) {
        uint64_t Number = 0;
        gab::Local<Node> Mine = build(12, Number);
        for (int I = 0; I < 100000; ++I)
          gab::make<Price>(1.0, I);
        Number = 0;
        check(Mine.get(), Number);
      }
    });
  gab::BlockedScope Waiting;
  for (std::thread &T : Threads)
    T.join();
}

// Pieces of one array are work for many.
TEST_F(Assist, LongArraysAreMarkedInPieces) {
  constexpr size_t Length = 300000;
  gab::Root<gab::Array<gab::Member<Node>>> All =
      gab::make_array<gab::Member<Node>>(Length);
  for (size_t I = 0; I < Length; I += 3) {
    gab::Ref<Node> N = gab::make<Node>();
    N->Number = I;
    (*All)[I] = N;
  }
  churn(3);
  for (size_t I = 0; I < Length; I += 3)
    ASSERT_EQ((*All)[I]->Number, I);
}

} // namespace
