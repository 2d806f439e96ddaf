// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The table of library functions. A row that cannot be read would be an
/// unknown function, which is safe; the unit test says that there is none.
#include "stackward/Escape/Summary.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace stackward::escape {

namespace {
enum Bits { Plain, NoThrow, Both };
struct Row {
  const char *Name;
  Bits Promises;
  const char *Lines;
};
} // namespace

static constexpr Row Rows[] = {
#define KNOWN(Name, Promises, Lines) {Name, Promises, Lines},
#include "KnownFunctions.def"
};

static StringMap<Summary> makeTable() {
  StringMap<Summary> Table;
  for (const Row &R : Rows) {
    Summary S = parseSummaryBody(R.Lines, Confidence::Modelled);
    S.NoThrow = R.Promises != Plain;
    S.WillReturn = R.Promises == Both;
    Table.try_emplace(R.Name, std::move(S));
  }
  return Table;
}

/// The name that a programmer would use: without inline namespaces, without
/// the aliases that mangling abbreviates, and without __builtin_.
static std::string plainName(StringRef Name) {
  static constexpr std::pair<StringRef, StringRef> Aliases[] = {
      {"std::string::", "std::basic_string::"},
      {"std::istream::", "std::basic_istream::"},
      {"std::ostream::", "std::basic_ostream::"},
      {"std::ios::", "std::basic_ios::"},
      {"std::ifstream::", "std::basic_ifstream::"},
      {"std::ofstream::", "std::basic_ofstream::"},
      {"std::fstream::", "std::basic_fstream::"},
  };
  Name.consume_front("__builtin_");
  std::string Out = Name.str();
  for (StringRef Inline : {"std::__cxx11::", "std::__1::"})
    if (StringRef(Out).starts_with(Inline))
      Out = "std::" + Out.substr(Inline.size());
  for (auto [Alias, Full] : Aliases)
    if (StringRef(Out).starts_with(Alias))
      Out = Full.str() + Out.substr(Alias.size());
  return Out;
}

const Summary *knownFunction(StringRef Name) {
  static const StringMap<Summary> Table = makeTable();
  auto It = Table.find(Name);
  if (It == Table.end())
    It = Table.find(plainName(Name));
  return It == Table.end() ? nullptr : &It->second;
}

ArrayRef<const char *> knownFunctionNames() {
  static constexpr const char *Names[] = {
#define KNOWN(Name, Promises, Lines) Name,
#include "KnownFunctions.def"
  };
  return Names;
}

} // namespace stackward::escape
