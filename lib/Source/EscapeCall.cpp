// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Calls: what is passed, and who is called.
///
/// A call's arguments are, in this order: the object (for member functions),
/// the arguments, the memory of a result of class type. Pointers and
/// references are passed as they are, objects of class type by address, what
/// cannot hold a pointer as NoNode. A callee is, in this order of preference:
///
///   1. something the builder gives meaning to (EscapeLibrary.cpp, ...);
///   2. a library model, when the callee comes from a system header or has no
///      body here;
///   3. its body, which is then lowered too;
///   4. a name that another translation unit or a summary file may explain;
///      if none does, the solver takes it to let everything escape.
///
/// A standard container handed to (4) as `const C &` is trusted not to be
/// robbed of its buffer through a const_cast: what it gets shares the elements
/// but not the buffer's ownership (docs/limitations.md, "const containers").
#include "Builder.h"
#include "stackward/Escape/Summary.h"
#include "clang/AST/Attr.h"

using namespace clang;

namespace stackward::source {

static bool comesByValue(QualType T) {
  return isScalarPointer(T) || T->isReferenceType();
}

Addr FunctionBuilder::argument(const Expr *E) {
  Addr A = eval(E);
  if (E->isGLValue() || E->getType()->isRecordType() ||
      comesByValue(E->getType()))
    return A;
  return {};
}

void FunctionBuilder::markPlace(bool IsCall, uint32_t Id, const Expr *At) {
  unsigned Loop = At ? Facts.loopOf(At) : 0;
  bool Shared = InDefault || (At && Facts.ForMany.contains(At));
  Places.push_back({IsCall, Id, Loop, Block, At, Shared});
  if (Block < Events.size())
    Events[Block].push_back(
        {Event::Site, nullptr, static_cast<uint32_t>(Places.size() - 1)});
}

const Expr *FunctionBuilder::receiverOf(const CallExpr *E) {
  const auto *MD = dyn_cast<CXXMethodDecl>(E->getDirectCallee());
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(E)) {
    const Expr *Object = Member->getImplicitObjectArgument();
    if (!MD || !MD->isStatic())
      return Object;
    eval(Object);
  } else if (isa<CXXOperatorCallExpr>(E) && MD) {
    if (!MD->isStatic())
      return E->getArg(0);
    eval(E->getArg(0));
  }
  return nullptr;
}

Addr FunctionBuilder::evalCall(const CallExpr *E) {
  const FunctionDecl *Callee = E->getDirectCallee();
  if (const auto *Pseudo =
          dyn_cast<CXXPseudoDestructorExpr>(E->getCallee()->IgnoreParens())) {
    eval(Pseudo->getBase());
    return {};
  }
  if (!Callee)
    return evalIndirect(E);
  CallShape C;
  C.Callee = Callee;
  C.At = E;
  C.Result = E->getCallReturnType(Ctx);
  const auto *MD = dyn_cast<CXXMethodDecl>(Callee);
  const Expr *Object = receiverOf(E);
  // A deducing-this member is a plain function of its object.
  if (MD && MD->isExplicitObjectMemberFunction() && Object) {
    C.ArgExprs.push_back(Object);
    C.Args.push_back(argument(Object));
  } else if (Object) {
    C.HasThis = true;
    C.Args.push_back(eval(Object));
  }
  for (unsigned I = isa<CXXOperatorCallExpr>(E) && MD; I < E->getNumArgs();
       ++I) {
    C.ArgExprs.push_back(E->getArg(I));
    C.Args.push_back(argument(E->getArg(I)));
  }
  // Also for unions and anonymous unions, which defaulted operators skip.
  if (MD && MD->isTrivial() && Object && C.Args.size() == 2 &&
      (MD->isCopyAssignmentOperator() || MD->isMoveAssignmentOperator())) {
    copyAll(C.Args[0], C.Args[1], note(E, Why::Copied));
    return C.Args[0];
  }
  if (isa<CXXDestructorDecl>(Callee) && Object) {
    QualType T = Object->getType();
    if (T->isPointerType())
      T = T->getPointeeType();
    destroy(C.Args[0], T, note(E, Why::Deleted), false);
    return {};
  }
  if (C.Result->isRecordType())
    C.ResultObject = destination(E);
  if (Callee->isInStdNamespace() && Callee->getIdentifier() &&
      Callee->getName() == "construct_at" && C.Result->isPointerType())
    U.placed(C.Result->getPointeeType());
  return finishCall(C);
}

Addr FunctionBuilder::finishCall(CallShape &C) {
  if (std::optional<Addr> A = builtinCall(C))
    return *A;
  if (std::optional<Addr> A = allocatorCall(C))
    return *A;
  if (std::optional<Addr> A = libraryCall(C))
    return *A;
  const Expr *Receiver = nullptr;
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(C.At))
    Receiver = M->getImplicitObjectArgument();
  else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(C.At); O && C.HasThis)
    Receiver = O->getArg(0);
  return emitCall(C, Receiver);
}

