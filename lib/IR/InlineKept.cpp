// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Gives the inliner what it would have had in each unit, had members of
/// containers not been calls there (SeedAtLink.cpp).
///
/// The link's own inliner does not make up for that. It starts at the bottom,
/// where after the link nearly everything is local to the program and has few
/// callers:
///   void push_back(T &X) { if (room()) put(X); else grow(X); }
/// The only call of grow() is this one, so it is inlined however large it is,
/// and then push_back() is too large for anyone. In the units push_back() had
/// gone into its callers before grow() had one caller left.
///
/// I1  A call is inlined if the compiler's cost model says so without its
///     premium for the last call of a local function, members into members
///     first, callees before callers.
/// I2  A decision is made once, in the caller as it was: what the inlined body
///     calls was looked at there.
///
/// Cost: one look at each call of a kept member; callers that grow are
/// simplified once.
#include "InlineKept.h"
#include "Legality.h"
#include "Trial.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/BlockFrequencyInfo.h"
#include "llvm/Analysis/InlineCost.h"
#include "llvm/Analysis/ProfileSummaryInfo.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/InstrTypes.h"

using namespace llvm;

namespace stackward::ir {

namespace {

/// The cost model does not see that \p F is local.
class AsIfShared {
public:
  explicit AsIfShared(Function &F) : F(F), Own(F.getLinkage()) {
    if (F.hasLocalLinkage())
      F.setLinkage(GlobalValue::ExternalLinkage);
  }
  ~AsIfShared() { F.setLinkage(Own); }

private:
  Function &F;
  GlobalValue::LinkageTypes Own;
};

class KeptInliner {
public:
  /// In the cost model's units, five for an instruction. A third of what the
  /// compiler takes: what is larger is left to the link's inliner, which knows
  /// how often it is called. With 225 programs were no faster and up to 2 %
  /// larger, with 25 one executed 3 % more instructions.
  static constexpr int Largest = 75;
  /// What runs for fewer calls of its function becomes no larger.
  static constexpr uint64_t OneIn = 4;

  KeptInliner(Module &M, ModuleAnalysisManager &MAM, ArrayRef<Function *> Kept)
      : M(M), Kept(Kept.begin(), Kept.end()),
        FAM(MAM.getResult<FunctionAnalysisManagerModuleProxy>(M).getManager()),
        PSI(MAM.getResult<ProfileSummaryAnalysis>(M)) {}

  void run() {
    for (Function &F : M)
      if (Kept.contains(&F))
        calleesFirst(F);
    for (Function &F : M)
      if (!F.isDeclaration() && !F.hasOptNone() && !Kept.contains(&F))
        inlineInto(F);
  }

private:
  Module &M;
  SmallPtrSet<Function *, 32> Kept, Visited;
  FunctionAnalysisManager &FAM;
  ProfileSummaryInfo &PSI;

  SmallVector<CallBase *, 8> callsOfKept(Function &F) {
    SmallVector<CallBase *, 8> Calls;
    for (Instruction &I : instructions(F))
      if (auto *CB = dyn_cast<CallBase>(&I))
        if (Function *Callee = CB->getCalledFunction())
          if (Kept.contains(Callee))
            Calls.push_back(CB);
    return Calls;
  }

  void calleesFirst(Function &F) {
    if (!Visited.insert(&F).second)
      return;
    for (CallBase *CB : callsOfKept(F))
      calleesFirst(*CB->getCalledFunction());
    inlineInto(F);
  }

  bool isWorth(CallBase &CB) {
    Function *Callee = CB.getCalledFunction();
    if (Callee == CB.getFunction() || !canInline(CB, FAM))
      return false;
    auto Assumptions = [&](Function &F) -> AssumptionCache & {
      return FAM.getResult<AssumptionAnalysis>(F);
    };
    auto Library = [&](Function &F) -> const TargetLibraryInfo & {
      return FAM.getResult<TargetLibraryAnalysis>(F);
    };
    auto Frequencies = [&](Function &F) -> BlockFrequencyInfo & {
      return FAM.getResult<BlockFrequencyAnalysis>(F);
    };
    bool Rare = heatOf(*CB.getParent(), FAM, OneIn) == Heat::Cold;
    InlineParams Params = getInlineParams(Rare ? 0 : Largest);
    AsIfShared Hidden(*Callee); // I1
    return bool(getInlineCost(CB, Params,
                              FAM.getResult<TargetIRAnalysis>(*Callee),
                              Assumptions, Library, Frequencies, &PSI));
  }

  void inlineInto(Function &F) {
    SmallVector<CallBase *, 8> Calls = callsOfKept(F);
    erase_if(Calls, [&](CallBase *CB) { return !isWorth(*CB); }); // I2
    bool Any = false;
    SmallVector<CallBase *, 8> Came;
    for (CallBase *CB : Calls)
      Any |= inlineCall(*CB, FAM, Came);
    if (Any)
      simplify(F, FAM);
  }
};

} // namespace

void inlineKept(Module &M, ModuleAnalysisManager &MAM,
                ArrayRef<Function *> Kept) {
  KeptInliner(M, MAM, Kept).run();
}

} // namespace stackward::ir
