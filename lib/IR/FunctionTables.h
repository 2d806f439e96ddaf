// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Globals that never change and hold addresses of functions: tables of
/// virtual functions above all. A call through one is resolved by the escape
/// core, like a call through any pointer that it follows.
#ifndef STACKWARD_LIB_IR_FUNCTIONTABLES_H
#define STACKWARD_LIB_IR_FUNCTIONTABLES_H

#include "stackward/Escape/Program.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/InstrTypes.h"

namespace stackward::ir {

/// Nothing when \p G may change, may be exchanged for something else, holds no
/// function, or is too large to be worth it.
std::optional<escape::FunctionTable>
functionTable(const llvm::GlobalVariable &G);

/// The call goes to one of \p Targets: tests them, one after the other, and
/// calls each directly. False, and nothing is changed, when it cannot.
bool callDirectly(llvm::CallBase &CB, llvm::ArrayRef<llvm::Function *> Targets,
                  llvm::SmallVectorImpl<llvm::CallBase *> &Made);

} // namespace stackward::ir

#endif
