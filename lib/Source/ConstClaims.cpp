// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What constant propagation knows, in a form that a test can check and the
/// escape analysis can use: claims about expressions by their place in the
/// main file, and statements that never run.
#include "ConstProgram.h"
#include "stackward/Source/ConstProp.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Expr.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;
using namespace stackward::dataflow;

namespace stackward::source {

static std::string decimal(Int128 V) {
  return V < 0 ? "-" + llvm::utostr(uint64_t(-V)) : llvm::utostr(uint64_t(V));
}

static std::optional<ConstClaim> claimOf(const ASTContext &Context,
                                         const Expr &E, Value V) {
  const SourceManager &SM = Context.getSourceManager();
  // An implicit conversion has the text of its operand, and another type.
  const auto *Cast = dyn_cast<ImplicitCastExpr>(&E);
  if ((Cast && Cast->getCastKind() != CK_LValueToRValue) ||
      isa<IntegerLiteral, CharacterLiteral>(E))
    return std::nullopt;
  // A bit-field promotes by its width: nothing can be put around its name.
  if (Cast && Cast->getSubExpr()->refersToBitField())
    return std::nullopt;
  if (!V || V->Is != ValueData::Kind::Int || E.getBeginLoc().isMacroID() ||
      E.getEndLoc().isMacroID() || !SM.isInMainFile(E.getBeginLoc()))
    return std::nullopt;
  ConstClaim Claim;
  Claim.Begin = SM.getFileOffset(E.getBeginLoc());
  Claim.End = SM.getFileOffset(
      Lexer::getLocForEndOfToken(E.getEndLoc(), 0, SM, Context.getLangOpts()));
  for (const IntRange &R : V->Ints)
    Claim.Ranges.push_back({decimal(R.Lo), decimal(R.Hi)});
  Claim.Zero = V->Shared.Zero;
  Claim.One = V->Shared.One;
  return Claim;
}

/// Blocks that are drawn and never reached: where their statements begin.
static void addNeverRuns(const ConstProgram::Entry &E, ConstClaims &Claims) {
  const FunctionDecl &F = E.Function->function();
  const SourceManager &SM = F.getASTContext().getSourceManager();
  const auto &Blocks = E.Function->adapter().Blocks;
  for (BlockId B = 0; B < Blocks.size(); ++B) {
    if (!Blocks[B] || E.Result.Reached.test(B))
      continue;
    for (const CFGElement &Element : *Blocks[B])
      if (auto S = Element.getAs<CFGStmt>())
        if (!isa<Expr>(S->getStmt()) &&
            SM.isInMainFile(S->getStmt()->getBeginLoc()))
          Claims.NeverRuns.push_back(
              SM.getFileOffset(S->getStmt()->getBeginLoc()));
  }
}

ConstClaims claimsOf(ASTContext &Context, const ConstPropOptions &Options) {
  ConstProgram Program(Context, Options);
  Program.run(Watch::Everything);
  ConstClaims Claims;
  for (const ConstProgram::Entry &E : Program.entries()) {
    if (!E.Finished)
      continue;
    for (const auto &[At, V] : E.Result.Seen.Values)
      if (std::optional<ConstClaim> Claim = claimOf(Context, *At, V))
        Claims.Values.push_back(std::move(*Claim));
    addNeverRuns(E, Claims);
    if (std::optional<Value> Returned = E.Result.Seen.Returned;
        Returned && *Returned && (*Returned)->Is == ValueData::Kind::Int &&
        isSingle((*Returned)->Ints))
      Claims.Returns.push_back(
          {E.Function->function().getQualifiedNameAsString(),
           describe(*Returned)});
  }
  return Claims;
}

llvm::DenseSet<const Stmt *> unreachableStatements(const FunctionDecl &F) {
  llvm::DenseSet<const Stmt *> Never;
  std::unique_ptr<ConstFunction> Made = ConstFunction::make(F);
  if (!Made)
    return Never;
  ValuePool Pool;
  ConstResult R = Made->fixpoint(Pool, nullptr, {}, Watch::Nothing);
  const auto &Blocks = Made->adapter().Blocks;
  for (BlockId B = 0; B < Blocks.size(); ++B)
    if (Blocks[B] && !R.Reached.test(B))
      for (const CFGElement &Element : *Blocks[B])
        if (auto S = Element.getAs<CFGStmt>())
          Never.insert(S->getStmt());
  return Never;
}

} // namespace stackward::source
