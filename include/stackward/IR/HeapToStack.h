// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Heap-to-stack over a module. This is all that the plugin calls.
#ifndef STACKWARD_IR_HEAPTOSTACK_H
#define STACKWARD_IR_HEAPTOSTACK_H

#include "stackward/IR/Options.h"
#include "llvm/IR/PassManager.h"

namespace stackward::ir {

/// Promotes what \p O allows and the analysis proves. True if the module was
/// changed.
bool runHeapToStack(llvm::Module &M, llvm::ModuleAnalysisManager &MAM,
                    const Options &O);

} // namespace stackward::ir

#endif
