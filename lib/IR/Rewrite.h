// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The rewrite of proved promotions. It decides nothing.
#ifndef STACKWARD_LIB_IR_REWRITE_H
#define STACKWARD_LIB_IR_REWRITE_H

#include "stackward/IR/Allocations.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/IRBuilder.h"
#include <optional>

namespace stackward::ir {

/// The slot is tested for at run time (GuardedSlot.h).
struct Guard {
  uint64_t Bytes = 0;
  bool SeveralAlive = false;
};

struct Promotion {
  Allocation What;
  std::optional<Guard> Guarded;
  /// Every deallocation that may free it.
  llvm::SmallVector<llvm::CallBase *, 4> Releases;
  /// They free nothing else (but null) than what ReleasedWith allocate.
  bool ReleasedAlone = false;
  llvm::SmallVector<llvm::CallBase *, 2> ReleasedWith;
  /// Calls whose callees must be exchanged for private copies first.
  llvm::SmallVector<std::pair<llvm::CallBase *, llvm::Function *>, 2> Pinned;

  uint64_t slotBytes() const {
    return Guarded ? Guarded->Bytes : std::max<uint64_t>(*What.Size, 1);
  }
};

/// Moves the objects of \p List into entry-block slots of \p F, all of whose
/// deallocations they name, and adapts everything that knew of the heap.
void promote(llvm::Function &F, llvm::ArrayRef<Promotion> List,
             const llvm::TargetLibraryInfo &TLI);

/// Deletes a call; an invoke goes on at its normal destination.
void removeCall(llvm::CallBase &CB);

/// The pointer to an object that begins in \p Slot here: what was known of the
/// class of the object before it does not hold for this one.
llvm::Value *asNewObject(llvm::IRBuilderBase &B, llvm::Value *Slot);
/// It takes a call of an intrinsic to make one.
bool launders(const llvm::Module &M);

/// Control may come from \p BB back to it.
bool isInCycle(llvm::BasicBlock &BB);

/// Calls in \p F may no longer assume that they do not see its frame.
void clearTailMarks(llvm::Function &F);

} // namespace stackward::ir

#endif
