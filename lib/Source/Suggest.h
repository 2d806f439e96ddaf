// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a verdict and the facts about its site to what a user is told.
#ifndef STACKWARD_LIB_SOURCE_SUGGEST_H
#define STACKWARD_LIB_SOURCE_SUGGEST_H

#include "Unit.h"
#include "stackward/Report/Finding.h"
#include <optional>

namespace stackward::source {

std::optional<report::Suggestion>
suggestion(const report::Allocation &A, const SiteRecord &Site,
           const std::vector<std::string> &Files);

} // namespace stackward::source

#endif
