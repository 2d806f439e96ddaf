// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where several threads allocate, each word that all of them write costs the
/// time in which tens of objects are made: its cache line has to come from
/// another core. So a thread takes several blocks at once, and of the budget
/// as much as they need, and refills its runs from those. What it has taken
/// and not used goes back at the next cycle.
///
///  K1  A block in stock is taken (not in FreeMap, counted as used) and of Kind
///      Free: nobody who walks the block table looks into it.
///  K2  Only its thread touches a stock, inside the runtime; or whoever has
///      stopped the world.
///
/// Precision given up: a cycle may come before the whole budget is used, by
/// what the other threads still have of it.
#include "Stock.h"
#include "Sanitizer.h"

namespace gab::rt {

static void fillStock(Thread &T) {
  // Blocks that the budget does not allow are not going to be used.
  int64_t Blocks = T.Allowance / int64_t(BlockSize);
  uint32_t Most = Blocks < 1           ? 1u
                  : Blocks < StockSize ? uint32_t(Blocks)
                                       : StockSize;
  uint32_t N = takeSingleBlocks(T.Stock, Most);
  // The lowest comes first, and is taken from the end.
  for (uint32_t I = 0; I < N / 2; ++I) {
    uint32_t Swap = T.Stock[I];
    T.Stock[I] = T.Stock[N - 1 - I];
    T.Stock[N - 1 - I] = Swap;
  }
  T.StockCount = N;
}

uint32_t takeStocked(Thread &T, bool *Clean) {
  if (!T.StockCount)
    fillStock(T);
  if (!T.StockCount)
    return 0;
  uint32_t Entry = T.Stock[--T.StockCount];
  uint32_t Block = Entry & ~CleanBlock;
  *Clean = Entry & CleanBlock;
  memoryTaken(H.addressOf(Block), BlockSize, *Clean);
  // A block is written to from one end to the other soon, and to have its pages
  // at once costs a third of a fault for each.
  if (*Clean)
    os::populate(reinterpret_cast<void *>(H.addressOf(Block)), BlockSize);
  return Block;
}

void returnStock(Thread &T) {
  if (T.StockCount)
    giveUntouched(T.Stock, T.StockCount);
  T.StockCount = 0;
}

void countSpent(Thread &T) {
  H.Count.AllocatedBytes.fetch_add(T.Spent - T.Counted,
                                   std::memory_order_relaxed);
  T.Counted = T.Spent;
}

void spendLarge(Thread &T, size_t Bytes) {
  T.Spent += Bytes;
  oweFor(T, Bytes);
  H.BudgetLeft.fetch_sub(static_cast<int64_t>(Bytes),
                         std::memory_order_relaxed);
  countSpent(T);
}

bool isBudgetUsed(Thread &T) {
  if (T.Allowance > 0)
    return false;
  if (H.BudgetLeft.load(std::memory_order_relaxed) <= 0)
    return true;
  // Of what the last run took beyond the portion too.
  int64_t Portion = __atomic_load_n(&H.Portion, __ATOMIC_RELAXED);
  int64_t Before =
      H.BudgetLeft.fetch_sub(Portion - T.Allowance, std::memory_order_relaxed);
  T.Allowance = Before < Portion ? Before : Portion;
  // What it does not get is not used: BudgetLeft falls below zero only by what
  // runs have taken.
  if (T.Allowance < Portion)
    H.BudgetLeft.fetch_add(Portion - (T.Allowance > 0 ? T.Allowance : 0),
                           std::memory_order_relaxed);
  countSpent(T);
  return T.Allowance <= 0;
}

void settleBudget(Thread &T) {
  countSpent(T);
  T.Spent = T.Counted = 0;
  T.Allowance = 0;
}

} // namespace gab::rt
