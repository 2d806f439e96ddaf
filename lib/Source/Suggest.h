// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a verdict and the facts about its site to what a user is told.
#ifndef STACKWARD_LIB_SOURCE_SUGGEST_H
#define STACKWARD_LIB_SOURCE_SUGGEST_H

#include "Unit.h"
#include "stackward/Report/Finding.h"
#include <optional>

namespace stackward::source {

/// What the solver found, as far as the wording needs it.
struct Outlook {
  uint64_t AtOnce = 1; ///< objects of the site that may be alive together
  bool Freed = true;   ///< something releases it
};

std::optional<report::Suggestion>
suggestion(const report::Allocation &A, const SiteRecord &Site,
           const std::vector<std::string> &Files, Outlook O);

} // namespace stackward::source

#endif
