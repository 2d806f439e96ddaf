// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The table of library functions. A row that cannot be read would be an
/// unknown function, which is safe; the unit test says that there is none.
#include "stackward/Escape/Summary.h"

using namespace llvm;

namespace stackward::escape {

static StringMap<Summary> makeTable() {
  StringMap<Summary> Table;
#define KNOWN(Name, Lines)                                                     \
  Table.try_emplace(Name, parseSummaryBody(Lines, Confidence::Modelled));
#include "KnownFunctions.def"
  return Table;
}

const Summary *knownFunction(StringRef Name) {
  static const StringMap<Summary> Table = makeTable();
  auto It = Table.find(Name);
  return It == Table.end() ? nullptr : &It->second;
}

} // namespace stackward::escape
