// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Charts of one function. Blocks are numbered in reverse post-order, which is
/// close to the order of the source; blocks without a line are left out and
/// the edges through them drawn through, since clang makes one for each turn
/// of a loop and each join.
#include "stackward/Source/CfgChart.h"
#include "BlockFacts.h"
#include "BlockText.h"
#include "CallChart.h"
#include "EscapeAnswers.h"
#include "Functions.h"
#include "Parse.h"
#include "SourceText.h"
#include "stackward/Dataflow/Dominators.h"
#include "stackward/Dataflow/Loops.h"
#include "stackward/Report/Finding.h"
#include "stackward/Source/CFGAdapter.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/DenseMap.h"

using namespace clang;
using namespace stackward::report;
using namespace stackward::dataflow;

namespace stackward::source {

namespace {

class ChartMaker {
public:
  ChartMaker(const FunctionDecl &F, const CFG &Cfg, const ChartRequest &Request,
             const EscapeAnswers *Escape);
  Chart controlFlow();
  Chart dominatorTree();

private:
  void orderBlocks();
  bool isKept(BlockId B) const;
  BlockId skipEmpty(BlockId B) const;
  Chart header() const;
  void addBlocks(Chart &C);
  void addFacts(Chart &C);
  void addEdges(Chart &C) const;
  void addExceptionEdges(Chart &C) const;
  void addBoxes(Chart &C) const;
  ChartEdge edge(EdgeId E) const;
  unsigned loopLine(LoopId L) const;

