// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The value of an expression, from those of its operands. Operands have been
/// evaluated before it, each as an element of the graph.
#include "ConstSame.h"
#include "ConstTransfer.h"
#include "clang/AST/APValue.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace stackward::source {

/// Clang's own evaluator, for what does not depend on the state.
Value Transfer::fold(const Expr *E) {
  auto [It, New] = Folded.insert({E, Varies});
  if (!New)
    return It->second;
  Expr::EvalResult Result;
  if (E->isValueDependent() || E->getType().isVolatileQualified() ||
      !E->EvaluateAsRValue(Result, Context) || Result.HasSideEffects)
    return Varies;
  Value V = Varies;
  if (Result.Val.isInt() && intType(Context, E->getType()))
    V = Pool.fromAPSInt(Result.Val.getInt());
  else if (Result.Val.isFloat())
    V = Pool.floating(Result.Val.getFloat());
  else if (Result.Val.isNullPointer())
    V = Pool.null();
  Folded[E] = V;
  return V;
}

Value Transfer::zeroOf(QualType T) {
  if (std::optional<IntType> Int = intType(Context, T))
    return Pool.fromAPSInt(
        llvm::APSInt(llvm::APInt(Int->Width, 0), !Int->Signed));
  if (T->isAnyPointerType() || T->isNullPtrType())
    return Pool.null();
  if (T->isRealFloatingType())
    return Pool.floating(
        llvm::APFloat::getZero(Context.getFloatTypeSemantics(T)));
  return Varies;
}

Value Transfer::valueOf(const Expr *E, const State &S) {
  E = stripTransparent(E);
  if (auto It = Scratch.find(E); It != Scratch.end())
    return It->second;
  if (SlotId Slot = Tracked.ofExpression(E); Slot != NoSlot)
    return S.Values[Slot];
  if (isa<IntegerLiteral, CharacterLiteral, CXXBoolLiteralExpr, FloatingLiteral,
          CXXNullPtrLiteralExpr, GNUNullExpr>(E))
    return fold(E);
  if (isa<ImplicitValueInitExpr, CXXScalarValueInitExpr>(E))
    return zeroOf(E->getType());
  if (const auto *Default = dyn_cast<CXXDefaultArgExpr>(E))
    return fold(Default->getExpr());
  // A literal under a conversion that the graph did not name.
  if (const auto *Cast = dyn_cast<ImplicitCastExpr>(E))
    if (isa<IntegerLiteral, CharacterLiteral, CXXBoolLiteralExpr,
            CXXNullPtrLiteralExpr, GNUNullExpr>(
            stripTransparent(Cast->getSubExpr())))
      return fold(E);
  return Varies;
}

/// Also `enum E : bool`: converting to it asks for zero or not.
static bool isBoolean(QualType T) {
  const auto *Enum = T->getAs<clang::EnumType>();
  return (Enum ? Enum->getDecl()->getIntegerType() : T)->isBooleanType();
}

Value Transfer::converted(Value V, QualType From, QualType To) {
  std::optional<IntType> A = intType(Context, From);
  std::optional<IntType> B = intType(Context, To);
  if (!A || !B)
    return Varies;
  if (isBoolean(To)) {
    std::optional<bool> Known = truth(V);
    return Known ? Pool.boolean(*Known) : Varies;
  }
  return convertInt(Pool, V, *A, *B);
}

static Value toFloat(ValuePool &Pool, Value V,
                     const llvm::fltSemantics &Semantics) {
  std::optional<llvm::APSInt> Known = singleInt(V);
  if (!Known)
    return Varies;
  llvm::APFloat Out(Semantics);
  auto Status = Out.convertFromAPInt(*Known, Known->isSigned(),
                                     llvm::APFloat::rmNearestTiesToEven);
  return Status == llvm::APFloat::opOK ? Pool.floating(Out) : Varies;
}

