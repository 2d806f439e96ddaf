// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What makes a function or a variable one that cannot be followed: constructs
/// with a control flow or a memory of their own, and objects that are made by
/// code which could keep their address.
#include "ConstBeyond.h"
#include "ConstState.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/ExprObjC.h"
#include "clang/AST/ExprOpenMP.h"
#include "clang/AST/StmtCXX.h"
#include "clang/AST/StmtObjC.h"
#include "clang/AST/StmtOpenMP.h"
#include "clang/Basic/Builtins.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;

namespace stackward::source {

/// An operand that never runs, though clang's graph evaluates it.
static const Expr *unevaluated(const Stmt &Node) {
  if (const auto *NoExcept = dyn_cast<CXXNoexceptExpr>(&Node))
    return NoExcept->getOperand();
  if (const auto *TypeId = dyn_cast<CXXTypeidExpr>(&Node))
    return TypeId->isTypeOperand() || TypeId->isPotentiallyEvaluated()
               ? nullptr
               : TypeId->getExprOperand();
  if (const auto *Generic = dyn_cast<GenericSelectionExpr>(&Node))
    return Generic->isExprPredicate() ? Generic->getControllingExpr() : nullptr;
  if (const auto *Choose = dyn_cast<ChooseExpr>(&Node))
    return Choose; // one of its arms
  const auto *Call = dyn_cast<CallExpr>(&Node);
  if (!Call || Call->getNumArgs() == 0)
    return nullptr;
  switch (Call->getBuiltinCallee()) {
  case Builtin::BI__builtin_constant_p:
  case Builtin::BI__builtin_object_size:
  case Builtin::BI__builtin_dynamic_object_size:
  case Builtin::BI__builtin_assume:
    return Call->getArg(0);
  default: // its arguments are evaluated
    return nullptr;
  }
}

bool isBeyond(const Stmt &Node, const ASTContext &Context) {
  const Expr *NotRun = unevaluated(Node);
  if (NotRun && NotRun->HasSideEffects(Context))
    return true;
  if (isa<AsmStmt, CoroutineBodyStmt, CoreturnStmt, CoroutineSuspendExpr,
          DependentCoawaitExpr, IndirectGotoStmt, AddrLabelExpr, CapturedStmt,
          OMPExecutableDirective, BlockExpr, SEHTryStmt, ObjCAtTryStmt,
          ObjCAtSynchronizedStmt, ObjCForCollectionStmt, ObjCMessageExpr,
          PseudoObjectExpr, AtomicExpr, VAArgExpr>(Node))
    return true;
  const auto *Call = dyn_cast<CallExpr>(&Node);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee)
    return false;
  if (Callee->hasAttr<ReturnsTwiceAttr>())
    return true;
  const IdentifierInfo *Name = Callee->getIdentifier();
  return Name &&
         llvm::is_contained({"setjmp", "_setjmp", "sigsetjmp", "__sigsetjmp",
                             "vfork", "getcontext", "__builtin_setjmp"},
                            Name->getName());
}

static bool mentionsThis(const Expr *E) {
  llvm::SmallVector<const Stmt *, 8> Work{E};
  while (!Work.empty()) {
    const Stmt *Top = Work.pop_back_val();
    if (isa_and_nonnull<CXXThisExpr>(Top))
      return true;
    if (Top)
      llvm::append_range(Work, Top->children());
  }
  return false;
}

/// Init makes an object without running code that could keep its address.
static bool keepsNothing(const Expr *Init) {
  if (!Init)
    return true;
  Init = stripTransparent(Init);
  if (const auto *Make = dyn_cast<CXXConstructExpr>(Init))
    return Make->getConstructor()->isTrivial();
  if (const auto *List = dyn_cast<InitListExpr>(Init))
    return keepsNothing(List->getArrayFiller()) &&
           llvm::all_of(List->inits(), keepsNothing);
  if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(Init))
    return !mentionsThis(Default->getExpr()) &&
           keepsNothing(Default->getExpr());
  return isa<ImplicitValueInitExpr, CXXScalarValueInitExpr, StringLiteral>(
             Init) ||
         Init->getType()->isScalarType();
}

bool isBornAlone(const VarDecl &V) {
  const CXXRecordDecl *R =
      V.getType()->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
  if (R && !R->hasTrivialDestructor())
    return false;
  if (isa<ParmVarDecl>(V))
    return !R || R->isTriviallyCopyable();
  return keepsNothing(V.getInit());
}

} // namespace stackward::source
