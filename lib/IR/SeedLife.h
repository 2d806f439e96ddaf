// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// When a local container may still own a buffer, and what may come after what.
#ifndef STACKWARD_LIB_IR_SEEDLIFE_H
#define STACKWARD_LIB_IR_SEEDLIFE_H

#include "SeedLibrary.h"
#include "llvm/IR/Instructions.h"

namespace stackward::ir {

/// There is a way from a use of \p Peer, where the container \p Offset bytes
/// into it may have taken a buffer over, to \p At on which its life does not
/// end.
bool mayBeAlive(llvm::Value &Peer, int64_t Offset, llvm::Instruction &At,
                SeedLibrary &Library);

/// The same for the container that \p Since makes.
bool mayLiveOn(llvm::Value &Object, int64_t Offset, llvm::Instruction &Since,
               llvm::Instruction &At, SeedLibrary &Library);

/// \p Then may run after \p First has run. LLVM's own isPotentiallyReachable()
/// gives up after 32 blocks.
bool mayFollow(const llvm::Instruction &First, const llvm::Instruction &Then);

} // namespace stackward::ir

#endif
