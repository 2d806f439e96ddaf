// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The solver's worklist. Taking the first pending block in reverse post-order
/// lets an inner loop settle before the blocks behind it are looked at.
#include "stackward/Dataflow/Fixpoint.h"
#include <cassert>

namespace stackward::dataflow {

Worklist::Worklist(const FlowGraph &G)
    : Order(reversePostOrder(G)), Position(G.numBlocks(), ~0u),
      Pending(Order.size()) {
  for (uint32_t I = 0; I < Order.size(); ++I)
    Position[Order[I]] = I;
}

void Worklist::push(BlockId B) {
  uint32_t At = Position[B];
  assert(At != ~0u && "state arrived at a block that no root reaches");
  if (Pending.test(At))
    return;
  Pending.set(At);
  ++Count;
}

BlockId Worklist::pop() {
  int At = Pending.find_first();
  assert(At >= 0 && "pop from an empty worklist");
  Pending.reset(At);
  --Count;
  return Order[At];
}

} // namespace stackward::dataflow
