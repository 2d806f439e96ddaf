// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Decides what may hold, when a site runs, a pointer from an earlier run of
/// the same site: then one stack slot is not enough.
///
///   for (...) { S *cur = new S;  use(cur, prev);  prev = cur; }   // survives
///   for (...) { S *cur = new S;  use(cur);  delete cur; }         // does not
///
/// L1  A tracked pointer survives when it is live after the site; the version
///     that survives is the one that reaches the site.
/// L2  Any other local survives unless it is declared inside the innermost
///     loop around the site: then it dies before the site runs again.
/// L3  With `goto` the loops that statements show are not all loops there
///     are: everything survives.
/// L4  What a full-expression reads lives as long as it does.
/// L5  Temporaries die with their full-expression, and a site runs at most
///     once in it, so they never survive; a temporary whose life a reference
///     extends is registered with that reference's loop.
///
/// After LDC's "used after re-allocation" rule and Swift's StackPromotion.
#include "Builder.h"
#include "clang/AST/RecordLayout.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/BitVector.h"

using namespace clang;

namespace stackward::source {

//===-- one look at the whole body ------------------------------------------//

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
  Loops.push_back({Loop});
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

void BodyFacts::change(const Expr *E) {
  E = E->IgnoreParenImpCasts();
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    if (const auto *V = dyn_cast<VarDecl>(Ref->getDecl()))
      Changed.insert(V);
}

/// A name used as anything but the operand of a read or the target of a
/// plain assignment has its address taken (bound to a reference, `&`, ...).
void BodyFacts::visitUse(const DeclRefExpr *Ref, const Stmt *Parent) {
  const auto *V = dyn_cast<VarDecl>(Ref->getDecl());
  if (!V)
    return;
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
      Changed.insert(V);
      // Anything in the block may throw; which version a handler sees is not
      // known: { q = p; T x; q = nullptr; } catch (...) { g = q; }
      if (TryOfVar.lookup(V) != Try)
        Untracked.insert(V);
      return;
    }
  if (const auto *Un = dyn_cast_or_null<UnaryOperator>(Parent))
    if (Un->isIncrementDecrementOp()) {
      Changed.insert(V);
      if (TryOfVar.lookup(V) != Try)
        Untracked.insert(V);
      return;
    }
  Untracked.insert(V);
  Changed.insert(V);
}

void BodyFacts::visit(const Stmt *S, const Stmt *Parent, unsigned Loop) {
  // Only a jump back makes a loop that statements do not show.
  if (const auto *G = dyn_cast<GotoStmt>(S))
    HasGoto |= !Context->getSourceManager().isBeforeInTranslationUnit(
        G->getGotoLoc(), G->getLabel()->getLocation());
  if (isa<IndirectGotoStmt>(S))
    HasGoto = true;
  if (const auto *P = dyn_cast<PackIndexingExpr>(S))
    visit(P->getSelectedExpr(), S, Loop);
  if (isa<CoroutineBodyStmt, CoreturnStmt, CoawaitExpr, CoyieldExpr>(S))
    IsCoroutine = true;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
    return visitUse(Ref, Parent);
  LoopOfSite[S] = Loop;
  const Stmt *OuterRoot = Root;
  if (isa<Expr>(S) && (!Parent || !isa<Expr>(Parent)))
    Root = S;
  RootOf[S] = Root;
  if (Branches && isa<CXXNewExpr, CallExpr>(S))
    Conditional.insert(S);
  bool Branch = isa<IfStmt, SwitchStmt, AbstractConditionalOperator>(S);
  Branches += Branch;
  visitInside(S, Parent, Loop);
  Branches -= Branch;
  Root = OuterRoot;
}

