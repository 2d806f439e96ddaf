// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The optimiser forgets an object's vtable pointer at every call that is
/// handed the object and at every atomic operation. Summaries know better:
///
///   store @vtable, %o          S
///   call @reader(%o)           does not write %o[0], does not keep %o
///   %v = load %o               L: still @vtable
///   %f = load (%v + 16)
///   call %f(%o)
///
/// The store S that dominates L gives the vtable when nothing that may run
/// between S and L can write the cell:
///  * other stores to it lie on no path from S to L;
///  * every use of the object's address is a load, a store to it, an offset,
///    a comparison, a marker, or a call; and a call that lies on such a path
///    neither keeps the address nor writes a pointer over the cell.
/// A callee that overwrites the cell with something that is no pointer makes
/// the virtual call undefined, so only pointers matter.
#include "Devirtualise.h"
#include "llvm/Analysis/CFG.h"
#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

using namespace llvm;
using namespace stackward::escape;

namespace stackward::ir {

namespace {
/// An address as a local object and a constant offset from it.
struct Spot {
  Instruction *Object = nullptr;
  int64_t At = 0;
};

class Search {
public:
  Search(LoadInst &Vptr, Spot Cell, ModuleEscape &ME, const DominatorTree &DT)
      : Vptr(Vptr), Cell(Cell), ME(ME), DT(DT) {}
  Constant *vtable();

private:
  bool collect();
  bool use(Instruction &User, Value &Address, int64_t Offset);
  bool mayCome(Instruction &I, Instruction &After) const {
    return isPotentiallyReachable(&After, &I, nullptr, &DT) &&
           isPotentiallyReachable(&I, &Vptr, nullptr, &DT);
  }
  bool keepsCell(CallBase &CB, int64_t Offset, Value &Address) const;

