// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Proof steps from reaching definitions over the feasible part of the graph.
#include "ConstProof.h"
#include "Functions.h"
#include "SourceText.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;
using namespace stackward::dataflow;
using stackward::report::Step;

namespace stackward::source {

std::vector<const VarDecl *> loadedVariables(const Expr &E) {
  std::vector<const VarDecl *> Found;
  llvm::SmallVector<const Stmt *, 16> Work{&E};
  while (!Work.empty()) {
    const Stmt *Top = Work.pop_back_val();
    if (!Top)
      continue;
    if (const auto *Name = dyn_cast<DeclRefExpr>(Top))
      if (const auto *V = dyn_cast<VarDecl>(Name->getDecl()))
        if (V->hasLocalStorage() && !llvm::is_contained(Found, V))
          Found.push_back(V);
    llvm::SmallVector<const Stmt *, 4> Children(Top->child_begin(),
                                                Top->child_end());
    Work.append(Children.rbegin(), Children.rend());
  }
  return Found;
}

static const VarDecl *target(const Stmt &S) {
  const Expr *Place = nullptr;
  if (const auto *Declares = dyn_cast<DeclStmt>(&S))
    return Declares->isSingleDecl()
               ? dyn_cast<VarDecl>(Declares->getSingleDecl())
               : nullptr;
  if (const auto *Op = dyn_cast<BinaryOperator>(&S))
    Place = Op->isAssignmentOp() ? Op->getLHS() : nullptr;
  if (const auto *Op = dyn_cast<UnaryOperator>(&S))
    Place = Op->isIncrementDecrementOp() ? Op->getSubExpr() : nullptr;
  const auto *Name =
      Place ? dyn_cast<DeclRefExpr>(Place->IgnoreParens()) : nullptr;
  return Name ? dyn_cast<VarDecl>(Name->getDecl()) : nullptr;
}

ConstProof::ConstProof(const ConstProgram::Entry &E)
    : Entry(E), Context(E.Function->function().getASTContext()),
      Adapter(E.Function->adapter()),
      Feasible(Adapter.Graph.restrictedTo(E.Result.Feasible)) {
  findDefinitions();
  Above.emplace(Feasible);
}

void ConstProof::findDefinitions() {
  const FunctionDecl &F = Entry.Function->function();
  for (const ParmVarDecl *P : F.parameters())
    Definitions.push_back({P, nullptr, Adapter.Graph.entry()});
  for (BlockId B = 0; B < Adapter.Blocks.size(); ++B) {
    if (!Adapter.Blocks[B] || !Entry.Result.Reached.test(B))
      continue;
    for (const CFGElement &Element : *Adapter.Blocks[B])
      if (auto S = Element.getAs<CFGStmt>())
        if (const VarDecl *V = target(*S->getStmt()))
          Definitions.push_back({V, S->getStmt(), B});
  }
  unsigned N = Definitions.size();
  std::vector<GenKill> Blocks(Adapter.Blocks.size(),
                              {llvm::BitVector(N), llvm::BitVector(N)});
  for (unsigned D = 0; D < N; ++D) {
    GenKill &Effect = Blocks[Definitions[D].In];
    for (unsigned Other = 0; Other < N; ++Other)
      if (Definitions[Other].Variable == Definitions[D].Variable) {
        Effect.Kill.set(Other);
        Effect.Gen.reset(Other);
      }
    Effect.Gen.set(D);
  }
  Reaching = reachingDefinitions(Feasible, Blocks, N);
}

Step ConstProof::step(const Stmt &S, std::string Why) const {
  return {placeOf(Context.getSourceManager(), S.getBeginLoc()),
          shorten(sourceText(Context, S), 80), std::move(Why), 0};
}

void ConstProof::addDefinitions(const VarDecl *V, BlockId B, const Stmt *Before,
                                std::vector<Step> &Steps) {
  llvm::BitVector Here = Reaching.AtEntry[B];
  for (unsigned D = 0; D < Definitions.size(); ++D) {
    if (Definitions[D].In != B || Definitions[D].Variable != V ||
        !Definitions[D].By)
      continue;
    if (!Context.getSourceManager().isBeforeInTranslationUnit(
            Definitions[D].By->getBeginLoc(), Before->getBeginLoc()))
      continue;
    for (unsigned Other = 0; Other < Definitions.size(); ++Other)
      if (Definitions[Other].Variable == V)
        Here.reset(Other);
    Here.set(D);
  }
  for (unsigned D : Here.set_bits()) {
    const Definition &Def = Definitions[D];
    if (Def.Variable != V)
      continue;
    std::string Name = V->getNameAsString();
    if (!Def.By) {
      const auto *P = cast<ParmVarDecl>(V);
      Value Known = Entry.Params[P->getFunctionScopeIndex()];
      if (Known != Varies)
        Steps.push_back(
            {placeOf(Context.getSourceManager(), V->getLocation()), Name,
             Name + " is " + describe(Known) + " in every call", 0});
      continue;
    }
    auto It = Entry.Result.Seen.Definitions.find(Def.By);
    if (It != Entry.Result.Seen.Definitions.end() && It->second != Varies)
      Steps.push_back(step(*Def.By, Name + " is " + describe(It->second)));
  }
}

/// Branches above B that every way to B takes in one direction only.
void ConstProof::addBranches(const VarDecl *V, BlockId B,
                             std::vector<Step> &Steps) {
  constexpr unsigned MaxBranches = 3;
  unsigned Found = 0;
  for (BlockId At = B; Found < MaxBranches;) {
    BlockId Up = Above->immediateDominator(At);
    if (Up == NoBlock)
      return;
    const Expr *Condition =
        Adapter.Blocks[Up] ? branchCondition(*Adapter.Blocks[Up]) : nullptr;
    // The one edge from Up that leads here.
    std::optional<EdgeId> Way;
    for (EdgeId E : Adapter.Graph.successors(Up))
      if (Entry.Result.Feasible.test(E) && Adapter.Graph.edge(E).To == At &&
          Feasible.predecessors(At).size() == 1)
        Way = E;
    if (Condition && Way &&
        llvm::is_contained(loadedVariables(*Condition), V)) {
      const Branch &Meaning = Adapter.Branches[*Way];
      if (Meaning.Kind == BranchKind::True)
        Steps.push_back(step(*Condition, "is true on the way here"));
      else if (Meaning.Kind == BranchKind::False)
        Steps.push_back(step(*Condition, "is false on the way here"));
      else if (Meaning.Kind == BranchKind::Case)
        Steps.push_back(step(*Condition, "selects this case"));
      Found += Meaning.Kind != BranchKind::Always;
    }
    At = Up;
  }
}

std::vector<Step> ConstProof::of(const Expr &At, BlockId B) {
  std::vector<Step> Steps;
  for (const VarDecl *V : loadedVariables(At)) {
    addDefinitions(V, B, &At, Steps);
    addBranches(V, B, Steps);
  }
  llvm::sort(Steps);
  Steps.erase(llvm::unique(Steps), Steps.end());
  constexpr size_t MaxSteps = 12;
  if (Steps.size() > MaxSteps)
    Steps.resize(MaxSteps);
  return Steps;
}

} // namespace stackward::source
