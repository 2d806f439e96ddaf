// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Trial copies, inlining and clean-up.
#include "Trial.h"
#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/InlineCost.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/DeadStoreElimination.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/JumpThreading.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Scalar/TailRecursionElimination.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;

namespace stackward::ir {

void makeInternal(Function &Copy) {
  Copy.setVisibility(GlobalValue::DefaultVisibility);
  Copy.setDLLStorageClass(GlobalValue::DefaultStorageClass);
  Copy.setComdat(nullptr);
  Copy.setLinkage(GlobalValue::InternalLinkage);
  Copy.setDSOLocal(true);
}

Trial::Trial(Function &Original, FunctionAnalysisManager &FAM)
    : Original(Original), FAM(FAM) {
  ValueToValueMapTy Values;
  Copy = CloneFunction(&Original, Values);
  makeInternal(*Copy);
  for (auto &&[From, To] : Values)
    Map[From] = To;
}

void Trial::discard() {
  if (!Copy)
    return;
  FAM.clear(*Copy, Copy->getName());
  Copy->eraseFromParent();
  Copy = nullptr;
}

void Trial::commit() {
  for (BasicBlock &BB : Original)
    BB.dropAllReferences();
  while (!Original.empty())
    Original.begin()->eraseFromParent();
  Original.splice(Original.end(), Copy);
  for (auto [To, From] : zip_equal(Original.args(), Copy->args()))
    From.replaceAllUsesWith(&To);
  // Inlining may have added function attributes and a personality.
  Original.setAttributes(Copy->getAttributes());
  if (Copy->hasPersonalityFn())
    Original.setPersonalityFn(Copy->getPersonalityFn());
  Original.setSubprogram(Copy->getSubprogram());
  Copy->setSubprogram(nullptr);
  FAM.clear(*Copy, Copy->getName());
  FAM.invalidate(Original, PreservedAnalyses::none());
  Copy->eraseFromParent();
  Copy = nullptr;
}

/// The C++ library marks its rare paths noinline to save code in programs that
/// do not care; the user's own noinline is a request.
static bool isLibraryHint(const Function &F) {
  return F.getName().starts_with("_ZNSt") || F.getName().starts_with("_ZNKSt");
}

/// LLVM's inliner refuses what calls itself. Here a few levels of it may be
/// what a list or a tree of known shape needs; rounds and budget end it.
static bool isViable(Function &F) {
  bool Recursive = false;
  for (BasicBlock &BB : F) {
    if (isa<IndirectBrInst, CallBrInst>(BB.getTerminator()) ||
        BB.hasAddressTaken())
      return false;
    for (Instruction &I : BB) {
      const auto *CB = dyn_cast<CallBase>(&I);
      if (!CB)
        continue;
      Recursive |= CB->getCalledFunction() == &F;
      Intrinsic::ID Id = CB->getIntrinsicID();
      if (CB->hasFnAttr(Attribute::ReturnsTwice) ||
          Id == Intrinsic::localescape || Id == Intrinsic::vastart ||
          Id == Intrinsic::icall_branch_funnel)
        return false;
    }
  }
  return Recursive || isInlineViable(F).isSuccess();
}

bool canInline(const CallBase &CB, FunctionAnalysisManager &FAM) {
  Function *Callee = CB.getCalledFunction();
  const Function *Caller = CB.getFunction();
  if (!Callee || Callee->isDeclaration() || Callee->isInterposable() ||
      ((CB.isNoInline() || Callee->hasFnAttribute(Attribute::NoInline)) &&
       !isLibraryHint(*Callee)) ||
      Callee->hasOptNone() || Callee->isPresplitCoroutine() ||
      CB.isMustTailCall() || Callee->getFunctionType() != CB.getFunctionType())
    return false;
  if (!isViable(*Callee) ||
      !AttributeFuncs::areInlineCompatible(*Caller, *Callee))
    return false;
  auto &TTI = FAM.getResult<TargetIRAnalysis>(*Callee);
  return TTI.areInlineCompatible(Caller, Callee);
}

bool inlineCall(CallBase &CB, FunctionAnalysisManager &FAM,
                SmallVectorImpl<CallBase *> &Came) {
  Function *Caller = CB.getFunction();
  auto Assumptions = [&](Function &F) -> AssumptionCache & {
    return FAM.getResult<AssumptionAnalysis>(F);
  };
  InlineFunctionInfo Info(Assumptions);
  if (!InlineFunction(CB, Info, /*MergeAttributes=*/true).isSuccess())
    return false;
  Came.append(Info.InlinedCallSites.begin(), Info.InlinedCallSites.end());
  FAM.invalidate(*Caller, PreservedAnalyses::none());
  return true;
}

void markTailCalls(Function &F, FunctionAnalysisManager &FAM) {
  FAM.invalidate(F, TailCallElimPass().run(F, FAM));
}

void simplify(Function &F, FunctionAnalysisManager &FAM) {
  FunctionPassManager Passes;
  Passes.addPass(SROAPass(SROAOptions::ModifyCFG));
  Passes.addPass(EarlyCSEPass(/*UseMemorySSA=*/true));
  Passes.addPass(InstCombinePass());
  Passes.addPass(SimplifyCFGPass());
  Passes.addPass(JumpThreadingPass());
  Passes.addPass(GVNPass());
  Passes.addPass(DSEPass());
  Passes.addPass(ADCEPass());
  Passes.addPass(InstCombinePass());
  Passes.addPass(SimplifyCFGPass());
  Passes.addPass(SROAPass(SROAOptions::ModifyCFG));
  Passes.addPass(EarlyCSEPass(/*UseMemorySSA=*/true));
  PreservedAnalyses Kept = Passes.run(F, FAM);
  FAM.invalidate(F, Kept);
}

} // namespace stackward::ir