  LoadInst &Vptr;
  Spot Cell;
  ModuleEscape &ME;
  const DominatorTree &DT;
  SmallVector<StoreInst *, 4> Writers;
  struct Visit {
    CallBase *Call;
    Value *Address;
    int64_t Offset;
  };
  SmallVector<Visit, 8> Visits;
  SmallVector<std::pair<Instruction *, int64_t>, 8> Work;
};
} // namespace

static Spot spotOf(Value *Address, const DataLayout &DL) {
  APInt Offset(DL.getIndexTypeSizeInBits(Address->getType()), 0);
  Value *Base = Address->stripAndAccumulateConstantOffsets(
      DL, Offset, /*AllowNonInbounds=*/true);
  bool Local = isa<AllocaInst>(Base) ||
               (isa<CallBase>(Base) &&
                cast<CallBase>(Base)->hasRetAttr(Attribute::NoAlias));
  if (!Local)
    return {};
  return {cast<Instruction>(Base), Offset.getSExtValue()};
}

bool Search::use(Instruction &User, Value &Address, int64_t Offset) {
  const DataLayout &DL = User.getDataLayout();
  if (auto *Gep = dyn_cast<GEPOperator>(&User)) {
    APInt K(DL.getIndexTypeSizeInBits(Gep->getType()), 0);
    if (Gep->getPointerOperand() != &Address ||
        !Gep->accumulateConstantOffset(DL, K))
      return false;
    Work.push_back({&User, Offset + K.getSExtValue()});
    return true;
  }
  if (auto *S = dyn_cast<StoreInst>(&User)) {
    if (S->getValueOperand() == &Address)
      return false;
    int64_t Size = DL.getTypeStoreSize(S->getValueOperand()->getType());
    if (Offset < Cell.At + 8 && Cell.At < Offset + Size)
      Writers.push_back(S);
    return true;
  }
  if (isa<LoadInst>(User) || isa<ICmpInst>(User) ||
      User.isLifetimeStartOrEnd() || User.isDroppable())
    return true;
  if (isa<AtomicRMWInst>(User) || isa<AtomicCmpXchgInst>(User))
    return User.getOperand(0) == &Address &&
           (Offset >= Cell.At + 8 || Offset + 8 <= Cell.At);
  auto *CB = dyn_cast<CallBase>(&User);
  if (!CB || isa<IntrinsicInst>(CB))
    return false;
  Visits.push_back({CB, &Address, Offset});
  return true;
}

bool Search::collect() {
  Work.push_back({Cell.Object, 0});
  while (!Work.empty()) {
    auto [Address, Offset] = Work.pop_back_val();
    for (llvm::User *U : Address->users()) {
      auto *I = dyn_cast<Instruction>(U);
      if (!I || !use(*I, *Address, Offset))
        return false;
    }
  }
  return true;
}

/// The call writes no pointer over the cell and keeps no way to it.
bool Search::keepsCell(CallBase &CB, int64_t Offset, Value &Address) const {
  llvm::Function *Callee = CB.getCalledFunction();
  if (!Callee || Callee->getFunctionType() != CB.getFunctionType())
    return false;
  const Summary &S = ME.summary(*Callee);
  if (S.isUnknown())
    return false;
  for (unsigned I = 0; I < CB.arg_size(); ++I) {
    if (CB.getArgOperand(I) != &Address)
      continue;
    auto IsAddress = [&](const AccessPath &P) {
      return P.Root == PathRoot::Param && P.Index == I && P.Derefs.empty() &&
             !P.Deep;
    };
    if (!S.Calls.empty() ||
        any_of(S.Leaks, [&](auto &L) { return IsAddress(L.From); }) ||
        any_of(S.Flows, [&](auto &F) { return IsAddress(F.From); }))
      return false;
    for (const Flow &F : S.Flows) {
      if (F.To.Root != PathRoot::Param || F.To.Index != I)
        continue;
      if (F.To.Deep || F.To.Derefs.size() != 1 || F.To.Derefs[0] == AnyOffset)
        return false;
      int64_t At = Offset + F.To.Derefs[0];
      if (At < Cell.At + 8 && Cell.At < At + 8)
        return false;
    }
  }
  return true;
}

Constant *Search::vtable() {
  if (!collect())
    return nullptr;
  for (StoreInst *S : Writers) {
    auto *Table = dyn_cast<Constant>(S->getValueOperand());
    if (!Table || !DT.dominates(S, &Vptr))
      continue;
    bool Last = none_of(Writers, [&](StoreInst *Other) {
      return Other != S && mayCome(*Other, *S);
    });
    bool Kept = all_of(Visits, [&](const Visit &V) {
      return !mayCome(*V.Call, *S) || keepsCell(*V.Call, V.Offset, *V.Address);
    });
    if (Last && Kept)
      return Table;
  }
  return nullptr;
}

bool makeDirect(CallBase &CB, ModuleEscape &ME, const DominatorTree &DT) {
  if (CB.getCalledFunction() || CB.isInlineAsm())
    return false;
  const DataLayout &DL = CB.getDataLayout();
  auto *Target = dyn_cast<LoadInst>(CB.getCalledOperand());
  if (!Target)
    return false;
  APInt Slot(DL.getIndexTypeSizeInBits(Target->getPointerOperandType()), 0);
  auto *Vptr = dyn_cast<LoadInst>(
      Target->getPointerOperand()->stripAndAccumulateConstantOffsets(
          DL, Slot, /*AllowNonInbounds=*/true));
  if (!Vptr || !Vptr->getType()->isPointerTy())
    return false;
  Spot Cell = spotOf(Vptr->getPointerOperand(), DL);
  if (!Cell.Object)
    return false;
  Constant *Table = Search(*Vptr, Cell, ME, DT).vtable();
  if (!Table)
    return false;
  auto *Callee = dyn_cast_or_null<llvm::Function>(
      ConstantFoldLoadFromConstPtr(Table, Target->getType(), Slot, DL));
  if (!Callee || Callee->getFunctionType() != CB.getFunctionType())
    return false;
  CB.setCalledFunction(Callee);
  return true;
}

} // namespace stackward::ir
