// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Guarded slots: a buffer in the frame for a site whose size is decided at
/// run time, or of which several objects can be alive.
///
///   %used = alloca i1                     false at function entry
///   %slot = alloca [N x i8]
///   p = n <= N && !%used ? (%used = true, %slot) : malloc(n)
///   ...
///   %used = %used && q != %slot           for each deallocation of q that
///   if (q != %slot) free(q)               may free p
///
/// I1  At most one living object is in the slot: it is taken only when the
///     flag is clear, and the flag is cleared only by the deallocation of the
///     object that is there. The flag is left out where the loop rule holds.
/// I2  The flag and the slot belong to one activation, so recursion and
///     unwinding need no care; an object that is leaked keeps the slot.
/// I3  A size that overflowed is larger than any slot, and goes to the
///     allocator, which knows what to do.
/// I4  The allocation that is kept is marked, so that no later run of the
///     pass guards it again.
#ifndef STACKWARD_LIB_IR_GUARDEDSLOT_H
#define STACKWARD_LIB_IR_GUARDEDSLOT_H

#include "Rewrite.h"
#include "llvm/IR/Instructions.h"

namespace stackward::ir {

/// The allocation is the heap half of a guarded slot.
bool isGuarded(const llvm::CallBase &CB);

struct GuardedSlot {
  llvm::AllocaInst *Slot = nullptr;
  /// Null where at most one object is alive.
  llvm::AllocaInst *Used = nullptr;
};

/// Puts the test before \p A and merges its result with the slot of
/// \p G.Bytes.
GuardedSlot guardSite(llvm::Function &F, const Allocation &A, const Guard &G);

/// Clears the flags of the slots among which \p Freed may be. Before \p At.
void clearFlags(llvm::Instruction &At, llvm::Value &Freed,
                llvm::ArrayRef<GuardedSlot> Slots);

} // namespace stackward::ir

#endif
