// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// An upper bound of an integer expression that is not negative, from its
/// form alone: constants, `x & 15`, `x % 16`, narrow unsigned types, min,
/// sums and products of bounded parts, and variables that are initialized
/// once and never change. Nothing is found for anything that might wrap.
#include "Builder.h"
#include "llvm/Support/MathExtras.h"
#include <cstdlib>

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

/// What V's initializer says holds wherever V is read: V never changes, and
/// everything that the initializer reads is seen here. Another function's
/// variable, in a lambda, may have changed before it was captured, or after.
static bool keepsItsValue(const VarDecl *V, const BodyFacts &Facts) {
  if (!V->getInit() || isa<ParmVarDecl>(V) ||
      V->getType().isVolatileQualified())
    return false;
  // `const T &R = std::min(A, B);` changes with A and B.
  const Expr *Init = V->getInit()->IgnoreParens();
  if (const auto *Full = dyn_cast<FullExpr>(Init))
    Init = Full->getSubExpr();
  if (V->getType()->isReferenceType() && !isa<MaterializeTemporaryExpr>(Init))
    return false;
  if (V->hasLocalStorage())
    return Facts.LoopOfVar.contains(V) && !Facts.Changed.contains(V);
  return V->getType().isConstQualified();
}

static std::optional<uint64_t> boundOfVariable(const VarDecl *V,
                                               ASTContext &Ctx,
                                               const BodyFacts &Facts,
                                               unsigned Depth) {
  return keepsItsValue(V, Facts) ? bound(V->getInit(), Ctx, Facts, Depth)
                                 : std::nullopt;
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

//===-- multiples of parameters ---------------------------------------------//

static constexpr uint64_t LargestFactor = 1u << 20;

static SizeTerm termOfBinary(const BinaryOperator *B, SizeTerm L, SizeTerm R) {
  bool Swapped = L.Param == SizeTerm::NoParam;
  if (Swapped)
    std::swap(L, R);
  if (R.Param != SizeTerm::NoParam || R.Constant > LargestFactor)
    return {};
  switch (B->getOpcode()) {
  case BO_Add:
    L.Constant += R.Constant;
    return L;
  case BO_Mul:
    L.Factor *= R.Constant;
    L.Constant *= R.Constant;
    return L.Factor > LargestFactor ? SizeTerm() : L;
  default:
    return {};
  }
}

/// What callers put in decides whether anything wraps: see EscapeProject.
SizeTerm sizeTerm(const Expr *E, ASTContext &Ctx, const FunctionDecl *FD,
                  const BodyFacts &Facts) {
  SizeTerm T;
  E = E->IgnoreParens();
  if (auto Constant = upperBound(E, Ctx, Facts)) {
    T.Param = SizeTerm::NoParam;
    T.Constant = *Constant;
    return T;
  }
  if (const auto *C = dyn_cast<CastExpr>(E)) {
    QualType From = C->getSubExpr()->getType();
    bool Widens = E->getType()->isIntegerType() && From->isIntegerType() &&
                  Ctx.getIntWidth(E->getType()) >= Ctx.getIntWidth(From);
    return Widens ? sizeTerm(C->getSubExpr(), Ctx, FD, Facts) : T;
  }
  if (const auto *B = dyn_cast<BinaryOperator>(E))
    return termOfBinary(B, sizeTerm(B->getLHS(), Ctx, FD, Facts),
                        sizeTerm(B->getRHS(), Ctx, FD, Facts));
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *P = Ref ? dyn_cast<ParmVarDecl>(Ref->getDecl()) : nullptr;
  if (!P || P->getDeclContext() != FD || Facts.Changed.contains(P) ||
      !P->getType()->isIntegerType())
    return T;
  T.Param = P->getFunctionScopeIndex();
  T.Factor = 1;
  return T;
}

//===-- loops ---------------------------------------------------------------//

static std::optional<int64_t> constant(const Expr *E, ASTContext &Ctx) {
  Expr::EvalResult Result;
  if (!E || E->isValueDependent() ||
      !E->getType()->isIntegralOrEnumerationType() ||
      !E->EvaluateAsInt(Result, Ctx) ||
      Result.Val.getInt().getSignificantBits() > 40)
    return std::nullopt;
  return Result.Val.getInt().getExtValue();
}

/// By how much Inc changes V; 0 when it is not known.
static int64_t stepOf(const Expr *Inc, const VarDecl *V, ASTContext &Ctx) {
  auto IsV = [&](const Expr *E) {
    const auto *Ref = dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts());
    return Ref && Ref->getDecl() == V;
  };
  Inc = Inc ? Inc->IgnoreParenImpCasts() : nullptr;
  if (const auto *Un = dyn_cast_or_null<UnaryOperator>(Inc))
    return !Un->isIncrementDecrementOp() || !IsV(Un->getSubExpr()) ? 0
           : Un->isIncrementOp()                                   ? 1
                                                                   : -1;
  const auto *B = dyn_cast_or_null<BinaryOperator>(Inc);
  if (!B || !IsV(B->getLHS()))
    return 0;
  int64_t By = constant(B->getRHS(), Ctx).value_or(0);
  return B->getOpcode() == BO_AddAssign   ? By
         : B->getOpcode() == BO_SubAssign ? -By
                                          : 0;
}

