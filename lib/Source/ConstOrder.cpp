// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Looks at both sides of an assignment for what they read and change.
#include "ConstOrder.h"
#include "ConstState.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;

namespace stackward::source {

namespace {

struct Side {
  llvm::SmallPtrSet<const VarDecl *, 4> Assigned; ///< by their plain names
  bool RunsCode = false; ///< a call, or an assignment to some other place
  /// Loads and assignments, with the variable that is named.
  llvm::SmallVector<std::pair<const Expr *, const VarDecl *>, 8> Uses;
};

} // namespace

/// `x`, `x.a`, `this->a`: nothing is evaluated to find the place.
static bool isFixedPlace(const Expr *E) {
  E = stripTransparent(E);
  while (const auto *Member = dyn_cast<MemberExpr>(E))
    E = stripTransparent(Member->getBase());
  return isa<DeclRefExpr, CXXThisExpr>(E);
}

static const VarDecl *namedBy(const Expr *E) {
  E = stripTransparent(E);
  while (const auto *Member = dyn_cast<MemberExpr>(E))
    E = stripTransparent(Member->getBase());
  const auto *Name = dyn_cast<DeclRefExpr>(E);
  return Name ? dyn_cast<VarDecl>(Name->getDecl()) : nullptr;
}

/// The place that E assigns, if it is a built-in assignment.
static const Expr *assignedBy(const Expr &E) {
  if (const auto *Op = dyn_cast<BinaryOperator>(&E))
    return Op->isAssignmentOp() ? Op->getLHS() : nullptr;
  const auto *Op = dyn_cast<UnaryOperator>(&E);
  return Op && Op->isIncrementDecrementOp() ? Op->getSubExpr() : nullptr;
}

static void look(const Expr &E, Side &Into) {
  if (const Expr *Place = assignedBy(E)) {
    const VarDecl *V = namedBy(Place);
    Into.Uses.push_back({&E, V});
    if (V)
      Into.Assigned.insert(V);
    else
      Into.RunsCode = true;
    return;
  }
  const auto *Cast = dyn_cast<CastExpr>(&E);
  if (Cast && Cast->getCastKind() == CK_LValueToRValue)
    Into.Uses.push_back({&E, namedBy(Cast->getSubExpr())});
  Into.RunsCode |= isa<CallExpr, CXXConstructExpr, CXXNewExpr, CXXDeleteExpr,
                       StmtExpr, LambdaExpr, CXXThrowExpr>(E);
}

static Side sideOf(const Expr *Root) {
  Side S;
  llvm::SmallVector<const Stmt *, 16> Work{Root};
  while (!Work.empty()) {
    const Stmt *Top = Work.pop_back_val();
    if (!Top)
      continue;
    if (const auto *E = dyn_cast<Expr>(Top))
      look(*E, S);
    else
      S.RunsCode = true;
    llvm::append_range(Work, Top->children());
  }
  return S;
}

static void compare(const Side &Mine, const Side &Other,
                    llvm::DenseMap<const Expr *, Disorder> &Found) {
  for (const auto &[E, V] : Mine.Uses) {
    Disorder D = V && Other.Assigned.contains(V) ? Disorder::Always
                 : Other.RunsCode || (!V && !Other.Assigned.empty())
                     ? Disorder::IfExposed
                     : Disorder::None;
    Disorder &Known = Found.try_emplace(E, Disorder::None).first->second;
    Known = std::max(Known, D);
  }
}

void findDisorder(const Stmt &Node,
                  llvm::DenseMap<const Expr *, Disorder> &Found) {
  const Expr *Left = nullptr, *Right = nullptr;
  if (const auto *Op = dyn_cast<BinaryOperator>(&Node);
      Op && Op->isAssignmentOp()) {
    Left = Op->getLHS();
    Right = Op->getRHS();
  } else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(&Node);
             Call && Call->isAssignmentOp() && Call->getNumArgs() == 2) {
    Left = Call->getArg(0);
    Right = Call->getArg(1);
  }
  if (!Left || isFixedPlace(Left))
    return;
  Side L = sideOf(Left), R = sideOf(Right);
  if (L.Assigned.empty() && !L.RunsCode && R.Assigned.empty() && !R.RunsCode)
    return;
  compare(L, R, Found);
  compare(R, L, Found);
}

} // namespace stackward::source
