// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Why a constant is one: the definitions that reach an expression, with their
/// values, and the branches on the way that narrow them. Made after the fact,
/// from the solution, for the few expressions that are reported. Private to
/// this room.
#ifndef STACKWARD_LIB_SOURCE_CONSTPROOF_H
#define STACKWARD_LIB_SOURCE_CONSTPROOF_H

#include "ConstProgram.h"
#include "stackward/Dataflow/BitFacts.h"
#include "stackward/Dataflow/Dominators.h"
#include "stackward/Report/Finding.h"

namespace stackward::source {

class ConstProof {
public:
  explicit ConstProof(const ConstProgram::Entry &E);

  /// The facts behind the value of At, which is evaluated in block B.
  std::vector<report::Step> of(const clang::Expr &At, dataflow::BlockId B);

private:
  struct Definition {
    const clang::VarDecl *Variable;
    const clang::Stmt *By; ///< null: a parameter's value on entry
    dataflow::BlockId In;
  };
  void findDefinitions();
  void addDefinitions(const clang::VarDecl *V, dataflow::BlockId B,
                      const clang::Stmt *Before,
                      std::vector<report::Step> &Steps);
  void addBranches(const clang::VarDecl *V, dataflow::BlockId B,
                   std::vector<report::Step> &Steps);
  report::Step step(const clang::Stmt &S, std::string Why) const;

  const ConstProgram::Entry &Entry;
  const clang::ASTContext &Context;
  const CFGAdapter &Adapter;
  dataflow::FlowGraph Feasible; ///< only the edges that can be taken
  std::vector<Definition> Definitions;
  dataflow::BitFacts Reaching;
  std::optional<dataflow::Dominators> Above;
};

/// Locals and parameters whose value E loads, each once, in the order of E.
std::vector<const clang::VarDecl *> loadedVariables(const clang::Expr &E);

} // namespace stackward::source

#endif
