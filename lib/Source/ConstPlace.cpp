// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which slot a glvalue denotes, and what loading it gives.
#include "ConstTransfer.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace stackward::source {

/// Conversions of an object to its base: the slots of the base's fields are
/// slots of the object.
static const Expr *withoutUpcasts(const Expr *E) {
  E = stripTransparent(E);
  for (;;) {
    const auto *Cast = dyn_cast<CastExpr>(E);
    if (!Cast || (Cast->getCastKind() != CK_NoOp &&
                  Cast->getCastKind() != CK_DerivedToBase &&
                  Cast->getCastKind() != CK_UncheckedDerivedToBase))
      return E;
    E = stripTransparent(Cast->getSubExpr());
  }
}

/// The object that Pointer points to.
SlotId Transfer::pointeeOf(const Expr *Pointer, const State &S) {
  const Expr *E = withoutUpcasts(Pointer);
  if (isa<CXXThisExpr>(E))
    return Slots::ThisBase;
  if (const auto *Load = dyn_cast<CastExpr>(E);
      Load && Load->getCastKind() == CK_LValueToRValue)
    if (const auto *Name =
            dyn_cast<DeclRefExpr>(stripTransparent(Load->getSubExpr())))
      if (const auto *V = dyn_cast<VarDecl>(Name->getDecl());
          V && Tracked.aliasOf(V) != NoSlot)
        return Tracked.aliasOf(V);
  Value V = valueOf(E, S);
  return V && V->Is == ValueData::Kind::Pointer ? V->Target : NoSlot;
}

SlotId Transfer::placeOfName(const DeclRefExpr &Name, const State &S) {
  const auto *V = dyn_cast<VarDecl>(Name.getDecl());
  if (!V || Name.refersToEnclosingVariableOrCapture())
    return NoSlot;
  SlotId Slot = Tracked.ofVariable(V);
  if (Slot == NoSlot || !V->getType()->isReferenceType())
    return Slot;
  if (SlotId Alias = Tracked.aliasOf(V); Alias != NoSlot)
    return Alias;
  Value Bound = S.Values[Slot];
  return Bound && Bound->Is == ValueData::Kind::Pointer ? Bound->Target
                                                        : NoSlot;
}

SlotId Transfer::placeOfMember(const MemberExpr &E, const State &S) {
  const auto *Field = dyn_cast<FieldDecl>(E.getMemberDecl());
  if (!Field || Field->getType()->isReferenceType())
    return NoSlot;
  SlotId Base =
      E.isArrow() ? pointeeOf(E.getBase(), S) : placeOf(E.getBase(), S);
  return Base == NoSlot ? NoSlot : Tracked.ofField(Base, Field);
}

/// The array of which E is an element.
SlotId Transfer::arrayOf(const ArraySubscriptExpr &E, const State &S) {
  const auto *Decay = dyn_cast<CastExpr>(stripTransparent(E.getBase()));
  return Decay && Decay->getCastKind() == CK_ArrayToPointerDecay
             ? placeOf(Decay->getSubExpr(), S)
             : NoSlot;
}

SlotId Transfer::placeOf(const Expr *E, const State &S) {
  E = withoutUpcasts(E);
  if (const auto *Name = dyn_cast<DeclRefExpr>(E))
    return placeOfName(*Name, S);
  if (const auto *Member = dyn_cast<MemberExpr>(E))
    return placeOfMember(*Member, S);
  if (const auto *Element = dyn_cast<ArraySubscriptExpr>(E)) {
    SlotId Array = arrayOf(*Element, S);
    Value Index = valueOf(Element->getIdx(), S);
    bool Known = Index && Index->Is == ValueData::Kind::Int &&
                 isSingle(Index->Ints) && Array != NoSlot;
    return Known ? Tracked.ofElement(Array, Index->Ints.front().Lo) : NoSlot;
  }
  if (const auto *Op = dyn_cast<UnaryOperator>(E)) {
    if (Op->getOpcode() == UO_Deref)
      return pointeeOf(Op->getSubExpr(), S);
    if (Op->isPrefix() && Op->isIncrementDecrementOp())
      return placeOf(Op->getSubExpr(), S);
    return NoSlot;
  }
  const auto *Op = dyn_cast<BinaryOperator>(E);
  if (!Op || !E->isGLValue())
    return NoSlot;
  if (Op->getOpcode() == BO_Comma)
    return placeOf(Op->getRHS(), S);
  return Op->isAssignmentOp() ? placeOf(Op->getLHS(), S) : NoSlot;
}

