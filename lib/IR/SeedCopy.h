// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The copies of makers, which take a buffer and its size as well.
///
/// I1  One body stays where it can: an original that is still called becomes
///     a call of its copy with no buffer, and one that is not goes with the
///     linker or the optimiser.
#ifndef STACKWARD_LIB_IR_SEEDCOPY_H
#define STACKWARD_LIB_IR_SEEDCOPY_H

#include "llvm/IR/Function.h"
#include "llvm/Transforms/Utils/ValueMapper.h"

namespace stackward::ir {

/// The copy of \p F for the container \p Offset bytes into what its first
/// parameter points to, without a body. Copies of inline functions are merged
/// by the linker as those are, so the name says which container it is.
llvm::Function *declareSeeded(llvm::Function &F, int64_t Offset);
/// Gives \p To the body of \p From; \p Map tells what became of each value.
void fillSeeded(llvm::Function &From, llvm::Function &To,
                llvm::ValueToValueMapTy &Map);
/// I1, for the original \p From of \p To.
void passOn(llvm::Function &From, llvm::Function &To);

} // namespace stackward::ir

#endif
