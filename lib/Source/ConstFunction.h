// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One function under constant propagation. Private to this room.
///
/// Two ways of running it, both over all executions, so what either proves is
/// true and the answers are met:
///
///   fixpoint   the Dataflow solver: states join where paths meet. Always ends.
///   paths      states do not join: each path is followed by itself, loops turn
///              by turn, until a budget is spent. Sees what joins forget
///              (`b ? (x=1,y=3) : (x=3,y=1); x+y`), and computes loops whose
///              bounds are known. Without an answer when the budget is spent.
#ifndef STACKWARD_LIB_SOURCE_CONSTFUNCTION_H
#define STACKWARD_LIB_SOURCE_CONSTFUNCTION_H

#include "ConstTransfer.h"
#include "stackward/Dataflow/Fixpoint.h"
#include "clang/Analysis/CFG.h"

namespace stackward::source {

struct ConstResult {
  Observations Seen;
  llvm::BitVector Reached;  ///< by block
  llvm::BitVector Feasible; ///< by edge
  /// States at block entries; joined over paths. Empty after `paths` when
  /// nobody asked for them.
  std::vector<std::optional<ConstState>> AtEntry;
};

/// Steps that paths() may take; it leaves what it did not need.
struct PathBudget {
  unsigned Steps = 0;
};

class ConstFunction {
public:
  /// Nothing to run: no body, no graph, or a construct that is refused.
  static std::unique_ptr<ConstFunction> make(const clang::FunctionDecl &F);

  ConstResult fixpoint(ValuePool &Pool, CallOracle *Calls,
                       llvm::ArrayRef<Value> Params, Watch W) const;
  std::optional<ConstResult> paths(ValuePool &Pool, CallOracle *Calls,
                                   llvm::ArrayRef<Value> Params, Watch W,
                                   PathBudget &Budget) const;

  const clang::FunctionDecl &function() const { return F; }
  const CFGAdapter &adapter() const { return Adapter; }
  const Slots &slots() const { return Tracked; }

private:
  ConstFunction(const clang::FunctionDecl &F,
                std::unique_ptr<clang::CFG> Graph);

  const clang::FunctionDecl &F;
  std::unique_ptr<clang::CFG> Graph;
  CFGAdapter Adapter;
  Slots Tracked;
};

} // namespace stackward::source

#endif
