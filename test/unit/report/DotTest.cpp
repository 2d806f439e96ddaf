// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Graphviz is the judge of our DOT: `dot` must read each graph without a
/// word, and its SVG must hold the text that went in.
#include "stackward/Report/Dot.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include <gtest/gtest.h>

using namespace stackward::report;

namespace {

struct Drawing {
  int Status;
  std::string Svg;
  std::string Complaints;
};

std::string read(llvm::StringRef Path) {
  auto Buffer = llvm::MemoryBuffer::getFile(Path);
  return Buffer ? (*Buffer)->getBuffer().str() : std::string();
}

Drawing draw(const DotGraph &Graph) {
  llvm::SmallString<128> In, Out, Err;
  int Descriptor;
  EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("g", "dot", Descriptor, In));
  {
    llvm::raw_fd_ostream Stream(Descriptor, /*shouldClose=*/true);
    Graph.print(Stream);
  }
  EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("g", "svg", Out));
  EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("g", "err", Err));
  std::optional<llvm::StringRef> Redirects[] = {In.str(), Out.str(), Err.str()};
  Drawing D;
  D.Status = llvm::sys::ExecuteAndWait(GRAPHVIZ_DOT, {GRAPHVIZ_DOT, "-Tsvg"},
                                       std::nullopt, Redirects);
  D.Svg = read(Out);
  D.Complaints = read(Err);
  for (auto &Path : {In, Out, Err})
    llvm::sys::fs::remove(Path);
  return D;
}

DotNode textNode(llvm::StringRef Text) {
  DotRow Row;
  Row.Runs.push_back({Text.str(), "", DotRun::Style::Plain});
  DotNode Node;
  Node.Rows.push_back(std::move(Row));
  return Node;
}

std::string print(const DotGraph &Graph) {
  std::string Text;
  llvm::raw_string_ostream Out(Text);
  Graph.print(Out);
  return Text;
}

TEST(Dot, PlainGraphHasTheExpectedBytes) {
  DotGraph Graph("main()");
  unsigned A = Graph.addNode(textNode("x = 1"));
  unsigned B = Graph.addNode({});
  Graph.addEdge({A, B, "true", {{"color", "green"}}});
  EXPECT_EQ(print(Graph),
            "digraph \"main()\" {\n"
            "  n0 [label=<<table border=\"0\" cellborder=\"0\" "
            "cellspacing=\"0\" cellpadding=\"2\"><tr><td align=\"left\">x = 1"
            "</td></tr></table>>];\n"
            "  n1 [label=\"\"];\n"
            "  n0 -> n1 [ label=\"true\" color=\"green\" ];\n"
            "}\n");
  EXPECT_EQ(print(Graph), print(Graph));
}

TEST(Dot, HostileTextIsReadByGraphviz) {
  const char *Texts[] = {"",
                         " ",
                         "   ",
                         "std::map<int, std::vector<T>>",
                         "a && b || \"c\" == 'd'",
                         "R\"(\\n{|}<b>)\"",
                         "\\",
                         "\\N\\G\\l",
                         "tab\there",
                         "\x01\x02\x7f",
                         "\xff\xfe broken",
                         "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac",
                         "]]>--><!--",
                         "&amp; &#0; &bogus;",
                         "\n"};
  DotGraph Graph("hostile <\"\\> name");
  for (const char *Text : Texts) {
    DotNode Node = textNode(Text);
    Node.Rows.push_back({{{Text, "#ff0000", DotRun::Style::Bold},
                          {Text, "", DotRun::Style::Italic}},
                         "#eeeeee"});
    Node.Rows.push_back({{{Text, "", DotRun::Style::Plain},
                          {Text, "", DotRun::Style::Plain},
                          {Text, "", DotRun::Style::Plain}},
                         "",
                         DotRow::Align::Right,
                         DotRow::Layout::Columns});
    Node.Attributes = {{"tooltip", Text}};
    unsigned Id = Graph.addNode(std::move(Node));
    Graph.addEdge({Id, 0, Text, {}});
  }
  Drawing D = draw(Graph);
  EXPECT_EQ(D.Status, 0);
  EXPECT_EQ(D.Complaints, "");
  EXPECT_NE(D.Svg.find("std::map&lt;int,"), std::string::npos);
  EXPECT_NE(D.Svg.find("gr\xc3\xbc\xc3\x9f"), std::string::npos);
  EXPECT_NE(D.Svg.find("\\x01\\x02\\x7f"), std::string::npos);
  EXPECT_EQ(D.Svg.find("\x01"), std::string::npos);
}

TEST(Dot, ClustersNest) {
  DotGraph Graph("loops");
  unsigned A = Graph.addNode(textNode("outer"));
  unsigned B = Graph.addNode(textNode("inner"));
  unsigned Outer = Graph.addCluster("loop \"1\"", {A}, {{"color", "blue"}});
  Graph.addCluster("loop 2", {B}, {}, Outer);
  std::string Text = print(Graph);
  size_t OuterAt = Text.find("subgraph cluster_0");
  size_t InnerAt = Text.find("subgraph cluster_1");
  ASSERT_NE(OuterAt, std::string::npos);
  ASSERT_NE(InnerAt, std::string::npos);
  EXPECT_LT(OuterAt, InnerAt);
  // The inner box is inside the outer one: no closing brace between them.
  EXPECT_EQ(Text.substr(OuterAt, InnerAt - OuterAt).find('}'),
            std::string::npos);
  EXPECT_EQ(Text.find("subgraph cluster_1", InnerAt + 1), std::string::npos);
  Drawing D = draw(Graph);
  EXPECT_EQ(D.Status, 0);
  EXPECT_EQ(D.Complaints, "");
}

TEST(Dot, SpacesAreKept) {
  DotGraph Graph("spaces");
  Graph.addNode(textNode("  a  b"));
  EXPECT_NE(print(Graph).find("&#160;&#160;a &#160;b"), std::string::npos);
}

} // namespace
