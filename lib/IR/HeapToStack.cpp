// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The driver: functions bottom-up, each first as it stands, then with the
/// calls removed that stand in the way.
///
/// Demand inlining works on one allocation at a time, in a trial copy of the
/// function: the calls that block it are inlined (or exchanged for copies
/// that do not free it), the copy is simplified and examined again. When the
/// allocation is promoted, or has dissolved by itself, the copy becomes the
/// function; when the rounds or the budget run out it is thrown away, so
/// inlining that does not end in a promotion leaves no code behind.
#include "stackward/IR/HeapToStack.h"
#include "Devirtualise.h"
#include "Examine.h"
#include "FunctionTables.h"
#include "Legality.h"
#include "Trial.h"
#include "stackward/IR/Remarks.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"

using namespace llvm;

namespace stackward::ir {

static constexpr char TargetMark[] = "stackward.target";
static constexpr char OwedMark[] = "stackward.owed";
/// Trials for one function. Most functions have at most two sites; the rest
/// of a function with very many is left alone rather than slow.
static constexpr unsigned MaxTrials = 8;
/// A call through a pointer is split up into no more direct ones.
static constexpr size_t MaxTargets = 4;

namespace {
class Driver {
public:
  Driver(llvm::Module &M, llvm::FunctionAnalysisManager &FAM, const Options &O)
      : C{M, FAM, O, ME, Clones}, ME(M, lookup(FAM), O.SolverSteps),
        Clones(ME, FAM, O) {
    uint64_t Size = M.getInstructionCount();
    Clones.Allowance = Growth =
        std::max(O.GrowthFloor, Size * O.GrowthPercent / 100);
    Effort = std::max(O.EffortFloor, Size * O.EffortPercent / 100);
  }
  bool run();

private:
  struct Moved {
    DebugLoc At;
    uint64_t Bytes;
    bool Guarded;
  };
  static GetTLI lookup(llvm::FunctionAnalysisManager &FAM) {
    return [&FAM](llvm::Function &F) -> const TargetLibraryInfo & {
      return FAM.getResult<TargetLibraryAnalysis>(F);
    };
  }
  std::vector<llvm::Function *> bottomUp();
  bool isInteresting(llvm::Function &F);
  void optimise(llvm::Function &F);
  bool promoteAll(llvm::Function &F, SmallVectorImpl<Promotion> &List);
  bool tryTarget(llvm::Function &F, const Refusal &Target);
  bool tryAny(llvm::Function &F, const Findings &Found, unsigned &Trials);
  struct Attempt {
    bool Success = false;
    uint64_t Inlined = 0;
    /// Allocations left in the copy for which its target has dissolved.
    unsigned Dissolved = 0;
    /// Allocations whose deallocation was taken out of a callee and which
    /// are not promoted yet. To keep the copy with one of them is a leak.
    unsigned Owed = 0;
  };
  bool roundOfTrial(llvm::Function &Copy, const llvm::Function &Original,
                    Attempt &A);
  bool inlineObstacle(CallBase &CB, Attempt &A);
  bool resolve(const Obstacle &O, Attempt &A);
  void owe(CallBase &Site, Attempt &A);
  bool hoist(CallBase &Factory, Attempt &A);
  bool removeObstacle(const Obstacle &O, CallBase *Site, Attempt &A);
  bool removeObstacles(CallBase &Site, ArrayRef<Obstacle> List, Attempt &A);
  bool cleanUp(llvm::Function &Copy);
  bool spend(const llvm::Function &F);
  void runTrial(Trial &T, llvm::Function &F, const Refusal &Target, Attempt &A);
  unsigned allocations(llvm::Function &F);
  void report(llvm::Function &F);
  void verify(llvm::Function &F);

