// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Turns the elements of a block into the lines its author wrote.
///
/// The graph has an element for each subexpression, in the order of
/// evaluation. A reader wants the statement: so an element is shown when no
/// later element of the block, nor the branch that ends it, contains it. What
/// is left over because its statement ends in another block (the operand of a
/// short circuit, the arm of a conditional) is shown too, unless it is only a
/// name or a literal that some later block will show in its place.
#include "BlockText.h"
#include "SourceText.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/DenseSet.h"

using namespace clang;
using stackward::report::ChartLine;

namespace stackward::source {

namespace {

class BlockWriter {
public:
  BlockWriter(const ASTContext &Context, const CFG &Graph,
              const ChartRequest &Request);
  std::vector<ChartLine> lines(const CFGBlock &B);

private:
  void cover(const Stmt *S);
  void add(ChartLine::Role Role, SourceLocation At, std::string Text);
  void addLabel(const CFGBlock &B);
  void addElement(const CFGElement &E);
  void addStatement(const Stmt &S);
  void addInitializer(const CXXCtorInitializer &Init);
  void addTerminator(const CFGBlock &B);
  void addImplicit(const CFGElement &E);
  std::string branchText(const Stmt &Terminator, const CFGBlock &B) const;
  bool isOnlyAPart(const Stmt &S) const;
  void fold();

