// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Each format, read back: text byte by byte, JSON formats through a parser.
#include "Fixture.h"
#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>

using namespace stackward::report;
using namespace stackward::report::test;

namespace {

struct Sinks : testing::Test {
  MemoryFiles Disk;
  SinkOptions Options;

  Sinks() {
    Disk.Files["a.cpp"] = "// one\nvoid f() {\n  Widget *W = new Widget;\n}\n"
                          "\n\n  std::vector<int> V(N);\n";
    Options.Tool = "escape-check";
    Options.Read = Disk.reader();
  }

  template <typename T> std::string show(Format F, std::vector<T> Values) {
    std::string Text;
    llvm::raw_string_ostream Out(Text);
    auto Sink = openSink(F, Out, Options);
    for (const T &Value : Values)
      Sink->add(Value);
    Sink->finish();
    return Text;
  }

  template <typename T>
  llvm::json::Value json(Format F, std::vector<T> Values) {
    auto Value = llvm::json::parse(show(F, std::move(Values)));
    EXPECT_TRUE(!!Value);
    return Value ? std::move(*Value) : llvm::json::Value(nullptr);
  }
};

TEST_F(Sinks, TextIsWhatClangWouldWrite) {
  EXPECT_EQ(show<Allocation>(Format::Text, {stackSite()}),
            "a.cpp:3:14: warning: new of 'Widget' can live on the stack "
            "[stack-allocation]\n"
            "    3 |   Widget *W = new Widget;\n"
            "      |              ^\n"
            "a.cpp:3:14: note: suggestion: make it a local object [--fix]\n");
}

TEST_F(Sinks, TextExplainsOnlyWhenAsked) {
  std::string Short = show<Allocation>(Format::Text, {heapSite()});
  EXPECT_EQ(Short,
            "a.cpp:7:3: remark: std::vector buffer of 'int' stays on the heap: "
            "returned to the caller; its size has no known bound "
            "[escape-return]\n"
            "    7 |   std::vector<int> V(N);\n"
            "      |   ^\n");
  Options.Shows = Detail::Explanations;
  EXPECT_EQ(show<Allocation>(Format::Text, {heapSite()}),
            Short + "a.cpp:7:3: note: flow 1: from 'v' (initializes a "
                    "variable)\n"
                    "b.h:2:5: note: flow 2:   from 'x' (returned)\n");
}

TEST_F(Sinks, CaretStandsUnderTheColumnOfTheTerminal) {
  // A tab, two-byte letters and a double-width character before the place.
  Disk.Files["t.cpp"] = "\t/*\xc3\xa4\xe6\x97\xa5*/ new X\n";
  Allocation A = stackSite();
  A.Suggestion.reset();
  A.At = {"t.cpp", 1, 12};
  std::string Text = show<Allocation>(Format::Text, {A});
  EXPECT_NE(Text.find("    1 |         /*\xc3\xa4\xe6\x97\xa5*/ new X\n"
                      "      |                 ^\n"),
            std::string::npos)
      << Text;
}

TEST_F(Sinks, LongLinesAreCutAroundTheCaret) {
  Disk.Files["l.cpp"] = std::string(1000, 'a') + "new" + std::string(1000, 'b');
  Allocation A = stackSite();
  A.At = {"l.cpp", 1, 1001};
  std::string Text = show<Allocation>(Format::Text, {A});
  llvm::SmallVector<llvm::StringRef, 8> Lines;
  llvm::StringRef(Text).split(Lines, '\n');
  ASSERT_GE(Lines.size(), 3u);
  EXPECT_LT(Lines[1].size(), 200u);
  EXPECT_EQ(Lines[1].find("new"), Lines[2].find('^'));
}

TEST_F(Sinks, ColourOnlyWhenAskedFor) {
  EXPECT_EQ(show<Allocation>(Format::Text, {stackSite()}).find('\033'),
            std::string::npos);
  Options.Paint = Colour::On;
  EXPECT_NE(show<Allocation>(Format::Text, {stackSite()}).find("\033[1;35m"),
            std::string::npos);
}

TEST_F(Sinks, AMissingFileCostsTheExcerptOnly) {
  Allocation A = heapSite();
  A.At = {"gone.cpp", 1, 1};
  std::string Text = show<Allocation>(Format::Text, {A});
  EXPECT_EQ(llvm::StringRef(Text).count('\n'), 1u);
}

TEST_F(Sinks, JsonHasThePromisedShape) {
  Options.Lists = Subject::Allocations;
  EXPECT_EQ(show<Allocation>(Format::Json, {}),
            "{\n  \"version\": 1,\n  \"tool\": \"escape-check\",\n"
            "  \"allocations\": []\n}\n");
  auto Expected = llvm::json::parse(R"json({
    "version": 1, "tool": "escape-check", "allocations": [
    {"file": "a.cpp", "line": 3, "column": 14, "function": "ns::f(int)",
     "kind": "new", "type": "Widget", "size": 32, "verdict": "stack",
     "reasons": [], "suggestion": {"kind": "local-object",
     "text": "make it a local object", "fixable": true}, "flow": []},
    {"file": "a.cpp", "line": 7, "column": 3, "function": "g()",
     "kind": "std::vector buffer", "type": "int", "size": null,
     "verdict": "heap", "reasons": ["return", "non-constant-size"],
     "suggestion": null, "flow": [
       {"file": "a.cpp", "line": 7, "column": 3, "text": "v",
        "why": "initializes a variable"},
       {"file": "b.h", "line": 2, "column": 5, "text": "x",
        "why": "returned"}]}]})json");
  ASSERT_TRUE(!!Expected);
  EXPECT_EQ(json<Allocation>(Format::Json, {stackSite(), heapSite()}),
            *Expected);
}

