// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Initialization: of variables, members and elements, by lists, and of what a
/// lambda captures. A class prvalue makes its object in place (destination).
#include "Builder.h"
#include "clang/AST/RecordLayout.h"

using namespace clang;

namespace stackward::source {

Addr FunctionBuilder::evalLambda(const LambdaExpr *E) {
  Addr Home = destination(E);
  const CXXRecordDecl *Closure = E->getLambdaClass();
  auto Field = Closure->field_begin();
  for (const Expr *Init : E->capture_inits()) {
    if (Field == Closure->field_end())
      break;
    escape::Note N = note(E, Why::Captured);
    Addr Slot = fieldAddress(Home, *Field, N);
    QualType T = Field->getType();
    if (Init && T->isReferenceType())
      store(Slot, eval(Init), N);
    else if (Init)
      initialize(Slot, Init, T, Why::Captured);
    ++Field;
  }
  if (const CXXMethodDecl *Call = E->getCallOperator())
    if (const FunctionDecl *Body = U.bodyOf(Call))
      U.enqueue(Body);
  return Home;
}

void FunctionBuilder::initializeMembers(Addr Home, const InitListExpr *E) {
  const RecordDecl *RD = E->getType()->getAsRecordDecl();
  unsigned I = 0;
  if (const auto *CRD = dyn_cast<CXXRecordDecl>(RD))
    for (const CXXBaseSpecifier &B : CRD->bases())
      if (I < E->getNumInits()) {
        Offset K = baseOffset(CRD, B.getType(), B.isVirtual());
        initialize(Addr{Home.Base, addOffsets(Home.K, K)}, E->getInit(I++),
                   B.getType(), Why::Initialized);
      }
  if (RD->isUnion()) {
    if (const FieldDecl *F = E->getInitializedFieldInUnion();
        F && E->getNumInits())
      initialize(Home, E->getInit(0), F->getType(), Why::Initialized);
    return;
  }
  escape::Note N = note(E, Why::Initialized);
  for (const FieldDecl *F : RD->fields())
    if (!F->isUnnamedBitField() && I < E->getNumInits())
      initialize(fieldAddress(Home, F, N), E->getInit(I++), F->getType(),
                 Why::Initialized);
}

Addr FunctionBuilder::evalInitList(const InitListExpr *E) {
  if (E->isTransparent() && E->getNumInits() == 1)
    return eval(E->getInit(0));
  QualType T = E->getType();
  if (!T->isRecordType() && !T->isArrayType()) {
    Addr Value;
    for (const Expr *Init : E->inits())
      Value = eval(Init);
    return E->getNumInits() == 1 ? Value : Addr{};
  }
  Addr Home = destination(E);
  if (T->isRecordType()) {
    initializeMembers(Home, E);
    return Home;
  }
  QualType Element = Ctx.getAsArrayType(T)->getElementType();
  int64_t Stride = Ctx.getTypeSizeInChars(Element).getQuantity();
  for (unsigned I = 0; I < E->getNumInits(); ++I) {
    Offset K = I < 64 ? static_cast<Offset>(Stride * I) : AnyOffset;
    initialize(Addr{Home.Base, addOffsets(Home.K, K)}, E->getInit(I), Element,
               Why::Initialized);
  }
  if (const Expr *Filler = E->getArrayFiller();
      Filler && !isa<ImplicitValueInitExpr>(Filler))
    initialize(Addr{Home.Base, AnyOffset}, Filler, Element, Why::Initialized);
  return Home;
}

Addr FunctionBuilder::evalLiteral(const CompoundLiteralExpr *E) {
  Addr Home = destination(E);
  QualType T = E->getType();
  initialize(Home, E->getInitializer(), T, Why::Initialized);
  bool IsObject = E->isGLValue() || T->isRecordType() || T->isArrayType();
  return IsObject ? Home : load(Home, note(E, Why::Loaded));
}

Addr FunctionBuilder::evalParenList(const CXXParenListInitExpr *E) {
  Addr Home = destination(E);
  for (const Expr *Init : E->getInitExprs())
    initialize(Addr{Home.Base, AnyOffset}, Init, Init->getType(),
               Why::Initialized);
  return Home;
}

/// An array that is copied element by element: a capture, a defaulted copy.
Addr FunctionBuilder::evalCopiedArray(const ArrayInitLoopExpr *E) {
  Addr Home = destination(E);
  copyAll(Home, eval(E->getCommonExpr()->getSourceExpr()),
          note(E, Why::Copied));
  return Home;
}

/// The base's constructor gets this constructor's own parameters.
Addr FunctionBuilder::evalInherited(const CXXInheritedCtorInitExpr *E) {
  Addr Home = destination(E);
  llvm::SmallVector<Addr, 6> Args{Home};
  for (unsigned P = 0; P < FD->getNumParams(); ++P)
    Args.push_back(Addr{P + 1, 0});
  callFunction(E->getConstructor(), Args, note(E, Why::PassedAsArgument),
               false);
  return Home;
}

void FunctionBuilder::initialize(Addr To, const Expr *Init, QualType T, Why W) {
  Addr Value = eval(Init);
  if (!Value)
    return;
  escape::Note N = note(Init, W);
  T = T.getCanonicalType();
  if (T->isReferenceType() || isScalarPointer(T)) {
    store(To, Value, N);
    return;
  }
  if (T->isRecordType() || T->isArrayType()) {
    // A prvalue already made the object in place.
    if (Value.Base == To.Base && Value.K == To.K)
      return;
    auto Made = Destinations.find(Init->IgnoreParenImpCasts());
    if (Made != Destinations.end() && Made->second.Base == To.Base)
      return;
    copyAll(To, Value, N);
    return;
  }
  if (const auto *A = T->getAs<AtomicType>();
      A && isPointerLike(A->getValueType()))
    store(To, Value, N);
}

} // namespace stackward::source
