// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which findings a user has said not to be told again: by a comment beside
/// the code, or by a baseline made from an earlier run.
///
/// A baseline is text, one known finding a line, keyed by a hash of file,
/// function, rule and message and never by a line number, so that it holds
/// while code moves inside its file. Two findings with one key count twice.
#ifndef STACKWARD_REPORT_SUPPRESS_H
#define STACKWARD_REPORT_SUPPRESS_H

#include "stackward/Report/Sink.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

namespace stackward::report {

/// A comment on the line, `NOLINT` or `NOLINT(names)`, or `NOLINTNEXTLINE` on
/// the line before. Names are tools or rules, with `*` at the end for any rest.
bool isSuppressed(const FileReader &Read, llvm::StringRef Tool,
                  const Finding &F);

class Baseline {
public:
  /// Folder: where the baseline file is; files below it are named from there,
  /// so that a checkout may live anywhere.
  explicit Baseline(llvm::StringRef Folder);
  static llvm::Expected<Baseline> parse(llvm::StringRef Text,
                                        llvm::StringRef Folder);
  void add(const Finding &F);
  /// True if F is known; each known finding answers once.
  bool take(const Finding &F);
  /// Sorted by file, then key.
  void print(llvm::raw_ostream &Out, llvm::StringRef Tool) const;

private:
  struct Entry {
    unsigned Count = 0;
    std::string Text;
  };
  std::string nameOf(llvm::StringRef File) const;
  std::string Folder;
  llvm::StringMap<Entry> Entries;
};

} // namespace stackward::report

#endif