Addr FunctionBuilder::evalIndirect(const CallExpr *E) {
  escape::Call Call;
  Call.Kind = escape::CallKind::Indirect;
  Call.At = note(E, Why::PassedAsArgument);
  const Expr *Callee = E->getCallee()->IgnoreParens();
  if (const auto *B = dyn_cast<BinaryOperator>(Callee); B && B->isPtrMemOp()) {
    // (object.*member)(...): the target is never known.
    Call.Target = outside();
    Call.Args.push_back(node(eval(B->getLHS()), Call.At));
    eval(B->getRHS());
  } else {
    Addr Target = eval(E->getCallee());
    Call.Target = Target ? node(Target, Call.At) : outside();
  }
  const auto *Proto = E->getCallee()->getType()->isPointerType()
                          ? E->getCallee()
                                ->getType()
                                ->getPointeeType()
                                ->getAs<FunctionProtoType>()
                          : nullptr;
  for (unsigned I = 0; I < E->getNumArgs(); ++I) {
    Addr A = argument(E->getArg(I));
    if (Proto && I >= Proto->getNumParams()) {
      leak(A, Reason::IndirectCallee, note(E, Why::VariableArguments));
      leakContent(A, Reason::IndirectCallee, note(E, Why::VariableArguments));
      continue;
    }
    Call.Args.push_back(node(A, Call.At));
  }
  QualType Result = E->getCallReturnType(Ctx);
  Addr Home;
  if (Result->isRecordType()) {
    Home = destination(E);
    Call.Args.push_back(node(Home, Call.At));
    Call.ResultIsFresh = libraryClass(recordOf(Result)) != LibraryClass::None ||
                         Result.isTriviallyCopyableType(Ctx);
  } else if (comesByValue(Result)) {
    Call.Result = G.addNode();
    Home = Addr{Call.Result, 0};
  }
  G.call(std::move(Call));
  markPlace(true, G.calls().size() - 1, E);
  return Home;
}

/// Known by name, and not something the user wrote.
static bool hasModel(const FunctionDecl *FD, const UnitBuilder &U,
                     bool HasBody) {
  bool System = U.inSystemHeader(FD->getLocation()) || FD->isInStdNamespace();
  // A user's own `void write(int *)` is not libc's.
  if (!System && (HasBody || !FD->isExternC()))
    return false;
  return escape::knownFunction(qualifiedName(FD)) != nullptr;
}

void FunctionBuilder::callSymbol(StringRef Name, llvm::ArrayRef<Addr> Args,
                                 escape::Note N, bool ReleasesHere) {
  escape::Call Call;
  Call.Callee = U.Out.Module.symbol(Name);
  Call.At = N;
  Call.ReleasesHere = ReleasesHere;
  for (Addr A : Args)
    Call.Args.push_back(node(A, N));
  G.call(std::move(Call));
}

void FunctionBuilder::callFunction(const FunctionDecl *Callee,
                                   llvm::ArrayRef<Addr> Args, escape::Note N,
                                   bool ReleasesHere) {
  const FunctionDecl *Body = U.bodyOf(Callee);
  if (hasModel(Callee, U, Body != nullptr))
    return callSymbol(qualifiedName(Callee), Args, N, ReleasesHere);
  if (Body)
    U.enqueue(Body);
  escape::Call Call;
  Call.Callee = U.symbol(Callee);
  Call.At = N;
  Call.ReleasesHere = ReleasesHere;
  for (Addr A : Args)
    Call.Args.push_back(node(A, N));
  G.call(std::move(Call));
}

/// A container of the standard library taken as `const C &`.
static bool isConstContainer(const ParmVarDecl *P) {
  QualType T = P->getType();
  if (!T->isReferenceType() || T->isRValueReferenceType())
    return false;
  T = T->getPointeeType();
  return T.isConstQualified() &&
         libraryClass(T->getAsCXXRecordDecl()) == LibraryClass::Container;
}

FunctionBuilder::CallTarget FunctionBuilder::aimCall(escape::Call &Call,
                                                     const CallShape &C,
                                                     const Expr *Receiver) {
  CallTarget T{C.Callee};
  const auto *MD = dyn_cast<CXXMethodDecl>(C.Callee);
  T.IsVirtual = MD && MD->isVirtual() && C.HasThis;
  if (T.IsVirtual)
    if (const auto *Member = dyn_cast<MemberExpr>(
            cast<CallExpr>(C.At)->getCallee()->IgnoreParens()))
      T.IsVirtual = Member->performsVirtualDispatch(Ctx.getLangOpts());
  if (T.IsVirtual && Receiver)
    if (const CXXMethodDecl *Only = MD->getDevirtualizedMethod(
            Receiver->IgnoreParenImpCasts(), false)) {
      T.IsVirtual = Only->getParent() != MD->getParent() && Only != MD;
      if (!T.IsVirtual)
        T.Callee = Only;
    }
  const FunctionDecl *Body = U.bodyOf(T.Callee);
  T.HasModel = !T.IsVirtual && hasModel(T.Callee, U, Body != nullptr);
  T.Opaque = !T.HasModel && !Body;
  T.Pure = T.Opaque && !T.IsVirtual && !C.ResultObject &&
           (T.Callee->hasAttr<PureAttr>() || T.Callee->hasAttr<ConstAttr>());
  if (Body && !T.HasModel)
    U.enqueue(Body);
  if (!T.IsVirtual) {
    Call.Callee = T.HasModel ? U.Out.Module.symbol(qualifiedName(T.Callee))
                             : U.symbol(T.Callee);
    return T;
  }
  Call.Kind = escape::CallKind::Virtual;
  Call.Target = node(C.Args[0], Call.At);
  if (Call.Target == NoNode)
    Call.Target = outside();
  Call.Method = U.symbol(MD);
  return T;
}

