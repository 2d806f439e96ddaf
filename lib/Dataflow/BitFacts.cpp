// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Gen/kill problems as instances of the solver.
#include "stackward/Dataflow/BitFacts.h"
#include "stackward/Dataflow/Fixpoint.h"
#include "stackward/Dataflow/Lattices.h"

namespace stackward::dataflow {

namespace {

struct GenKillAnalysis {
  using State = Powerset;
  llvm::ArrayRef<GenKill> Blocks;
  unsigned NumFacts;

  State boundary(BlockId) { return Powerset(NumFacts); }
  void transfer(BlockId B, State &S) {
    S.Bits.reset(Blocks[B].Kill);
    S.Bits |= Blocks[B].Gen;
  }
  std::optional<State> flow(EdgeId, const State &S) { return S; }
};

} // namespace

/// Starts[B] is the state where the walk enters B, Ends[B] where it leaves.
static void run(const FlowGraph &G, llvm::ArrayRef<GenKill> Blocks,
                unsigned NumFacts, std::vector<llvm::BitVector> &Starts,
                std::vector<llvm::BitVector> &Ends) {
  GenKillAnalysis A{Blocks, NumFacts};
  Solution<Powerset> S = solve(G, A);
  for (BlockId B = 0; B < G.numBlocks(); ++B) {
    Powerset State = S.AtEntry[B].value_or(Powerset(NumFacts));
    Starts.push_back(State.Bits);
    if (S.reached(B))
      A.transfer(B, State);
    Ends.push_back(State.Bits);
  }
}

BitFacts liveness(const FlowGraph &G, llvm::ArrayRef<GenKill> Blocks,
                  unsigned NumFacts) {
  BitFacts Facts;
  run(G.reversed(), Blocks, NumFacts, Facts.AtExit, Facts.AtEntry);
  return Facts;
}

BitFacts reachingDefinitions(const FlowGraph &G, llvm::ArrayRef<GenKill> Blocks,
                             unsigned NumFacts) {
  BitFacts Facts;
  run(G, Blocks, NumFacts, Facts.AtEntry, Facts.AtExit);
  return Facts;
}

} // namespace stackward::dataflow
