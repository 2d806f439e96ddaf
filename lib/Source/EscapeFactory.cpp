// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Objects that the library makes from forwarded arguments. make_shared and
/// allocate_shared are known by name: object and counts are one block, made far
/// down in the library. Everything else that makes objects is known by its
/// body.
#include "Builder.h"

using namespace clang;

namespace stackward::source {

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
      for (Addr Kept : {Object, C.Args[0]}) {
        leak(Kept, Reason::CustomAllocator, N);
        if (Kept.Base != Object.Base)
          leakContent(Kept, Reason::CustomAllocator, N);
      }
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

bool FunctionBuilder::tryConstructors(Addr Object, const CXXRecordDecl *RD,
                                      llvm::ArrayRef<Addr> Args,
                                      llvm::ArrayRef<const Expr *> Exprs,
                                      escape::Note N) {
  bool Any = false;
  for (const CXXConstructorDecl *Ctor : RD->ctors()) {
    // An aggregate's members are made from the arguments, one by one.
    if ((RD->isAggregate() && !Args.empty()) || Ctor->isDeleted() ||
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
  return Any;
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
  // Constructor templates, or nothing that fits: the arguments get away, and
  // so does the object, which its constructor may have registered anywhere.
  bool HasTemplate = false;
  for (const Decl *D : RD->decls())
    if (const auto *FT = dyn_cast<FunctionTemplateDecl>(D))
      HasTemplate |= isa<CXXConstructorDecl>(FT->getTemplatedDecl());
  if (tryConstructors(Object, RD, Args, Exprs, N) && !HasTemplate)
    return;
  leak(Object, Reason::UnknownCallee, N);
  for (Addr A : Args) {
    leak(A, Reason::UnknownCallee, N);
    leakContent(A, Reason::UnknownCallee, N);
  }
}

} // namespace stackward::source
