// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The elements of containers: how they are made, copied and destroyed.
#include "Builder.h"
#include "ContainerClass.h"

using namespace clang;

namespace stackward::source {

Addr FunctionBuilder::elements(Addr Container, escape::Note N) {
  return load(Addr{Container.Base, addOffsets(Container.K, 8)}, N);
}

/// Value is the element's address, or the element itself when it is a pointer
/// passed by value.
void FunctionBuilder::addElement(CallShape &C, Addr Value, const Expr *Source) {
  if (!Value)
    return;
  escape::Note N = note(C.At, Why::KeptByContainer);
  const CXXRecordDecl *RD = cast<CXXMethodDecl>(C.Callee)->getParent();
  QualType T = elementType(RD);
  if (T.isNull() || !copyMatters(T))
    return;
  Addr To{elements(C.Args[0], N).Base, AnyOffset};
  if (recordOf(T))
    return copyObject(To, Value, T, N);
  store(To, Source->isGLValue() ? load(Value, N) : Value, N);
}

/// operator[] of a map copies the key into a new element.
void FunctionBuilder::addKey(CallShape &C, Addr Key, const Expr *E) {
  const CXXRecordDecl *RD = cast<CXXMethodDecl>(C.Callee)->getParent();
  QualType T = templateArg(RD, 0);
  if (!Key || T.isNull() || !U.mayHoldPointer(T))
    return;
  escape::Note N = note(C.At, Why::KeptByContainer);
  Addr To{elements(C.Args[0], N).Base, AnyOffset};
  if (recordOf(T))
    return copyObject(To, Key, T, N);
  store(To, E->isGLValue() ? load(Key, N) : Key, N);
}

void FunctionBuilder::destroyElements(Addr Container, const CXXRecordDecl *RD,
                                      escape::Note N) {
  QualType T = elementType(RD);
  const CXXRecordDecl *Element = T.isNull() ? nullptr : recordOf(T);
  if (!Element || !Element->hasDefinition() || Element->hasTrivialDestructor())
    return;
  destroy(Addr{elements(Container, N).Base, AnyOffset}, T, N, false);
}

/// The elements of this container are copied from memory at From.
void FunctionBuilder::copyRange(CallShape &C, Addr From) {
  const CXXRecordDecl *RD = cast<CXXMethodDecl>(C.Callee)->getParent();
  escape::Note N = note(C.At, Why::KeptByContainer);
  QualType T = elementType(RD);
  if (!From || T.isNull() || !copyMatters(T))
    return;
  Addr To{elements(C.Args[0], N).Base, AnyOffset};
  From.K = AnyOffset;
  if (recordOf(T))
    return copyObject(To, From, T, N);
  store(To, load(From, N), N);
}

/// A sequence argument: a pointer, an iterator, another container or a view.
void FunctionBuilder::copySequence(CallShape &C, Addr A, const Expr *E) {
  if (!A)
    return;
  escape::Note N = note(C.At, Why::KeptByContainer);
  QualType T = E->getType();
  const CXXRecordDecl *RD = recordOf(T);
  QualType Wanted = elementType(cast<CXXMethodDecl>(C.Callee)->getParent());
  QualType Given = sequenceElement(T, Ctx);
  if (!Wanted.isNull() && recordOf(Wanted) &&
      !recordOf(Wanted)->isInStdNamespace() &&
      (Given.isNull() || !Ctx.hasSameUnqualifiedType(Given, Wanted))) {
    // Elements are made by converting: by a constructor of the user's.
    leak(A, Reason::UnknownCallee, note(C.At, Why::NotModelled));
    leakContent(A, Reason::UnknownCallee, note(C.At, Why::NotModelled));
    store(Addr{elements(C.Args[0], N).Base, AnyOffset}, Addr{outside(), 0}, N);
    return;
  }
  if (T->isPointerType() || T->isArrayType())
    return copyRange(C, A);
  if (!RD)
    return;
  if (libraryClass(RD) == LibraryClass::Container)
    return copyRange(C, elements(A, N));
  if (libraryClass(RD) == LibraryClass::Iterator)
    return copyRange(C, load(A, N));
  // Other iterators and views: their pointers, and what those point to.
  Addr Inside = load(Addr{A.Base, AnyOffset}, N);
  copyRange(C, Inside);
  copyRange(C, elements(Inside, N));
  QualType Element = elementType(cast<CXXMethodDecl>(C.Callee)->getParent());
  if (!Element.isNull() && U.mayHoldPointer(Element) &&
      !RD->isInStdNamespace()) {
    // A user's iterator may hand out anything.
    leak(A, Reason::Cap, note(C.At, Why::NotModelled));
    leakContent(A, Reason::Cap, note(C.At, Why::NotModelled));
    store(Addr{elements(C.Args[0], N).Base, AnyOffset}, Addr{outside(), 0}, N);
  }
}

bool FunctionBuilder::holdsContainer(QualType T) {
  T = Ctx.getBaseElementType(T.getCanonicalType());
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD)
    return false;
  if (libraryClass(RD) == LibraryClass::Container)
    return true;
  for (const FieldDecl *F : RD->fields())
    if (holdsContainer(F->getType()))
      return true;
  for (const CXXBaseSpecifier &B : RD->bases())
    if (holdsContainer(B.getType()))
      return true;
  return false;
}

/// Containers that the library makes inside To have elements too: one object
/// for all of them and for what is inside those.
void FunctionBuilder::makeEmpty(Addr To, QualType T, escape::Note N) {
  if (!To || !holdsContainer(T))
    return;
  escape::Object Elements;
  Elements.At = N.At;
  ObjectId Object = G.addObject(Elements);
  Hidden.push_back({Object, NoNode, 0});
  Addr Inner = objectAddress(Object, N);
  store(Addr{To.Base, AnyOffset}, Inner, N);
  store(Addr{Inner.Base, AnyOffset}, Inner, N);
}

/// Copying an element moves a pointer, or runs code of the user's.
bool FunctionBuilder::copyMatters(QualType T) {
  const CXXRecordDecl *RD = recordOf(T);
  return U.mayHoldPointer(T) ||
         (RD && RD->hasDefinition() && !RD->hasTrivialCopyConstructor() &&
          !RD->isInStdNamespace());
}

} // namespace stackward::source
