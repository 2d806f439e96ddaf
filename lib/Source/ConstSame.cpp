// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compares two expressions node by node. A kind of node that is not listed
/// differs from all others, itself included.
#include "ConstSame.h"
#include "ConstState.h"
#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace stackward::source {

/// Bounds the work: operands of commutative operators are tried both ways.
static constexpr unsigned MaxSteps = 64;

static bool same(const Expr *A, const Expr *B, unsigned &Steps);

static bool isInteger(const Expr &E) {
  return E.getType()->isIntegralOrEnumerationType() &&
         !E.getType().isVolatileQualified() && !E.getType()->isAtomicType();
}

static bool sameCast(const CastExpr &A, const CastExpr &B, unsigned &Steps) {
  switch (A.getCastKind()) {
  case CK_IntegralCast:
  case CK_IntegralToBoolean:
  case CK_LValueToRValue:
  case CK_NoOp:
    break;
  default: // no other kind gives an integer of integers
    return false;
  }
  return A.getCastKind() == B.getCastKind() && A.getType() == B.getType() &&
         same(A.getSubExpr(), B.getSubExpr(), Steps);
}

static bool commutes(BinaryOperatorKind Kind) {
  return Kind == BO_Add || Kind == BO_Mul || Kind == BO_And || Kind == BO_Or ||
         Kind == BO_Xor || Kind == BO_EQ || Kind == BO_NE;
}

static bool sameBinary(const BinaryOperator &A, const BinaryOperator &B,
                       unsigned &Steps) {
  if (A.getOpcode() != B.getOpcode() || A.isAssignmentOp() || A.isLogicalOp() ||
      A.isCommaOp() || A.isPtrMemOp())
    return false;
  if (same(A.getLHS(), B.getLHS(), Steps) &&
      same(A.getRHS(), B.getRHS(), Steps))
    return true;
  return commutes(A.getOpcode()) && same(A.getLHS(), B.getRHS(), Steps) &&
         same(A.getRHS(), B.getLHS(), Steps);
}

static bool same(const Expr *A, const Expr *B, unsigned &Steps) {
  A = stripTransparent(A);
  B = stripTransparent(B);
  if (Steps == 0 || A->getStmtClass() != B->getStmtClass() || !isInteger(*A) ||
      A->getType() != B->getType())
    return false;
  --Steps;
  if (const auto *Cast = dyn_cast<CastExpr>(A))
    return sameCast(*Cast, *cast<CastExpr>(B), Steps);
  if (const auto *Name = dyn_cast<DeclRefExpr>(A))
    return Name->getDecl() == cast<DeclRefExpr>(B)->getDecl();
  if (const auto *Number = dyn_cast<IntegerLiteral>(A))
    return Number->getValue() == cast<IntegerLiteral>(B)->getValue();
  if (const auto *Op = dyn_cast<BinaryOperator>(A))
    return sameBinary(*Op, *cast<BinaryOperator>(B), Steps);
  const auto *Op = dyn_cast<UnaryOperator>(A);
  if (!Op || Op->getOpcode() != cast<UnaryOperator>(B)->getOpcode())
    return false;
  UnaryOperatorKind Kind = Op->getOpcode();
  bool Computes =
      Kind == UO_Minus || Kind == UO_Plus || Kind == UO_Not || Kind == UO_LNot;
  return Computes &&
         same(Op->getSubExpr(), cast<UnaryOperator>(B)->getSubExpr(), Steps);
}

bool haveSameValue(const Expr *L, const Expr *R) {
  unsigned Steps = MaxSteps;
  return same(L, R, Steps);
}

bool loadsPlace(const Expr *R, const Expr *Place) {
  const auto *Cast = dyn_cast<ImplicitCastExpr>(stripTransparent(R));
  if (Cast && Cast->getCastKind() == CK_IntegralCast)
    Cast = dyn_cast<ImplicitCastExpr>(stripTransparent(Cast->getSubExpr()));
  return Cast && Cast->getCastKind() == CK_LValueToRValue &&
         haveSameValue(Cast->getSubExpr(), Place);
}

} // namespace stackward::source
