// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Joins the fates of the Escape core with the conditions that need no
/// solver. A site is promoted when nothing at all stands against it.
#include "Examine.h"
#include "EscapeWalk.h"
#include "GuardedSlot.h"
#include "Legality.h"
#include "Trial.h"
#include "llvm/Analysis/LazyValueInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using stackward::escape::Blocker;
using stackward::escape::Reason;

namespace stackward::ir {

namespace {
class Examiner {
public:
  Examiner(llvm::Function &F, const llvm::Function &Original, Context &C)
      : F(F), C(C), TLI(C.FAM.getResult<TargetLibraryAnalysis>(F)),
        Budget(F, C.FrameBefore, C.ME.mayRecur(Original), C.O),
        RecursesByTailCall(recursesByTailCall(F, Original, C.ME)) {}
  Findings run();

private:
  void site(SiteFate &Fate);
  void fitGuarded();
  Refusal against(SiteFate &Fate, const Allocation &A);
  std::optional<Guard> guard(const SiteFate &Fate, const Allocation &A,
                             bool Varies, const Refusal &R);
  void fromCallee(SiteFate &Fate);
  bool pinBodies(Promotion &P, Refusal &R);
  bool mayBeRemoved(const Obstacle &O, const CallBase *Site);
  void dropHopeless(Refusal &R);
  void releasingCalls(CallBase &Site, Refusal &R);
  void releasingContent(const SiteFate &Fate, Refusal &R);