  Context C;
  ModuleEscape ME;
  CalleeClones Clones;
  uint64_t Done = 0;
  /// Instructions that the module may still gain, and that trials may still
  /// look at.
  uint64_t Growth, Effort;
  bool Changed = false;
  SmallVector<Moved, 8> Record;
};
} // namespace

std::vector<llvm::Function *> Driver::bottomUp() {
  std::vector<llvm::Function *> Order;
  SmallPtrSet<llvm::Function *, 32> Seen;
  SmallVector<std::pair<llvm::Function *, bool>, 32> Work;
  for (llvm::Function &Root : C.M)
    Work.push_back({&Root, false});
  std::reverse(Work.begin(), Work.end());
  while (!Work.empty()) {
    auto [F, Left] = Work.pop_back_val();
    if (Left) {
      Order.push_back(F);
      continue;
    }
    if (F->isDeclaration() || !Seen.insert(F).second)
      continue;
    Work.push_back({F, true});
    for (Instruction &I : instructions(*F))
      if (auto *CB = dyn_cast<CallBase>(&I))
        if (llvm::Function *Callee = CB->getCalledFunction())
          Work.push_back({Callee, false});
  }
  return Order;
}

bool Driver::isInteresting(llvm::Function &F) {
  if (!isEligible(F) || !C.O.selects(F.getName()))
    return false;
  const TargetLibraryInfo &TLI = C.FAM.getResult<TargetLibraryAnalysis>(F);
  for (Instruction &I : instructions(F)) {
    auto *CB = dyn_cast<CallBase>(&I);
    if (!CB)
      continue;
    if (findAllocation(*CB, TLI))
      return true;
    const llvm::Function *Callee = CB->getCalledFunction();
    if (Callee && !Callee->isDeclaration() &&
        !ME.summary(*Callee).FreshObjects.empty())
      return true;
  }
  return false;
}

void Driver::verify(llvm::Function &F) {
  if (C.O.Verify && verifyFunction(F, &errs()))
    report_fatal_error("stackward: broken function after a transform");
}

/// Promotes everything in the list, which is cut to the limit; false when
/// there is nothing.
bool Driver::promoteAll(llvm::Function &F, SmallVectorImpl<Promotion> &List) {
  uint64_t Left = C.O.Limit - Done;
  if (List.size() > Left)
    List.truncate(Left);
  if (List.empty())
    return false;
  for (const Promotion &P : List) {
    for (auto [CB, Copy] : P.Pinned)
      CB->setCalledFunction(Copy);
    Record.push_back(
        {P.What.Call->getDebugLoc(), P.slotBytes(), P.Guarded.has_value()});
  }
  Done += List.size();
  promote(F, List, C.FAM.getResult<TargetLibraryAnalysis>(F));
  C.FAM.invalidate(F, PreservedAnalyses::none());
  verify(F);
  simplify(F, C.FAM);
  markTailCalls(F, C.FAM);
  verify(F);
  return true;
}

/// Within the budget, and where that is allowed.
bool Driver::inlineObstacle(CallBase &CB, Attempt &A) {
  uint64_t Size = CB.getCalledFunction()->getInstructionCount();
  if (A.Inlined + Size > C.O.InlineBudget || !canInline(CB, C.FAM))
    return false;
  SmallVector<CallBase *, 8> Came;
  MDNode *Mark = CB.getMetadata(TargetMark);
  if (!inlineCall(CB, C.FAM, Came))
    return false;
  A.Inlined += Size;
  if (Mark)
    for (CallBase *Next : Came)
      Next->setMetadata(TargetMark, Mark);
  return true;
}

/// A call through a pointer becomes calls of what it may lead to.
bool Driver::resolve(const Obstacle &O, Attempt &A) {
  if (O.Targets.size() > MaxTargets)
    return false;
  SmallVector<CallBase *, 4> Made;
  MDNode *Mark = O.Call->getMetadata(TargetMark);
  if (!callDirectly(*O.Call, O.Targets, Made))
    return false;
  A.Inlined += 2 * (Made.size() - 1);
  if (Mark)
    for (CallBase *CB : Made)
      CB->setMetadata(TargetMark, Mark);
  if (Made.size() > 1)
    C.FAM.invalidate(*Made.back()->getFunction(), PreservedAnalyses::none());
  // What stood in the way was what the targets do.
  for (CallBase *CB : Made)
    inlineObstacle(*CB, A);
  return true;
}

/// \p Site has to be promoted, or the trial is lost.
void Driver::owe(CallBase &Site, Attempt &A) {
  if (Site.hasMetadata(OwedMark))
    return;
  Site.setMetadata(OwedMark, MDNode::get(Site.getContext(), {}));
  ++A.Owed;
}

/// The caller allocates for the factory, which is the target.
bool Driver::hoist(CallBase &Factory, Attempt &A) {
  const CalleeClones::Hoisted &H =
      Clones.withMemory(*Factory.getCalledFunction());
  if (!H.Copy || Factory.isMustTailCall())
    return false;
  verify(*H.Copy);
  MDNode *Mark = Factory.getMetadata(TargetMark);
  llvm::Function &Caller = *Factory.getFunction();
  SmallVector<CallBase *, 2> Sites = hoistBefore(Factory, *H.Copy, H.Sites);
  C.FAM.invalidate(Caller, PreservedAnalyses::none());
  for (CallBase *Site : Sites) {
    Site->setMetadata(TargetMark, Mark);
    owe(*Site, A);
  }
  return true;
}

/// \p Site: the target, or null when it is gone.
bool Driver::removeObstacle(const Obstacle &O, CallBase *Site, Attempt &A) {
  llvm::Function *Callee = O.Call->getCalledFunction();
  if (!Callee && !O.Targets.empty())
    return C.O.Devirtualise && resolve(O, A);
  if (!Callee)
    return C.O.Devirtualise &&
           makeDirect(
               *O.Call, ME,
               C.FAM.getResult<DominatorTreeAnalysis>(*O.Call->getFunction()));
  if (inlineObstacle(*O.Call, A))
    return true;
  if (O.Call == Site && Callee->getFunctionType() == Site->getFunctionType())
    return hoist(*Site, A);
  if (!O.FreedParameter || !Site)
    return false;
  llvm::Function *Copy =
      Clones.withoutFree(*Callee, {*O.FreedParameter, O.FreedCell});
  if (!Copy)
    return false;
  O.Call->setCalledFunction(Copy);
  owe(*Site, A);
  return true;
}

unsigned Driver::allocations(llvm::Function &F) {
  const TargetLibraryInfo &TLI = C.FAM.getResult<TargetLibraryAnalysis>(F);
  return count_if(instructions(F), [&](Instruction &I) {
    auto *CB = dyn_cast<CallBase>(&I);
    return CB && findAllocation(*CB, TLI);
  });
}

/// Removes what can be removed of \p List. False when nothing could be.
bool Driver::removeObstacles(CallBase &Site, ArrayRef<Obstacle> List,
                             Attempt &A) {
  bool Progress = false;
  CallBase *Left = &Site;
  SmallPtrSet<CallBase *, 8> Gone;
  for (const Obstacle &O : List)
    if (Gone.insert(O.Call).second && removeObstacle(O, Left, A)) {
      Progress = true;
      if (O.Call == Left)
        Left = nullptr;
    }
  return Progress;
}

/// After a change; false when there is no effort left for it.
bool Driver::cleanUp(llvm::Function &Copy) {
  verify(Copy);
  if (!spend(Copy))
    return false;
  simplify(Copy, C.FAM);
  verify(Copy);
  return true;
}

/// Takes the price of one pass over \p F from what trials may cost; false when
/// there is not enough left.
bool Driver::spend(const llvm::Function &F) {
  uint64_t Size = F.getInstructionCount();
  if (Size > Effort)
    return false;
  Effort -= Size;
  return true;
}

/// Something in \p Copy has to be promoted that is not.
static bool owes(llvm::Function &Copy) {
  return any_of(instructions(Copy),
                [](const Instruction &I) { return I.hasMetadata(OwedMark); });
}

/// One round on the trial copy. False when nothing more can be done.
bool Driver::roundOfTrial(llvm::Function &Copy, const llvm::Function &Original,
                          Attempt &A) {
  if (!spend(Copy))
    return false;
  Findings Found = examine(Copy, Original, C);
  auto IsTarget = [](const CallBase *CB) {
    return CB->hasMetadata(TargetMark);
  };
  bool Ready = any_of(Found.Promotions, [&](const Promotion &P) {
    return IsTarget(P.What.Call);
  });
  unsigned Paid = count_if(Found.Promotions, [](const Promotion &P) {
    return P.What.Call->hasMetadata(OwedMark);
  });
  if (Ready && A.Owed == Paid) {
    size_t Wanted = Found.Promotions.size();
    bool Promoted = promoteAll(Copy, Found.Promotions);
    // The limit may have cut the list, and the marks of what was cut with it.
    A.Success = Promoted && Found.Promotions.size() == Wanted && !owes(Copy);
    return false;
  }
  bool Left = false;
  for (const Refusal &R : Found.Refusals) {
    if (!IsTarget(R.Site))
      continue;
    Left = true;
    // R and what follows may name calls that are gone.
    if (removeObstacles(*R.Site, R.Obstacles, A))
      return cleanUp(Copy);
  }
  // Gone from sight: good if the optimiser removed it, and not if it only
  // went into code that was inlined.
  if (!Left && !Ready)
    A.Success = !A.Owed && allocations(Copy) <= A.Dissolved;
  return false;
}

/// The rounds of a trial. What stands in the way of \p Target in the original
/// is what stands in its way in the copy, so the first round need not look.
void Driver::runTrial(Trial &T, llvm::Function &F, const Refusal &Target,
                      Attempt &A) {
  auto &Site = *cast<CallBase>(T.inCopy(*Target.Site));
  Site.setMetadata(TargetMark, MDNode::get(F.getContext(), {}));
  SmallVector<Obstacle, 4> Obstacles;
  for (const Obstacle &O : Target.Obstacles)
    Obstacles.push_back({cast<CallBase>(T.inCopy(*O.Call)), O.FreedParameter,
                         O.Targets, O.FreedCell});
  if (!C.O.InlineRounds || !removeObstacles(Site, Obstacles, A) ||
      !cleanUp(T.function()))
    return;
  for (unsigned Round = 1; Round <= C.O.InlineRounds; ++Round)
    if (!roundOfTrial(T.function(), F, A))
      return;
}

bool Driver::tryTarget(llvm::Function &F, const Refusal &Target) {
  uint64_t Before = F.getInstructionCount(), Allowance = Clones.Allowance;
  // Trials that succeed are free: it is those that fail which must be few.
  uint64_t EffortBefore = Effort;
  if (!spend(F))
    return false;
  Trial T(F, C.FAM);
  size_t RecordSize = Record.size();
  uint64_t DoneBefore = Done;
  Attempt A;
  A.Dissolved = allocations(F);
  if (findAllocation(*Target.Site, C.FAM.getResult<TargetLibraryAnalysis>(F)))
    --A.Dissolved;
  runTrial(T, F, Target, A);
  uint64_t After =
      T.function().getInstructionCount() + (Allowance - Clones.Allowance);
  if (!A.Success || After > Before + Growth) {
    Clones.Allowance = Allowance;
    Record.truncate(RecordSize);
    Done = DoneBefore;
    return false;
  }
  Growth = Before + Growth - After;
  Effort = EffortBefore;
  T.commit();
  for (Instruction &I : instructions(F))
    if (auto *CB = dyn_cast<CallBase>(&I))
      CB->setMetadata(TargetMark, nullptr);
  return true;
}

void Driver::report(llvm::Function &F) {
  auto &ORE = C.FAM.getResult<OptimizationRemarkEmitterAnalysis>(F);
  for (const Moved &M : Record)
    remarkPromoted(ORE, F, M.At, M.Bytes, M.Guarded);
  Record.clear();
  if (!ORE.enabled())
    return;
  for (const Refusal &R : examine(F, F, C).Refusals)
    remarkRefused(ORE, *R.Site, R.Blockers, ME);
}

bool Driver::tryAny(llvm::Function &F, const Findings &Found,
                    unsigned &Trials) {
  if (!C.O.DemandInline || Done >= C.O.Limit)
    return false;
  for (const Refusal &R : Found.Refusals)
    if (!R.Obstacles.empty() && Trials++ < MaxTrials && tryTarget(F, R))
      return true;
  return false;
}

void Driver::optimise(llvm::Function &F) {
  bool Here = false;
  unsigned Trials = 0;
  C.FrameBefore = frameBytes(F);
  while (true) {
    Findings Found = examine(F, F, C);
    if (promoteAll(F, Found.Promotions) || tryAny(F, Found, Trials)) {
      Here = true;
      continue;
    }
    Here |= promoteAll(F, Found.Guarded);
    break;
  }
  Changed |= Here;
}

bool Driver::run() {
  for (llvm::Function *F : bottomUp()) {
    if (!isInteresting(*F))
      continue;
    // Most functions that allocate hand everything out: one look is enough.
    if (ME.mayKeepAny(*F))
      optimise(*F);
    report(*F);
  }
  Changed |= Clones.dropUnused();
  return Changed;
}

/// Something is allocated somewhere: most units of a program that allocate
/// nothing are recognised without analysing them.
static bool worthAnalysing(llvm::Module &M, llvm::FunctionAnalysisManager &FAM,
                           const Options &O) {
  uint64_t Size = 0;
  bool Allocates = false;
  for (llvm::Function &F : M) {
    if (F.isDeclaration())
      continue;
    Size += F.getInstructionCount();
    if (Allocates || !isEligible(F))
      continue;
    const TargetLibraryInfo &TLI = FAM.getResult<TargetLibraryAnalysis>(F);
    for (Instruction &I : instructions(F))
      if (auto *CB = dyn_cast<CallBase>(&I))
        Allocates |= findAllocation(*CB, TLI).has_value();
  }
  return Allocates && Size <= O.ModuleBudget;
}

bool runHeapToStack(llvm::Module &M, llvm::ModuleAnalysisManager &MAM,
                    const Options &O) {
  auto &FAM = MAM.getResult<FunctionAnalysisManagerModuleProxy>(M).getManager();
  if (!O.Enable || !O.HeapToStack || !worthAnalysing(M, FAM, O))
    return false;
  return Driver(M, FAM, O).run();
}

} // namespace stackward::ir
