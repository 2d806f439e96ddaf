// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Names of the enumerators, the message of an allocation, and the one sort.
#include "stackward/Report/Finding.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>

using namespace stackward::report;

llvm::StringRef stackward::report::suggestionId(SuggestionKind Kind) {
  switch (Kind) {
#define SUGGESTION(Name, Id, Advice)                                           \
  case SuggestionKind::Name:                                                   \
    return Id;
#include "stackward/Report/Suggestions.def"
  }
  llvm_unreachable("closed list of suggestions");
}

llvm::StringRef stackward::report::suggestionAdvice(SuggestionKind Kind) {
  switch (Kind) {
#define SUGGESTION(Name, Id, Advice)                                           \
  case SuggestionKind::Name:                                                   \
    return Advice;
#include "stackward/Report/Suggestions.def"
  }
  llvm_unreachable("closed list of suggestions");
}

llvm::StringRef stackward::report::verdictName(Verdict V) {
  switch (V) {
  case Verdict::Stack:
    return "stack";
  case Verdict::Heap:
    return "heap";
  }
  llvm_unreachable("two verdicts");
}

llvm::StringRef stackward::report::severityName(Severity Level) {
  switch (Level) {
  case Severity::Note:
    return "note";
  case Severity::Remark:
    return "remark";
  case Severity::Warning:
    return "warning";
  case Severity::Error:
    return "error";
  }
  llvm_unreachable("four severities");
}

// "new of 'Widget'", "std::vector buffer of 'int'", "call of factory".
static std::string describe(const Allocation &A) {
  std::string Text = A.Kind;
  if (!A.Type.empty())
    Text += " of '" + A.Type + "'";
  return Text;
}

static std::string message(const Allocation &A) {
  std::string Text = describe(A);
  if (A.Verdict == Verdict::Stack)
    return Text + " can live on the stack";
  Text += " stays on the heap";
  llvm::StringRef Separator = ": ";
  for (const ReasonText &R : A.Reasons) {
    Text += Separator;
    Text += R.Headline.empty() ? R.Id : R.Headline;
    Separator = "; ";
  }
  return Text;
}

Finding stackward::report::toFinding(const Allocation &A) {
  Finding F;
  bool Stack = A.Verdict == Verdict::Stack;
  if (Stack)
    F.Rule = "stack-allocation";
  else
    F.Rule = "escape-" + (A.Reasons.empty() ? "cap" : A.Reasons.front().Id);
  F.Level = Stack ? Severity::Warning : Severity::Remark;
  F.At = A.At;
  F.Function = A.Function;
  F.Message = message(A);
  F.Steps = A.Flow;
  F.Notes = A.Notes;
  F.Suggestion = A.Suggestion;
  return F;
}

template <typename T> static void sortAndUnique(std::vector<T> &Values) {
  llvm::sort(Values, [](const T &L, const T &R) {
    if (L.At != R.At)
      return L.At < R.At;
    return L < R;
  });
  Values.erase(llvm::unique(Values), Values.end());
}

void stackward::report::sortFindings(std::vector<Finding> &Findings) {
  sortAndUnique(Findings);
}

void stackward::report::sortAllocations(std::vector<Allocation> &Allocations) {
  sortAndUnique(Allocations);
}