  llvm::Function &F;
  Context &C;
  const TargetLibraryInfo &TLI;
  FrameBudget Budget;
  const bool RecursesByTailCall;
  Findings Found;
};
} // namespace

static void add(std::vector<Blocker> &List, Reason Why) {
  if (none_of(List, [&](const Blocker &B) { return B.Because == Why; }))
    List.push_back({Why, {}});
}

static void add(Refusal &R, CallBase *Call, const ModuleEscape &ME) {
  if (none_of(R.Obstacles, [&](const Obstacle &O) { return O.Call == Call; }))
    R.Obstacles.push_back({Call, {}, ME.targets(*Call).Targets, {}});
}

/// \p V comes from the arguments or globals alone. An object that has not
/// escaped cannot be reached from it.
static bool isFromOutside(Value *V) {
  SmallPtrSet<Value *, 8> Seen;
  SmallVector<Value *, 8> Work{V};
  while (!Work.empty()) {
    Value *Base = getUnderlyingObject(Work.pop_back_val(), 0);
    if (isa<Constant>(Base) || isa<Argument>(Base) || !Seen.insert(Base).second)
      continue;
    if (auto *Load = dyn_cast<LoadInst>(Base))
      Work.push_back(Load->getPointerOperand());
    else if (auto *Phi = dyn_cast<PHINode>(Base))
      append_range(Work, Phi->incoming_values());
    else if (auto *Select = dyn_cast<SelectInst>(Base))
      Work.append({Select->getTrueValue(), Select->getFalseValue()});
    else
      return false;
  }
  return true;
}

/// \p V may be, or have been computed from, the address of something local.
static bool mayHoldLocalAddress(Value *V, const DataLayout &DL) {
  SmallPtrSet<Value *, 8> Seen;
  SmallVector<Value *, 8> Work{V};
  while (!Work.empty()) {
    Value *Next = Work.pop_back_val();
    if (!holdsPointer(Next->getType(), DL) || isa<Constant>(Next) ||
        isa<Argument>(Next) || !Seen.insert(Next).second)
      continue;
    auto *I = cast<Instruction>(Next);
    if (Next->getType()->isPointerTy()) {
      if (!isFromOutside(Next))
        return true;
    } else if (auto *Load = dyn_cast<LoadInst>(I)) {
      if (!isFromOutside(Load->getPointerOperand()))
        return true;
    } else if (isa<BinaryOperator>(I) || isa<CastInst>(I) || isa<PHINode>(I) ||
               isa<SelectInst>(I) || isa<FreezeInst>(I)) {
      append_range(Work, I->operands());
    } else {
      return true;
    }
  }
  return false;
}

/// Calls that may see the object and whose callee the linker may exchange
/// must call a private copy. False when one of them cannot be had.
bool Examiner::pinBodies(Promotion &P, Refusal &R) {
  if (C.O.TrustOdr)
    return true;
  bool Possible = true;
  for (Instruction &I : instructions(F)) {
    auto *CB = dyn_cast<CallBase>(&I);
    if (!CB || CB->isInlineAsm())
      continue;
    llvm::Function *Callee = CB->getCalledFunction();
    bool Direct =
        Callee && !Callee->isDeclaration() && C.ME.dependsOnOdr(*Callee);
    bool Indirect = C.ME.targets(*CB).OnOdr ||
                    (Direct && C.ME.dependsOnOdrIndirectly(*Callee));
    if (!Direct && !Indirect)
      continue;
    if (none_of(CB->args(), [&](Value *A) {
          return mayHoldLocalAddress(A, F.getDataLayout());
        }))
      continue;
    llvm::Function *Copy = Indirect ? nullptr : C.Clones.privateCopy(*Callee);
    if (Copy) {
      P.Pinned.push_back({CB, Copy});
      continue;
    }
    Possible = false;
    add(R, CB, C.ME);
  }
  return Possible;
}

/// Reasons that hold whatever more is seen of a callee.
static bool inliningMayHelp(Reason R) {
  switch (R) {
  case Reason::Return:
  case Reason::Global:
  case Reason::Thread:
  case Reason::StoredInArgument:
  case Reason::InlineAsm:
  case Reason::CoroutineFrame:
  case Reason::Realloc:
  case Reason::Volatile:
  case Reason::TooLarge:
  case Reason::FrameBudget:
  case Reason::Recursion:
    return false;
  case Reason::Exception:
  case Reason::StoredInEscaped:
  case Reason::UnknownCallee:
  case Reason::VirtualCallee:
  case Reason::IndirectCallee:
  case Reason::CalleeLeaks:
  case Reason::FreedInCallee:
  case Reason::LoopCarried:
  case Reason::NonConstantSize:
  case Reason::PointerToInteger:
  case Reason::CustomAllocator:
  case Reason::CustomDeleter:
  case Reason::PolymorphicDelete:
  case Reason::SharedOwnership:
  case Reason::MixedFree:
  case Reason::DtorOrder:
  case Reason::Odr:
  case Reason::Cap:
    return true;
  }
  llvm_unreachable("closed switch");
}

/// Counts no further than it must: the largest callees are asked about most.
static bool hasAtMost(const llvm::Function &F, uint64_t Most) {
  uint64_t Count = 0;
  for (const BasicBlock &BB : F)
    for (auto I = BB.begin(); I != BB.end(); ++I)
      if (++Count > Most)
        return false;
  return true;
}

/// \p O stands in the way of what \p Site brings.
bool Examiner::mayBeRemoved(const Obstacle &O, const CallBase *Site) {
  const llvm::Function *Callee = O.Call->getCalledFunction();
  if (!Callee)
    return !O.Call->isInlineAsm(); // it may become direct
  if (Callee->isDeclaration() || Callee == &F)
    return false;
  return O.FreedParameter ||
         (hasAtMost(*Callee, C.O.InlineBudget) && canInline(*O.Call, C.FAM)) ||
         (O.Call == Site &&
          C.Clones.mayHaveMemory(*O.Call->getCalledFunction()));
}

/// No trial where one of the reasons would still stand after it.
void Examiner::dropHopeless(Refusal &R) {
  bool Possible = all_of(
      R.Blockers, [](const Blocker &B) { return inliningMayHelp(B.Because); });
  if (!Possible || none_of(R.Obstacles, [&](const Obstacle &O) {
        return mayBeRemoved(O, R.Site);
      }))
    R.Obstacles.clear();
}

/// Direct calls that are handed the object itself and free it.
void Examiner::releasingCalls(CallBase &Site, Refusal &R) {
  for (User *U : Site.users()) {
    auto *CB = dyn_cast<CallBase>(U);
    llvm::Function *Callee = CB ? CB->getCalledFunction() : nullptr;
    if (!Callee || Callee->isDeclaration())
      continue;
    const escape::Summary &S = C.ME.summary(*Callee);
    for (unsigned I = 0; I < CB->arg_size() && I < Callee->arg_size(); ++I)
      if (CB->getArgOperand(I) == &Site && S.mayRelease(I)) {
        erase_if(R.Obstacles, [&](const Obstacle &O) { return O.Call == CB; });
        R.Obstacles.push_back({CB, I, {}, {}});
        break;
      }
  }
}

/// Direct calls that find the object in memory that they are handed.
void Examiner::releasingContent(const SiteFate &Fate, Refusal &R) {
  for (const SiteFate::ContentRelease &C : Fate.ContentReleases) {
    const llvm::Function *Callee = C.Call->getCalledFunction();
    if (!Callee || Callee->isDeclaration() || C.Param >= Callee->arg_size())
      continue;
    erase_if(R.Obstacles, [&](const Obstacle &O) { return O.Call == C.Call; });
    R.Obstacles.push_back({C.Call, C.Param, {}, C.Cell});
  }
}

void Examiner::fromCallee(SiteFate &Fate) {
  Refusal R;
  R.Site = Fate.Site;
  R.Blockers = Fate.Blockers;
  if (!Fate.Hopeless) {
    add(R, Fate.Site, C.ME);
    for (CallBase *CB : Fate.BlockingCalls)
      add(R, CB, C.ME);
  }
  dropHopeless(R);
  Found.Refusals.push_back(std::move(R));
}

/// A slot of the largest possible size serves an allocation of run-time size,
/// when what is known of the size's bits, or the conditions on the way to the
/// allocation, bound it.
static std::optional<uint64_t> upperBound(Value &Size, Instruction &At,
                                          LazyValueInfo &Ranges) {
  SimplifyQuery Query(At.getDataLayout(), &At);
  APInt Bound =
      computeConstantRangeIncludingKnownBits(&Size, /*ForSigned=*/false, Query)
          .intersectWith(Ranges.getConstantRange(&Size, &At,
                                                 /*UndefAllowed=*/false))
          .getUnsignedMax();
  if (Bound.getActiveBits() > 32)
    return std::nullopt;
  return Bound.getZExtValue();
}

/// A slot tested for at run time, when that is all that is missing: every
/// deallocation is in view, and the provenance stays in the frame.
std::optional<Guard> Examiner::guard(const SiteFate &Fate, const Allocation &A,
                                     bool Varies, const Refusal &R) {
  if (!C.O.GuardedSlots ||
      heatOf(*Fate.Site->getParent(), C.FAM) == Heat::Cold ||
      Fate.ReleasedByCallee || Fate.ReleasedAt.empty() ||
      (Varies && !A.SizeValue))
    return std::nullopt;
  Guard G;
  G.Bytes = Varies ? C.O.GuardedBytes : *A.Size;
  for (const Blocker &B : R.Blockers) {
    bool OfSize =
        B.Because == Reason::NonConstantSize || B.Because == Reason::TooLarge;
    if (B.Because != Reason::LoopCarried && !(OfSize && Varies))
      return std::nullopt;
    G.SeveralAlive |= B.Because == Reason::LoopCarried;
  }
  if (G.Bytes == 0 || G.Bytes > C.O.ObjectBudget || Budget.refusal(G.Bytes))
    return std::nullopt;
  return G;
}

/// Everything that stands against \p A, given in \p Fate or found here.
Refusal Examiner::against(SiteFate &Fate, const Allocation &A) {
  Refusal R;
  R.Site = Fate.Site;
  R.Blockers = std::move(Fate.Blockers);
  for (CallBase *CB : Fate.BlockingCalls)
    add(R, CB, C.ME);
  if (Fate.ReleasedByCallee) {
    add(R.Blockers, Reason::FreedInCallee);
    releasingCalls(*Fate.Site, R);
    releasingContent(Fate, R);
  }
  if (!familiesMatch(A, Fate.ReleasedAt, TLI) ||
      (!C.O.Merged && (!Fate.ReleasedAlone || !Fate.ReleasedWith.empty())))
    add(R.Blockers, Reason::MixedFree);
  std::optional<Reason> Against =
      refusal(A, Budget, heatOf(*Fate.Site->getParent(), C.FAM), C.O);
  if (Against) {
    // No inlining makes it smaller.
    add(R.Blockers, *Against);
    if (*Against != Reason::NonConstantSize)
      R.Obstacles.clear();
  }
  if (RecursesByTailCall && isHeldByCalls(*Fate.Site, TLI)) {
    add(R.Blockers, Reason::Recursion);
    R.Obstacles.clear();
  }
  if (Fate.Hopeless)
    R.Obstacles.clear();
  dropHopeless(R);
  return R;
}

void Examiner::site(SiteFate &Fate) {
  if (Fate.FromCallee)
    return fromCallee(Fate);
  std::optional<Allocation> A = findAllocation(*Fate.Site, TLI);
  if (!A || isGuarded(*Fate.Site))
    return;
  bool Varies = !A->Size;
  if (Varies && A->SizeValue)
    A->Size = upperBound(*A->SizeValue, *Fate.Site,
                         C.FAM.getResult<LazyValueAnalysis>(F));
  Refusal R = against(Fate, *A);
  std::optional<Guard> Guarded;
  if (!R.Blockers.empty())
    Guarded = guard(Fate, *A, Varies, R);
  Promotion P;
  bool Movable = Guarded || R.Blockers.empty();
  if (Movable && !pinBodies(P, R)) {
    add(R.Blockers, Reason::Odr);
    Movable = false;
  }
  if (!Movable) {
    Found.Refusals.push_back(std::move(R));
    return;
  }
  if (Guarded && Varies)
    A->Size.reset();
  P.What = *A;
  P.Guarded = Guarded;
  P.Releases.append(Fate.ReleasedAt.begin(), Fate.ReleasedAt.end());
  P.ReleasedAlone = Fate.ReleasedAlone;
  P.ReleasedWith.append(Fate.ReleasedWith.begin(), Fate.ReleasedWith.end());
  if (!Guarded)
    Budget.take(P.slotBytes());
  (Guarded ? Found.Guarded : Found.Promotions).push_back(std::move(P));
}

/// What is left of the budget once all plain slots are in the frame.
void Examiner::fitGuarded() {
  erase_if(Found.Guarded, [&](const Promotion &P) {
    if (std::optional<Reason> Against = Budget.refusal(P.slotBytes())) {
      Found.Refusals.push_back({P.What.Call, {{*Against, {}}}, {}});
      return true;
    }
    Budget.take(P.slotBytes());
    return false;
  });
}

Findings Examiner::run() {
  for (SiteFate &Fate : C.ME.fates(F))
    site(Fate);
  if (!C.O.PlainSlots)
    Found.Promotions.clear();
  fitGuarded();
  return std::move(Found);
}

Findings examine(llvm::Function &F, const llvm::Function &Original,
                 Context &C) {
  return Examiner(F, Original, C).run();
}

} // namespace stackward::ir
