// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One look at the whole of a body: its loops, which local pointers can be
/// split by definition, which object each class prvalue initializes.
#include "Builder.h"
#include "clang/AST/Attr.h"
#include "clang/AST/RecordLayout.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace stackward::source {

bool BodyFacts::inside(unsigned A, unsigned B) const {
  for (; A != B; A = Loops[A].Parent)
    if (A == 0)
      return false;
  return true;
}

void BodyFacts::scan(const Stmt *Body, const ASTContext &Ctx) {
  Context = &Ctx;
  if (Body)
    visit(Body, nullptr, 0);
}

/// Follows E to the expressions that make the object.
void BodyFacts::aim(const Expr *E, Aim A, const ASTContext &Ctx) {
  while (E && E->isPRValue() && E->getType()->isRecordType()) {
    Aims.try_emplace(E, A);
    if (const auto *List = dyn_cast<InitListExpr>(E))
      if (List->isTransparent()) {
        E = List->getInit(0);
        continue;
      }
    if (const auto *C = dyn_cast<AbstractConditionalOperator>(E)) {
      aim(C->getTrueExpr(), A, Ctx);
      E = C->getFalseExpr();
    } else if (const auto *W = dyn_cast<FullExpr>(E)) {
      E = W->getSubExpr();
    } else if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E)) {
      E = B->getSubExpr();
    } else if (const auto *P = dyn_cast<ParenExpr>(E)) {
      E = P->getSubExpr();
    } else if (const auto *C = dyn_cast<CastExpr>(E)) {
      E = C->getSubExpr();
    } else if (const auto *D = dyn_cast<CXXDefaultArgExpr>(E)) {
      E = D->getExpr();
    } else if (const auto *D = dyn_cast<CXXDefaultInitExpr>(E)) {
      E = D->getExpr();
    } else if (const auto *B = dyn_cast<BinaryOperator>(E);
               B && B->getOpcode() == BO_Comma) {
      E = B->getRHS();
    } else if (const auto *C = dyn_cast<CXXConstructExpr>(E);
               C && C->isElidable() && C->getNumArgs() >= 1) {
      // Before C++17 a copy stands between the two; it is not made.
      E = C->getArg(0);
      if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
        E = M->getSubExpr();
    } else {
      return;
    }
  }
}

void BodyFacts::visitLoop(const Stmt *S, unsigned Loop) {
  Loops.push_back({Loop, S});
  unsigned Inner = Loops.size() - 1;
  if (const auto *F = dyn_cast<ForStmt>(S)) {
    // The first part runs once.
    if (F->getInit())
      visit(F->getInit(), S, Loop);
    for (const Stmt *Part :
         {static_cast<const Stmt *>(F->getConditionVariableDeclStmt()),
          static_cast<const Stmt *>(F->getCond()),
          static_cast<const Stmt *>(F->getInc()), F->getBody()})
      if (Part)
        visit(Part, S, Inner);
    return;
  }
  if (const auto *F = dyn_cast<CXXForRangeStmt>(S)) {
    for (const Stmt *Part :
         {F->getInit(), static_cast<const Stmt *>(F->getRangeStmt()),
          static_cast<const Stmt *>(F->getBeginStmt()),
          static_cast<const Stmt *>(F->getEndStmt())})
      if (Part)
        visit(Part, S, Loop);
    for (const Stmt *Part :
         {static_cast<const Stmt *>(F->getCond()),
          static_cast<const Stmt *>(F->getInc()),
          static_cast<const Stmt *>(F->getLoopVarStmt()), F->getBody()})
      if (Part)
        visit(Part, S, Inner);
    return;
  }
  for (const Stmt *Child : S->children())
    if (Child)
      visit(Child, S, Inner);
}

void BodyFacts::change(const VarDecl *V) {
  Changed.insert(V);
  ++Changes[V];
}

