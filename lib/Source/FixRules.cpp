// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Walks over the body of one function for each fix-it that is proposed.
#include "FixRules.h"
#include "clang/AST/DeclFriend.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/CharInfo.h"

using namespace clang;

namespace stackward::source {

bool mayHaveAddressOf(const CXXRecordDecl *RD, ASTContext &Ctx) {
  DeclarationName Name = Ctx.DeclarationNames.getCXXOperatorName(OO_Amp);
  for (const DeclContext *C = RD; C; C = C->getParent())
    for (const NamedDecl *D : C->lookup(Name)) {
      const FunctionDecl *F = D->getAsFunction();
      bool Method = isa_and_nonnull<CXXMethodDecl>(F);
      if (!F || F->getNumParams() == (Method ? 0 : 1))
        return true;
    }
  for (const FriendDecl *F : RD->friends())
    if (F->getFriendDecl() && F->getFriendDecl()->getDeclName() == Name)
      return true;
  return llvm::any_of(RD->bases(), [&](const CXXBaseSpecifier &B) {
    const CXXRecordDecl *Base = B.getType()->getAsCXXRecordDecl();
    return !Base || mayHaveAddressOf(Base, Ctx);
  });
}

bool isFriendly(const CXXRecordDecl *RD) {
  const CXXDestructorDecl *Destructor = RD->getDestructor();
  if (Destructor && Destructor->getAccess() != AS_public)
    return true;
  return llvm::any_of(RD->friends(), [](const FriendDecl *F) {
    const NamedDecl *D = F->getFriendDecl();
    return D && D->getIdentifier() && D->getName() == "make_unique";
  });
}

bool containsWord(llvm::StringRef Text, llvm::StringRef Word) {
  for (size_t At = Text.find(Word); At != llvm::StringRef::npos;
       At = Text.find(Word, At + 1)) {
    llvm::StringRef Before = Text.take_front(At);
    llvm::StringRef After = Text.drop_front(At + Word.size());
    if ((Before.empty() || !isAsciiIdentifierContinue(Before.back())) &&
        (After.empty() || !isAsciiIdentifierContinue(After.front())))
      return true;
  }
  return false;
}

bool hasCleanup(const Decl *D, const ASTContext &Ctx) {
  const auto *Local = dyn_cast<VarDecl>(D);
  if (!Local || !Local->hasLocalStorage())
    return false;
  // A reference may keep a temporary alive.
  return Local->getType()->isReferenceType()
             ? isa_and_nonnull<ExprWithCleanups>(Local->getInit())
             : Local->needsDestruction(Ctx) != QualType::DK_none;
}

bool hasJump(const Stmt *S) {
  if (!S)
    return false;
  if (isa<ReturnStmt, GotoStmt, IndirectGotoStmt, BreakStmt, ContinueStmt,
          CoreturnStmt>(S))
    return true;
  return llvm::any_of(S->children(), hasJump);
}

static bool names(const Expr *E, const VarDecl *V) {
  const auto *Ref = dyn_cast<DeclRefExpr>(E->IgnoreParens());
  return Ref && Ref->getDecl() == V &&
         !Ref->refersToEnclosingVariableOrCapture();
}

bool isExposed(const Stmt *S, const VarDecl *V) {
  if (!S)
    return false;
  if (const auto *E = dyn_cast<Expr>(S); E && names(E, V))
    return true;
  if (const auto *L = dyn_cast<LambdaExpr>(S))
    for (const LambdaCapture &C : L->captures())
      if (C.capturesVariable() && C.getCapturedVar() == V)
        return true;
  const Expr *Direct = nullptr; // is read or written, and no more
  if (const auto *Cast = dyn_cast<ImplicitCastExpr>(S);
      Cast && Cast->getCastKind() == CK_LValueToRValue)
    Direct = Cast->getSubExpr();
  // An assignment as a statement; `(X = 1)` is an lvalue, and may be bound.
  if (const auto *C = dyn_cast<CompoundStmt>(S)) {
    for (const Stmt *Child : C->body()) {
      const auto *F = dyn_cast<FullExpr>(Child);
      const auto *Op = dyn_cast<BinaryOperator>(F ? F->getSubExpr() : Child);
      bool Plain = Op && Op->isAssignmentOp() && names(Op->getLHS(), V);
      if (isExposed(Plain ? Op->getRHS() : Child, V))
        return true;
    }
    return false;
  }
  if (Direct && names(Direct, V))
    return false;
  return llvm::any_of(S->children(),
                      [&](const Stmt *Child) { return isExposed(Child, V); });
}

namespace {

class Finder : public ConstDynamicRecursiveASTVisitor {
public:
  Finder(const NamesOfVariable &Known, const VarDecl *V, llvm::StringRef Taken)
      : Known(Known), V(V), Taken(Taken) {}

  bool VisitDeclRefExpr(const DeclRefExpr *Ref) override {
    const ValueDecl *D = Ref->getDecl();
    return (D != V || Known.contains(Ref)) && !isTaken(D);
  }
  bool VisitMemberExpr(const MemberExpr *M) override {
    return !isTaken(M->getMemberDecl());
  }
  bool VisitVarDecl(const VarDecl *D) override {
    const auto *Auto = D->getType()->getContainedAutoType();
    return !Auto || !Auto->isDecltypeAuto();
  }

private:
  bool isTaken(const NamedDecl *D) const {
    return !Taken.empty() && D->getIdentifier() && D->getName() == Taken;
  }

  const NamesOfVariable &Known;
  const VarDecl *V;
  llvm::StringRef Taken;
};

} // namespace

bool isNamedOnlyIn(const NamesOfVariable &Known, const Stmt *Body,
                   const VarDecl *V, llvm::StringRef Taken) {
  return Finder(Known, V, Taken).TraverseStmt(Body);
}

bool givesOutPointee(const Stmt *S, const VarDecl *V) {
  const Expr *Operand = nullptr;
  if (const auto *R = dyn_cast<ReturnStmt>(S))
    Operand = R->getRetValue();
  else if (const auto *T = dyn_cast<CXXThrowExpr>(S))
    Operand = T->getSubExpr();
  if (!Operand)
    return false;
  Operand = Operand->IgnoreUnlessSpelledInSource()->IgnoreParens();
  const auto *Star = dyn_cast<CXXOperatorCallExpr>(Operand);
  return Star && Star->getOperator() == OO_Star &&
         names(Star->getArg(0)->IgnoreImpCasts(), V);
}

} // namespace stackward::source