  const FunctionDecl &F;
  const ASTContext &Context;
  const CFG &Cfg;
  const ChartRequest &Request;
  const EscapeAnswers *Escape; ///< null unless its facts are asked for
  CFGAdapter Adapter;
  Loops Nest;
  std::vector<std::vector<ChartLine>> Lines;
  std::vector<BlockId> Order;     ///< kept blocks as they are drawn
  std::vector<unsigned> Index;    ///< block -> place in Order
  std::vector<std::string> Names; ///< by block
  llvm::BitVector Reached;        ///< from the entry or a handler
};

/// Which try block each statement stands in, innermost first.
class TryFinder : public RecursiveASTVisitor<TryFinder> {
public:
  bool TraverseCXXTryStmt(CXXTryStmt *T) {
    const CXXTryStmt *Outer = Current;
    Current = T;
    TraverseStmt(T->getTryBlock());
    Current = Outer;
    for (unsigned I = 0; I < T->getNumHandlers(); ++I)
      TraverseStmt(T->getHandler(I));
    return true;
  }
  bool TraverseLambdaExpr(LambdaExpr *) { return true; }
  bool VisitStmt(Stmt *S) {
    if (Current)
      Inside[S] = Current;
    return true;
  }
  llvm::DenseMap<const Stmt *, const CXXTryStmt *> Inside;

private:
  const CXXTryStmt *Current = nullptr;
};

} // namespace

ChartMaker::ChartMaker(const FunctionDecl &F, const CFG &Cfg,
                       const ChartRequest &Request, const EscapeAnswers *Escape)
    : F(F), Context(F.getASTContext()), Cfg(Cfg), Request(Request),
      Escape(Escape), Adapter(Cfg), Nest(Adapter.Graph),
      Lines(blockLines(Context, Cfg, Request)),
      Reached(reachableFrom(Adapter.Graph, Adapter.Graph.roots())) {
  // Clang draws what would end scopes after a return; nobody wrote that.
  for (BlockId B = 0; B < Lines.size(); ++B)
    if (!Reached.test(B) && llvm::all_of(Lines[B], [](const ChartLine &L) {
          return L.Is == ChartLine::Role::Implicit;
        }))
      Lines[B].clear();
  orderBlocks();
}

bool ChartMaker::isKept(BlockId B) const {
  if (!Adapter.Blocks[B])
    return false;
  if (B == Adapter.Graph.entry() || B == Adapter.Graph.exit())
    return true;
  if (!Lines[B].empty())
    return true;
  // A block that is its own only successor is an endless loop, not a join.
  return Adapter.Graph.successors(B).size() != 1 || skipEmpty(B) == NoBlock;
}

/// The block that control entering B shows first; NoBlock for an endless loop
/// of empty blocks.
BlockId ChartMaker::skipEmpty(BlockId B) const {
  const FlowGraph &G = Adapter.Graph;
  for (unsigned Steps = 0; Steps <= G.numBlocks(); ++Steps) {
    if (B == G.entry() || B == G.exit() || !Lines[B].empty() ||
        G.successors(B).size() != 1)
      return B;
    B = G.edge(G.successors(B).front()).To;
  }
  return NoBlock;
}

void ChartMaker::orderBlocks() {
  const FlowGraph &G = Adapter.Graph;
  Index.assign(G.numBlocks(), ~0u);
  Names.resize(G.numBlocks());
  auto Place = [&](BlockId B) {
    if (!isKept(B) || Index[B] != ~0u)
      return;
    Index[B] = Order.size();
    Order.push_back(B);
    Names[B] = "B" + std::to_string(Order.size() - 1);
  };
  for (BlockId B : reversePostOrder(G))
    if (B != G.exit())
      Place(B);
  for (BlockId B = G.numBlocks(); B-- > 0;) // clang counts from the end
    if (B != G.exit())
      Place(B);
  Place(G.exit());
  Names[G.entry()] = "entry";
  Names[G.exit()] = "exit";
}

Chart ChartMaker::header() const {
  Chart C;
  C.Title = displayName(F);
  Place At = placeOf(Context.getSourceManager(), F.getLocation());
  C.File = At.File;
  C.Line = At.Line;
  return C;
}

void ChartMaker::addBlocks(Chart &C) {
  for (BlockId B : Order) {
    ChartBlock Block;
    Block.Name = Names[B];
    Block.Is = B == Adapter.Graph.entry()  ? ChartBlock::Role::Entry
               : B == Adapter.Graph.exit() ? ChartBlock::Role::Exit
                                           : ChartBlock::Role::Plain;
    if (!Reached.test(B))
      Block.Reached = ChartBlock::Reach::Unreachable;
    Block.LoopDepth = Nest.depth(B);
    Block.Lines = Lines[B];
    C.Blocks.push_back(std::move(Block));
  }
  addFacts(C);
}

void ChartMaker::addFacts(Chart &C) {
  for (ChartFact Which : llvm::reverse(Request.Facts)) {
    FactLines Facts = factLines(Which, F, Adapter, Names, Escape);
    for (unsigned I = 0; I < Order.size(); ++I) {
      std::vector<ChartLine> &To = C.Blocks[I].Lines;
      for (std::string &Text : llvm::reverse(Facts[Order[I]]))
        To.insert(To.begin(), {ChartLine::Role::Fact, 0,
                               shorten(Text, Request.MaxColumns)});
    }
  }
}

ChartEdge ChartMaker::edge(EdgeId E) const {
  const Edge &Way = Adapter.Graph.edge(E);
  const Branch &Meaning = Adapter.Branches[E];
  ChartEdge Result;
  BlockId To = skipEmpty(Way.To);
  Result.From = Index[Way.From];
  Result.To = Index[To];
  if (Nest.isHeader(To) && Nest.contains(Nest.loopOf(To), Way.From))
    Result.Goes = ChartEdge::Direction::Back;
  switch (Meaning.Kind) {
  case BranchKind::Always:
  case BranchKind::Unknown:
    break;
  case BranchKind::True:
    Result.Is = ChartEdge::Role::True;
    Result.Label = "true";
    break;
  case BranchKind::False:
    Result.Is = ChartEdge::Role::False;
    Result.Label = "false";
    break;
  case BranchKind::Case:
    Result.Is = ChartEdge::Role::Case;
    Result.Label = labelText(Context, *Adapter.Blocks[Way.To]);
    break;
  case BranchKind::Default:
    Result.Is = ChartEdge::Role::Default;
    Result.Label = "default";
    break;
  case BranchKind::Exception:
    Result.Is = ChartEdge::Role::Exception;
    Result.Label = labelText(Context, *Adapter.Blocks[Way.To]);
    if (Result.Label.empty())
      Result.Label = "throws";
    break;
  }
  return Result;
}

void ChartMaker::addEdges(Chart &C) const {
  for (BlockId B : Order)
    for (EdgeId E : Adapter.Graph.successors(B))
      if (skipEmpty(Adapter.Graph.edge(E).To) != NoBlock)
        C.Edges.push_back(edge(E));
  addExceptionEdges(C);
}

static bool mayThrow(const Stmt &S) {
  return isa<CallExpr, CXXConstructExpr, CXXNewExpr, CXXDynamicCastExpr>(S);
}

/// Clang draws no edge from a call in a try block to its handlers unless asked
/// to cut blocks at each call, which no reader wants; one edge from each block
/// that may throw says the same.
void ChartMaker::addExceptionEdges(Chart &C) const {
  if (Request.Implicit == ImplicitCode::Shown || Cfg.try_blocks().empty())
    return;
  TryFinder Finder;
  Finder.TraverseStmt(F.getBody());
  llvm::DenseMap<const Stmt *, BlockId> Dispatch;
  for (const CFGBlock *B : Cfg.try_blocks())
    Dispatch[B->getTerminatorStmt()] = B->getBlockID();
  for (BlockId B : Order) {
    BlockId To = NoBlock;
    for (const CFGElement &E : *Adapter.Blocks[B])
      if (auto S = E.getAs<CFGStmt>(); S && mayThrow(*S->getStmt()))
        if (auto It = Finder.Inside.find(S->getStmt());
            It != Finder.Inside.end() && Dispatch.count(It->second))
          To = Dispatch[It->second];
    if (To == NoBlock || Index[To] == ~0u)
      continue;
    C.Edges.push_back({ChartEdge::Role::Exception, Index[B], Index[To],
                       "throws", ChartEdge::Direction::Forward});
  }
}

unsigned ChartMaker::loopLine(LoopId L) const {
  for (const ChartLine &Line : Lines[Nest.all()[L].Header])
    if (Line.Line)
      return Line.Line;
  unsigned First = 0;
  for (BlockId B : Order)
    if (Nest.contains(L, B))
      for (const ChartLine &Line : Lines[B])
        if (Line.Line && (!First || Line.Line < First))
          First = Line.Line;
  return First;
}

void ChartMaker::addBoxes(Chart &C) const {
  for (LoopId L = 0; L < Nest.all().size(); ++L) {
    ChartBox Box;
    unsigned Line = loopLine(L);
    Box.Label = Line ? "loop at line " + std::to_string(Line) : "loop";
    if (Nest.all()[L].Parent != NoLoop)
      Box.Parent = Nest.all()[L].Parent;
    for (BlockId B : Order)
      if (Nest.loopOf(B) == L)
        Box.Blocks.push_back(Index[B]);
    C.Boxes.push_back(std::move(Box));
  }
}

Chart ChartMaker::controlFlow() {
  Chart C = header();
  addBlocks(C);
  addEdges(C);
  addBoxes(C);
  return C;
}

Chart ChartMaker::dominatorTree() {
  Chart C = header();
  bool Post = Request.Kind == ChartKind::PostDominators;
  C.Title += Post ? ": post-dominators" : ": dominators";
  addBlocks(C);
  Dominators D(Post ? Adapter.Graph.reversed() : Adapter.Graph);
  for (BlockId B : Order) {
    BlockId Above = D.immediateDominator(B);
    while (Above != NoBlock && Index[Above] == ~0u)
      Above = D.immediateDominator(Above);
    if (Above != NoBlock)
      C.Edges.push_back({ChartEdge::Role::Plain, Index[Above], Index[B], "",
                         ChartEdge::Direction::Forward});
  }
  return C;
}

static CFGElements elementsFor(const ChartRequest &Request) {
  if (Request.Implicit == ImplicitCode::Shown)
    return CFGElements::Implicit;
  // Constant propagation runs destructors; its facts are about that graph.
  if (llvm::is_contained(Request.Facts, ChartFact::Constants))
    return CFGElements::Evaluated;
  return CFGElements::Written;
}

std::vector<Chart> makeCharts(ASTContext &Context,
                              const ChartRequest &Request) {
  std::vector<Chart> Charts;
  if (Request.Kind == ChartKind::Calls) {
    Charts.push_back(chartCalls(Context, Request));
    return Charts;
  }
  std::vector<const FunctionDecl *> Functions = userFunctions(Context);
  if (Request.Wanted)
    llvm::erase_if(Functions, [&](const FunctionDecl *F) {
      return !Request.Wanted(displayName(*F));
    });
  std::optional<EscapeAnswers> Escape;
  if (llvm::is_contained(Request.Facts, ChartFact::Escape))
    Escape.emplace(Context, Functions);
  for (const FunctionDecl *F : Functions) {
    std::unique_ptr<CFG> Graph = buildCFG(*F, elementsFor(Request));
    if (!Graph)
      continue;
    ChartMaker Maker(*F, *Graph, Request, Escape ? &*Escape : nullptr);
    Charts.push_back(Request.Kind == ChartKind::ControlFlow
                         ? Maker.controlFlow()
                         : Maker.dominatorTree());
  }
  return Charts;
}

ChartResult chartUnit(const tooling::CompileCommand &Command,
                      const ChartRequest &Request) {
  ChartResult Result;
  Result.Errors =
      withTree(Command, /*ResourceDir=*/"", [&](ASTContext &Context) {
        Result.Charts = makeCharts(Context, Request);
      });
  return Result;
}

} // namespace stackward::source
