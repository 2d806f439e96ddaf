// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// SARIF 2.1.0 (OASIS): one run; a rule's entry for each rule that was met, in
/// the order of meeting; the explanation as a code flow whose nesting level is
/// the number of calls entered. Written when finish() is called, because rules
/// stand before results. Columns are code points, as `columnKind` says; a
/// replacement in a file that cannot be read is left out, for its region could
/// not be given.
#include "Sinks.h"
#include "SourceText.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/JSON.h"

using namespace stackward::report;
using llvm::json::Array;
using llvm::json::Object;

namespace {

class SarifSink : public Sink {
public:
  SarifSink(llvm::raw_ostream &Out, SinkOptions O)
      : Out(Out), O(std::move(O)) {}
  using Sink::add;
  void add(const Finding &F) override;
  void finish() override;

private:
  Object physicalLocation(const Place &At) const;
  Object codeFlow(llvm::ArrayRef<Step> Steps) const;
  std::optional<Object> fix(const Suggestion &S) const;
  std::optional<Object> replacement(const Replacement &R) const;
  unsigned ruleIndex(llvm::StringRef Id);

  llvm::raw_ostream &Out;
  SinkOptions O;
  llvm::StringMap<unsigned> RuleIds;
  Array Rules;
  Array Results;
};

Object message(llvm::StringRef Text) { return Object{{"text", utf8(Text)}}; }

Object artifact(llvm::StringRef Path) { return Object{{"uri", fileUri(Path)}}; }

/// SARIF has no remarks.
llvm::StringRef levelOf(Severity Level) {
  return severityName(Level == Severity::Remark ? Severity::Note : Level);
}

} // namespace

Object SarifSink::physicalLocation(const Place &At) const {
  Object Location{{"artifactLocation", artifact(At.File)}};
  if (At.Line == 0)
    return Location;
  Object Region{{"startLine", At.Line}};
  if (At.Column != 0) {
    llvm::StringRef Before = textBefore(O.Read, At);
    bool Known = Before.size() + 1 == At.Column;
    Region["startColumn"] = Known ? countCodePoints(Before) + 1 : At.Column;
  }
  Location["region"] = std::move(Region);
  return Location;
}

Object SarifSink::codeFlow(llvm::ArrayRef<Step> Steps) const {
  Array Locations;
  for (const Step &S : Steps)
    Locations.push_back(
        Object{{"location", Object{{"physicalLocation", physicalLocation(S.At)},
                                   {"message", message(stepText(S))}}},
               {"nestingLevel", S.Depth}});
  return Object{
      {"threadFlows", Array{Object{{"locations", std::move(Locations)}}}}};
}

std::optional<Object> SarifSink::replacement(const Replacement &R) const {
  auto Text = O.Read(R.File);
  if (!Text)
    return std::nullopt;
  auto Start = placeOf(*Text, R.Offset);
  auto End = placeOf(*Text, R.Offset + R.Length);
  if (!Start || !End)
    return std::nullopt;
  Start->File = End->File = R.File;
  return Object{
      {"deletedRegion",
       Object{{"startLine", Start->Line},
              {"startColumn", countCodePoints(textBefore(O.Read, *Start)) + 1},
              {"endLine", End->Line},
              {"endColumn", countCodePoints(textBefore(O.Read, *End)) + 1}}},
      {"insertedContent", message(R.Text)}};
}

std::optional<Object> SarifSink::fix(const Suggestion &S) const {
  Array Changes;
  for (const Replacement &R : S.Replacements) {
    auto Change = replacement(R);
    if (!Change)
      return std::nullopt;
    Changes.push_back(Object{{"artifactLocation", artifact(R.File)},
                             {"replacements", Array{std::move(*Change)}}});
  }
  if (Changes.empty())
    return std::nullopt;
  return Object{{"description", message(adviceOf(S))},
                {"artifactChanges", std::move(Changes)}};
}

unsigned SarifSink::ruleIndex(llvm::StringRef Id) {
  auto [It, New] = RuleIds.try_emplace(Id, Rules.size());
  if (!New)
    return It->second;
  // An owned string: a json::Value made of a StringRef only points to it.
  Object Rule{{"id", utf8(Id)}};
  for (const RuleInfo &Info : O.Rules)
    if (Info.Id == Id)
      Rule["shortDescription"] = message(Info.Summary);
  Rules.push_back(std::move(Rule));
  return It->second;
}

void SarifSink::add(const Finding &F) {
  Object Location{{"physicalLocation", physicalLocation(F.At)}};
  if (!F.Function.empty())
    Location["logicalLocations"] = Array{
        Object{{"fullyQualifiedName", utf8(F.Function)}, {"kind", "function"}}};
  Object Result{{"ruleId", F.Rule},
                {"ruleIndex", ruleIndex(F.Rule)},
                {"level", levelOf(F.Level)},
                {"message", message(fullMessage(F))},
                {"locations", Array{std::move(Location)}},
                {"partialFingerprints",
                 Object{{"stackward/v1", fingerprint(F.At.File, F)}}}};
  if (!F.Steps.empty())
    Result["codeFlows"] = Array{codeFlow(F.Steps)};
  if (F.Suggestion)
    if (auto Fix = fix(*F.Suggestion))
      Result["fixes"] = Array{std::move(*Fix)};
  Results.push_back(std::move(Result));
}

void SarifSink::finish() {
  Object Driver{{"name", utf8(O.Tool)}, {"rules", std::move(Rules)}};
  Object Run{{"tool", Object{{"driver", std::move(Driver)}}},
             {"columnKind", "unicodeCodePoints"},
             {"results", std::move(Results)}};
  llvm::json::Value Log = Object{
      {"$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/"
                  "schemas/sarif-schema-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs", Array{std::move(Run)}}};
  Out << llvm::formatv("{0:2}", Log) << '\n';
  Out.flush();
}

std::unique_ptr<Sink> stackward::report::makeSarifSink(llvm::raw_ostream &Out,
                                                       SinkOptions O) {
  return std::make_unique<SarifSink>(Out, std::move(O));
}
