// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Functions into functions with two more parameters.
#include "SeedCopy.h"
#include "Rewrite.h"
#include "SeedLibrary.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;

namespace stackward::ir {

/// Instructions of a body that is not worth a call in its place.
static constexpr unsigned SmallBody = 24;

Function *declareSeeded(Function &F, int64_t Offset) {
  Module &M = *F.getParent();
  SmallVector<Type *, 8> Params(F.getFunctionType()->params());
  Params.push_back(PointerType::get(M.getContext(), 0));
  Params.push_back(Type::getInt64Ty(M.getContext()));
  bool Shared = F.hasLinkOnceODRLinkage() || F.hasWeakODRLinkage() ||
                F.hasAvailableExternallyLinkage();
  return Function::Create(
      FunctionType::get(F.getReturnType(), Params, false),
      Shared ? GlobalValue::LinkOnceODRLinkage : GlobalValue::InternalLinkage,
      F.getName() + SeededMark + (Offset ? ".at" + Twine(Offset) : Twine()), M);
}

void fillSeeded(Function &From, Function &To, ValueToValueMapTy &Map) {
  for (auto [Old, New] : zip_first(From.args(), To.args()))
    Map[&Old] = &New;
  SmallVector<ReturnInst *, 4> Returns;
  CloneFunctionInto(&To, &From, Map, CloneFunctionChangeType::LocalChangesOnly,
                    Returns);
  bool Shared = To.hasLinkOnceODRLinkage();
  To.setVisibility(Shared ? GlobalValue::HiddenVisibility
                          : GlobalValue::DefaultVisibility);
  To.setDSOLocal(true);
  To.removeFnAttr(Attribute::Memory); // it looks where the buffer lies
  To.setComdat(Shared ? To.getParent()->getOrInsertComdat(To.getName())
                      : nullptr);
  clearTailMarks(To);
}

/// Somebody still calls \p F, and a call is less than its body.
static bool isWorthIt(const Function &F) {
  bool Dropped = F.use_empty() && F.isDiscardableIfUnused();
  return !Dropped && !F.hasAvailableExternallyLinkage() &&
         F.getInstructionCount() > SmallBody &&
         none_of(F, [](const BasicBlock &BB) { return BB.hasAddressTaken(); });
}

void passOn(Function &From, Function &To) {
  if (!isWorthIt(From))
    return;
  auto Linkage = From.getLinkage();
  DISubprogram *Place = From.getSubprogram();
  From.deleteBody();
  From.setLinkage(Linkage);
  From.setSubprogram(Place);
  From.removeFnAttr(Attribute::Memory);
  IRBuilder<> B(BasicBlock::Create(From.getContext(), "", &From));
  if (Place)
    B.SetCurrentDebugLocation(
        DILocation::get(From.getContext(), Place->getLine(), 0, Place));
  SmallVector<Value *, 8> Args;
  for (Argument &A : From.args())
    Args.push_back(&A);
  Args.append({ConstantPointerNull::get(B.getPtrTy()), B.getInt64(0)});
  CallInst *Call = B.CreateCall(&To, Args);
  Call->setCallingConv(To.getCallingConv());
  // ABI attributes (sret, byval) must be those of the copy.
  AttributeList Of = To.getAttributes();
  SmallVector<AttributeSet, 8> OfArgs;
  for (unsigned I = 0; I < From.arg_size(); ++I)
    OfArgs.push_back(Of.getParamAttrs(I));
  Call->setAttributes(AttributeList::get(From.getContext(), AttributeSet(),
                                         Of.getRetAttrs(), OfArgs));
  if (From.getReturnType()->isVoidTy())
    B.CreateRetVoid();
  else
    B.CreateRet(Call);
}

} // namespace stackward::ir
