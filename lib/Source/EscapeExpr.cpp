// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Expressions that are not calls. Each is lowered once, at its place in the
/// CFG; its result is remembered for the expressions around it.
#include "Builder.h"
#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace stackward::source {

Addr FunctionBuilder::eval(const Expr *E) {
  if (auto It = Results.find(E); It != Results.end())
    return It->second;
  // Against expressions that contain themselves through a shared default.
  Results[E] = Addr{};
  Addr A = compute(E);
  return Results[E] = A;
}

Addr FunctionBuilder::fieldAddress(Addr Base, const FieldDecl *F,
                                   escape::Note N) {
  if (!Base || F->isInvalidDecl() || F->getParent()->isInvalidDecl())
    return Base;
  Base.K = addOffsets(
      Base.K, Ctx.toCharUnitsFromBits(Ctx.getFieldOffset(F)).getQuantity());
  return Base;
}

/// Expressions that stand for one of their parts.
static const Expr *standsFor(const Expr *E) {
  switch (E->getStmtClass()) {
  case Stmt::ParenExprClass:
    return cast<ParenExpr>(E)->getSubExpr();
  case Stmt::ExprWithCleanupsClass:
  case Stmt::ConstantExprClass:
    return cast<FullExpr>(E)->getSubExpr();
  case Stmt::CXXBindTemporaryExprClass:
    return cast<CXXBindTemporaryExpr>(E)->getSubExpr();
  case Stmt::SubstNonTypeTemplateParmExprClass:
    return cast<SubstNonTypeTemplateParmExpr>(E)->getReplacement();
  case Stmt::PackIndexingExprClass:
    return cast<PackIndexingExpr>(E)->getSelectedExpr();
  case Stmt::CXXDefaultInitExprClass:
    return cast<CXXDefaultInitExpr>(E)->getExpr();
  case Stmt::OpaqueValueExprClass:
    return cast<OpaqueValueExpr>(E)->getSourceExpr();
  case Stmt::ChooseExprClass:
    return cast<ChooseExpr>(E)->getChosenSubExpr();
  case Stmt::GenericSelectionExprClass:
    return cast<GenericSelectionExpr>(E)->getResultExpr();
  case Stmt::CXXRewrittenBinaryOperatorClass:
    return cast<CXXRewrittenBinaryOperator>(E)->getSemanticForm();
  default:
    return nullptr;
  }
}

Addr FunctionBuilder::evalThis(const CXXThisExpr *E) {
  if (!ThisCapture)
    return This == NoNode ? Addr{outside(), 0} : Addr{This, 0};
  Addr Slot =
      fieldAddress(Addr{This, 0}, ThisCapture, note(E, Why::FieldAddress));
  return ThisCapture->getType()->isPointerType()
             ? load(Slot, note(E, Why::Loaded))
             : Slot;
}

Addr FunctionBuilder::compute(const Expr *E) {
  if (const Expr *Part = standsFor(E))
    return eval(Part);
  if (const auto *C = dyn_cast<CastExpr>(E))
    return evalCast(C);
  if (const auto *C = dyn_cast<CXXConstructExpr>(E))
    return evalConstruct(C);
  if (const auto *C = dyn_cast<AbstractConditionalOperator>(E))
    return evalConditional(C);
  return computePrimary(E);
}

