// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tables of functions, and calls whose targets were found in them.
///
/// A table may be another unit's copy at run time (`linkonce_odr`), but the
/// names in it are the same there. Which bodies stand behind the names is
/// pinned like that of any other callee (Examine.cpp).
#include "FunctionTables.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/CallPromotionUtils.h"

using namespace llvm;

namespace stackward::ir {

/// Larger tables cost more than the calls through them are worth.
static constexpr size_t MaxEntries = 64;

std::optional<escape::FunctionTable> functionTable(const GlobalVariable &G) {
  if (!G.isConstant() || !G.hasDefinitiveInitializer() || !G.hasName() ||
      G.isThreadLocal())
    return std::nullopt;
  const DataLayout &DL = G.getDataLayout();
  escape::FunctionTable Table;
  bool Any = false;
  SmallVector<std::pair<const Constant *, uint64_t>, 16> Work{
      {G.getInitializer(), 0}};
  while (!Work.empty()) {
    auto [C, At] = Work.pop_back_val();
    Type *Ty = C->getType();
    if (const auto *S = dyn_cast<ConstantStruct>(C)) {
      const StructLayout *Layout = DL.getStructLayout(S->getType());
      for (unsigned I = 0; I < S->getNumOperands(); ++I)
        Work.push_back({S->getOperand(I),
                        At + Layout->getElementOffset(I).getFixedValue()});
    } else if (isa<ConstantArray>(C)) {
      uint64_t Step = DL.getTypeAllocSize(Ty->getArrayElementType());
      for (unsigned I = 0; I < C->getNumOperands(); ++I)
        Work.push_back({cast<Constant>(C->getOperand(I)), At + I * Step});
    } else if (isa<ConstantData>(C)) {
      continue; // a number, or null: nothing to call
    } else if (Ty->isPointerTy()) {
      const auto *F = dyn_cast<Function>(C->stripPointerCasts());
      bool Known = F && F->hasName();
      Any |= Known;
      Table.Entries.push_back({static_cast<int32_t>(At),
                               Known ? F->getName().str() : std::string()});
    } else {
      return std::nullopt; // an expression, a vector: not worth reading
    }
    if (Table.Entries.size() + Work.size() > MaxEntries)
      return std::nullopt;
  }
  if (!Any)
    return std::nullopt;
  llvm::sort(Table.Entries);
  return Table;
}

/// Of the same type, as the language demands; LLVM would allow more.
static bool canCall(const CallBase &CB, const Function *F) {
  return F && F->getFunctionType() == CB.getFunctionType() &&
         F->getCallingConv() == CB.getCallingConv();
}

bool callDirectly(CallBase &CB, ArrayRef<Function *> Targets,
                  SmallVectorImpl<CallBase *> &Made) {
  if (CB.getCalledFunction() || CB.isInlineAsm() || Targets.empty() ||
      CB.hasOperandBundles() || CB.isMustTailCall() ||
      !all_of(Targets, [&](const Function *F) { return canCall(CB, F); }))
    return false;
  for (Function *F : Targets.drop_back())
    Made.push_back(&promoteCallWithIfThenElse(CB, F));
  CB.setCalledFunction(Targets.back());
  Made.push_back(&CB);
  return true;
}

} // namespace stackward::ir
