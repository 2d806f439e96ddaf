// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs one function in the abstract.
#include "ConstFunction.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"

using namespace clang;
using namespace stackward::dataflow;

namespace stackward::source {

ConstFunction::ConstFunction(const FunctionDecl &F, std::unique_ptr<CFG> Graph)
    : F(F), Graph(std::move(Graph)), Adapter(*this->Graph),
      Tracked(F, Adapter) {}

std::unique_ptr<ConstFunction> ConstFunction::make(const FunctionDecl &F) {
  constexpr unsigned MaxBlocks = 3000;
  std::unique_ptr<CFG> Graph = buildCFG(F, CFGElements::Evaluated);
  if (!Graph || Graph->getNumBlockIDs() > MaxBlocks)
    return nullptr;
  std::unique_ptr<ConstFunction> Made(new ConstFunction(F, std::move(Graph)));
  return Made->Tracked.refused() ? nullptr : std::move(Made);
}

ConstResult ConstFunction::fixpoint(ValuePool &Pool, CallOracle *Calls,
                                    llvm::ArrayRef<Value> Params,
                                    Watch W) const {
  Transfer T(F, Adapter, Tracked, Pool, Calls);
  T.Params.assign(Params.begin(), Params.end());
  Solution<ConstState> Solved = solve(Adapter.Graph, T);
  // What was seen on the way was seen with states too small; once more, with
  // the final ones. Edges feasible then are those of the solution: it is a
  // fixpoint.
  T.Seen = {};
  T.Watches = W;
  ConstResult R;
  R.Reached.resize(Adapter.Graph.numBlocks());
  R.Feasible.resize(Adapter.Graph.numEdges());
  for (BlockId B = 0; B < Adapter.Graph.numBlocks(); ++B) {
    if (!Solved.reached(B))
      continue;
    R.Reached.set(B);
    ConstState S = *Solved.AtEntry[B];
    T.transfer(B, S);
    for (EdgeId E : Adapter.Graph.successors(B))
      if (T.flow(E, S))
        R.Feasible.set(E);
  }
  R.Seen = std::move(T.Seen);
  R.AtEntry = std::move(Solved.AtEntry);
  return R;
}

namespace {

struct Pending {
  BlockId Block;
  ConstState State;
};

} // namespace

std::optional<ConstResult> ConstFunction::paths(ValuePool &Pool,
                                                CallOracle *Calls,
                                                llvm::ArrayRef<Value> Params,
                                                Watch W,
                                                PathBudget &Budget) const {
  const FlowGraph &G = Adapter.Graph;
  Transfer T(F, Adapter, Tracked, Pool, Calls);
  T.Params.assign(Params.begin(), Params.end());
  T.Watches = W;
  ConstResult R;
  R.Reached.resize(G.numBlocks());
  R.Feasible.resize(G.numEdges());
  R.AtEntry.resize(G.numBlocks());
  std::vector<Pending> Work;
  for (BlockId Root : G.roots())
    Work.push_back({Root, T.boundary(Root)});
  // A state seen before at the same block brings nothing new: that is what
  // ends a loop without effect, and merges paths that have become equal.
  std::vector<llvm::SmallVector<ConstState, 2>> Before(G.numBlocks());
  while (!Work.empty()) {
    Pending P = std::move(Work.back());
    Work.pop_back();
    if (llvm::is_contained(Before[P.Block], P.State))
      continue;
    if (Budget.Steps == 0 || Before[P.Block].size() > 128)
      return std::nullopt;
    --Budget.Steps;
    Before[P.Block].push_back(P.State);
    R.Reached.set(P.Block);
    if (W != Watch::Nothing) {
      std::optional<ConstState> &At = R.AtEntry[P.Block];
      if (At)
        At->join(P.State);
      else
        At = P.State;
    }
    T.transfer(P.Block, P.State);
    for (EdgeId E : G.successors(P.Block)) {
      std::optional<ConstState> Next = T.flow(E, P.State);
      if (!Next)
        continue;
      R.Feasible.set(E);
      Work.push_back({G.edge(E).To, std::move(*Next)});
    }
  }
  R.Seen = std::move(T.Seen);
  return R;
}

} // namespace stackward::source
