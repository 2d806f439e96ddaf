// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Calls, constructions, allocations and deallocations.
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
#include "clang/Basic/Builtins.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;

namespace stackward::source {

static bool isPointerScalar(QualType T) {
  return T->isPointerType() || T->isReferenceType() ||
         T->isBlockPointerType() || T->isMemberFunctionPointerType();
}

Addr FunctionBuilder::argument(const Expr *E) {
  Addr A = eval(E);
  if (E->isGLValue() || E->getType()->isRecordType() ||
      isPointerScalar(E->getType()))
    return A;
  return {};
}

void FunctionBuilder::markPlace(bool IsCall, uint32_t Id, const Expr *At) {
  unsigned Loop = At ? Facts.loopOf(At) : 0;
  Places.push_back({IsCall, Id, Loop, Block, At, InDefault != 0});
  if (Block < Events.size())
    Events[Block].push_back(
        {Event::Site, nullptr, static_cast<uint32_t>(Places.size() - 1)});
}

Addr FunctionBuilder::evalCall(const CallExpr *E) {
  const FunctionDecl *Callee = E->getDirectCallee();
  if (isa<CXXPseudoDestructorExpr>(E->getCallee()->IgnoreParens())) {
    eval(cast<CXXPseudoDestructorExpr>(E->getCallee()->IgnoreParens())
             ->getBase());
    return {};
  }
  if (!Callee)
    return evalIndirect(E);
  CallShape C;
  C.Callee = Callee;
  C.At = E;
  C.Result = E->getCallReturnType(Ctx);
  const auto *MD = dyn_cast<CXXMethodDecl>(Callee);
  const Expr *Object = nullptr;
  unsigned First = 0;
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(E)) {
    Object = Member->getImplicitObjectArgument();
    if (MD && MD->isStatic()) {
      eval(Object);
      Object = nullptr;
    }
  } else if (isa<CXXOperatorCallExpr>(E) && MD) {
    First = 1;
    if (MD->isStatic())
      eval(E->getArg(0));
    else
      Object = E->getArg(0);
  }
  // A deducing-this member is a plain function of its object.
  if (MD && MD->isExplicitObjectMemberFunction() && Object) {
    C.ArgExprs.push_back(Object);
    C.Args.push_back(argument(Object));
  } else if (Object) {
    C.HasThis = true;
    C.Args.push_back(eval(Object));
  }
  for (unsigned I = First; I < E->getNumArgs(); ++I) {
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
  } else if (isPointerScalar(Result)) {
    Call.Result = G.addNode();
    Home = Addr{Call.Result, 0};
  }
  G.call(std::move(Call));
  markPlace(true, G.calls().size() - 1, E);
  return Home;
}

//===-- builtins and the C allocator ----------------------------------------//

static const Expr *beforeVoidCast(const Expr *E) {
  while (true) {
    E = E->IgnoreParenImpCasts();
    const auto *C = dyn_cast<ExplicitCastExpr>(E);
    if (!C || !C->getType()->isVoidPointerType())
      return E;
    E = C->getSubExpr();
  }
}

