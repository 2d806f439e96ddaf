// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Walks over the CFG, each linear in blocks for one question.
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

/// The blocks at whose end V is live.
const BitVector &LifeRange::liveOut(Value &V) {
  auto [It, New] = LiveOut.try_emplace(&V);
  BitVector &Out = It->second;
  if (!New)
    return Out;
  Out.resize(F.getMaxBlockNumber());
  auto *Def = dyn_cast<Instruction>(&V);
  const BasicBlock *DefBlock = Def ? Def->getParent() : &F.getEntryBlock();
  BitVector In(F.getMaxBlockNumber());
  SmallVector<const BasicBlock *, 32> LiveIn;
  auto AddIn = [&](const BasicBlock *BB) {
    if (BB == DefBlock || In.test(BB->getNumber()))
      return;
    In.set(BB->getNumber());
    LiveIn.push_back(BB);
  };
  for (Use &U : V.uses()) {
    auto *User = dyn_cast<Instruction>(U.getUser());
    auto *Phi = dyn_cast_or_null<PHINode>(User);
    if (Phi)
      Out.set(Phi->getIncomingBlock(U)->getNumber());
    if (User)
      AddIn(Phi ? Phi->getIncomingBlock(U) : User->getParent());
  }
  while (!LiveIn.empty())
    for (const BasicBlock *Pred : predecessors(LiveIn.pop_back_val())) {
      Out.set(Pred->getNumber());
      AddIn(Pred);
    }
  return Out;
}

bool LifeRange::isLiveAt(Value &V, Instruction &At) {
  // Where some way to At avoids the definition, no use after At needs it.
  if (auto *Def = dyn_cast<Instruction>(&V);
      Def && !Dominators.dominates(Def, &At))
    return false;
  if (liveOut(V).test(At.getParent()->getNumber()))
    return true;
  return any_of(V.users(), [&](const User *U) {
    const auto *I = dyn_cast<Instruction>(U);
    return I && !isa<PHINode>(I) && I->getParent() == At.getParent() &&
           At.comesBefore(I);
  });
}

LifeRange::LifeRange(Function &F, const TargetLibraryInfo &TLI)
    : F(F), TLI(TLI), Dominators(F) {
  findWriters();
}

void LifeRange::findWriters() {
  for (Instruction &I : instructions(F)) {
    if (I.isLifetimeStartOrEnd()) {
      NamedIn[I.getOperand(0)->stripPointerCasts()].push_back(I.getParent());
      continue;
    }
    if (!I.mayWriteToMemory())
      continue;
    if (const auto *S = dyn_cast<StoreInst>(&I)) {
      const Value *Base = getUnderlyingObject(S->getPointerOperand(), 0);
      NamedIn[Base].push_back(I.getParent());
      if (isIdentifiedObject(Base))
        continue;
    } else if (auto *CB = dyn_cast<CallBase>(&I);
               CB && (findAllocation(*CB, TLI) || findDeallocation(*CB, TLI))) {
      continue;
    }
    Writers.insert(&I);
    FirstWriter.try_emplace(I.getParent(), &I);
  }
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

bool LifeRange::isOnlyDirect(Instruction &Object) {
  auto [It, New] = OnlyDirect.try_emplace(&Object);
  if (New)
    It->second = onlyDirectUses(Object);
  return It->second;
}

const LifeRange::Contents &LifeRange::contents(Instruction &Object) {
  auto [It, New] = Known.try_emplace(&Object);
  Contents &C = It->second;
  if (!New)
    return C;
  C.OnlyDirect = isOnlyDirect(Object);
  auto *ObjectCall = dyn_cast<CallBase>(&Object);
  C.Renewed = ObjectCall && !mayRepeatAlive(*ObjectCall);
  C.Named.insert_range(NamedIn.lookup(&Object));
  if (C.Renewed)
    C.Named.insert(Object.getParent());
  C.Dirty.resize(F.getMaxBlockNumber());
  SmallVector<const BasicBlock *, 32> Work;
  auto Walk = [&](const BasicBlock &BB, bool Old) {
    if (!holdsOldAt(Object, C, Old, BB, nullptr))
      return;
    for (const BasicBlock *Next : successors(&BB))
      if (!C.Dirty.test(Next->getNumber())) {
        C.Dirty.set(Next->getNumber());
        Work.push_back(Next);
      }
  };
  for (const BasicBlock &BB : F)
    Walk(BB, false);
  while (!Work.empty())
    Walk(*Work.pop_back_val(), true);
  return C;
}

/// Whether Object holds something old before End (nullptr: at the end of BB),
/// where BB is entered with Old.
bool LifeRange::holdsOldAt(Instruction &Object, const Contents &C, bool Old,
                           const BasicBlock &BB, const Instruction *End) const {
  if (!C.Named.contains(&BB)) {
    const Instruction *First = C.OnlyDirect ? nullptr : FirstWriter.lookup(&BB);
    return Old || (First && (!End || First->comesBefore(End)));
  }
  for (const Instruction &I : BB) {
    if (&I == End)
      break;
    if ((C.Renewed && &I == &Object) ||
        (I.isLifetimeStartOrEnd() &&
         I.getOperand(0)->stripPointerCasts() == &Object)) {
      Old = false;
      continue;
    }
    const auto *S = dyn_cast<StoreInst>(&I);
    Old |= S && getUnderlyingObject(S->getPointerOperand(), 0) == &Object;
    Old |= !C.OnlyDirect && Writers.contains(&I);
  }
  return Old;
}

/// Something that does not name Object may write to it on a way to Site on
/// which nothing names or makes it: then it holds something old, whatever was
/// before. Most often that is a call a few instructions above the site.
bool LifeRange::isWrittenUnnamed(Instruction &Object, CallBase &Site) {
  if (isOnlyDirect(Object))
    return false;
  auto Named = NamedIn.find(&Object);
  auto Ends = [&](const BasicBlock *BB) {
    return BB == Object.getParent() ||
           (Named != NamedIn.end() && is_contained(Named->second, BB));
  };
  const BasicBlock *Last = Site.getParent();
  if (Ends(Last))
    return false;
  if (const Instruction *First = FirstWriter.lookup(Last);
      First && First->comesBefore(&Site))
    return true;
  SmallPtrSet<const BasicBlock *, 16> Seen;
  SmallVector<const BasicBlock *, 16> Work{Last};
  while (!Work.empty())
    for (const BasicBlock *BB : predecessors(Work.pop_back_val())) {
      if (Ends(BB) || !Seen.insert(BB).second)
        continue;
      if (FirstWriter.contains(BB))
        return true;
      Work.push_back(BB);
    }
  return false;
}

bool LifeRange::mayHoldOld(Instruction &Object, CallBase &Site) {
  if (isWrittenUnnamed(Object, Site))
    return true;
  const Contents &C = contents(Object);
  const BasicBlock &BB = *Site.getParent();
  return holdsOldAt(Object, C, C.Dirty.test(BB.getNumber()), BB, &Site);
}

} // namespace stackward::ir
