// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which of the proved facts are worth telling, and how.
///
/// Almost every function is full of constants that its author knows: literals,
/// named constants, `while (true)`, debug switches, assertions. So a condition
/// is told only if it takes the flow of values to see it: not if clang can
/// fold it as it stands, not if a macro made it. In a template a fact counts
/// only if at least two instantiations were analysed and all agree.
#include "ConstProof.h"
#include "Functions.h"
#include "Parse.h"
#include "SourceText.h"
#include "stackward/Source/ConstProp.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"
#include <map>

using namespace clang;
using namespace stackward::dataflow;
using stackward::report::Finding;
using stackward::report::Step;

namespace stackward::source {

namespace {

enum class Rule : uint8_t {
#define CONST_RULE(Name, Id, Summary) Name,
#include "ConstRules.def"
};

class Reporter {
public:
  Reporter(ASTContext &Context, const ConstProgram &Program)
      : Context(Context), Program(Program) {}
  std::vector<Finding> run();

private:
  void report(const ConstProgram::Entry &E);
  void conditions();
  void condition(BlockId B, const Expr &Condition);
  void oneCase(BlockId B, const SwitchStmt &Switch);
  void returns();
  void unreachable();
  std::optional<Step> causeOf(BlockId B);
  void arguments();
  void calls();
  void errors();
  BlockId homeOf(const Expr &E) const;
  void add(Rule R, SourceLocation At, std::string Message,
           std::vector<Step> Steps);
  bool isForReaders(const Expr &E) const;
  bool isGuard(const Expr &Condition) const;
  ConstProof &proof();
  std::string quoted(const Stmt &S) const;
  std::vector<Finding> agreed();

