// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The reasons a site may have, for tools: they check names with it and list
/// rules, and see nothing else of the Escape room.
#ifndef STACKWARD_SOURCE_REASONS_H
#define STACKWARD_SOURCE_REASONS_H

#include "stackward/Report/Finding.h"
#include "llvm/ADT/ArrayRef.h"

namespace stackward::source {

/// All of Escape/Reasons.def, in its order.
llvm::ArrayRef<report::ReasonText> reasons();

} // namespace stackward::source

#endif
