// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The words of the text form of summaries, which its printer and its parser
/// share.
#ifndef STACKWARD_LIB_ESCAPE_SUMMARYWORDS_H
#define STACKWARD_LIB_ESCAPE_SUMMARYWORDS_H

#include "stackward/Escape/Graph.h"
#include "llvm/ADT/StringExtras.h"
#include <optional>
#include <string>

namespace stackward::escape {

inline constexpr llvm::StringRef Confidences[] = {"exact", "odr", "annotated",
                                                  "modelled", "unknown"};
inline constexpr llvm::StringRef Families[] = {"new", "new[]", "malloc",
                                               "library", "unknown"};
inline constexpr llvm::StringRef WhyNames[] = {
#define WHY(Name, Text) #Name,
#include "stackward/Escape/Why.def"
};

/// Names may hold anything; in the text they hold no separator.
inline std::string encode(llvm::StringRef Name) {
  std::string Out;
  for (unsigned char C : Name) {
    if (C > ' ' && C != 0x7f && !llvm::StringRef("%,|();?").contains(char(C)))
      Out += char(C);
    else
      Out += "%" + llvm::utohexstr(C, /*LowerCase=*/true, /*Width=*/2);
  }
  return Out;
}

inline std::optional<std::string> decode(llvm::StringRef Text) {
  std::string Out;
  while (!Text.empty()) {
    if (!Text.consume_front("%")) {
      Out += Text.front();
      Text = Text.drop_front();
      continue;
    }
    unsigned Code;
    if (Text.size() < 2 || Text.take_front(2).getAsInteger(16, Code))
      return std::nullopt;
    Out += char(Code);
    Text = Text.drop_front(2);
  }
  return Out;
}

} // namespace stackward::escape

#endif
