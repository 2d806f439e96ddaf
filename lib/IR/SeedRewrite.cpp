// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The code of a seed. It is put into private functions of the module. Those
/// that copy text are not inlined: a call costs little beside what it saves,
/// and the constructor's own call stays in the code as well.
#include "SeedRewrite.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace stackward::ir {

namespace {

struct Types {
  explicit Types(LLVMContext &C)
      : Bool(Type::getInt1Ty(C)), Byte(Type::getInt8Ty(C)),
        Word(Type::getInt64Ty(C)), Pointer(PointerType::get(C, 0)),
        Void(Type::getVoidTy(C)) {}
  Type *Bool, *Byte, *Word, *Pointer, *Void;
};

} // namespace

Function *SeedRewriter::helper(StringRef Name, Type *Result,
                               ArrayRef<Type *> Params) {
  auto *F = Function::Create(FunctionType::get(Result, Params, false),
                             GlobalValue::InternalLinkage, Name, M);
  F->addFnAttr(Attribute::NoUnwind);
  F->addFnAttr(Attribute::WillReturn);
  BasicBlock::Create(M.getContext(), "", F);
  return Made[Name] = F;
}

/// Both may be here already, from before the link.
static GlobalVariable *bounds(Module &M, const Types &T) {
  if (GlobalVariable *Known = M.getNamedGlobal(SeedBoundsSymbol))
    return Known;
  auto *Bounds = new GlobalVariable(
      M, ArrayType::get(T.Word, 2), false, GlobalValue::ExternalLinkage,
      nullptr, SeedBoundsSymbol, nullptr, GlobalValue::InitialExecTLSModel);
  Bounds->setVisibility(GlobalValue::HiddenVisibility);
  Bounds->setDSOLocal(true);
  return Bounds;
}

static Function *admit(Module &M, const Types &T) {
  if (Function *Known = M.getFunction(SeedAdmitSymbol))
    return Known;
  Function *Admit =
      Function::Create(FunctionType::get(T.Bool, {T.Pointer}, false),
                       GlobalValue::ExternalLinkage, SeedAdmitSymbol, M);
  Admit->setVisibility(GlobalValue::HiddenVisibility);
  Admit->setDSOLocal(true);
  Admit->addFnAttr(Attribute::NoUnwind);
  Admit->addFnAttr(Attribute::Cold);
  Admit->addRetAttr(Attribute::ZExt);
  return Admit;
}

/// i1 (buffer): it lies where this thread's operator delete ignores it.
Function *SeedRewriter::room() {
  if (Function *F = Made.lookup("stackward.seed.room"))
    return F;
  Types T(M.getContext());
  GlobalVariable *Bounds = bounds(M, T);
  Function *Admit = admit(M, T);
  Function *F = helper("stackward.seed.room", T.Bool, {T.Pointer});
  auto *Slow = BasicBlock::Create(M.getContext(), "", F);
  auto *Done = BasicBlock::Create(M.getContext(), "", F);
  IRBuilder<> B(&F->getEntryBlock());
  Value *At = B.CreateThreadLocalAddress(Bounds);
  Value *Low = B.CreateLoad(T.Word, At);
  Value *Size = B.CreateLoad(T.Word, B.CreateConstGEP1_64(T.Word, At, 1));
  Value *Ahead = B.CreateSub(B.CreatePtrToInt(F->getArg(0), T.Word), Low);
  Value *Inside = B.CreateICmpULT(Ahead, Size);
  BasicBlock *Entry = &F->getEntryBlock();
  B.CreateCondBr(Inside, Done, Slow);
  B.SetInsertPoint(Slow);
  Value *Admitted = B.CreateCall(Admit, {F->getArg(0)});
  B.CreateBr(Done);
  B.SetInsertPoint(Done);
  PHINode *Result = B.CreatePHI(T.Bool, 2);
  Result->addIncoming(B.getTrue(), Entry);
  Result->addIncoming(Admitted, Slow);
  B.CreateRet(Result);
  return F;
}

