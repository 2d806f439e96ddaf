// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds the plain uses, from the parents that load and assign.
#include "ConstNames.h"
#include "ConstState.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;

namespace stackward::source {

/// The name that E loads, for `*p` and `p->f`.
static const DeclRefExpr *loadedName(const Expr *E) {
  const auto *Load = dyn_cast<ImplicitCastExpr>(stripTransparent(E));
  while (Load && Load->getCastKind() == CK_UncheckedDerivedToBase)
    Load = dyn_cast<ImplicitCastExpr>(stripTransparent(Load->getSubExpr()));
  return Load && Load->getCastKind() == CK_LValueToRValue
             ? dyn_cast<DeclRefExpr>(stripTransparent(Load->getSubExpr()))
             : nullptr;
}

/// What the place E is a part of; null when E is no part of another place.
static const Expr *wholeOf(const Expr *E) {
  if (const auto *Member = dyn_cast<MemberExpr>(E)) {
    const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
    return Field && !Field->getType()->isReferenceType() && !Member->isArrow()
               ? Member->getBase()
               : nullptr;
  }
  if (const auto *Element = dyn_cast<ArraySubscriptExpr>(E)) {
    const auto *Decay =
        dyn_cast<ImplicitCastExpr>(stripTransparent(Element->getBase()));
    return Decay && Decay->getCastKind() == CK_ArrayToPointerDecay
               ? Decay->getSubExpr()
               : nullptr;
  }
  if (const auto *Cast = dyn_cast<ImplicitCastExpr>(E)) {
    CastKind Kind = Cast->getCastKind();
    return Cast->isGLValue() &&
                   (Kind == CK_NoOp || Kind == CK_UncheckedDerivedToBase ||
                    Kind == CK_DerivedToBase)
               ? Cast->getSubExpr()
               : nullptr;
  }
  const auto *Op = dyn_cast<BinaryOperator>(E);
  return Op && Op->getOpcode() == BO_Comma && Op->isGLValue() ? Op->getRHS()
                                                              : nullptr;
}

/// The pointer that E goes through, for `*p` and `p->f`; null for others.
static const Expr *pointerOf(const Expr *E) {
  if (const auto *Member = dyn_cast<MemberExpr>(E)) {
    const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
    return Field && !Field->getType()->isReferenceType() && Member->isArrow()
               ? Member->getBase()
               : nullptr;
  }
  const auto *Op = dyn_cast<UnaryOperator>(E);
  return Op && Op->getOpcode() == UO_Deref ? Op->getSubExpr() : nullptr;
}

PlaceRoot rootOf(const Expr *E) {
  E = stripTransparent(E);
  while (const Expr *Whole = wholeOf(E))
    E = stripTransparent(Whole);
  if (const Expr *Pointer = pointerOf(E))
    return {loadedName(Pointer), true};
  return {dyn_cast<DeclRefExpr>(E), false};
}

void NameUses::claim(const Expr *Place, Access How) {
  Place = stripTransparent(Place);
  while (const Expr *Whole = wholeOf(Place))
    Place = stripTransparent(Whole);
  if (const Expr *Pointer = pointerOf(Place)) {
    if (const DeclRefExpr *Name = loadedName(Pointer))
      Dereferenced.insert(Name);
    return;
  }
  if (const auto *Name = dyn_cast<DeclRefExpr>(Place))
    Plain.insert(Name);
  const auto *Choice = dyn_cast<ConditionalOperator>(Place);
  if (!Choice || How == Access::Store)
    return;
  claim(Choice->getTrueExpr(), How);
  claim(Choice->getFalseExpr(), How);
}

/// The variable that a place with nothing to compute is a part of: no pointer
/// and no index, which may change after the alias was made.
static const DeclRefExpr *fixedRoot(const Expr *E) {
  for (;;) {
    if (isa<ArraySubscriptExpr, BinaryOperator>(E))
      return nullptr;
    const Expr *Whole = wholeOf(E);
    if (!Whole)
      return dyn_cast<DeclRefExpr>(E);
    E = stripTransparent(Whole);
  }
}

/// Only what names another variable, of the same type.
void NameUses::declare(const VarDecl *V) {
  // The bindings of `auto &[a, b] = x` use the variable without its name.
  bool Named = V->hasLocalStorage() && !isa<DecompositionDecl>(V);
  const Expr *Place =
      V->getInit() && Named ? stripTransparent(V->getInit()) : nullptr;
  if (!Place || V->getType().isVolatileQualified())
    return;
  if (!V->getType()->isReferenceType()) {
    const auto *Address = dyn_cast<UnaryOperator>(Place);
    if (!V->getType()->isPointerType() || !Address ||
        Address->getOpcode() != UO_AddrOf)
      return;
    Place = stripTransparent(Address->getSubExpr());
  }
  const DeclRefExpr *Root = fixedRoot(Place);
  const auto *Of = Root ? dyn_cast<VarDecl>(Root->getDecl()) : nullptr;
  QualType Denoted = V->getType()->getPointeeType();
  if (!Of || Of == V || !Place->isGLValue() ||
      !V->getASTContext().hasSameUnqualifiedType(Denoted, Place->getType()))
    return;
  Candidates.push_back({V, Place, Root});
}

void NameUses::visit(const Stmt &Node) {
  if (const auto *Name = dyn_cast<DeclRefExpr>(&Node)) {
    if (isa<VarDecl>(Name->getDecl()))
      Names.push_back(Name);
  } else if (const auto *Cast = dyn_cast<CastExpr>(&Node)) {
    // `(void)x` does not even load.
    if (Cast->getCastKind() == CK_LValueToRValue ||
        Cast->getCastKind() == CK_ToVoid)
      claim(Cast->getSubExpr(), Access::Load);
  } else if (const auto *Op = dyn_cast<BinaryOperator>(&Node)) {
    if (Op->isAssignmentOp())
      claim(Op->getLHS(), Access::Store);
    if (Op->getOpcode() == BO_Comma)
      claim(Op->getLHS(), Access::Load);
  } else if (const auto *Op = dyn_cast<UnaryOperator>(&Node)) {
    if (Op->isIncrementDecrementOp())
      claim(Op->getSubExpr(), Access::Store);
  } else if (const auto *Make = dyn_cast<CXXConstructExpr>(&Node)) {
    if (Make->getConstructor()->isTrivial() &&
        Make->getConstructor()->isCopyOrMoveConstructor())
      claim(Make->getArg(0), Access::Load);
  } else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(&Node)) {
    if (isPlainCopy(*Call)) {
      claim(Call->getArg(0), Access::Store);
      claim(Call->getArg(1), Access::Load);
    }
  } else if (const auto *Declares = dyn_cast<DeclStmt>(&Node)) {
    for (const Decl *D : Declares->decls())
      if (const auto *V = dyn_cast<VarDecl>(D))
        declare(V);
  }
}

/// What a later alias is made from may be an earlier one, never the other way
/// round.
void NameUses::resolve() {
  llvm::DenseMap<const VarDecl *, llvm::SmallVector<const DeclRefExpr *, 4>> Of;
  for (const Candidate &C : Candidates)
    Of[C.Variable];
  for (const DeclRefExpr *Name : Names)
    if (auto It = Of.find(cast<VarDecl>(Name->getDecl())); It != Of.end())
      It->second.push_back(Name);
  for (const Candidate &C : llvm::reverse(Candidates)) {
    bool Pointer = C.Variable->getType()->isPointerType();
    auto IsGood = [&](const DeclRefExpr *Name) {
      return (Pointer ? Dereferenced : Plain).contains(Name) &&
             !Name->refersToEnclosingVariableOrCapture();
    };
    if (!llvm::all_of(Of[C.Variable], IsGood))
      continue;
    Aliases[C.Variable] = C.Place;
    Plain.insert(C.Root);
  }
}

} // namespace stackward::source
