// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// When a local container may still own a buffer.
#ifndef STACKWARD_LIB_IR_SEEDLIFE_H
#define STACKWARD_LIB_IR_SEEDLIFE_H

#include "SeedLibrary.h"
#include "llvm/IR/Instructions.h"

namespace stackward::ir {

/// There is a way from a use of \p Peer, where it may have taken a buffer
/// over, to \p At on which its life does not end.
bool mayBeAlive(llvm::Value &Peer, llvm::Instruction &At, SeedLibrary &Library);

} // namespace stackward::ir

#endif
