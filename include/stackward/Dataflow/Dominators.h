// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Dominators of a block graph; post-dominators are those of the reversed
/// graph.
///
/// Block A dominates B when every way from a root to B passes A. With several
/// roots a virtual one stands above them, so immediateDominator() of a root is
/// NoBlock, and so is that of a block which no root reaches.
#ifndef STACKWARD_DATAFLOW_DOMINATORS_H
#define STACKWARD_DATAFLOW_DOMINATORS_H

#include "stackward/Dataflow/FlowGraph.h"

namespace stackward::dataflow {

class Dominators {
public:
  explicit Dominators(const FlowGraph &G);

  bool isReachable(BlockId B) const { return Number[B] != Unreached; }
  BlockId immediateDominator(BlockId B) const;
  /// Every block dominates itself. False when either block is unreachable.
  bool dominates(BlockId A, BlockId B) const;
  /// Reachable blocks in reverse post-order.
  llvm::ArrayRef<BlockId> order() const { return Order; }

private:
  static constexpr uint32_t Unreached = ~0u;
  std::vector<BlockId> Order;
  std::vector<uint32_t> Number; ///< block -> position in Order + 1; 0 virtual
  std::vector<uint32_t> Parent; ///< position + 1 -> position + 1 of its idom
};

} // namespace stackward::dataflow

#endif
