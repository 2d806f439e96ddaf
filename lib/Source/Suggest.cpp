// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What to write instead: one suggestion for each verdict that has a way out.
/// For "heap" there is one only when a single reason stands in the way.
#include "Suggest.h"

namespace stackward::source {

using report::SuggestionKind;

static SuggestionKind forStack(const SiteRecord &Site, bool Exact) {
  switch (Site.Kind) {
  case SiteKind::Container:
    return SuggestionKind::SmallBuffer;
  case SiteKind::NewArray:
  case SiteKind::Malloc:
    return Exact ? SuggestionKind::LocalArray : SuggestionKind::SmallBuffer;
  case SiteKind::Function:
    return SuggestionKind::LeaveToPlugin;
  case SiteKind::New:
  case SiteKind::Factory:
    break;
  }
  if (Site.Conditional)
    return SuggestionKind::Optional;
  return Site.ThroughBase ? SuggestionKind::DerivedLocal
                          : SuggestionKind::LocalObject;
}

static std::optional<SuggestionKind> forReason(llvm::StringRef Id,
                                               const SiteRecord &Site) {
  if (Id == "unknown-callee")
    return SuggestionKind::MakeVisible;
  if (Id == "virtual-callee")
    return SuggestionKind::MarkFinal;
  if (Id == "freed-in-callee")
    return SuggestionKind::MoveDelete;
  if (Id == "non-constant-size")
    return SuggestionKind::BoundSize;
  if (Id == "stored-in-argument" && Site.Kind == SiteKind::New &&
      Site.InConstructor)
    return SuggestionKind::InlineMember;
  return std::nullopt;
}

/// What the general advice leaves open for this site.
static std::string stackText(const report::Allocation &A,
                             const SiteRecord &Site,
                             const report::Suggestion &S, const Outlook &O) {
  std::string Text = report::suggestionAdvice(S.Kind).str();
  if (Site.Kind == SiteKind::Factory && !Site.Nameable)
    Text = "name the class that '" + Site.Spelling +
           "' makes and use a local object of it, or let the function fill an "
           "object of the caller's";
  if (Site.Kind == SiteKind::Container && A.Size)
    Text += "; it needs at most " + std::to_string(*A.Size) + " bytes";
  if (Site.IsShared)
    Text += "; it is never shared beyond this function";
  if (!O.Freed && Site.Kind != SiteKind::Container &&
      Site.Kind != SiteKind::Function)
    Text += "; nothing frees it today";
  else if (Site.Destructs && !S.Fixable)
    Text += "; its destructor then runs at the end of the scope";
  return Text;
}

std::optional<report::Suggestion>
suggestion(const report::Allocation &A, const SiteRecord &Site,
           const std::vector<std::string> &Files, Outlook O) {
  report::Suggestion S;
  if (A.Verdict == report::Verdict::Stack && O.AtOnce > 1) {
    S.Kind = SuggestionKind::ObjectArray;
    S.Text = "use a local array of " + std::to_string(O.AtOnce) +
             " objects, one for each turn of the loop";
    return S;
  }
  if (A.Verdict == report::Verdict::Stack) {
    S.Kind = forStack(Site, Site.SizeIsExact);
    for (const EditRecord &E : Site.Edits)
      S.Replacements.push_back({Files[E.File], E.Offset, E.Length, E.Text});
    S.Fixable = !S.Replacements.empty();
    S.Text = stackText(A, Site, S, O);
    return S;
  }
  if (A.Reasons.size() != 1)
    return std::nullopt;
  auto Kind = forReason(A.Reasons[0].Id, Site);
  if (!Kind)
    return std::nullopt;
  S.Kind = *Kind;
  S.Text = report::suggestionAdvice(S.Kind).str();
  if (S.Kind == SuggestionKind::BoundSize && Site.Kind == SiteKind::Container)
    S.Text += ": whatever makes it grow must be seen here, and be bounded";
  return S;
}

} // namespace stackward::source