/// A name used as anything but the operand of a read or the target of a
/// plain assignment has its address taken (bound to a reference, `&`, ...).
void BodyFacts::visitUse(const DeclRefExpr *Ref, const Stmt *Parent) {
  const auto *V = dyn_cast<VarDecl>(Ref->getDecl());
  if (!V)
    return;
  if (Regions && Ref->refersToEnclosingVariableOrCapture()) {
    Shared.push_back({Ref, V});
    Untracked.insert(V);
    change(V);
    return;
  }
  if (const auto *C = dyn_cast_or_null<ImplicitCastExpr>(Parent)) {
    if (C->getCastKind() == CK_LValueToRValue)
      return;
    // Seen as const, a class object is not changed (its address is taken, but
    // objects of class type are never split by definition).
    if (C->getType()->isRecordType() && C->getType().isConstQualified())
      return;
  }
  if (const auto *B = dyn_cast_or_null<BinaryOperator>(Parent))
    if (B->isAssignmentOp() && B->getLHS()->IgnoreParens() == Ref) {
      change(V);
      // Anything in the block may throw; which version a handler sees is not
      // known: { q = p; T x; q = nullptr; } catch (...) { g = q; }
      if (TryOfVar.lookup(V) != Try)
        Untracked.insert(V);
      return;
    }
  if (const auto *Un = dyn_cast_or_null<UnaryOperator>(Parent))
    if (Un->isIncrementDecrementOp()) {
      change(V);
      if (TryOfVar.lookup(V) != Try)
        Untracked.insert(V);
      return;
    }
  Untracked.insert(V);
  change(V);
}

static const Expr *conditionOf(const Stmt *S) {
  if (const auto *If = dyn_cast<IfStmt>(S))
    return If->getCond();
  if (const auto *Switch = dyn_cast<SwitchStmt>(S))
    return Switch->getCond();
  const auto *Choice = dyn_cast<AbstractConditionalOperator>(S);
  return Choice ? Choice->getCond() : nullptr;
}

/// setjmp and the like: what follows may run again.
static bool returnsTwice(const Stmt *S) {
  const auto *Call = dyn_cast<CallExpr>(S);
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  if (!F || !F->getIdentifier())
    return false;
  return F->hasAttr<ReturnsTwiceAttr>() || F->getName().ends_with("setjmp") ||
         F->getName() == "getcontext" || F->getName() == "vfork";
}

/// Only numbers in it, and none that comes from elsewhere: constant
/// propagation is asked for no other function.
bool BodyFacts::mayBeConstant(const Expr *Condition) const {
  llvm::SmallVector<const Stmt *, 8> Work{Condition};
  while (!Work.empty()) {
    const auto *E = dyn_cast_or_null<Expr>(Work.pop_back_val());
    if (!E || isa<CallExpr, MemberExpr, ArraySubscriptExpr>(E) ||
        E->getType()->isRecordType() || E->getType()->isPointerType())
      return false;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      const auto *V = dyn_cast<VarDecl>(Ref->getDecl());
      if (V && (isa<ParmVarDecl>(V) || !V->hasLocalStorage()) &&
          !V->getType().isConstQualified())
        return false;
    }
    for (const Stmt *Child : E->children())
      Work.push_back(Child);
  }
  return true;
}

void BodyFacts::visit(const Stmt *S, const Stmt *Parent, unsigned Loop) {
  // Only a jump back makes a loop that statements do not show.
  if (const auto *G = dyn_cast<GotoStmt>(S))
    HasGoto |= !Context->getSourceManager().isBeforeInTranslationUnit(
        G->getGotoLoc(), G->getLabel()->getLocation());
  if (isa<IndirectGotoStmt>(S) || returnsTwice(S))
    HasGoto = true;
  if (Regions && isa<CXXThisExpr>(S))
    Shared.push_back({S, nullptr});
  if (const auto *P = dyn_cast<PackIndexingExpr>(S))
    visit(P->getSelectedExpr(), S, Loop);
  if (isa<CoroutineBodyStmt, CoreturnStmt, CoawaitExpr, CoyieldExpr>(S))
    IsCoroutine = true;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
    return visitUse(Ref, Parent);
  LoopOfSite[S] = Loop;
  if (Many)
    ForMany.insert(S);
  const Stmt *OuterRoot = Root;
  if (isa<Expr>(S) && (!Parent || !isa<Expr>(Parent)))
    Root = S;
  RootOf[S] = Root;
  noteConditional(S);
  bool Branch = isa<IfStmt, SwitchStmt, AbstractConditionalOperator>(S);
  if (Branch)
    MayBeDead |= mayBeConstant(conditionOf(S));
  Branches += Branch;
  visitInside(S, Parent, Loop);
  Branches -= Branch;
  Root = OuterRoot;
}

/// Value goes to an owner that is there already, on some paths only.
void BodyFacts::keepConditional(const Expr *Value) {
  while (Value) {
    Value = Value->IgnoreParens()->IgnoreImplicit();
    if (const auto *Cast = dyn_cast<CXXFunctionalCastExpr>(Value))
      Value = Cast->getSubExpr();
    else if (const auto *Make = dyn_cast<CXXConstructExpr>(Value))
      Value = Make->getNumArgs() ? Make->getArg(0) : nullptr;
    else
      break;
  }
  if (Value && isa<CXXNewExpr, CallExpr>(Value))
    Conditional.insert(Value);
}