static Value fromFloat(ValuePool &Pool, Value V, IntType To) {
  if (!V || V->Is != ValueData::Kind::Float)
    return Varies;
  llvm::APSInt Out(To.Width, !To.Signed);
  bool Exact = false;
  // Rounding towards zero is what the language asks for; out of range is
  // undefined.
  auto Status =
      V->Float->convertToInteger(Out, llvm::APFloat::rmTowardZero, &Exact);
  bool Defined =
      Status == llvm::APFloat::opOK || Status == llvm::APFloat::opInexact;
  return Defined ? Pool.fromAPSInt(Out) : Varies;
}

static Value resized(ValuePool &Pool, Value V,
                     const llvm::fltSemantics &Semantics) {
  if (!V || V->Is != ValueData::Kind::Float)
    return Varies;
  llvm::APFloat Out = *V->Float;
  bool Loses = false;
  auto Status =
      Out.convert(Semantics, llvm::APFloat::rmNearestTiesToEven, &Loses);
  return Status == llvm::APFloat::opOK && !Loses ? Pool.floating(Out) : Varies;
}

Value Transfer::cast(const CastExpr &E, State &S) {
  const Expr *Sub = E.getSubExpr();
  if (E.getCastKind() == CK_LValueToRValue)
    return load(Sub, &E, S);
  if (E.isGLValue())
    return Varies;
  Value V = valueOf(Sub, S);
  switch (E.getCastKind()) {
  case CK_NoOp:
  case CK_ConstructorConversion:
    return V;
  case CK_IntegralCast:
  case CK_IntegralToBoolean:
  case CK_BooleanToSignedIntegral:
    if (E.getCastKind() == CK_BooleanToSignedIntegral)
      return Varies; // true is -1 there
    return converted(V, Sub->getType(), E.getType());
  case CK_PointerToBoolean:
  case CK_FloatingToBoolean: {
    std::optional<bool> Known = truth(V);
    return Known ? Pool.boolean(*Known) : Varies;
  }
  case CK_NullToPointer:
    return Pool.null();
  case CK_BitCast:
  case CK_DerivedToBase:
  case CK_UncheckedDerivedToBase:
    if (!E.getType()->isAnyPointerType() || !V ||
        V->Is != ValueData::Kind::Pointer)
      return Varies;
    return V->Null == Nullness::Null ? Pool.null() : Pool.notNull();
  case CK_ArrayToPointerDecay:
  case CK_FunctionToPointerDecay: { // at no address, if nobody defines it
    const auto *Name = dyn_cast<DeclRefExpr>(stripTransparent(Sub));
    bool Known = Name ? !Name->getDecl()->isWeak()
                      : E.getCastKind() == CK_ArrayToPointerDecay;
    return Known ? Pool.notNull() : Varies;
  }
  case CK_IntegralToFloating:
    return toFloat(Pool, V, Context.getFloatTypeSemantics(E.getType()));
  case CK_FloatingToIntegral:
    if (std::optional<IntType> T = intType(Context, E.getType()))
      return fromFloat(Pool, V, *T);
    return Varies;
  case CK_FloatingCast:
    return resized(Pool, V, Context.getFloatTypeSemantics(E.getType()));
  default: // dozens of kinds that say nothing about a scalar's value
    return Varies;
  }
}

static std::optional<ArithOp> arithOp(unsigned Opcode) {
  switch (Opcode) {
  case BO_Add:
  case BO_AddAssign:
    return ArithOp::Add;
  case BO_Sub:
  case BO_SubAssign:
    return ArithOp::Sub;
  case BO_Mul:
  case BO_MulAssign:
    return ArithOp::Mul;
  case BO_Div:
  case BO_DivAssign:
    return ArithOp::Div;
  case BO_Rem:
  case BO_RemAssign:
    return ArithOp::Rem;
  case BO_Shl:
  case BO_ShlAssign:
    return ArithOp::Shl;
  case BO_Shr:
  case BO_ShrAssign:
    return ArithOp::Shr;
  case BO_And:
  case BO_AndAssign:
    return ArithOp::And;
  case BO_Or:
  case BO_OrAssign:
    return ArithOp::Or;
  case BO_Xor:
  case BO_XorAssign:
    return ArithOp::Xor;
  default: // comparisons, logic, comma, assignment, member pointers
    return std::nullopt;
  }
}

