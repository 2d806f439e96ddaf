// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// clang::CFG as a block graph of the Dataflow room. Block ids are clang's
/// block ids; every edge keeps what it means in the source.
///
/// I1  Each edge that clang's builder calls "possibly unreachable" is kept: it
///     prunes by its own rules (an enumeration whose cases are all covered, a
///     literal condition), and what may not run is for an analysis to prove.
/// I2  The dispatch block of each try is a root. Clang draws exception edges
///     from some throwing expressions only, so control can arrive there from
///     anywhere; an analysis must begin there with no knowledge.
#ifndef STACKWARD_SOURCE_CFGADAPTER_H
#define STACKWARD_SOURCE_CFGADAPTER_H

#include "stackward/Dataflow/FlowGraph.h"
#include <memory>

namespace clang {
class CFG;
class CFGBlock;
class Expr;
class FunctionDecl;
class Stmt;
class SwitchCase;
} // namespace clang

namespace stackward::source {

/// Each subexpression is an element of its own in all of them; they differ in
/// what the compiler adds.
enum class CFGElements : uint8_t {
  Written,   ///< nothing
  Evaluated, ///< destructors of locals and temporaries
  Implicit,  ///< those, ends of lifetimes, exception edges out of calls
};

/// Null when there is no body or clang cannot make a graph of it.
std::unique_ptr<clang::CFG> buildCFG(const clang::FunctionDecl &F,
                                     CFGElements Elements);

enum class BranchKind : uint8_t {
  Always,
  True,
  False,
  Case,
  Default,
  Exception,
  Unknown, ///< decided by something that is not an expression
};

struct Branch {
  BranchKind Kind = BranchKind::Always;
  /// For Case: the label. Null otherwise.
  const clang::SwitchCase *Label = nullptr;
};

struct CFGAdapter {
  explicit CFGAdapter(const clang::CFG &Graph);

  dataflow::FlowGraph Graph;
  std::vector<Branch> Branches;                ///< by EdgeId
  std::vector<const clang::CFGBlock *> Blocks; ///< by BlockId
};

/// The expression whose value picks the way out of B: the last one evaluated
/// in B, so for `if (a && b)` the block of `a` has `a`. Null when B ends in no
/// branch, or in one that no expression decides.
const clang::Expr *branchCondition(const clang::CFGBlock &B);

} // namespace stackward::source

#endif
