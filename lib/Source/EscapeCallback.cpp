// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Code of the user's that containers run on their elements: predicates,
/// comparators, hashes.
#include "Builder.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace stackward::source {

/// A predicate, comparator or hash sees the elements. In a user's class only:
/// the library's own do nothing with them.
void FunctionBuilder::callWithElements(CallShape &C, const Expr *E,
                                       Addr Callable) {
  QualType T = E->getType();
  escape::Note N = note(E, Why::PassedAsArgument);
  const CXXRecordDecl *RD = recordOf(T);
  if (!RD || libraryClass(RD) == LibraryClass::Function) {
    bool Code = T->isFunctionType() || T->isFunctionPointerType() || RD;
    if (Code && Callable)
      leakContent(elements(C.Args[0], N), Reason::IndirectCallee, N);
    return;
  }
  if (!RD->isInStdNamespace())
    callOperators(RD, Callable, C.Args[0], N);
}

void FunctionBuilder::callWithArguments(CallShape &C) {
  for (unsigned I = 1; I < C.Args.size(); ++I)
    callWithElements(C, C.ArgExprs[I - 1], C.Args[I]);
}

void FunctionBuilder::callOperators(const CXXRecordDecl *RD, Addr Callable,
                                    Addr Container, escape::Note N) {
  RD = RD->getDefinition();
  if (!RD)
    return;
  Addr Each{elements(Container, N).Base, AnyOffset};
  for (const Decl *D : RD->decls()) {
    if (isa<FunctionTemplateDecl>(D)) // which instance runs is not known
      leakContent(Each, Reason::IndirectCallee, N);
    const auto *M = dyn_cast<CXXMethodDecl>(D);
    if (!M || M->getOverloadedOperator() != OO_Call || M->isStatic())
      continue;
    llvm::SmallVector<Addr, 4> Args{Callable};
    for (const ParmVarDecl *P : M->parameters())
      Args.push_back(P->getType()->isPointerType() ? load(Each, N) : Each);
    callFunction(M, Args, N, false);
  }
}

/// Classes of the user's among the template arguments: comparators, hashes.
void FunctionBuilder::callComparators(CallShape &C) {
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(
      cast<CXXMethodDecl>(C.Callee)->getParent());
  if (!Spec)
    return;
  escape::Note N = note(C.At, Why::PassedAsArgument);
  for (const TemplateArgument &A : Spec->getTemplateArgs().asArray()) {
    const CXXRecordDecl *RD = A.getKind() == TemplateArgument::Type
                                  ? A.getAsType()->getAsCXXRecordDecl()
                                  : nullptr;
    if (RD && !RD->isInStdNamespace())
      callOperators(RD, Addr{outside(), 0}, C.Args[0], N);
  }
}

} // namespace stackward::source