std::optional<Addr> FunctionBuilder::builtinCall(CallShape &C) {
  auto Arg = [&](unsigned I) { return I < C.Args.size() ? C.Args[I] : Addr{}; };
  escape::Note N = note(C.At, Why::PassedAsArgument);
  switch (C.Callee->getBuiltinID()) {
  case Builtin::BImove:
  case Builtin::BImove_if_noexcept:
  case Builtin::BIforward:
  case Builtin::BIforward_like:
  case Builtin::BIas_const:
  case Builtin::BIaddressof:
  case Builtin::BI__addressof:
  case Builtin::BI__builtin_addressof:
  case Builtin::BI__builtin_launder:
  case Builtin::BI__builtin_assume_aligned:
  case Builtin::BI__builtin_expect:
  case Builtin::BI__builtin_expect_with_probability:
    return Arg(0);
  case Builtin::BI__builtin_va_start:
  case Builtin::BI__builtin_va_end:
  case Builtin::BI__builtin_va_copy:
  case Builtin::BI__builtin_unreachable:
  case Builtin::BI__builtin_trap:
  case Builtin::BI__builtin_object_size:
  case Builtin::BI__builtin_constant_p:
  case Builtin::BI__builtin_prefetch:
  case Builtin::BI__assume:
  case Builtin::BI__builtin_assume:
  case Builtin::BI__builtin_is_constant_evaluated:
    return Addr{};
  case Builtin::BIalloca:
  case Builtin::BI__builtin_alloca:
  case Builtin::BI__builtin_alloca_with_align: {
    escape::Object O;
    O.At = U.anchor(C.At);
    return objectAddress(G.addObject(O), N);
  }
  case Builtin::BImemcpy:
  case Builtin::BI__builtin_memcpy:
  case Builtin::BImemmove:
  case Builtin::BI__builtin_memmove:
  case Builtin::BI__builtin_memcpy_inline: {
    if (C.Args.size() < 3)
      return std::nullopt;
    QualType To = beforeVoidCast(C.ArgExprs[0])->getType();
    QualType From = beforeVoidCast(C.ArgExprs[1])->getType();
    auto Pointee = [&](QualType T) {
      if (T->isArrayType())
        return QualType(Ctx.getAsArrayType(T)->getElementType());
      return T->isPointerType() ? T->getPointeeType() : T;
    };
    copyAll(Arg(0), Arg(1), note(C.At, Why::Copied));
    // The bytes of a pointer in something that is not one: B2.
    QualType A = Pointee(To).getCanonicalType().getUnqualifiedType();
    QualType B = Pointee(From).getCanonicalType().getUnqualifiedType();
    bool MayCarry = B->isVoidType() || U.mayHoldPointer(B);
    if (MayCarry && (A != B || A->isVoidType()))
      leakContent(Arg(1), Reason::PointerToInteger,
                  note(C.At, Why::ConvertedToInteger));
    return Arg(0);
  }
  case Builtin::BImemset:
  case Builtin::BI__builtin_memset:
  case Builtin::BIbzero:
    return Arg(0);
  default:
    return std::nullopt;
  }
}

/// The bytes that an allocation function is asked for.
static std::optional<uint64_t> requested(llvm::ArrayRef<const Expr *> Args,
                                         unsigned A, int B, ASTContext &Ctx,
                                         const BodyFacts &Facts) {
  if (A >= Args.size())
    return std::nullopt;
  std::optional<uint64_t> Bytes = upperBound(Args[A], Ctx, Facts);
  if (B < 0 || !Bytes)
    return Bytes;
  std::optional<uint64_t> Times = upperBound(Args[B], Ctx, Facts);
  if (!Times || (*Times && *Bytes > (1ull << 40) / *Times))
    return std::nullopt;
  return *Bytes * *Times;
}

std::optional<Addr> FunctionBuilder::allocatorCall(CallShape &C) {
  escape::Note N = note(C.At, Why::Allocated);
  OverloadedOperatorKind Op = C.Callee->getOverloadedOperator();
  if (Op == OO_New || Op == OO_Array_New) {
    if (isa<CXXMethodDecl>(C.Callee))
      return std::nullopt;
    if (C.Args.size() == 2 && C.Args[1] &&
        C.Callee->isReservedGlobalPlacementOperator())
      return C.Args[1];
    ObjectId O = newSite(C.At, Ctx.CharTy, SiteKind::Malloc,
                         escape::Family::Unknown, "operator new");
    Addr A = objectAddress(O, N);
    leak(A, Reason::CustomAllocator, N);
    return A;
  }
  if (Op == OO_Delete || Op == OO_Array_Delete) {
    if (isa<CXXMethodDecl>(C.Callee) || C.Args.empty())
      return std::nullopt;
    release(C.Args[0], escape::Family::Unknown, note(C.At, Why::Deleted), true);
    return Addr{};
  }
  if (C.HasThis || !C.Callee->getIdentifier() ||
      !(C.Callee->isExternC() || C.Callee->isInStdNamespace()))
    return std::nullopt;
  StringRef Name = C.Callee->getName();
  if (Name == "free" && C.Args.size() == 1) {
    release(C.Args[0], escape::Family::Malloc, note(C.At, Why::Deleted), true);
    return Addr{};
  }
  struct Row {
    int Size, Times;
  };
  auto Known = llvm::StringSwitch<std::optional<Row>>(Name)
                   .Case("malloc", Row{0, -1})
                   .Case("calloc", Row{0, 1})
                   .Cases({"aligned_alloc", "memalign"}, Row{1, -1})
                   .Case("valloc", Row{0, -1})
                   .Cases({"strdup", "strndup"}, Row{-1, -1})
                   .Case("realloc", Row{1, -1})
                   .Default(std::nullopt);
  if (!Known || !isPointerScalar(C.Result))
    return std::nullopt;
  ObjectId O =
      newSite(C.At, Ctx.CharTy, SiteKind::Malloc, escape::Family::Malloc, Name);
  SiteRecord &S = U.Out.Sites.back();
  std::optional<uint64_t> Bytes;
  if (Known->Size >= 0)
    Bytes = requested(C.ArgExprs, Known->Size, Known->Times, Ctx, Facts);
  else if (const auto *Literal =
               dyn_cast<StringLiteral>(C.ArgExprs[0]->IgnoreParenImpCasts()))
    Bytes = Literal->getByteLength() + 1;
  setBound(S, O, Bytes, false);
  Addr A = objectAddress(O, N);
  if (Name == "realloc") {
    leak(C.Args[0], Reason::Realloc, N);
    leak(A, Reason::Realloc, N);
  }
  return A;
}

