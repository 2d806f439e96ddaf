// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Allocation calls become entry-block allocas, deallocations disappear.
///
/// I1  The alloca is in the entry block, whatever loop the site is in, and
///     has the alignment that the uses of the heap object relied on.
/// I2  A deallocation is deleted only when it can free nothing but promoted
///     objects or null. Otherwise it is kept behind a comparison of its
///     operand with the slots, which is right whatever it frees; so a
///     deallocation of `phi(stack, heap)` neither leaks nor frees the stack.
/// I3  No call stays marked `tail`: such a call must not see the frame.
/// I4  A guarded slot leaves the allocation where it is, on one of two ways.
/// I5  Two objects that were different on the heap share a slot when the site
///     runs again, so no-alias scopes around a repeated site are dropped.
/// I6  Nor need they be of one class (`p = c ? new A : new B` is one site when
///     their sizes are one). With -fstrict-vtable-pointers loads through one
///     pointer find one vtable, so each object gets a pointer of its own.
#include "Rewrite.h"
#include "GuardedSlot.h"
#include "llvm/Analysis/AliasAnalysis.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace stackward::ir {

void clearTailMarks(llvm::Function &F) {
  for (Instruction &I : instructions(F))
    if (auto *CI = dyn_cast<CallInst>(&I);
        CI && CI->getTailCallKind() == CallInst::TCK_Tail)
      CI->setTailCallKind(CallInst::TCK_None);
}

void removeCall(CallBase &CB) {
  if (auto *Invoke = dyn_cast<InvokeInst>(&CB)) {
    Invoke->getUnwindDest()->removePredecessor(Invoke->getParent());
    BranchInst::Create(Invoke->getNormalDest(), Invoke->getIterator())
        ->setDebugLoc(Invoke->getDebugLoc());
  }
  CB.eraseFromParent();
}

bool launders(const llvm::Module &M) {
  return M.getModuleFlag("StrictVTablePointers");
}

Value *asNewObject(IRBuilderBase &B, Value *Slot) {
  return launders(*B.GetInsertBlock()->getModule())
             ? B.CreateLaunderInvariantGroup(Slot)
             : Slot;
}

static AllocaInst *replaceSite(llvm::Function &F, const Allocation &A) {
  LLVMContext &Context = F.getContext();
  uint64_t Bytes = std::max<uint64_t>(*A.Size, 1);
  IRBuilder<> Entry(&F.getEntryBlock(), F.getEntryBlock().begin());
  AllocaInst *Slot =
      Entry.CreateAlloca(ArrayType::get(Type::getInt8Ty(Context), Bytes));
  Slot->setAlignment(A.Alignment);
  IRBuilder<> At(A.Call);
  At.CreateLifetimeStart(Slot);
  if (A.ZeroFilled)
    At.CreateMemSet(Slot, At.getInt8(0), Bytes, A.Alignment);
  Slot->takeName(A.Call);
  A.Call->replaceAllUsesWith(asNewObject(At, Slot));
  removeCall(*A.Call);
  return Slot;
}

/// Every value that \p V can be is a slot or null.
static bool onlySlots(Value *V, const SmallPtrSetImpl<Value *> &Slots) {
  SmallPtrSet<Value *, 8> Seen;
  SmallVector<Value *, 8> Work{V};
  while (!Work.empty()) {
    Value *Next = Work.pop_back_val()->stripPointerCastsForAliasAnalysis();
    if (!Seen.insert(Next).second || Slots.contains(Next) ||
        isa<ConstantPointerNull>(Next) || isa<UndefValue>(Next))
      continue;
    if (auto *Phi = dyn_cast<PHINode>(Next))
      append_range(Work, Phi->incoming_values());
    else if (auto *Select = dyn_cast<SelectInst>(Next))
      Work.append({Select->getTrueValue(), Select->getFalseValue()});
    else
      return false;
  }
  return true;
}

/// `free(p)` becomes `if (p is none of Slots) free(p)`.
static void guardRelease(CallBase &CB, Value *Freed, ArrayRef<Value *> Slots) {
  CallBase *Call = &CB;
  if (auto *Invoke = dyn_cast<InvokeInst>(Call))
    Call = changeToCall(Invoke);
  IRBuilder<> B(Call);
  Value *OnHeap = nullptr;
  for (Value *Slot : Slots) {
    Value *Differs = B.CreateICmpNE(Freed, Slot);
    OnHeap = OnHeap ? B.CreateAnd(OnHeap, Differs) : Differs;
  }
  Instruction *Then = SplitBlockAndInsertIfThen(OnHeap, Call->getIterator(),
                                                /*Unreachable=*/false);
  Call->moveBefore(Then->getIterator());
}

