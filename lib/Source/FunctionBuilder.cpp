// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Lowers one body: its blocks in reverse post-order, its parameters, its
/// implicit destructors.
#include "Builder.h"
#include "ContainerClass.h"
#include "stackward/Source/ConstProp.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/Analyses/PostOrderCFGView.h"

using namespace clang;

namespace stackward::source {

FunctionBuilder::FunctionBuilder(UnitBuilder &U, const FunctionDecl *FD,
                                 escape::Graph &G)
    : U(U), Ctx(U.Ctx), FD(FD), G(G) {}

static CFG::BuildOptions cfgOptions() {
  CFG::BuildOptions Options;
  Options.PruneTriviallyFalseEdges = false;
  Options.AddEHEdges = true;
  Options.AddInitializers = true;
  Options.AddImplicitDtors = true;
  Options.AddTemporaryDtors = true;
  Options.AddCXXNewAllocator = false;
  Options.AddCXXDefaultInitExprInCtors = true;
  Options.AddCXXDefaultInitExprInAggregates = true;
  Options.setAllAlwaysAdd();
  return Options;
}

void FunctionBuilder::build() {
  const Stmt *Body = FD->getBody();
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (Method && Method->isLambdaStaticInvoker())
    return forwardToLambda(Method);
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(FD) &&
      Method->getParent()->isPolymorphic())
    G.setThisType(U.typeSymbol(Method->getParent()));
  Facts.scan(Body, Ctx);
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(FD))
    for (const CXXCtorInitializer *Init : Ctor->inits()) {
      Facts.aim(Init->getInit(), {BodyFacts::Aim::Member, Init}, Ctx);
      Facts.scan(Init->getInit(), Ctx);
    }
  bindParameters();
  if (Facts.IsCoroutine)
    return giveUp(Reason::CoroutineFrame, Body);
  Cfg = CFG::buildCFG(FD, const_cast<Stmt *>(Body), &Ctx, cfgOptions());
  if (!Cfg)
    return giveUp(Reason::Cap, Body);
  if (Facts.MayBeDead)
    Dead = unreachableStatements(*FD);
  lowerBlocks();
  endParameters();
  leakShared();
  finishPhis();
  finishContainers();
  applyLoopRule(*this);
}

void FunctionBuilder::lowerBlocks() {
  unsigned NumBlocks = Cfg->getNumBlockIDs();
  Events.resize(NumBlocks);
  Entry.resize(NumBlocks);
  Exit.resize(NumBlocks);
  BlockById.resize(NumBlocks);
  for (const CFGBlock *B : *Cfg)
    BlockById[B->getBlockID()] = B;
  Block = Cfg->getEntry().getBlockID();
  for (const ParmVarDecl *P : FD->parameters())
    if (isTracked(P))
      writeVariable(P, Variables.lookup(P).Base);

  PostOrderCFGView Order(Cfg.get()); // iterates in reverse post-order
  llvm::BitVector Seen(NumBlocks);
  for (const CFGBlock *B : Order) {
    Seen.set(B->getBlockID());
    if (!isDead(*B))
      lowerBlock(*B);
  }
  // Handlers and code behind edges that the traversal does not follow.
  for (const CFGBlock *B : *Cfg)
    if (!Seen.test(B->getBlockID()) && !isDead(*B))
      lowerBlock(*B);
}

/// A block that constant propagation proves unreachable contributes nothing.
bool FunctionBuilder::isDead(const CFGBlock &B) const {
  return !Dead.empty() && llvm::any_of(B, [&](const CFGElement &E) {
    auto S = E.getAs<CFGStmt>();
    return S && Dead.contains(S->getStmt());
  });
}

/// Other threads run an OpenMP region, or this one does later.
void FunctionBuilder::leakShared() {
  for (auto [Region, V] : Facts.Shared) {
    escape::Note N = note(Region, Why::Captured);
    Addr Held = V ? variable(V, Region) : Addr{This, 0};
    if (!V && This == NoNode)
      continue;
    leak(Held, Reason::Thread, N);
    leakContent(Held, Reason::Thread, N);
  }
}

