// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Standard containers and coroutines in the collected heap.
#include "Nasty.h"
#include "gab/allocator.hpp"
#include "gab/task.hpp"
#include <gtest/gtest.h>
#include <list>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace {

using namespace nasty;

void churnAndCompact() {
  for (int I = 0; I < 3000; ++I)
    numbered(I);
  gab::compact();
}

template <class T> using Vector = std::vector<T, gab::allocator<T>>;

TEST(Allocator, StandardContainersKeepTheirElements) {
  struct Owner { // in malloc memory, where nobody looks
    Vector<int> Numbers;
    Vector<Price> Prices;
    std::list<int, gab::allocator<int>> List;
    std::map<int, double, std::less<int>,
             gab::allocator<std::pair<const int, double>>>
        Map;
  };
  auto O = std::make_unique<Owner>();
  for (int I = 0; I < 5000; ++I) {
    O->Numbers.push_back(I);
    O->Prices.push_back({double(I), I});
    O->List.push_back(I);
    O->Map[I % 700] = I;
    if (I % 1000 == 0)
      churnAndCompact();
  }
  churnAndCompact();
  ASSERT_TRUE(gab_is_heap_address(&O->List.back()));
  ASSERT_TRUE(gab_is_heap_address(O->Numbers.data()));
  int I = 0;
  for (int Value : O->List)
    ASSERT_EQ(Value, I++);
  for (I = 0; I < 5000; ++I) {
    ASSERT_EQ(O->Numbers[I], I);
    ASSERT_EQ(O->Prices[I].Time, I);
  }
  for (I = 0; I < 700; ++I)
    ASSERT_EQ(O->Map[I], (4999 - I) / 700 * 700 + I);
}

TEST(Allocator, MemoryIsAlignedAndOfAnySize) {
  struct alignas(16) Wide {
    int64_t A, B;
  };
  for (size_t N : {1u, 2u, 5u, 100u, 3000u}) {
    gab::allocator<Wide, int> A;
    Wide *W = A.allocate(N);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(W) % 16, 0u);
    for (size_t I = 0; I < N; ++I)
      W[I] = {int64_t(I), -int64_t(I)};
    churnAndCompact();
    EXPECT_EQ(W[N - 1].B, -int64_t(N - 1));
    A.deallocate(W, N);
  }
  EXPECT_TRUE(gab_verify());
}

TEST(Allocator, WhatWasDeallocatedComesFree) {
  gab::collect();
  uint64_t Before = gab::stats().used_bytes;
  for (int I = 0; I < 64; ++I) {
    Vector<char> Large(1 << 20);
    ASSERT_GE(gab::stats().used_bytes, 1u << 20);
  }
  gab::collect();
  // Stale words on this stack may keep a few.
  EXPECT_LT(gab::stats().used_bytes, Before + (16u << 20));
}

// ---------------------------------------------------------------------------

gab::task<int64_t> sumOf(gab::Ref<Node> N, int64_t Depth) {
  // N and Price lie in the frame across the suspension, and nowhere else.
  gab::Ref<Price> Mine = gab::make<Price>(1.0, Depth);
  if (Depth % 64 == 0)
    churnAndCompact();
  int64_t Rest = 0;
  if (Depth)
    Rest = co_await sumOf(numbered(Depth - 1), Depth - 1);
  EXPECT_TRUE(right(N.get(), Depth));
  EXPECT_EQ(Mine->Time, Depth);
  co_return Rest + N->Number;
}

TEST(Task, ReferencesAcrossAwaitsKeepTheirObjects) {
  EXPECT_EQ(sumOf(numbered(1000), 1000).run(), 1000 * 1001 / 2);
  EXPECT_TRUE(gab_verify());
}

gab::task<gab::Ref<Node>> stepwise(int64_t I) {
  gab::Ref<Node> N = numbered(I);
  co_await std::suspend_always();
  co_await std::suspend_always();
  co_return N;
}

TEST(Task, ASuspendedCoroutineIsHeldByItsOwner) {
  std::vector<gab::task<gab::Ref<Node>>> All; // in malloc memory
  for (int64_t I = 0; I < 200; ++I) {
    All.push_back(stepwise(I));
    All.back().resume();
  }
  scrub();
  churnAndCompact();
  for (auto &T : All)
    T.resume();
  scrub();
  churnAndCompact();
  for (int64_t I = 0; I < 200; ++I)
    ASSERT_TRUE(right(All[I].run().get(), I));
}

gab::task<> watched(gab::Weak<Node> &W) {
  gab::Ref<Node> N = numbered(5);
  W = N;
  co_await std::suspend_always();
  EXPECT_TRUE(right(N.get(), 5));
}

TEST(Task, ADestroyedFrameKeepsNothing) {
  std::vector<gab::Weak<Node>> Gone(50);
  apart([&] {
    std::vector<gab::task<>> All;
    for (auto &W : Gone) {
      All.push_back(watched(W));
      All.back().resume();
    }
    gab::collect();
    for (auto &W : Gone)
      EXPECT_TRUE(bool(W.lock()));
  });
  scrub();
  gab::collect(); // the frames are dead now, but were scanned
  gab::collect();
  size_t Left = 0;
  for (auto &W : Gone)
    Left += bool(W.lock());
  EXPECT_LE(Left, 10u); // stale words on this stack
}

gab::task<int> failing() {
  co_await std::suspend_always();
  throw 7;
}
gab::task<int> catching() {
  try {
    co_return co_await failing();
  } catch (int I) {
    co_return I + 1;
  }
}

TEST(Task, ExceptionsReachTheAwaiter) {
  gab::task<int> T = failing();
  EXPECT_THROW(T.run(), int);
  EXPECT_EQ(catching().run(), 8);
}

gab::task<int> outer(int Depth) {
  if (!Depth) {
    co_await std::suspend_always();
    co_return 1;
  }
  int Below = co_await outer(Depth - 1);
  co_await std::suspend_always();
  co_return Below + 1;
}

TEST(Task, AStepGoesOnWhereTheChainIsSuspended) {
  gab::task<int> T = outer(20);
  for (int Step = 0; Step < 21; ++Step) {
    ASSERT_FALSE(T.done());
    T.resume();
  }
  T.resume();
  ASSERT_TRUE(T.done());
  EXPECT_EQ(T.run(), 21);
  auto Begun = outer(5); // suspended three levels down, and then awaited
  for (int Step = 0; Step < 3; ++Step)
    Begun.resume();
  auto Awaits = [](gab::task<int> Inner) -> gab::task<int> {
    co_return co_await Inner;
  };
  EXPECT_EQ(Awaits(std::move(Begun)).run(), 6);
}

} // namespace
