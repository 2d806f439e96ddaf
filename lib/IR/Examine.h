// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What can be promoted in a function as it stands, what cannot and why, and
/// which calls would have to go for that.
#ifndef STACKWARD_LIB_IR_EXAMINE_H
#define STACKWARD_LIB_IR_EXAMINE_H

#include "CalleeClone.h"
#include "Rewrite.h"
#include "stackward/IR/EscapeBuilder.h"
#include "llvm/IR/PassManager.h"

namespace stackward::ir {

/// A call in the way. FreedParameter: it frees the object there, and a copy
/// that does not would do.
struct Obstacle {
  llvm::CallBase *Call = nullptr;
  std::optional<unsigned> FreedParameter;
  /// It names no function and goes to one of these.
  llvm::SmallVector<llvm::Function *, 2> Targets;
  /// With FreedParameter: not the parameter itself, but what lies so many
  /// bytes behind it.
  std::optional<int64_t> FreedCell;
};

struct Refusal {
  llvm::CallBase *Site = nullptr;
  std::vector<escape::Blocker> Blockers;
  llvm::SmallVector<Obstacle, 4> Obstacles;
};

struct Findings {
  llvm::SmallVector<Promotion, 4> Promotions;
  /// What a guarded slot would do for, when nothing better can be had.
  llvm::SmallVector<Promotion, 4> Guarded;
  std::vector<Refusal> Refusals;
};

struct Context {
  llvm::Module &M;
  llvm::FunctionAnalysisManager &FAM;
  const Options &O;
  ModuleEscape &ME;
  CalleeClones &Clones;
  /// Frame of the function that is worked on, before this run.
  uint64_t FrameBefore = 0;
};

/// \p Original: the function that \p F is, or is a trial copy of.
Findings examine(llvm::Function &F, const llvm::Function &Original, Context &C);

} // namespace stackward::ir

#endif
