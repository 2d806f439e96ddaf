// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What may put a pointer away as something else, instruction by instruction.
/// What is not in the lists may.
#include "TypedNumbers.h"
#include "CalleeFacts.h"
#include "EscapeWalk.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;
using namespace stackward::escape;

namespace stackward::ir {

/// Steps back from one value; what is further away may be anything.
static constexpr size_t MaxSteps = 256;

/// The name of the type that is accessed; empty when there is none.
static StringRef accessedType(const MDNode *Tag) {
  if (!Tag || Tag->getNumOperands() < 3)
    return {};
  const auto *Access = dyn_cast<MDNode>(Tag->getOperand(1));
  const auto *Name = Access && Access->getNumOperands()
                         ? dyn_cast<MDString>(Access->getOperand(0))
                         : nullptr;
  return Name ? Name->getString() : StringRef();
}

static bool isNumberName(StringRef Name) {
  return is_contained(
      {"bool", "short", "int", "long", "long long", "float", "double"}, Name);
}

static bool isPointerName(StringRef Name) {
  return Name == "any pointer" || Name == "vtable pointer" ||
         (Name.size() > 3 && Name[0] == 'p' && isDigit(Name[1]) &&
          Name.contains(' '));
}

bool isTypedNumber(const LoadInst &I) {
  return !I.getType()->isPtrOrPtrVectorTy() &&
         isNumberName(accessedType(I.getMetadata(LLVMContext::MD_tbaa)));
}

/// `T a = b;` names the types of all that it copies.
static bool copiesTyped(const Instruction &I) {
  auto Named = [](const MDNode *Tag) {
    StringRef Name = accessedType(Tag);
    return isNumberName(Name) || isPointerName(Name);
  };
  if (const MDNode *Tag = I.getMetadata(LLVMContext::MD_tbaa))
    return Named(Tag);
  const MDNode *Fields = I.getMetadata(LLVMContext::MD_tbaa_struct);
  if (!Fields || Fields->getNumOperands() % 3)
    return false;
  for (unsigned F = 2; F < Fields->getNumOperands(); F += 3)
    if (!Named(dyn_cast<MDNode>(Fields->getOperand(F))))
      return false;
  return true;
}

/// Nothing but numbers are stored into it, and nobody else has its address.
static bool holdsNumbers(const Value *Address) {
  const Value *Base = getUnderlyingObject(Address, 0);
  if (const auto *G = dyn_cast<GlobalVariable>(Base))
    return G->isConstant();
  if (!isa<AllocaInst>(Base))
    return false;
  SmallVector<const Value *, 8> Work{Base};
  while (!Work.empty())
    for (const User *U : Work.pop_back_val()->users()) {
      const auto *I = cast<Instruction>(U);
      if (isa<GetElementPtrInst>(I))
        Work.push_back(I);
      else if (const auto *S = dyn_cast<StoreInst>(I)) {
        const Value *Stored = S->getValueOperand();
        if (Stored->getType()->isPtrOrPtrVectorTy() ||
            !Stored->getType()->isSingleValueType())
          return false;
      } else if (!isa<LoadInst, MemIntrinsic>(I) && !I->isLifetimeStartOrEnd())
        return false;
    }
  return true;
}

namespace {
/// Whether a value that is no pointer may be an address, or part of one.
class Numbers {
public:
  bool mayHide(const Value *V);
  /// What a function without a body does with what it is given.
  struct Library {
    bool Returns = false, Copies = false;
  };
  const Library &library(const llvm::Function &F);

private:
  bool mayComeFrom(const Instruction &I, SmallVectorImpl<const Value *> &Work);
  DenseMap<const Value *, bool> Known;
  DenseMap<const llvm::Function *, Library> Libraries;
};
} // namespace

const Numbers::Library &Numbers::library(const llvm::Function &F) {
  auto [It, New] = Libraries.try_emplace(&F);
  if (New)
    for (const Flow &Way : declarationSummary(F).Flows) {
      bool Given = Way.From.Root == PathRoot::Param;
      It->second.Returns |= Given && Way.To.Root == PathRoot::Return;
      It->second.Copies |=
          Given && Way.To.Root == PathRoot::Param && !Way.From.Derefs.empty();
    }
  return It->second;
}

/// Tells something of a pointer that is no part of its address.
static bool tellsOtherThings(const CallBase &CB) {
  return CB.getIntrinsicID() == Intrinsic::objectsize ||
         CB.getIntrinsicID() == Intrinsic::is_constant;
}

/// A step back; false: not from a pointer.
bool Numbers::mayComeFrom(const Instruction &I,
                          SmallVectorImpl<const Value *> &Work) {
  if (isa<CmpInst>(I) || leavesLittle(I) || isPointerDifference(I))
    return false;
  if (const auto *Load = dyn_cast<LoadInst>(&I))
    return !isTypedNumber(*Load);
  if (const auto *CB = dyn_cast<CallBase>(&I)) {
    const auto *Callee = CB->getCalledFunction();
    // What the callee returns is looked at there; who is not here has nothing.
    if (!Callee || !Callee->isDeclaration())
      return CB->isInlineAsm();
    if (Callee->isIntrinsic()) {
      append_range(Work, CB->args());
      bool OfPointer = any_of(CB->args(), [](const Value *A) {
        return A->getType()->isPtrOrPtrVectorTy();
      });
      return !CB->doesNotAccessMemory() ||
             (OfPointer && !tellsOtherThings(*CB));
    }
    return library(*Callee).Returns;
  }
  if (isa<BinaryOperator, UnaryOperator, PHINode, SelectInst, FreezeInst,
          InsertElementInst, ExtractElementInst, ShuffleVectorInst,
          InsertValueInst, ExtractValueInst>(I) ||
      (isa<CastInst>(I) && !isa<PtrToIntInst, PtrToAddrInst>(I))) {
    append_range(Work, I.operands());
    return false;
  }
  return true;
}

bool Numbers::mayHide(const Value *Start) {
  auto [It, New] = Known.try_emplace(Start, false);
  if (!New)
    return It->second;
  SmallPtrSet<const Value *, 16> Seen;
  SmallVector<const Value *, 16> Work{Start};
  bool Hides = false;
  while (!Work.empty() && !Hides) {
    const Value *V = Work.pop_back_val();
    const auto *I = dyn_cast<Instruction>(V);
    // Arguments are looked at where they are passed; of constants only
    // globals have an address. A pointer in a register is none hidden.
    if (!I || I->getType()->isPtrOrPtrVectorTy() || !Seen.insert(V).second)
      continue;
    Hides = Seen.size() > MaxSteps || mayComeFrom(*I, Work);
  }
  return Known[Start] = Hides;
}

static bool hidesInStore(const Instruction &I, const Value *Stored,
                         Numbers &N) {
  Type *Ty = Stored->getType();
  if (isa<Constant>(Stored) || Ty->isIntegerTy(1))
    return false;
  if (Ty->isPtrOrPtrVectorTy())
    return !isPointerName(accessedType(I.getMetadata(LLVMContext::MD_tbaa)));
  return !Ty->isSingleValueType() || N.mayHide(Stored);
}

/// Stores something else than a constant byte; a scatter, for instance.
static bool writesValues(const IntrinsicInst &I) {
  switch (I.getIntrinsicID()) {
  case Intrinsic::memset:
  case Intrinsic::memset_inline:
  case Intrinsic::lifetime_start:
  case Intrinsic::lifetime_end:
  case Intrinsic::invariant_start:
  case Intrinsic::invariant_end:
  case Intrinsic::stackrestore:
  case Intrinsic::trap:
  case Intrinsic::debugtrap:
  case Intrinsic::ubsantrap:
  case Intrinsic::prefetch:
    return false;
  default:
    return I.mayWriteToMemory() && !I.onlyAccessesInaccessibleMemory();
  }
}

/// An aggregate is passed in registers: its pointers are no numbers.
static bool hidesInCall(const CallBase &CB, Numbers &N) {
  const auto *Callee = CB.getCalledFunction();
  if (const auto *Copy = dyn_cast<MemTransferInst>(&CB))
    return !copiesTyped(CB) && !holdsNumbers(Copy->getRawSource());
  if (const auto *Intrinsic = dyn_cast<IntrinsicInst>(&CB))
    return writesValues(*Intrinsic);
  for (unsigned A = 0; A < CB.arg_size(); ++A)
    if (CB.isByValArgument(A) || N.mayHide(CB.getArgOperand(A)))
      return true;
  if (!Callee || !Callee->isDeclaration())
    return false;
  return N.library(*Callee).Copies;
}

static bool hides(const Instruction &I, Numbers &N) {
  if (const auto *S = dyn_cast<StoreInst>(&I))
    return hidesInStore(I, S->getValueOperand(), N);
  if (const auto *RMW = dyn_cast<AtomicRMWInst>(&I))
    return hidesInStore(I, RMW->getValOperand(), N);
  if (const auto *X = dyn_cast<AtomicCmpXchgInst>(&I))
    return hidesInStore(I, X->getNewValOperand(), N);
  if (const auto *CB = dyn_cast<CallBase>(&I))
    return hidesInCall(*CB, N);
  if (const auto *R = dyn_cast<ReturnInst>(&I))
    return R->getReturnValue() && N.mayHide(R->getReturnValue());
  return isa<VAArgInst>(I);
}

bool hidesPointers(const llvm::Module &M) {
  Numbers N;
  for (const llvm::Function &F : M)
    for (const Instruction &I : instructions(F))
      if (hides(I, N))
        return true;
  return false;
}

} // namespace stackward::ir
