// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// An upper bound of an integer expression that is not negative, from its
/// form alone: constants, `x & 15`, `x % 16`, narrow unsigned types, min,
/// sums and products of bounded parts, and variables that are initialized
/// once and never change. Nothing is found for anything that might wrap.
#include "Builder.h"
#include "llvm/Support/MathExtras.h"

using namespace clang;

namespace stackward::source {

static constexpr uint64_t Huge = 1ull << 40;
static constexpr unsigned MaxDepth = 12;

static std::optional<uint64_t> bound(const Expr *E, ASTContext &Ctx,
                                     const BodyFacts &Facts, unsigned Depth);

static std::optional<uint64_t> boundOfBinary(const BinaryOperator *B,
                                             ASTContext &Ctx,
                                             const BodyFacts &Facts,
                                             unsigned Depth) {
  auto L = bound(B->getLHS(), Ctx, Facts, Depth);
  auto R = bound(B->getRHS(), Ctx, Facts, Depth);
  switch (B->getOpcode()) {
  case BO_And: // one side that is surely not negative bounds the result
    return L && R ? std::min(*L, *R) : L ? L : R;
  case BO_Rem:
    // Of a signed dividend the remainder may be negative.
    if (!R || *R == 0 ||
        !(L || B->getLHS()->getType()->isUnsignedIntegerType()))
      return std::nullopt;
    return L ? std::min(*L, *R - 1) : *R - 1;
  case BO_Add:
    return L && R && *L + *R < Huge ? std::optional(*L + *R) : std::nullopt;
  case BO_Mul:
    if (!L || !R || (*R && *L > Huge / *R))
      return std::nullopt;
    return *L * *R;
  case BO_Div:
    return L && R ? L : std::nullopt;
  case BO_Shr:
    return L;
  case BO_Shl:
    if (!L || !R || *R > 30 || *L > (Huge >> *R))
      return std::nullopt;
    return *L << *R;
  case BO_Comma:
    return R;
  default:
    return std::nullopt;
  }
}

static std::optional<uint64_t> boundOfVariable(const VarDecl *V,
                                               ASTContext &Ctx,
                                               const BodyFacts &Facts,
                                               unsigned Depth) {
  bool Fixed = V->getType().isConstQualified() ||
               (V->hasLocalStorage() && !Facts.Changed.contains(V));
  if (!Fixed || !V->getInit() || isa<ParmVarDecl>(V) ||
      V->getType().isVolatileQualified())
    return std::nullopt;
  return bound(V->getInit(), Ctx, Facts, Depth);
}

static std::optional<uint64_t> boundOfCall(const CallExpr *C, ASTContext &Ctx,
                                           const BodyFacts &Facts,
                                           unsigned Depth) {
  const FunctionDecl *F = C->getDirectCallee();
  if (!F || !F->isInStdNamespace() || !F->getIdentifier() ||
      C->getNumArgs() != 2)
    return std::nullopt;
  auto L = bound(C->getArg(0), Ctx, Facts, Depth);
  auto R = bound(C->getArg(1), Ctx, Facts, Depth);
  bool Unsigned = C->getType()->isUnsignedIntegerType();
  if (F->getName() == "min") {
    if (L && R)
      return std::min(*L, *R);
    return Unsigned ? (L ? L : R) : std::nullopt;
  }
  if (F->getName() == "max" && L && R)
    return std::max(*L, *R);
  return std::nullopt;
}

static std::optional<uint64_t> bound(const Expr *E, ASTContext &Ctx,
                                     const BodyFacts &Facts, unsigned Depth) {
  if (Depth == 0 || !E || E->isValueDependent())
    return std::nullopt;
  --Depth;
  Expr::EvalResult Result;
  if (E->getType()->isIntegralOrEnumerationType() &&
      E->EvaluateAsInt(Result, Ctx)) {
    const llvm::APSInt &V = Result.Val.getInt();
    if (V.isNegative() || V.getActiveBits() > 40)
      return std::nullopt;
    return V.getZExtValue();
  }
  E = E->IgnoreParens();
  std::optional<uint64_t> Found;
  if (const auto *C = dyn_cast<CastExpr>(E)) {
    // A conversion keeps a value that fits in the new type.
    auto Inner = bound(C->getSubExpr(), Ctx, Facts, Depth);
    if (Inner && E->getType()->isIntegerType() &&
        llvm::Log2_64(*Inner | 1) + 1 < Ctx.getIntWidth(E->getType()))
      Found = Inner;
    else if (Inner && C->getCastKind() == CK_LValueToRValue)
      Found = Inner;
  } else if (const auto *F = dyn_cast<FullExpr>(E)) {
    Found = bound(F->getSubExpr(), Ctx, Facts, Depth);
  } else if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E)) {
    Found = bound(M->getSubExpr(), Ctx, Facts, Depth);
  } else if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    Found = boundOfBinary(B, Ctx, Facts, Depth);
  } else if (const auto *C = dyn_cast<AbstractConditionalOperator>(E)) {
    auto L = bound(C->getTrueExpr(), Ctx, Facts, Depth);
    auto R = bound(C->getFalseExpr(), Ctx, Facts, Depth);
    if (L && R)
      Found = std::max(*L, *R);
  } else if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    if (const auto *V = dyn_cast<VarDecl>(Ref->getDecl()))
      Found = boundOfVariable(V, Ctx, Facts, Depth);
  } else if (const auto *C = dyn_cast<CallExpr>(E)) {
    Found = boundOfCall(C, Ctx, Facts, Depth);
  }
  if (!Found && E->getType()->isUnsignedIntegerType() &&
      Ctx.getIntWidth(E->getType()) <= 16)
    Found = (1ull << Ctx.getIntWidth(E->getType())) - 1;
  // Arithmetic in the expression's own type must not have wrapped.
  if (Found && E->getType()->isIntegralOrEnumerationType()) {
    unsigned Bits = Ctx.getIntWidth(E->getType()) -
                    E->getType()->isSignedIntegerOrEnumerationType();
    if (Bits < 41 && *Found >> Bits != 0)
      return std::nullopt;
  }
  return Found;
}

std::optional<uint64_t> upperBound(const Expr *E, ASTContext &Ctx,
                                   const BodyFacts &Facts) {
  return bound(E, Ctx, Facts, MaxDepth);
}

} // namespace stackward::source
