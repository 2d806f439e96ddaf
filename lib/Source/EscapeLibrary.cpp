// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Classes of the standard library that the builder gives meaning to: smart
/// pointers, std::function and iterators. Each is a few abstract cells:
///
///   unique_ptr   0 the pointer                 8 the deleter
///   shared_ptr   0 the pointer                 8 what it keeps alive
///   weak_ptr     as shared_ptr, but releases nothing
///   function     0 its own heap copy (a site)  8 the callable
///                16 the callable's operator()  24 a plain function pointer
///   iterator     0 somewhere in the elements
///
/// Nobody but the functions here reads those cells, so they need not be where
/// the library puts its members.
///
/// A shared_ptr copied from a local one that never changes borrows: the local
/// one keeps the object alive until the end of its scope, so the copy's end
/// does not release anything.
///
///   auto P = std::make_shared<T>();  use(P);     // use takes it by value
#include "Builder.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;

namespace stackward::source {

LibraryClass libraryClass(const CXXRecordDecl *RD) {
  if (!RD || !RD->getIdentifier())
    return LibraryClass::None;
  StringRef Name = RD->getName();
  if (!RD->isInStdNamespace()) {
    const auto *NS = dyn_cast<NamespaceDecl>(RD->getDeclContext());
    return NS && NS->getName() == "__gnu_cxx" && Name == "__normal_iterator"
               ? LibraryClass::Iterator
               : LibraryClass::None;
  }
  return llvm::StringSwitch<LibraryClass>(Name)
      .Case("unique_ptr", LibraryClass::UniquePtr)
      .Cases({"shared_ptr", "__shared_ptr"}, LibraryClass::SharedPtr)
      .Case("__shared_ptr_access", LibraryClass::SharedPtr)
      .Cases({"weak_ptr", "__weak_ptr"}, LibraryClass::WeakPtr)
      .Case("function", LibraryClass::Function)
      .Cases({"vector", "basic_string", "deque", "list", "forward_list"},
             LibraryClass::Container)
      .Cases({"map", "multimap", "set", "multiset"}, LibraryClass::Container)
      .Cases({"unordered_map", "unordered_multimap", "unordered_set",
              "unordered_multiset"},
             LibraryClass::Container)
      .Cases({"_Rb_tree_iterator", "_Rb_tree_const_iterator", "_List_iterator",
              "_List_const_iterator"},
             LibraryClass::Iterator)
      .Cases({"_Fwd_list_iterator", "_Fwd_list_const_iterator",
              "_Deque_iterator", "_Bit_iterator", "_Bit_const_iterator"},
             LibraryClass::Iterator)
      .Cases({"__wrap_iter", "__tree_iterator", "__tree_const_iterator",
              "__list_iterator", "__list_const_iterator"},
             LibraryClass::Iterator)
      .Default(RD->getName().starts_with("_Node_iterator") ||
                       RD->getName() == "_Node_const_iterator" ||
                       RD->getName() == "_Local_iterator" ||
                       RD->getName() == "_Local_const_iterator"
                   ? LibraryClass::Iterator
                   : LibraryClass::None);
}

static QualType templateArg(const CXXRecordDecl *RD, unsigned I) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(RD);
  if (!Spec || Spec->getTemplateArgs().size() <= I ||
      Spec->getTemplateArgs()[I].getKind() != TemplateArgument::Type)
    return {};
  return Spec->getTemplateArgs()[I].getAsType();
}

std::optional<Addr> FunctionBuilder::libraryCall(CallShape &C) {
  if (!C.HasThis)
    return factoryCall(C);
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  LibraryClass K = libraryClass(MD->getParent());
  // The bodies of the library's own members are lowered like any other when
  // nothing here knows them; inside them `this` is not one of our cells.
  switch (K) {
  case LibraryClass::None:
    return std::nullopt;
  case LibraryClass::UniquePtr:
  case LibraryClass::SharedPtr:
  case LibraryClass::WeakPtr:
    return smartPointerCall(C, K);
  case LibraryClass::Function:
    return functionCall(C);
  case LibraryClass::Iterator:
    return iteratorCall(C);
  case LibraryClass::Container:
    return containerCall(C);
  }
  llvm_unreachable("closed switch");
}

