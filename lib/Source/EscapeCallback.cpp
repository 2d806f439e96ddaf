// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Code of the user's that containers run on their elements and on what these
/// are compared with: predicates, comparators, hashes, and what the library's
/// own comparators and hashes call (operator< of a key class).
///
/// A set or map keeps its comparator, or its hash and equality, in cell 16
/// when it has a state. They run whenever a key comes in, on any pair of what
/// is there and what came.
#include "Builder.h"
#include "ContainerClass.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace stackward::source {

/// A predicate given as an argument sees the elements. The library's own do
/// nothing with them unless the user's code hides inside.
void FunctionBuilder::callWithElements(CallShape &C, const Expr *E,
                                       Addr Callable) {
  QualType T = E->getType();
  escape::Note N = note(E, Why::PassedAsArgument);
  const CXXRecordDecl *RD = recordOf(T);
  Addr Each{elements(C.Args[0], N).Base, AnyOffset};
  if (!RD || libraryClass(RD) == LibraryClass::Function) {
    bool Code = T->isFunctionType() || T->isFunctionPointerType() || RD;
    if (Code && Callable)
      leakContent(Each, Reason::IndirectCallee, N);
    return;
  }
  if (!U.inSystemHeader(RD->getLocation()))
    return callOperators(RD, Callable, Each, N);
  // std::ref(Predicate), std::less<Key>(), ...
  if (libraryClass(RD) == LibraryClass::None && U.runsUserCode(T)) {
    leakContent(Each, Reason::IndirectCallee, N);
    leakContent(Callable, Reason::IndirectCallee, N);
  }
}

void FunctionBuilder::callWithArguments(CallShape &C) {
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  for (unsigned I = 1; I < C.Args.size(); ++I)
    callWithElements(C, C.ArgExprs[I - 1], C.Args[I]);
  if (isAssociative(MD->getParent())) {
    if (C.Args.size() > 1)
      callKeyCode(C);
    return;
  }
  // Members of lists that compare by an operator of the element's class.
  StringRef Name = MD->getIdentifier() ? MD->getName() : "";
  if ((Name == "remove" || Name == "unique" || Name == "merge") &&
      U.runsUserCode(elementType(MD->getParent()))) {
    escape::Note N = note(C.At, Why::NotModelled);
    leakContent(Addr{elements(C.Args[0], N).Base, AnyOffset},
                Reason::IndirectCallee, N);
    for (Addr A : llvm::ArrayRef<Addr>(C.Args).drop_front()) {
      leak(A, Reason::IndirectCallee, N);
      leakContent(A, Reason::IndirectCallee, N);
    }
  }
}

/// Any parameter of M may be any of the elements.
void FunctionBuilder::callOperator(const CXXMethodDecl *M, Addr Callable,
                                   Addr Elements, escape::Note N) {
  if (M->getOverloadedOperator() != OO_Call)
    return;
  llvm::SmallVector<Addr, 4> Args;
  if (!M->isStatic())
    Args.push_back(Callable);
  for (const ParmVarDecl *P : M->parameters()) {
    QualType T = P->getType();
    Addr A = Elements;
    if (T->isPointerType()) {
      A = load(Elements, N);
    } else if (T->isRecordType()) {
      A = objectAddress(G.addObject(escape::Object()), N);
      copyObject(A, Elements, T, N);
    }
    Args.push_back(A);
  }
  callFunction(M, Args, N, false);
}

/// Of a template every instance that there is may be the one that runs.
void FunctionBuilder::callOperators(const CXXRecordDecl *RD, Addr Callable,
                                    Addr Elements, escape::Note N) {
  RD = RD->getDefinition();
  if (!RD)
    return;
  for (const Decl *D : RD->decls()) {
    if (const auto *M = dyn_cast<CXXMethodDecl>(D))
      callOperator(M, Callable, Elements, N);
    if (const auto *FT = dyn_cast<FunctionTemplateDecl>(D))
      for (const FunctionDecl *Instance : FT->specializations())
        if (const auto *M = dyn_cast<CXXMethodDecl>(Instance))
          callOperator(M, Callable, Elements, N);
  }
  for (const CXXBaseSpecifier &B : RD->bases())
    if (const CXXRecordDecl *Base = B.getType()->getAsCXXRecordDecl())
      callOperators(Base, Callable ? Addr{Callable.Base, AnyOffset} : Callable,
                    Elements, N);
}