  const ASTContext &Context;
  const ChartRequest &Request;
  llvm::DenseSet<const Stmt *> Arms;       ///< of conditional operators
  llvm::DenseSet<const Stmt *> RangeSteps; ///< increments of range loops
  /// `int a = 1, b = 2` is two elements of the graph.
  llvm::DenseMap<const Stmt *, const DeclStmt *> WrittenAs;
  llvm::DenseSet<const Stmt *> Covered; ///< of the current block
  std::vector<ChartLine> Lines;         ///< of the current block
};

} // namespace

static const Expr *strip(const Expr *E) { return E->IgnoreParenImpCasts(); }

/// `T x` of `for (T x : v)`; clang's range ends at the colon.
static std::string loopVariable(const ASTContext &Context, const VarDecl &V) {
  std::string Text = sourceText(Context, V.getSourceRange());
  return llvm::StringRef(Text).rtrim(": ").str();
}

/// What the declarators of one declaration share: Text without `*`, `&` and
/// `*const` at its end.
static llvm::StringRef specifiers(llvm::StringRef Text) {
  for (;;) {
    Text = Text.rtrim(" *&(");
    llvm::StringRef Shorter = Text;
    bool Qualified = Shorter.consume_back("const") ||
                     Shorter.consume_back("volatile") ||
                     Shorter.consume_back("__restrict");
    Shorter = Shorter.rtrim();
    if (!Qualified || !(Shorter.ends_with("*") || Shorter.ends_with("&")))
      return Text;
    Text = Shorter;
  }
}

/// `int b = 2` of `int a = 1, b = 2`.
static std::string declaration(const ASTContext &Context, const VarDecl &V,
                               const DeclStmt *Written) {
  std::string Text = sourceText(Context, V.getSourceRange());
  if (!Written)
    return Text;
  const Decl *Before = nullptr;
  for (const Decl *D : Written->decls()) {
    if (D == &V)
      break;
    Before = D;
  }
  if (!Before || Before->getBeginLoc() != V.getBeginLoc())
    return Text;
  const auto *First = dyn_cast<VarDecl>(*Written->decl_begin());
  llvm::StringRef Own = Text;
  if (!First ||
      !Own.consume_front(sourceText(Context, Before->getSourceRange())))
    return Text;
  std::string Name = First->getNameAsString();
  std::string UpToName =
      sourceText(Context, {V.getBeginLoc(), First->getLocation()});
  llvm::StringRef Shared = UpToName;
  Own = Own.ltrim(" ,");
  if (Own.empty() || !Shared.consume_back(Name))
    return Text; // made by a macro
  return (specifiers(Shared) + " " + Own).str();
}

BlockWriter::BlockWriter(const ASTContext &Context, const CFG &Graph,
                         const ChartRequest &Request)
    : Context(Context), Request(Request) {
  for (const auto &[Part, Written] : Graph.synthetic_stmts())
    WrittenAs[Part] = Written;
  for (const CFGBlock *B : Graph) {
    for (const CFGElement &E : *B)
      if (auto S = E.getAs<CFGStmt>())
        if (const auto *C =
                dyn_cast<AbstractConditionalOperator>(S->getStmt())) {
          Arms.insert(strip(C->getTrueExpr()));
          Arms.insert(strip(C->getFalseExpr()));
        }
    const Stmt *T = B->getTerminatorStmt();
    if (const auto *Range = dyn_cast_or_null<CXXForRangeStmt>(T))
      if (Range->getInc())
        RangeSteps.insert(strip(Range->getInc()));
  }
}

void BlockWriter::cover(const Stmt *S) {
  llvm::SmallVector<const Stmt *, 16> Work{S};
  while (!Work.empty()) {
    const Stmt *Top = Work.pop_back_val();
    if (!Top || !Covered.insert(Top).second)
      continue;
    // The body of a lambda is in another graph, that of a handler in other
    // elements.
    if (isa<LambdaExpr, CXXCatchStmt>(Top))
      continue;
    if (const auto *Declares = dyn_cast<DeclStmt>(Top))
      for (const Decl *D : Declares->decls())
        if (const auto *V = dyn_cast<VarDecl>(D))
          Work.push_back(V->getInit());
    Work.append(Top->child_begin(), Top->child_end());
  }
}

void BlockWriter::add(ChartLine::Role Role, SourceLocation At,
                      std::string Text) {
  const SourceManager &SM = Context.getSourceManager();
  unsigned Line = At.isValid() ? SM.getExpansionLineNumber(At) : 0;
  Text = shorten(Text, Request.MaxColumns);
  // One use of a macro may stand for several statements; show it once.
  if (!Lines.empty() && Lines.back().Line == Line && Lines.back().Text == Text)
    return;
  Lines.push_back({Role, Line, std::move(Text)});
}

std::string labelText(const ASTContext &Context, const CFGBlock &Target) {
  const Stmt *L = Target.getLabel();
  if (const auto *Case = dyn_cast_or_null<CaseStmt>(L)) {
    std::string Text = "case " + sourceText(Context, *Case->getLHS());
    if (Case->getRHS())
      Text += " ... " + sourceText(Context, *Case->getRHS());
    return Text;
  }
  if (isa_and_nonnull<DefaultStmt>(L))
    return "default";
  if (const auto *Name = dyn_cast_or_null<LabelStmt>(L))
    return Name->getDecl()->getName().str();
  if (const auto *Catch = dyn_cast_or_null<CXXCatchStmt>(L)) {
    const VarDecl *V = Catch->getExceptionDecl();
    if (!V)
      return "catch (...)";
    return "catch (" + sourceText(Context, V->getSourceRange()) + ")";
  }
  return {};
}

void BlockWriter::addLabel(const CFGBlock &B) {
  if (std::string Text = labelText(Context, B); !Text.empty())
    add(ChartLine::Role::Label, B.getLabel()->getBeginLoc(), Text + ":");
}

static bool isName(const Expr &E) {
  const Expr *S = strip(&E);
  if (const auto *Member = dyn_cast<MemberExpr>(S))
    return isName(*Member->getBase());
  return isa<DeclRefExpr, IntegerLiteral, FloatingLiteral, CharacterLiteral,
             StringLiteral, CXXBoolLiteralExpr, CXXNullPtrLiteralExpr,
             CXXThisExpr, CXXDefaultArgExpr, CXXDefaultInitExpr,
             ImplicitValueInitExpr, OpaqueValueExpr>(S);
}

/// S is shown whole by a later block and says nothing on its own.
bool BlockWriter::isOnlyAPart(const Stmt &S) const {
  const auto *E = dyn_cast<Expr>(&S);
  return E && !Arms.contains(strip(E)) && isName(*E);
}

void BlockWriter::addStatement(const Stmt &S) {
  if (isa<CXXCatchStmt, NullStmt>(S) || isOnlyAPart(S))
    return;
  if (const auto *E = dyn_cast<Expr>(&S); E && RangeSteps.contains(strip(E)))
    return add(ChartLine::Role::Implicit, S.getBeginLoc(), "next element");
  if (const auto *Declares = dyn_cast<DeclStmt>(&S))
    if (const auto *V = dyn_cast_or_null<VarDecl>(
            Declares->isSingleDecl() ? Declares->getSingleDecl() : nullptr)) {
      if (V->isCXXForRangeDecl())
        return add(ChartLine::Role::Code, V->getLocation(),
                   loopVariable(Context, *V) + " = element;");
      if (!V->isImplicit())
        return add(ChartLine::Role::Code, V->getLocation(),
                   declaration(Context, *V, WrittenAs.lookup(&S)) + ";");
      if (V->getName().starts_with("__range") && V->getInit())
        return add(ChartLine::Role::Code, V->getInit()->getBeginLoc(),
                   "range: " + sourceText(Context, *V->getInit()));
      return;
    }
  std::string Text = sourceText(Context, S);
  if (Text.empty() || Text == ":")
    return;
  if (!isa<Expr>(S) || !Arms.contains(strip(cast<Expr>(&S))))
    Text += ";";
  add(ChartLine::Role::Code, S.getBeginLoc(), std::move(Text));
}

void BlockWriter::addInitializer(const CXXCtorInitializer &Init) {
  if (Init.isWritten())
    return add(ChartLine::Role::Code, Init.getSourceLocation(),
               sourceText(Context, Init.getSourceRange()));
  if (Request.Implicit == ImplicitCode::Hidden)
    return;
  std::string What = Init.isAnyMemberInitializer()
                         ? Init.getAnyMember()->getName().str()
                         : Init.getTypeSourceInfo()->getType().getAsString();
  add(ChartLine::Role::Implicit, {}, "initialise " + What);
}

void BlockWriter::addImplicit(const CFGElement &E) {
  if (Request.Implicit == ImplicitCode::Hidden)
    return;
  std::string Text;
  llvm::raw_string_ostream Out(Text);
  switch (E.getKind()) {
  case CFGElement::AutomaticObjectDtor:
    Out << "destroy "
        << E.castAs<CFGAutomaticObjDtor>().getVarDecl()->getName();
    break;
  case CFGElement::LifetimeEnds:
    Out << "end of " << E.castAs<CFGLifetimeEnds>().getVarDecl()->getName();
    break;
  case CFGElement::TemporaryDtor:
    Out << "destroy temporary "
        << E.castAs<CFGTemporaryDtor>().getBindTemporaryExpr()->getType();
    break;
  case CFGElement::MemberDtor:
    Out << "destroy member "
        << E.castAs<CFGMemberDtor>().getFieldDecl()->getName();
    break;
  case CFGElement::BaseDtor:
    Out << "destroy base "
        << E.castAs<CFGBaseDtor>().getBaseSpecifier()->getType();
    break;
  case CFGElement::DeleteDtor:
    Out << "destroy what is deleted";
    break;
  case CFGElement::CleanupFunction:
    Out << "cleanup of "
        << E.castAs<CFGCleanupFunction>().getVarDecl()->getName();
    break;
  case CFGElement::Initializer:
  case CFGElement::Statement:
  case CFGElement::Constructor:
  case CFGElement::CXXRecordTypedCall:
  case CFGElement::NewAllocator:
  case CFGElement::ScopeBegin:
  case CFGElement::ScopeEnd:
  case CFGElement::LoopExit:
    return;
  }
  add(ChartLine::Role::Implicit, {}, std::move(Text));
}

void BlockWriter::addElement(const CFGElement &E) {
  if (auto S = E.getAs<CFGStmt>()) {
    if (!Covered.contains(S->getStmt()))
      addStatement(*S->getStmt());
    return;
  }
  if (auto Init = E.getAs<CFGInitializer>())
    return addInitializer(*Init->getInitializer());
  addImplicit(E);
}

std::string BlockWriter::branchText(const Stmt &T, const CFGBlock &B) const {
  auto Condition = [&](const Expr *E) {
    const Expr *Last = B.getLastCondition();
    if (!Last)
      Last = E;
    return Last ? sourceText(Context, *Last) : std::string();
  };
  if (const auto *If = dyn_cast<IfStmt>(&T))
    return "if (" + Condition(If->getCond()) + ")";
  if (const auto *While = dyn_cast<WhileStmt>(&T))
    return "while (" + Condition(While->getCond()) + ")";
  if (const auto *Do = dyn_cast<DoStmt>(&T))
    return "do ... while (" + Condition(Do->getCond()) + ")";
  if (const auto *For = dyn_cast<ForStmt>(&T)) {
    std::string Text = For->getCond() ? Condition(For->getCond()) : "";
    return "for (; " + Text + ";)";
  }
  if (const auto *Range = dyn_cast<CXXForRangeStmt>(&T)) {
    const VarDecl *V = Range->getLoopVariable();
    return "for (" + loopVariable(Context, *V) + " : " +
           sourceText(Context, *Range->getRangeInit()) + ")";
  }
  if (const auto *Switch = dyn_cast<SwitchStmt>(&T))
    return "switch (" + sourceText(Context, *Switch->getCond()) + ")";
  if (const auto *Choice = dyn_cast<AbstractConditionalOperator>(&T))
    return Condition(Choice->getCond()) + " ?";
  if (const auto *Logic = dyn_cast<BinaryOperator>(&T))
    return Condition(Logic->getLHS()) + " " + Logic->getOpcodeStr().str();
  if (isa<CXXTryStmt>(T))
    return "exception arrives";
  if (isa<BreakStmt, ContinueStmt, GotoStmt, IndirectGotoStmt>(T))
    return sourceText(Context, T) + ";";
  return {};
}

void BlockWriter::addTerminator(const CFGBlock &B) {
  CFGTerminator T = B.getTerminator();
  if (!T.isValid())
    return;
  if (!T.isStmtBranch()) {
    if (Request.Implicit == ImplicitCode::Shown)
      add(ChartLine::Role::Branch, {},
          T.isTemporaryDtorsBranch() ? "temporary was made?"
                                     : "virtual bases made?");
    return;
  }
  if (std::string Text = branchText(*T.getStmt(), B); !Text.empty()) {
    const Expr *Last = B.getLastCondition();
    SourceLocation At = Last && !isa<CXXForRangeStmt>(T.getStmt())
                            ? Last->getBeginLoc()
                            : T.getStmt()->getBeginLoc();
    add(ChartLine::Role::Branch, At, std::move(Text));
  }
}

void BlockWriter::fold() {
  if (Lines.size() <= Request.MaxLines)
    return;
  unsigned Tail = Request.MaxLines / 3;
  unsigned Head = Request.MaxLines - Tail - 1;
  unsigned Hidden = Lines.size() - Head - Tail;
  ChartLine Fold{ChartLine::Role::Folded, 0,
                 "… " + std::to_string(Hidden) + " more lines …"};
  Lines.erase(Lines.begin() + Head, Lines.end() - Tail);
  Lines.insert(Lines.begin() + Head, std::move(Fold));
}

std::vector<ChartLine> BlockWriter::lines(const CFGBlock &B) {
  Lines.clear();
  Covered.clear();
  if (const Stmt *T = B.getTerminatorStmt(); T && B.getLastCondition())
    cover(B.getLastCondition());
  if (const auto *Switch = dyn_cast_or_null<SwitchStmt>(B.getTerminatorStmt()))
    cover(Switch->getCond());
  // From the back, each statement covers its parts; what is covered before
  // its turn comes is not shown.
  llvm::SmallVector<CFGElement, 16> Shown;
  for (const CFGElement &E : llvm::reverse(B)) {
    if (auto S = E.getAs<CFGStmt>()) {
      if (Covered.contains(S->getStmt()))
        continue;
      cover(S->getStmt());
      Covered.erase(S->getStmt());
    } else if (auto Init = E.getAs<CFGInitializer>()) {
      cover(Init->getInitializer()->getInit());
    }
    Shown.push_back(E);
  }
  addLabel(B);
  for (const CFGElement &E : llvm::reverse(Shown))
    addElement(E);
  addTerminator(B);
  fold();
  return std::move(Lines);
}

std::vector<std::vector<ChartLine>> blockLines(const ASTContext &Context,
                                               const CFG &Graph,
                                               const ChartRequest &Request) {
  BlockWriter Writer(Context, Graph, Request);
  std::vector<std::vector<ChartLine>> All(Graph.getNumBlockIDs());
  for (const CFGBlock *B : Graph)
    All[B->getBlockID()] = Writer.lines(*B);
  return All;
}

} // namespace stackward::source
