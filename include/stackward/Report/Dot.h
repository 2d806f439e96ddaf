// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Labelled nodes and edges in Graphviz's language. Labels are tables of rows
/// and rows are runs of plain text: every escape that DOT's HTML-like labels
/// want is made here, so that templates, quotes, control characters and bytes
/// that are not UTF-8 cannot break a graph.
///
/// I1  Nodes are numbered in the order in which they were added, and all is
///     written in that order: the same calls give the same bytes.
/// I2  Attribute values and labels are plain text; whatever quoting they need
///     happens here, once.
#ifndef STACKWARD_REPORT_DOT_H
#define STACKWARD_REPORT_DOT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <utility>
#include <vector>

namespace stackward::report {

/// Text with `&`, `<`, `>`, `"` and `'` as entities, tabs as spaces, control
/// characters shown as `\xNN`, and bad UTF-8 as U+FFFD.
std::string escapeHtml(llvm::StringRef Text);
/// The inside of a DOT string in double quotes.
std::string escapeDotString(llvm::StringRef Text);

using DotAttributes = std::vector<std::pair<std::string, std::string>>;

/// A piece of a row in one colour and weight.
struct DotRun {
  std::string Text;
  std::string Colour; ///< empty: the label's
  enum class Style : uint8_t { Plain, Bold, Italic } Face = Style::Plain;
};

struct DotRow {
  std::vector<DotRun> Runs;
  std::string Background; ///< empty: the node's
  enum class Align : uint8_t { Left, Centre, Right } Text = Align::Left;
  /// Cells of a row in columns instead of one run after the other.
  enum class Layout : uint8_t { Flow, Columns } Cells = Layout::Flow;
};

struct DotNode {
  std::vector<DotRow> Rows;
  std::string Colour;       ///< border; empty: the graph's default
  std::string Background;   ///< empty: none
  DotAttributes Attributes; ///< anything else, as plain text
};

struct DotEdge {
  unsigned From = 0;
  unsigned To = 0;
  std::string Label;
  DotAttributes Attributes;
};

class DotGraph {
public:
  explicit DotGraph(llvm::StringRef Name);

  unsigned addNode(DotNode Node);
  void addEdge(DotEdge Edge);
  /// A box around nodes, inside Parent if there is one; a node is in one box
  /// at most, and inside those around it.
  unsigned addCluster(llvm::StringRef Label, llvm::ArrayRef<unsigned> Nodes,
                      DotAttributes Attributes = {},
                      unsigned Parent = NoCluster);
  static constexpr unsigned NoCluster = ~0u;
  /// Attributes of the graph, of all nodes, of all edges.
  DotAttributes GraphAttributes;
  DotAttributes NodeAttributes;
  DotAttributes EdgeAttributes;

  void print(llvm::raw_ostream &Out) const;

private:
  struct Cluster {
    std::string Label;
    std::vector<unsigned> Nodes;
    DotAttributes Attributes;
    unsigned Parent;
  };
  void printCluster(unsigned Id, llvm::raw_ostream &Out) const;
  std::string Name;
  std::vector<DotNode> Nodes;
  std::vector<DotEdge> Edges;
  std::vector<Cluster> Clusters;
};

} // namespace stackward::report

#endif
