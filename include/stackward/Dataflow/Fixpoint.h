// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One fixpoint solver for every data-flow problem of the project.
///
/// The solver keeps one state for the entry of each block and joins into it
/// what the feasible edges bring. Its two promises:
///
/// I1  The result is a post-fixpoint: for each block that has a state and each
///     edge that flow() lets pass, the state that arrives is below the state
///     of the edge's target.
/// I2  *An infeasible edge yields no state.* A block that only infeasible
///     edges reach is never transferred and has no state in the result: that
///     is what makes constant propagation conditional (Wegman and Zadeck,
///     "Constant propagation with conditional branches", 1991).
///
/// It ends when State has finite height, or when the analysis has a widen()
/// which makes every chain of states at a loop header finite. Blocks are taken
/// in reverse post-order, so a graph without loops costs one transfer a block.
///
/// For a backward problem solve the reversed graph.
#ifndef STACKWARD_DATAFLOW_FIXPOINT_H
#define STACKWARD_DATAFLOW_FIXPOINT_H

#include "stackward/Dataflow/FlowGraph.h"
#include "stackward/Dataflow/Loops.h"
#include <concepts>
#include <optional>
#include <utility>

namespace stackward::dataflow {

/// A.join(B) raises A to the least upper bound of both and says whether A
/// changed. Equal states must not report a change, or nothing terminates.
template <typename L>
concept Lattice = std::copyable<L> && requires(L &A, const L &B) {
  { A.join(B) } -> std::same_as<bool>;
};

/// boundary(B): the state with which control begins at root B.
/// transfer(B, S): S from the entry of B to its end, in place.
/// flow(E, S): what passes along edge E when the end of its source is S;
///   nullopt: the edge is infeasible. Must be monotone in S like transfer.
template <typename A>
concept Analysis = requires(A &An, BlockId B, EdgeId E, typename A::State &S,
                            const typename A::State &C) {
  requires Lattice<typename A::State>;
  { An.boundary(B) } -> std::same_as<typename A::State>;
  { An.transfer(B, S) } -> std::same_as<void>;
  { An.flow(E, C) } -> std::same_as<std::optional<typename A::State>>;
};

/// widen(B, Visits, Old, New): New, the state joined at loop header B for the
/// Visits-th time, may be raised further.
template <typename A>
concept WideningAnalysis =
    Analysis<A> &&
    requires(A &An, BlockId B, unsigned Visits, const typename A::State &Old,
             typename A::State &New) {
      { An.widen(B, Visits, Old, New) } -> std::same_as<void>;
    };

template <typename State> struct Solution {
  std::vector<std::optional<State>> AtEntry; ///< nullopt: never reached
  llvm::BitVector Feasible;                  ///< by EdgeId
  unsigned Transfers = 0;

  bool reached(BlockId B) const { return AtEntry[B].has_value(); }
};

/// Pending blocks, handed out in reverse post-order.
class Worklist {
public:
  explicit Worklist(const FlowGraph &G);
  void push(BlockId B);
  bool empty() const { return Count == 0; }
  BlockId pop();

private:
  std::vector<BlockId> Order;
  std::vector<uint32_t> Position;
  llvm::BitVector Pending; ///< by position
  unsigned Count = 0;
};

template <Analysis A>
Solution<typename A::State> solve(const FlowGraph &G, A &An) {
  using State = typename A::State;
  Solution<State> Result;
  Result.AtEntry.resize(G.numBlocks());
  Result.Feasible.resize(G.numEdges());
  std::vector<unsigned> Visits;
  std::optional<Loops> Nest;
  if constexpr (WideningAnalysis<A>) {
    Visits.resize(G.numBlocks());
    Nest.emplace(G);
  }
  Worklist Work(G);
  for (BlockId Root : G.roots()) {
    Result.AtEntry[Root] = An.boundary(Root);
    Work.push(Root);
  }

  auto Arrive = [&](BlockId B, State &&S) {
    std::optional<State> &At = Result.AtEntry[B];
    if (!At) {
      At = std::move(S);
      Work.push(B);
      return;
    }
    if constexpr (WideningAnalysis<A>) {
      if (Nest->isHeader(B)) {
        State Old = *At;
        if (!At->join(S))
          return;
        An.widen(B, ++Visits[B], Old, *At);
        Work.push(B);
        return;
      }
    }
    if (At->join(S))
      Work.push(B);
  };

  while (!Work.empty()) {
    BlockId B = Work.pop();
    State S = *Result.AtEntry[B];
    An.transfer(B, S);
    ++Result.Transfers;
    for (EdgeId E : G.successors(B)) {
      std::optional<State> Passed = An.flow(E, S);
      if (!Passed)
        continue;
      Result.Feasible.set(E);
      Arrive(G.edge(E).To, std::move(*Passed));
    }
  }
  return Result;
}

} // namespace stackward::dataflow

#endif