/// What the body's text does not say happens at its end.
void FunctionBuilder::endParameters() {
  // What defaulted copies do with anonymous unions is not in the tree.
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (Method && Method->isDefaulted() && FD->getNumParams() == 1 &&
      !isa<CXXDestructorDecl>(FD) &&
      llvm::any_of(Method->getParent()->fields(), [](const FieldDecl *F) {
        const RecordDecl *RD = F->getType()->getAsRecordDecl();
        return RD && RD->isUnion();
      }))
    copyAll(Addr{This, 0}, Variables.lookup(FD->getParamDecl(0)),
            note(FD->getLocation(), Why::Copied));
  // By-value parameters of class type die here, whoever made them.
  for (const ParmVarDecl *P : FD->parameters())
    if (P->getType()->isRecordType())
      destroy(Variables.lookup(P), P->getType(),
              note(P->getLocation(), Why::DestroyedAtScopeEnd), true);
}

void FunctionBuilder::forwardToLambda(const CXXMethodDecl *Invoker) {
  const CXXMethodDecl *Operator = Invoker->getParent()->getLambdaCallOperator();
  const FunctionDecl *Body = Operator ? U.bodyOf(Operator) : nullptr;
  // A generic lambda has many call operators; which one is not looked up.
  if (!Body || Invoker->getParent()->isGenericLambda())
    return giveUp(Reason::IndirectCallee, FD->getBody());
  U.enqueue(Body);
  escape::Object Closure;
  escape::Call Call;
  Call.Callee = U.symbol(Operator);
  Call.At = note(Invoker->getLocation(), Why::PassedAsArgument);
  Call.Args.push_back(objectAddress(G.addObject(Closure), Call.At).Base);
  for (NodeId P = 0; P < G.numParams(); ++P)
    Call.Args.push_back(P);
  QualType Result = FD->getReturnType();
  if (Result->isPointerType() || Result->isReferenceType()) {
    Call.Result = G.addNode();
    G.returns(Call.Result, Call.At);
  }
  G.call(std::move(Call));
}

/// The body is not understood: whatever comes in may go anywhere, and no
/// allocation of the body is reported as anything but "heap".
void FunctionBuilder::giveUp(Reason R, const Stmt *S) {
  for (NodeId P = 0; P < G.numParams(); ++P) {
    G.leak(P, R, note(S, Why::NotModelled));
    NodeId Content = G.addNode();
    G.load(Content, P, AnyOffset, note(S, Why::Loaded));
    G.release(Content, escape::Family::Unknown, note(S, Why::NotModelled));
    G.release(P, escape::Family::Unknown, note(S, Why::NotModelled));
    G.store(P, AnyOffset, outside(), note(S, Why::NotModelled));
  }
  if (FD->getReturnType()->isPointerType() ||
      FD->getReturnType()->isReferenceType())
    G.returns(outside(), note(S, Why::Returned));
  reportUnlowered(R, S);
}

/// A function of the library that allocates and is known by its name.
static bool isNamedAllocator(const FunctionDecl *F) {
  if (!F || !F->getIdentifier() || isa<CXXMethodDecl>(F))
    return false;
  StringRef Name = F->getName();
  if (F->isInStdNamespace() &&
      (Name == "make_unique" || Name == "make_shared" ||
       Name == "allocate_shared"))
    return true;
  return (F->isExternC() || F->isInStdNamespace()) &&
         llvm::is_contained({"malloc", "calloc", "realloc", "strdup", "strndup",
                             "aligned_alloc", "memalign", "valloc"},
                            Name);
}