/// `if (c) p = new T;`, `if (c) p.reset(new T);`, `p = c ? new T : nullptr`.
void BodyFacts::noteConditional(const Stmt *S) {
  if (const auto *Choice = dyn_cast<AbstractConditionalOperator>(S)) {
    keepConditional(Choice->getTrueExpr());
    keepConditional(Choice->getFalseExpr());
    return;
  }
  const Expr *Owner = nullptr, *Value = nullptr;
  if (const auto *B = dyn_cast<BinaryOperator>(S);
      B && B->getOpcode() == BO_Assign) {
    Owner = B->getLHS();
    Value = B->getRHS();
  } else if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(S);
             Op && Op->getOperator() == OO_Equal && Op->getNumArgs() == 2) {
    Owner = Op->getArg(0);
    Value = Op->getArg(1);
  } else if (const auto *C = dyn_cast<CXXMemberCallExpr>(S);
             C && C->getNumArgs() && C->getMethodDecl() &&
             C->getMethodDecl()->getDeclName().isIdentifier() &&
             C->getMethodDecl()->getName() == "reset") {
    Owner = C->getImplicitObjectArgument();
    Value = C->getArg(0);
  }
  if (!Owner)
    return;
  const auto *Ref = dyn_cast<DeclRefExpr>(Owner->IgnoreParenImpCasts());
  const auto *V = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  if (Branches > (V ? BranchesAtVar.lookup(V) : 0))
    keepConditional(Value);
}

void BodyFacts::visitLambda(const LambdaExpr *L, unsigned Loop) {
  // The body is a function of its own; captures by reference take the
  // address, and the initializers run here.
  for (const LambdaCapture &C : L->captures())
    if (C.capturesVariable() && C.getCaptureKind() == LCK_ByRef)
      if (const auto *V = dyn_cast<VarDecl>(C.getCapturedVar())) {
        Untracked.insert(V);
        change(V);
      }
  for (const Expr *Init : L->capture_inits())
    if (Init)
      visit(Init, L, Loop);
}

void BodyFacts::visitAssignment(const BinaryOperator *B, const Stmt *Parent) {
  const Expr *Left = B->getLHS()->IgnoreParens();
  if (B->getOpcode() == BO_Assign)
    if (const auto *M = dyn_cast<MemberExpr>(Left))
      Written.insert(M);
  // The value of `p = q` or `++p` used as an lvalue is the variable itself.
  if (!B->isAssignmentOp() || !Parent || !isa<Expr>(Parent) ||
      isa<ImplicitCastExpr, FullExpr>(Parent))
    return;
  const auto *Outer = dyn_cast<BinaryOperator>(Parent);
  if (Outer && Outer->getOpcode() == BO_Comma)
    return;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Left))
    if (const auto *V = dyn_cast<VarDecl>(Ref->getDecl()))
      Untracked.insert(V);
}

void BodyFacts::visitDeclarations(const DeclStmt *D, unsigned Loop) {
  for (const Decl *One : D->decls()) {
    const auto *V = dyn_cast<VarDecl>(One);
    if (!V)
      continue;
    LoopOfVar[V] = Loop;
    TryOfVar[V] = Try;
    BranchesAtVar[V] = Branches;
    if (V->getInit() && !V->hasGlobalStorage())
      aim(V->getInit(), {Aim::Variable, V}, *Context);
    if (V->getInit()) // `T &r = p;` takes p's address.
      visit(V->getInit(), D, Loop);
    if (const auto *DD = dyn_cast<DecompositionDecl>(V))
      for (const BindingDecl *Binding : DD->bindings())
        if (const VarDecl *Holding = Binding->getHoldingVar())
          LoopOfVar[Holding] = Loop;
  }
}

void BodyFacts::visitRegion(const OMPExecutableDirective *D, unsigned Loop) {
  if (!D->hasAssociatedStmt())
    return;
  ++Regions;
  visit(D->getAssociatedStmt(), D, Loop);
  --Regions;
}

void BodyFacts::visitTry(const CXXTryStmt *T, unsigned Loop) {
  unsigned Outer = Try;
  Try = ++Tries;
  visit(T->getTryBlock(), T, Loop);
  Try = Outer;
  for (unsigned I = 0; I < T->getNumHandlers(); ++I)
    visit(T->getHandler(I), T, Loop);
}