void FunctionBuilder::passArguments(escape::Call &Call, const CallShape &C,
                                    const CallTarget &T) {
  unsigned FixedArgs = T.Callee->getNumParams() + C.HasThis;
  for (unsigned I = 0; I < C.Args.size(); ++I) {
    Addr A = C.Args[I];
    bool IsObject = C.HasThis && I == 0;
    if (T.HasModel && !IsObject && showsAddress(C, I - C.HasThis))
      leak(A, Reason::PointerToInteger, note(C.At, Why::ConvertedToInteger));
    if (I >= FixedArgs) {
      // Through "...": models say that these are not kept; nobody else does.
      escape::Note N = note(C.At, Why::VariableArguments);
      if (!T.HasModel) {
        leak(A, Reason::UnknownCallee, N);
        leakContent(A, Reason::UnknownCallee, N);
      }
      continue;
    }
    const ParmVarDecl *P =
        IsObject ? nullptr : T.Callee->getParamDecl(I - C.HasThis);
    if (P && T.Opaque && !T.IsVirtual &&
        (P->hasAttr<NoEscapeAttr>() || T.Pure)) {
      // The object does not get away; what it points to may.
      leakContent(A, Reason::UnknownCallee, note(C.At, Why::UnknownBody));
      A = {};
    }
    if (P && T.Opaque && A && isConstContainer(P)) {
      escape::Object Proxy;
      Proxy.At = Call.At.At;
      Addr Shown = objectAddress(G.addObject(Proxy), Call.At);
      store(Addr{Shown.Base, 8}, elements(A, Call.At), Call.At);
      copyKeyCode(Shown, A, Call.At);
      A = Shown;
    }
    bool Reads = P && isConstContainer(P);
    Call.Args.push_back(Reads ? plainNode(A, Call.At) : node(A, Call.At));
  }
}

/// The call may bring fresh objects: what to say of them if it does.
void FunctionBuilder::recordFactory(const CallShape &C,
                                    const FunctionDecl *Callee) {
  QualType T = C.Result.getNonReferenceType();
  LibraryClass K = libraryClass(recordOf(T));
  if (T->isPointerType())
    T = T->getPointeeType();
  bool Shared = K == LibraryClass::SharedPtr;
  if (K == LibraryClass::UniquePtr || Shared)
    if (QualType Owned = templateArg(recordOf(T), 0); !Owned.isNull())
      T = Owned;
  const ArrayType *Array = Ctx.getAsArrayType(T);
  if (Array)
    T = Array->getElementType();
  SiteRecord &S = site(C.At, SiteKind::Factory, Callee->getNameAsString(), T);
  // make_unique<T[]>(n): the count is this call's, not the body's.
  if (Array && Callee->isInStdNamespace() && C.ArgExprs.size() == 1)
    if (std::optional<uint64_t> Count = upperBound(C.ArgExprs[0], Ctx, Facts);
        Count && *Count < (1u << 30))
      S.Bound = *Count * Ctx.getTypeSizeInChars(T).getQuantity();
  S.IsShared = Shared;
  const CXXRecordDecl *Made = T->getAsCXXRecordDecl();
  S.Nameable = !Made || (Made->hasDefinition() && !Made->isAbstract());
  for (const Expr *E : C.ArgExprs)
    S.Given.push_back(E->getType()->isIntegerType()
                          ? sizeTerm(E, Ctx, FD, Facts)
                          : SizeTerm());
  G.calls().back().At.At = S.At;
}

Addr FunctionBuilder::emitCall(CallShape &C, const Expr *Receiver) {
  escape::Call Call;
  Call.At = note(C.At, Why::PassedAsArgument);
  CallTarget T = aimCall(Call, C, Receiver);
  passArguments(Call, C, T);
  Addr Home;
  if (C.ResultObject) {
    Home = C.ResultObject;
    Call.Args.push_back(node(Home, Call.At));
    Call.ResultIsFresh =
        libraryClass(recordOf(C.Result)) != LibraryClass::None ||
        C.Result.isTriviallyCopyableType(Ctx);
  } else if (comesByValue(C.Result)) {
    Call.Result = G.addNode();
    Home = Addr{Call.Result, 0};
    if (T.Pure)
      for (Addr A : C.Args)
        if (A)
          G.copy(Call.Result, A.Base, AnyOffset, Call.At);
  }
  bool MayBring = Home && !U.inSystemHeader(C.At->getBeginLoc());
  G.call(std::move(Call));
  markPlace(true, G.calls().size() - 1, C.At);
  if (MayBring)
    recordFactory(C, T.Callee);
  return Home;
}

} // namespace stackward::source
