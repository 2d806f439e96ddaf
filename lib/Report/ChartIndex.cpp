// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Charts for other programs (JSON) and for a browser (one HTML page, with its
/// style and its few lines of script inside).
#include "stackward/Report/Chart.h"
#include "stackward/Report/Dot.h"
#include "llvm/Support/JSON.h"

using namespace stackward::report;
namespace json = llvm::json;

static std::string utf8(llvm::StringRef Text) {
  return json::isUTF8(Text) ? Text.str() : json::fixUTF8(Text);
}

static llvm::StringRef name(ChartLine::Role R) {
  switch (R) {
  case ChartLine::Role::Code:
    return "code";
  case ChartLine::Role::Branch:
    return "branch";
  case ChartLine::Role::Label:
    return "label";
  case ChartLine::Role::Implicit:
    return "implicit";
  case ChartLine::Role::Fact:
    return "fact";
  case ChartLine::Role::Folded:
    return "folded";
  }
  llvm_unreachable("closed list");
}

static llvm::StringRef name(ChartEdge::Role R) {
  switch (R) {
  case ChartEdge::Role::Plain:
    return "plain";
  case ChartEdge::Role::True:
    return "true";
  case ChartEdge::Role::False:
    return "false";
  case ChartEdge::Role::Case:
    return "case";
  case ChartEdge::Role::Default:
    return "default";
  case ChartEdge::Role::Exception:
    return "exception";
  case ChartEdge::Role::Dashed:
    return "uncertain";
  }
  llvm_unreachable("closed list");
}

static llvm::StringRef name(ChartBlock::Role R) {
  switch (R) {
  case ChartBlock::Role::Entry:
    return "entry";
  case ChartBlock::Role::Exit:
    return "exit";
  case ChartBlock::Role::Plain:
    return "block";
  }
  llvm_unreachable("closed list");
}

static void writeBlock(const ChartBlock &B, json::OStream &J) {
  J.object([&] {
    J.attribute("name", utf8(B.Name));
    J.attribute("kind", name(B.Is));
    J.attribute("reachable", B.Reached == ChartBlock::Reach::Reachable);
    J.attribute("loopDepth", B.LoopDepth);
    J.attributeArray("lines", [&] {
      for (const ChartLine &L : B.Lines)
        J.object([&] {
          J.attribute("kind", name(L.Is));
          if (L.Line)
            J.attribute("line", L.Line);
          J.attribute("text", utf8(L.Text));
        });
    });
  });
}

static void writeChart(const Chart &C, json::OStream &J) {
  J.object([&] {
    J.attribute("function", utf8(C.Title));
    J.attribute("file", utf8(C.File));
    J.attribute("line", C.Line);
    J.attributeArray("blocks", [&] {
      for (const ChartBlock &B : C.Blocks)
        writeBlock(B, J);
    });
    J.attributeArray("edges", [&] {
      for (const ChartEdge &E : C.Edges)
        J.object([&] {
          J.attribute("from", E.From);
          J.attribute("to", E.To);
          J.attribute("kind", name(E.Is));
          J.attribute("back", E.Goes == ChartEdge::Direction::Back);
          if (!E.Label.empty())
            J.attribute("label", utf8(E.Label));
        });
    });
    J.attributeArray("boxes", [&] {
      for (const ChartBox &B : C.Boxes)
        J.object([&] {
          J.attribute("label", utf8(B.Label));
          J.attributeArray("blocks", [&] {
            for (unsigned Block : B.Blocks)
              J.value(Block);
          });
          if (B.Parent != ChartBox::NoParent)
            J.attribute("parent", B.Parent);
        });
    });
  });
}

void stackward::report::printChartsJson(llvm::ArrayRef<Chart> Charts,
                                        llvm::raw_ostream &Out) {
  json::OStream J(Out, 2);
  J.object([&] {
    J.attribute("version", 1);
    J.attributeArray("graphs", [&] {
      for (const Chart &C : Charts)
        writeChart(C, J);
    });
  });
  Out << '\n';
}

static constexpr llvm::StringLiteral Style = R"css(
body { margin: 0; font: 14px/1.4 system-ui, sans-serif; }
header { position: sticky; top: 0; padding: 10px 20px; border-bottom: 1px solid;
  border-color: color-mix(in srgb, currentColor 20%, transparent); }
header, body { background: var(--paper); color: var(--ink); }
input { font: inherit; width: 24em; max-width: 60vw; margin-left: 1em;
  color: inherit; background: inherit; padding: 3px 8px; border: 1px solid; }
main { padding: 8px 20px; }
details { border-bottom: 1px solid;
  border-color: color-mix(in srgb, currentColor 12%, transparent); }
summary { padding: 5px 0; cursor: pointer; font-family: monospace; }
summary span { opacity: .6; margin-left: 1em; }
figure { margin: 0; overflow: auto; padding-bottom: 12px; }
.light { --paper: #fff; --ink: #1f2328; }
.dark { --paper: #0d1117; --ink: #e6edf3; }
)css";

static constexpr llvm::StringLiteral Script = R"js(
const box = document.querySelector('input');
box.addEventListener('input', () => {
  for (const d of document.querySelectorAll('details'))
    d.hidden = !d.querySelector('summary').textContent.toLowerCase()
      .includes(box.value.toLowerCase());
});
if (document.querySelectorAll('details').length === 1)
  document.querySelector('details').open = true;
)js";

// An XML prologue may not stand inside HTML.
static llvm::StringRef inlineSvg(llvm::StringRef Svg) {
  size_t At = Svg.find("<svg");
  return At == llvm::StringRef::npos ? llvm::StringRef() : Svg.substr(At);
}

void stackward::report::printChartIndex(llvm::ArrayRef<ChartPage> Pages,
                                        Theme T, llvm::raw_ostream &Out) {
  Out << "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width\">\n"
         "<title>Control flow</title>\n<style>"
      << Style << "</style>\n<body class=\""
      << (T == Theme::Dark ? "dark" : "light") << "\">\n<header>"
      << Pages.size() << (Pages.size() == 1 ? " function" : " functions")
      << "<input type=\"search\" placeholder=\"name or file\" "
         "aria-label=\"filter\"></header>\n<main>\n";
  for (const ChartPage &P : Pages) {
    Out << "<details><summary>" << escapeHtml(P.Of->Title) << "<span>"
        << escapeHtml(P.Of->File);
    if (P.Of->Line)
      Out << ':' << P.Of->Line;
    Out << "</span></summary>\n<p><a href=\"" << escapeHtml(P.FileName) << "\">"
        << escapeHtml(P.FileName) << "</a></p>\n";
    if (llvm::StringRef Svg = inlineSvg(P.Of->Drawing); !Svg.empty())
      Out << "<figure>" << Svg << "</figure>\n";
    Out << "</details>\n";
  }
  Out << "</main>\n<script>" << Script << "</script>\n</body>\n</html>\n";
}