void BodyFacts::visitInside(const Stmt *S, const Stmt *Parent, unsigned Loop) {
  if (const auto *P = dyn_cast<ParenExpr>(S))
    return visit(P->getSubExpr(), Parent, Loop);
  if (const auto *L = dyn_cast<LambdaExpr>(S)) {
    // The body is a function of its own; captures by reference take the
    // address, and the initializers run here.
    for (const LambdaCapture &C : L->captures())
      if (C.capturesVariable() && C.getCaptureKind() == LCK_ByRef)
        if (const auto *V = dyn_cast<VarDecl>(C.getCapturedVar())) {
          Untracked.insert(V);
          Changed.insert(V);
        }
    for (const Expr *Init : L->capture_inits())
      if (Init)
        visit(Init, S, Loop);
    return;
  }
  // The value of `p = q` or `++p` used as an lvalue is the variable itself.
  if (const auto *B = dyn_cast<BinaryOperator>(S);
      B && B->isAssignmentOp() && Parent && isa<Expr>(Parent) &&
      !isa<ImplicitCastExpr, FullExpr>(Parent))
    if (const auto *Ref = dyn_cast<DeclRefExpr>(B->getLHS()->IgnoreParens()))
      if (const auto *V = dyn_cast<VarDecl>(Ref->getDecl());
          V && !(isa<BinaryOperator>(Parent) &&
                 cast<BinaryOperator>(Parent)->getOpcode() == BO_Comma))
        Untracked.insert(V);
  if (const auto *B = dyn_cast<BinaryOperator>(S);
      B && B->getOpcode() == BO_Assign)
    if (const auto *M = dyn_cast<MemberExpr>(B->getLHS()->IgnoreParens()))
      Written.insert(M);
  if (const auto *D = dyn_cast<DeclStmt>(S)) {
    for (const Decl *One : D->decls()) {
      const auto *V = dyn_cast<VarDecl>(One);
      if (!V)
        continue;
      LoopOfVar[V] = Loop;
      TryOfVar[V] = Try;
      if (V->getInit() && !V->hasGlobalStorage()) {
        aim(V->getInit(), {Aim::Variable, V}, *Context);
        // `T &r = p;` takes p's address.
        visit(V->getInit(), S, Loop);
      } else if (V->getInit()) {
        visit(V->getInit(), S, Loop);
      }
      if (const auto *DD = dyn_cast<DecompositionDecl>(V))
        for (const BindingDecl *Binding : DD->bindings())
          if (const VarDecl *Holding = Binding->getHoldingVar())
            LoopOfVar[Holding] = Loop;
    }
    return;
  }
  if (const auto *R = dyn_cast<ReturnStmt>(S); R && R->getRetValue())
    aim(R->getRetValue(), {Aim::Return, R}, *Context);
  if (const auto *N = dyn_cast<CXXNewExpr>(S); N && N->hasInitializer()) {
    if (N->isArray())
      Aims.try_emplace(N->getInitializer(), Aim{Aim::Heap, N, AnyOffset});
    else
      aim(N->getInitializer(), {Aim::Heap, N}, *Context);
  }
  if (const auto *List = dyn_cast<InitListExpr>(S);
      List && List->getType()->isArrayType())
    for (const Expr *Init : List->inits())
      aim(Init, {Aim::Part, List, AnyOffset}, *Context);
  if (const auto *List = dyn_cast<InitListExpr>(S);
      List && List->getType()->isRecordType() && !List->isTransparent())
    if (const RecordDecl *RD = List->getType()->getAsRecordDecl();
        RD && !RD->isUnion()) {
      const ASTRecordLayout &Layout = Context->getASTRecordLayout(RD);
      unsigned I = 0;
      if (const auto *CRD = dyn_cast<CXXRecordDecl>(RD))
        for (const CXXBaseSpecifier &B : CRD->bases())
          if (I < List->getNumInits())
            aim(List->getInit(I++),
                {Aim::Part, List,
                 static_cast<Offset>(
                     Layout
                         .getBaseClassOffset(B.getType()->getAsCXXRecordDecl())
                         .getQuantity())},
                *Context);
      for (const FieldDecl *F : RD->fields())
        if (!F->isUnnamedBitField() && I < List->getNumInits())
          aim(List->getInit(I++),
              {Aim::Part, List,
               static_cast<Offset>(Layout.getFieldOffset(F->getFieldIndex()) /
                                   8)},
              *Context);
    }
  if (isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(S))
    return visitLoop(S, Loop);
  if (const auto *T = dyn_cast<CXXTryStmt>(S)) {
    unsigned Outer = Try;
    Try = ++Tries;
    visit(T->getTryBlock(), S, Loop);
    Try = Outer;
    for (unsigned I = 0; I < T->getNumHandlers(); ++I)
      visit(T->getHandler(I), S, Loop);
    return;
  }
  for (const Stmt *Child : S->children())
    if (Child)
      visit(Child, S, Loop);
  if (const auto *D = dyn_cast<CXXDefaultArgExpr>(S))
    visit(D->getExpr(), S, Loop);
  if (const auto *D = dyn_cast<CXXDefaultInitExpr>(S); D && D->getExpr())
    visit(D->getExpr(), S, Loop);
}

//===-- survivors -----------------------------------------------------------//

class LoopRule {
public:
  explicit LoopRule(FunctionBuilder &F) : F(F) {}
  void run();

private:
  using Event = FunctionBuilder::Event;
  void computeLiveness();
  escape::Repetition repetition(uint32_t PlaceIndex);
  void addVersions(uint32_t PlaceIndex, escape::Repetition &R);

  FunctionBuilder &F;
  llvm::DenseMap<const VarDecl *, unsigned> Index;
  std::vector<const VarDecl *> Vars;
  std::vector<llvm::BitVector> LiveOut;
};

