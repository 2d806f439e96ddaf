// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The call graph of a translation unit as a chart: one node for each function
/// of user code and each function outside it that is called, one for calls
/// through pointers. Sets of functions that call each other are boxed; a
/// function that calls itself has an edge to itself.
#include "CallChart.h"
#include "Functions.h"
#include "stackward/Dataflow/Loops.h"
#include "stackward/Report/Finding.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/SourceManager.h"
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

class CallChartMaker {
public:
  CallChartMaker(ASTContext &Context, const ChartRequest &Request)
      : Context(Context), Request(Request) {}
  Chart make();

private:
  unsigned node(const FunctionDecl *F);
  void addBoxes();

  ASTContext &Context;
  const ChartRequest &Request;
  Chart C;
  std::map<const FunctionDecl *, unsigned> Nodes; ///< looked up, not walked
};

} // namespace

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
  std::vector<const FunctionDecl *> Wanted;
  for (const FunctionDecl *F : userFunctions(Context))
    if (!Request.Wanted || Request.Wanted(displayName(*F)))
      Wanted.push_back(F);
  for (const FunctionDecl *F : Wanted)
    node(F);
  for (const FunctionDecl *F : Wanted) {
    CallFinder Finder;
    Finder.TraverseStmt(F->getBody());
    if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(F))
      for (const CXXCtorInitializer *Init : Constructor->inits())
        Finder.TraverseStmt(Init->getInit());
    for (const auto &[To, How] : Finder.Found)
      C.Edges.push_back({How == CallFinder::Sure::Certain
                             ? ChartEdge::Role::Plain
                             : ChartEdge::Role::Dashed,
                         node(F), node(To), "", ChartEdge::Direction::Forward});
  }
  addBoxes();
  return std::move(C);
}

Chart chartCalls(ASTContext &Context, const ChartRequest &Request) {
  return CallChartMaker(Context, Request).make();
}

} // namespace stackward::source
