// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Expressions that are not calls. Each is lowered once, at its place in the
/// CFG; its result is remembered for the expressions around it.
///
/// Reinterpretation (B2). Integers carry no pointers here, so bytes that may
/// be a pointer's must not become integers unseen:
///
///   uint64_t Bits;  memcpy(&Bits, &P, 8);  Global = Bits;     // P escapes
///   reinterpret_cast<uint64_t &>(P)                           // P escapes
///
/// A cast from a pointer to T into a pointer to U leaks the content of the
/// memory when T may hold pointers and U is another type, and so does a read
/// of an integer member of a union. Type-based aliasing makes this enough.
#include "Builder.h"
#include "clang/AST/RecordLayout.h"
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

/// Whether reading a T from memory gives a result: pointers do, classes are
/// read by copying, integers carry nothing.
static bool isScalarPointer(QualType T) {
  return T->isPointerType() || T->isBlockPointerType() ||
         T->isMemberFunctionPointerType();
}

Addr FunctionBuilder::compute(const Expr *E) {
  switch (E->getStmtClass()) {
  case Stmt::ParenExprClass:
    return eval(cast<ParenExpr>(E)->getSubExpr());
  case Stmt::ExprWithCleanupsClass:
  case Stmt::ConstantExprClass:
    return eval(cast<FullExpr>(E)->getSubExpr());
  case Stmt::CXXBindTemporaryExprClass:
    return eval(cast<CXXBindTemporaryExpr>(E)->getSubExpr());
  case Stmt::SubstNonTypeTemplateParmExprClass:
    return eval(cast<SubstNonTypeTemplateParmExpr>(E)->getReplacement());
  case Stmt::CXXDefaultArgExprClass: {
    ++InDefault;
    Addr A = eval(cast<CXXDefaultArgExpr>(E)->getExpr());
    --InDefault;
    return A;
  }
  case Stmt::PackIndexingExprClass:
    return eval(cast<PackIndexingExpr>(E)->getSelectedExpr());
  case Stmt::CXXDefaultInitExprClass:
    return eval(cast<CXXDefaultInitExpr>(E)->getExpr());
  case Stmt::OpaqueValueExprClass: {
    const Expr *Source = cast<OpaqueValueExpr>(E)->getSourceExpr();
    return Source ? eval(Source) : Addr{outside(), 0};
  }
  case Stmt::ChooseExprClass:
    return eval(cast<ChooseExpr>(E)->getChosenSubExpr());
  case Stmt::GenericSelectionExprClass:
    return eval(cast<GenericSelectionExpr>(E)->getResultExpr());
  case Stmt::CXXRewrittenBinaryOperatorClass:
    return eval(cast<CXXRewrittenBinaryOperator>(E)->getSemanticForm());
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
  case Stmt::ConditionalOperatorClass:
  case Stmt::BinaryConditionalOperatorClass:
    return evalConditional(cast<AbstractConditionalOperator>(E));
  case Stmt::ImplicitCastExprClass:
  case Stmt::CStyleCastExprClass:
  case Stmt::CXXFunctionalCastExprClass:
  case Stmt::CXXStaticCastExprClass:
  case Stmt::CXXReinterpretCastExprClass:
  case Stmt::CXXConstCastExprClass:
  case Stmt::CXXDynamicCastExprClass:
  case Stmt::CXXAddrspaceCastExprClass:
  case Stmt::BuiltinBitCastExprClass:
    return evalCast(cast<CastExpr>(E));
  case Stmt::CallExprClass:
  case Stmt::CXXMemberCallExprClass:
  case Stmt::CXXOperatorCallExprClass:
  case Stmt::UserDefinedLiteralClass:
    return evalCall(cast<CallExpr>(E));
  case Stmt::CXXConstructExprClass:
  case Stmt::CXXTemporaryObjectExprClass:
    return evalConstruct(cast<CXXConstructExpr>(E));
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
    if (ThisCapture) {
      Addr Slot =
          fieldAddress(Addr{This, 0}, ThisCapture, note(E, Why::FieldAddress));
      return ThisCapture->getType()->isPointerType()
                 ? load(Slot, note(E, Why::Loaded))
                 : Slot;
    }
    return This == NoNode ? Addr{outside(), 0} : Addr{This, 0};
  default:
    return evalOther(E);
  }
}

