// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// GAB lowering as a module pass.
#ifndef STACKWARD_PASSES_GABLOWERINGPASS_H
#define STACKWARD_PASSES_GABLOWERINGPASS_H

#include "stackward/IR/GabLowering.h"

namespace stackward {

class GabLoweringPass : public llvm::PassInfoMixin<GabLoweringPass> {
public:
  explicit GabLoweringPass(ir::Options O) : O(std::move(O)) {}
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &) {
    return ir::askForGabs(M, O) ? llvm::PreservedAnalyses::none()
                                : llvm::PreservedAnalyses::all();
  }

private:
  ir::Options O;
};

} // namespace stackward

#endif
