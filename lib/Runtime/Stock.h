// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a thread takes out of what all threads share. See Stock.cpp.
#ifndef GAB_RUNTIME_STOCK_H
#define GAB_RUNTIME_STOCK_H

#include "Assist.h"
#include "Thread.h"

namespace gab::rt {

/// Takes one block for a run of T; 0 when memory or the limit is used up.
uint32_t takeStocked(Thread &T, bool *Clean);
/// Gives back what T has in stock. World stopped, or T is the caller or gone.
void returnStock(Thread &T);

/// A run of so many bytes was handed out to T.
inline void spend(Thread &T, size_t Bytes) {
  T.Allowance -= static_cast<int64_t>(Bytes);
  T.Spent += Bytes;
  oweFor(T, Bytes);
}
/// A large object: others should hear of it at once.
void spendLarge(Thread &T, size_t Bytes);
/// Whether it is time for a cycle.
bool isBudgetUsed(Thread &T);
/// Adds to the statistics what is not in them yet. T is the caller, inside the
/// runtime; else as below.
void countSpent(Thread &T);
/// All that T has spent since the last cycle is added up. World stopped, or T
/// is the caller or gone.
void settleBudget(Thread &T);

} // namespace gab::rt
#endif
