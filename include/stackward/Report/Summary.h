// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The table after escape-check's diagnostics: how many sites, how many can be
/// on the stack, and what blocks the others. A site with several reasons
/// counts in each; the column `alone` counts those where it is the only one.
#ifndef STACKWARD_REPORT_SUMMARY_H
#define STACKWARD_REPORT_SUMMARY_H

#include "stackward/Report/Finding.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

namespace stackward::report {

/// Hidden: findings that comments or a baseline keep from being printed.
void printSummary(llvm::ArrayRef<Allocation> Allocations, unsigned Hidden,
                  llvm::raw_ostream &Out);

/// Rows of text in aligned columns, numbers to the right; a table of a tool.
class Table {
public:
  enum class Align : uint8_t { Left, Right };
  explicit Table(std::vector<Align> Columns) : Columns(std::move(Columns)) {}
  void row(std::vector<std::string> Cells) { Rows.push_back(std::move(Cells)); }
  void print(llvm::raw_ostream &Out) const;

private:
  std::vector<Align> Columns;
  std::vector<std::vector<std::string>> Rows;
};

} // namespace stackward::report

#endif
