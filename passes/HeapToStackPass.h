// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Heap-to-stack as a module pass.
#ifndef STACKWARD_PASSES_HEAPTOSTACKPASS_H
#define STACKWARD_PASSES_HEAPTOSTACKPASS_H

#include "stackward/IR/EscapeBuilder.h"
#include "stackward/IR/HeapToStack.h"

namespace stackward {

class HeapToStackPass : public llvm::PassInfoMixin<HeapToStackPass> {
public:
  explicit HeapToStackPass(ir::Options O) : O(std::move(O)) {}
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &A) {
    return ir::runHeapToStack(M, A, O) ? llvm::PreservedAnalyses::none()
                                       : llvm::PreservedAnalyses::all();
  }

private:
  ir::Options O;
};

/// `print<stackward-escape>`: what the Escape core knows of each function.
class EscapePrinterPass : public llvm::PassInfoMixin<EscapePrinterPass> {
public:
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &A) {
    auto &FAM =
        A.getResult<llvm::FunctionAnalysisManagerModuleProxy>(M).getManager();
    ir::ModuleEscape(M, [&](llvm::Function &F) -> const auto & {
      return FAM.getResult<llvm::TargetLibraryAnalysis>(F);
    }).print(llvm::errs());
    return llvm::PreservedAnalyses::all();
  }
  static bool isRequired() { return true; }
};

} // namespace stackward

#endif