/// Through a cast pointer the type can be another one.
Value Transfer::loadSlot(SlotId Slot, QualType T, State &S) {
  Value V = S.Values[Slot];
  if (!V || V->Is != ValueData::Kind::Int)
    return V;
  std::optional<IntType> Wanted = intType(Context, T);
  return Wanted && *Wanted == V->Type ? V : Varies;
}

/// Any of the elements that the index can name.
Value Transfer::loadElement(const ArraySubscriptExpr &E, State &S) {
  SlotId Array = arrayOf(E, S);
  std::optional<IntType> T = intType(Context, E.getIdx()->getType());
  if (Array == NoSlot || Tracked.partsOf(Array).empty() || !T || T->Width > 64)
    return Varies;
  IntSet Index = setOf(valueOf(E.getIdx(), S), *T);
  IntRange Hull = hull(Index);
  if (Tracked.ofElement(Array, Hull.Lo) == NoSlot ||
      Tracked.ofElement(Array, Hull.Hi) == NoSlot)
    return Varies;
  std::optional<Value> All;
  for (Int128 I = Hull.Lo; I <= Hull.Hi; ++I) {
    if (!contains(Index, I))
      continue;
    Value V = loadSlot(Tracked.ofElement(Array, I), E.getType(), S);
    All = All ? Pool.join(*All, V) : V;
  }
  return All.value_or(Varies);
}

/// Volatile objects have no slot, and neither has what was reached through a
/// volatile glvalue: the type of the place says so.
Value Transfer::load(const Expr *Place, const Expr *Whole, State &S) {
  if (Place->getType().isVolatileQualified())
    return Varies;
  Place = stripTransparent(Place);
  SlotId Slot = placeOf(Place, S);
  if (Tracked.isDisordered(Whole, Slot))
    return Varies;
  if (Slot != NoSlot && Slot != Slots::ThisBase && S.Values[Slot] != Varies)
    return loadSlot(Slot, Whole->getType(), S);
  if (const auto *Choice = dyn_cast<ConditionalOperator>(Place)) {
    Value True = load(Choice->getTrueExpr(), Whole, S);
    return True ? Pool.join(True, load(Choice->getFalseExpr(), Whole, S))
                : Varies;
  }
  const auto *Element = dyn_cast<ArraySubscriptExpr>(Place);
  if (Element && Slot == NoSlot)
    if (Value V = loadElement(*Element, S))
      return V;
  return loadConstant(Place, Whole);
}

/// Constants by declaration, which clang knows.
Value Transfer::loadConstant(const Expr *Place, const Expr *Whole) {
  while (const auto *Element = dyn_cast<ArraySubscriptExpr>(Place)) {
    const auto *Decay =
        dyn_cast<CastExpr>(stripTransparent(Element->getBase()));
    if (!Decay || Decay->getCastKind() != CK_ArrayToPointerDecay)
      return Varies;
    Place = stripTransparent(Decay->getSubExpr());
  }
  const auto *Name = dyn_cast<DeclRefExpr>(Place);
  const auto *V = Name ? dyn_cast<VarDecl>(Name->getDecl()) : nullptr;
  if (V && V->getType().isConstQualified() && V->getAnyInitializer())
    return fold(Whole);
  const auto *Member = dyn_cast<MemberExpr>(Place);
  if (Member && isa<VarDecl>(Member->getMemberDecl()) &&
      Member->getMemberDecl()->getType().isConstQualified() &&
      isa<CXXThisExpr, DeclRefExpr>(Member->getBase()->IgnoreParens()))
    return fold(Whole);
  return Varies;
}

} // namespace stackward::source
