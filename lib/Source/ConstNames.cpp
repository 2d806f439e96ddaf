// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds the plain uses, from the parents that load and assign.
#include "ConstNames.h"
#include "ConstState.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
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

/// What E assigns and then denotes; null if E is no such expression.
static const Expr *targetOf(const Expr *E) {
  if (!E->isGLValue())
    return nullptr;
  if (const auto *Op = dyn_cast<BinaryOperator>(E))
    return Op->isAssignmentOp() ? Op->getLHS() : nullptr;
  if (const auto *Op = dyn_cast<UnaryOperator>(E))
    return Op->isIncrementDecrementOp() ? Op->getSubExpr() : nullptr;
  const auto *Call = dyn_cast<CXXOperatorCallExpr>(E);
  return Call && isPlainCopy(*Call) ? Call->getArg(0) : nullptr;
}

static const Expr *wholePlace(const Expr *E) {
  E = stripTransparent(E);
  while (const Expr *Whole = wholeOf(E))
    E = stripTransparent(Whole);
  return E;
}

PlaceRoot rootOf(const Expr *E) {
  E = wholePlace(E);
  if (const Expr *Pointer = pointerOf(E))
    return {loadedName(Pointer), true};
  return {dyn_cast<DeclRefExpr>(E), false};
}

void NameUses::claim(const Expr *Place, Access How) {
  Place = wholePlace(Place);
  if (targetOf(Place))
    Settled.insert(Place);
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

/// The address of what it is given can be in what Call gives back only where
/// the escape analysis sees its body: of the library's functions it has models,
/// which may say so in other ways.
static bool mayLend(const CallExpr &Call) {
  const auto *Op = dyn_cast<CXXOperatorCallExpr>(&Call);
  if (Op && isPlainCopy(*Op))
    return false;
  QualType Result = Call.getType();
  if (!Call.isGLValue() && (Result->isArithmeticType() ||
                            Result->isEnumeralType() || Result->isVoidType()))
    return true;
  const FunctionDecl *Callee = Call.getDirectCallee();
  const FunctionDecl *Body = Callee ? Callee->getDefinition() : nullptr;
  return Body && Body->getBody() && !Body->getBuiltinID() &&
         !Body->getASTContext().getSourceManager().isInSystemHeader(
             Body->getLocation());
}

void NameUses::lend(const CallExpr &Call) {
  if (!mayLend(Call))
    return;
  auto Give = [&](const Expr *Place, unsigned Param) {
    PlaceRoot Root = Place ? rootOf(Place) : PlaceRoot();
    if (Root.Name && !Root.IsPointee &&
        !Root.Name->refersToEnclosingVariableOrCapture())
      Loans[Root.Name] = {&Call, Param};
  };
  for (unsigned I = 0; I < Call.getNumArgs(); ++I)
    Give(lentPlace(Call.getArg(I)), paramOf(Call, I));
  const auto *Member = dyn_cast<MemberExpr>(Call.getCallee()->IgnoreParens());
  if (Member && !Member->isArrow())
    Give(Member->getBase(), Loan::NoParam);
}

std::optional<Loan> NameUses::loanOf(const DeclRefExpr *Name) const {
  auto It = Loans.find(Name);
  return It == Loans.end() ? std::nullopt : std::optional(It->second);
}

/// Statements that throw away what their parts denote.
void NameUses::claimDiscarded(const Stmt &Parent) {
  if (!isa<CompoundStmt, IfStmt, SwitchStmt, WhileStmt, DoStmt, ForStmt,
           SwitchCase, LabelStmt, AttributedStmt>(Parent))
    return;
  for (const Stmt *Child : Parent.children())
    if (const auto *E = dyn_cast_or_null<Expr>(Child))
      claim(E, Access::Load);
}

/// Something else than a load or an assignment may get at what E has assigned.
void NameUses::expose(const Expr *Assignment) {
  while (const Expr *Target = targetOf(Assignment)) {
    Assignment = wholePlace(Target);
    PlaceRoot Root = rootOf(Assignment);
    Plain.erase(Root.Name);
    Dereferenced.erase(Root.Name);
  }
}

void NameUses::visit(const Stmt &Node) {
  claimDiscarded(Node);
  if (const auto *E = dyn_cast<Expr>(&Node); E && targetOf(E))
    Assignments.push_back(E);
  if (const auto *Call = dyn_cast<CallExpr>(&Node))
    lend(*Call);
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
  for (const Expr *E : Assignments)
    if (!Settled.contains(E))
      expose(E);
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