Value Transfer::arithmetic(const Expr *At, unsigned Opcode, Value L, Value R,
                           QualType Left, QualType Right) {
  std::optional<ArithOp> Op = arithOp(Opcode);
  if (!Op)
    return Varies;
  std::optional<IntType> A = intType(Context, Left);
  std::optional<IntType> B = intType(Context, Right);
  if (A && B) {
    bool Shift = *Op == ArithOp::Shl || *Op == ArithOp::Shr;
    if (!Shift && !(*A == *B))
      return Varies;
    Evaluated Result = arith(Pool, *Op, L, R, *A, *B, Rules);
    note(At, Result);
    return Result.Result;
  }
  if (Left->isRealFloatingType() && Right->isRealFloatingType())
    return arithFloats(Pool, *Op, L, R);
  return Varies;
}

CompareOp compareOp(const BinaryOperator &E) {
  switch (E.getOpcode()) {
  case BO_LT:
    return CompareOp::Lt;
  case BO_GT:
    return CompareOp::Gt;
  case BO_LE:
    return CompareOp::Le;
  case BO_GE:
    return CompareOp::Ge;
  case BO_EQ:
    return CompareOp::Eq;
  default: // the caller asks for comparisons only
    return CompareOp::Ne;
  }
}

Value Transfer::comparison(const BinaryOperator &E, State &S) {
  const Expr *Left = E.getLHS(), *Right = E.getRHS();
  Value L = valueOf(Left, S), R = valueOf(Right, S);
  CompareOp Op = compareOp(E);
  std::optional<IntType> T = intType(Context, Left->getType());
  Value Result = Varies;
  if (T && haveSameValue(Left, Right))
    Result = Pool.boolean(Op == CompareOp::Eq || Op == CompareOp::Le ||
                          Op == CompareOp::Ge);
  else if (T && intType(Context, Right->getType()) == T)
    Result = compareInts(Pool, Op, L, R, *T);
  else if (Left->getType()->isRealFloatingType())
    Result = compareFloats(Pool, Op, L, R);
  else if (Left->getType()->isAnyPointerType() ||
           Left->getType()->isNullPtrType())
    Result = comparePointers(Pool, Op, L, R);
  if (E.getType()->isBooleanType())
    return Result;
  return converted(Result, Context.BoolTy, E.getType());
}

/// Of two equal operands Opcode makes 0. That x % x is undefined for 0 is found
/// elsewhere.
static bool cancels(unsigned Opcode, Value Right) {
  switch (Opcode) {
  case BO_Sub:
  case BO_SubAssign:
  case BO_Xor:
  case BO_XorAssign:
    return true;
  case BO_Rem:
  case BO_RemAssign:
    return truth(Right).value_or(true);
  default: // the others keep something
    return false;
  }
}

Value Transfer::assign(const BinaryOperator &E, State &S) {
  const Expr *Left = E.getLHS();
  SlotId To = placeOf(Left, S);
  Value New = valueOf(E.getRHS(), S);
  if (const auto *Compound = dyn_cast<CompoundAssignOperator>(&E)) {
    QualType Wide = Compound->getComputationLHSType();
    Value Old = To == NoSlot || To == Slots::ThisBase ? Varies : S.Values[To];
    if (Old && Old->Is == ValueData::Kind::Int &&
        intType(Context, Left->getType()) != Old->Type)
      Old = Varies;
    if (cancels(E.getOpcode(), New) && loadsPlace(E.getRHS(), Left) &&
        Context.hasSameUnqualifiedType(Wide, E.getRHS()->getType())) {
      New = zeroOf(Left->getType());
    } else if (intType(Context, Wide)) {
      New = arithmetic(&E, E.getOpcode(), converted(Old, Left->getType(), Wide),
                       New, Wide, E.getRHS()->getType());
      New =
          converted(New, Compound->getComputationResultType(), Left->getType());
    } else {
      bool Plain = Context.hasSameUnqualifiedType(Wide, Left->getType());
      New = Plain ? arithmetic(&E, E.getOpcode(), Old, New, Wide,
                               E.getRHS()->getType())
                  : Varies;
    }
  }
  if (Left->getType().isVolatileQualified() || Tracked.isDisordered(&E, To))
    New = Varies;
  New = store(Left, New, S);
  if (Watches != Watch::Nothing) {
    auto [It, First] = Seen.Definitions.insert({&E, New});
    if (!First)
      It->second = Pool.join(It->second, New);
  }
  return New;
}

