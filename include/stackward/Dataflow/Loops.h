// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Loops of a block graph: cycles, and how they nest.
///
/// A loop is a strongly connected set of blocks with at least one edge inside;
/// its header is its first block in reverse post-order; the loops inside it
/// are those of the same set without the header. For a reducible graph these
/// are the natural loops. For an irreducible one (a goto into a loop) they
/// still cover every cycle, which is what the callers need: a block outside
/// every loop runs at most once in one activation.
#ifndef STACKWARD_DATAFLOW_LOOPS_H
#define STACKWARD_DATAFLOW_LOOPS_H

#include "stackward/Dataflow/FlowGraph.h"

namespace stackward::dataflow {

using LoopId = uint32_t;
inline constexpr LoopId NoLoop = ~0u;

struct Loop {
  BlockId Header = NoBlock;
  LoopId Parent = NoLoop;
  unsigned Depth = 1; ///< outermost is 1
};

class Loops {
public:
  explicit Loops(const FlowGraph &G);

  llvm::ArrayRef<Loop> all() const { return List; }
  /// Innermost loop that contains B.
  LoopId loopOf(BlockId B) const { return Innermost[B]; }
  unsigned depth(BlockId B) const {
    return Innermost[B] == NoLoop ? 0 : List[Innermost[B]].Depth;
  }
  /// B can run more than once in one activation. Also right for blocks that
  /// no root reaches.
  bool mayRepeat(BlockId B) const { return Innermost[B] != NoLoop; }
  bool isHeader(BlockId B) const {
    return Innermost[B] != NoLoop && List[Innermost[B]].Header == B;
  }
  bool contains(LoopId L, BlockId B) const;

private:
  std::vector<Loop> List;
  std::vector<LoopId> Innermost;
};

} // namespace stackward::dataflow

#endif