/// The rarer expressions, and what is left.
Addr FunctionBuilder::evalOther(const Expr *E) {
  if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E)) {
    const Expr *Sub = M->getSubExpr();
    Addr Made = eval(Sub);
    bool IsClass = Sub->getType()->isRecordType();
    if (!IsClass) {
      Addr Home = destination(M);
      if (Sub->getType()->isArrayType())
        copyAll(Home, Made, note(E, Why::Initialized));
      else
        store(Home, Made, note(E, Why::Initialized));
      Made = Home;
    }
    if (const auto *V = dyn_cast_or_null<VarDecl>(M->getExtendingDecl()))
      if (auto It = ObjectOfNode.find(Made.Base); It != ObjectOfNode.end())
        LocalLoops.push_back({It->second, Facts.loopOf(V)});
    return Made;
  }
  if (const auto *C = dyn_cast<CompoundLiteralExpr>(E)) {
    Addr Home = destination(C);
    initialize(Home, C->getInitializer(), C->getType(), Why::Initialized);
    return C->isGLValue() || C->getType()->isRecordType() ||
                   C->getType()->isArrayType()
               ? Home
               : load(Home, note(E, Why::Loaded));
  }
  if (const auto *S = dyn_cast<StmtExpr>(E)) {
    // Its statements are in the CFG; the value is the last expression's.
    if (!S->getSubStmt()->body_empty())
      if (const auto *Last = dyn_cast<Expr>(S->getSubStmt()->body_back()))
        return eval(Last);
    return {};
  }
  if (const auto *L = dyn_cast<CXXStdInitializerListExpr>(E)) {
    Addr Home = destination(L);
    store(Home, eval(L->getSubExpr()), note(E, Why::Initialized));
    return Home;
  }
  if (const auto *I = dyn_cast<ArrayInitLoopExpr>(E)) {
    Addr Home = destination(I);
    Addr Common = eval(I->getCommonExpr()->getSourceExpr());
    copyAll(Home, Common, note(E, Why::Copied));
    return Home;
  }
  if (const auto *I = dyn_cast<CXXInheritedCtorInitExpr>(E)) {
    // The base's constructor gets this constructor's own parameters.
    Addr Home = destination(I);
    llvm::SmallVector<Addr, 6> Args{Home};
    for (unsigned P = 0; P < FD->getNumParams(); ++P)
      Args.push_back(Addr{P + 1, 0});
    callFunction(I->getConstructor(), Args, note(E, Why::PassedAsArgument),
                 false);
    return Home;
  }
  if (const auto *B = dyn_cast<BlockExpr>(E)) {
    for (const BlockDecl::Capture &C : B->getBlockDecl()->captures()) {
      Addr Held = isTracked(C.getVariable())
                      ? Addr{readVariable(C.getVariable(), Block), 0}
                      : variable(C.getVariable(), E);
      leak(Held, Reason::Cap, note(E, Why::Captured));
      leakContent(Held, Reason::Cap, note(E, Why::Captured));
    }
    return {outside(), 0};
  }
  if (const auto *T = dyn_cast<CXXThrowExpr>(E)) {
    if (const Expr *Thrown = T->getSubExpr()) {
      Addr A = eval(Thrown);
      leak(A, Reason::Exception, note(E, Why::Thrown));
      if (Thrown->getType()->isRecordType())
        leakContent(A, Reason::Exception, note(E, Why::Thrown));
    }
    return {};
  }
  if (const auto *V = dyn_cast<VAArgExpr>(E)) {
    eval(V->getSubExpr());
    return {outside(), 0};
  }
  if (const auto *P = dyn_cast<CXXParenListInitExpr>(E)) {
    Addr Home = destination(P);
    for (const Expr *Init : P->getInitExprs())
      initialize(Addr{Home.Base, AnyOffset}, Init, Init->getType(),
                 Why::Initialized);
    return Home;
  }
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

