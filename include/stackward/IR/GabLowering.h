// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// GAB lowering: what stays on the heap is taken from the bins of
/// libstackward_rt (lib/Runtime/Malloc.h has the allocator's argument).
#ifndef STACKWARD_IR_GABLOWERING_H
#define STACKWARD_IR_GABLOWERING_H

#include "stackward/IR/Options.h"
#include "llvm/IR/PassManager.h"

namespace stackward::ir {

/// Says in the object file that the program wants the bins, and that it cannot
/// be linked without the library. True if the module was changed.
bool askForGabs(llvm::Module &M, const Options &O);

} // namespace stackward::ir

#endif