//===-- smart pointers ------------------------------------------------------//

/// From is a Derived*, kept as a Base*: equal only when the base comes first.
static Offset upcastShift(QualType From, QualType To, ASTContext &Ctx) {
  const CXXRecordDecl *D = From.isNull() ? nullptr : From->getAsCXXRecordDecl();
  const CXXRecordDecl *B = To.isNull() ? nullptr : To->getAsCXXRecordDecl();
  if (!D || !B || D->getCanonicalDecl() == B->getCanonicalDecl())
    return 0;
  if (!D->hasDefinition() || !B->hasDefinition())
    return AnyOffset;
  D = D->getDefinition();
  B = B->getDefinition();
  if (!D->isDerivedFrom(B))
    return 0;
  // Along first, non-virtual bases the address stays the same.
  while (D != B) {
    const CXXRecordDecl *Next = nullptr;
    for (const CXXBaseSpecifier &Base : D->bases()) {
      const CXXRecordDecl *BD = Base.getType()->getAsCXXRecordDecl();
      BD = BD ? BD->getDefinition() : nullptr;
      if (BD && !Base.isVirtual() &&
          Ctx.getASTRecordLayout(D).getBaseClassOffset(BD).isZero() &&
          (BD == B || BD->isDerivedFrom(B)))
        Next = BD;
    }
    if (!Next)
      return AnyOffset;
    D = Next;
  }
  return 0;
}

void FunctionBuilder::moveSmartPointer(CallShape &C, Addr From, QualType FromT,
                                       bool Borrow) {
  escape::Note N = note(C.At, Why::OwnedBySmartPointer);
  Addr To = C.Args[0];
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  const CXXRecordDecl *Source = recordOf(FromT);
  Offset Shift =
      upcastShift(templateArg(Source, 0), templateArg(MD->getParent(), 0), Ctx);
  Addr P = load(From, N);
  P.K = addOffsets(P.K, Shift);
  store(To, P, N);
  if (Borrow) {
    for (Offset Cell : {8, 16})
      store(Addr{To.Base, addOffsets(To.K, 16)},
            load(Addr{From.Base, addOffsets(From.K, Cell)}, N), N);
    return;
  }
  Addr Second{From.Base, addOffsets(From.K, 8)};
  // A shared_ptr made from a unique_ptr keeps the pointer's object alive.
  bool Shares = libraryClass(MD->getParent()) != LibraryClass::UniquePtr &&
                libraryClass(Source) == LibraryClass::UniquePtr;
  store(Addr{To.Base, addOffsets(To.K, 8)},
        Shares ? load(From, N) : load(Second, N), N);
  // What a borrowed copy keeps alive without releasing it, stays with it.
  store(Addr{To.Base, addOffsets(To.K, 16)},
        load(Addr{From.Base, addOffsets(From.K, 16)}, N), N);
}

/// `P` in a copy from a local shared_ptr that nothing changes.
bool FunctionBuilder::isStableOwner(const Expr *E) const {
  const auto *Ref = dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts());
  const auto *V = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return V && V->hasLocalStorage() && !V->getType()->isReferenceType() &&
         V->getDeclContext() == FD && !Facts.Changed.contains(V) &&
         !isa<ParmVarDecl>(V);
}