Value Transfer::binary(const BinaryOperator &E, State &S) {
  if (E.isAssignmentOp())
    return assign(E, S);
  if (E.isLogicalOp()) { // its operands and branches have left it there
    SlotId Slot = Tracked.ofExpression(&E);
    return Slot == NoSlot ? Varies : S.Values[Slot];
  }
  if (E.getOpcode() == BO_Comma)
    return E.isGLValue() ? Varies : valueOf(E.getRHS(), S);
  if (E.isRelationalOp() || E.isEqualityOp())
    return comparison(E, S);
  Value Right = valueOf(E.getRHS(), S);
  if (cancels(E.getOpcode(), Right) && haveSameValue(E.getLHS(), E.getRHS()))
    return zeroOf(E.getType());
  return arithmetic(&E, E.getOpcode(), valueOf(E.getLHS(), S), Right,
                    E.getLHS()->getType(), E.getRHS()->getType());
}

/// ++ and --, before and after.
Value Transfer::step(const UnaryOperator &E, State &S) {
  const Expr *Sub = E.getSubExpr();
  SlotId To = placeOf(Sub, S);
  if (To == Slots::ThisBase)
    To = NoSlot;
  Value Old = To == NoSlot ? Varies : S.Values[To];
  std::optional<IntType> T = intType(Context, Sub->getType());
  if (!T || Sub->getType().isVolatileQualified() ||
      Tracked.isDisordered(&E, To) ||
      (Old && !(Old->Is == ValueData::Kind::Int && Old->Type == *T)))
    Old = Varies;
  Value New = Varies;
  if (Sub->getType()->isBooleanType()) {
    New = E.isIncrementOp() ? Pool.boolean(true) : Varies;
  } else if (T && T->Width <= 64) {
    // Types narrower than int are promoted, so they wrap where int overflows.
    bool Narrow = T->Width < Context.getIntWidth(Context.IntTy);
    IntType Wide = Narrow ? IntType{32, true} : *T;
    Value From = Narrow ? convertInt(Pool, Old, *T, Wide) : Old;
    Evaluated Result =
        arith(Pool, E.isIncrementOp() ? ArithOp::Add : ArithOp::Sub, From,
              Pool.integer(Wide, 1), Wide, Wide, Rules);
    note(&E, Result);
    New = Narrow ? convertInt(Pool, Result.Result, Wide, *T) : Result.Result;
  }
  New = store(Sub, New, S);
  if (Watches != Watch::Nothing) {
    auto [It, First] = Seen.Definitions.insert({&E, New});
    if (!First)
      It->second = Pool.join(It->second, New);
  }
  return E.isPostfix() ? Old : New;
}

Value Transfer::unary(const UnaryOperator &E, State &S) {
  const Expr *Sub = E.getSubExpr();
  std::optional<IntType> T = intType(Context, E.getType());
  switch (E.getOpcode()) {
  case UO_PostInc:
  case UO_PostDec:
  case UO_PreInc:
  case UO_PreDec:
    return step(E, S);
  case UO_AddrOf: {
    const auto *Name = dyn_cast<DeclRefExpr>(stripTransparent(Sub));
    if (E.getType()->isMemberPointerType() ||
        (Name && Name->getDecl()->isWeak()))
      return Varies;
    // &*p and &p->f are as null as p.
    SlotId To = placeOf(Sub, S);
    return To != NoSlot && To != Slots::ThisBase ? Pool.notNull(To)
           : Name                                ? Pool.notNull()
                                                 : Varies;
  }
  case UO_Plus:
  case UO_Extension:
    return E.isGLValue() ? Varies : valueOf(Sub, S);
  case UO_Minus:
    if (T) {
      Evaluated Result = negate(Pool, valueOf(Sub, S), *T, Rules);
      note(&E, Result);
      return Result.Result;
    }
    return Varies;
  case UO_Not:
    return T ? complement(Pool, valueOf(Sub, S), *T) : Varies;
  case UO_LNot: {
    std::optional<bool> Known = truth(valueOf(Sub, S));
    if (!Known)
      return Varies;
    return converted(Pool.boolean(!*Known), Context.BoolTy, E.getType());
  }
  case UO_Deref:
  case UO_Real:
  case UO_Imag:
  case UO_Coawait:
    return Varies;
  }
  llvm_unreachable("closed list");
}