  ASTContext &Context;
  const ConstProgram &Program;
  const ConstProgram::Entry *Entry = nullptr; ///< the one being reported
  std::optional<ConstProof> Proof;            ///< made when first needed
  struct Pending {
    const FunctionDecl *Pattern; ///< null: not an instantiation
    Finding What;
  };
  std::vector<Pending> Found;
};

} // namespace

llvm::ArrayRef<ConstRule> constRules() {
  static const ConstRule Rules[] = {
#define CONST_RULE(Name, Id, Summary) {Id, Summary},
#include "ConstRules.def"
  };
  return Rules;
}

std::string Reporter::quoted(const Stmt &S) const {
  return "'" + shorten(sourceText(Context, S), 60) + "'";
}

ConstProof &Reporter::proof() {
  if (!Proof)
    Proof.emplace(*Entry);
  return *Proof;
}

void Reporter::add(Rule R, SourceLocation At, std::string Message,
                   std::vector<Step> Steps) {
  const FunctionDecl &F = Entry->Function->function();
  const SourceManager &SM = Context.getSourceManager();
  const FunctionDecl *Pattern = F.getTemplateInstantiationPattern();
  // Other units instantiate a header's template in other ways.
  if (Pattern && !SM.isInMainFile(SM.getExpansionLoc(At)))
    return;
  Finding What;
  What.Rule = constRules()[unsigned(R)].Id;
  What.At = placeOf(SM, At);
  What.Function = displayName(F);
  What.Message = std::move(Message);
  What.Steps = std::move(Steps);
  Found.push_back(
      {Pattern ? Pattern->getCanonicalDecl() : nullptr, std::move(What)});
}

/// Its author sees a variable condition here.
bool Reporter::isForReaders(const Expr &E) const {
  if (E.getBeginLoc().isMacroID() || E.getEndLoc().isMacroID() ||
      E.getBeginLoc().isInvalid())
    return false;
  if (E.isValueDependent())
    return false;
  Expr::EvalResult Result;
  return !E.EvaluateAsRValue(Result, Context);
}

/// `if (!p)` where p is a parameter, and no call here passes null: that guards
/// against the next caller.
bool Reporter::isGuard(const Expr &Condition) const {
  const Expr *E = Condition.IgnoreParenImpCasts();
  while (const auto *Op = dyn_cast<UnaryOperator>(E)) {
    if (Op->getOpcode() != UO_LNot)
      return false;
    E = Op->getSubExpr()->IgnoreParenImpCasts();
  }
  if (const auto *Op = dyn_cast<BinaryOperator>(E); Op && Op->isEqualityOp())
    E = Op->getLHS()->IgnoreParenImpCasts();
  const auto *Name = dyn_cast<DeclRefExpr>(E);
  const auto *P = Name ? dyn_cast<ParmVarDecl>(Name->getDecl()) : nullptr;
  unsigned I = P ? P->getFunctionScopeIndex() : 0;
  if (!P || I >= Entry->Params.size() ||
      P->getDeclContext() != &Entry->Function->function())
    return false;
  Value V = Entry->Params[I];
  return V && V->Is == ValueData::Kind::Pointer && V->Null == Nullness::NotNull;
}

void Reporter::condition(BlockId B, const Expr &Condition) {
  bool Possible[2] = {false, false};
  bool TwoWay = false;
  for (EdgeId E : Entry->Function->adapter().Graph.successors(B)) {
    BranchKind Kind = Entry->Function->adapter().Branches[E].Kind;
    if (Kind != BranchKind::True && Kind != BranchKind::False)
      continue;
    TwoWay = true;
    Possible[Kind == BranchKind::True] |= Entry->Result.Feasible.test(E);
  }
  if (!TwoWay || Possible[0] == Possible[1] || !isForReaders(Condition) ||
      isGuard(Condition))
    return;
  add(Rule::Condition, Condition.getBeginLoc(),
      quoted(Condition) + " is always " + (Possible[1] ? "true" : "false"),
      proof().of(Condition, B));
}

void Reporter::oneCase(BlockId B, const SwitchStmt &Switch) {
  std::vector<EdgeId> Ways;
  const CFGAdapter &Adapter = Entry->Function->adapter();
  for (EdgeId E : Adapter.Graph.successors(B))
    if (Entry->Result.Feasible.test(E))
      Ways.push_back(E);
  if (Ways.size() != 1 || Adapter.Graph.successors(B).size() < 2 ||
      !isForReaders(*Switch.getCond()))
    return;
  const Branch &Way = Adapter.Branches[Ways.front()];
  std::string Where = "none of the cases";
  if (const auto *Case = dyn_cast_or_null<CaseStmt>(Way.Label))
    Where = "case " + sourceText(Context, *Case->getLHS());
  add(Rule::Condition, Switch.getCond()->getBeginLoc(),
      "switch on " + quoted(*Switch.getCond()) + " always takes " + Where,
      proof().of(*Switch.getCond(), B));
}

void Reporter::conditions() {
  const CFGAdapter &Adapter = Entry->Function->adapter();
  for (BlockId B = 0; B < Adapter.Blocks.size(); ++B) {
    if (!Adapter.Blocks[B] || !Entry->Result.Reached.test(B))
      continue;
    const Stmt *T = Adapter.Blocks[B]->getTerminatorStmt();
    if (!T || T->getBeginLoc().isMacroID() || isa<CXXForRangeStmt>(T))
      continue;
    if (const auto *If = dyn_cast<IfStmt>(T); If && If->isConstexpr())
      continue;
    if (const auto *Switch = dyn_cast<SwitchStmt>(T))
      oneCase(B, *Switch);
    else if (const Expr *Condition = branchCondition(*Adapter.Blocks[B]))
      condition(B, *Condition);
  }
}

/// A body of one return of a constant is what its author meant.
static bool isPlainConstant(const FunctionDecl &F) {
  const auto *Body = dyn_cast_or_null<CompoundStmt>(F.getBody());
  return Body && Body->size() == 1 && isa<ReturnStmt>(Body->body_front());
}

void Reporter::returns() {
  const FunctionDecl &F = Entry->Function->function();
  const Observations &Seen = Entry->Result.Seen;
  if (!Seen.Returned || !isConstant(*Seen.Returned) || F.isMain())
    return;
  const auto *Method = dyn_cast<CXXMethodDecl>(&F);
  if ((Method && Method->isVirtual()) || isPlainConstant(F))
    return;
  std::vector<Step> Steps;
  const CFGAdapter &Adapter = Entry->Function->adapter();
  unsigned Reached = 0, Literal = 0;
  for (BlockId B = Adapter.Blocks.size(); B-- > 0;) {
    if (!Adapter.Blocks[B])
      continue;
    for (const CFGElement &Element : *Adapter.Blocks[B]) {
      auto S = Element.getAs<CFGStmt>();
      const auto *Return = S ? dyn_cast<ReturnStmt>(S->getStmt()) : nullptr;
      if (!Return || !Return->getRetValue())
        continue;
      bool Runs = Entry->Result.Reached.test(B);
      Reached += Runs;
      Expr::EvalResult Folded;
      Literal += Return->getRetValue()->EvaluateAsRValue(Folded, Context);
      if (Runs)
        llvm::append_range(Steps, proof().of(*Return->getRetValue(), B));
      Steps.push_back(
          {placeOf(Context.getSourceManager(), Return->getBeginLoc()),
           shorten(sourceText(Context, *Return), 80),
           Runs ? "returns " + describe(*Seen.Returned) : "never runs", 0});
    }
  }
  // One way out, with a literal: everybody sees it.
  if (Reached == 0 || (Literal == 1 && Steps.size() == 1))
    return;
  llvm::sort(Steps);
  Steps.erase(llvm::unique(Steps), Steps.end());
  add(Rule::Return, F.getLocation(),
      "'" + F.getNameAsString() + "' always returns " +
          describe(*Seen.Returned),
      std::move(Steps));
}

/// Why control does not come from a block that runs to B; nothing when the
/// reason is none that a reader would want to hear.
std::optional<Step> Reporter::causeOf(BlockId B) {
  const CFGAdapter &Adapter = Entry->Function->adapter();
  const SourceManager &SM = Context.getSourceManager();
  for (EdgeId E : Adapter.Graph.predecessors(B)) {
    BlockId From = Adapter.Graph.edge(E).From;
    if (!Entry->Result.Reached.test(From))
      continue;
    const CFGBlock &Block = *Adapter.Blocks[From];
    const Stmt *T = Block.getTerminatorStmt();
    if (const Expr *Condition = branchCondition(Block)) {
      if (!isForReaders(*Condition) || T->getBeginLoc().isMacroID() ||
          isGuard(*Condition))
        return std::nullopt;
      BranchKind Kind = Adapter.Branches[E].Kind;
      std::string Why = Kind == BranchKind::True    ? "is never true"
                        : Kind == BranchKind::False ? "is never false"
                                                    : "never selects this";
      return Step{placeOf(SM, Condition->getBeginLoc()),
                  shorten(sourceText(Context, *Condition), 80), Why, 0};
    }
    // Straight on: something before the end of the block does not come back.
    for (const CFGElement &Element : llvm::reverse(Block))
      if (auto S = Element.getAs<CFGStmt>())
        if (const auto *Call = dyn_cast<CallExpr>(S->getStmt()))
          return Step{placeOf(SM, Call->getBeginLoc()),
                      shorten(sourceText(Context, *Call), 80), "never returns",
                      0};
  }
  return std::nullopt;
}

void Reporter::unreachable() {
  const CFGAdapter &Adapter = Entry->Function->adapter();
  llvm::BitVector Drawn = reachableFrom(Adapter.Graph, Adapter.Graph.roots());
  for (BlockId B = 0; B < Adapter.Blocks.size(); ++B) {
    if (!Adapter.Blocks[B] || Entry->Result.Reached.test(B) || !Drawn.test(B))
      continue;
    SourceLocation First;
    for (const CFGElement &Element : *Adapter.Blocks[B]) {
      auto S = Element.getAs<CFGStmt>();
      if (!S)
        continue;
      SourceLocation At = S->getStmt()->getBeginLoc();
      if (At.isInvalid() || At.isMacroID())
        break;
      if (First.isInvalid() ||
          Context.getSourceManager().isBeforeInTranslationUnit(At, First))
        First = At;
    }
    if (First.isInvalid())
      continue;
    // The operands of && and || are told by the condition before them.
    const Stmt *T = Adapter.Blocks[B]->getTerminatorStmt();
    if (std::optional<Step> Cause = causeOf(B))
      if (!isa_and_nonnull<BinaryOperator, AbstractConditionalOperator>(T))
        add(Rule::Unreachable, First, "this code cannot run", {*Cause});
  }
}

void Reporter::arguments() {
  const FunctionDecl &F = Entry->Function->function();
  if (!Entry->Internal || Entry->Calls < 2)
    return;
  for (unsigned I = 0; I < F.getNumParams(); ++I) {
    const ParmVarDecl *P = F.getParamDecl(I);
    if (!isConstant(Entry->Params[I]) || P->getName().empty())
      continue;
    add(Rule::Argument, P->getLocation(),
        "'" + P->getNameAsString() + "' is " + describe(Entry->Params[I]) +
            " in all " + std::to_string(Entry->Calls) + " calls of '" +
            F.getNameAsString() + "'",
        {});
  }
}

BlockId Reporter::homeOf(const Expr &E) const {
  const CFGAdapter &Adapter = Entry->Function->adapter();
  for (BlockId B = 0; B < Adapter.Blocks.size(); ++B)
    if (Adapter.Blocks[B])
      for (const CFGElement &Element : *Adapter.Blocks[B])
        if (auto S = Element.getAs<CFGStmt>(); S && S->getStmt() == &E)
          return B;
  return NoBlock;
}

void Reporter::calls() {
  for (const auto &[E, Known] : Entry->Result.Seen.Values) {
    const auto *Call = dyn_cast<CallExpr>(E);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    // An operator on constants reads as one.
    if (!Callee || isa<CXXOperatorCallExpr>(Call) || !isConstant(Known) ||
        !isForReaders(*Call))
      continue;
    const ConstProgram::Entry *Target = Program.find(*Callee);
    // A function that always returns this is told at the function.
    if (!Target || isConstant(Target->Summary.Result) ||
        Call->getNumArgs() == 0)
      continue;
    BlockId B = homeOf(*Call);
    add(Rule::Call, Call->getBeginLoc(),
        quoted(*Call) + " always returns " + describe(Known),
        B == NoBlock ? std::vector<Step>() : proof().of(*Call, B));
  }
}

void Reporter::errors() {
  for (const auto &[E, Error] : Entry->Result.Seen.Errors) {
    if (Entry->Result.Seen.Fine.contains(E) || E->getBeginLoc().isMacroID())
      continue;
    BlockId B = homeOf(*E);
    std::vector<Step> Steps =
        B == NoBlock ? std::vector<Step>() : proof().of(*E, B);
    switch (Error) {
    case CertainError::None:
      break;
    case CertainError::DivisionByZero:
      add(Rule::Division, E->getBeginLoc(), quoted(*E) + " divides by zero",
          std::move(Steps));
      break;
    case CertainError::Overflow:
      add(Rule::Overflow, E->getBeginLoc(), quoted(*E) + " overflows",
          std::move(Steps));
      break;
    case CertainError::BadShift:
      add(Rule::Shift, E->getBeginLoc(),
          quoted(*E) + " shifts by a negative or too large amount",
          std::move(Steps));
      break;
    }
  }
}

void Reporter::report(const ConstProgram::Entry &E) {
  Entry = &E;
  Proof.reset();
  returns();
  conditions();
  unreachable();
  arguments();
  calls();
  errors();
}

/// Facts of instantiations count when all of at least two agree.
std::vector<Finding> Reporter::agreed() {
  std::map<const FunctionDecl *, unsigned> Instances; // looked up, not walked
  for (const FunctionDecl *F : userFunctions(Context))
    if (const FunctionDecl *Pattern = F->getTemplateInstantiationPattern())
      ++Instances[Pattern->getCanonicalDecl()];
  using Key = std::tuple<std::string, report::Place, std::string>;
  std::map<Key, unsigned> Votes;
  auto KeyOf = [](const Finding &F) { return Key(F.Rule, F.At, F.Message); };
  for (const Pending &P : Found)
    ++Votes[KeyOf(P.What)];
  std::vector<Finding> Findings;
  std::map<Key, bool> Told;
  for (Pending &P : Found) {
    if (P.Pattern) {
      unsigned All = Instances[P.Pattern];
      if (All < 2 || Votes[KeyOf(P.What)] < All)
        continue;
      if (std::exchange(Told[KeyOf(P.What)], true))
        continue;
    }
    Findings.push_back(std::move(P.What));
  }
  report::sortFindings(Findings);
  return Findings;
}

std::vector<Finding> Reporter::run() {
  for (const ConstProgram::Entry &E : Program.entries())
    if (E.Finished)
      report(E);
  return agreed();
}

std::vector<Finding> propagateConstants(ASTContext &Context,
                                        const ConstPropOptions &Options) {
  ConstProgram Program(Context, Options);
  Program.run(Watch::Facts);
  return Reporter(Context, Program).run();
}

ConstPropResult propagateConstants(const tooling::CompileCommand &Command,
                                   const ConstPropOptions &Options) {
  ConstPropResult Result;
  Result.Errors =
      withTree(Command, /*ResourceDir=*/"", [&](ASTContext &Context) {
        Result.Findings = propagateConstants(Context, Options);
      });
  return Result;
}

} // namespace stackward::source