std::optional<Addr> FunctionBuilder::smartPointerCall(CallShape &C,
                                                      LibraryClass K) {
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  escape::Note N = note(C.At, Why::OwnedBySmartPointer);
  Addr Self = C.Args[0];
  Addr Second{Self.Base, addOffsets(Self.K, 8)};
  bool Shared = K != LibraryClass::UniquePtr;
  auto Take = [&](unsigned First) {
    // What comes in argument First becomes the content.
    if (C.ArgExprs.size() <= First)
      return;
    QualType T = C.ArgExprs[First]->getType();
    LibraryClass From = libraryClass(recordOf(T));
    Addr A = C.Args[First + 1];
    if (From == LibraryClass::UniquePtr || From == LibraryClass::SharedPtr ||
        From == LibraryClass::WeakPtr) {
      if (C.ArgExprs.size() > First + 1 && Shared &&
          C.ArgExprs[First + 1]->getType()->isPointerType()) {
        // Aliasing: points to one thing, keeps another alive.
        store(Self, C.Args[First + 2], N);
        store(Second, load(Addr{A.Base, addOffsets(A.K, 8)}, N), N);
        store(Addr{Self.Base, addOffsets(Self.K, 16)},
              load(Addr{A.Base, addOffsets(A.K, 16)}, N), N);
        return;
      }
      bool Copies = C.ArgExprs[First]->IgnoreParenImpCasts()->isLValue();
      bool Borrow = Copies && From == LibraryClass::SharedPtr &&
                    isStableOwner(C.ArgExprs[First]);
      return moveSmartPointer(C, A, T, Borrow);
    }
    if (!A)
      return; // null
    if (!T->isPointerType()) {
      leak(A, Reason::Cap, note(C.At, Why::NotModelled));
      return leakContent(A, Reason::Cap, note(C.At, Why::NotModelled));
    }
    A.K = addOffsets(A.K, upcastShift(T->getPointeeType(),
                                      templateArg(MD->getParent(), 0), Ctx));
    store(Self, A, N);
    if (Shared) {
      store(Second, A, N);
      shareFromThis(A, T->getPointeeType(), N);
    }
    if (C.ArgExprs.size() <= First + 1)
      return;
    Addr Deleter = C.Args[First + 2];
    if (Shared)
      return leak(A, Reason::CustomDeleter, N);
    const Expr *DeleterExpr = C.ArgExprs[First + 1];
    // A function pointer comes by value or, as usual, by reference.
    if (DeleterExpr->getType()->isFunctionType())
      store(Second, Deleter, N);
    else if (DeleterExpr->getType()->isPointerType())
      store(Second, DeleterExpr->isGLValue() ? load(Deleter, N) : Deleter, N);
    else if (recordOf(DeleterExpr->getType()))
      copyAll(Second, Deleter, N);
    else
      leak(Deleter, Reason::CustomDeleter, N);
  };
  if (isa<CXXConstructorDecl>(MD)) {
    Take(0);
    return Self;
  }
  if (MD->getOverloadedOperator() == OO_Equal) {
    destroySmartPointer(Self, MD->getParent(), N, true);
    Take(0);
    return Self;
  }
  switch (MD->getOverloadedOperator()) {
  case OO_Star:
  case OO_Arrow:
    return load(Self, N);
  case OO_Subscript:
    return Addr{load(Self, N).Base, AnyOffset};
  default:
    break;
  }
  if (isa<CXXConversionDecl>(MD))
    return Addr{};
  StringRef Name = MD->getIdentifier() ? MD->getName() : "";
  if (Name == "get" || Name == "release" || Name == "_M_get")
    return load(Self, N);
  if (Name == "reset") {
    destroySmartPointer(Self, MD->getParent(), N, true);
    Take(0);
    return Addr{};
  }
  if (Name == "swap" && C.Args.size() == 2) {
    copyAll(Self, C.Args[1], N);
    copyAll(C.Args[1], Self, N);
    return Addr{};
  }
  if (Name == "get_deleter")
    return Second;
  if (Name == "lock") {
    copyAll(C.ResultObject, Self, N);
    return C.ResultObject;
  }
  if (Name == "use_count" || Name == "expired" || Name == "unique" ||
      Name == "owner_before")
    return Addr{};
  return std::nullopt;
}