Addr FunctionBuilder::evalSubscript(const ArraySubscriptExpr *E) {
  Addr Base = eval(E->getBase());
  eval(E->getIdx());
  if (!Base)
    return {};
  Expr::EvalResult Index;
  Offset K = AnyOffset;
  if (!E->getIdx()->isValueDependent() &&
      E->getIdx()->EvaluateAsInt(Index, Ctx) &&
      Index.Val.getInt().getSignificantBits() < 20)
    K = addOffsets(0, static_cast<Offset>(
                          Index.Val.getInt().getExtValue() *
                          Ctx.getTypeSizeInChars(E->getType()).getQuantity()));
  return {Base.Base, addOffsets(Base.K, K)};
}

Addr FunctionBuilder::evalUnary(const UnaryOperator *E) {
  const Expr *Sub = E->getSubExpr();
  switch (E->getOpcode()) {
  case UO_AddrOf:
    if (E->getType()->isMemberPointerType())
      return {};
    return eval(Sub);
  case UO_Deref:
  case UO_Plus:
  case UO_Extension:
    return eval(Sub);
  case UO_PreInc:
  case UO_PreDec:
  case UO_PostInc:
  case UO_PostDec: {
    if (!Sub->getType()->isPointerType())
      return eval(Sub);
    escape::Note N = note(E, Why::PointerArithmetic);
    const auto *Ref = dyn_cast<DeclRefExpr>(Sub->IgnoreParens());
    const auto *V = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (V && isTracked(V)) {
      NodeId Old = readVariable(V, Block);
      Events[Block].push_back({Event::Read, V, Old, Facts.RootOf.lookup(E)});
      Addr New{Old, AnyOffset};
      writeVariable(V, node(New, N));
      return E->isPostfix() ? Addr{Old, 0} : New;
    }
    Addr Home = eval(Sub);
    Addr Old = load(Home, N);
    store(Home, Addr{Old.Base, AnyOffset}, N);
    return E->isGLValue() ? Home : Old;
  }
  case UO_Minus:
  case UO_Not:
  case UO_LNot:
  case UO_Real:
  case UO_Imag:
  case UO_Coawait:
    eval(Sub);
    return {};
  }
  llvm_unreachable("closed switch");
}

void FunctionBuilder::assignScalar(const Expr *Left, Addr Value,
                                   const Expr *E) {
  const Expr *Target = Left->IgnoreParens();
  escape::Note N = note(E, Why::Assigned);
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Target))
    if (const auto *V = dyn_cast<VarDecl>(Ref->getDecl()); V && isTracked(V))
      return writeVariable(V, node(Value, N));
  Addr Home = eval(Left);
  if (Left->getType().isVolatileQualified())
    leak(Value, Reason::Volatile, N);
  store(Home, Value, N);
}

