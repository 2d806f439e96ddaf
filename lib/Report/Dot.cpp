// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes DOT. What Graphviz's grammar refuses decides the odd details: an
/// element such as <b></b> must hold text (a table cell need not), white space
/// alone does not count as text, and SVG folds spaces; so spaces that matter
/// become no-break spaces.
#include "stackward/Report/Dot.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include <algorithm>

using namespace stackward::report;

static std::string validUtf8(llvm::StringRef Text) {
  return llvm::json::isUTF8(Text) ? Text.str() : llvm::json::fixUTF8(Text);
}

// Appends what stands for C between tags; false if C can stand for itself.
static bool appendEntity(char C, std::string &Out) {
  switch (C) {
  case '&':
    Out += "&amp;";
    return true;
  case '<':
    Out += "&lt;";
    return true;
  case '>':
    Out += "&gt;";
    return true;
  case '"':
    Out += "&quot;";
    return true;
  case '\'':
    Out += "&#39;";
    return true;
  case '\t':
    Out += "    ";
    return true;
  }
  unsigned char Byte = C;
  if (Byte >= 0x20 && Byte != 0x7f)
    return false;
  Out += "\\x";
  Out += llvm::hexdigit(Byte >> 4, /*LowerCase=*/true);
  Out += llvm::hexdigit(Byte & 15, /*LowerCase=*/true);
  return true;
}

std::string stackward::report::escapeHtml(llvm::StringRef Text) {
  std::string Out;
  for (char C : validUtf8(Text))
    if (!appendEntity(C, Out))
      Out += C;
  return Out;
}

std::string stackward::report::escapeDotString(llvm::StringRef Text) {
  std::string Out;
  for (char C : validUtf8(Text)) {
    if (C == '"' || C == '\\')
      Out += '\\';
    if (C == '\n')
      Out += "\\n";
    else if (static_cast<unsigned char>(C) >= 0x20)
      Out += C;
    else
      Out += ' ';
  }
  return Out;
}

// A space that stands first, or after another one, would be lost.
static std::string keepSpaces(llvm::StringRef Escaped) {
  std::string Out;
  bool AfterSpace = true;
  for (char C : Escaped) {
    bool Space = C == ' ';
    if (Space && AfterSpace)
      Out += "&#160;";
    else
      Out += C;
    AfterSpace = Space;
  }
  return Out;
}

static void printRun(const DotRun &Run, llvm::raw_ostream &Out) {
  std::string Text = keepSpaces(escapeHtml(Run.Text));
  if (Text.empty())
    return;
  llvm::StringRef Tag;
  switch (Run.Face) {
  case DotRun::Style::Plain:
    break;
  case DotRun::Style::Bold:
    Tag = "b";
    break;
  case DotRun::Style::Italic:
    Tag = "i";
    break;
  }
  if (!Run.Colour.empty())
    Out << "<font color=\"" << escapeHtml(Run.Colour) << "\">";
  if (!Tag.empty())
    Out << '<' << Tag << '>';
  Out << Text;
  if (!Tag.empty())
    Out << "</" << Tag << '>';
  if (!Run.Colour.empty())
    Out << "</font>";
}

static llvm::StringRef alignment(DotRow::Align Text) {
  switch (Text) {
  case DotRow::Align::Left:
    return "left";
  case DotRow::Align::Centre:
    return "center";
  case DotRow::Align::Right:
    return "right";
  }
  llvm_unreachable("three alignments");
}

static void printCell(const DotRow &Row, size_t Span,
                      llvm::ArrayRef<DotRun> Runs, llvm::raw_ostream &Out) {
  // ALIGN places the line, BALIGN what a <br/> in it would break.
  Out << "<td align=\"" << alignment(Row.Text) << '"';
  if (Span > 1)
    Out << " colspan=\"" << Span << '"';
  if (!Row.Background.empty())
    Out << " bgcolor=\"" << escapeHtml(Row.Background) << '"';
  Out << '>';
  for (const DotRun &Run : Runs)
    printRun(Run, Out);
  Out << "</td>";
}

static void printRow(const DotRow &Row, size_t Columns,
                     llvm::raw_ostream &Out) {
  Out << "<tr>";
  if (Row.Cells == DotRow::Layout::Flow || Row.Runs.empty()) {
    printCell(Row, Columns, Row.Runs, Out);
  } else {
    size_t Last = Row.Runs.size() - 1;
    for (size_t I = 0; I <= Last; ++I)
      printCell(Row, I == Last ? Columns - Last : 1, Row.Runs[I], Out);
  }
  Out << "</tr>";
}