void FunctionBuilder::destroySmartPointer(Addr A, const CXXRecordDecl *RD,
                                          escape::Note N, bool Here) {
  LibraryClass K = libraryClass(RD);
  if (K == LibraryClass::WeakPtr || !A)
    return;
  QualType T = templateArg(RD, 0);
  if (T.isNull())
    return;
  bool IsArray = T->isArrayType();
  escape::Family F = IsArray ? escape::Family::NewArray : escape::Family::New;
  if (IsArray)
    T = Ctx.getAsArrayType(T)->getElementType();
  if (K == LibraryClass::SharedPtr)
    return deletePointer(load(Addr{A.Base, addOffsets(A.K, 8)}, N), T, F, N,
                         Here);
  Addr P = load(A, N);
  QualType Deleter = templateArg(RD, 1);
  const CXXRecordDecl *DR =
      Deleter.isNull() ? nullptr : Deleter->getAsCXXRecordDecl();
  if (DR && DR->isInStdNamespace() && DR->getName() == "default_delete")
    return deletePointer(P, T, F, N, Here);
  Addr Stored{A.Base, addOffsets(A.K, 8)};
  escape::Call Call;
  Call.At = N;
  Call.ReleasesHere = Here;
  if (!Deleter.isNull() && Deleter->isPointerType()) {
    Call.Kind = escape::CallKind::Indirect;
    Call.Target = node(load(Stored, N), N);
    Call.Args.push_back(node(P, N));
    G.call(std::move(Call));
    return;
  }
  const CXXMethodDecl *Operator = nullptr;
  unsigned Candidates = 0;
  if (DR && DR->getDefinition())
    for (const CXXMethodDecl *M : DR->getDefinition()->methods())
      if (M->getOverloadedOperator() == OO_Call && M->getNumParams() == 1) {
        Operator = M;
        ++Candidates;
      }
  // A deleter with a state was perhaps made out of sight.
  if (Candidates == 1 && !Operator->isStatic() && DR->isEmpty())
    return callFunction(Operator, {Stored, P}, N, Here);
  leak(P, Reason::CustomDeleter, N);
}

/// The first owner of such an object makes it point to itself.
void FunctionBuilder::shareFromThis(Addr Object, QualType T, escape::Note N) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD)
    return;
  bool Found = false;
  RD->forallBases([&](const CXXRecordDecl *Base) {
    Found |= Base->getIdentifier() && Base->isInStdNamespace() &&
             Base->getName() == "enable_shared_from_this";
    return true;
  });
  if (Found)
    store(Addr{Object.Base, AnyOffset}, Object, N);
}

//===-- factories that are known by name ------------------------------------//

/// make_shared and allocate_shared: object and counts are one block, made far
/// down in the library. Everything else that makes objects is known by its
/// body.
std::optional<Addr> FunctionBuilder::factoryCall(CallShape &C) {
  const FunctionDecl *FD = C.Callee;
  if (!FD->isInStdNamespace() || !FD->getIdentifier() || !C.ResultObject)
    return std::nullopt;
  StringRef Name = FD->getName();
  bool Allocate = Name == "allocate_shared";
  if (!Allocate && Name != "make_shared")
    return std::nullopt;
  const CXXRecordDecl *RD = recordOf(C.Result);
  if (libraryClass(RD) != LibraryClass::SharedPtr)
    return std::nullopt;
  QualType T = templateArg(RD, 0);
  if (T.isNull())
    return std::nullopt;
  escape::Note N = note(C.At, Why::Allocated);
  bool IsArray = T->isArrayType();
  if (IsArray)
    T = Ctx.getAsArrayType(T)->getElementType();
  ObjectId O =
      newSite(C.At, T, IsArray ? SiteKind::NewArray : SiteKind::New,
              IsArray ? escape::Family::NewArray : escape::Family::New, Name);
  U.Out.Sites.back().IsShared = true;
  if (IsArray && !C.ArgExprs.empty()) {
    std::optional<uint64_t> Count =
        upperBound(C.ArgExprs[Allocate], Ctx, Facts);
    if (Count && *Count < (1u << 30))
      *Count *= Ctx.getTypeSizeInChars(T).getQuantity();
    setBound(U.Out.Sites.back(), O, Count, true);
  }
  Addr Object = objectAddress(O, N);
  store(C.ResultObject, Object, N);
  store(Addr{C.ResultObject.Base, addOffsets(C.ResultObject.K, 8)}, Object, N);
  llvm::ArrayRef<Addr> Args(C.Args);
  llvm::ArrayRef<const Expr *> Exprs(C.ArgExprs);
  if (Allocate) {
    const CXXRecordDecl *A = recordOf(C.ArgExprs[0]->getType());
    if (!A || !A->isInStdNamespace() || A->getName() != "allocator")
      leak(Object, Reason::CustomAllocator, N);
    Args = Args.drop_front();
    Exprs = Exprs.drop_front();
  }
  if (!IsArray) {
    constructAny(Object, T, Args, Exprs, N);
    shareFromThis(Object, T, N);
  } else {
    makeEmpty(Object, T, N);
  }
  return C.ResultObject;
}