static std::optional<uint64_t> turnsOfFor(const ForStmt *F, ASTContext &Ctx,
                                          const BodyFacts &Facts) {
  const auto *D = dyn_cast_or_null<DeclStmt>(F->getInit());
  const auto *V =
      D && D->isSingleDecl() ? dyn_cast<VarDecl>(D->getSingleDecl()) : nullptr;
  const auto *Test = dyn_cast_or_null<BinaryOperator>(F->getCond());
  // Changed in one place, which is then the loop's own step.
  if (!V || !Test || !V->getType()->isIntegerType() ||
      V->getType().isVolatileQualified() || Facts.Changes.lookup(V) != 1 ||
      Facts.Untracked.contains(V))
    return std::nullopt;
  auto First = constant(V->getInit(), Ctx);
  int64_t Step = stepOf(F->getInc(), V, Ctx);
  const auto *Left =
      dyn_cast<DeclRefExpr>(Test->getLHS()->IgnoreParenImpCasts());
  if (!First || *First < 0 || Step == 0 || !Left || Left->getDecl() != V)
    return std::nullopt;
  // The test runs once more than the body: `I < (P[I] = new T, 3)`.
  if (Test->HasSideEffects(Ctx))
    return std::nullopt;
  BinaryOperatorKind Op = Test->getOpcode();
  // Nothing may wrap on the way.
  uint64_t Largest = (1ull << (Ctx.getIntWidth(V->getType()) - 1)) - 1;
  if (uint64_t(std::abs(Step)) > Largest)
    return std::nullopt;
  if (Step > 0 && (Op == BO_LT || Op == BO_LE)) {
    auto Last = upperBound(Test->getRHS(), Ctx, Facts);
    if (!Last || *Last + Step > Largest)
      return std::nullopt;
    uint64_t End = *Last + (Op == BO_LE);
    uint64_t Begin = *First;
    return End <= Begin ? 0 : (End - Begin + Step - 1) / Step;
  }
  auto Last = constant(Test->getRHS(), Ctx);
  if (!Last || *Last < 0 || uint64_t(std::max(*First, *Last)) > Largest)
    return std::nullopt;
  if (Op == BO_NE && (*Last - *First) % Step == 0 &&
      (*Last - *First) / Step >= 0)
    return (*Last - *First) / Step;
  if (Step < 0 && V->getType()->isSignedIntegerType() &&
      (Op == BO_GT || Op == BO_GE))
    return *First < *Last ? 0 : (*First - *Last) / -Step + 1;
  return std::nullopt;
}

std::optional<uint64_t> mostTurns(const Stmt *Loop, ASTContext &Ctx,
                                  const BodyFacts &Facts) {
  if (const auto *F = dyn_cast<ForStmt>(Loop))
    return turnsOfFor(F, Ctx, Facts);
  const auto *Range = dyn_cast<CXXForRangeStmt>(Loop);
  const Expr *Over = Range ? Range->getRangeInit() : nullptr;
  if (!Over)
    return std::nullopt;
  Over = Over->IgnoreParenImpCasts();
  if (const auto *List = dyn_cast<CXXStdInitializerListExpr>(Over))
    Over = List->getSubExpr();
  const auto *Array = Ctx.getAsConstantArrayType(Over->getType());
  return Array ? std::optional<uint64_t>(Array->getSize().getZExtValue())
               : std::nullopt;
}

} // namespace stackward::source