/// The allocations that their own text shows. What only calls tell apart is
/// left out: see docs/limitations.md.
void FunctionBuilder::reportUnlowered(Reason R, const Stmt *S) {
  auto Report = [&](const Expr *At, QualType T, SiteKind K, StringRef Name) {
    ObjectId O = newSite(At, T, K, escape::Family::Unknown, Name);
    leak(objectAddress(O, note(At, Why::Allocated)), R,
         note(At, Why::NotModelled));
  };
  llvm::SmallVector<const Stmt *, 16> Work{S};
  while (!Work.empty()) {
    const Stmt *Next = Work.pop_back_val();
    if (const auto *N = dyn_cast_or_null<CXXNewExpr>(Next))
      Report(N, N->getAllocatedType(),
             N->isArray() ? SiteKind::NewArray : SiteKind::New,
             N->isArray() ? "new[]" : "new");
    if (const auto *C = dyn_cast_or_null<CallExpr>(Next);
        C && isNamedAllocator(C->getDirectCallee())) {
      QualType T = templateArg(recordOf(C->getType()), 0);
      Report(C, T.isNull() ? Ctx.CharTy : T, SiteKind::Malloc,
             C->getDirectCallee()->getName());
    }
    if (const auto *C = dyn_cast_or_null<CXXConstructExpr>(Next);
        C && C->getNumArgs() &&
        !C->getConstructor()->isCopyOrMoveConstructor()) {
      const CXXRecordDecl *RD = C->getConstructor()->getParent();
      if (libraryClass(RD) == LibraryClass::Container)
        Report(C, elementType(RD), SiteKind::Container, bufferName(RD));
    }
    if (Next && !isa<LambdaExpr>(Next))
      for (const Stmt *Child : Next->children())
        Work.push_back(Child);
  }
}

void FunctionBuilder::bindParameters() {
  NodeId Next = 0;
  const auto *MD = dyn_cast<CXXMethodDecl>(FD);
  if (MD && MD->isImplicitObjectMemberFunction()) {
    This = Next++;
    if (MD->getParent()->isLambda())
      MD->getParent()->getCaptureFields(Captures, ThisCapture);
  }
  for (const ParmVarDecl *P : FD->parameters()) {
    NodeId Value = Next++;
    QualType T = P->getType();
    // Classes come by address: the parameter is the object behind it. So do
    // references. Pointers are values.
    if (T->isRecordType() || T->isReferenceType() || isTracked(P)) {
      Variables[P] = Addr{Value, 0};
      continue;
    }
    Addr Home = objectAddress(localObject(P),
                              note(P->getLocation(), Why::AddressTaken));
    Variables[P] = Home;
    if (isPointerLike(T))
      store(Home, Addr{Value, 0}, note(P->getLocation(), Why::Initialized));
  }
  if (FD->getReturnType()->isRecordType())
    ResultSlot = Next;
}

void FunctionBuilder::lowerBlock(const CFGBlock &B) {
  Block = B.getBlockID();
  if (const auto *Catch = dyn_cast_or_null<CXXCatchStmt>(B.getLabel()))
    if (const VarDecl *V = Catch->getExceptionDecl()) {
      // What was thrown has leaked, so it is outside.
      if (V->getType()->isReferenceType())
        Variables[V] = Addr{outside(), 0};
      else if (isTracked(V))
        writeVariable(V, outside());
      else
        store(variable(V, Catch), Addr{outside(), 0},
              note(Catch, Why::Initialized));
    }
  for (const CFGElement &E : B)
    lowerElement(E);
  if (const Stmt *Condition = B.getTerminatorCondition())
    if (const auto *E = dyn_cast<Expr>(Condition))
      eval(E);
}

