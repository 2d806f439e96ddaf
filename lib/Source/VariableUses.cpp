// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Collects reads and writes. The graph names each subexpression before its
/// parent, so what a name is used for is known only when its parent comes: a
/// first pass over the elements marks the names that are targets of plain
/// assignments and those that are loaded, a second one lists the uses.
#include "VariableUses.h"
#include "clang/AST/Decl.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/DenseSet.h"

using namespace clang;

namespace stackward::source {

namespace {

class UseCollector {
public:
  explicit UseCollector(VariableUses &Out) : Out(Out) {}
  void declare(const VarDecl *V);
  void classify(const Stmt &S);
  void list(const Stmt &S, std::vector<VariableUse> &Uses);
  void markExposed();

private:
  const DeclRefExpr *local(const Expr *E) const;
  void use(VariableUse::Access A, const DeclRefExpr &Name,
           std::vector<VariableUse> &Uses);

  VariableUses &Out;
  llvm::DenseMap<const VarDecl *, unsigned> Index;
  llvm::DenseSet<const DeclRefExpr *> Names;  ///< of locals
  llvm::DenseSet<const DeclRefExpr *> Direct; ///< read or written in place
  llvm::DenseSet<const DeclRefExpr *> Assigned;
};

} // namespace

void UseCollector::declare(const VarDecl *V) {
  if (!V->hasLocalStorage() || Index.count(V))
    return;
  Index[V] = Out.Variables.size();
  Out.Variables.push_back(V);
}

const DeclRefExpr *UseCollector::local(const Expr *E) const {
  const auto *Name = dyn_cast<DeclRefExpr>(E->IgnoreParens());
  if (!Name || Name->refersToEnclosingVariableOrCapture())
    return nullptr;
  const auto *V = dyn_cast<VarDecl>(Name->getDecl());
  return V && Index.count(V) ? Name : nullptr;
}

void UseCollector::classify(const Stmt &S) {
  if (const auto *Declares = dyn_cast<DeclStmt>(&S)) {
    for (const Decl *D : Declares->decls())
      if (const auto *V = dyn_cast<VarDecl>(D))
        declare(V);
    return;
  }
  if (const auto *E = dyn_cast<Expr>(&S))
    if (const DeclRefExpr *Name = local(E))
      Names.insert(Name);
  if (const auto *Cast = dyn_cast<CastExpr>(&S)) {
    if (Cast->getCastKind() == CK_LValueToRValue)
      if (const DeclRefExpr *Name = local(Cast->getSubExpr()))
        Direct.insert(Name);
    return;
  }
  if (const auto *Op = dyn_cast<BinaryOperator>(&S)) {
    if (!Op->isAssignmentOp())
      return;
    if (const DeclRefExpr *Name = local(Op->getLHS())) {
      Direct.insert(Name);
      if (Op->getOpcode() == BO_Assign)
        Assigned.insert(Name);
    }
    return;
  }
  if (const auto *Op = dyn_cast<UnaryOperator>(&S))
    if (Op->isIncrementDecrementOp())
      if (const DeclRefExpr *Name = local(Op->getSubExpr()))
        Direct.insert(Name);
}

void UseCollector::use(VariableUse::Access A, const DeclRefExpr &Name,
                       std::vector<VariableUse> &Uses) {
  Uses.push_back({A, Index[cast<VarDecl>(Name.getDecl())], Name.getLocation()});
}

void UseCollector::list(const Stmt &S, std::vector<VariableUse> &Uses) {
  using Access = VariableUse::Access;
  if (const auto *Declares = dyn_cast<DeclStmt>(&S)) {
    for (const Decl *D : Declares->decls())
      if (const auto *V = dyn_cast<VarDecl>(D); V && Index.count(V))
        Uses.push_back({Access::Write, Index[V], V->getLocation()});
    return;
  }
  if (const auto *Name = dyn_cast<DeclRefExpr>(&S)) {
    if (Names.contains(Name) && !Assigned.contains(Name))
      use(Access::Read, *Name, Uses);
    return;
  }
  if (const auto *Op = dyn_cast<BinaryOperator>(&S)) {
    if (Op->isAssignmentOp())
      if (const DeclRefExpr *Name = local(Op->getLHS()))
        use(Access::Write, *Name, Uses);
    return;
  }
  if (const auto *Op = dyn_cast<UnaryOperator>(&S))
    if (Op->isIncrementDecrementOp())
      if (const DeclRefExpr *Name = local(Op->getSubExpr()))
        use(Access::Write, *Name, Uses);
}

void UseCollector::markExposed() {
  Out.Exposed.resize(Out.Variables.size());
  for (const DeclRefExpr *Name : Names) {
    const auto *V = cast<VarDecl>(Name->getDecl());
    // A class object is used through members and calls; its name is its use.
    if (!Direct.contains(Name) && V->getType()->isScalarType())
      Out.Exposed.set(Index[V]);
  }
}

VariableUses::VariableUses(const FunctionDecl &F, const CFGAdapter &Adapter)
    : Blocks(Adapter.Blocks.size()) {
  UseCollector Collector(*this);
  auto EachStatement = [&](auto Do) {
    for (const CFGBlock *B : Adapter.Blocks)
      if (B)
        for (const CFGElement &E : *B)
          if (auto S = E.getAs<CFGStmt>())
            Do(*B, *S->getStmt());
  };
  for (const ParmVarDecl *P : F.parameters())
    Collector.declare(P);
  EachStatement([&](const CFGBlock &, const Stmt &S) {
    if (isa<DeclStmt>(S))
      Collector.classify(S);
  });
  EachStatement(
      [&](const CFGBlock &, const Stmt &S) { Collector.classify(S); });
  EachStatement([&](const CFGBlock &B, const Stmt &S) {
    Collector.list(S, Blocks[B.getBlockID()]);
  });
  Collector.markExposed();
}

} // namespace stackward::source