TEST_F(Sinks, JsonOfOtherToolsListsFindings) {
  Options.Tool = "const-prop";
  Finding F = toFinding(heapSite());
  auto Value = json<Finding>(Format::Json, {F});
  const auto *List = Value.getAsObject()->getArray("findings");
  ASSERT_TRUE(List && List->size() == 1);
  const auto &First = *(*List)[0].getAsObject();
  EXPECT_EQ(First.getString("rule"), "escape-return");
  EXPECT_EQ(First.getString("severity"), "remark");
  EXPECT_EQ(First.getArray("steps")->size(), 2u);
}

TEST_F(Sinks, BytesThatAreNotUtf8StillMakeJson) {
  Options.Lists = Subject::Allocations;
  Allocation A = stackSite();
  A.Type = "S<'\xff'>";
  auto Value = json<Allocation>(Format::Json, {A});
  EXPECT_EQ((*Value.getAsObject()->getArray("allocations"))[0]
                .getAsObject()
                ->getString("type"),
            "S<'\xef\xbf\xbd'>");
}

TEST_F(Sinks, SarifNestsTheFlowAndGivesRegionsForFixes) {
  Disk.Files["u.cpp"] = "/*\xf0\x9f\x98\x80*/ new X;\nint y;\n";
  Allocation A = heapSite();
  A.At = {"u.cpp", 1, 10};
  A.Suggestion = Suggestion{
      SuggestionKind::LocalObject, "X x;", true, {{"u.cpp", 9, 6, "X x"}}};
  auto Log = json<Allocation>(Format::Sarif, {A});
  EXPECT_EQ(Log.getAsObject()->getString("version"), "2.1.0");
  const auto &Run = *(*Log.getAsObject()->getArray("runs"))[0].getAsObject();
  EXPECT_EQ(Run.getString("columnKind"), "unicodeCodePoints");
  const auto &Result = *(*Run.getArray("results"))[0].getAsObject();
  EXPECT_EQ(Result.getString("ruleId"), "escape-return");
  const auto &Region = *(*Result.getArray("locations"))[0]
                            .getAsObject()
                            ->getObject("physicalLocation")
                            ->getObject("region");
  EXPECT_EQ(Region.getInteger("startColumn"), 7);
  const auto &Flow =
      *(*(*Result.getArray("codeFlows"))[0].getAsObject()->getArray(
          "threadFlows"))[0]
           .getAsObject()
           ->getArray("locations");
  EXPECT_EQ(Flow[1].getAsObject()->getInteger("nestingLevel"), 1);
  const auto &Change =
      *(*(*Result.getArray("fixes"))[0].getAsObject()->getArray(
          "artifactChanges"))[0]
           .getAsObject();
  const auto &Deleted =
      *(*Change.getArray("replacements"))[0].getAsObject()->getObject(
          "deletedRegion");
  EXPECT_EQ(Deleted.getInteger("startColumn"), 7);
  EXPECT_EQ(Deleted.getInteger("endColumn"), 13);
}

