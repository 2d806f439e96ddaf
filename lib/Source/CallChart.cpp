// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The call graph of a translation unit as a chart: one node for each function
/// of the file and of its headers that they reach, for each function of the
/// library that one of these calls, and one for calls through pointers. Sets of
/// functions that call each other are boxed; a function that calls itself has
/// an edge to itself.
#include "CallChart.h"
#include "Functions.h"
#include "stackward/Dataflow/Loops.h"
#include "stackward/Report/Finding.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include <map>

using namespace clang;
using namespace stackward::report;
using namespace stackward::dataflow;

namespace stackward::source {

namespace {

/// Calls made in one function; those of lambdas in it belong to the lambdas.
class CallFinder : public RecursiveASTVisitor<CallFinder> {
public:
  enum class Sure : uint8_t { Certain, Overridable };
  llvm::MapVector<const FunctionDecl *, Sure> Found;

  bool shouldVisitImplicitCode() const { return true; }
  bool TraverseLambdaExpr(LambdaExpr *) { return true; }
  bool VisitCallExpr(CallExpr *C) {
    const FunctionDecl *To = C->getDirectCallee();
    Sure How = To ? Sure::Certain : Sure::Overridable;
    if (const auto *Method = dyn_cast_or_null<CXXMethodDecl>(To)) {
      const auto *Member = dyn_cast<MemberExpr>(C->getCallee()->IgnoreParens());
      if (Method->isVirtual() && Member && !Member->hasQualifier() &&
          !Method->hasAttr<FinalAttr>() &&
          !Method->getParent()->isEffectivelyFinal())
        How = Sure::Overridable;
    }
    note(To, How);
    return true;
  }
  bool VisitCXXConstructExpr(CXXConstructExpr *C) {
    if (!C->getConstructor()->isImplicit())
      note(C->getConstructor(), Sure::Certain);
    return true;
  }

private:
  void note(const FunctionDecl *To, Sure How) {
    if (To)
      To = To->getCanonicalDecl();
    if (To && To->getBuiltinID())
      return;
    auto [It, New] = Found.insert({To, How});
    if (!New && How == Sure::Certain)
      It->second = How;
  }
};

using Calls = llvm::MapVector<const FunctionDecl *, CallFinder::Sure>;

class CallChartMaker {
public:
  CallChartMaker(ASTContext &Context, const ChartRequest &Request)
      : Context(Context), Request(Request) {}
  Chart make();

private:
  const Calls &callsOf(const FunctionDecl *F);
  std::vector<const FunctionDecl *> wanted();
  unsigned node(const FunctionDecl *F);
  void addBoxes();

  ASTContext &Context;
  const ChartRequest &Request;
  Chart C;
  // Looked up, not walked.
  std::map<const FunctionDecl *, unsigned> Nodes;
  std::map<const FunctionDecl *, Calls> Known;
};

} // namespace

const Calls &CallChartMaker::callsOf(const FunctionDecl *F) {
  auto [It, New] = Known.try_emplace(F);
  if (!New)
    return It->second;
  CallFinder Finder;
  Finder.TraverseStmt(F->getBody());
  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(F))
    for (const CXXCtorInitializer *Init : Constructor->inits())
      Finder.TraverseStmt(Init->getInit());
  return It->second = std::move(Finder.Found);
}

/// What was asked for by name; else the functions of the file itself, and those
/// of its headers that they reach.
std::vector<const FunctionDecl *> CallChartMaker::wanted() {
  std::vector<const FunctionDecl *> All = userFunctions(Context);
  if (Request.Wanted) {
    llvm::erase_if(All, [this](const FunctionDecl *F) {
      return !Request.Wanted(displayName(*F));
    });
    return All;
  }
  const SourceManager &SM = Context.getSourceManager();
  llvm::DenseMap<const FunctionDecl *, const FunctionDecl *> Bodies;
  llvm::DenseSet<const FunctionDecl *> Reached;
  std::vector<const FunctionDecl *> Work;
  for (const FunctionDecl *F : All) {
    Bodies[F->getCanonicalDecl()] = F;
    if (SM.isInMainFile(SM.getExpansionLoc(F->getLocation())) &&
        Reached.insert(F).second)
      Work.push_back(F);
  }
  while (!Work.empty()) {
    const FunctionDecl *F = Work.back();
    Work.pop_back();
    for (const auto &[To, How] : callsOf(F))
      if (const FunctionDecl *Body = Bodies.lookup(To);
          Body && Reached.insert(Body).second)
        Work.push_back(Body);
  }
  llvm::erase_if(All,
                 [&](const FunctionDecl *F) { return !Reached.contains(F); });
  return All;
}

unsigned CallChartMaker::node(const FunctionDecl *F) {
  const FunctionDecl *Key = F ? F->getCanonicalDecl() : nullptr;
  auto [It, New] = Nodes.try_emplace(Key, C.Blocks.size());
  if (!New)
    return It->second;
  ChartBlock B;
  if (!F) {
    B.Lines.push_back({ChartLine::Role::Implicit, 0, "through a pointer"});
  } else {
    const FunctionDecl *Body = nullptr;
    bool Known = F->hasBody(Body);
    Place At =
        placeOf(Context.getSourceManager(), (Known ? Body : F)->getLocation());
    B.Lines.push_back(
        {Known ? ChartLine::Role::Code : ChartLine::Role::Implicit,
         Known ? At.Line : 0, displayName(*F)});
  }
  C.Blocks.push_back(std::move(B));
  return It->second;
}

void CallChartMaker::addBoxes() {
  if (C.Blocks.empty())
    return;
  // Recursion is a loop of this graph; without roots every node is looked at.
  FlowGraph G(C.Blocks.size(), 0, NoBlock);
  for (const ChartEdge &E : C.Edges)
    G.addEdge(E.From, E.To);
  Loops Nest(G);
  std::vector<ChartBox> Boxes(Nest.all().size());
  for (LoopId L = 0; L < Nest.all().size(); ++L)
    Boxes[L].Label = "recursion";
  for (BlockId B = 0; B < C.Blocks.size(); ++B) {
    LoopId L = Nest.loopOf(B);
    if (L == NoLoop)
      continue;
    while (Nest.all()[L].Parent != NoLoop) // one box for a component
      L = Nest.all()[L].Parent;
    Boxes[L].Blocks.push_back(B);
  }
  for (ChartBox &B : Boxes)
    if (!B.Blocks.empty())
      C.Boxes.push_back(std::move(B));
}

Chart CallChartMaker::make() {
  const SourceManager &SM = Context.getSourceManager();
  C.Title = "calls";
  if (auto Main = SM.getFileEntryRefForID(SM.getMainFileID())) {
    C.File = Main->getName().str();
    C.Title = "calls in " + C.File.substr(C.File.find_last_of('/') + 1);
  }
  C.Grows = Chart::Layout::LeftToRight;
  std::vector<const FunctionDecl *> Wanted = wanted();
  for (const FunctionDecl *F : Wanted)
    node(F);
  for (const FunctionDecl *F : Wanted)
    for (const auto &[To, How] : callsOf(F))
      C.Edges.push_back({How == CallFinder::Sure::Certain
                             ? ChartEdge::Role::Plain
                             : ChartEdge::Role::Dashed,
                         node(F), node(To), "", ChartEdge::Direction::Forward});
  addBoxes();
  return std::move(C);
}

Chart chartCalls(ASTContext &Context, const ChartRequest &Request) {
  return CallChartMaker(Context, Request).make();
}

} // namespace stackward::source