namespace {
/// The promoted objects that one deallocation may free.
struct Released {
  SmallVector<Value *, 2> Slots;
  SmallVector<GuardedSlot, 2> Guarded;
  bool NothingElse = true;
};
} // namespace

static void rewriteRelease(CallBase &CB, const Released &What,
                           const SmallPtrSetImpl<Value *> &AllSlots,
                           const TargetLibraryInfo &TLI) {
  Value *Freed = findDeallocation(CB, TLI)->Freed;
  Value *Base = Freed->stripPointerCastsForAliasAnalysis();
  clearFlags(CB, *Freed, What.Guarded);
  if (!What.NothingElse && !onlySlots(Freed, AllSlots))
    return guardRelease(CB, Freed, What.Slots);
  if (isa<AllocaInst>(Base))
    IRBuilder<>(&CB).CreateLifetimeEnd(Base);
  removeCall(CB);
}

/// Instructions that may touch \p Slot lose what they knew about aliasing.
static void dropScopes(llvm::Function &F, const Value &Slot) {
  for (Instruction &I : instructions(F)) {
    if (!I.hasMetadata(LLVMContext::MD_noalias) &&
        !I.hasMetadata(LLVMContext::MD_alias_scope))
      continue;
    const Value *Pointer = getLoadStorePointerOperand(&I);
    const Value *Base = Pointer ? getUnderlyingObject(Pointer, 0) : nullptr;
    if (Base && Base != &Slot && isIdentifiedObject(Base))
      continue;
    I.setMetadata(LLVMContext::MD_noalias, nullptr);
    I.setMetadata(LLVMContext::MD_alias_scope, nullptr);
  }
}

bool isInCycle(BasicBlock &BB) {
  SmallPtrSet<BasicBlock *, 32> Seen;
  SmallVector<BasicBlock *, 32> Work(successors(&BB));
  while (!Work.empty()) {
    BasicBlock *Next = Work.pop_back_val();
    if (Next == &BB)
      return true;
    if (Seen.insert(Next).second)
      append_range(Work, successors(Next));
  }
  return false;
}

/// No deallocation of \p P frees anything that stays on the heap.
static bool freesOnly(const Promotion &P,
                      const SmallPtrSetImpl<CallBase *> &Plain) {
  return P.ReleasedAlone && !P.Guarded &&
         all_of(P.ReleasedWith,
                [&](CallBase *Other) { return Plain.contains(Other); });
}

/// The slot of \p P, noted at each of its deallocations.
static AllocaInst *promoteOne(llvm::Function &F, const Promotion &P,
                              bool FreesOnlySlots,
                              MapVector<CallBase *, Released> &ReleasedAt) {
  GuardedSlot Guarded;
  if (P.Guarded)
    Guarded = guardSite(F, P.What, *P.Guarded);
  AllocaInst *Slot = P.Guarded ? Guarded.Slot : replaceSite(F, P.What);
  for (CallBase *Release : P.Releases) {
    Released &At = ReleasedAt[Release];
    At.Slots.push_back(Slot);
    At.NothingElse &= FreesOnlySlots;
    if (P.Guarded)
      At.Guarded.push_back(Guarded);
  }
  return Slot;
}

void promote(llvm::Function &F, ArrayRef<Promotion> List,
             const TargetLibraryInfo &TLI) {
  clearTailMarks(F);
  MapVector<CallBase *, Released> ReleasedAt;
  SmallPtrSet<Value *, 8> AllSlots;
  SmallPtrSet<CallBase *, 8> Plain;
  SmallVector<bool, 8> FreesOnlySlots;
  for (const Promotion &P : List)
    if (!P.Guarded)
      Plain.insert(P.What.Call);
  // The calls that P names are gone once they are replaced.
  for (const Promotion &P : List)
    FreesOnlySlots.push_back(freesOnly(P, Plain));
  for (auto [P, Only] : zip(List, FreesOnlySlots)) {
    bool Repeats = isInCycle(*P.What.Call->getParent());
    AllocaInst *Slot = promoteOne(F, P, Only, ReleasedAt);
    AllSlots.insert(Slot);
    if (Repeats)
      dropScopes(F, *Slot);
  }
  for (auto &[Release, What] : ReleasedAt)
    rewriteRelease(*Release, What, AllSlots, TLI);
  removeUnreachableBlocks(F);
}

} // namespace stackward::ir
