// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SeedMakers.h"
#include "Legality.h"
#include "SeedLife.h"
#include "SeedRewrite.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/PatternMatch.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace stackward::ir {

bool SeedMakers::takesPart(Function &F) const {
  return isEligible(F) && O.selects(F.getName()) &&
         !F.hasFnAttribute(Attribute::Cold) &&
         !F.hasFnAttribute("split-stack") &&
         F.getMemoryEffects() == MemoryEffects::unknown();
}

/// \p CB calls \p Callee with the object that has the container \p Offset bytes
/// on.
void SeedMakers::addPoint(CallBase &CB, Function &Callee, int64_t Offset,
                          Making &To, bool &Mixed) {
  auto Add = [&](Container Of, const std::string &Element, uint64_t Unit,
                 Point P) {
    Mixed |= To.Of != Container::None &&
             (To.Of != Of || To.Element != Element || To.Unit != Unit);
    To.Of = Of;
    To.Element = Element;
    To.Unit = Unit;
    if (P.By || matches(*P.Call, P.How))
      To.Points.push_back(P);
  };
  const Member &Of = Library.member(Callee);
  if (Of.Of == Container::None) {
    Maker &By = maker(Callee, Offset);
    if (By.Usable)
      Add(By.How.Of, By.How.Element, By.How.Unit,
          {&CB, Construction::Other, &By});
    return;
  }
  if (Offset != 0)
    return;
  if (!Of.Constructs) {
    Maker *By =
        CB.paramHasAttr(0, Attribute::StructRet) ? &maker(Callee, 0) : nullptr;
    if (By && By->Usable)
      Add(By->How.Of, By->How.Element, By->How.Unit,
          {&CB, Construction::Other, By});
    return;
  }
  uint64_t Unit = Of.Of == Container::String ? 1 : Of.ElementBytes.value_or(0);
  Point P{&CB, Library.construction(Callee), nullptr};
  if (P.How == Construction::Sized && Unit)
    if (Maker &By = storage(Callee, Of.Of, Unit); By.Usable)
      P.By = &By;
  Add(Of.Of, Of.Element, Unit, P);
}

Making SeedMakers::makingOf(Value &Root, int64_t Offset) {
  Making Result;
  bool Mixed = false;
  const DataLayout &DL = M.getDataLayout();
  SmallVector<std::pair<Value *, int64_t>, 4> Work{{&Root, 0}};
  while (!Work.empty()) {
    auto [V, At] = Work.pop_back_val();
    for (Use &U : V->uses()) {
      if (auto *G = dyn_cast<GetElementPtrInst>(U.getUser())) {
        APInt By(DL.getIndexTypeSizeInBits(V->getType()), 0);
        if (V->getType() == G->getType() && G->accumulateConstantOffset(DL, By))
          Work.push_back({G, At + By.getSExtValue()});
        continue;
      }
      auto *CB = dyn_cast<CallBase>(U.getUser());
      Function *Callee = CB ? calledFunction(*CB) : nullptr;
      if (Callee && !Callee->isIntrinsic() && CB->isArgOperand(&U) &&
          CB->getArgOperandNo(&U) == 0 && At <= Offset)
        addPoint(*CB, *Callee, Offset - At, Result, Mixed);
    }
  }
  if (Mixed)
    Result.Of = Container::None;
  if (Result.Unit == 0)
    Result.Points.clear();
  return Result;
}

void dropIdle(Making &How) {
  if (!How.Grows && How.Of != Container::Deque)
    erase_if(How.Points, [](const Point &P) {
      return !P.By &&
             (P.How == Construction::Empty ||
              textLength(*P.Call, P.How).value_or(~0ull) <= ShortString);
    });
}

void SeedMakers::makeTextInPlace(Making &How) {
  if (How.Of != Container::String || How.Grows)
    return;
  for (Point &P : How.Points) {
    // What is known to be long is one call of the runtime library: less text.
    if (P.By || P.How == Construction::Empty || textLength(*P.Call, P.How))
      continue;
    if (Maker &By = storage(*calledFunction(*P.Call), How.Of, How.Unit);
        By.Usable)
      P.By = &By;
  }
}

/// I1, for the container \p Offset bytes into \p Root. It counts as a peer of
/// its own: what is made over a live container leaves that one's text to those
/// who look at it.
bool SeedMakers::mayReseed(const Making &How, const Conduct &C, Value &Root,
                           int64_t Offset) {
  for (const Point &Second : How.Points) {
    bool Again = any_of(How.Points, [&](const Point &First) {
      return mayFollow(*First.Call, *Second.Call);
    });
    if (!Again)
      continue;
    if (!C.MovedTo.empty() || mayBeAlive(Root, Offset, *Second.Call, Library))
      return false;
    for (AllocaInst *Peer : C.Peers)
      if (mayBeAlive(*Peer, 0, *Second.Call, Library))
        return false;
  }
  return true;
}