void FunctionBuilder::lowerElement(const CFGElement &E) {
  switch (E.getKind()) {
  case CFGElement::Statement:
  case CFGElement::Constructor:
  case CFGElement::CXXRecordTypedCall: {
    const Stmt *S = E.castAs<CFGStmt>().getStmt();
    if (const auto *Ex = dyn_cast<Expr>(S)) {
      eval(Ex);
      return;
    }
    if (const auto *D = dyn_cast<DeclStmt>(S)) {
      for (const Decl *One : D->decls())
        if (const auto *V = dyn_cast<VarDecl>(One)) {
          lowerVariable(V);
          describeOwner(D, V);
        }
      return;
    }
    if (const auto *R = dyn_cast<ReturnStmt>(S))
      return lowerReturn(R);
    if (const auto *A = dyn_cast<AsmStmt>(S)) {
      for (unsigned I = 0; I < A->getNumInputs(); ++I)
        leak(eval(A->getInputExpr(I)), Reason::InlineAsm,
             note(A, Why::InlineAssembly));
      for (unsigned I = 0; I < A->getNumOutputs(); ++I) {
        Addr Out = eval(A->getOutputExpr(I));
        leakContent(Out, Reason::InlineAsm, note(A, Why::InlineAssembly));
        leak(Out, Reason::InlineAsm, note(A, Why::InlineAssembly));
      }
    }
    return;
  }
  case CFGElement::Initializer:
    return lowerInitializer(E.castAs<CFGInitializer>().getInitializer());
  case CFGElement::AutomaticObjectDtor:
  case CFGElement::TemporaryDtor:
  case CFGElement::MemberDtor:
  case CFGElement::BaseDtor:
  case CFGElement::DeleteDtor:
    return lowerImplicitDtor(E.castAs<CFGImplicitDtor>());
  case CFGElement::CleanupFunction: {
    auto Cleanup = E.castAs<CFGCleanupFunction>();
    callFunction(
        Cleanup.getFunctionDecl(), {variable(Cleanup.getVarDecl(), nullptr)},
        note(Cleanup.getVarDecl()->getLocation(), Why::PassedAsArgument),
        false);
    return;
  }
  case CFGElement::NewAllocator:
  case CFGElement::LifetimeEnds:
  case CFGElement::LoopExit:
  case CFGElement::ScopeBegin:
  case CFGElement::ScopeEnd:
    return;
  default:
    llvm_unreachable("an element that cfgOptions does not ask for");
  }
}

/// Where the member or base that Init initializes lives.
Addr FunctionBuilder::initializedPlace(const CXXCtorInitializer *Init) {
  escape::Note N = note(Init->getSourceLocation(), Why::Initialized);
  Addr Self{This, 0};
  if (const FieldDecl *F = Init->getMember())
    return fieldAddress(Self, F, N);
  if (const IndirectFieldDecl *Chain = Init->getIndirectMember()) {
    for (const NamedDecl *Part : Chain->chain())
      Self = fieldAddress(Self, cast<FieldDecl>(Part), N);
    return Self;
  }
  if (Init->isBaseInitializer())
    Self.K =
        baseOffset(cast<CXXConstructorDecl>(FD)->getParent(),
                   QualType(Init->getBaseClass(), 0), Init->isBaseVirtual());
  return Self; // a delegating constructor initializes the whole object
}

Offset FunctionBuilder::baseOffset(const CXXRecordDecl *Derived, QualType Base,
                                   bool IsVirtual) {
  const CXXRecordDecl *BD = Base->getAsCXXRecordDecl();
  if (IsVirtual || !BD || !BD->getDefinition() || !Derived->getDefinition())
    return AnyOffset;
  return addOffsets(0, Ctx.getASTRecordLayout(Derived->getDefinition())
                           .getBaseClassOffset(BD->getDefinition())
                           .getQuantity());
}

void FunctionBuilder::lowerInitializer(const CXXCtorInitializer *Init) {
  QualType T = Init->getAnyMember()        ? Init->getAnyMember()->getType()
               : Init->isBaseInitializer() ? QualType(Init->getBaseClass(), 0)
                                           : Init->getInit()->getType();
  initialize(initializedPlace(Init), Init->getInit(), T, Why::Initialized);
}

