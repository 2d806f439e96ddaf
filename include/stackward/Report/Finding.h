// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the tools found, as plain values without a format. An Allocation is
/// what escape-check has to say of one site; a Finding is what any tool has to
/// say of any place, and an Allocation becomes one by toFinding().
///
/// I1  There is one Allocation for each site: a verdict is never contradicted.
/// I2  A Heap verdict has at least one reason.
/// I3  Messages name no line and no column, so that a baseline made from them
///     outlives an edit elsewhere in the file.
#ifndef STACKWARD_REPORT_FINDING_H
#define STACKWARD_REPORT_FINDING_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace stackward::report {

/// Lines and columns count from 1 and columns are bytes; 0 means unknown.
struct Place {
  std::string File;
  unsigned Line = 0;
  unsigned Column = 0;
  auto operator<=>(const Place &) const = default;
};

/// One step of an explanation, in the order in which the value travelled.
struct Step {
  Place At;
  std::string Text;   ///< the expression, or what the programmer wrote there
  std::string Why;    ///< wording of Escape/Why.def, or a tool's own
  unsigned Depth = 0; ///< calls entered: 0 is the function of the finding
  auto operator<=>(const Step &) const = default;
};

/// Bytes [Offset, Offset + Length) of File become Text.
struct Replacement {
  std::string File;
  uint64_t Offset = 0;
  uint64_t Length = 0;
  std::string Text;
  auto operator<=>(const Replacement &) const = default;
};

enum class SuggestionKind : uint8_t {
#define SUGGESTION(Name, Id, Advice) Name,
#include "stackward/Report/Suggestions.def"
};

struct Suggestion {
  SuggestionKind Kind = SuggestionKind::LocalObject;
  std::string Text;
  /// Replacements compile and keep the meaning; otherwise there are none.
  bool Fixable = false;
  std::vector<Replacement> Replacements;
  auto operator<=>(const Suggestion &) const = default;
};

/// An id of Escape/Reasons.def with its headline.
struct ReasonText {
  std::string Id;
  std::string Headline;
  auto operator<=>(const ReasonText &) const = default;
};

enum class Verdict : uint8_t { Stack, Heap };

struct Allocation {
  Place At;
  std::string Function; ///< qualified, with parameter types: `ns::f(long)`
  std::string Kind;     ///< "new", "make_unique", "std::vector buffer", ...
  std::string Type;     ///< as the programmer would write it
  std::optional<uint64_t> Size; ///< bytes; nothing when not known
  report::Verdict Verdict = report::Verdict::Heap;
  std::vector<ReasonText> Reasons;
  std::optional<report::Suggestion> Suggestion;
  std::vector<Step> Flow;
  std::vector<std::string> Notes; ///< what changes when it moves, caveats
  bool Cold = false;              ///< it gets away on a cold path only
  auto operator<=>(const Allocation &) const = default;
};

enum class Severity : uint8_t { Note, Remark, Warning, Error };

struct Finding {
  std::string Rule; ///< kebab-case id, unique among all tools
  Severity Level = Severity::Warning;
  Place At;
  std::string Function; ///< qualified, with parameter types; may be empty
  std::string Message;
  std::vector<Step> Steps;
  std::vector<std::string> Notes;
  std::optional<report::Suggestion> Suggestion;
  auto operator<=>(const Finding &) const = default;
};

llvm::StringRef suggestionId(SuggestionKind Kind);
/// The general advice of Suggestions.def, for a suggestion without a text.
llvm::StringRef suggestionAdvice(SuggestionKind Kind);
llvm::StringRef verdictName(Verdict V);       ///< "stack" or "heap"
llvm::StringRef severityName(Severity Level); ///< "note", "warning", ...

/// Rule `stack-allocation` for Stack, `escape-<first reason>` for Heap.
Finding toFinding(const Allocation &A);

/// Sorts by place, then by everything else, and drops exact repetitions: the
/// one sort between the analyses and the output.
void sortFindings(std::vector<Finding> &Findings);
void sortAllocations(std::vector<Allocation> &Allocations);

} // namespace stackward::report

#endif
