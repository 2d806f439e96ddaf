// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The door to `escape-check`'s analysis, in two halves that need not run in
/// one process.
///
/// extractUnit parses one translation unit and turns it into *unit bytes*:
/// escape graphs, places and the facts about each allocation that only the
/// AST knows. EscapeProject links the units of a program in the order in which
/// they are added, solves once, and answers. Calls between units are therefore
/// seen through. Nothing here prints or exits.
#ifndef STACKWARD_SOURCE_ESCAPECHECK_H
#define STACKWARD_SOURCE_ESCAPECHECK_H

#include "stackward/Report/Finding.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>
#include <string>
#include <vector>

namespace clang::tooling {
struct CompileCommand;
} // namespace clang::tooling

namespace stackward::source {

struct ExtractOptions {
  /// Clang's resource directory; empty: found from the libraries in use.
  std::string ResourceDir;
};

struct UnitResult {
  /// Empty when the unit could not be analysed; then Errors says why.
  std::string Bytes;
  /// Clang's errors, one "file:line:column: error: text" each.
  std::vector<std::string> Errors;
};

UnitResult extractUnit(const clang::tooling::CompileCommand &Command,
                       const ExtractOptions &Options);

struct SolveOptions {
  /// Bytes; above it the verdict is "heap" (too-large).
  uint64_t MaxSize = 16384;
  /// Bytes; above it in a function that may call itself (recursion).
  uint64_t MaxRecursiveSize = 64;
};

class EscapeProject {
public:
  EscapeProject();
  ~EscapeProject();
  EscapeProject(EscapeProject &&);
  EscapeProject &operator=(EscapeProject &&);

  /// Fails on bytes that this build of extractUnit did not write.
  llvm::Error addUnit(llvm::StringRef Bytes);
  /// Summaries (Escape/Summary.h text form) for functions without a body.
  llvm::Error addSummaries(llvm::StringRef Text);
  void solve(const SolveOptions &Options);

  /// One for each allocation, sorted by place; a place seen in several units
  /// or template instantiations appears once.
  std::vector<report::Allocation> allocations() const;
  void writeSummaries(llvm::raw_ostream &Out) const;
  /// Graphs and solutions of the functions whose name matches, for debugging.
  void dump(llvm::StringRef NameGlob, llvm::raw_ostream &Out) const;

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace stackward::source

#endif