//===-- sites ---------------------------------------------------------------//

SiteRecord &FunctionBuilder::site(const Expr *At, SiteKind K,
                                  StringRef Spelling, QualType T) {
  SiteRecord S;
  S.Function = U.symbol(FD);
  S.At = U.anchor(At);
  S.Kind = K;
  S.Spelling = Spelling.str();
  S.Type = U.typeText(T->isCharType() ? T.getCanonicalType() : T);
  SourceLocation Loc = At->getBeginLoc();
  S.InMacro = Loc.isMacroID();
  S.InSystemHeader = U.inSystemHeader(Loc);
  if (const CXXRecordDecl *RD = T->getAsCXXRecordDecl())
    S.Destructs = RD->hasDefinition() && !RD->hasTrivialDestructor();
  S.InConstructor = isa<CXXConstructorDecl>(FD);
  S.Conditional = Facts.Conditional.contains(At);
  SiteIndex[At] = U.Out.Sites.size();
  U.Out.Sites.push_back(std::move(S));
  return U.Out.Sites.back();
}

ObjectId FunctionBuilder::newSite(const Expr *At, QualType T, SiteKind K,
                                  escape::Family F, StringRef Spelling) {
  SiteRecord &S = site(At, K, Spelling, T);
  escape::Object O;
  O.Kind = escape::ObjectKind::Site;
  O.AllocatedBy = F;
  O.At = S.At;
  if (const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
      RD && RD->hasDefinition() && RD->isPolymorphic())
    O.DynamicType = U.typeSymbol(RD);
  ObjectId Id = G.addObject(O);
  if (!T->isIncompleteType() && !T->isDependentType() && K == SiteKind::New)
    setBound(S, Id, Ctx.getTypeSizeInChars(T).getQuantity(), true);
  markPlace(false, Id, At);
  return Id;
}

void FunctionBuilder::setBound(SiteRecord &S, ObjectId O,
                               std::optional<uint64_t> Bytes, bool Exact) {
  S.Bound = Bytes.value_or(escape::UnknownSize);
  S.SizeIsExact = Exact && Bytes;
  G.object(O).Size = S.Bound;
}

Addr FunctionBuilder::evalNewStorage(const CXXNewExpr *E) {
  escape::Note N = note(E, Why::Allocated);
  if (auto It = SiteAt.find(E); It != SiteAt.end())
    return objectAddress(It->second, N);
  const FunctionDecl *Op = E->getOperatorNew();
  if (Op && Op->isReservedGlobalPlacementOperator() &&
      E->getNumPlacementArgs() == 1) {
    Addr Given = eval(E->getPlacementArg(0));
    return Given ? Given : Addr{outside(), 0};
  }
  bool Ordinary = Op && Op->isReplaceableGlobalAllocationFunction();
  QualType T = E->getAllocatedType();
  ObjectId O =
      newSite(E, T, E->isArray() ? SiteKind::NewArray : SiteKind::New,
              E->isArray() ? escape::Family::NewArray : escape::Family::New,
              E->isArray() ? "new[]" : "new");
  SiteAt[E] = O;
  if (E->isArray() && E->getArraySize() && *E->getArraySize()) {
    std::optional<uint64_t> Count = upperBound(*E->getArraySize(), Ctx, Facts);
    uint64_t Each = Ctx.getTypeSizeInChars(T).getQuantity();
    if (Count && *Count < (1ull << 40))
      *Count *= Each;
    setBound(U.Out.Sites.back(), O, Count, true);
  }
  Addr A = objectAddress(O, N);
  if (!Ordinary)
    leak(A, Reason::CustomAllocator, N);
  for (unsigned I = 0; I < E->getNumPlacementArgs(); ++I)
    if (Addr P = eval(E->getPlacementArg(I)); P && !Ordinary)
      leak(P, Reason::UnknownCallee, note(E, Why::UnknownBody));
  return A;
}

