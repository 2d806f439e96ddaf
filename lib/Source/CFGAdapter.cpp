// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From clang::CFG to a block graph.
#include "stackward/Source/CFGAdapter.h"
#include "clang/AST/Decl.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"

using namespace clang;

namespace stackward::source {

std::unique_ptr<CFG> buildCFG(const FunctionDecl &F, CFGElements Elements) {
  if (!F.doesThisDeclarationHaveABody() || F.isDependentContext())
    return nullptr;
  CFG::BuildOptions Options;
  Options.setAllAlwaysAdd();
  Options.PruneTriviallyFalseEdges = false;
  Options.AddInitializers = true;
  Options.AddStaticInitBranches = true;
  bool Destructors = Elements != CFGElements::Written;
  Options.AddImplicitDtors = Destructors;
  Options.AddTemporaryDtors = Destructors;
  Options.AddVirtualBaseBranches = Destructors;
  bool Everything = Elements == CFGElements::Implicit;
  Options.AddLifetime = Everything;
  Options.AddEHEdges = Everything;
  return CFG::buildCFG(&F, F.getBody(), &F.getASTContext(), Options);
}

static bool isTwoWay(const Stmt &Terminator) {
  switch (Terminator.getStmtClass()) {
  case Stmt::IfStmtClass:
  case Stmt::WhileStmtClass:
  case Stmt::DoStmtClass:
  case Stmt::ForStmtClass:
  case Stmt::CXXForRangeStmtClass:
  case Stmt::ConditionalOperatorClass:
  case Stmt::BinaryConditionalOperatorClass:
    return true;
  case Stmt::BinaryOperatorClass:
    return cast<BinaryOperator>(Terminator).isLogicalOp();
  default: // every other kind of statement; clang adds some each year
    return false;
  }
}

static const CFGBlock *target(const CFGBlock::AdjacentBlock &A) {
  if (const CFGBlock *B = A.getReachableBlock())
    return B;
  return A.getPossiblyUnreachableBlock();
}

static Branch branchOf(const CFGBlock &From, const CFGBlock &To,
                       unsigned Slot) {
  CFGTerminator T = From.getTerminator();
  if (From.succ_size() < 2)
    return {};
  if (!T.isValid()) // a call that may throw ends its block
    return {Slot == 0 ? BranchKind::Always : BranchKind::Exception};
  if (!T.isStmtBranch())
    return {BranchKind::Unknown};
  const Stmt *S = T.getStmt();
  if (isTwoWay(*S) && From.succ_size() == 2)
    return {Slot == 0 ? BranchKind::True : BranchKind::False};
  if (isa<SwitchStmt>(S)) {
    // The way out without a case comes last. Its target may carry a label of
    // an outer switch, so the label alone says nothing.
    if (Slot + 1 == From.succ_size())
      return {BranchKind::Default};
    if (const auto *Case = dyn_cast_or_null<CaseStmt>(To.getLabel()))
      return {BranchKind::Case, Case};
    return {BranchKind::Unknown};
  }
  if (isa<CXXTryStmt>(S))
    return {BranchKind::Exception};
  return {BranchKind::Unknown};
}

CFGAdapter::CFGAdapter(const CFG &C)
    : Graph(C.getNumBlockIDs(), C.getEntry().getBlockID(),
            C.getExit().getBlockID()),
      Blocks(C.getNumBlockIDs(), nullptr) {
  for (const CFGBlock *B : C)
    Blocks[B->getBlockID()] = B;
  for (const CFGBlock *B : Blocks) {
    unsigned Slot = 0;
    if (!B)
      continue;
    for (const CFGBlock::AdjacentBlock &A : B->succs()) {
      if (const CFGBlock *To = target(A)) {
        Graph.addEdge(B->getBlockID(), To->getBlockID(), Slot);
        Branches.push_back(branchOf(*B, *To, Slot));
      }
      ++Slot;
    }
  }
  for (const CFGBlock *Try : C.try_blocks())
    Graph.addRoot(Try->getBlockID());
}

const Expr *branchCondition(const CFGBlock &B) {
  CFGTerminator T = B.getTerminator();
  if (!T.isValid() || !T.isStmtBranch() || B.succ_size() < 2)
    return nullptr;
  const Stmt *S = T.getStmt();
  if (const auto *Switch = dyn_cast<SwitchStmt>(S))
    return Switch->getCond();
  if (!isTwoWay(*S))
    return nullptr;
  if (const auto *For = dyn_cast<ForStmt>(S); For && !For->getCond())
    return nullptr;
  if (const auto *If = dyn_cast<IfStmt>(S); If && If->isConsteval())
    return nullptr;
  return B.getLastCondition();
}

} // namespace stackward::source
