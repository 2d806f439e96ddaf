// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A walk along the flow of one function from all uses of the container.
#include "SeedLife.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace stackward::ir {

/// \p I ends the ownership of the container \p Offset bytes into \p Peer. One
/// that is destroyed at the beginning of an object says nothing of another
/// behind it.
static bool endsLife(Instruction &I, Value &Peer, int64_t Offset,
                     SeedLibrary &Library) {
  auto *CB = dyn_cast<CallBase>(&I);
  if (!CB || CB->arg_size() == 0 || CB->getArgOperand(0) != &Peer)
    return false;
  if (auto *Mark = dyn_cast<IntrinsicInst>(CB))
    return Mark->getIntrinsicID() == Intrinsic::lifetime_end;
  Function *Callee = calledFunction(*CB);
  return Offset == 0 && Callee && Library.member(*Callee).Destroys;
}

/// After one of \p Starts.
static bool isAlive(Value &Peer, int64_t Offset, ArrayRef<Instruction *> Starts,
                    Instruction &At, SeedLibrary &Library) {
  SmallVector<Instruction *, 8> Work;
  SmallPtrSet<BasicBlock *, 16> Seen;
  auto Follow = [&](Instruction &End) {
    for (BasicBlock *Next : successors(&End))
      if (Seen.insert(Next).second)
        Work.push_back(&Next->front());
  };
  for (Instruction *I : Starts)
    if (I->isTerminator())
      Follow(*I);
    else
      Work.push_back(I->getNextNode());
  while (!Work.empty())
    for (Instruction *I = Work.pop_back_val(); I; I = I->getNextNode()) {
      if (I == &At)
        return true;
      if (endsLife(*I, Peer, Offset, Library))
        break;
      if (I->isTerminator())
        Follow(*I);
    }
  return false;
}

bool mayBeAlive(Value &Peer, int64_t Offset, Instruction &At,
                SeedLibrary &Library) {
  SmallVector<Instruction *, 16> Uses;
  for (User *U : Peer.users()) {
    auto *I = cast<Instruction>(U);
    auto *Mark = dyn_cast<IntrinsicInst>(I);
    if ((!Mark || !Mark->isLifetimeStartOrEnd()) &&
        !endsLife(*I, Peer, Offset, Library))
      Uses.push_back(I);
  }
  return isAlive(Peer, Offset, Uses, At, Library);
}

bool mayLiveOn(Value &Object, int64_t Offset, Instruction &Since,
               Instruction &At, SeedLibrary &Library) {
  return isAlive(Object, Offset, &Since, At, Library);
}

bool mayFollow(const Instruction &First, const Instruction &Then) {
  if (First.getParent() == Then.getParent() && First.comesBefore(&Then))
    return true;
  SmallVector<const BasicBlock *, 8> Work(successors(First.getParent()));
  SmallPtrSet<const BasicBlock *, 16> Seen(Work.begin(), Work.end());
  while (!Work.empty()) {
    const BasicBlock *BB = Work.pop_back_val();
    if (BB == Then.getParent())
      return true;
    for (const BasicBlock *Next : successors(BB))
      if (Seen.insert(Next).second)
        Work.push_back(Next);
  }
  return false;
}

} // namespace stackward::ir
