// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The loop rule's facts: can a site run again while an object of an earlier
/// run is still in use? One stack slot is enough only if not.
///
///   while (c) { p = new T; use(p, q); q = p; }   // q is live at `new`: no
///   while (c) { p = new T; use(p); delete p; }   // freed before it repeats
///
/// I1  Everything here errs towards "still in use".
/// I2  One instance answers for a function that does not change meanwhile.
///
/// Cost: what memory holds is found once for each object, over blocks (the
/// instructions of a block are looked at only where the object is named), and
/// where a value is live once for each value; each site only asks. Functions
/// with hundreds of sites, objects and loops took minutes when each pair of
/// site and object was a walk of its own. Before that each pair looks back from
/// the site as far as the next call: that answers nearly all.
#ifndef STACKWARD_LIB_IR_LIFERANGE_H
#define STACKWARD_LIB_IR_LIFERANGE_H

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InstrTypes.h"

namespace stackward::ir {

class LifeRange {
public:
  LifeRange(llvm::Function &F, const llvm::TargetLibraryInfo &TLI);

  /// \p Site can run twice in one activation with no deallocation of its own
  /// object in between. Looks at deallocations of the very SSA value.
  bool mayRepeatAlive(llvm::CallBase &Site) const;
  /// \p V, an argument or the result of another instruction, was computed
  /// before \p At runs and is used after it.
  bool isLiveAt(llvm::Value &V, llvm::Instruction &At);
  /// \p Object (an alloca, or another site) may hold, when \p Site runs,
  /// something written before.
  bool mayHoldOld(llvm::Instruction &Object, llvm::CallBase &Site);

private:
  /// What one object's memory holds, block by block.
  struct Contents {
    bool OnlyDirect = false; ///< see onlyDirectUses()
    bool Renewed = false;    ///< each run of the object's site gives a new one
    llvm::SmallPtrSet<const llvm::BasicBlock *, 4> Named;
    llvm::BitVector Dirty; ///< by block: entered with something written
  };
  const llvm::BitVector &liveOut(llvm::Value &V);
  void findWriters();
  bool isOnlyDirect(llvm::Instruction &Object);
  bool isWrittenUnnamed(llvm::Instruction &Object, llvm::CallBase &Site);
  const Contents &contents(llvm::Instruction &Object);
  bool holdsOldAt(llvm::Instruction &Object, const Contents &C, bool Old,
                  const llvm::BasicBlock &BB,
                  const llvm::Instruction *End) const;

  llvm::Function &F;
  const llvm::TargetLibraryInfo &TLI;
  llvm::DominatorTree Dominators;
  /// What may write to an object that the instruction does not name.
  llvm::DenseSet<const llvm::Instruction *> Writers;
  llvm::DenseMap<const llvm::BasicBlock *, const llvm::Instruction *>
      FirstWriter;
  /// Blocks with a store to the object, or where its lifetime begins or ends.
  llvm::DenseMap<const llvm::Value *,
                 llvm::SmallVector<const llvm::BasicBlock *, 2>>
      NamedIn;
  llvm::DenseMap<const llvm::Instruction *, bool> OnlyDirect;
  llvm::DenseMap<const llvm::Instruction *, Contents> Known;
  llvm::DenseMap<const llvm::Value *, llvm::BitVector> LiveOut;
};

} // namespace stackward::ir

#endif
