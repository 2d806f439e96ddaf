// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Three walks over the CFG, each linear in blocks for one question.
#include "LifeRange.h"
#include "stackward/IR/Allocations.h"
#include "llvm/Analysis/AliasAnalysis.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace stackward::ir {

static bool frees(Instruction &I, const Value &Object,
                  const TargetLibraryInfo &TLI) {
  auto *CB = dyn_cast<CallBase>(&I);
  if (!CB)
    return false;
  std::optional<Deallocation> D = findDeallocation(*CB, TLI);
  return D && D->Freed->stripPointerCasts() == &Object;
}

bool LifeRange::mayRepeatAlive(CallBase &Site) const {
  SmallPtrSet<const BasicBlock *, 32> Seen;
  SmallVector<BasicBlock *, 32> Work;
  // True when the walk runs into the site; false when the block ends or the
  // object is freed. Blocks that flow on are queued.
  auto WalkFrom = [&](BasicBlock &BB, BasicBlock::iterator From) {
    for (Instruction &I : make_range(From, BB.end())) {
      if (&I == &Site)
        return true;
      if (frees(I, Site, TLI))
        return false;
    }
    for (BasicBlock *Next : successors(&BB))
      if (Seen.insert(Next).second)
        Work.push_back(Next);
    return false;
  };
  if (auto *Invoke = dyn_cast<InvokeInst>(&Site)) {
    // When it unwinds there is no object.
    Seen.insert(Invoke->getNormalDest());
    Work.push_back(Invoke->getNormalDest());
  } else if (WalkFrom(*Site.getParent(), std::next(Site.getIterator()))) {
    return true;
  }
  while (!Work.empty()) {
    BasicBlock *BB = Work.pop_back_val();
    if (WalkFrom(*BB, BB->begin()))
      return true;
  }
  return false;
}

bool LifeRange::isLiveAt(Value &V, Instruction &At) const {
  auto *Def = dyn_cast<Instruction>(&V);
  BasicBlock *DefBlock = Def ? Def->getParent() : &F.getEntryBlock();
  BasicBlock *Here = At.getParent();
  SmallPtrSet<const BasicBlock *, 16> Seen;
  SmallVector<BasicBlock *, 16> LiveIn;
  // V is live from the top (or its definition) of BB down to its end.
  auto LiveOut = [&](BasicBlock *BB) {
    bool Defined = BB == DefBlock;
    if (BB == Here && (!Defined || !Def || Def->comesBefore(&At)))
      return true;
    if (!Defined && Seen.insert(BB).second)
      LiveIn.push_back(BB);
    return false;
  };
  for (Use &U : V.uses()) {
    auto *User = dyn_cast<Instruction>(U.getUser());
    if (!User)
      continue;
    if (auto *Phi = dyn_cast<PHINode>(User)) {
      if (LiveOut(Phi->getIncomingBlock(U)))
        return true;
      continue;
    }
    BasicBlock *BB = User->getParent();
    bool Defined = BB == DefBlock;
    if (BB == Here && (User == &At || At.comesBefore(User)) &&
        (!Defined || !Def || Def->comesBefore(&At)) && User != &At)
      return true;
    if (!Defined && Seen.insert(BB).second)
      LiveIn.push_back(BB);
  }
  while (!LiveIn.empty())
    for (BasicBlock *Pred : predecessors(LiveIn.pop_back_val()))
      if (LiveOut(Pred))
        return true;
  return false;
}

SmallVector<Value *, 8> LifeRange::liveAt(CallBase &Site) const {
  SmallVector<Value *, 8> Live;
  for (Argument &A : F.args())
    if (isLiveAt(A, Site))
      Live.push_back(&A);
  for (Instruction &I : instructions(F))
    if (!I.getType()->isVoidTy() && !isa<AllocaInst>(I) && &I != &Site &&
        isLiveAt(I, Site))
      Live.push_back(&I);
  return Live;
}

bool LifeRange::mayWrite(const Instruction &I, const Instruction &Object,
                         bool OnlyDirect) const {
  if (!I.mayWriteToMemory() || I.isLifetimeStartOrEnd())
    return false;
  if (const auto *S = dyn_cast<StoreInst>(&I)) {
    const Value *Base = getUnderlyingObject(S->getPointerOperand(), 0);
    if (Base == &Object)
      return true;
    return !OnlyDirect && !isIdentifiedObject(Base);
  }
  if (const auto *CB = dyn_cast<CallBase>(&I)) {
    auto &Call = const_cast<CallBase &>(*CB);
    if (findAllocation(Call, TLI) || findDeallocation(Call, TLI))
      return false;
  }
  return !OnlyDirect;
}

/// Nothing but loads, stores and offsets from them use the object: no call
/// and no unknown store can write to it.
static bool onlyDirectUses(const Instruction &Object) {
  SmallVector<const Value *, 8> Work{&Object};
  while (!Work.empty())
    for (const User *U : Work.pop_back_val()->users()) {
      const auto *I = dyn_cast<Instruction>(U);
      if (!I)
        return false;
      if (isa<GetElementPtrInst>(I))
        Work.push_back(I);
      else if (const auto *S = dyn_cast<StoreInst>(I)) {
        if (getUnderlyingObject(S->getValueOperand(), 0) == &Object)
          return false;
      } else if (!isa<LoadInst>(I) && !I->isLifetimeStartOrEnd())
        return false;
    }
  return true;
}

bool LifeRange::mayHoldOld(Instruction &Object, CallBase &Site) const {
  bool OnlyDirect = onlyDirectUses(Object);
  auto *ObjectCall = dyn_cast<CallBase>(&Object);
  bool Renewed = ObjectCall && !mayRepeatAlive(*ObjectCall);
  auto Kills = [&](const Instruction &I) {
    if (I.isLifetimeStartOrEnd())
      return I.getOperand(0)->stripPointerCasts() == &Object;
    return Renewed && &I == &Object;
  };
  // Forward: blocks entered with something written.
  SmallPtrSet<const BasicBlock *, 32> Dirty;
  SmallVector<BasicBlock *, 32> Work;
  bool Found = false;
  auto Walk = [&](BasicBlock &BB, bool Old) {
    for (Instruction &I : BB) {
      if (&I == &Site && Old)
        Found = true;
      if (Kills(I))
        Old = false;
      else if (!Old && mayWrite(I, Object, OnlyDirect))
        Old = true;
    }
    if (Old)
      for (BasicBlock *Next : successors(&BB))
        if (Dirty.insert(Next).second)
          Work.push_back(Next);
  };
  for (BasicBlock &BB : F)
    Walk(BB, false);
  while (!Work.empty() && !Found)
    Walk(*Work.pop_back_val(), true);
  return Found;
}

} // namespace stackward::ir