Addr FunctionBuilder::evalBinary(const BinaryOperator *E) {
  const Expr *L = E->getLHS(), *R = E->getRHS();
  switch (E->getOpcode()) {
  case BO_Assign: {
    Addr Value = eval(R);
    if (isScalarPointer(L->getType())) {
      assignScalar(L, Value, E);
      const auto *Ref = dyn_cast<DeclRefExpr>(L->IgnoreParens());
      const auto *V = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
      return V && isTracked(V) ? Value : eval(L);
    }
    Addr Home = eval(L);
    if (L->getType()->isRecordType())
      copyAll(Home, Value, note(E, Why::Copied));
    return Home;
  }
  case BO_AddAssign:
  case BO_SubAssign: {
    eval(R);
    if (!L->getType()->isPointerType())
      return eval(L);
    escape::Note N = note(E, Why::PointerArithmetic);
    const auto *Ref = dyn_cast<DeclRefExpr>(L->IgnoreParens());
    const auto *V = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (V && isTracked(V)) {
      NodeId Old = readVariable(V, Block);
      Events[Block].push_back({Event::Read, V, Old, Facts.RootOf.lookup(E)});
      Addr New{Old, AnyOffset};
      writeVariable(V, node(New, N));
      return New;
    }
    Addr Home = eval(L);
    store(Home, Addr{load(Home, N).Base, AnyOffset}, N);
    return Home;
  }
  case BO_Add:
  case BO_Sub: {
    Addr A = eval(L), B = eval(R);
    if (!E->getType()->isPointerType())
      return {};
    bool Left = L->getType()->isPointerType();
    Addr P = Left ? A : B;
    const Expr *Index = Left ? R : L;
    Expr::EvalResult Count;
    Offset K = AnyOffset;
    if (Index->EvaluateAsInt(Count, Ctx) &&
        Count.Val.getInt().getSignificantBits() < 20 &&
        !E->getType()->getPointeeType()->isIncompleteType()) {
      int64_t Bytes =
          Count.Val.getInt().getExtValue() *
          Ctx.getTypeSizeInChars(E->getType()->getPointeeType()).getQuantity();
      if (E->getOpcode() == BO_Sub)
        Bytes = -Bytes;
      K = addOffsets(0, static_cast<Offset>(Bytes));
    }
    return {P.Base, addOffsets(P.K, K)};
  }
  case BO_Comma:
    eval(L);
    return eval(R);
  case BO_PtrMemD:
  case BO_PtrMemI: {
    Addr Base = eval(L);
    eval(R);
    return {Base.Base, AnyOffset};
  }
  default:
    break;
  }
  // Arithmetic and comparisons: addresses go in, no address comes out.
  eval(L);
  eval(R);
  return E->isGLValue() ? eval(L) : Addr{};
}

Addr FunctionBuilder::evalConditional(const AbstractConditionalOperator *E) {
  if (const auto *B = dyn_cast<BinaryConditionalOperator>(E))
    eval(B->getCommon());
  eval(E->getCond());
  escape::Note N = note(E, Why::Assigned);
  Addr T = eval(E->getTrueExpr()), F = eval(E->getFalseExpr());
  if (E->isGLValue())
    return join({T, F}, N);
  if (E->getType()->isRecordType()) {
    Addr Home = destination(E);
    for (Addr Part : {T, F})
      if (Part.Base != Home.Base || Part.K != Home.K)
        copyAll(Home, Part, N);
    return Home;
  }
  return isScalarPointer(E->getType()) ? join({T, F}, N) : Addr{};
}

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