/// An argument that came by forwarding reference, as parameter type P takes
/// it. A conversion that is more than a change of class leaks.
Addr FunctionBuilder::forwarded(Addr A, const Expr *Given, QualType P,
                                escape::Note N) {
  QualType T = Given->getType().getCanonicalType().getUnqualifiedType();
  QualType Wanted =
      P.getNonReferenceType().getCanonicalType().getUnqualifiedType();
  bool Same = Ctx.hasSameType(T, Wanted);
  if (T->isPointerType() && Wanted->isPointerType() && !P->isReferenceType()) {
    Addr Value = load(A, N);
    // To a base that may lie anywhere.
    if (!Ctx.hasSameUnqualifiedType(T->getPointeeType(),
                                    Wanted->getPointeeType()))
      Value.K = AnyOffset;
    return Value;
  }
  if (P->isReferenceType() && Same)
    return A;
  if (Wanted->isRecordType() && Same) {
    escape::Object Copy;
    Addr Home = objectAddress(G.addObject(Copy), N);
    copyObject(Home, A, Wanted, N);
    return Home;
  }
  if (!U.mayHoldPointer(T))
    return Wanted->isScalarType() ? Addr{} : Addr{outside(), 0};
  leak(A, Reason::UnknownCallee, N);
  leakContent(A, Reason::UnknownCallee, N);
  return Addr{outside(), 0};
}

/// Somewhere inside the library a T is made from Args. Which constructor runs
/// is not known here, so every one that could take as many arguments does.
void FunctionBuilder::constructAny(Addr Object, QualType T,
                                   llvm::ArrayRef<Addr> Args,
                                   llvm::ArrayRef<const Expr *> Exprs,
                                   escape::Note N) {
  // Arguments come by forwarding reference: by address, whatever they are.
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD) {
    for (Addr A : Args)
      if (A && isPointerLike(T))
        store(Object, load(A, N), N);
    return;
  }
  LibraryClass K = libraryClass(RD);
  if (Args.empty() && K != LibraryClass::None)
    return makeEmpty(Object, T, N);
  bool Plain = (K != LibraryClass::None && K != LibraryClass::Function) ||
               (RD->isAggregate() && RD->hasTrivialCopyConstructor());
  if (Plain) {
    makeEmpty(Object, T, N);
    for (unsigned I = 0; I < Args.size(); ++I) {
      copyAll(Addr{Object.Base, AnyOffset}, Args[I], N);
      if (Args[I] && I < Exprs.size() && Exprs[I]->getType()->isPointerType())
        store(Addr{Object.Base, AnyOffset}, load(Args[I], N), N);
    }
    return;
  }
  bool Any = false;
  for (const CXXConstructorDecl *Ctor : RD->ctors()) {
    // An aggregate's members are made from the arguments, one by one.
    if (RD->isAggregate() || Ctor->isDeleted() ||
        Ctor->getDescribedFunctionTemplate() ||
        Ctor->getNumParams() < Args.size() ||
        Ctor->getMinRequiredArguments() > Args.size())
      continue;
    Any = true;
    if (Ctor->isTrivial()) {
      for (Addr A : Args)
        copyAll(Object, A, N);
      continue;
    }
    llvm::SmallVector<Addr, 6> Passed{Object};
    for (unsigned I = 0; I < Ctor->getNumParams(); ++I) {
      Addr A = I < Args.size() ? Args[I] : Addr{};
      Passed.push_back(
          A ? forwarded(A, Exprs[I], Ctor->getParamDecl(I)->getType(), N) : A);
    }
    callFunction(Ctor, Passed, N, false);
  }
  // Constructor templates, or nothing that fits: the arguments get away, and
  // so does the object, which its constructor may have registered anywhere.
  bool HasTemplate = false;
  for (const Decl *D : RD->decls())
    if (const auto *FT = dyn_cast<FunctionTemplateDecl>(D))
      HasTemplate |= isa<CXXConstructorDecl>(FT->getTemplatedDecl());
  if (Any && !HasTemplate)
    return;
  leak(Object, Reason::UnknownCallee, N);
  for (Addr A : Args) {
    leak(A, Reason::UnknownCallee, N);
    leakContent(A, Reason::UnknownCallee, N);
  }
}

