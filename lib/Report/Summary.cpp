// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counts, then lays out. Reasons come with the most frequent first, and by
/// name among equals, so that the order does not depend on anything else.
#include "stackward/Report/Summary.h"
#include "llvm/ADT/STLExtras.h"
#include <map>

using namespace stackward::report;

namespace {

struct ReasonCount {
  std::string Id;
  std::string Headline;
  unsigned Sites = 0;
  unsigned Alone = 0;
};

} // namespace

void Table::print(llvm::raw_ostream &Out) const {
  std::vector<size_t> Widths(Columns.size());
  for (const auto &Row : Rows)
    for (size_t I = 0; I < Row.size(); ++I)
      Widths[I] = std::max(Widths[I], Row[I].size());
  for (const auto &Row : Rows) {
    std::string Line;
    for (size_t I = 0; I < Row.size(); ++I) {
      std::string Padding(Widths[I] - Row[I].size(), ' ');
      Line += I ? "  " : "";
      bool Right = Columns[I] == Align::Right;
      Line += Right ? Padding + Row[I] : Row[I] + Padding;
    }
    Out << llvm::StringRef(Line).rtrim() << '\n';
  }
}

static std::vector<ReasonCount>
countReasons(llvm::ArrayRef<Allocation> Allocations) {
  std::map<std::string, ReasonCount> ById;
  for (const Allocation &A : Allocations) {
    if (A.Verdict == Verdict::Stack)
      continue;
    for (const ReasonText &R : A.Reasons) {
      ReasonCount &Count = ById[R.Id];
      Count.Id = R.Id;
      Count.Headline = R.Headline;
      ++Count.Sites;
      Count.Alone += A.Reasons.size() == 1;
    }
  }
  std::vector<ReasonCount> Counts;
  for (auto &Entry : ById)
    Counts.push_back(std::move(Entry.second));
  llvm::sort(Counts, [](const ReasonCount &L, const ReasonCount &R) {
    return L.Sites != R.Sites ? L.Sites > R.Sites : L.Id < R.Id;
  });
  return Counts;
}

void stackward::report::printSummary(llvm::ArrayRef<Allocation> Allocations,
                                     unsigned Hidden, llvm::raw_ostream &Out) {
  unsigned Stack = llvm::count_if(Allocations, [](const Allocation &A) {
    return A.Verdict == Verdict::Stack;
  });
  unsigned Fixable = llvm::count_if(Allocations, [](const Allocation &A) {
    return A.Suggestion && A.Suggestion->Fixable;
  });
  Table Totals({Table::Align::Left, Table::Align::Right});
  auto Number = [](unsigned N) { return std::to_string(N); };
  Totals.row({"allocation sites", Number(Allocations.size())});
  Totals.row({"  can be on the stack", Number(Stack)});
  if (Fixable)
    Totals.row({"    of these with a fix", Number(Fixable)});
  Totals.row({"  stay on the heap", Number(Allocations.size() - Stack)});
  if (Hidden)
    Totals.row({"known and not printed", Number(Hidden)});
  Totals.print(Out);
  auto Counts = countReasons(Allocations);
  if (Counts.empty())
    return;
  Table Reasons({Table::Align::Left, Table::Align::Right, Table::Align::Right,
                 Table::Align::Left});
  Reasons.row({"blocked by", "sites", "alone", "meaning"});
  for (const ReasonCount &C : Counts)
    Reasons.row({"  " + C.Id, Number(C.Sites), Number(C.Alone), C.Headline});
  Out << '\n';
  Reasons.print(Out);
}
