// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Virtual calls on local objects whose class is plain to see.
#ifndef STACKWARD_LIB_IR_DEVIRTUALISE_H
#define STACKWARD_LIB_IR_DEVIRTUALISE_H

#include "stackward/IR/EscapeBuilder.h"
#include "llvm/IR/Dominators.h"

namespace stackward::ir {

/// Makes \p CB, a call through the vtable of an object that its function
/// made, a direct call. False when the vtable is not certain.
bool makeDirect(llvm::CallBase &CB, ModuleEscape &ME,
                const llvm::DominatorTree &DT);

} // namespace stackward::ir

#endif
