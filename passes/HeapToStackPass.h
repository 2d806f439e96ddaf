// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Heap-to-stack as a module pass.
#ifndef STACKWARD_PASSES_HEAPTOSTACKPASS_H
#define STACKWARD_PASSES_HEAPTOSTACKPASS_H

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

} // namespace stackward

#endif