TEST_F(Sinks, SarifListsEachRuleOnce) {
  Options.Rules = {{"escape-return", "returned to the caller"}};
  auto Log =
      json<Allocation>(Format::Sarif, {heapSite(), stackSite(), heapSite()});
  const auto &Run = *(*Log.getAsObject()->getArray("runs"))[0].getAsObject();
  const auto &Rules =
      *Run.getObject("tool")->getObject("driver")->getArray("rules");
  ASSERT_EQ(Rules.size(), 2u);
  EXPECT_EQ(Rules[0].getAsObject()->getString("id"), "escape-return");
  EXPECT_EQ(Rules[1].getAsObject()->getString("id"), "stack-allocation");
  EXPECT_EQ(
      Rules[0].getAsObject()->getObject("shortDescription")->getString("text"),
      "returned to the caller");
  EXPECT_EQ(
      (*Run.getArray("results"))[2].getAsObject()->getInteger("ruleIndex"), 0);
}

TEST_F(Sinks, LspCountsFromZeroInUtf16) {
  Disk.Files["/u.cpp"] = "/*\xf0\x9f\x98\x80*/ new X;\n";
  Allocation A = stackSite();
  A.At = {"/u.cpp", 1, 10};
  auto Note = json<Allocation>(Format::Lsp, {A});
  EXPECT_EQ(Note.getAsObject()->getString("method"),
            "textDocument/publishDiagnostics");
  const auto &Params = *Note.getAsObject()->getObject("params");
  EXPECT_EQ(Params.getString("uri"), "file:///u.cpp");
  const auto &Start = *(*Params.getArray("diagnostics"))[0]
                           .getAsObject()
                           ->getObject("range")
                           ->getObject("start");
  EXPECT_EQ(Start.getInteger("line"), 0);
  EXPECT_EQ(Start.getInteger("character"), 7);
}

TEST_F(Sinks, LspHasOneNotificationForEachFile) {
  Allocation Other = stackSite();
  Other.At.File = "b.cpp";
  std::string Text =
      show<Allocation>(Format::Lsp, {stackSite(), heapSite(), Other});
  EXPECT_EQ(llvm::StringRef(Text).count('\n'), 2u);
}

TEST_F(Sinks, GitHubEncodesWhatItsCommandsUse) {
  Allocation A = stackSite();
  A.At.File = "a,b:c.cpp";
  A.Type = "T<100%>\nx";
  EXPECT_EQ(show<Allocation>(Format::GitHub, {A}),
            "::warning file=a%2Cb%3Ac.cpp,line=3,col=14,title=escape-check%3A "
            "stack-allocation::new of 'T<100%25>%0Ax' can live on the stack"
            "%0Asuggestion: make it a local object\n");
}

TEST_F(Sinks, RemarksAreYamlDocuments) {
  EXPECT_EQ(show<Allocation>(Format::Remarks, {heapSite()}),
            "--- !Missed\nPass: 'escape-check'\nName: 'escape-return'\n"
            "DebugLoc: { File: 'a.cpp', Line: 7, Column: 3 }\n"
            "Function: 'g()'\nArgs:\n"
            "  - String: 'std::vector buffer of ''int'' stays on the heap: "
            "returned to the caller; its size has no known bound'\n"
            "  - Flow: 'from ''v'' (initializes a variable)'\n"
            "    DebugLoc: { File: 'a.cpp', Line: 7, Column: 3 }\n"
            "  - Flow: 'from ''x'' (returned)'\n"
            "    DebugLoc: { File: 'b.h', Line: 2, Column: 5 }\n...\n");
}

TEST(Order, FindingsAreSortedOnceAndNotRepeated) {
  std::vector<Allocation> Sites = {heapSite(), stackSite(), heapSite()};
  sortAllocations(Sites);
  ASSERT_EQ(Sites.size(), 2u);
  EXPECT_EQ(Sites[0].At.Line, 3u);
}

} // namespace
