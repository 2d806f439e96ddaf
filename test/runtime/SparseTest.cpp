// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What one in twenty objects in each block keep is given back by the cycles of
/// gab-conc, without compact() and while the program goes on.
#include "gab/gab.hpp"
#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <set>

namespace {

struct Quote {
  uint64_t Id, Check, First, Second;
};
using Quotes = gab::Array<gab::Member<Quote>>;

constexpr size_t Count = 400000;

class Sparse : public testing::Test {
protected:
  gab::Root<Quotes> All;
  std::mt19937_64 Random{7};

  void SetUp() override {
    All = gab::make_array<gab::Member<Quote>>(Count);
    for (size_t I = 0; I < Count; ++I)
      (*All)[I] = gab::make<Quote>(Quote{I, ~I, 0, 0});
    for (size_t I = 0; I < Count; ++I)
      if (Random() % 20)
        (*All)[I] = nullptr;
    char Many[20000]; // no stale words
    memset(Many, 0, sizeof(Many));
    gab::keep_alive(Many);
  }
  /// Blocks of 32 KB that some of them lie in.
  size_t blocksOfQuotes() {
    std::set<uintptr_t> Blocks;
    for (size_t I = 0; I < Count; ++I)
      if (Quote *Q = (*All)[I].get())
        Blocks.insert(reinterpret_cast<uintptr_t>(Q) >> 15);
    return Blocks.size();
  }
  /// Allocates, and hands some objects on, until so many cycles are over.
  void goOn(uint64_t Cycles) {
    for (uint64_t Until = gab::stats().cycles + Cycles;
         gab::stats().cycles < Until;) {
      size_t From = Random() % Count, To = Random() % Count;
      if (!(*All)[To])
        std::swap((*All)[From], (*All)[To]);
      for (int I = 0; I < 1000; ++I)
        gab::make<Quote>();
    }
  }
};

TEST_F(Sparse, MemoryComesBackWithoutACompaction) {
  size_t Before = blocksOfQuotes();
  EXPECT_GT(Before, 350u); // all of them, but for what was never dense
  // Twenty blocks would do. How much one pause has time for depends on the
  // machine, and on what the log of stores takes of it.
  for (int Round = 0; Round < 50 && blocksOfQuotes() >= 80; ++Round)
    goOn(20);
  EXPECT_LT(blocksOfQuotes(), 80u);
  uint64_t Seen = 0;
  for (size_t I = 0; I < Count; ++I)
    if (Quote *Q = (*All)[I].get()) {
      ASSERT_EQ(Q->Check, ~Q->Id);
      ++Seen;
    }
  EXPECT_GT(Seen, Count / 25);
}

} // namespace
