// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The conditions of a promotion that look at one function's text.
#include "Legality.h"
#include "Rewrite.h"
#include "llvm/Analysis/BlockFrequencyInfo.h"
#include "llvm/Analysis/CaptureTracking.h"
#include "llvm/Analysis/ProfileSummaryInfo.h"
#include "llvm/IR/EHPersonalities.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using stackward::escape::Reason;

namespace stackward::ir {

bool isSanitized(const llvm::Function &F) {
  for (Attribute::AttrKind Kind :
       {Attribute::SanitizeAddress, Attribute::SanitizeHWAddress,
        Attribute::SanitizeMemory, Attribute::SanitizeThread,
        Attribute::SanitizeMemTag, Attribute::SanitizeType})
    if (F.hasFnAttribute(Kind))
      return true;
  return false;
}

bool isEligible(const llvm::Function &F) {
  if (F.isDeclaration() || F.hasOptNone() || F.isPresplitCoroutine() ||
      F.hasGC() || F.getDataLayout().getAllocaAddrSpace() != 0)
    return false;
  // A sanitizer watches heap objects, and must go on seeing them.
  if (isSanitized(F) || F.hasFnAttribute(Attribute::Naked) ||
      F.hasFnAttribute(Attribute::ReturnsTwice))
    return false;
  if (F.callsFunctionThatReturnsTwice())
    return false;
  if (F.hasPersonalityFn() &&
      isScopedEHPersonality(classifyEHPersonality(F.getPersonalityFn())))
    return false;
  for (const BasicBlock &BB : F) {
    if (BB.getTerminatingMustTailCall() || isa<CallBrInst>(BB.getTerminator()))
      return false;
    if (&BB != &F.getEntryBlock() && BB.hasAddressTaken())
      return false;
  }
  return true;
}

uint64_t frameBytes(const llvm::Function &F) {
  uint64_t Bytes = 0;
  for (const Instruction &I : F.getEntryBlock())
    if (const auto *Slot = dyn_cast<AllocaInst>(&I))
      if (std::optional<TypeSize> Size =
              Slot->getAllocationSize(F.getDataLayout());
          Size && !Size->isScalable())
        Bytes += Size->getFixedValue();
  return Bytes;
}

FrameBudget::FrameBudget(const llvm::Function &F, uint64_t Before,
                         bool MayRecur, const Options &O)
    : O(O), MayRecur(MayRecur) {
  uint64_t Now = frameBytes(F);
  Existing = std::min(Before, Now);
  Added = Now - Existing;
}

std::optional<Reason> FrameBudget::refusal(uint64_t Bytes) const {
  if (MayRecur && Added + Bytes > O.RecursionBudget)
    return Reason::Recursion;
  if (Added + Bytes > O.FunctionBudget)
    return Reason::FrameBudget;
  if (Existing + Added + Bytes > O.FrameBudget)
    return Reason::FrameBudget;
  return std::nullopt;
}

static uint64_t objectBudget(Heat H, const Options &O) {
  switch (H) {
  case Heat::Cold:
    return std::min(O.ObjectBudget, O.ColdObjectBudget);
  case Heat::Warm:
    return O.ObjectBudget;
  case Heat::Hot:
    return std::max(O.ObjectBudget, O.HotObjectBudget);
  }
  llvm_unreachable("closed switch");
}

std::optional<Reason> refusal(const Allocation &A, const FrameBudget &Budget,
                              Heat H, const Options &O) {
  if (!A.Size)
    return Reason::NonConstantSize;
  if (*A.Size > objectBudget(H, O))
    return Reason::TooLarge;
  return Budget.refusal(std::max<uint64_t>(*A.Size, 1));
}

/// What is first done after \p I, of what is done at all.
static const Instruction *nextOf(const Instruction &I) {
  const Instruction *Next = I.getNextNode();
  while (Next && isa<PHINode, IntrinsicInst>(Next))
    Next = Next->getNextNode();
  return Next;
}

/// The function returns what \p CI gives back, and does nothing in between.
static bool isLast(const CallInst &CI) {
  const Value *Result = &CI;
  const Instruction *Next = nextOf(CI);
  SmallPtrSet<const BasicBlock *, 4> Seen;
  while (const auto *Jump = dyn_cast_or_null<BranchInst>(Next)) {
    const BasicBlock *To = Jump->getSuccessor(0);
    if (Jump->isConditional() || !Seen.insert(To).second)
      return false;
    for (const PHINode &Phi : To->phis())
      if (Phi.getIncomingValueForBlock(Jump->getParent()) == Result)
        Result = &Phi;
    Next = &To->front();
    if (isa<PHINode, IntrinsicInst>(Next))
      Next = nextOf(*Next);
  }
  const auto *Return = dyn_cast_or_null<ReturnInst>(Next);
  return Return &&
         (!Return->getReturnValue() || Return->getReturnValue() == Result);
}

bool recursesByTailCall(llvm::Function &F, const llvm::Function &Original,
                        const ModuleEscape &ME) {
  if (!ME.mayRecur(Original))
    return false;
  return any_of(instructions(F), [&](const Instruction &I) {
    const auto *CI = dyn_cast<CallInst>(&I);
    if (!CI || isa<IntrinsicInst>(CI) || !isLast(*CI))
      return false;
    const Function *Callee = CI->getCalledFunction();
    return !Callee || Callee == &F || ME.mayRecur(*Callee);
  });
}

namespace {
/// What LLVM asks before it turns a call into a jump: comparisons and the
/// deallocation do not count.
struct Holders : CaptureTracker {
  explicit Holders(const TargetLibraryInfo &TLI) : TLI(TLI) {}
  void tooManyUses() override { Any = true; }
  /// A call that gives back what it was given holds it too.
  bool shouldExplore(const Use *U) override {
    auto *CB = dyn_cast<CallBase>(U->getUser());
    if (!CB)
      return true;
    if (findDeallocation(*CB, TLI))
      return false;
    Any |=
        !CB->isDataOperand(U) || !CB->doesNotCapture(CB->getDataOperandNo(U));
    return !Any;
  }
  Action captured(const Use *U, UseCaptureInfo) override {
    if (isa<ICmpInst>(U->getUser()))
      return Continue;
    Any = true;
    return Stop;
  }
  const TargetLibraryInfo &TLI;
  bool Any = false;
};
} // namespace

bool isHeldByCalls(const CallBase &Site, const TargetLibraryInfo &TLI) {
  if (launders(*Site.getModule())) // by a call
    return true;
  Holders H(TLI);
  PointerMayBeCaptured(&Site, &H);
  return H.Any;
}

bool familiesMatch(const Allocation &A, ArrayRef<CallBase *> Releases,
                   const TargetLibraryInfo &TLI) {
  return all_of(Releases, [&](CallBase *CB) {
    std::optional<Deallocation> D = findDeallocation(*CB, TLI);
    return D && D->By == A.By;
  });
}

Heat heatOf(BasicBlock &B, FunctionAnalysisManager &FAM, uint64_t OneIn) {
  Function &F = *B.getParent();
  auto &Proxy = FAM.getResult<ModuleAnalysisManagerFunctionProxy>(F);
  auto *PSI = Proxy.getCachedResult<ProfileSummaryAnalysis>(*F.getParent());
  auto &BFI = FAM.getResult<BlockFrequencyAnalysis>(F);
  if (PSI && PSI->hasProfileSummary()) {
    if (PSI->isHotBlock(&B, &BFI))
      return Heat::Hot;
    return PSI->isColdBlock(&B, &BFI) ? Heat::Cold : Heat::Warm;
  }
  uint64_t Entry = BFI.getBlockFreq(&F.getEntryBlock()).getFrequency();
  return BFI.getBlockFreq(&B).getFrequency() < Entry / OneIn ? Heat::Cold
                                                             : Heat::Warm;
}

} // namespace stackward::ir
