// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The loop rule's facts: can a site run again while an object of an earlier
/// run is still in use? One stack slot is enough only if not.
///
///   while (c) { p = new T; use(p, q); q = p; }   // q is live at `new`: no
///   while (c) { p = new T; use(p); delete p; }   // freed before it repeats
///
/// I1  Everything here errs towards "still in use".
#ifndef STACKWARD_LIB_IR_LIFERANGE_H
#define STACKWARD_LIB_IR_LIFERANGE_H

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/InstrTypes.h"

namespace stackward::ir {

class LifeRange {
public:
  LifeRange(llvm::Function &F, const llvm::TargetLibraryInfo &TLI)
      : F(F), TLI(TLI) {}

  /// \p Site can run twice in one activation with no deallocation of its own
  /// object in between. Looks at deallocations of the very SSA value.
  bool mayRepeatAlive(llvm::CallBase &Site) const;
  /// SSA values that were computed before \p Site runs and are used after it.
  llvm::SmallVector<llvm::Value *, 8> liveAt(llvm::CallBase &Site) const;
  /// Memory objects (allocas, or other sites) that may hold, when \p Site
  /// runs, something written before.
  bool mayHoldOld(llvm::Instruction &Object, llvm::CallBase &Site) const;

private:
  bool isLiveAt(llvm::Value &V, llvm::Instruction &At) const;
  bool mayWrite(const llvm::Instruction &I, const llvm::Instruction &Object,
                bool OnlyDirect) const;
  llvm::Function &F;
  const llvm::TargetLibraryInfo &TLI;
};

} // namespace stackward::ir

#endif
