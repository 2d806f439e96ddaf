// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// States: how they join, and how they are widened.
#include "ConstState.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;

namespace stackward::source {

std::optional<IntType> intType(const ASTContext &Context, QualType T) {
  T = T.getCanonicalType();
  if (T->isDependentType() || T->isAtomicType() || T->isVectorType())
    return std::nullopt;
  if (!T->isIntegralOrEnumerationType())
    return std::nullopt;
  if (const auto *Enum = T->getAs<clang::EnumType>())
    if (!Enum->getDecl()->isComplete())
      return std::nullopt;
  return IntType{Context.getIntWidth(T), T->isSignedIntegerOrEnumerationType()};
}

bool isPlainCopy(const CXXOperatorCallExpr &E) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(E.getDirectCallee());
  return E.getOperator() == OO_Equal && Method && Method->isTrivial() &&
         (Method->isCopyAssignmentOperator() ||
          Method->isMoveAssignmentOperator());
}

const Expr *stripTransparent(const Expr *E) {
  for (;;) {
    const Expr *Next = E->IgnoreParens();
    if (const auto *Full = dyn_cast<FullExpr>(Next))
      Next = Full->getSubExpr();
    else if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(Next))
      Next = Bind->getSubExpr();
    else if (const auto *Subst = dyn_cast<SubstNonTypeTemplateParmExpr>(Next))
      Next = Subst->getReplacement();
    if (Next == E)
      return E;
    E = Next;
  }
}

bool ConstState::join(const ConstState &Other) {
  bool Changed = false;
  for (size_t I = 0; I < Values.size(); ++I) {
    if (Values[I] == Other.Values[I] || Values[I] == Varies)
      continue;
    Value New = Pool->join(Values[I], Other.Values[I]);
    Changed |= New != Values[I];
    Values[I] = New;
  }
  return Changed;
}

static Value widenValue(ValuePool &Pool, const Slots &S, unsigned Visits,
                        Value Old, Value New) {
  constexpr unsigned Exact = 3, ByThresholds = 12;
  if (Old == New || !New || New->Is != ValueData::Kind::Int || Visits <= Exact)
    return New;
  if (Visits > ByThresholds)
    return Varies;
  IntType T = New->Type;
  IntRange H = hull(New->Ints);
  IntRange Before = Old && Old->Is == ValueData::Kind::Int && Old->Type == T
                        ? hull(Old->Ints)
                        : H;
  auto All = S.thresholds();
  if (H.Lo < Before.Lo) {
    auto It = llvm::upper_bound(All, H.Lo);
    H.Lo = It == All.begin() ? T.min() : std::max(T.min(), *std::prev(It));
  }
  if (H.Hi > Before.Hi) {
    auto It = llvm::lower_bound(All, H.Hi);
    H.Hi = It == All.end() ? T.max() : std::min(T.max(), *It);
  }
  return Pool.ints(T, {H}, New->Shared);
}

void widen(const Slots &S, unsigned Visits, const ConstState &Old,
           ConstState &New) {
  for (size_t I = 0; I < New.Values.size(); ++I)
    New.Values[I] =
        widenValue(*New.Pool, S, Visits, Old.Values[I], New.Values[I]);
}

} // namespace stackward::source
