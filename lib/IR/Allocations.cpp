// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Recognition of allocation calls. The family names are those LLVM itself
/// attaches; one that is missing in the table below is "unknown" and stays on
/// the heap.
#include "stackward/IR/Allocations.h"
#include "llvm/Analysis/MemoryBuiltins.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace stackward::ir {

static escape::Family familyOf(const Value *Call, const TargetLibraryInfo &T) {
  using escape::Family;
  std::optional<StringRef> Name = getAllocationFamily(Call, &T);
  if (!Name)
    return Family::Unknown;
  // LLVM names a C++ family by the mangled name of its plain operator new;
  // aligned operators form families of their own, which pair alike.
  if (*Name == "malloc")
    return Family::Malloc;
  if (*Name == "_Znwm" || *Name == "_ZnwmSt11align_val_t")
    return Family::New;
  if (*Name == "_Znam" || *Name == "_ZnamSt11align_val_t")
    return Family::NewArray;
  return Family::Unknown;
}

/// The alignment that the pointer is used with. A program may know more than
/// the allocator promises (`__builtin_assume_aligned`, vector accesses), and
/// what it knows held on the heap.
static Align alignmentOfUses(const Value &Base) {
  Align Result(1);
  for (const User *U : Base.users()) {
    if (const auto *L = dyn_cast<LoadInst>(U))
      Result = std::max(Result, L->getAlign());
    else if (const auto *S = dyn_cast<StoreInst>(U)) {
      if (S->getPointerOperand() == &Base)
        Result = std::max(Result, S->getAlign());
    } else if (const auto *CB = dyn_cast<CallBase>(U)) {
      for (unsigned I = 0; I < CB->arg_size(); ++I)
        if (CB->getArgOperand(I) == &Base)
          Result = std::max(Result, CB->getParamAlign(I).valueOrOne());
      for (unsigned I = 0; I < CB->getNumOperandBundles(); ++I) {
        OperandBundleUse B = CB->getOperandBundleAt(I);
        if (B.getTagName() != "align" || B.Inputs.size() < 2 ||
            B.Inputs[0].get() != &Base)
          continue;
        const auto *A = dyn_cast<ConstantInt>(B.Inputs[1].get());
        if (A && A->getValue().isPowerOf2())
          Result = std::max(Result, Align(A->getZExtValue()));
      }
    }
  }
  return Result;
}

std::optional<Allocation> findAllocation(CallBase &CB,
                                         const TargetLibraryInfo &TLI) {
  const Function *Callee = CB.getCalledFunction();
  if (!Callee || isa<CallBrInst>(CB) || CB.hasOperandBundles() ||
      CB.isMustTailCall() || !isRemovableAlloc(&CB, &TLI) ||
      !CB.getType()->isPointerTy() || !CB.hasRetAttr(Attribute::NoAlias) ||
      CB.getType()->getPointerAddressSpace() != 0)
    return std::nullopt;
  Allocation A;
  A.Call = &CB;
  A.By = familyOf(&CB, TLI);
  if (A.By == escape::Family::Unknown)
    return std::nullopt;

  const Constant *Initial =
      getInitialValueOfAllocation(&CB, &TLI, Type::getInt8Ty(CB.getContext()));
  if (!Initial)
    return std::nullopt;
  A.ZeroFilled = Initial->isNullValue();

  if (std::optional<APInt> Size = getAllocSize(&CB, &TLI);
      Size && Size->getActiveBits() <= 63)
    A.Size = Size->getZExtValue();
  if (!A.ZeroFilled && CB.arg_size() >= 1 &&
      CB.getArgOperand(0)->getType()->isIntegerTy(64) &&
      !getAllocAlignment(&CB, &TLI))
    A.SizeValue = CB.getArgOperand(0);

  // operator new and malloc return memory for any fundamental type.
  A.Alignment = std::max(Align(16), CB.getRetAlign().valueOrOne());
  if (const Value *Operand = getAllocAlignment(&CB, &TLI)) {
    const auto *Constant = dyn_cast<ConstantInt>(Operand);
    if (!Constant || !Constant->getValue().isPowerOf2() ||
        Constant->getZExtValue() > 4096)
      return std::nullopt;
    A.Alignment = std::max(A.Alignment, Align(Constant->getZExtValue()));
  }
  A.Alignment = std::max(A.Alignment, alignmentOfUses(CB));
  if (A.Alignment > Align(4096))
    return std::nullopt;
  return A;
}

std::optional<Deallocation> findDeallocation(CallBase &CB,
                                             const TargetLibraryInfo &TLI) {
  if (!CB.getCalledFunction() || isa<CallBrInst>(CB) ||
      CB.hasOperandBundles() || CB.isMustTailCall() ||
      !CB.getType()->isVoidTy())
    return std::nullopt;
  Value *Freed = getFreedOperand(&CB, &TLI);
  if (!Freed)
    return std::nullopt;
  escape::Family By = familyOf(&CB, TLI);
  if (By == escape::Family::Unknown)
    return std::nullopt;
  return Deallocation{&CB, Freed, By};
}

} // namespace stackward::ir
