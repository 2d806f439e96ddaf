// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Casts.
///
/// Reinterpretation (B2). Integers carry no pointers here, so bytes that may
/// be a pointer's must not become integers unseen:
///
///   uint64_t Bits;  memcpy(&Bits, &P, 8);  Global = Bits;     // P escapes
///   reinterpret_cast<uint64_t &>(P)                           // P escapes
///
/// A cast from a pointer to T into a pointer to U leaks the content of the
/// memory when T may hold pointers and U is another type, and so does a read
/// of an integer member of a union. Type-based aliasing makes this enough.
#include "Builder.h"

using namespace clang;

namespace stackward::source {

Addr FunctionBuilder::adjustBase(Addr A, const CastExpr *E, bool Down) {
  QualType From = (Down ? E->getType() : E->getSubExpr()->getType());
  if (From->isPointerType())
    From = From->getPointeeType();
  const CXXRecordDecl *RD = From->getAsCXXRecordDecl();
  Offset Sum = 0;
  for (const CXXBaseSpecifier *B : E->path()) {
    const CXXRecordDecl *Base = B->getType()->getAsCXXRecordDecl();
    if (!RD || !RD->getDefinition() || !Base) {
      Sum = AnyOffset;
      break;
    }
    Sum = addOffsets(
        Sum, baseOffset(RD->getDefinition(), B->getType(), B->isVirtual()));
    RD = Base;
  }
  if (Down && Sum != AnyOffset)
    Sum = -Sum;
  return A ? Addr{A.Base, addOffsets(A.K, Sum)} : A;
}

static bool sameObjectType(QualType A, QualType B, ASTContext &Ctx) {
  A = A.getCanonicalType().getUnqualifiedType();
  B = B.getCanonicalType().getUnqualifiedType();
  if (Ctx.hasSameType(A, B))
    return true;
  // T(*)[N] and T*.
  if (const auto *Array = Ctx.getAsArrayType(A))
    return sameObjectType(Array->getElementType(), B, Ctx);
  if (const auto *Array = Ctx.getAsArrayType(B))
    return sameObjectType(A, Array->getElementType(), Ctx);
  const CXXRecordDecl *RA = A->getAsCXXRecordDecl();
  const CXXRecordDecl *RB = B->getAsCXXRecordDecl();
  return RA && RB && RA->hasDefinition() && RB->hasDefinition() &&
         (RA->isDerivedFrom(RB) || RB->isDerivedFrom(RA));
}

/// B2: a view of memory as another type. From void the pointee's type is
/// whatever the memory holds.
void FunctionBuilder::checkPun(Addr A, QualType From, QualType To,
                               const Expr *E) {
  if (!A || To->isVoidType() || To->isFunctionType() ||
      From->isFunctionType() || sameObjectType(From, To, Ctx))
    return;
  bool IsBytes = From->isCharType() || From->isStdByteType();
  if (!From->isVoidType() && !U.mayHoldPointer(From) && !IsBytes)
    return;
  // Pointers to pointers of other types are still pointers.
  if (isScalarPointer(From) && isScalarPointer(To))
    return;
  // From void, only a view as something without pointers can make integers of
  // pointers. From bytes, what is stored through the view can be read back as
  // bytes: *(T **)Buffer = P; ... Kept[I] = Buffer[I];
  if (From->isVoidType() && U.mayHoldPointer(To))
    return;
  if (IsBytes && !U.mayHoldPointer(To))
    return;
  leakContent(A, Reason::PointerToInteger, note(E, Why::ConvertedToInteger));
}

Addr FunctionBuilder::evalLoad(const CastExpr *E) {
  const Expr *Sub = E->getSubExpr();
  if (const VarDecl *V = tracked(Sub))
    return {readTracked(V, E), 0};
  Addr A = eval(Sub);
  if (E->getType()->isRecordType())
    return A;
  if (!isScalarPointer(E->getType()))
    return {};
  // `*(p = q)` and `*++p` on a tracked variable: the value itself.
  if (const auto *B = dyn_cast<BinaryOperator>(Sub->IgnoreParens());
      B && B->isAssignmentOp() && tracked(B->getLHS()))
    return A;
  if (const auto *Un = dyn_cast<UnaryOperator>(Sub->IgnoreParens());
      Un && Un->isIncrementDecrementOp() && tracked(Un->getSubExpr()))
    return A;
  return load(A, note(E, Why::ConvertedPointer));
}

/// A pointer or an lvalue seen as one to another type.
Addr FunctionBuilder::evalPointerCast(const CastExpr *E) {
  QualType From = E->getSubExpr()->getType(), To = E->getType();
  Addr A = eval(E->getSubExpr());
  if (E->getCastKind() == CK_LValueBitCast)
    checkPun(A, From, To, E);
  else if (To->isPointerType() && From->isPointerType())
    checkPun(A, From->getPointeeType(), To->getPointeeType(), E);
  return A;
}

/// std::bit_cast.
Addr FunctionBuilder::evalBytesCast(const CastExpr *E) {
  const Expr *Sub = E->getSubExpr();
  escape::Note N = note(E, Why::ConvertedPointer);
  Addr A = eval(Sub);
  if (isScalarPointer(E->getType()))
    return load(A, N);
  if (U.mayHoldPointer(Sub->getType()))
    leakContent(A, Reason::PointerToInteger, note(E, Why::ConvertedToInteger));
  if (!E->getType()->isRecordType())
    return {};
  Addr Home = destination(E);
  copyAll(Home, A, N);
  return Home;
}

Addr FunctionBuilder::evalCast(const CastExpr *E) {
  const Expr *Sub = E->getSubExpr();
  switch (E->getCastKind()) {
  case CK_LValueToRValue:
    return evalLoad(E);
  case CK_NoOp:
  case CK_ArrayToPointerDecay:
  case CK_FunctionToPointerDecay:
  case CK_BuiltinFnToFnPtr:
  case CK_UserDefinedConversion:
  case CK_ConstructorConversion:
  case CK_AddressSpaceConversion:
  case CK_NonAtomicToAtomic:
  case CK_AtomicToNonAtomic:
  case CK_Dependent:
  case CK_ToUnion:
  case CK_BaseToDerivedMemberPointer:
  case CK_DerivedToBaseMemberPointer:
  case CK_ReinterpretMemberPointer:
    return eval(Sub);
  case CK_LValueToRValueBitCast:
    return evalBytesCast(E);
  case CK_BitCast:
  case CK_LValueBitCast:
    return evalPointerCast(E);
  case CK_UncheckedDerivedToBase:
  case CK_DerivedToBase:
    return adjustBase(eval(Sub), E, false);
  case CK_BaseToDerived:
    return adjustBase(eval(Sub), E, true);
  case CK_Dynamic:
    return {eval(Sub).Base, AnyOffset};
  case CK_PointerToIntegral:
    leak(eval(Sub), Reason::PointerToInteger, note(E, Why::ConvertedToInteger));
    return {};
  case CK_IntegralToPointer:
    eval(Sub);
    return {outside(), 0};
  case CK_NullToPointer:
  case CK_NullToMemberPointer:
  case CK_ToVoid:
  case CK_PointerToBoolean:
  case CK_MemberPointerToBoolean:
  case CK_ZeroToOCLOpaqueType:
    eval(Sub);
    return {};
  default:
    break;
  }
  Addr A = eval(Sub);
  if (E->getType()->isArithmeticType() || E->getType()->isEnumeralType() ||
      E->getType()->isVectorType())
    return {}; // numbers to numbers
  leak(A, Reason::Cap, note(E, Why::NotModelled));
  leakContent(A, Reason::Cap, note(E, Why::NotModelled));
  return E->getType()->isRecordType() ? destination(E) : Addr{outside(), 0};
}

} // namespace stackward::source
