// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds the functions of a translation unit, and names them.
#include "Functions.h"
#include "stackward/Report/Finding.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace stackward::source {

namespace {

class FunctionFinder : public RecursiveASTVisitor<FunctionFinder> {
public:
  FunctionFinder(const SourceManager &SM,
                 std::vector<const FunctionDecl *> &Found)
      : SM(SM), Found(Found) {}

  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitLambdaBody() const { return true; }

  bool TraverseDecl(Decl *D) {
    // Most of a translation unit is system headers, and a namespace may be
    // opened in them and in user code, so only what is not one is skipped.
    if (D && !isa<TranslationUnitDecl, NamespaceDecl, LinkageSpecDecl>(D) &&
        SM.isInSystemHeader(D->getLocation()))
      return true;
    return RecursiveASTVisitor::TraverseDecl(D);
  }

  bool VisitFunctionDecl(FunctionDecl *F) {
    note(F);
    return true;
  }
  bool VisitLambdaExpr(LambdaExpr *L) {
    note(L->getCallOperator());
    return true;
  }

private:
  void note(const FunctionDecl *F) {
    if (F->doesThisDeclarationHaveABody() && !F->isDependentContext() &&
        !F->isDefaulted() && F->getLocation().isValid() &&
        Seen.insert(F).second)
      Found.push_back(F);
  }

  const SourceManager &SM;
  std::vector<const FunctionDecl *> &Found;
  llvm::DenseSet<const FunctionDecl *> Seen;
};

} // namespace

std::vector<const FunctionDecl *> userFunctions(ASTContext &Context) {
  const SourceManager &SM = Context.getSourceManager();
  std::vector<const FunctionDecl *> Found;
  FunctionFinder(SM, Found).TraverseDecl(Context.getTranslationUnitDecl());
  llvm::sort(Found, [&](const FunctionDecl *A, const FunctionDecl *B) {
    SourceLocation X = SM.getExpansionLoc(A->getLocation());
    SourceLocation Y = SM.getExpansionLoc(B->getLocation());
    return X != Y && SM.isBeforeInTranslationUnit(X, Y);
  });
  return Found;
}

static std::string lambdaName(const CXXRecordDecl &Lambda) {
  const SourceManager &SM = Lambda.getASTContext().getSourceManager();
  std::string Outer;
  for (const DeclContext *C = Lambda.getDeclContext(); C; C = C->getParent())
    if (const auto *F = dyn_cast<FunctionDecl>(C)) {
      Outer = displayName(*F) + "::";
      break;
    }
  unsigned Line = SM.getExpansionLineNumber(Lambda.getLocation());
  return Outer + "lambda at line " + std::to_string(Line);
}

std::string displayName(const FunctionDecl &F) {
  if (const auto *Method = dyn_cast<CXXMethodDecl>(&F))
    if (Method->getParent()->isLambda())
      return lambdaName(*Method->getParent());
  PrintingPolicy Policy(F.getASTContext().getPrintingPolicy());
  Policy.SuppressUnwrittenScope = true;
  Policy.TerseOutput = true;
  std::string Name;
  llvm::raw_string_ostream Out(Name);
  F.getNameForDiagnostic(Out, Policy, /*Qualified=*/true);
  Out << '(';
  llvm::ListSeparator Comma;
  for (const ParmVarDecl *P : F.parameters())
    Out << Comma << P->getType().getAsString(Policy);
  if (F.isVariadic())
    Out << Comma << "...";
  Out << ')';
  return Name;
}

report::Place placeOf(const SourceManager &SM, SourceLocation Loc) {
  PresumedLoc At = SM.getPresumedLoc(SM.getExpansionLoc(Loc));
  if (At.isInvalid())
    return {};
  return {At.getFilename(), At.getLine(), At.getColumn()};
}

} // namespace stackward::source
