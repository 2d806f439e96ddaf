// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Facts for charts, each from the solver that the other tools use.
#include "BlockFacts.h"
#include "ConstFunction.h"
#include "VariableUses.h"
#include "stackward/Dataflow/BitFacts.h"
#include "stackward/Dataflow/Dominators.h"
#include "stackward/Dataflow/Loops.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Decl.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/StringExtras.h"
#include <map>
#include <set>

using namespace clang;
using namespace stackward::dataflow;

namespace stackward::source {

static FactLines livenessLines(const FunctionDecl &F,
                               const CFGAdapter &Adapter) {
  VariableUses Uses(F, Adapter);
  unsigned N = Uses.Variables.size();
  std::vector<GenKill> Blocks;
  for (const std::vector<VariableUse> &Block : Uses.Blocks) {
    GenKill Effect{llvm::BitVector(N), llvm::BitVector(N)};
    for (const VariableUse &U : llvm::reverse(Block)) {
      if (U.Does != VariableUse::Access::Read) {
        Effect.Kill.set(U.Variable);
        Effect.Gen.reset(U.Variable);
      }
      if (U.Does != VariableUse::Access::Write)
        Effect.Gen.set(U.Variable);
    }
    Blocks.push_back(std::move(Effect));
  }
  BitFacts Live = liveness(Adapter.Graph, Blocks, N);
  FactLines Lines(Adapter.Blocks.size());
  for (BlockId B = 0; B < Lines.size(); ++B) {
    llvm::BitVector Shown = Live.AtEntry[B];
    Shown.reset(Uses.Exposed);
    std::vector<std::string> Names;
    for (unsigned V : Shown.set_bits())
      if (!Uses.Variables[V]->isImplicit())
        Names.push_back(Uses.Variables[V]->getNameAsString());
    if (!Names.empty())
      Lines[B].push_back("live: " + llvm::join(Names, ", "));
  }
  return Lines;
}

static FactLines reachingLines(const FunctionDecl &F,
                               const CFGAdapter &Adapter) {
  VariableUses Uses(F, Adapter);
  struct Definition {
    unsigned Variable;
    SourceLocation At;
  };
  std::vector<Definition> Defs;
  const SourceManager &SM = F.getASTContext().getSourceManager();
  for (unsigned V = 0; V < F.getNumParams(); ++V)
    Defs.push_back({V, Uses.Variables[V]->getLocation()});
  std::vector<std::pair<unsigned, unsigned>> Ranges; // of each block
  for (const std::vector<VariableUse> &Block : Uses.Blocks) {
    unsigned First = Defs.size();
    for (const VariableUse &U : Block)
      if (U.Does != VariableUse::Access::Read)
        Defs.push_back({U.Variable, U.At});
    Ranges.push_back({First, Defs.size()});
  }
  std::vector<GenKill> Blocks;
  for (BlockId B = 0; B < Ranges.size(); ++B) {
    GenKill Effect{llvm::BitVector(Defs.size()), llvm::BitVector(Defs.size())};
    auto Define = [&](unsigned D) {
      for (unsigned Other = 0; Other < Defs.size(); ++Other)
        if (Defs[Other].Variable == Defs[D].Variable) {
          Effect.Kill.set(Other);
          Effect.Gen.reset(Other);
        }
      Effect.Gen.set(D);
    };
    if (B == Adapter.Graph.entry())
      for (unsigned P = 0; P < F.getNumParams(); ++P)
        Define(P);
    for (unsigned D = Ranges[B].first; D < Ranges[B].second; ++D)
      Define(D);
    Blocks.push_back(std::move(Effect));
  }
  BitFacts Reach = reachingDefinitions(Adapter.Graph, Blocks, Defs.size());
  FactLines Lines(Adapter.Blocks.size());
  for (BlockId B = 0; B < Lines.size(); ++B) {
    std::map<unsigned, std::set<unsigned>> From; // variable -> lines
    for (unsigned D : Reach.AtEntry[B].set_bits())
      From[Defs[D].Variable].insert(SM.getExpansionLineNumber(Defs[D].At));
    for (const auto &[Variable, At] : From) {
      const VarDecl *V = Uses.Variables[Variable];
      if (Uses.Exposed.test(Variable) || V->isImplicit())
        continue;
      std::string Text = V->getNameAsString() + " from line ";
      llvm::ListSeparator Comma;
      for (unsigned Line : At)
        Text += std::string(llvm::StringRef(Comma)) + std::to_string(Line);
      Lines[B].push_back(std::move(Text));
    }
  }
  return Lines;
}

/// `x`, `x.a.b`, `x[2]`.
static std::string slotName(const Slots &Tracked, SlotId S) {
  std::string Path;
  for (; Tracked.baseOf(S) != NoSlot; S = Tracked.baseOf(S)) {
    if (const FieldDecl *Field = Tracked.fieldOf(S)) {
      Path = "." + Field->getNameAsString() + Path;
      continue;
    }
    auto Parts = Tracked.partsOf(Tracked.baseOf(S));
    size_t Index = llvm::find(Parts, S) - Parts.begin();
    Path = "[" + std::to_string(Index) + "]" + Path;
  }
  return Tracked.variableOf(S)->getNameAsString() + Path;
}

/// The graph of the chart and that of the analysis are made alike when only
/// this fact is asked for; where they are not, blocks do not correspond.
static FactLines constantLines(const FunctionDecl &F,
                               const CFGAdapter &Adapter) {
  FactLines Lines(Adapter.Blocks.size());
  std::unique_ptr<ConstFunction> Made = ConstFunction::make(F);
  if (!Made || Made->adapter().Blocks.size() != Lines.size() ||
      Made->adapter().Graph.numEdges() != Adapter.Graph.numEdges())
    return Lines;
  ValuePool Pool;
  ConstResult R = Made->fixpoint(Pool, nullptr, {}, Watch::Nothing);
  const Slots &Tracked = Made->slots();
  for (BlockId B = 0; B < Lines.size(); ++B) {
    if (!R.Reached.test(B)) {
      Lines[B].push_back("never runs");
      continue;
    }
    for (SlotId S = 1; S < Tracked.size(); ++S) {
      const VarDecl *V = Tracked.variableOf(S);
      Value Known = R.AtEntry[B]->Values[S];
      if (!V || !Known || V->isImplicit() || V->getType()->isReferenceType())
        continue;
      if (B == Adapter.Graph.exit() && V->hasLocalStorage())
        continue; // gone
      std::string Name = slotName(Tracked, S);
      Lines[B].push_back(Name + " is " + describe(Known));
    }
  }
  return Lines;
}

static FactLines dominatorLines(const CFGAdapter &Adapter,
                                llvm::ArrayRef<std::string> Names) {
  Dominators D(Adapter.Graph);
  FactLines Lines(Adapter.Blocks.size());
  for (BlockId B = 0; B < Lines.size(); ++B) {
    BlockId Above = D.immediateDominator(B);
    while (Above != NoBlock && Names[Above].empty())
      Above = D.immediateDominator(Above);
    if (Above != NoBlock)
      Lines[B].push_back("dominated by " + Names[Above]);
  }
  return Lines;
}

static FactLines loopLines(const CFGAdapter &Adapter,
                           llvm::ArrayRef<std::string> Names) {
  Loops Nest(Adapter.Graph);
  FactLines Lines(Adapter.Blocks.size());
  for (BlockId B = 0; B < Lines.size(); ++B) {
    if (!Nest.mayRepeat(B))
      continue;
    const Loop &L = Nest.all()[Nest.loopOf(B)];
    std::string Depth = ", depth " + std::to_string(L.Depth);
    if (L.Header == B)
      Lines[B].push_back("loop header" + Depth);
    else
      Lines[B].push_back("in loop of " + Names[L.Header] + Depth);
  }
  return Lines;
}

FactLines factLines(ChartFact Which, const FunctionDecl &F,
                    const CFGAdapter &Adapter,
                    llvm::ArrayRef<std::string> BlockNames,
                    const EscapeAnswers *Escape) {
  switch (Which) {
  case ChartFact::Constants:
    return constantLines(F, Adapter);
  case ChartFact::Liveness:
    return livenessLines(F, Adapter);
  case ChartFact::Reaching:
    return reachingLines(F, Adapter);
  case ChartFact::Escape:
    return escapeLines(F, Adapter, *Escape);
  case ChartFact::Dominators:
    return dominatorLines(Adapter, BlockNames);
  case ChartFact::Loops:
    return loopLines(Adapter, BlockNames);
  }
  llvm_unreachable("closed list");
}

} // namespace stackward::source
