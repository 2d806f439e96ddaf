// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The table of reasons as values.
#include "stackward/Source/Reasons.h"

using namespace stackward;

llvm::ArrayRef<report::ReasonText> source::reasons() {
  static const report::ReasonText Table[] = {
#define REASON(Name, Id, Headline) {Id, Headline},
#include "stackward/Escape/Reasons.def"
  };
  return Table;
}
