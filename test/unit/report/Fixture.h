// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Files that exist in memory only, and findings to put on them.
#ifndef STACKWARD_TEST_UNIT_REPORT_FIXTURE_H
#define STACKWARD_TEST_UNIT_REPORT_FIXTURE_H

#include "stackward/Report/Sink.h"
#include <map>

namespace stackward::report::test {

class MemoryFiles {
public:
  std::map<std::string, std::string> Files;
  FileReader reader() {
    return [this](llvm::StringRef Path) -> std::optional<llvm::StringRef> {
      auto It = Files.find(Path.str());
      if (It == Files.end())
        return std::nullopt;
      return llvm::StringRef(It->second);
    };
  }
};

inline Allocation stackSite() {
  Allocation A;
  A.At = {"a.cpp", 3, 14};
  A.Function = "ns::f(int)";
  A.Kind = "new";
  A.Type = "Widget";
  A.Size = 32;
  A.Verdict = Verdict::Stack;
  A.Suggestion = Suggestion{SuggestionKind::LocalObject, "", true, {}};
  return A;
}

inline Allocation heapSite() {
  Allocation A;
  A.At = {"a.cpp", 7, 3};
  A.Function = "g()";
  A.Kind = "std::vector buffer";
  A.Type = "int";
  A.Verdict = Verdict::Heap;
  A.Reasons = {{"return", "returned to the caller"},
               {"non-constant-size", "its size has no known bound"}};
  A.Flow = {{{"a.cpp", 7, 3}, "v", "initializes a variable", 0},
            {{"b.h", 2, 5}, "x", "returned", 1}};
  return A;
}

} // namespace stackward::report::test

#endif
