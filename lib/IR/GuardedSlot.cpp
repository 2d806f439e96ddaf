// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The rewrite of one site, and the flags at its deallocations.
#include "GuardedSlot.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace stackward::ir {

static constexpr char GuardedMark[] = "stackward.guarded";

bool isGuarded(const CallBase &CB) { return CB.hasMetadata(GuardedMark); }

/// The block after the call, entered from nowhere else: the merge goes there.
static BasicBlock *blockAfter(CallBase &CB) {
  if (auto *Invoke = dyn_cast<InvokeInst>(&CB)) {
    if (Invoke->getNormalDest()->getSinglePredecessor())
      FoldSingleEntryPHINodes(Invoke->getNormalDest());
    return SplitEdge(Invoke->getParent(), Invoke->getNormalDest());
  }
  return SplitBlock(CB.getParent(), std::next(CB.getIterator()));
}

/// `n <= N && !used`, as far as it is not known.
static Value *fits(IRBuilder<> &B, const Allocation &A, const Guard &G,
                   const GuardedSlot &S) {
  Value *Fits = nullptr;
  if (!A.Size)
    Fits = B.CreateICmpULE(A.SizeValue,
                           ConstantInt::get(A.SizeValue->getType(), G.Bytes));
  if (!S.Used)
    return Fits;
  Value *Free = B.CreateNot(B.CreateLoad(B.getInt1Ty(), S.Used));
  return Fits ? B.CreateAnd(Fits, Free) : Free;
}

GuardedSlot guardSite(llvm::Function &F, const Allocation &A, const Guard &G) {
  LLVMContext &Context = F.getContext();
  CallBase &Call = *A.Call;
  GuardedSlot S;
  IRBuilder<> Entry(&F.getEntryBlock(), F.getEntryBlock().begin());
  S.Slot =
      Entry.CreateAlloca(ArrayType::get(Type::getInt8Ty(Context), G.Bytes));
  S.Slot->setAlignment(A.Alignment);
  if (G.SeveralAlive) {
    S.Used = Entry.CreateAlloca(Entry.getInt1Ty());
    Entry.CreateStore(Entry.getFalse(), S.Used);
  }
  BasicBlock *Before = Call.getParent();
  BasicBlock *OnHeap = SplitBlock(Before, Call.getIterator());
  BasicBlock *After = blockAfter(Call);
  BasicBlock *InSlot = BasicBlock::Create(Context, "", &F, OnHeap);
  Instruction *Old = Before->getTerminator();
  IRBuilder<> B(Old);
  B.SetCurrentDebugLocation(Call.getDebugLoc());
  Value *Fits = fits(B, A, G, S);
  B.CreateCondBr(Fits, InSlot, OnHeap);
  Old->eraseFromParent();

  B.SetInsertPoint(InSlot);
  if (S.Used)
    B.CreateStore(B.getTrue(), S.Used);
  if (A.ZeroFilled)
    B.CreateMemSet(S.Slot, B.getInt8(0), G.Bytes, A.Alignment);
  Value *Object = asNewObject(B, S.Slot);
  B.CreateBr(After);

  PHINode *Merged = PHINode::Create(Call.getType(), 2, "", After->begin());
  Call.replaceAllUsesWith(Merged);
  Merged->addIncoming(Object, InSlot);
  Merged->addIncoming(&Call, OnHeap);
  Call.setMetadata(GuardedMark, MDNode::get(Context, {}));
  return S;
}

void clearFlags(Instruction &At, Value &Freed, ArrayRef<GuardedSlot> Slots) {
  IRBuilder<> B(&At);
  for (const GuardedSlot &S : Slots) {
    if (!S.Used)
      continue;
    Value *Used = B.CreateLoad(B.getInt1Ty(), S.Used);
    Value *Other = B.CreateICmpNE(&Freed, S.Slot);
    B.CreateStore(B.CreateAnd(Used, Other), S.Used);
  }
}

} // namespace stackward::ir
