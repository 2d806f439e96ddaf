// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Summaries for functions that are only declared: models of the C and C++
/// libraries first, then what the declaration's attributes promise.
#ifndef STACKWARD_LIB_IR_CALLEEFACTS_H
#define STACKWARD_LIB_IR_CALLEEFACTS_H

#include "stackward/Escape/Summary.h"
#include "llvm/IR/Function.h"

namespace stackward::ir {

/// unknownSummary() when nothing is known.
escape::Summary declarationSummary(const llvm::Function &F);

} // namespace stackward::ir

#endif
