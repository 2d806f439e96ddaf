// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Cheap allocation needs no change of the code: the calls of operator new and
/// delete reach libstackward_rt's when that is linked. A unit only has to say
/// that it wants that, so that nobody gets a program without it.
///
/// To inline what takes a cell (seven instructions, in loops or everywhere) was
/// tried and won nothing over the call: docs/results.md.
#include "stackward/IR/GabLowering.h"
#include "Legality.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace stackward::ir {

static constexpr char WantedSymbol[] = "stackward_gab_lowering_wanted";
static constexpr char NeededSymbol[] =
    "stackward_gab_lowering_needs_libstackward_rt";

/// A unit of C, or one that leaves the heap alone, asks for nothing.
static bool mentionsOperators(const Module &M) {
  return any_of(M, [](const Function &F) {
    StringRef Name = F.getName();
    return Name.starts_with("_Znw") || Name.starts_with("_Zna") ||
           Name.starts_with("_ZdlPv") || Name.starts_with("_ZdaPv");
  });
}

/// Operators of the program's own, or of a sanitizer's runtime, would be
/// refused by the linker beside the library's.
static bool hasOtherOperators(const Module &M) {
  return any_of(M, [](const Function &F) {
    if (F.isDeclaration())
      return false;
    return F.getName() == "_Znwm" || F.getName() == "_ZdlPv" || isSanitized(F);
  });
}

bool askForGabs(Module &M, const Options &O) {
  if (!O.Enable || !O.GabLowering || M.getNamedGlobal(WantedSymbol) ||
      !mentionsOperators(M) || hasOtherOperators(M))
    return false;
  LLVMContext &C = M.getContext();
  auto *Needed =
      new GlobalVariable(M, Type::getInt8Ty(C), true,
                         GlobalValue::ExternalLinkage, nullptr, NeededSymbol);
  Needed->setVisibility(GlobalValue::HiddenVisibility);
  auto *Wanted =
      new GlobalVariable(M, PointerType::get(C, 0), true,
                         GlobalValue::LinkOnceODRLinkage, Needed, WantedSymbol);
  Wanted->setVisibility(GlobalValue::HiddenVisibility);
  Wanted->setComdat(M.getOrInsertComdat(WantedSymbol));
  // Nothing refers to it; it refers to the library.
  appendToUsed(M, {Wanted});
  return true;
}

} // namespace stackward::ir
