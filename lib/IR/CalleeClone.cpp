// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Copies are internal functions of the same module: they keep attributes
/// (`noinline` among them) and debug info, and are in no comdat.
///
/// Why a copy, for an inline function: the optimiser may have refined the
/// body it saw (dropped a dead store, chosen a value for something
/// unspecified), and the linker may keep another unit's copy, refined
/// otherwise or not at all. What was proved of one need not hold for the
/// other, so the promotion calls the one that was seen.
#include "CalleeClone.h"
#include "EscapeWalk.h"
#include "Legality.h"
#include "Rewrite.h"
#include "Trial.h"
#include "llvm/Analysis/MemorySSA.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;

namespace stackward::ir {

/// Inline assembly may define a label, which there can be only one of.
static bool hasText(const CallBase &CB) {
  const auto *Asm = dyn_cast<InlineAsm>(CB.getCalledOperand());
  return Asm && !Asm->getAsmString().empty();
}

static bool canCopy(const llvm::Function &F, const Options &O) {
  if (!O.CalleeClones || !FunctionWalk::canLower(F) || F.isInterposable() ||
      F.isVarArg() || F.hasFnAttribute(Attribute::ReturnsTwice))
    return false;
  for (const BasicBlock &BB : F) {
    if (BB.hasAddressTaken())
      return false;
    for (const Instruction &I : BB)
      if (const auto *CB = dyn_cast<CallBase>(&I);
          CB && (CB->cannotDuplicate() || hasText(*CB)))
        return false;
  }
  return true;
}

llvm::Function *CalleeClones::copy(llvm::Function &F, StringRef Suffix) {
  ValueToValueMapTy Map;
  llvm::Function *Copy = CloneFunction(&F, Map);
  Copy->setName(F.getName() + Suffix);
  makeInternal(*Copy);
  made(*Copy, F.getInstructionCount());
  return Copy;
}

void CalleeClones::made(llvm::Function &Copy, uint64_t Size) {
  Allowance -= std::min(Allowance, Size);
  Made.push_back(&Copy);
}

bool CalleeClones::isAffordable(const llvm::Function &F) const {
  return canCopy(F, O) &&
         F.getInstructionCount() <= std::min(O.CloneBudget, Allowance);
}

/// \p F and the callees that must be copied with it, callees first.
bool CalleeClones::copyClosure(
    llvm::Function &F, SmallVectorImpl<llvm::Function *> &Closure) const {
  SmallPtrSet<llvm::Function *, 8> Seen{&F};
  SmallVector<llvm::Function *, 8> Work{&F};
  uint64_t Size = 0;
  while (!Work.empty()) {
    llvm::Function *Next = Work.pop_back_val();
    if (Private.count(Next))
      continue;
    Size += Next->getInstructionCount();
    if (!canCopy(*Next, O) || ME.dependsOnOdrIndirectly(*Next) ||
        Size > std::min(O.CloneBudget, Allowance))
      return false;
    Closure.push_back(Next);
    for (Instruction &I : instructions(*Next))
      for (Value *Operand : I.operands()) {
        auto *Callee = dyn_cast<llvm::Function>(Operand);
        if (!Callee || Callee->isDeclaration() || !ME.dependsOnOdr(*Callee))
          continue;
        auto *CB = dyn_cast<CallBase>(&I);
        if (!CB || CB->getCalledOperand() != Callee)
          return false; // a callback: its caller may be anyone
        if (Seen.insert(Callee).second)
          Work.push_back(Callee);
      }
  }
  std::reverse(Closure.begin(), Closure.end());
  return true;
}

llvm::Function *CalleeClones::privateCopy(llvm::Function &F) {
  if (auto It = Private.find(&F); It != Private.end())
    return It->second;
  SmallVector<llvm::Function *, 8> Closure;
  if (!copyClosure(F, Closure))
    return nullptr;
  for (llvm::Function *Original : Closure)
    Private[Original] = copy(*Original, ".stackward");
  for (llvm::Function *Original : Closure)
    for (Instruction &I : instructions(*Private[Original]))
      if (auto *CB = dyn_cast<CallBase>(&I))
        if (auto It = Private.find(CB->getCalledFunction());
            It != Private.end() && It->first)
          CB->setCalledFunction(It->second);
  // The copy does what the original was found to do.
  for (llvm::Function *Original : Closure)
    ME.copySummary(*Original, *Private[Original]);
  return Private[&F];
}

/// The values in \p Copy that are what was handed over: the parameter, or the
/// loads of the cell that nothing in the function can have written before.
static SmallPtrSet<const Value *, 4> valuesOf(llvm::Function &Copy,
                                              const CalleeClones::Handed &What,
                                              FunctionAnalysisManager &FAM) {
  SmallPtrSet<const Value *, 4> Values;
  Value *Parameter = Copy.getArg(What.Parameter);
  if (!What.Cell) {
    Values.insert(Parameter);
    return Values;
  }
  MemorySSA &MSSA = FAM.getResult<MemorySSAAnalysis>(Copy).getMSSA();
  const DataLayout &DL = Copy.getDataLayout();
  for (Instruction &I : instructions(Copy)) {
    auto *Load = dyn_cast<LoadInst>(&I);
    if (!Load || !Load->isSimple() ||
        DL.getTypeStoreSize(Load->getType()) != DL.getPointerSize())
      continue;
    APInt K(DL.getIndexTypeSizeInBits(Load->getPointerOperandType()), 0);
    if (Load->getPointerOperand()->stripAndAccumulateConstantOffsets(
            DL, K, /*AllowNonInbounds=*/true) == Parameter &&
        K.getSExtValue() == *What.Cell &&
        MSSA.isLiveOnEntryDef(
            MSSA.getWalker()->getClobberingMemoryAccess(Load))) {
      Values.insert(Load);
      // `swap` and `exchange` of pointers may go through numbers.
      for (const User *U : Load->users())
        if (isa<IntToPtrInst>(U))
          Values.insert(U);
    }
  }
  return Values;
}

bool CalleeClones::removeFrees(llvm::Function &Copy, Handed What,
                               unsigned Depth) {
  SmallPtrSet<const Value *, 4> Freed = valuesOf(Copy, What, FAM);
  const TargetLibraryInfo &Lib = FAM.getResult<TargetLibraryAnalysis>(Copy);
  SmallVector<CallBase *, 4> Calls;
  for (Instruction &I : instructions(Copy))
    if (auto *CB = dyn_cast<CallBase>(&I))
      Calls.push_back(CB);
  bool Changed = false;
  for (CallBase *CB : Calls) {
    if (std::optional<Deallocation> D = findDeallocation(*CB, Lib)) {
      if (!Freed.contains(D->Freed->stripPointerCasts()))
        continue;
      removeCall(*CB);
      Changed = true;
      continue;
    }
    llvm::Function *Callee = CB->getCalledFunction();
    if (!Callee || Callee->isDeclaration() || Depth == 0)
      continue;
    for (unsigned I = 0; I < CB->arg_size() && I < Callee->arg_size(); ++I) {
      if (!Freed.contains(CB->getArgOperand(I)->stripPointerCasts()) ||
          !ME.summary(*Callee).mayRelease(I))
        continue;
      if (llvm::Function *Inner = withoutFree(*Callee, {I, {}})) {
        CB->setCalledFunction(Inner);
        Changed = true;
        break;
      }
    }
  }
  return Changed;
}

/// What is released may be what was handed over, whatever becomes of its
/// content.
static bool isHanded(const escape::AccessPath &P,
                     const CalleeClones::Handed &What) {
  if (P.Root != escape::PathRoot::Param || P.Index != What.Parameter)
    return false;
  if (!What.Cell)
    return P.Derefs.empty() && !P.Deep;
  return P.Deep || (P.Derefs.size() == 1 && (P.Derefs[0] == *What.Cell ||
                                             P.Derefs[0] == escape::AnyOffset));
}

static bool releasesItself(const escape::Summary &S,
                           const CalleeClones::Handed &What) {
  return S.isUnknown() ||
         any_of(S.Releases, [&](const escape::SummaryRelease &R) {
           return isHanded(R.What, What);
         });
}

llvm::Function *CalleeClones::withoutFree(llvm::Function &F, Handed What) {
  auto Key = std::make_pair(&F, What);
  if (auto It = NoFree.find(Key); It != NoFree.end())
    return It->second;
  NoFree[Key] = nullptr; // ends a recursion
  if (!isAffordable(F) || F.hasParamAttribute(What.Parameter, Attribute::ByVal))
    return nullptr;
  llvm::Function *Copy = copy(F, ".stackward.nofree");
  if (!removeFrees(*Copy, What, 3))
    return nullptr;
  clearTailMarks(*Copy);
  ME.addFunction(*Copy);
  if (releasesItself(ME.summary(*Copy), What))
    return nullptr;
  return NoFree[Key] = Copy;
}

bool CalleeClones::mayHaveMemory(llvm::Function &F) const {
  return O.HoistedFactories && isAffordable(F) && isEligible(F) &&
         F.getCallingConv() != CallingConv::Tail &&
         F.getCallingConv() != CallingConv::SwiftTail &&
         none_of(F.args(), [](Argument &A) { return A.hasInAllocaAttr(); }) &&
         mayBeHoistable(F, FAM.getResult<TargetLibraryAnalysis>(F), O);
}

const CalleeClones::Hoisted &CalleeClones::withMemory(llvm::Function &F) {
  auto [It, New] = Factories.try_emplace(&F);
  Hoisted &H = It->second;
  if (!New || !mayHaveMemory(F))
    return H;
  const TargetLibraryInfo &TLI = FAM.getResult<TargetLibraryAnalysis>(F);
  SmallVector<CallBase *, 2> Sites = hoistable(F, ME, TLI, O);
  if (Sites.empty())
    return H;
  for (CallBase *Site : Sites)
    H.Sites.push_back(describe(*Site, TLI));
  H.Copy = withMemoryParameters(F, Sites);
  made(*H.Copy, F.getInstructionCount());
  for (unsigned I = 0; I < Sites.size(); ++I)
    removeFrees(*H.Copy, {static_cast<unsigned>(F.arg_size()) + I, {}}, 3);
  clearTailMarks(*H.Copy);
  ME.addFunction(*H.Copy);
  return H;
}

bool CalleeClones::dropUnused() {
  bool Stay = false;
  for (llvm::Function *Copy : reverse(Made)) {
    if (!Copy->use_empty()) {
      Stay = true;
      continue;
    }
    ME.forget(*Copy);
    FAM.clear(*Copy, Copy->getName());
    Copy->eraseFromParent();
  }
  Made.clear();
  return Stay;
}

} // namespace stackward::ir
