// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Container seeding as a module pass.
#ifndef STACKWARD_PASSES_SEEDINGPASS_H
#define STACKWARD_PASSES_SEEDINGPASS_H

#include "stackward/IR/Seeding.h"

namespace stackward {

class SeedingPass : public llvm::PassInfoMixin<SeedingPass> {
public:
  explicit SeedingPass(ir::Options O) : O(std::move(O)) {}
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &A) {
    return ir::runSeeding(M, A, O) ? llvm::PreservedAnalyses::none()
                                   : llvm::PreservedAnalyses::all();
  }

private:
  ir::Options O;
};

/// Full LTO: prepares a unit for SeedAtLinkPass.
class KeepForLinkPass : public llvm::PassInfoMixin<KeepForLinkPass> {
public:
  explicit KeepForLinkPass(ir::Options O) : O(std::move(O)) {}
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &) {
    return ir::keepForLink(M, O) ? llvm::PreservedAnalyses::none()
                                 : llvm::PreservedAnalyses::all();
  }

private:
  ir::Options O;
};

class SeedAtLinkPass : public llvm::PassInfoMixin<SeedAtLinkPass> {
public:
  SeedAtLinkPass(ir::Options O, bool Optimise)
      : O(std::move(O)), Optimise(Optimise) {}
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &A) {
    return ir::seedAtLink(M, A, O, Optimise) ? llvm::PreservedAnalyses::none()
                                             : llvm::PreservedAnalyses::all();
  }

private:
  ir::Options O;
  bool Optimise;
};

} // namespace stackward

#endif
