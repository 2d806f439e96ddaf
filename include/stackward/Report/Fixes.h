// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Applies the replacements of many suggestions at once.
///
/// I1  A suggestion is applied whole or not at all.
/// I2  A replacement that occurs twice (one header, many units) is made once.
/// I3  No two replacements made overlap, or insert at one offset: the later
///     suggestion, in the order given, is refused.
#ifndef STACKWARD_REPORT_FIXES_H
#define STACKWARD_REPORT_FIXES_H

#include "stackward/Report/Sink.h"

namespace stackward::report {

struct FixedFile {
  std::string File;
  std::string Content;
};

struct FixPlan {
  std::vector<FixedFile> Files;  ///< sorted by name
  std::vector<Replacement> Made; ///< sorted, unique
  unsigned Applied = 0;
  unsigned Refused = 0;
};

/// Looks at suggestions that are fixable; the rest is not counted.
FixPlan planFixes(llvm::ArrayRef<Suggestion> Suggestions,
                  const FileReader &Read);

} // namespace stackward::report

#endif