//===-- std::function -------------------------------------------------------//

/// The call operator takes and gives exactly what the signature says, so no
/// conversion stands between them.
static bool callsAsDeclared(QualType Signature, const CXXMethodDecl *Operator) {
  const auto *Proto =
      Signature.isNull() ? nullptr : Signature->getAs<FunctionProtoType>();
  if (!Proto || Proto->getNumParams() != Operator->getNumParams())
    return false;
  auto Plain = [](QualType T) {
    return T.getCanonicalType().getUnqualifiedType();
  };
  for (unsigned I = 0; I < Proto->getNumParams(); ++I) {
    QualType A = Plain(Proto->getParamType(I));
    QualType B = Plain(Operator->getParamDecl(I)->getType());
    bool Numbers = A->isArithmeticType() && B->isArithmeticType();
    if (A != B && !Numbers)
      return false;
  }
  QualType R = Plain(Proto->getReturnType());
  QualType Own = Plain(Operator->getReturnType());
  return R == Own || (R->isVoidType() && !Own->isRecordType()) ||
         (R->isArithmeticType() && Own->isArithmeticType());
}

/// The callable T moves into the std::function at C.Args[0].
void FunctionBuilder::keepCallable(CallShape &C, Addr Callable, QualType T) {
  escape::Note N = note(C.At, Why::Captured);
  Addr Self = C.Args[0];
  T = T.getNonReferenceType().getUnqualifiedType();
  if (T->isFunctionType() || T->isPointerType()) {
    // By forwarding reference: the address of a pointer, or the function.
    bool ByAddress = T->isPointerType() && C.ArgExprs[0]->isGLValue();
    store(Addr{Self.Base, addOffsets(Self.K, 24)},
          ByAddress ? load(Callable, N) : Callable, N);
    return;
  }
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  const CXXMethodDecl *Operator = nullptr;
  unsigned Candidates = 0;
  if (RD)
    for (const Decl *D : RD->decls()) {
      const auto *M = dyn_cast<CXXMethodDecl>(D);
      if (M && M->getOverloadedOperator() == OO_Call) {
        Operator = M;
        ++Candidates;
      }
      if (isa<FunctionTemplateDecl>(D))
        Candidates += 2; // which instance is called is not known
    }
  if (Candidates != 1 || Operator->isStatic() ||
      !callsAsDeclared(
          templateArg(cast<CXXMethodDecl>(C.Callee)->getParent(), 0),
          Operator)) {
    leak(Callable, Reason::IndirectCallee, N);
    leakContent(Callable, Reason::IndirectCallee, N);
    // Whoever calls it calls something unknown.
    return store(Addr{Self.Base, addOffsets(Self.K, 24)}, Addr{outside(), 0},
                 N);
  }
  escape::Object Copy;
  Copy.At = N.At;
  Addr Kept = objectAddress(G.addObject(Copy), N);
  copyObject(Kept, Callable, T, N);
  store(Addr{Self.Base, addOffsets(Self.K, 8)}, Kept, N);
  escape::Object Code;
  Code.Kind = escape::ObjectKind::Function;
  Code.FunctionSymbol = U.symbol(Operator);
  if (const FunctionDecl *Body = U.bodyOf(Operator))
    U.enqueue(Body);
  store(Addr{Self.Base, addOffsets(Self.K, 16)},
        objectAddress(G.addObject(Code), N), N);
  // Both libraries keep what is small and trivially copyable in place.
  uint64_t Size = Ctx.getTypeSizeInChars(T).getQuantity();
  if (Size <= 16 && T.isTriviallyCopyableType(Ctx))
    return;
  if (U.inSystemHeader(C.At->getBeginLoc()))
    return;
  ObjectId O = newSite(C.At, T, SiteKind::Function, escape::Family::Library,
                       "std::function");
  setBound(U.Out.Sites.back(), O, Size, true);
  store(Self, objectAddress(O, N), N);
}

