// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a branch lets pass, and what is known behind it.
///
/// A condition narrows the variables that it is computed from: what is asked of
/// its value is a *demand*, and gives demands of its operands. That is right
/// only if
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

/// The variable at Place was loaded, and what came is one of To.
bool Transfer::narrowPlace(const Expr *Place, IntType T, Value To, State &S) {
  if (Place->getType().isVolatileQualified())
    return true;
  SlotId Slot = placeOf(Place, S);
  if (Slot == NoSlot || Slot == Slots::ThisBase || Tracked.typeOf(Slot) != T)
    return true;
  std::optional<Value> Left = Pool.meet(S.Values[Slot], To, T);
  if (!Left)
    return false;
  S.Values[Slot] = *Left;
  return true;
}

/// What was converted to T, and is one of To.
bool Transfer::demandOfCast(const CastExpr &E, IntType T, Value To, State &S,
                            Demands &More) {
  const Expr *Sub = E.getSubExpr();
  if (E.getCastKind() == CK_LValueToRValue)
    return narrowPlace(Sub, T, To, S);
  std::optional<IntType> U = intType(Context, Sub->getType());
  if (!U || U->Width > 64)
    return true;
  if (E.getCastKind() == CK_IntegralToBoolean) {
    if (std::optional<bool> Holds = truth(To))
      More.push_back({Sub, Pool.truthOf(*U, *Holds)});
    return true;
  }
  if (E.getCastKind() == CK_NoOp && U == T)
    More.push_back({Sub, To});
  if (E.getCastKind() != CK_IntegralCast || T.Width == 1)
    return true; // to `enum E : bool` it asks for zero or not
  // The low bits are those of the operand, and if the conversion keeps every
  // value that can be there, so is the rest.
  unsigned Kept = std::min(T.Width, U->Width);
  Bits Low = convertBits(bitsOf(To, T), T, {Kept, false});
  IntSet Set{{U->min(), U->max()}};
  IntRange Now = hull(setOf(valueOf(Sub, S), *U));
  if (T.min() <= Now.Lo && Now.Hi <= T.max())
    Set = intersect(Set, setOf(To, T));
  std::optional<Value> Left = Pool.someInts(*U, std::move(Set), Low);
  if (Left)
    More.push_back({Sub, *Left});
  return Left.has_value();
}

/// Both operands, from what `Op` made of them. Sums and their like are undone
/// as they would wrap: if they overflow instead, there is no result.
bool Transfer::demandOfOperands(const BinaryOperator &E, IntType T, Value To,
                                State &S, Demands &More) {
  const Expr *Left = E.getLHS(), *Right = E.getRHS();
  if (intType(Context, Left->getType()) != T ||
      intType(Context, Right->getType()) != T)
    return true;
  Value L = valueOf(Left, S), R = valueOf(Right, S);
  auto Wrapping = [&](ArithOp Op, Value A, Value B) {
    return arith(Pool, Op, A, B, T, T, {.SignedWraps = true}).Result;
  };
  Bits Result = bitsOf(To, T), OfL = bitsOf(L, T), OfR = bitsOf(R, T);
  auto Demand = [&](Value NewL, Value NewR) {
    More.push_back({Left, NewL});
    More.push_back({Right, NewR});
    return true;
  };
  auto DemandBits = [&](Bits NewL, Bits NewR) {
    std::optional<Value> A = Pool.someInts(T, {{T.min(), T.max()}}, NewL);
    std::optional<Value> B = Pool.someInts(T, {{T.min(), T.max()}}, NewR);
    return A && B && Demand(*A, *B);
  };
  Value NotZero = Pool.truthOf(T, true);
  bool IsNotZero = truth(To).value_or(false);
  switch (E.getOpcode()) {
  case BO_Add:
    return Demand(Wrapping(ArithOp::Sub, To, R), Wrapping(ArithOp::Sub, To, L));
  case BO_Sub:
    return Demand(Wrapping(ArithOp::Add, To, R), Wrapping(ArithOp::Sub, L, To));
  case BO_Xor:
    return Demand(Wrapping(ArithOp::Xor, To, R), Wrapping(ArithOp::Xor, To, L));
  case BO_Mul:
    return !IsNotZero || Demand(NotZero, NotZero);
  case BO_Div:
    return !IsNotZero || Demand(NotZero, Varies);
  case BO_And: // 1 & x is x; a 1 comes of two
    return DemandBits({Result.Zero & OfR.One, Result.One},
                      {Result.Zero & OfL.One, Result.One}) &&
           (!IsNotZero || Demand(NotZero, NotZero));
  case BO_Or: // 0 | x is x; a 0 comes of two
    return DemandBits({Result.Zero, Result.One & OfR.Zero},
                      {Result.Zero, Result.One & OfL.Zero});
  case BO_Rem: { // by a power of two: the low bits stay
    std::optional<llvm::APSInt> By = singleInt(R);
    bool IsPower = By && !By->isNegative() && By->isPowerOf2();
    uint64_t Low = IsPower ? By->getZExtValue() - 1 : 0;
    return DemandBits({Result.Zero & Low, Result.One & Low}, {}) &&
           (!IsNotZero || Demand(NotZero, Varies));
  }
  default: // nothing is known to hold of the operands
    return true;
  }
}