Addr FunctionBuilder::computePrimary(const Expr *E) {
  switch (E->getStmtClass()) {
  case Stmt::CXXDefaultArgExprClass: {
    ++InDefault;
    Addr A = eval(cast<CXXDefaultArgExpr>(E)->getExpr());
    --InDefault;
    return A;
  }
  case Stmt::OpaqueValueExprClass: // of an unknown source
    return {outside(), 0};
  case Stmt::DeclRefExprClass:
    return evalReference(cast<DeclRefExpr>(E));
  case Stmt::MemberExprClass:
    return evalMember(cast<MemberExpr>(E));
  case Stmt::ArraySubscriptExprClass:
    return evalSubscript(cast<ArraySubscriptExpr>(E));
  case Stmt::UnaryOperatorClass:
    return evalUnary(cast<UnaryOperator>(E));
  case Stmt::BinaryOperatorClass:
  case Stmt::CompoundAssignOperatorClass:
    return evalBinary(cast<BinaryOperator>(E));
  case Stmt::CallExprClass:
  case Stmt::CXXMemberCallExprClass:
  case Stmt::CXXOperatorCallExprClass:
  case Stmt::UserDefinedLiteralClass:
    return evalCall(cast<CallExpr>(E));
  case Stmt::CXXNewExprClass:
    return evalNew(cast<CXXNewExpr>(E));
  case Stmt::CXXDeleteExprClass:
    evalDelete(cast<CXXDeleteExpr>(E));
    return {};
  case Stmt::LambdaExprClass:
    return evalLambda(cast<LambdaExpr>(E));
  case Stmt::InitListExprClass:
    return evalInitList(cast<InitListExpr>(E));
  case Stmt::AtomicExprClass:
    return evalAtomic(cast<AtomicExpr>(E));
  case Stmt::CXXThisExprClass:
    return evalThis(cast<CXXThisExpr>(E));
  default:
    return evalOther(E);
  }
}

Addr FunctionBuilder::evalMaterialized(const MaterializeTemporaryExpr *E) {
  const Expr *Sub = E->getSubExpr();
  Addr Made = eval(Sub);
  if (!Sub->getType()->isRecordType()) {
    Addr Home = destination(E);
    if (Sub->getType()->isArrayType())
      copyAll(Home, Made, note(E, Why::Initialized));
    else
      store(Home, Made, note(E, Why::Initialized));
    Made = Home;
  }
  if (const auto *V = dyn_cast_or_null<VarDecl>(E->getExtendingDecl()))
    if (auto It = ObjectOfNode.find(Made.Base); It != ObjectOfNode.end())
      LocalLoops.push_back({It->second, Facts.loopOf(V)});
  return Made;
}

Addr FunctionBuilder::evalBlock(const BlockExpr *E) {
  for (const BlockDecl::Capture &C : E->getBlockDecl()->captures()) {
    Addr Held = isTracked(C.getVariable())
                    ? Addr{readVariable(C.getVariable(), Block), 0}
                    : variable(C.getVariable(), E);
    leak(Held, Reason::Cap, note(E, Why::Captured));
    leakContent(Held, Reason::Cap, note(E, Why::Captured));
  }
  return {outside(), 0};
}

Addr FunctionBuilder::evalThrow(const CXXThrowExpr *E) {
  const Expr *Thrown = E->getSubExpr();
  if (!Thrown)
    return {};
  Addr A = eval(Thrown);
  leak(A, Reason::Exception, note(E, Why::Thrown));
  if (Thrown->getType()->isRecordType())
    leakContent(A, Reason::Exception, note(E, Why::Thrown));
  return {};
}

/// The rarer expressions.
Addr FunctionBuilder::evalOther(const Expr *E) {
  if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
    return evalMaterialized(M);
  if (const auto *C = dyn_cast<CompoundLiteralExpr>(E))
    return evalLiteral(C);
  if (const auto *S = dyn_cast<StmtExpr>(E)) {
    // Its statements are in the CFG; the value is the last expression's.
    const CompoundStmt *Body = S->getSubStmt();
    const auto *Last =
        Body->body_empty() ? nullptr : dyn_cast<ValueStmt>(Body->body_back());
    return Last && Last->getExprStmt() ? eval(Last->getExprStmt()) : Addr{};
  }
  if (const auto *L = dyn_cast<CXXStdInitializerListExpr>(E)) {
    Addr Home = destination(L);
    store(Home, eval(L->getSubExpr()), note(E, Why::Initialized));
    return Home;
  }
  if (const auto *I = dyn_cast<ArrayInitLoopExpr>(E))
    return evalCopiedArray(I);
  if (const auto *I = dyn_cast<CXXInheritedCtorInitExpr>(E))
    return evalInherited(I);
  if (const auto *B = dyn_cast<BlockExpr>(E))
    return evalBlock(B);
  if (const auto *T = dyn_cast<CXXThrowExpr>(E))
    return evalThrow(T);
  if (const auto *V = dyn_cast<VAArgExpr>(E)) {
    eval(V->getSubExpr());
    return {outside(), 0};
  }
  if (const auto *P = dyn_cast<CXXParenListInitExpr>(E))
    return evalParenList(P);
  return evalUnknown(E);
}

