// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One constructor call into another. The functions are those of
/// rt/SeededContainers.cpp, with these parameters.
#include "SeedRewrite.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace stackward::ir {

/// Replaces \p CB by a call of libstackward_rt, and leaves it without uses in
/// its place, before which \p CB's result can still be made of the new one's.
CallBase *SeedRewriter::replace(CallBase &CB, StringRef Part, Type *Result,
                                ArrayRef<Value *> Args, bool Throws) {
  SmallVector<Type *, 6> Types;
  for (Value *Arg : Args)
    Types.push_back(Arg->getType());
  auto *F = cast<Function>(
      M.getOrInsertFunction((SeedRuntimePrefix + Part).str(),
                            FunctionType::get(Result, Types, false))
          .getCallee());
  F->setVisibility(GlobalValue::HiddenVisibility);
  F->setDSOLocal(true);
  F->addFnAttr(Attribute::WillReturn);
  if (!Throws)
    F->addFnAttr(Attribute::NoUnwind);
  IRBuilder<> B(&CB);
  B.SetCurrentDebugLocation(CB.getDebugLoc());
  auto *Invoke = dyn_cast<InvokeInst>(&CB);
  if (!Invoke)
    return B.CreateCall(F, Args);
  if (Throws)
    return B.CreateInvoke(F, Invoke->getNormalDest(), Invoke->getUnwindDest(),
                          Args);
  CallBase *New = B.CreateCall(F, Args);
  B.CreateBr(Invoke->getNormalDest());
  Invoke->getUnwindDest()->removePredecessor(Invoke->getParent());
  return New;
}

/// {start, end of room} of an empty vector are words of the caller: where the
/// vector dissolves into registers they stay there.
void SeedRewriter::emptyVector(CallBase &CB, const SeedBuffer &Buffer) {
  IRBuilder<> B(&CB);
  Type *Pointer = B.getPtrTy();
  Value *Object = CB.getArgOperand(0);
  CallBase *Room = replace(CB, "vector", StructType::get(Pointer, Pointer),
                           {Buffer.Address, Buffer.Bytes}, false);
  B.SetInsertPoint(Room->getNextNode());
  B.SetCurrentDebugLocation(CB.getDebugLoc());
  Value *Start = B.CreateExtractValue(Room, 0);
  B.CreateStore(Start, Object);
  B.CreateStore(Start, B.CreateConstGEP1_64(Pointer, Object, 1));
  B.CreateStore(B.CreateExtractValue(Room, 1),
                B.CreateConstGEP1_64(Pointer, Object, 2));
}

/// It allocates at once, by itself or in the buffer.
void SeedRewriter::emptyDeque(CallBase &CB, uint64_t Unit,
                              const SeedBuffer &Buffer) {
  replace(CB, "deque", Type::getVoidTy(M.getContext()),
          {CB.getArgOperand(0), Buffer.Address, Buffer.Bytes,
           ConstantInt::get(Buffer.Bytes->getType(), Unit)},
          true);
}

std::optional<uint64_t> textLength(const CallBase &CB, Construction How) {
  if (How == Construction::Counted) {
    auto *N = dyn_cast<ConstantInt>(CB.getArgOperand(2));
    return N ? std::optional(N->getZExtValue()) : std::nullopt;
  }
  StringRef Text;
  if (How == Construction::CString &&
      getConstantStringInfo(CB.getArgOperand(1), Text))
    return Text.size();
  return std::nullopt;
}

void SeedRewriter::string(CallBase &CB, Construction How,
                          const SeedBuffer &Buffer, bool Grows) {
  IRBuilder<> B(&CB);
  Value *Bytes = Grows ? Buffer.Bytes : B.CreateOr(Buffer.Bytes, B.getInt64(1));
  SmallVector<Value *, 6> Args{CB.getArgOperand(0), Buffer.Address, Bytes};
  auto Make = [&](StringRef Part, ArrayRef<Value *> More, bool Throws = true) {
    Args.append(More.begin(), More.end());
    replace(CB, Part, B.getVoidTy(), Args, Throws);
  };
  auto Arg = [&](unsigned I) { return CB.getArgOperand(I); };
  auto Number = [&](unsigned I) {
    return B.CreatePtrToInt(Arg(I), B.getInt64Ty());
  };
  switch (How) {
  case Construction::Empty:
    return Make("empty", {}, false);
  case Construction::CString:
    if (std::optional<uint64_t> Length = textLength(CB, How))
      return Make("counted", {Arg(1), B.getInt64(*Length)});
    return Make("cstring", {Arg(1)});
  case Construction::Counted:
    return Make("counted", {Arg(1), Arg(2)});
  case Construction::Range:
    return Make("counted", {Arg(1), B.CreateSub(Number(2), Number(1))});
  case Construction::Copy:
    return Make("copy", {Arg(1)});
  case Construction::Substring:
    return Make("part", {Arg(1), Arg(2), Arg(3)});
  case Construction::View:
    return Make("view", {Arg(1)});
  case Construction::Sized:
  case Construction::Storage:
  case Construction::Other:
    break;
  }
  llvm_unreachable("not made from text");
}

void SeedRewriter::storage(CallBase &CB, Container Of, uint64_t Unit,
                           const SeedBuffer &Buffer) {
  SmallVector<Value *, 5> Args{Buffer.Address, Buffer.Bytes};
  if (Of == Container::String)
    Args.append({CB.getArgOperand(0), CB.getArgOperand(1)});
  else
    Args.append(
        {CB.getArgOperand(1), ConstantInt::get(Buffer.Bytes->getType(), Unit)});
  CallBase *New = replace(CB, Of == Container::String ? "text" : "storage",
                          CB.getType(), Args, true);
  CB.replaceAllUsesWith(New);
  CB.eraseFromParent();
}

void SeedRewriter::seed(CallBase &CB, Container Of, uint64_t Unit,
                        Construction How, const SeedBuffer &Buffer,
                        bool Grows) {
  switch (Of) {
  case Container::String:
    string(CB, How, Buffer, Grows);
    break;
  case Container::Vector:
    emptyVector(CB, Buffer);
    break;
  case Container::Deque:
    emptyDeque(CB, Unit, Buffer);
    break;
  case Container::None:
    llvm_unreachable("nothing to seed");
  }
  CB.eraseFromParent();
}

} // namespace stackward::ir
