// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Built-in operators. Arithmetic on a pointer stays in the object, at an
/// offset that is known when the operand is constant.
#include "Builder.h"

using namespace clang;

namespace stackward::source {

Addr FunctionBuilder::evalSubscript(const ArraySubscriptExpr *E) {
  Addr Base = eval(E->getBase());
  eval(E->getIdx());
  if (!Base)
    return {};
  Expr::EvalResult Index;
  Offset K = AnyOffset;
  if (!E->getIdx()->isValueDependent() &&
      E->getIdx()->EvaluateAsInt(Index, Ctx) &&
      Index.Val.getInt().getSignificantBits() < 20)
    K = addOffsets(0, static_cast<Offset>(
                          Index.Val.getInt().getExtValue() *
                          Ctx.getTypeSizeInChars(E->getType()).getQuantity()));
  return {Base.Base, addOffsets(Base.K, K)};
}

/// ++ and --.
Addr FunctionBuilder::evalStep(const UnaryOperator *E) {
  const Expr *Sub = E->getSubExpr();
  if (!Sub->getType()->isPointerType())
    return eval(Sub);
  escape::Note N = note(E, Why::PointerArithmetic);
  if (const VarDecl *V = tracked(Sub)) {
    NodeId Old = readTracked(V, E);
    Addr New{Old, AnyOffset};
    writeVariable(V, node(New, N));
    return E->isPostfix() ? Addr{Old, 0} : New;
  }
  Addr Home = eval(Sub);
  Addr Old = load(Home, N);
  store(Home, Addr{Old.Base, AnyOffset}, N);
  return E->isGLValue() ? Home : Old;
}

Addr FunctionBuilder::evalUnary(const UnaryOperator *E) {
  const Expr *Sub = E->getSubExpr();
  switch (E->getOpcode()) {
  case UO_AddrOf:
    if (E->getType()->isMemberPointerType())
      return {};
    return eval(Sub);
  case UO_Deref:
  case UO_Plus:
  case UO_Extension:
    return eval(Sub);
  case UO_PreInc:
  case UO_PreDec:
  case UO_PostInc:
  case UO_PostDec:
    return evalStep(E);
  case UO_Minus:
  case UO_Not:
  case UO_LNot:
  case UO_Real:
  case UO_Imag:
  case UO_Coawait:
    eval(Sub);
    return {};
  }
  llvm_unreachable("closed switch");
}

void FunctionBuilder::assignScalar(const Expr *Left, Addr Value,
                                   const Expr *E) {
  escape::Note N = note(E, Why::Assigned);
  if (const VarDecl *V = tracked(Left))
    return writeVariable(V, node(Value, N));
  Addr Home = eval(Left);
  if (Left->getType().isVolatileQualified())
    leak(Value, Reason::Volatile, N);
  store(Home, Value, N);
}

Addr FunctionBuilder::evalAssign(const BinaryOperator *E) {
  const Expr *L = E->getLHS();
  Addr Value = eval(E->getRHS());
  if (isScalarPointer(L->getType())) {
    assignScalar(L, Value, E);
    return tracked(L) ? Value : eval(L);
  }
  Addr Home = eval(L);
  if (L->getType()->isRecordType())
    copyAll(Home, Value, note(E, Why::Copied));
  return Home;
}

/// += and -=.
Addr FunctionBuilder::evalCompoundAssign(const BinaryOperator *E) {
  const Expr *L = E->getLHS();
  eval(E->getRHS());
  if (!L->getType()->isPointerType())
    return eval(L);
  escape::Note N = note(E, Why::PointerArithmetic);
  if (const VarDecl *V = tracked(L)) {
    Addr New{readTracked(V, E), AnyOffset};
    writeVariable(V, node(New, N));
    return New;
  }
  Addr Home = eval(L);
  store(Home, Addr{load(Home, N).Base, AnyOffset}, N);
  return Home;
}

/// + and -.
Addr FunctionBuilder::evalSum(const BinaryOperator *E) {
  const Expr *L = E->getLHS(), *R = E->getRHS();
  Addr A = eval(L), B = eval(R);
  if (!E->getType()->isPointerType())
    return {};
  bool Left = L->getType()->isPointerType();
  Addr P = Left ? A : B;
  const Expr *Index = Left ? R : L;
  Expr::EvalResult Count;
  Offset K = AnyOffset;
  if (Index->EvaluateAsInt(Count, Ctx) &&
      Count.Val.getInt().getSignificantBits() < 20 &&
      !E->getType()->getPointeeType()->isIncompleteType()) {
    int64_t Bytes =
        Count.Val.getInt().getExtValue() *
        Ctx.getTypeSizeInChars(E->getType()->getPointeeType()).getQuantity();
    if (E->getOpcode() == BO_Sub)
      Bytes = -Bytes;
    K = addOffsets(0, static_cast<Offset>(Bytes));
  }
  return {P.Base, addOffsets(P.K, K)};
}

Addr FunctionBuilder::evalBinary(const BinaryOperator *E) {
  const Expr *L = E->getLHS(), *R = E->getRHS();
  switch (E->getOpcode()) {
  case BO_Assign:
    return evalAssign(E);
  case BO_AddAssign:
  case BO_SubAssign:
    return evalCompoundAssign(E);
  case BO_Add:
  case BO_Sub:
    return evalSum(E);
  case BO_Comma:
    eval(L);
    return eval(R);
  case BO_PtrMemD:
  case BO_PtrMemI: {
    Addr Base = eval(L);
    eval(R);
    return {Base.Base, AnyOffset};
  }
  default:
    break;
  }
  // Arithmetic and comparisons: addresses go in, no address comes out.
  eval(L);
  eval(R);
  return E->isGLValue() ? eval(L) : Addr{};
}

Addr FunctionBuilder::evalConditional(const AbstractConditionalOperator *E) {
  if (const auto *B = dyn_cast<BinaryConditionalOperator>(E))
    eval(B->getCommon());
  eval(E->getCond());
  escape::Note N = note(E, Why::Assigned);
  auto Part = [&](const Expr *Branch) {
    return Dead.contains(Branch->IgnoreParens()) ? Addr{} : eval(Branch);
  };
  Addr T = Part(E->getTrueExpr()), F = Part(E->getFalseExpr());
  if (E->isGLValue())
    return join({T, F}, N);
  if (E->getType()->isRecordType()) {
    Addr Home = destination(E);
    for (Addr Made : {T, F})
      if (Made.Base != Home.Base || Made.K != Home.K)
        copyAll(Home, Made, N);
    return Home;
  }
  return isScalarPointer(E->getType()) ? join({T, F}, N) : Addr{};
}

Addr FunctionBuilder::evalAtomic(const AtomicExpr *E) {
  // Pointers in atomics are meant for other threads, but the memory decides:
  // a value stored into a local atomic goes no further.
  escape::Note N = note(E, Why::Stored);
  Addr Memory = eval(E->getPtr());
  for (const Stmt *Child : const_cast<AtomicExpr *>(E)->children()) {
    const auto *Operand = dyn_cast_or_null<Expr>(Child);
    if (!Operand || Operand == E->getPtr())
      continue;
    Addr A = eval(Operand);
    if (!A)
      continue;
    // By value or, for the generic forms, through a pointer: both.
    store(Addr{Memory.Base, AnyOffset}, A, N);
    store(Addr{Memory.Base, AnyOffset}, load(Addr{A.Base, AnyOffset}, N), N);
    store(Addr{A.Base, AnyOffset}, load(Addr{Memory.Base, AnyOffset}, N), N);
  }
  return isScalarPointer(E->getType()) ? load(Addr{Memory.Base, AnyOffset}, N)
                                       : Addr{};
}

} // namespace stackward::source