/// Classic backward liveness over the events of the tracked variables.
void LoopRule::computeLiveness() {
  for (const auto &List : F.Events)
    for (const Event &E : List)
      if (E.What != Event::Site && Index.try_emplace(E.Var, Vars.size()).second)
        Vars.push_back(E.Var);
  size_t Blocks = F.Events.size();
  LiveOut.assign(Blocks, llvm::BitVector(Vars.size()));
  std::vector<llvm::BitVector> LiveIn(Blocks, llvm::BitVector(Vars.size()));
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (size_t B = 0; B < Blocks; ++B) {
      if (!F.BlockById[B])
        continue;
      llvm::BitVector Live(Vars.size());
      for (const CFGBlock::AdjacentBlock &Next : F.BlockById[B]->succs()) {
        const CFGBlock *To = Next.getReachableBlock()
                                 ? Next.getReachableBlock()
                                 : Next.getPossiblyUnreachableBlock();
        if (To)
          Live |= LiveIn[To->getBlockID()];
      }
      LiveOut[B] = Live;
      for (const Event &E : llvm::reverse(F.Events[B])) {
        if (E.What == Event::Read)
          Live.set(Index[E.Var]);
        if (E.What == Event::Write)
          Live.reset(Index[E.Var]);
      }
      if (Live != LiveIn[B]) {
        LiveIn[B] = Live;
        Changed = true;
      }
    }
  }
}

void LoopRule::addVersions(uint32_t PlaceIndex, escape::Repetition &R) {
  unsigned B = F.Places[PlaceIndex].Block;
  const auto &List = F.Events[B];
  llvm::BitVector Live = LiveOut[B];
  size_t Position = List.size();
  while (Position > 0) {
    const Event &E = List[Position - 1];
    if (E.What == Event::Site && E.Id == PlaceIndex)
      break;
    if (E.What == Event::Read)
      Live.set(Index[E.Var]);
    if (E.What == Event::Write)
      Live.reset(Index[E.Var]);
    --Position;
  }
  // What the same full-expression has read or will read is alive in it:
  //   Head = cons(Head);   Best = pick(Best, new T);
  const Stmt *Root = F.Facts.RootOf.lookup(F.Places[PlaceIndex].At);
  for (const auto &Reads : F.Events)
    for (const Event &E : Reads)
      if (E.What == Event::Read && Root && E.Root == Root && E.Id != NoNode)
        R.SurvivingNodes.push_back(E.Id);
  for (unsigned I : Live.set_bits()) {
    const VarDecl *V = Vars[I];
    NodeId Version = NoNode;
    bool Found = false;
    for (size_t P = Position; P-- > 0 && !Found;)
      if (List[P].What == Event::Write && List[P].Var == V) {
        Version = List[P].Id;
        Found = true;
      }
    if (!Found) {
      // The version at the block's entry.
      auto It = F.Entry[B].find(V);
      if (It != F.Entry[B].end()) {
        Version = It->second;
      } else {
        Version = F.G.addNode();
        F.Entry[B][V] = Version;
        F.Phis.push_back({V, B, Version});
      }
    }
    if (Version != NoNode)
      R.SurvivingNodes.push_back(Version);
  }
}

escape::Repetition LoopRule::repetition(uint32_t PlaceIndex) {
  const FunctionBuilder::Place &P = F.Places[PlaceIndex];
  escape::Repetition R;
  if (F.Facts.HasGoto || P.Shared) {
    R.MayRepeat = R.SurvivorsUnknown = true;
    return R;
  }
  if (P.Loop == 0)
    return R;
  R.MayRepeat = true;
  for (auto [Object, Loop] : F.LocalLoops)
    if (!F.Facts.inside(Loop, P.Loop))
      R.SurvivingObjects.push_back(Object);
  addVersions(PlaceIndex, R);
  return R;
}

void LoopRule::run() {
  bool Any = F.Facts.HasGoto;
  for (const FunctionBuilder::Place &P : F.Places)
    Any |= P.Loop != 0 || P.Shared;
  if (!Any)
    return;
  computeLiveness();
  for (uint32_t I = 0; I < F.Places.size(); ++I) {
    escape::Repetition R = repetition(I);
    const FunctionBuilder::Place &P = F.Places[I];
    if (P.IsCall)
      static_cast<escape::Repetition &>(F.G.calls()[P.Id]) = std::move(R);
    else
      static_cast<escape::Repetition &>(F.G.object(P.Id)) = std::move(R);
  }
  F.finishPhis(); // versions that were asked for here
}

void applyLoopRule(FunctionBuilder &F) { LoopRule(F).run(); }

} // namespace stackward::source
