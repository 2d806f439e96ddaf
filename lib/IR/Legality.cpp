// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The conditions of a promotion that look at one function's text.
#include "Legality.h"
#include "llvm/Analysis/BlockFrequencyInfo.h"
#include "llvm/Analysis/ProfileSummaryInfo.h"
#include "llvm/IR/EHPersonalities.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
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