/// Begins `if (...) { the rest, then return } else return 0`.
static void onlyIf(IRBuilder<> &B, Value *Condition) {
  Function *F = B.GetInsertBlock()->getParent();
  auto *Yes = BasicBlock::Create(B.getContext(), "", F);
  auto *No = BasicBlock::Create(B.getContext(), "", F);
  B.CreateCondBr(Condition, Yes, No);
  B.SetInsertPoint(No);
  if (F->getReturnType()->isVoidTy())
    B.CreateRetVoid();
  else
    B.CreateRet(Constant::getNullValue(F->getReturnType()));
  B.SetInsertPoint(Yes);
}

static Value *word(IRBuilder<> &B, Value *Container, unsigned Index) {
  return B.CreateConstGEP1_64(B.getInt64Ty(), Container, Index);
}

/// void (string, buffer, bytes)
Function *SeedRewriter::emptyString() {
  if (Function *F = Made.lookup("stackward.seed.empty.string"))
    return F;
  Types T(M.getContext());
  Function *Room = room();
  Function *F = helper("stackward.seed.empty.string", T.Void,
                       {T.Pointer, T.Pointer, T.Word});
  IRBuilder<> B(&F->getEntryBlock());
  Value *Object = F->getArg(0), *Buffer = F->getArg(1), *Bytes = F->getArg(2);
  onlyIf(B, B.CreateCall(Room, {Buffer}));
  B.CreateStore(Buffer, Object);
  B.CreateStore(B.CreateSub(Bytes, B.getInt64(1)), word(B, Object, 2));
  B.CreateStore(B.getInt8(0), Buffer);
  B.CreateRetVoid();
  return F;
}

/// void (vector, buffer, bytes)
Function *SeedRewriter::emptyVector() {
  if (Function *F = Made.lookup("stackward.seed.empty.vector"))
    return F;
  Types T(M.getContext());
  Function *Room = room();
  Function *F = helper("stackward.seed.empty.vector", T.Void,
                       {T.Pointer, T.Pointer, T.Word});
  IRBuilder<> B(&F->getEntryBlock());
  Value *Object = F->getArg(0), *Buffer = F->getArg(1), *Bytes = F->getArg(2);
  onlyIf(B, B.CreateCall(Room, {Buffer}));
  B.CreateStore(Buffer, Object);
  B.CreateStore(Buffer, word(B, Object, 1));
  B.CreateStore(B.CreatePtrAdd(Buffer, Bytes), word(B, Object, 2));
  B.CreateRetVoid();
  return F;
}

/// i1 (string, buffer, bytes, least, text, length): made it in the buffer
Function *SeedRewriter::text() {
  if (Function *F = Made.lookup("stackward.seed.text"))
    return F;
  Types T(M.getContext());
  Function *Room = room();
  Function *F =
      helper("stackward.seed.text", T.Bool,
             {T.Pointer, T.Pointer, T.Word, T.Word, T.Pointer, T.Word});
  F->addFnAttr(Attribute::NoInline);
  IRBuilder<> B(&F->getEntryBlock());
  Value *Object = F->getArg(0), *Buffer = F->getArg(1), *Bytes = F->getArg(2),
        *Least = F->getArg(3), *From = F->getArg(4), *Length = F->getArg(5);
  // A null pointer is left to the constructor, which throws.
  onlyIf(B, B.CreateAnd(B.CreateICmpULT(B.CreateSub(Length, Least),
                                        B.CreateSub(Bytes, Least)),
                        B.CreateIsNotNull(From)));
  onlyIf(B, B.CreateCall(Room, {Buffer}));
  B.CreateMemCpy(Buffer, MaybeAlign(1), From, MaybeAlign(1), Length);
  B.CreateStore(B.getInt8(0), B.CreatePtrAdd(Buffer, Length));
  B.CreateStore(Buffer, Object);
  B.CreateStore(Length, word(B, Object, 1));
  B.CreateStore(B.CreateSub(Bytes, B.getInt64(1)), word(B, Object, 2));
  B.CreateRet(B.getTrue());
  return F;
}

