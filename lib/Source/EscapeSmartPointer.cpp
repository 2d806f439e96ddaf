// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// std::unique_ptr, std::shared_ptr and std::weak_ptr; their cells are in
/// EscapeLibrary.cpp.
///
/// A shared_ptr copied from a local one that never changes borrows: the local
/// one keeps the object alive until the end of its scope, so the copy's end
/// does not release anything.
///
///   auto P = std::make_shared<T>();  use(P);     // use takes it by value
#include "Builder.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"

using namespace clang;

namespace stackward::source {

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
  if (libraryClass(MD->getParent()) == LibraryClass::UniquePtr)
    if (const CXXRecordDecl *D = recordOf(templateArg(Source, 1));
        D && D->hasDefinition() && !D->isEmpty())
      return copyAll(Addr{To.Base, addOffsets(To.K, 8)}, Second, N);
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

/// A raw pointer in the first argument, perhaps a deleter in the second.
void FunctionBuilder::takePointer(CallShape &C, bool Shared) {
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  escape::Note N = note(C.At, Why::OwnedBySmartPointer);
  QualType T = C.ArgExprs[0]->getType();
  Addr Self = C.Args[0], A = C.Args[1];
  Addr Second{Self.Base, addOffsets(Self.K, 8)};
  if (A && !T->isPointerType()) {
    leak(A, Reason::Cap, note(C.At, Why::NotModelled));
    return leakContent(A, Reason::Cap, note(C.At, Why::NotModelled));
  }
  if (A) // else null, which a deleter may come with
    A.K = addOffsets(A.K, upcastShift(T->getPointeeType(),
                                      templateArg(MD->getParent(), 0), Ctx));
  store(Self, A, N);
  if (Shared && A) {
    store(Second, A, N);
    shareFromThis(A, T->getPointeeType(), N);
  }
  if (C.ArgExprs.size() <= 1)
    return;
  Addr Deleter = C.Args[2];
  if (Shared)
    return keepDeleter(C, A);
  const Expr *DeleterExpr = C.ArgExprs[1];
  // A function pointer comes by value or, as usual, by reference.
  if (DeleterExpr->getType()->isFunctionType())
    store(Second, Deleter, N);
  else if (DeleterExpr->getType()->isPointerType())
    store(Second, DeleterExpr->isGLValue() ? load(Deleter, N) : Deleter, N);
  else if (recordOf(DeleterExpr->getType()))
    copyAll(Second, Deleter, N);
  else
    leak(Deleter, Reason::CustomDeleter, N);
}

/// Every call operator of D, on the state at State, gets Pointer. Returns how
/// many there are.
unsigned FunctionBuilder::runDeleter(const CXXRecordDecl *D, Addr State,
                                     Addr Pointer, escape::Note N, bool Here) {
  D = D ? D->getDefinition() : nullptr;
  unsigned Found = 0;
  auto Run = [&](const FunctionDecl *F) {
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    if (!M || M->getOverloadedOperator() != OO_Call || M->getNumParams() != 1)
      return;
    ++Found;
    if (M->isStatic())
      callFunction(M, {Pointer}, N, Here);
    else
      callFunction(M, {State, Pointer}, N, Here);
  };
  if (!D || libraryClass(D) != LibraryClass::None) // std::function
    return 0;
  for (const CXXBaseSpecifier &B : D->bases())
    Found += runDeleter(B.getType()->getAsCXXRecordDecl(),
                        Addr{State.Base, AnyOffset}, Pointer, N, Here);
  for (const Decl *Member : D->decls()) {
    if (const auto *M = dyn_cast<CXXMethodDecl>(Member))
      Run(M);
    if (const auto *FT = dyn_cast<FunctionTemplateDecl>(Member))
      for (const FunctionDecl *Instance : FT->specializations())
        Run(Instance);
  }
  return Found;
}

/// A shared_ptr's deleter runs when the last owner dies, wherever that is. Its
/// state stays with what copies keep alive; an allocator is not followed.
void FunctionBuilder::keepDeleter(CallShape &C, Addr Pointer) {
  escape::Note N = note(C.At, Why::OwnedBySmartPointer);
  leak(Pointer, Reason::CustomDeleter, N);
  for (unsigned I = 3; I < C.Args.size(); ++I) {
    leak(C.Args[I], Reason::CustomAllocator, N);
    leakContent(C.Args[I], Reason::CustomAllocator, N);
  }
  QualType T = C.ArgExprs[1]->getType();
  const CXXRecordDecl *RD = recordOf(T);
  if (!RD || !C.Args[2]) // a function
    return;
  ObjectId Object = G.addObject(escape::Object());
  hide(Object, C.Args[0], C.At);
  Addr State = objectAddress(Object, N);
  copyObject(State, C.Args[2], T, N);
  store(Addr{C.Args[0].Base, addOffsets(C.Args[0].K, 16)}, State, N);
  if (!runDeleter(RD, State, Pointer, N, false))
    leakContent(State, Reason::CustomDeleter, N);
}

void FunctionBuilder::takeOwnership(CallShape &C, LibraryClass K) {
  if (C.ArgExprs.empty())
    return;
  bool Shared = K != LibraryClass::UniquePtr;
  QualType T = C.ArgExprs[0]->getType();
  LibraryClass From = libraryClass(recordOf(T));
  Addr Self = C.Args[0], A = C.Args[1];
  if (From != LibraryClass::UniquePtr && From != LibraryClass::SharedPtr &&
      From != LibraryClass::WeakPtr)
    return takePointer(C, Shared);
  if (C.ArgExprs.size() > 1 && Shared &&
      C.ArgExprs[1]->getType()->isPointerType()) {
    // Aliasing: points to one thing, keeps another alive.
    escape::Note N = note(C.At, Why::OwnedBySmartPointer);
    store(Self, C.Args[2], N);
    for (Offset Cell : {8, 16})
      store(Addr{Self.Base, addOffsets(Self.K, Cell)},
            load(Addr{A.Base, addOffsets(A.K, Cell)}, N), N);
    return;
  }
  bool Copies = C.ArgExprs[0]->IgnoreParenImpCasts()->isLValue();
  bool Borrow =
      Copies && From == LibraryClass::SharedPtr && isStableOwner(C.ArgExprs[0]);
  moveSmartPointer(C, A, T, Borrow);
}

std::optional<Addr> FunctionBuilder::smartPointerCall(CallShape &C,
                                                      LibraryClass K) {
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  Addr Self = C.Args[0];
  bool Resets = MD->getIdentifier() && MD->getName() == "reset";
  if (Resets || MD->getOverloadedOperator() == OO_Equal)
    destroySmartPointer(Self, MD->getParent(),
                        note(C.At, Why::OwnedBySmartPointer), true);
  if (!Resets && !isa<CXXConstructorDecl>(MD) &&
      MD->getOverloadedOperator() != OO_Equal)
    return smartPointerMember(C);
  takeOwnership(C, K);
  return Resets ? Addr{} : Self;
}

/// Members that leave what is owned alone.
std::optional<Addr> FunctionBuilder::smartPointerMember(CallShape &C) {
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  escape::Note N = note(C.At, Why::OwnedBySmartPointer);
  Addr Self = C.Args[0];
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
  if (Name == "swap" && C.Args.size() == 2) {
    copyAll(Self, C.Args[1], N);
    copyAll(C.Args[1], Self, N);
    return Addr{};
  }
  if (Name == "get_deleter")
    return Addr{Self.Base, addOffsets(Self.K, 8)};
  if (Name == "lock") {
    copyAll(C.ResultObject, Self, N);
    return C.ResultObject;
  }
  if (Name == "use_count" || Name == "expired" || Name == "unique" ||
      Name == "owner_before")
    return Addr{};
  return unknownMember(C);
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
  // A deleter with a state was perhaps made out of sight.
  bool Known = DR && DR->hasDefinition() && DR->isEmpty();
  unsigned Found = runDeleter(DR, Stored, P, N, Known && Here);
  if (Found == 0)
    leakContent(Stored, Reason::CustomDeleter, N);
  if (Found != 1 || !Known)
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

} // namespace stackward::source