void BodyFacts::aimMembers(const InitListExpr *List) {
  const RecordDecl *RD = List->getType()->getAsRecordDecl();
  if (!RD || RD->isUnion())
    return;
  const ASTRecordLayout &Layout = Context->getASTRecordLayout(RD);
  unsigned I = 0;
  auto Next = [&](CharUnits At) {
    aim(List->getInit(I++),
        {Aim::Part, List, static_cast<Offset>(At.getQuantity())}, *Context);
  };
  if (const auto *CRD = dyn_cast<CXXRecordDecl>(RD))
    for (const CXXBaseSpecifier &B : CRD->bases())
      if (I < List->getNumInits())
        Next(Layout.getBaseClassOffset(B.getType()->getAsCXXRecordDecl()));
  for (const FieldDecl *F : RD->fields())
    if (!F->isUnnamedBitField() && I < List->getNumInits())
      Next(Context->toCharUnitsFromBits(
          Layout.getFieldOffset(F->getFieldIndex())));
}

void BodyFacts::aimParts(const Stmt *S) {
  if (const auto *R = dyn_cast<ReturnStmt>(S); R && R->getRetValue())
    aim(R->getRetValue(), {Aim::Return, R}, *Context);
  if (const auto *N = dyn_cast<CXXNewExpr>(S); N && N->hasInitializer()) {
    if (N->isArray())
      Aims.try_emplace(N->getInitializer(), Aim{Aim::Heap, N, AnyOffset});
    else
      aim(N->getInitializer(), {Aim::Heap, N}, *Context);
  }
  const auto *List = dyn_cast<InitListExpr>(S);
  if (!List)
    return;
  if (List->getType()->isArrayType())
    for (const Expr *Init : List->inits())
      aim(Init, {Aim::Part, List, AnyOffset}, *Context);
  else if (List->getType()->isRecordType() && !List->isTransparent())
    aimMembers(List);
}

void BodyFacts::visitForMany(const Expr *E, const Stmt *Parent, unsigned Loop) {
  ++Many;
  visit(E, Parent, Loop);
  --Many;
}

/// Containers take numbers by `const T &` and only read them.
void BodyFacts::visitCall(const CXXMemberCallExpr *C, unsigned Loop) {
  const CXXMethodDecl *MD = C->getMethodDecl();
  bool Reads = MD && libraryClass(MD->getParent()) == LibraryClass::Container;
  for (const Stmt *Child : C->children()) {
    const auto *Cast = dyn_cast_or_null<ImplicitCastExpr>(Child);
    bool Number = Reads && Cast && Cast->getCastKind() == CK_NoOp &&
                  Cast->getType()->isArithmeticType() &&
                  Cast->getType().isConstQualified() &&
                  isa<DeclRefExpr>(Cast->getSubExpr());
    if (Child && !Number)
      visit(Child, C, Loop);
  }
}

void BodyFacts::visitInside(const Stmt *S, const Stmt *Parent, unsigned Loop) {
  if (const auto *P = dyn_cast<ParenExpr>(S))
    return visit(P->getSubExpr(), Parent, Loop);
  if (const auto *L = dyn_cast<LambdaExpr>(S))
    return visitLambda(L, Loop);
  if (const auto *D = dyn_cast<DeclStmt>(S))
    return visitDeclarations(D, Loop);
  if (const auto *B = dyn_cast<BinaryOperator>(S))
    visitAssignment(B, Parent);
  aimParts(S);
  if (isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(S))
    return visitLoop(S, Loop);
  if (const auto *T = dyn_cast<CXXTryStmt>(S))
    return visitTry(T, Loop);
  if (const auto *D = dyn_cast<OMPExecutableDirective>(S))
    return visitRegion(D, Loop);
  if (const auto *C = dyn_cast<CapturedStmt>(S))
    return visit(C->getCapturedStmt(), S, Loop);
  if (const auto *C = dyn_cast<CXXMemberCallExpr>(S))
    return visitCall(C, Loop);
  for (const Stmt *Child : S->children())
    if (Child)
      visit(Child, S, Loop);
  if (const auto *D = dyn_cast<CXXDefaultArgExpr>(S))
    visit(D->getExpr(), S, Loop);
  if (const auto *D = dyn_cast<CXXDefaultInitExpr>(S); D && D->getExpr()) {
    if (Parent)
      visitForMany(D->getExpr(), S, Loop);
    else // a constructor's own: once for each object
      visit(D->getExpr(), S, Loop);
  }
  if (const auto *List = dyn_cast<InitListExpr>(S);
      List && List->hasArrayFiller())
    visitForMany(List->getArrayFiller(), S, Loop);
}

} // namespace stackward::source