void FunctionBuilder::lowerImplicitDtor(const CFGImplicitDtor &D) {
  if (auto Auto = D.getAs<CFGAutomaticObjDtor>()) {
    const VarDecl *V = Auto->getVarDecl();
    if (V->hasGlobalStorage())
      return;
    QualType T = V->getType();
    Addr A = variable(V, nullptr);
    if (const auto *Init = T->isReferenceType() ? V->getInit() : nullptr)
      // A temporary whose life the reference extends.
      T = Init->IgnoreParenImpCasts()->getType();
    destroy(A, T.getNonReferenceType(),
            note(V->getLocation(), Why::DestroyedAtScopeEnd), true);
    return;
  }
  if (auto Temp = D.getAs<CFGTemporaryDtor>()) {
    const CXXBindTemporaryExpr *E = Temp->getBindTemporaryExpr();
    destroy(eval(E), E->getType(), note(E, Why::DestroyedAtScopeEnd), true);
    return;
  }
  escape::Note N = note(FD->getLocation(), Why::DestroyedAtScopeEnd);
  if (auto Member = D.getAs<CFGMemberDtor>()) {
    const FieldDecl *F = Member->getFieldDecl();
    destroy(fieldAddress(Addr{This, 0}, F, N), F->getType(), N, true);
    return;
  }
  if (auto Base = D.getAs<CFGBaseDtor>()) {
    const CXXBaseSpecifier *B = Base->getBaseSpecifier();
    const auto *Derived = cast<CXXMethodDecl>(FD)->getParent();
    destroy(Addr{This, baseOffset(Derived, B->getType(), B->isVirtual())},
            B->getType(), N, true);
    return;
  }
  // CFGDeleteDtor: evalDelete lowers the whole delete-expression.
}

void FunctionBuilder::lowerVariable(const VarDecl *V) {
  const Expr *Init = V->getInit();
  if (V->hasGlobalStorage()) {
    if (Init && V->isStaticLocal())
      initialize(variable(V, nullptr), Init, V->getType(), Why::StoredInGlobal);
    return;
  }
  QualType T = V->getType();
  if (T->isReferenceType()) {
    Addr Bound = Init ? eval(Init) : Addr{};
    Variables[V] = Bound ? Bound : Addr{outside(), 0};
    return;
  }
  if (isTracked(V)) {
    Addr Value = Init ? eval(Init) : Addr{};
    writeVariable(V, node(Value, note(V->getLocation(), Why::Initialized)));
    return;
  }
  if (Init)
    initialize(variable(V, nullptr), Init, T, Why::Initialized);
  if (const auto *DD = dyn_cast<DecompositionDecl>(V))
    for (const BindingDecl *Binding : DD->bindings())
      if (const VarDecl *Holding = Binding->getHoldingVar())
        lowerVariable(Holding);
}

/// V's initializer made a site: what its record can say now.
void FunctionBuilder::describeOwner(const DeclStmt *D, const VarDecl *V) {
  const Expr *Init = V->getInit() ? V->getInit()->IgnoreImplicit() : nullptr;
  auto Index = Init ? SiteIndex.find(Init) : SiteIndex.end();
  if (Index == SiteIndex.end())
    return;
  U.Out.Sites[Index->second].Edits = proposeFix(U, FD, D, V);
}

void FunctionBuilder::lowerReturn(const ReturnStmt *R) {
  const Expr *Value = R->getRetValue();
  if (!Value)
    return;
  if (ResultSlot != NoNode) {
    initialize(Addr{ResultSlot, 0}, Value, FD->getReturnType(), Why::Returned);
    return;
  }
  Addr Result = eval(Value);
  if (Result && isPointerLike(FD->getReturnType()))
    G.returns(node(Result, note(R, Why::Returned)), note(R, Why::Returned));
}

} // namespace stackward::source
