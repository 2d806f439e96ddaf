// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a branch lets pass, and what is known behind it.
///
/// A condition narrows the variables that it loads. That is right only if
/// they still hold what was loaded when the branch is taken: so the condition
/// must have no side effects, except for the assignment in
/// `while ((c = next()) != -1)`, which is its own last write.
#include "ConstTransfer.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"

using namespace clang;

namespace stackward::source {

bool Transfer::isSettled(const Expr *E) {
  auto [It, New] = Settled.insert({E, false});
  if (New)
    It->second = !E->HasSideEffects(Context);
  return It->second;
}

/// E is a load of what E itself has just assigned.
static bool loadsOwnAssignment(const Expr *E) {
  const auto *Load = dyn_cast<ImplicitCastExpr>(stripTransparent(E));
  if (!Load || Load->getCastKind() != CK_LValueToRValue)
    return false;
  const Expr *Place = stripTransparent(Load->getSubExpr());
  const Expr *Target = nullptr;
  if (const auto *Op = dyn_cast<BinaryOperator>(Place))
    Target = Op->isAssignmentOp() ? Op->getLHS() : nullptr;
  if (const auto *Op = dyn_cast<UnaryOperator>(Place))
    Target = Op->isIncrementDecrementOp() ? Op->getSubExpr() : nullptr;
  return Target && isa<DeclRefExpr>(stripTransparent(Target));
}

/// E's value is in To: so is the variable that E loads. False: impossible.
bool Transfer::narrow(const Expr *E, const IntSet &To, State &S) {
  E = stripTransparent(E);
  std::optional<IntType> T = intType(Context, E->getType());
  const auto *Cast = dyn_cast<CastExpr>(E);
  if (!T || T->Width > 64 || !Cast)
    return true;
  const Expr *Sub = Cast->getSubExpr();
  if (Cast->getCastKind() == CK_IntegralCast) {
    std::optional<IntType> U = intType(Context, Sub->getType());
    if (!U || U->Width > 64)
      return true;
    // The conversion must keep every value that can be there.
    IntRange Now = hull(setOf(valueOf(Sub, S), *U));
    if (Now.Lo < T->min() || Now.Hi > T->max())
      return true;
    return narrow(Sub, To, S);
  }
  if (Cast->getCastKind() != CK_LValueToRValue ||
      Sub->getType().isVolatileQualified())
    return true;
  SlotId Slot = placeOf(Sub, S);
  if (Slot == NoSlot || Slot == Slots::ThisBase || Tracked.typeOf(Slot) != T)
    return true;
  IntSet Left = intersect(setOf(S.Values[Slot], *T), To);
  if (Left.empty())
    return false;
  S.Values[Slot] = Pool.ints(*T, std::move(Left));
  return true;
}

bool Transfer::narrowNull(const Expr *E, Nullness To, State &S) {
  E = stripTransparent(E);
  const auto *Cast = dyn_cast<CastExpr>(E);
  if (!Cast || Cast->getCastKind() != CK_LValueToRValue ||
      !E->getType()->isAnyPointerType() ||
      Cast->getSubExpr()->getType().isVolatileQualified())
    return true;
  SlotId Slot = placeOf(Cast->getSubExpr(), S);
  if (Slot == NoSlot || Slot == Slots::ThisBase ||
      Tracked.typeOf(Slot).has_value())
    return true;
  Value Now = S.Values[Slot];
  if (Now && Now->Is == ValueData::Kind::Pointer)
    return Now->Null == To;
  if (!Now)
    S.Values[Slot] = To == Nullness::Null ? Pool.null() : Pool.notNull();
  return true;
}

bool Transfer::assumeCompare(const BinaryOperator &E, bool Holds, State &S) {
  const Expr *Left = E.getLHS(), *Right = E.getRHS();
  bool LeftIsSettled = isSettled(Left) || loadsOwnAssignment(Left);
  bool RightIsSettled = isSettled(Right);
  if (!RightIsSettled || !LeftIsSettled)
    return true;
  CompareOp Op = Holds ? compareOp(E) : inverse(compareOp(E));
  if (Left->getType()->isAnyPointerType()) {
    if (Op != CompareOp::Eq && Op != CompareOp::Ne)
      return true;
    auto IsNull = [&](const Expr *X) {
      Value V = valueOf(X, S);
      return V && V->Is == ValueData::Kind::Pointer &&
             V->Null == Nullness::Null;
    };
    Nullness To = Op == CompareOp::Eq ? Nullness::Null : Nullness::NotNull;
    if (IsNull(Right))
      return narrowNull(Left, To, S);
    if (IsNull(Left))
      return narrowNull(Right, To, S);
    return true;
  }
  std::optional<IntType> T = intType(Context, Left->getType());
  if (!T || T->Width > 64 || intType(Context, Right->getType()) != T)
    return true;
  IntSet L = setOf(valueOf(Left, S), *T), R = setOf(valueOf(Right, S), *T);
  IntSet NewL = whereHolds(Op, L, R);
  IntSet NewR = whereHolds(mirrored(Op), R, L);
  if (NewL.empty() || NewR.empty())
    return false;
  // Both sides may load one variable; then the first narrowing is enough.
  return narrow(Left, NewL, S) && narrow(Right, NewR, S);
}

bool Transfer::assumeTruth(const Expr *E, bool Holds, State &S) {
  if (!isSettled(E) && !loadsOwnAssignment(E))
    return true;
  if (E->getType()->isAnyPointerType())
    return narrowNull(E, Holds ? Nullness::NotNull : Nullness::Null, S);
  std::optional<IntType> T = intType(Context, E->getType());
  if (!T || T->Width > 64)
    return true;
  IntSet Whole{{T->min(), T->max()}}, Zero{{0, 0}};
  return narrow(E, Holds ? without(Whole, Zero) : Zero, S);
}

/// False: the condition cannot have this outcome here.
bool Transfer::assume(const Expr *Condition, bool Holds, State &S) {
  const Expr *E = stripTransparent(Condition);
  for (;;) {
    if (const auto *Op = dyn_cast<UnaryOperator>(E);
        Op && Op->getOpcode() == UO_LNot) {
      Holds = !Holds;
      E = stripTransparent(Op->getSubExpr());
      continue;
    }
    const auto *Cast = dyn_cast<CastExpr>(E);
    if (!Cast)
      break;
    bool KeepsTruth = Cast->getCastKind() == CK_IntegralToBoolean ||
                      Cast->getCastKind() == CK_PointerToBoolean ||
                      (Cast->getCastKind() == CK_IntegralCast &&
                       Cast->getSubExpr()->getType()->isBooleanType());
    if (!KeepsTruth)
      break;
    E = stripTransparent(Cast->getSubExpr());
  }
  if (std::optional<bool> Known = truth(valueOf(E, S)))
    if (*Known != Holds)
      return false;
  if (const auto *Op = dyn_cast<BinaryOperator>(E)) {
    if (Op->isRelationalOp() || Op->isEqualityOp())
      return assumeCompare(*Op, Holds, S);
    return true;
  }
  return assumeTruth(E, Holds, S);
}

/// The edge says that Leaf holds or not, and so what the operators above it
/// give, as far as that decides them.
void Transfer::decide(const Expr *Leaf, bool Holds, const CFGBlock &B,
                      State &S) {
  const Expr *Operand = stripTransparent(Leaf);
  if (SlotId Slot = Tracked.ofExpression(Operand); Slot != NoSlot)
    if (Operand->getType()->isBooleanType())
      S.Values[Slot] = Pool.boolean(Holds);
  while (const auto *Op =
             dyn_cast_or_null<BinaryOperator>(Tracked.choiceAbove(Operand))) {
    bool IsFirst = stripTransparent(Op->getLHS()) == Operand;
    bool EndsIt = Holds == (Op->getOpcode() == BO_LOr);
    if (IsFirst && !EndsIt)
      return;
    S.Values[Tracked.ofExpression(Op)] =
        converted(Pool.boolean(Holds), Context.BoolTy, Op->getType());
    Operand = Op;
  }
}

bool Transfer::takeCase(const CFGBlock &B, const Branch &Way, State &S) {
  const auto *Switch = dyn_cast_or_null<SwitchStmt>(B.getTerminatorStmt());
  if (!Switch)
    return true;
  const Expr *Condition = Switch->getCond();
  std::optional<IntType> T = intType(Context, Condition->getType());
  if (!T || T->Width > 64)
    return true;
  auto RangeOf = [&](const CaseStmt &C) -> IntRange {
    auto Number = [&](const Expr *E) {
      llvm::APSInt N = E->EvaluateKnownConstInt(Context);
      return N.isSigned() ? Int128(N.getSExtValue()) : Int128(N.getZExtValue());
    };
    Int128 Lo = Number(C.getLHS());
    return {Lo, C.getRHS() ? Number(C.getRHS()) : Lo};
  };
  IntSet Taken;
  if (Way.Kind == BranchKind::Case) {
    IntRange R = RangeOf(*cast<CaseStmt>(Way.Label));
    if (R.Lo > R.Hi)
      return false; // an empty range is never taken
    Taken.push_back(R);
  } else {
    IntSet Cases;
    for (const SwitchCase *C = Switch->getSwitchCaseList(); C;
         C = C->getNextSwitchCase())
      if (const auto *Case = dyn_cast<CaseStmt>(C)) {
        IntRange R = RangeOf(*Case);
        if (R.Lo <= R.Hi)
          Cases.push_back(R);
      }
    // More cases than a set has ranges: normalise would close gaps, and say
    // that values between cases do not reach the default.
    Taken = {{T->min(), T->max()}};
    for (const IntRange &R : Cases)
      Taken = without(Taken, {R});
    if (Taken.empty())
      return false;
  }
  IntSet Left = intersect(setOf(valueOf(Condition, S), *T), Taken);
  if (Left.empty())
    return false;
  if (!isSettled(Condition))
    return true;
  return narrow(Condition, Left, S);
}

std::optional<ConstState> Transfer::flow(dataflow::EdgeId E, const State &S) {
  if (Dead)
    return std::nullopt;
  const Branch &Way = Adapter.Branches[E];
  const CFGBlock &B = *Adapter.Blocks[Adapter.Graph.edge(E).From];
  State Next = S;
  switch (Way.Kind) {
  case BranchKind::Always:
  case BranchKind::Unknown:
  case BranchKind::Exception:
    return Next;
  case BranchKind::True:
  case BranchKind::False: {
    bool Holds = Way.Kind == BranchKind::True;
    const Expr *Condition = branchCondition(B);
    if (!Condition)
      return Next;
    if (!assume(Condition, Holds, Next))
      return std::nullopt;
    decide(Condition, Holds, B, Next);
    return Next;
  }
  case BranchKind::Case:
  case BranchKind::Default:
    if (!takeCase(B, Way, Next))
      return std::nullopt;
    return Next;
  }
  llvm_unreachable("closed list");
}

} // namespace stackward::source