static FunctionCallee strlenOf(Module &M) {
  Types T(M.getContext());
  return M.getOrInsertFunction("strlen", T.Word, T.Pointer);
}

/// i1 (string, buffer, bytes, least, text ended by 0)
Function *SeedRewriter::cString() {
  if (Function *F = Made.lookup("stackward.seed.cstring"))
    return F;
  Types T(M.getContext());
  Function *Text = text();
  Function *F = helper("stackward.seed.cstring", T.Bool,
                       {T.Pointer, T.Pointer, T.Word, T.Word, T.Pointer});
  F->addFnAttr(Attribute::NoInline);
  IRBuilder<> B(&F->getEntryBlock());
  onlyIf(B, B.CreateIsNotNull(F->getArg(4)));
  FunctionCallee Strlen = M.getOrInsertFunction("strlen", T.Word, T.Pointer);
  Value *Length = B.CreateCall(Strlen, {F->getArg(4)});
  B.CreateRet(B.CreateCall(Text, {F->getArg(0), F->getArg(1), F->getArg(2),
                                  F->getArg(3), F->getArg(4), Length}));
  return F;
}

/// i1 (string, buffer, bytes, least, other string, position, count)
Function *SeedRewriter::part() {
  if (Function *F = Made.lookup("stackward.seed.part"))
    return F;
  Types T(M.getContext());
  Function *Text = text();
  Function *F =
      helper("stackward.seed.part", T.Bool,
             {T.Pointer, T.Pointer, T.Word, T.Word, T.Pointer, T.Word, T.Word});
  F->addFnAttr(Attribute::NoInline);
  IRBuilder<> B(&F->getEntryBlock());
  Value *Other = F->getArg(4), *Position = F->getArg(5);
  Value *All = B.CreateLoad(T.Word, word(B, Other, 1));
  onlyIf(B, B.CreateICmpULE(Position, All));
  Value *Length = B.CreateBinaryIntrinsic(
      Intrinsic::umin, B.CreateSub(All, Position), F->getArg(6));
  Value *From = B.CreatePtrAdd(B.CreateLoad(T.Pointer, Other), Position);
  B.CreateRet(B.CreateCall(Text, {F->getArg(0), F->getArg(1), F->getArg(2),
                                  F->getArg(3), From, Length}));
  return F;
}

/// ptr (buffer, elements that it has room for, elements): the buffer or null
Function *SeedRewriter::place() {
  if (Function *F = Made.lookup("stackward.seed.place"))
    return F;
  Types T(M.getContext());
  Function *Room = room();
  Function *F =
      helper("stackward.seed.place", T.Pointer, {T.Pointer, T.Word, T.Word});
  IRBuilder<> B(&F->getEntryBlock());
  Value *Buffer = F->getArg(0);
  // None at all are the allocator's business.
  onlyIf(B, B.CreateICmpULT(B.CreateSub(F->getArg(2), B.getInt64(1)),
                            F->getArg(1)));
  onlyIf(B, B.CreateCall(Room, {Buffer}));
  B.CreateRet(Buffer);
  return F;
}

void SeedRewriter::storage(CallBase &CB, uint64_t Unit,
                           const SeedBuffer &Buffer) {
  IRBuilder<> B(&CB);
  B.SetCurrentDebugLocation(CB.getDebugLoc());
  Value *Fits = B.CreateUDiv(Buffer.Bytes, B.getInt64(Unit));
  Value *Place =
      B.CreateCall(place(), {Buffer.Address, Fits, CB.getArgOperand(1)});
  BasicBlock *Head = CB.getParent();
  BasicBlock *Call = SplitBlock(Head, &CB);
  BasicBlock *Then;
  if (auto *Invoke = dyn_cast<InvokeInst>(&CB))
    Then = SplitEdge(Call, Invoke->getNormalDest());
  else
    Then = SplitBlock(Call, CB.getNextNode());
  Head->getTerminator()->eraseFromParent();
  B.SetInsertPoint(Head);
  B.CreateCondBr(B.CreateIsNotNull(Place), Then, Call);
  B.SetInsertPoint(Then, Then->begin());
  PHINode *Result = B.CreatePHI(CB.getType(), 2);
  CB.replaceAllUsesWith(Result);
  Result->addIncoming(Place, Head);
  Result->addIncoming(&CB, Call);
}