/// What is left: literals and the like, or B1.
Addr FunctionBuilder::evalUnknown(const Expr *E) {
  switch (E->getStmtClass()) {
  // Nothing that is tracked comes out of these, and nothing goes in.
  case Stmt::IntegerLiteralClass:
  case Stmt::FloatingLiteralClass:
  case Stmt::CharacterLiteralClass:
  case Stmt::CXXBoolLiteralExprClass:
  case Stmt::CXXNullPtrLiteralExprClass:
  case Stmt::GNUNullExprClass:
  case Stmt::ImaginaryLiteralClass:
  case Stmt::FixedPointLiteralClass:
  case Stmt::UnaryExprOrTypeTraitExprClass:
  case Stmt::SizeOfPackExprClass:
  case Stmt::TypeTraitExprClass:
  case Stmt::CXXNoexceptExprClass:
  case Stmt::OffsetOfExprClass:
  case Stmt::CXXScalarValueInitExprClass:
  case Stmt::ImplicitValueInitExprClass:
  case Stmt::ArrayInitIndexExprClass:
  case Stmt::NoInitExprClass:
  case Stmt::RequiresExprClass:
  case Stmt::ConceptSpecializationExprClass:
  case Stmt::ArrayTypeTraitExprClass:
  case Stmt::ExpressionTraitExprClass:
    return E->getType()->isRecordType() ? destination(E) : Addr{};
  case Stmt::StringLiteralClass:
  case Stmt::PredefinedExprClass:
  case Stmt::SourceLocExprClass:
  case Stmt::CXXTypeidExprClass:
  case Stmt::AddrLabelExprClass:
  case Stmt::ObjCStringLiteralClass:
    return {outside(), 0};
  default:
    break;
  }
  // B1: not understood, so whatever its operands reach gets away.
  for (const Stmt *Child : E->children())
    if (const auto *C = dyn_cast_or_null<Expr>(Child)) {
      Addr A = eval(C);
      leak(A, Reason::Cap, note(E, Why::NotModelled));
      leakContent(A, Reason::Cap, note(E, Why::NotModelled));
    }
  return E->getType()->isRecordType() ? destination(E) : Addr{outside(), 0};
}

Addr FunctionBuilder::evalReference(const DeclRefExpr *E) {
  const ValueDecl *D = E->getDecl();
  if (const auto *F = dyn_cast<FunctionDecl>(D)) {
    escape::Object O;
    O.Kind = escape::ObjectKind::Function;
    O.At = escape::NoAnchor;
    O.FunctionSymbol = U.symbol(F);
    if (const FunctionDecl *Body = U.bodyOf(F))
      U.enqueue(Body);
    return objectAddress(G.addObject(O), note(E, Why::AddressTaken));
  }
  if (isa<VarDecl, BindingDecl>(D)) {
    if (const auto *V = dyn_cast<VarDecl>(D); V && isTracked(V))
      return {}; // the read or the write around it does the work
    return variable(D, E);
  }
  if (isa<EnumConstantDecl, NonTypeTemplateParmDecl>(D))
    return {};
  return {outside(), 0};
}

Addr FunctionBuilder::evalMember(const MemberExpr *E) {
  Addr Base = eval(E->getBase());
  const ValueDecl *Member = E->getMemberDecl();
  if (const auto *F = dyn_cast<FieldDecl>(Member)) {
    Addr A = fieldAddress(Base, F, note(E, Why::FieldAddress));
    if (F->getType()->isReferenceType())
      return load(A, note(E, Why::Loaded));
    // An integer member of a union may show a pointer member's bytes.
    if (F->getParent()->isUnion() && !Facts.Written.contains(E) &&
        !U.mayHoldPointer(F->getType()) &&
        U.mayHoldPointer(QualType(Ctx.getCanonicalTagType(F->getParent()))))
      leakContent(Base, Reason::PointerToInteger,
                  note(E, Why::ConvertedToInteger));
    return A;
  }
  if (const auto *V = dyn_cast<VarDecl>(Member))
    return variable(V, E);
  return Base; // a member function; evalCall takes the object
}

} // namespace stackward::source
