// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Block graphs: building, turning round, ordering. All walks are iterative,
/// since a function of a real program can be a chain of many thousand blocks.
#include "stackward/Dataflow/FlowGraph.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cassert>

namespace stackward::dataflow {

FlowGraph::FlowGraph(unsigned NumBlocks, BlockId Entry, BlockId Exit)
    : Exit(Exit), Roots{Entry}, Succs(NumBlocks), Preds(NumBlocks) {
  assert(Entry < NumBlocks && (Exit < NumBlocks || Exit == NoBlock));
}

EdgeId FlowGraph::addEdge(BlockId From, BlockId To) {
  return addEdge(From, To, Succs[From].size());
}

EdgeId FlowGraph::addEdge(BlockId From, BlockId To, unsigned Slot) {
  EdgeId Id = Edges.size();
  Edges.push_back({From, To, Slot});
  Succs[From].push_back(Id);
  Preds[To].push_back(Id);
  return Id;
}

void FlowGraph::addRoot(BlockId B) {
  if (!llvm::is_contained(Roots, B))
    Roots.push_back(B);
}

FlowGraph FlowGraph::reversed() const {
  BlockId NewEntry = Exit == NoBlock ? entry() : Exit;
  FlowGraph R(numBlocks(), NewEntry, entry());
  for (const Edge &E : Edges)
    R.addEdge(E.To, E.From);
  llvm::BitVector Seen = reachableFrom(R, {NewEntry});
  for (BlockId B = 0; B < numBlocks(); ++B)
    if (!Seen.test(B))
      R.addRoot(B);
  return R;
}

FlowGraph FlowGraph::restrictedTo(const llvm::BitVector &Keep) const {
  FlowGraph R(numBlocks(), entry(), Exit);
  R.Roots = Roots;
  for (EdgeId E = 0; E < numEdges(); ++E)
    if (Keep.test(E))
      R.addEdge(Edges[E].From, Edges[E].To, Edges[E].Slot);
  return R;
}

std::vector<BlockId> reversePostOrder(const FlowGraph &G) {
  struct Frame {
    BlockId Block;
    unsigned Next;
  };
  std::vector<BlockId> Order;
  llvm::BitVector Seen(G.numBlocks());
  std::vector<Frame> Stack;
  // Later roots first: after the reversal below the entry leads.
  for (BlockId Root : llvm::reverse(G.roots())) {
    if (Seen.test(Root))
      continue;
    Seen.set(Root);
    Stack.push_back({Root, 0});
    while (!Stack.empty()) {
      Frame &Top = Stack.back();
      llvm::ArrayRef<EdgeId> Out = G.successors(Top.Block);
      if (Top.Next == Out.size()) {
        Order.push_back(Top.Block);
        Stack.pop_back();
        continue;
      }
      // Last successor first, so that the first one comes first in the result.
      BlockId To = G.edge(Out[Out.size() - 1 - Top.Next++]).To;
      if (Seen.test(To))
        continue;
      Seen.set(To);
      Stack.push_back({To, 0});
    }
  }
  std::reverse(Order.begin(), Order.end());
  return Order;
}

llvm::BitVector reachableFrom(const FlowGraph &G,
                              llvm::ArrayRef<BlockId> From) {
  llvm::BitVector Seen(G.numBlocks());
  std::vector<BlockId> Work;
  auto Visit = [&](BlockId B) {
    if (Seen.test(B))
      return;
    Seen.set(B);
    Work.push_back(B);
  };
  llvm::for_each(From, Visit);
  while (!Work.empty()) {
    BlockId B = Work.back();
    Work.pop_back();
    for (EdgeId E : G.successors(B))
      Visit(G.edge(E).To);
  }
  return Seen;
}

} // namespace stackward::dataflow