// A line or two for each kind of expression, and nothing else.
// NOLINTNEXTLINE(readability-function-size)
Value Transfer::evaluate(const Expr &E, State &S) {
  if (const auto *Cast = dyn_cast<CastExpr>(&E))
    return cast(*Cast, S);
  if (const auto *Op = dyn_cast<BinaryOperator>(&E))
    return binary(*Op, S);
  if (const auto *Op = dyn_cast<UnaryOperator>(&E))
    return unary(*Op, S);
  if (const auto *Call = dyn_cast<CallExpr>(&E))
    return call(*Call, S);
  switch (E.getStmtClass()) {
  case Stmt::IntegerLiteralClass:
  case Stmt::CharacterLiteralClass:
  case Stmt::CXXBoolLiteralExprClass:
  case Stmt::FloatingLiteralClass:
  case Stmt::CXXNullPtrLiteralExprClass:
  case Stmt::GNUNullExprClass:
  case Stmt::UnaryExprOrTypeTraitExprClass:
  case Stmt::OffsetOfExprClass:
  case Stmt::TypeTraitExprClass:
  case Stmt::CXXNoexceptExprClass:
  case Stmt::SizeOfPackExprClass:
  case Stmt::ConceptSpecializationExprClass:
  case Stmt::RequiresExprClass:
    return fold(&E);
  case Stmt::DeclRefExprClass:
    return isa<EnumConstantDecl>(cast<DeclRefExpr>(E).getDecl()) ? fold(&E)
                                                                 : Varies;
  case Stmt::ImplicitValueInitExprClass:
  case Stmt::CXXScalarValueInitExprClass:
    return zeroOf(E.getType());
  case Stmt::ConditionalOperatorClass: {
    SlotId Slot = Tracked.ofExpression(&E);
    return Slot == NoSlot ? Varies : S.Values[Slot];
  }
  case Stmt::InitListExprClass: {
    const auto &List = cast<InitListExpr>(E);
    bool Scalar = E.getType()->isScalarType() && E.isPRValue();
    if (!Scalar)
      return Varies;
    return List.getNumInits() == 1 ? valueOf(List.getInit(0), S)
                                   : zeroOf(E.getType());
  }
  case Stmt::CXXThisExprClass:
    return Pool.notNull();
  case Stmt::CXXNewExprClass: {
    construct(E, S);
    const auto &New = cast<CXXNewExpr>(E);
    bool MayFail = New.shouldNullCheckAllocation() ||
                   New.getOperatorNew()->isReservedGlobalPlacementOperator();
    return MayFail ? Varies : Pool.notNull();
  }
  case Stmt::CXXDefaultArgExprClass:
    if (cast<CXXDefaultArgExpr>(E).getExpr()->HasSideEffects(Context))
      construct(E, S);
    return fold(cast<CXXDefaultArgExpr>(E).getExpr());
  case Stmt::StringLiteralClass:
  case Stmt::PredefinedExprClass:
  case Stmt::MemberExprClass:
  case Stmt::ArraySubscriptExprClass:
  case Stmt::MaterializeTemporaryExprClass:
  case Stmt::BinaryConditionalOperatorClass:
  case Stmt::OpaqueValueExprClass:
  case Stmt::CXXTypeidExprClass:
  case Stmt::CXXStdInitializerListExprClass:
  case Stmt::ArrayInitIndexExprClass:
  case Stmt::CompoundLiteralExprClass:
  case Stmt::StmtExprClass:
    return Varies;
  default: // anything else may run code
    construct(E, S);
    return Varies;
  }
}

} // namespace stackward::source
