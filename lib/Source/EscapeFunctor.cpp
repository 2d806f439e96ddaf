// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// std::function: what it keeps, and what calling it calls.
#include "Builder.h"

using namespace clang;

namespace stackward::source {

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
  ObjectId Object = G.addObject(Copy);
  hide(Object, Self, C.At);
  Addr Kept = objectAddress(Object, N);
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

/// Calls what the std::function at C.Args[0] keeps.
Addr FunctionBuilder::callKept(CallShape &C) {
  escape::Note N = note(C.At, Why::PassedAsArgument);
  Addr Self = C.Args[0];
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
  if (MD->getOverloadedOperator() == OO_Call)
    return callKept(C);
  if (isa<CXXConversionDecl>(MD))
    return Addr{};
  if (MD->getIdentifier() && MD->getName() == "swap" && C.Args.size() == 2) {
    copyAll(Self, C.Args[1], N);
    copyAll(C.Args[1], Self, N);
    return Addr{};
  }
  if (MD->getIdentifier() && MD->getName() == "target")
    return load(Addr{Self.Base, addOffsets(Self.K, 8)}, N);
  return unknownMember(C);
}

} // namespace stackward::source
