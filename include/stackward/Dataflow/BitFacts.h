// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Problems whose state is a set and whose blocks add some members and remove
/// others: liveness of variables (backward) and reaching definitions (forward).
///
/// Both answer "on some path", so both over-approximate. Liveness counts every
/// block, also one that never reaches the exit: a variable read in an endless
/// loop is live there.
#ifndef STACKWARD_DATAFLOW_BITFACTS_H
#define STACKWARD_DATAFLOW_BITFACTS_H

#include "stackward/Dataflow/FlowGraph.h"

namespace stackward::dataflow {

/// What one block does, seen from its own start: Gen is added after Kill is
/// removed. For liveness Gen is "read before written here", Kill "written
/// here". For definitions Gen is "last definition here", Kill "every other
/// definition of what is defined here".
struct GenKill {
  llvm::BitVector Gen, Kill;
};

struct BitFacts {
  std::vector<llvm::BitVector> AtEntry, AtExit; ///< by block
};

/// Which of NumFacts variables may be read before they are written again.
BitFacts liveness(const FlowGraph &G, llvm::ArrayRef<GenKill> Blocks,
                  unsigned NumFacts);

/// Which of NumFacts definitions may have made the current value. Blocks that
/// no root reaches have none.
BitFacts reachingDefinitions(const FlowGraph &G, llvm::ArrayRef<GenKill> Blocks,
                             unsigned NumFacts);

} // namespace stackward::dataflow

#endif
