// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Blocks and edges, and nothing else: the shape of a function, without its
/// language. A builder gives each block and each edge a dense id and keeps the
/// meaning of both to itself.
///
/// I1  Edges are numbered in the order in which they were added, and so are
///     the successors of one block: an edge's Slot is the branch it stands for.
/// I2  Control can begin at every root. The entry is the first root; others
///     stand for control that arrives on no edge (a handler entered by an
///     exception from anywhere). In a reversed graph they are also the blocks
///     that never reach the exit, so a backward problem sees all blocks.
#ifndef STACKWARD_DATAFLOW_FLOWGRAPH_H
#define STACKWARD_DATAFLOW_FLOWGRAPH_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <vector>

namespace stackward::dataflow {

using BlockId = uint32_t;
inline constexpr BlockId NoBlock = ~0u;
using EdgeId = uint32_t;

struct Edge {
  BlockId From = NoBlock;
  BlockId To = NoBlock;
  unsigned Slot = 0; ///< which successor of From, counted from 0
};

class FlowGraph {
public:
  FlowGraph(unsigned NumBlocks, BlockId Entry, BlockId Exit);

  EdgeId addEdge(BlockId From, BlockId To);
  /// As addEdge, for a builder whose blocks have holes in their slots.
  EdgeId addEdge(BlockId From, BlockId To, unsigned Slot);
  void addRoot(BlockId B);

  unsigned numBlocks() const { return Succs.size(); }
  unsigned numEdges() const { return Edges.size(); }
  BlockId entry() const { return Roots.front(); }
  BlockId exit() const { return Exit; }
  llvm::ArrayRef<BlockId> roots() const { return Roots; }
  const Edge &edge(EdgeId E) const { return Edges[E]; }
  llvm::ArrayRef<EdgeId> successors(BlockId B) const { return Succs[B]; }
  llvm::ArrayRef<EdgeId> predecessors(BlockId B) const { return Preds[B]; }

  /// The same blocks and edge ids, each edge turned round (I2).
  FlowGraph reversed() const;
  /// The same blocks, and only the edges of Keep; edge ids change.
  FlowGraph restrictedTo(const llvm::BitVector &Keep) const;

private:
  BlockId Exit;
  llvm::SmallVector<BlockId, 1> Roots;
  std::vector<Edge> Edges;
  std::vector<llvm::SmallVector<EdgeId, 2>> Succs, Preds;
};

/// Blocks that a root reaches, each before its successors except along back
/// edges.
std::vector<BlockId> reversePostOrder(const FlowGraph &G);

/// Blocks that From reaches, From included.
llvm::BitVector reachableFrom(const FlowGraph &G, llvm::ArrayRef<BlockId> From);

} // namespace stackward::dataflow

#endif