Addr FunctionBuilder::evalNew(const CXXNewExpr *E) {
  if (E->isArray() && E->getArraySize() && *E->getArraySize())
    eval(*E->getArraySize());
  Addr Home = evalNewStorage(E);
  if (const Expr *Init = E->getInitializer()) {
    Addr Part = E->isArray() ? Addr{Home.Base, AnyOffset} : Home;
    Addr Value = eval(Init);
    auto Made = Facts.Aims.find(Init);
    bool InPlace = Made != Facts.Aims.end();
    if (Value && !InPlace) {
      if (Init->getType()->isRecordType() || Init->getType()->isArrayType())
        copyAll(Part, Value, note(E, Why::Initialized));
      else
        store(Part, Value, note(E, Why::Initialized));
    }
  }
  return Home;
}

void FunctionBuilder::evalDelete(const CXXDeleteExpr *E) {
  Addr P = eval(E->getArgument());
  QualType T = E->getDestroyedType();
  if (T.isNull())
    return leak(P, Reason::Cap, note(E, Why::NotModelled));
  const FunctionDecl *Op = E->getOperatorDelete();
  bool Ordinary = Op && Op->isReplaceableGlobalAllocationFunction();
  escape::Note N = note(E, Why::Deleted);
  if (!Ordinary)
    leak(P, Reason::CustomAllocator, N);
  deletePointer(
      P, T, E->isArrayForm() ? escape::Family::NewArray : escape::Family::New,
      N, true);
}

//===-- destruction ---------------------------------------------------------//

/// Destroying an object of this class frees only what it owns in a way that a
/// reader of the frame sees: through smart pointers, or a class that is one
/// pointer and the deletion of it. Then what it frees counts as freed in the
/// frame that destroys it.
static bool ownsPlainly(const CXXRecordDecl *RD, unsigned Depth = 0) {
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD || Depth > 6)
    return false;
  if (RD->hasTrivialDestructor())
    return true;
  LibraryClass K = libraryClass(RD);
  if (K != LibraryClass::None)
    return K == LibraryClass::UniquePtr || K == LibraryClass::SharedPtr ||
           K == LibraryClass::WeakPtr;
  const CXXDestructorDecl *D = RD->getDestructor();
  if (D && D->isUserProvided()) {
    unsigned Pointers = 0, Others = 0;
    for (const FieldDecl *F : RD->fields())
      ++(F->getType()->isPointerType() ? Pointers : Others);
    return Pointers == 1 && Others == 0 && RD->getNumBases() == 0;
  }
  for (const CXXBaseSpecifier &B : RD->bases())
    if (!ownsPlainly(B.getType()->getAsCXXRecordDecl(), Depth + 1))
      return false;
  for (const FieldDecl *F : RD->fields()) {
    QualType T = F->getType();
    while (const auto *A = dyn_cast<ArrayType>(T.getCanonicalType()))
      T = A->getElementType();
    const CXXRecordDecl *FR = T->getAsCXXRecordDecl();
    if (FR && libraryClass(FR) != LibraryClass::Container &&
        !ownsPlainly(FR, Depth + 1))
      return false;
  }
  return true;
}

void FunctionBuilder::destroy(Addr A, QualType T, escape::Note N, bool Here) {
  if (!A)
    return;
  T = T.getCanonicalType();
  if (const ArrayType *Array = Ctx.getAsArrayType(T))
    return destroy(Addr{A.Base, AnyOffset}, Array->getElementType(), N, Here);
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD || RD->hasTrivialDestructor())
    return;
  switch (libraryClass(RD)) {
  case LibraryClass::UniquePtr:
  case LibraryClass::SharedPtr:
  case LibraryClass::WeakPtr:
    return destroySmartPointer(A, RD, N, Here);
  case LibraryClass::Container:
    return destroyElements(A, RD, N);
  case LibraryClass::Function: // runs the callable's destructor
  case LibraryClass::Iterator:
    return;
  case LibraryClass::None:
    break;
  }
  if (const CXXDestructorDecl *D = RD->getDestructor())
    callFunction(D, {A}, N, Here && ownsPlainly(RD));
}

void FunctionBuilder::release(Addr A, escape::Family F, escape::Note N,
                              bool Here) {
  if (!A)
    return;
  if (Here) {
    G.release(node(A, N), F, N);
    return;
  }
  callSymbol("stackward.release", {A}, N, false);
}

