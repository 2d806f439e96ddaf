// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A flow chart as plain values: blocks of text lines, labelled edges, boxes
/// around loops. The tools fill it in; this room alone knows how it is drawn
/// (DOT), written (JSON) or bound into a page (HTML).
///
/// I1  Block i of a chart is node i of its drawing, and everything is written
///     in the order of the vectors.
/// I2  A meaning never depends on colour alone: branches also differ in their
///     label, unreachable blocks in their border, back edges in their width.
#ifndef STACKWARD_REPORT_CHART_H
#define STACKWARD_REPORT_CHART_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <string>
#include <vector>

namespace stackward::report {

struct ChartLine {
  enum class Role : uint8_t {
    Code,     ///< what the author wrote
    Branch,   ///< the condition or jump that ends the block
    Label,    ///< case, default, catch or goto label that begins it
    Implicit, ///< destructors, lifetimes: what the compiler adds
    Fact,     ///< what an analysis knows on entry
    Folded,   ///< stands for lines that were left out
  };
  Role Is = Role::Code;
  unsigned Line = 0; ///< 0: no line of the source
  std::string Text;
};

struct ChartBlock {
  enum class Role : uint8_t { Entry, Exit, Plain };
  Role Is = Role::Plain;
  std::string Name;
  enum class Reach : uint8_t {
    Reachable,
    Unreachable
  } Reached = Reach::Reachable;
  unsigned LoopDepth = 0;
  std::vector<ChartLine> Lines;
};

struct ChartEdge {
  enum class Role : uint8_t {
    Plain,
    True,
    False,
    Case,
    Default,
    Exception,
    Dashed, ///< not certain: an indirect call, a call through a vtable
  };
  Role Is = Role::Plain;
  unsigned From = 0;
  unsigned To = 0;
  std::string Label;
  enum class Direction : uint8_t { Forward, Back } Goes = Direction::Forward;
};

/// A box around blocks. Parents come before children.
struct ChartBox {
  static constexpr unsigned NoParent = ~0u;
  std::string Label;
  std::vector<unsigned> Blocks; ///< without those of boxes inside
  unsigned Parent = NoParent;
};

struct Chart {
  std::string Title; ///< the function, as a programmer would name it
  std::string File;
  unsigned Line = 0;
  /// Many wide blocks that hang together loosely are best put below each other.
  enum class Layout : uint8_t { TopDown, LeftToRight } Grows = Layout::TopDown;
  std::vector<ChartBlock> Blocks;
  std::vector<ChartEdge> Edges;
  std::vector<ChartBox> Boxes;
  /// SVG, once something has drawn it.
  std::string Drawing;
};

/// Charts as bytes for another process of the same build, and back; fails on
/// anything else.
std::string packCharts(llvm::ArrayRef<Chart> Charts);
llvm::Expected<std::vector<Chart>> unpackCharts(llvm::StringRef Bytes);

enum class Theme : uint8_t { Light, Dark, ColourBlindSafe };

void printDot(const Chart &C, Theme T, llvm::raw_ostream &Out);
void printChartsJson(llvm::ArrayRef<Chart> Charts, llvm::raw_ostream &Out);

/// One entry of an index page.
struct ChartPage {
  const Chart *Of = nullptr;
  std::string FileName; ///< beside the index
};
/// A page that lists charts, with their drawings inline; needs no network.
void printChartIndex(llvm::ArrayRef<ChartPage> Pages, Theme T,
                     llvm::raw_ostream &Out);

} // namespace stackward::report

#endif