/// A large function only where its original gives up its body.
bool SeedMakers::mayCopy(Function &F) const {
  return !F.isDeclaration() && !F.isInterposable() && !F.isVarArg() &&
         F.getInstructionCount() <=
             (O.SeedAtLink ? O.CloneBudget : O.SeedCloneBudget);
}

/// How \p F makes a local that it moves to its result and nowhere else: the
/// caller's buffer is the local's for a while.
Making SeedMakers::makingOfMoved(Function &F) {
  const DataLayout &DL = M.getDataLayout();
  for (Instruction &I : F.getEntryBlock()) {
    auto *Slot = dyn_cast<AllocaInst>(&I);
    if (!Slot || !isContainer(Slot->getAllocatedType(), DL))
      continue;
    Making How = makingOf(*Slot, 0);
    if (How.Points.empty() ||
        !isLaidOutAs(How.Of, Slot->getAllocatedType(), DL))
      continue;
    const Conduct &C = Owners.of(*Slot, 0, containerBytes(How.Of));
    bool ToResult = C.MovedTo.size() == 1 && C.MovedTo.front() == 0;
    if (C.Against || !ToResult || !C.Peers.empty() || !C.Returns.empty() ||
        !C.StoredIn.empty() || !mayReseed(How, C, *Slot, 0))
      continue;
    How.Grows = C.Grows;
    return How;
  }
  return {};
}

Maker &SeedMakers::maker(Function &F, int64_t Offset) {
  auto &Place = Makers[{&F, Offset}];
  if (Place)
    return *Place; // perhaps being looked at: then it is not usable yet
  Place = std::make_unique<Maker>();
  Maker &Result = *Place; // the map may move its pointers, not what they own
  Result.Original = &F;
  Result.Offset = Offset;
  if (!mayCopy(F) || !takesPart(F))
    return Result;
  Argument &Object = *F.getArg(0);
  Making How = makingOf(Object, Offset);
  if (How.Points.empty() && Offset == 0 && Object.hasStructRetAttr())
    How = makingOfMoved(F);
  if (How.Of == Container::None || How.Points.empty())
    return Result;
  const Conduct &C = Owners.of(Object, Offset, containerBytes(How.Of));
  if (C.Against || !C.Returns.empty() || !C.StoredIn.empty())
    return Result;
  How.Grows |= C.Grows;
  dropIdle(How);
  makeTextInPlace(How);
  Result.How = How;
  Result.Usable = !How.Points.empty() && mayReseed(How, C, Object, Offset);
  return Result;
}

/// \p F gives the container at its first parameter storage for the elements
/// that it is made with: by one call, of what allocates or of another such
/// function.
Maker &SeedMakers::storage(Function &F, Container Of, uint64_t Unit) {
  auto &Place = Steps[&F];
  if (Place)
    return *Place;
  Place = std::make_unique<Maker>();
  Maker &Result = *Place;
  Result.Original = &F;
  if (!mayCopy(F) || !isEligible(F))
    return Result;
  Result.How.Of = Of;
  Result.How.Unit = Unit;
  bool Possible = true;
  for (Use &U : F.getArg(0)->uses()) {
    auto *CB = dyn_cast<CallBase>(U.getUser());
    Function *Callee = CB ? calledFunction(*CB) : nullptr;
    if (!Callee || !CB->isArgOperand(&U) || CB->getArgOperandNo(&U) != 0)
      continue;
    Point P{CB, Construction::Storage, nullptr};
    switch (Library.member(*Callee).Storage) {
    case StorageStep::None:
    case StorageStep::Free:
    case StorageStep::Node:
      continue;
    case StorageStep::Step:
      P.By = &storage(*Callee, Of, Unit);
      Possible &= P.By->Usable;
      break;
    case StorageStep::Allocate:
      Possible &=
          CB->getType()->isPointerTy() &&
          (Of == Container::String
               ? CB->arg_size() == 3 && match(CB->getArgOperand(2), m_ZeroInt())
               : CB->arg_size() == 2);
      break;
    }
    // Once for each vector, so not in a loop.
    Possible &= !mayFollow(*CB, *CB);
    Result.How.Points.push_back(P);
  }
  Result.Usable = Possible && Result.How.Points.size() == 1;
  return Result;
}

} // namespace stackward::ir