void SeedRewriter::after(CallBase &CB, Container Of, const SeedBuffer &Buffer) {
  Instruction *At = CB.getNextNode();
  if (auto *Invoke = dyn_cast<InvokeInst>(&CB)) {
    BasicBlock *Then = Invoke->getNormalDest();
    if (!Then->getSinglePredecessor())
      Then = SplitEdge(Invoke->getParent(), Then);
    At = &*Then->getFirstInsertionPt();
  }
  IRBuilder<> B(At);
  B.SetCurrentDebugLocation(CB.getDebugLoc());
  B.CreateCall(Of == Container::String ? emptyString() : emptyVector(),
               {CB.getArgOperand(0), Buffer.Address, Buffer.Bytes});
}

/// An i1 before \p CB: the string has been made in the buffer.
Value *SeedRewriter::attempt(CallBase &CB, Construction How,
                             const SeedBuffer &Buffer, uint64_t Least) {
  IRBuilder<> B(&CB);
  Value *Arg = CB.getArgOperand(1);
  SmallVector<Value *, 7> Args{CB.getArgOperand(0), Buffer.Address,
                               Buffer.Bytes, B.getInt64(Least)};
  auto Text = [&](Value *From, Value *Length) {
    Args.append({From, Length});
    return B.CreateCall(text(), Args);
  };
  auto Word = [&](unsigned Index) { return word(B, Arg, Index); };
  switch (How) {
  case Construction::CString:
    // The length of a literal becomes a constant.
    if (isa<GlobalValue>(Arg))
      return Text(Arg, B.CreateCall(strlenOf(M), {Arg}));
    Args.push_back(Arg);
    return B.CreateCall(cString(), Args);
  case Construction::Counted:
    return Text(Arg, CB.getArgOperand(2));
  case Construction::Range:
    return Text(
        Arg, B.CreateSub(B.CreatePtrToInt(CB.getArgOperand(2), B.getInt64Ty()),
                         B.CreatePtrToInt(Arg, B.getInt64Ty())));
  case Construction::Copy:
    return Text(B.CreateLoad(B.getPtrTy(), Arg),
                B.CreateLoad(B.getInt64Ty(), Word(1)));
  case Construction::Substring:
    Args.append({Arg, CB.getArgOperand(2), CB.getArgOperand(3)});
    return B.CreateCall(part(), Args);
  case Construction::View:
    return Text(B.CreateLoad(B.getPtrTy(), Word(1)),
                B.CreateLoad(B.getInt64Ty(), Arg));
  case Construction::Empty:
  case Construction::Sized:
  case Construction::Storage:
  case Construction::Other:
    break;
  }
  llvm_unreachable("not made from text");
}

void SeedRewriter::seed(CallBase &CB, Container Of, Construction How,
                        const SeedBuffer &Buffer, uint64_t Least) {
  if (How == Construction::Empty)
    return after(CB, Of, Buffer);
  Value *Made = attempt(CB, How, Buffer, Least);
  BasicBlock *Head = CB.getParent();
  if (auto *Invoke = dyn_cast<InvokeInst>(&CB)) {
    BasicBlock *Then = Invoke->getNormalDest();
    BasicBlock *Call = SplitBlock(Head, &CB);
    Head->getTerminator()->eraseFromParent();
    BranchInst::Create(Then, Call, Made, Head);
    for (PHINode &Phi : Then->phis())
      Phi.addIncoming(Phi.getIncomingValueForBlock(Call), Head);
    return;
  }
  Instruction *Then = CB.getNextNode();
  Instruction *End = SplitBlockAndInsertIfThen(IRBuilder<>(&CB).CreateNot(Made),
                                               Then->getIterator(), false);
  CB.moveBefore(End->getIterator());
}

} // namespace stackward::ir