static void printLabel(const DotNode &Node, llvm::raw_ostream &Out) {
  if (Node.Rows.empty()) {
    Out << "label=\"\"";
    return;
  }
  size_t Columns = 1;
  for (const DotRow &Row : Node.Rows)
    if (Row.Cells == DotRow::Layout::Columns)
      Columns = std::max(Columns, Row.Runs.size());
  Out << "label=<<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" "
         "cellpadding=\"2\">";
  for (const DotRow &Row : Node.Rows)
    printRow(Row, Columns, Out);
  Out << "</table>>";
}

static void printAttributes(const DotAttributes &Attributes,
                            llvm::StringRef Separator, llvm::raw_ostream &Out) {
  for (const auto &[Key, Value] : Attributes)
    Out << Separator << Key << "=\"" << escapeDotString(Value) << '"';
}

static void printDefaults(llvm::StringRef What, const DotAttributes &Attributes,
                          llvm::raw_ostream &Out) {
  if (Attributes.empty())
    return;
  Out << "  " << What << " [";
  printAttributes(Attributes, " ", Out);
  Out << " ];\n";
}

DotGraph::DotGraph(llvm::StringRef Name) : Name(Name) {}

unsigned DotGraph::addNode(DotNode Node) {
  Nodes.push_back(std::move(Node));
  return Nodes.size() - 1;
}

void DotGraph::addEdge(DotEdge Edge) {
  assert(Edge.From < Nodes.size() && Edge.To < Nodes.size() &&
         "an edge between nodes that were added");
  Edges.push_back(std::move(Edge));
}

unsigned DotGraph::addCluster(llvm::StringRef Label,
                              llvm::ArrayRef<unsigned> Members,
                              DotAttributes Attributes, unsigned Parent) {
  assert((Parent == NoCluster || Parent < Clusters.size()) &&
         "a parent is added before its children");
  Clusters.push_back(
      {Label.str(), Members.vec(), std::move(Attributes), Parent});
  return Clusters.size() - 1;
}

void DotGraph::printCluster(unsigned Id, llvm::raw_ostream &Out) const {
  const Cluster &C = Clusters[Id];
  Out << "  subgraph cluster_" << Id << " {\n";
  Out << "    label=\"" << escapeDotString(C.Label) << "\";\n";
  for (const auto &[Key, Value] : C.Attributes)
    Out << "    " << Key << "=\"" << escapeDotString(Value) << "\";\n";
  for (unsigned Node : C.Nodes)
    Out << "    n" << Node << ";\n";
  // Depth is that of the nesting the caller made, loops in loops; shallow.
  for (unsigned Child = Id + 1; Child < Clusters.size(); ++Child)
    if (Clusters[Child].Parent == Id)
      printCluster(Child, Out);
  Out << "  }\n";
}

void DotGraph::print(llvm::raw_ostream &Out) const {
  Out << "digraph \"" << escapeDotString(Name) << "\" {\n";
  for (const auto &[Key, Value] : GraphAttributes)
    Out << "  " << Key << "=\"" << escapeDotString(Value) << "\";\n";
  printDefaults("node", NodeAttributes, Out);
  printDefaults("edge", EdgeAttributes, Out);
  for (unsigned Id = 0; Id < Nodes.size(); ++Id) {
    const DotNode &Node = Nodes[Id];
    Out << "  n" << Id << " [";
    printLabel(Node, Out);
    if (!Node.Colour.empty())
      Out << " color=\"" << escapeDotString(Node.Colour) << '"';
    if (!Node.Background.empty())
      Out << " fillcolor=\"" << escapeDotString(Node.Background) << '"';
    printAttributes(Node.Attributes, " ", Out);
    Out << "];\n";
  }
  for (unsigned Id = 0; Id < Clusters.size(); ++Id)
    if (Clusters[Id].Parent == NoCluster)
      printCluster(Id, Out);
  for (const DotEdge &Edge : Edges) {
    Out << "  n" << Edge.From << " -> n" << Edge.To;
    DotAttributes Attributes = Edge.Attributes;
    if (!Edge.Label.empty())
      Attributes.insert(Attributes.begin(), {"label", Edge.Label});
    if (!Attributes.empty()) {
      Out << " [";
      printAttributes(Attributes, " ", Out);
      Out << " ]";
    }
    Out << ";\n";
  }
  Out << "}\n";
}
