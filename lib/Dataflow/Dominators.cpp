// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Dominators by iteration to a fixpoint over reverse post-order numbers.
///
/// Invariant: Parent[N] < N for every N > 0, so following parents ends at the
/// virtual root 0. Two passes settle a reducible graph; the worst case is
/// quadratic. After Cooper, Harvey and Kennedy, "A simple, fast dominance
/// algorithm", 2001.
#include "stackward/Dataflow/Dominators.h"
#include <algorithm>

namespace stackward::dataflow {

static uint32_t commonAncestor(llvm::ArrayRef<uint32_t> Parent, uint32_t A,
                               uint32_t B) {
  while (A != B) {
    if (A > B)
      A = Parent[A];
    else
      B = Parent[B];
  }
  return A;
}

Dominators::Dominators(const FlowGraph &G)
    : Order(reversePostOrder(G)), Number(G.numBlocks(), Unreached),
      Parent(Order.size() + 1, Unreached) {
  for (uint32_t I = 0; I < Order.size(); ++I)
    Number[Order[I]] = I + 1;
  Parent[0] = 0;
  for (BlockId Root : G.roots())
    Parent[Number[Root]] = 0;

  bool Changed = true;
  while (Changed) {
    Changed = false;
    for (uint32_t N = 1; N <= Order.size(); ++N) {
      uint32_t New = Parent[N] == 0 ? 0 : Unreached;
      for (EdgeId E : G.predecessors(Order[N - 1])) {
        uint32_t Pred = Number[G.edge(E).From];
        if (Pred == Unreached || Parent[Pred] == Unreached)
          continue;
        New = New == Unreached ? Pred : commonAncestor(Parent, New, Pred);
      }
      Changed |= Parent[N] != New;
      Parent[N] = New;
    }
  }
}

BlockId Dominators::immediateDominator(BlockId B) const {
  if (!isReachable(B) || Parent[Number[B]] == 0)
    return NoBlock;
  return Order[Parent[Number[B]] - 1];
}

bool Dominators::dominates(BlockId A, BlockId B) const {
  if (!isReachable(A) || !isReachable(B))
    return false;
  uint32_t Above = Number[A], Below = Number[B];
  while (Below > Above)
    Below = Parent[Below];
  return Below == Above;
}

} // namespace stackward::dataflow