/// Template argument I of a set or map that is code to run; null after the
/// last one.
static QualType keyCode(const CXXRecordDecl *RD, unsigned I) {
  unsigned First = RD->getName().contains("map") ? 2 : 1;
  unsigned Count = RD->getName().starts_with("unordered") ? 2 : 1;
  return I < Count ? templateArg(RD, First + I) : QualType();
}

/// Code that came to the constructor at C.
void FunctionBuilder::keepKeyCode(CallShape &C) {
  const CXXRecordDecl *RD = cast<CXXMethodDecl>(C.Callee)->getParent();
  escape::Note N = note(C.At, Why::KeptByContainer);
  Addr Kept;
  for (unsigned I = 0; I < C.ArgExprs.size(); ++I) {
    QualType T = C.ArgExprs[I]->getType();
    bool IsCode = false;
    for (unsigned K = 0; !keyCode(RD, K).isNull(); ++K)
      IsCode |= Ctx.hasSameUnqualifiedType(T, keyCode(RD, K));
    if (!IsCode || !recordOf(T) || !C.Args[I + 1])
      continue;
    if (!Kept) {
      Kept = objectAddress(G.addObject(escape::Object()), N);
      store(Addr{C.Args[0].Base, addOffsets(C.Args[0].K, 16)}, Kept, N);
    }
    copyObject(Addr{Kept.Base, AnyOffset}, C.Args[I + 1], T, N);
  }
}

/// The memory in which the container at A keeps its code's state.
Addr FunctionBuilder::keyCodeOf(Addr A, escape::Note N) {
  return {load(Addr{A.Base, addOffsets(A.K, 16)}, N).Base, AnyOffset};
}

void FunctionBuilder::copyKeyCode(Addr To, Addr From, escape::Note N) {
  store(Addr{To.Base, addOffsets(To.K, 16)},
        load(Addr{From.Base, addOffsets(From.K, 16)}, N), N);
}

static bool mayBeKey(const Expr *E) {
  if (!E->isGLValue() && !E->getType()->isRecordType())
    return false;
  const CXXRecordDecl *RD = recordOf(E->getType());
  return !RD || (libraryClass(RD) != LibraryClass::Iterator &&
                 RD->getName() != "initializer_list");
}

void FunctionBuilder::callKeyCode(CallShape &C) {
  const CXXRecordDecl *RD = cast<CXXMethodDecl>(C.Callee)->getParent();
  escape::Note N = note(C.At, Why::PassedAsArgument);
  llvm::SmallVector<Addr, 4> Keys;
  bool Runs = U.runsUserCode(templateArg(RD, 0));
  for (unsigned I = 1; I < C.Args.size(); ++I)
    if (mayBeKey(C.ArgExprs[I - 1])) {
      Keys.push_back(C.Args[I]);
      Runs |= U.runsUserCode(C.ArgExprs[I - 1]->getType());
    }
  Addr Key;
  for (unsigned I = 0; !keyCode(RD, I).isNull(); ++I) {
    QualType T = keyCode(RD, I);
    const CXXRecordDecl *Code = recordOf(T);
    bool Opaque = !Code || libraryClass(Code) == LibraryClass::Function;
    if (!Opaque && !Runs && !U.runsUserCode(T))
      continue;
    if (!Key) {
      Keys.push_back(Addr{elements(C.Args[0], N).Base, AnyOffset});
      Key = join(Keys, N);
    }
    if (Opaque) { // a pointer to a function, std::function
      leakContent(Key, Reason::IndirectCallee, N);
      for (Addr A : llvm::ArrayRef<Addr>(Keys).drop_back())
        leak(A, Reason::IndirectCallee, N);
      continue;
    }
    Addr State;
    if (!Code->hasDefinition() || !Code->isEmpty())
      State = load(Addr{C.Args[0].Base, addOffsets(C.Args[0].K, 16)}, N);
    callOperators(Code, State, Key, N);
  }
}

} // namespace stackward::source
