// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The inlining that the members kept for the link have missed.
#ifndef STACKWARD_IR_INLINEKEPT_H
#define STACKWARD_IR_INLINEKEPT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/PassManager.h"

namespace stackward::ir {

/// Inlines \p Kept into each other and into the rest of \p M, and simplifies
/// what grew.
void inlineKept(llvm::Module &M, llvm::ModuleAnalysisManager &MAM,
                llvm::ArrayRef<llvm::Function *> Kept);

} // namespace stackward::ir

#endif