void FunctionBuilder::deletePointer(Addr P, QualType Pointee, escape::Family F,
                                    escape::Note N, bool Here) {
  if (!P)
    return;
  const CXXRecordDecl *RD = Pointee->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  const CXXDestructorDecl *D = RD ? RD->getDestructor() : nullptr;
  if (Pointee->isIncompleteType() && !Pointee->isVoidType()) {
    leak(P, Reason::Cap, N); // deleting an incomplete type
  } else if (D && D->isVirtual() && !RD->isEffectivelyFinal() &&
             F == escape::Family::New) {
    escape::Call Call;
    Call.Kind = escape::CallKind::Virtual;
    Call.Target = node(P, N);
    Call.Method = U.symbol(D);
    Call.Args.push_back(Call.Target);
    Call.At = N;
    Call.ReleasesHere = Here;
    G.call(std::move(Call));
  } else {
    Addr Objects = F == escape::Family::NewArray ? Addr{P.Base, AnyOffset} : P;
    destroy(Objects, Pointee, N, Here);
  }
  release(P, F, N, Here);
}

//===-- emission ------------------------------------------------------------//

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

Addr FunctionBuilder::emitCall(CallShape &C, const Expr *Receiver) {
  const FunctionDecl *Callee = C.Callee;
  const auto *MD = dyn_cast<CXXMethodDecl>(Callee);
  escape::Call Call;
  Call.At = note(C.At, Why::PassedAsArgument);
  bool IsVirtual = MD && MD->isVirtual() && C.HasThis;
  if (IsVirtual)
    if (const auto *Member = dyn_cast<MemberExpr>(
            cast<CallExpr>(C.At)->getCallee()->IgnoreParens()))
      IsVirtual = Member->performsVirtualDispatch(Ctx.getLangOpts());
  if (IsVirtual && Receiver)
    if (const CXXMethodDecl *Only = MD->getDevirtualizedMethod(
            Receiver->IgnoreParenImpCasts(), false)) {
      IsVirtual = Only->getParent() != MD->getParent() && Only != MD;
      if (!IsVirtual)
        Callee = Only;
    }
  const FunctionDecl *Body = U.bodyOf(Callee);
  bool Model = false;
  if (IsVirtual) {
    Call.Kind = escape::CallKind::Virtual;
    Call.Target = node(C.Args[0], Call.At);
    if (Call.Target == NoNode)
      Call.Target = outside();
    Call.Method = U.symbol(MD);
    if (Body)
      U.enqueue(Body);
  } else {
    Model = hasModel(Callee, U, Body != nullptr);
    Call.Callee =
        Model ? U.Out.Module.symbol(qualifiedName(Callee)) : U.symbol(Callee);
    if (Body && !Model)
      U.enqueue(Body);
  }

  bool Opaque = !Model && !Body;
  unsigned FixedArgs = Callee->getNumParams() + C.HasThis;
  bool Pure = Opaque && !IsVirtual && !C.ResultObject &&
              (Callee->hasAttr<PureAttr>() || Callee->hasAttr<ConstAttr>());
  for (unsigned I = 0; I < C.Args.size(); ++I) {
    Addr A = C.Args[I];
    if (I >= FixedArgs) {
      // Through "...": models say that these are not kept; nobody else does.
      if (!Model) {
        leak(A, Reason::UnknownCallee, note(C.At, Why::VariableArguments));
        leakContent(A, Reason::UnknownCallee,
                    note(C.At, Why::VariableArguments));
      }
      continue;
    }
    const ParmVarDecl *P =
        C.HasThis && I == 0 ? nullptr : Callee->getParamDecl(I - C.HasThis);
    if (P && Opaque && !IsVirtual && (P->hasAttr<NoEscapeAttr>() || Pure)) {
      // The object does not get away; what it points to may.
      leakContent(A, Reason::UnknownCallee, note(C.At, Why::UnknownBody));
      A = {};
    }
    if (P && Opaque && A && isConstContainer(P)) {
      escape::Object Proxy;
      Proxy.At = Call.At.At;
      Addr Shown = objectAddress(G.addObject(Proxy), Call.At);
      store(Addr{Shown.Base, 8}, elements(A, Call.At), Call.At);
      A = Shown;
    }
    bool Reads = P && isConstContainer(P);
    Call.Args.push_back(Reads ? plainNode(A, Call.At) : node(A, Call.At));
  }
  Addr Home;
  if (C.ResultObject) {
    Home = C.ResultObject;
    Call.Args.push_back(node(Home, Call.At));
    QualType T = C.Result;
    Call.ResultIsFresh = libraryClass(recordOf(T)) != LibraryClass::None ||
                         T.isTriviallyCopyableType(Ctx);
  } else if (isPointerScalar(C.Result)) {
    Call.Result = G.addNode();
    Home = Addr{Call.Result, 0};
    if (Pure)
      for (Addr A : C.Args)
        if (A)
          G.copy(Call.Result, A.Base, AnyOffset, Call.At);
  }
  bool MayBring = Home && !U.inSystemHeader(C.At->getBeginLoc());
  G.call(std::move(Call));
  markPlace(true, G.calls().size() - 1, C.At);
  if (MayBring) {
    QualType T = C.Result.getNonReferenceType();
    LibraryClass K = libraryClass(recordOf(T));
    if (T->isPointerType())
      T = T->getPointeeType();
    bool Shared = K == LibraryClass::SharedPtr;
    if (K == LibraryClass::UniquePtr || Shared)
      if (const auto *Spec =
              dyn_cast<ClassTemplateSpecializationDecl>(recordOf(T)))
        T = Spec->getTemplateArgs()[0].getAsType();
    const ArrayType *Array = Ctx.getAsArrayType(T);
    if (Array)
      T = Array->getElementType();
    std::string Name = Callee->getNameAsString();
    SiteRecord &S = site(C.At, SiteKind::Factory, Name, T);
    // make_unique<T[]>(n): the count is this call's, not the body's.
    if (Array && Callee->isInStdNamespace() && C.ArgExprs.size() == 1)
      if (std::optional<uint64_t> Count = upperBound(C.ArgExprs[0], Ctx, Facts);
          Count && *Count < (1u << 30))
        S.Bound = *Count * Ctx.getTypeSizeInChars(T).getQuantity();
    S.IsShared = Shared;
    const CXXRecordDecl *Made = T->getAsCXXRecordDecl();
    S.Nameable = !Made || (Made->hasDefinition() && !Made->isAbstract());
    S.Conditional = false;
    G.calls().back().At.At = S.At;
  }
  return Home;
}