bool Transfer::demandOfComparison(const BinaryOperator &E, bool Holds, State &S,
                                  Demands &More) {
  const Expr *Left = E.getLHS(), *Right = E.getRHS();
  if (!isSettled(Right) || !(isSettled(Left) || loadsOwnAssignment(Left)))
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
    return !IsNull(Left) || narrowNull(Right, To, S);
  }
  std::optional<IntType> T = intType(Context, Left->getType());
  if (!T || T->Width > 64 || intType(Context, Right->getType()) != T)
    return true;
  Value L = valueOf(Left, S), R = valueOf(Right, S);
  std::optional<Value> NewL = whereHolds(Pool, Op, L, R, *T);
  std::optional<Value> NewR = whereHolds(Pool, mirrored(Op), R, L, *T);
  if (!NewL || !NewR)
    return false;
  More.push_back({Left, *NewL});
  More.push_back({Right, *NewR});
  return true;
}

/// Both operands of `&&` if it holds, of `||` if it does not; only then are
/// both known to have run.
bool Transfer::demandOfLogic(const BinaryOperator &E, bool Holds, State &S,
                             Demands &More) {
  if (Holds != (E.getOpcode() == BO_LAnd) || !isSettled(&E))
    return true;
  for (const Expr *Operand : {E.getLHS(), E.getRHS()}) {
    std::optional<IntType> T = intType(Context, Operand->getType());
    if (T && T->Width <= 64)
      More.push_back({Operand, Pool.truthOf(*T, Holds)});
  }
  return true;
}

void Transfer::demandOfOperand(const UnaryOperator &E, IntType T, Value To,
                               Demands &More) {
  const Expr *Sub = E.getSubExpr();
  switch (E.getOpcode()) {
  case UO_Not:
    return More.push_back({Sub, complement(Pool, To, T)});
  case UO_Minus:
    return More.push_back(
        {Sub, negate(Pool, To, T, {.SignedWraps = true}).Result});
  case UO_LNot:
    if (std::optional<IntType> U = intType(Context, Sub->getType());
        U && U->Width <= 64)
      if (std::optional<bool> Holds = truth(To))
        More.push_back({Sub, Pool.truthOf(*U, !*Holds)});
    return;
  default: // steps, addresses, and what promotes its operand
    return;
  }
}

/// The value of an expression that has been evaluated is one of those asked
/// for: what follows for its operands. False: it cannot be.
bool Transfer::meetDemand(Demand D, State &S, Demands &More) {
  const Expr *E = stripTransparent(D.Of);
  std::optional<IntType> T = intType(Context, E->getType());
  if (!T || T->Width > 64)
    return true;
  std::optional<Value> To = Pool.meet(valueOf(E, S), D.To, *T);
  if (!To)
    return false;
  if (const auto *Cast = dyn_cast<CastExpr>(E))
    return demandOfCast(*Cast, *T, *To, S, More);
  if (const auto *Op = dyn_cast<UnaryOperator>(E)) {
    demandOfOperand(*Op, *T, *To, More);
    return true;
  }
  const auto *Op = dyn_cast<BinaryOperator>(E);
  if (!Op || Op->isAssignmentOp())
    return true;
  if (!Op->isComparisonOp() && !Op->isLogicalOp())
    return demandOfOperands(*Op, *T, *To, S, More);
  std::optional<bool> Holds = truth(*To);
  if (!Holds)
    return true;
  return Op->isLogicalOp() ? demandOfLogic(*Op, *Holds, S, More)
                           : demandOfComparison(*Op, *Holds, S, More);
}

/// E's value is one of To.
bool Transfer::narrow(const Expr *E, Value To, State &S) {
  constexpr unsigned MaxDemands = 32; // what is left undone only tells less
  Demands Work{{E, To}};
  for (size_t Next = 0; Next < Work.size() && Next < MaxDemands; ++Next)
    if (!meetDemand(Demand(Work[Next]), S, Work))
      return false;
  return true;
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
  const auto *Op = dyn_cast<BinaryOperator>(E);
  bool Compares = Op && Op->isComparisonOp();
  if (!Compares && !isSettled(E) && !loadsOwnAssignment(E))
    return true;
  if (E->getType()->isAnyPointerType())
    return narrowNull(E, Holds ? Nullness::NotNull : Nullness::Null, S);
  std::optional<IntType> T = intType(Context, E->getType());
  if (!T || T->Width > 64)
    return true;
  return narrow(E, Pool.truthOf(*T, Holds), S);
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
  std::optional<Value> Left =
      Pool.someInts(*T, intersect(setOf(valueOf(Condition, S), *T), Taken),
                    bitsOf(valueOf(Condition, S), *T));
  if (!Left)
    return false;
  return !isSettled(Condition) || narrow(Condition, *Left, S);
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
