// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Draws charts in DOT. Each theme is one row of colours. The colour-blind-safe
/// one takes blue and vermilion from Okabe and Ito's palette, which the common
/// forms of colour blindness keep apart.
#include "stackward/Report/Chart.h"
#include "stackward/Report/Dot.h"
#include "llvm/ADT/StringExtras.h"

using namespace stackward::report;

namespace {

struct Palette {
  const char *Paper, *Ink, *Faint, *Block, *Border, *Branch, *Label, *Fact;
  const char *Entry, *Loop, *LoopBorder;
  const char *True, *False, *Case, *Exception, *Edge;
};

} // namespace

static const Palette &palette(Theme T) {
  static const Palette Light = {"#ffffff", "#1f2328", "#8c959f", "#ffffff",
                                "#afb8c1", "#eef2f6", "#6639ba", "#0a5c3d",
                                "#e6f0fb", "#f6f8fa", "#d0d7de", "#1a7f37",
                                "#cf222e", "#6639ba", "#bc4c00", "#57606a"};
  static const Palette Dark = {"#0d1117", "#e6edf3", "#7d8590", "#161b22",
                               "#3d444d", "#21262d", "#bc8cff", "#7ee2b8",
                               "#12263f", "#11161d", "#30363d", "#3fb950",
                               "#f85149", "#bc8cff", "#f0883e", "#9198a1"};
  static const Palette Safe = {"#ffffff", "#1f2328", "#767676", "#ffffff",
                               "#999999", "#eeeeee", "#0072b2", "#00614a",
                               "#e5f1f8", "#f7f7f7", "#bbbbbb", "#0072b2",
                               "#d55e00", "#5b3a8c", "#8a6d00", "#4d4d4d"};
  switch (T) {
  case Theme::Light:
    return Light;
  case Theme::Dark:
    return Dark;
  case Theme::ColourBlindSafe:
    return Safe;
  }
  llvm_unreachable("three themes");
}

static DotRow lineRow(const ChartLine &L, const Palette &P, bool Grey) {
  DotRow Row;
  Row.Cells = DotRow::Layout::Columns;
  DotRun Number{L.Line ? std::to_string(L.Line) : std::string(), P.Faint, {}};
  DotRun Text{L.Text, Grey ? P.Faint : P.Ink, {}};
  switch (L.Is) {
  case ChartLine::Role::Code:
    break;
  case ChartLine::Role::Branch:
    Row.Background = P.Branch;
    Text.Face = DotRun::Style::Bold;
    break;
  case ChartLine::Role::Label:
    Text.Colour = Grey ? P.Faint : P.Label;
    Text.Face = DotRun::Style::Bold;
    break;
  case ChartLine::Role::Implicit:
  case ChartLine::Role::Folded:
    Text.Colour = P.Faint;
    Text.Face = DotRun::Style::Italic;
    break;
  case ChartLine::Role::Fact:
    Text.Colour = P.Fact;
    Text.Face = DotRun::Style::Italic;
    break;
  }
  Row.Runs = {std::move(Number), std::move(Text)};
  return Row;
}

static DotNode blockNode(const Chart &C, const ChartBlock &B,
                         const Palette &P) {
  DotNode N;
  bool Grey = B.Reached == ChartBlock::Reach::Unreachable;
  N.Colour = P.Border;
  N.Background = B.Is == ChartBlock::Role::Plain ? P.Block : P.Entry;
  DotRow Head;
  Head.Runs.push_back({B.Name, P.Faint, DotRun::Style::Plain});
  if (B.Is == ChartBlock::Role::Entry)
    Head.Runs = {{C.Title, P.Ink, DotRun::Style::Bold}};
  if (Grey) {
    Head.Cells = DotRow::Layout::Columns;
    Head.Runs.push_back({"unreachable", P.Faint, DotRun::Style::Italic});
  }
  if (!Head.Runs.front().Text.empty())
    N.Rows.push_back(std::move(Head));
  for (const ChartLine &L : B.Lines)
    N.Rows.push_back(lineRow(L, P, Grey));
  if (Grey)
    N.Attributes.push_back({"style", "filled,rounded,dashed"});
  if (B.Is != ChartBlock::Role::Plain)
    N.Attributes.push_back({"penwidth", "1.6"});
  return N;
}

static DotEdge blockEdge(const ChartEdge &E, const Palette &P) {
  DotEdge D;
  D.From = E.From;
  D.To = E.To;
  if (!E.Label.empty()) // the spaces keep it clear of the line
    D.Label = "  " + E.Label + "  ";
  const char *Colour = P.Edge;
  const char *Style = nullptr;
  switch (E.Is) {
  case ChartEdge::Role::Plain:
    break;
  case ChartEdge::Role::True:
    Colour = P.True;
    break;
  case ChartEdge::Role::False:
    Colour = P.False;
    break;
  case ChartEdge::Role::Case:
  case ChartEdge::Role::Default:
    Colour = P.Case;
    break;
  case ChartEdge::Role::Exception:
    Colour = P.Exception;
    Style = "dashed";
    break;
  case ChartEdge::Role::Dashed:
    Style = "dashed";
    break;
  }
  D.Attributes = {{"color", Colour}, {"fontcolor", Colour}};
  if (Style)
    D.Attributes.push_back({"style", Style});
  if (E.Goes == ChartEdge::Direction::Back)
    D.Attributes.push_back({"penwidth", "2.2"});
  return D;
}

void stackward::report::printDot(const Chart &C, Theme T,
                                 llvm::raw_ostream &Out) {
  const Palette &P = palette(T);
  DotGraph G(C.Title);
  G.GraphAttributes = {
      {"bgcolor", P.Paper}, {"fontname", "Helvetica,Arial,sans-serif"},
      {"fontsize", "10"},   {"fontcolor", P.Faint},
      {"nodesep", "0.35"},  {"ranksep", "0.4"},
      {"tooltip", C.Title}, {"pad", "0.2"}};
  if (C.Grows == Chart::Layout::LeftToRight)
    G.GraphAttributes.push_back({"rankdir", "LR"});
  // Network simplex is slow on very large functions; a little less beauty
  // keeps them within seconds.
  if (C.Blocks.size() > 250) {
    G.GraphAttributes.push_back({"nslimit", "2"});
    G.GraphAttributes.push_back({"nslimit1", "2"});
    G.GraphAttributes.push_back({"mclimit", "0.3"});
    G.GraphAttributes.push_back({"splines", "polyline"});
  }
  G.NodeAttributes = {{"shape", "box"},
                      {"style", "filled,rounded"},
                      {"fontname", "DejaVu Sans Mono,Consolas,monospace"},
                      {"fontsize", "10"},
                      {"fontcolor", P.Ink},
                      {"margin", "0.06,0.03"}};
  G.EdgeAttributes = {{"fontname", "Helvetica,Arial,sans-serif"},
                      {"fontsize", "9"},
                      {"arrowsize", "0.7"}};
  for (const ChartBlock &B : C.Blocks)
    G.addNode(blockNode(C, B, P));
  for (const ChartBox &B : C.Boxes)
    G.addCluster(B.Label, B.Blocks,
                 {{"color", P.LoopBorder},
                  {"bgcolor", P.Loop},
                  {"style", "rounded"},
                  {"labeljust", "l"},
                  {"fontcolor", P.Faint}},
                 B.Parent == ChartBox::NoParent ? DotGraph::NoCluster
                                                : B.Parent);
  for (const ChartEdge &E : C.Edges)
    G.addEdge(blockEdge(E, P));
  G.print(Out);
}