//===-- construction --------------------------------------------------------//

Addr FunctionBuilder::evalConstruct(const CXXConstructExpr *E) {
  // A copy that is never made (before C++17 it is still in the tree).
  if (E->isElidable() && E->getNumArgs() >= 1 &&
      E->getConstructor()->isCopyOrMoveConstructor()) {
    const Expr *Source = E->getArg(0);
    if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(Source))
      Source = M->getSubExpr();
    if (Source->isPRValue())
      return eval(Source);
  }
  Addr Home = destination(E);
  Addr Object = Home;
  if (E->getType()->isArrayType())
    Object.K = AnyOffset;
  construct(Object, E);
  return Home;
}

void FunctionBuilder::construct(Addr Object, const CXXConstructExpr *E) {
  const CXXConstructorDecl *Ctor = E->getConstructor();
  CallShape C;
  C.Callee = Ctor;
  C.At = E;
  C.HasThis = true;
  C.Result = Ctx.VoidTy;
  C.Args.push_back(Object);
  for (const Expr *Arg : E->arguments()) {
    C.ArgExprs.push_back(Arg);
    C.Args.push_back(argument(Arg));
  }
  if (libraryCall(C))
    return;
  if (Ctor->isTrivial()) {
    if (Ctor->isCopyOrMoveConstructor() && C.Args.size() > 1)
      copyAll(Object, C.Args[1], note(E, Why::Copied));
    return;
  }
  if (Ctor->isDefaulted() && !U.bodyOf(Ctor) &&
      Ctor->isCopyOrMoveConstructor() && C.Args.size() > 1)
    copyAll(Object, C.Args[1], note(E, Why::Copied));
  emitCall(C, nullptr);
}

void FunctionBuilder::copyObject(Addr To, Addr From, QualType T,
                                 escape::Note N) {
  if (!From)
    return;
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD || RD->hasTrivialCopyConstructor() ||
      libraryClass(RD) != LibraryClass::None)
    return copyAll(To, From, N);
  // Which of copy and move runs is overload resolution's business: both may.
  for (const CXXConstructorDecl *Ctor : RD->ctors())
    if (Ctor->isCopyOrMoveConstructor() && !Ctor->isDeleted()) {
      if (Ctor->isTrivial() || (Ctor->isDefaulted() && !U.bodyOf(Ctor)))
        copyAll(To, From, N);
      else
        callFunction(Ctor, {To, From}, N, false);
    }
}

} // namespace stackward::source