std::optional<Addr> FunctionBuilder::functionCall(CallShape &C) {
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  escape::Note N = note(C.At, Why::PassedAsArgument);
  Addr Self = C.Args[0];
  bool Assigns = MD->getOverloadedOperator() == OO_Equal;
  if (isa<CXXConstructorDecl>(MD) || Assigns) {
    if (C.ArgExprs.size() != 1 || !C.Args[1])
      return C.ArgExprs.size() <= 1 ? std::optional<Addr>(Self) : std::nullopt;
    QualType T = C.ArgExprs[0]->getType();
    if (libraryClass(recordOf(T)) == LibraryClass::Function)
      copyAll(Self, C.Args[1], N);
    else
      keepCallable(C, C.Args[1], T);
    return Self;
  }
  if (MD->getOverloadedOperator() == OO_Call) {
    Addr Home = C.ResultObject;
    NodeId Result = NoNode;
    if (!Home && (C.Result->isPointerType() || C.Result->isReferenceType())) {
      Result = G.addNode();
      Home = Addr{Result, 0};
    }
    for (bool Functor : {true, false}) {
      escape::Call Call;
      Call.Kind = escape::CallKind::Indirect;
      Call.At = N;
      Call.Target = node(
          load(Addr{Self.Base, addOffsets(Self.K, Functor ? 16 : 24)}, N), N);
      if (Functor)
        Call.Args.push_back(
            node(load(Addr{Self.Base, addOffsets(Self.K, 8)}, N), N));
      for (unsigned I = 1; I < C.Args.size(); ++I)
        Call.Args.push_back(node(C.Args[I], N));
      if (C.ResultObject)
        Call.Args.push_back(node(C.ResultObject, N));
      Call.Result = Result;
      G.call(std::move(Call));
      markPlace(true, G.calls().size() - 1, C.At);
    }
    return Home;
  }
  if (isa<CXXConversionDecl>(MD))
    return Addr{};
  if (MD->getIdentifier() && MD->getName() == "swap" && C.Args.size() == 2) {
    copyAll(Self, C.Args[1], N);
    copyAll(C.Args[1], Self, N);
    return Addr{};
  }
  return std::nullopt;
}

//===-- iterators -----------------------------------------------------------//

std::optional<Addr> FunctionBuilder::iteratorCall(CallShape &C) {
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  escape::Note N = note(C.At, Why::Copied);
  Addr Self = C.Args[0];
  auto Copy = [&](Addr To, Addr From) { store(To, load(From, N), N); };
  if (isa<CXXConstructorDecl>(MD) || MD->getOverloadedOperator() == OO_Equal) {
    if (C.Args.size() < 2 || !C.Args[1])
      return Self;
    if (recordOf(C.ArgExprs[0]->getType()))
      Copy(Self, C.Args[1]);
    else // from a pointer, which libstdc++ takes by reference
      store(Self, C.ArgExprs[0]->isGLValue() ? load(C.Args[1], N) : C.Args[1],
            N);
    return Self;
  }
  switch (MD->getOverloadedOperator()) {
  case OO_Star:
  case OO_Arrow:
  case OO_Subscript:
    return Addr{load(Self, N).Base, AnyOffset};
  default:
    break;
  }
  if (C.ResultObject) {
    Copy(C.ResultObject, Self);
    return C.ResultObject;
  }
  return C.Result->isReferenceType() ? Self : Addr{};
}

} // namespace stackward::source