Addr FunctionBuilder::evalInitList(const InitListExpr *E) {
  if (E->isTransparent() && E->getNumInits() == 1)
    return eval(E->getInit(0));
  QualType T = E->getType();
  escape::Note N = note(E, Why::Initialized);
  if (!T->isRecordType() && !T->isArrayType()) {
    Addr Value;
    for (const Expr *Init : E->inits())
      Value = eval(Init);
    return E->getNumInits() == 1 ? Value : Addr{};
  }
  Addr Home = destination(E);
  if (const RecordDecl *RD = T->getAsRecordDecl()) {
    const auto *CRD = dyn_cast<CXXRecordDecl>(RD);
    unsigned I = 0;
    if (CRD)
      for (const CXXBaseSpecifier &B : CRD->bases())
        if (I < E->getNumInits())
          initialize(
              Addr{Home.Base, addOffsets(Home.K, baseOffset(CRD, B.getType(),
                                                            B.isVirtual()))},
              E->getInit(I++), B.getType(), Why::Initialized);
    if (RD->isUnion()) {
      if (const FieldDecl *F = E->getInitializedFieldInUnion();
          F && E->getNumInits())
        initialize(Home, E->getInit(0), F->getType(), Why::Initialized);
      return Home;
    }
    for (const FieldDecl *F : RD->fields())
      if (!F->isUnnamedBitField() && I < E->getNumInits())
        initialize(fieldAddress(Home, F, N), E->getInit(I++), F->getType(),
                   Why::Initialized);
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

Addr FunctionBuilder::evalAtomic(const AtomicExpr *E) {
  // Pointers in atomics are meant for other threads, but the memory decides:
  // a value stored into a local atomic goes no further.
  escape::Note N = note(E, Why::Stored);
  Addr Memory = eval(E->getPtr());
  for (const Stmt *Child : const_cast<AtomicExpr *>(E)->children()) {
    const auto *Operand = dyn_cast_or_null<Expr>(Child);
    if (!Operand || Operand == E->getPtr())
      continue;
    Addr A = eval(Operand);
    if (!A)
      continue;
    // By value or, for the generic forms, through a pointer: both.
    store(Addr{Memory.Base, AnyOffset}, A, N);
    store(Addr{Memory.Base, AnyOffset}, load(Addr{A.Base, AnyOffset}, N), N);
    store(Addr{A.Base, AnyOffset}, load(Addr{Memory.Base, AnyOffset}, N), N);
  }
  return isScalarPointer(E->getType()) ? load(Addr{Memory.Base, AnyOffset}, N)
                                       : Addr{};
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

//===-- casts ---------------------------------------------------------------//

Addr FunctionBuilder::adjustBase(Addr A, const CastExpr *E, bool Down) {
  QualType From = (Down ? E->getType() : E->getSubExpr()->getType());
  if (From->isPointerType())
    From = From->getPointeeType();
  const CXXRecordDecl *RD = From->getAsCXXRecordDecl();
  Offset Sum = 0;
  for (const CXXBaseSpecifier *B : E->path()) {
    const CXXRecordDecl *Base = B->getType()->getAsCXXRecordDecl();
    if (!RD || !RD->getDefinition() || !Base) {
      Sum = AnyOffset;
      break;
    }
    Sum = addOffsets(
        Sum, baseOffset(RD->getDefinition(), B->getType(), B->isVirtual()));
    RD = Base;
  }
  if (Down && Sum != AnyOffset)
    Sum = -Sum;
  return A ? Addr{A.Base, addOffsets(A.K, Sum)} : A;
}

static bool sameObjectType(QualType A, QualType B, ASTContext &Ctx) {
  A = A.getCanonicalType().getUnqualifiedType();
  B = B.getCanonicalType().getUnqualifiedType();
  if (Ctx.hasSameType(A, B))
    return true;
  // T(*)[N] and T*.
  if (const auto *Array = Ctx.getAsArrayType(A))
    return sameObjectType(Array->getElementType(), B, Ctx);
  if (const auto *Array = Ctx.getAsArrayType(B))
    return sameObjectType(A, Array->getElementType(), Ctx);
  const CXXRecordDecl *RA = A->getAsCXXRecordDecl();
  const CXXRecordDecl *RB = B->getAsCXXRecordDecl();
  return RA && RB && RA->hasDefinition() && RB->hasDefinition() &&
         (RA->isDerivedFrom(RB) || RB->isDerivedFrom(RA));
}

/// B2: a view of memory as another type. From void the pointee's type is
/// whatever the memory holds.
void FunctionBuilder::checkPun(Addr A, QualType From, QualType To,
                               const Expr *E) {
  if (!A || To->isVoidType() || To->isFunctionType() ||
      From->isFunctionType() || sameObjectType(From, To, Ctx))
    return;
  bool IsBytes = From->isCharType() || From->isStdByteType();
  if (!From->isVoidType() && !U.mayHoldPointer(From) && !IsBytes)
    return;
  // Pointers to pointers of other types are still pointers.
  if (isScalarPointer(From) && isScalarPointer(To))
    return;
  // From void, only a view as something without pointers can make integers of
  // pointers. From bytes, what is stored through the view can be read back as
  // bytes: *(T **)Buffer = P; ... Kept[I] = Buffer[I];
  if (From->isVoidType() && U.mayHoldPointer(To))
    return;
  if (IsBytes && !U.mayHoldPointer(To))
    return;
  leakContent(A, Reason::PointerToInteger, note(E, Why::ConvertedToInteger));
}

Addr FunctionBuilder::evalCast(const CastExpr *E) {
  const Expr *Sub = E->getSubExpr();
  escape::Note N = note(E, Why::ConvertedPointer);
  switch (E->getCastKind()) {
  case CK_LValueToRValue: {
    if (const auto *Ref = dyn_cast<DeclRefExpr>(Sub->IgnoreParens()))
      if (const auto *V = dyn_cast<VarDecl>(Ref->getDecl());
          V && isTracked(V)) {
        NodeId Version = readVariable(V, Block);
        Events[Block].push_back(
            {Event::Read, V, Version, Facts.RootOf.lookup(E)});
        return {Version, 0};
      }
    Addr A = eval(Sub);
    if (E->getType()->isRecordType())
      return A;
    if (!isScalarPointer(E->getType()))
      return {};
    // `*(p = q)` and `*++p` on a tracked variable: the value itself.
    if (const auto *B = dyn_cast<BinaryOperator>(Sub->IgnoreParens());
        B && B->isAssignmentOp())
      if (const auto *Ref = dyn_cast<DeclRefExpr>(B->getLHS()->IgnoreParens()))
        if (const auto *V = dyn_cast<VarDecl>(Ref->getDecl());
            V && isTracked(V))
          return A;
    if (const auto *Un = dyn_cast<UnaryOperator>(Sub->IgnoreParens());
        Un && Un->isIncrementDecrementOp())
      if (const auto *Ref =
              dyn_cast<DeclRefExpr>(Un->getSubExpr()->IgnoreParens()))
        if (const auto *V = dyn_cast<VarDecl>(Ref->getDecl());
            V && isTracked(V))
          return A;
    return load(A, N);
  }
  case CK_NoOp:
  case CK_ArrayToPointerDecay:
  case CK_FunctionToPointerDecay:
  case CK_BuiltinFnToFnPtr:
  case CK_UserDefinedConversion:
  case CK_ConstructorConversion:
  case CK_AddressSpaceConversion:
  case CK_NonAtomicToAtomic:
  case CK_Dependent:
  case CK_ToUnion:
    return eval(Sub);
  case CK_AtomicToNonAtomic:
    return eval(Sub);
  case CK_LValueToRValueBitCast: {
    Addr A = eval(Sub);
    if (isScalarPointer(E->getType()))
      return load(A, N);
    if (U.mayHoldPointer(Sub->getType()))
      leakContent(A, Reason::PointerToInteger,
                  note(E, Why::ConvertedToInteger));
    if (!E->getType()->isRecordType())
      return {};
    Addr Home = destination(E);
    copyAll(Home, A, N);
    return Home;
  }
  case CK_BitCast: {
    Addr A = eval(Sub);
    if (E->getType()->isPointerType() && Sub->getType()->isPointerType())
      checkPun(A, Sub->getType()->getPointeeType(),
               E->getType()->getPointeeType(), E);
    return A;
  }
  case CK_LValueBitCast: {
    Addr A = eval(Sub);
    checkPun(A, Sub->getType(), E->getType(), E);
    return A;
  }
  case CK_UncheckedDerivedToBase:
  case CK_DerivedToBase:
    return adjustBase(eval(Sub), E, false);
  case CK_BaseToDerived:
    return adjustBase(eval(Sub), E, true);
  case CK_Dynamic: {
    Addr A = eval(Sub);
    return {A.Base, AnyOffset};
  }
  case CK_PointerToIntegral:
    leak(eval(Sub), Reason::PointerToInteger, note(E, Why::ConvertedToInteger));
    return {};
  case CK_IntegralToPointer:
    eval(Sub);
    return {outside(), 0};
  case CK_NullToPointer:
  case CK_NullToMemberPointer:
  case CK_ToVoid:
  case CK_PointerToBoolean:
  case CK_MemberPointerToBoolean:
  case CK_ZeroToOCLOpaqueType:
    eval(Sub);
    return {};
  case CK_BaseToDerivedMemberPointer:
  case CK_DerivedToBaseMemberPointer:
  case CK_ReinterpretMemberPointer:
    return eval(Sub);
  default:
    break;
  }
  Addr A = eval(Sub);
  if (E->getType()->isArithmeticType() || E->getType()->isEnumeralType() ||
      E->getType()->isVectorType())
    return {}; // numbers to numbers
  leak(A, Reason::Cap, note(E, Why::NotModelled));
  leakContent(A, Reason::Cap, note(E, Why::NotModelled));
  return E->getType()->isRecordType() ? destination(E) : Addr{outside(), 0};
}

} // namespace stackward::source
