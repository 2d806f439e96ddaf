// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the plugin tells the user, as LLVM optimisation remarks of the pass
/// "stackward": `-Rpass=stackward`, `-Rpass-missed=stackward`,
/// `-Rpass-analysis=stackward`, `-fsave-optimization-record`.
#ifndef STACKWARD_IR_REMARKS_H
#define STACKWARD_IR_REMARKS_H

#include "stackward/IR/EscapeBuilder.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"

namespace stackward::ir {

/// An allocation of \p Bytes at \p At now lives in the frame of \p F; if
/// \p Guarded, when a slot of \p Bytes is large enough and free.
void remarkPromoted(llvm::OptimizationRemarkEmitter &ORE, llvm::Function &F,
                    const llvm::DebugLoc &At, uint64_t Bytes, bool Guarded);
/// The allocation stays on the heap; \p Blockers say why, the first one is
/// the headline and carries the path.
void remarkRefused(llvm::OptimizationRemarkEmitter &ORE,
                   const llvm::CallBase &Site,
                   llvm::ArrayRef<escape::Blocker> Blockers,
                   const ModuleEscape &ME);

} // namespace stackward::ir

#endif
