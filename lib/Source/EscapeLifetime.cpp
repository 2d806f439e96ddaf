// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where objects of class type begin and end: construction, copies, destructors
/// and deletions.
#include "Builder.h"

using namespace clang;

namespace stackward::source {

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

} // namespace stackward::source
