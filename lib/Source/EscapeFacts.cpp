// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the escape analysis knows, told block by block. The analysis itself
/// looks at a function as a whole: an object escapes by some way, or by none.
/// Each way ends at a place of the function, so where control may have passed
/// that place since the object was made, it may have escaped.
#include "BlockFacts.h"
#include "EscapeAnswers.h"
#include "VariableUses.h"
#include "stackward/Dataflow/BitFacts.h"
#include "clang/AST/ASTContext.h"
#include "clang/Analysis/CFG.h"
#include "clang/Basic/SourceManager.h"
#include <map>

using namespace clang;
using namespace stackward::dataflow;

namespace stackward::source {

namespace {

/// A place in the graph: the index counts the block's elements.
struct Point {
  BlockId Block;
  unsigned Element;
};

struct Way {
  std::string Reason;
  unsigned Line;
  std::optional<Point> At;
};

/// An allocation or a variable.
struct Followed {
  std::string Name;
  Point Made;
  std::vector<Way> Ways;
};

class EscapeTeller {
public:
  EscapeTeller(const FunctionDecl &F, const CFGAdapter &Adapter,
               const EscapeAnswers &Answers)
      : F(F), Adapter(Adapter), Answers(Answers),
        SM(F.getASTContext().getSourceManager()) {}
  FactLines lines();

private:
  using LineAndColumn = std::pair<unsigned, unsigned>;
  void findPoints();
  std::optional<Point> pointOf(const PlaceRecord *Place) const;
  void addVariables();
  void addAllocations();
  std::vector<Way> waysOf(llvm::ArrayRef<escape::Blocker> Blockers) const;
  BitFacts solve() const;
  std::string tell(const Followed &Item, const llvm::BitVector &Known,
                   unsigned FirstBit) const;

  const FunctionDecl &F;
  const CFGAdapter &Adapter;
  const EscapeAnswers &Answers;
  const SourceManager &SM;
  std::map<LineAndColumn, Point> Points;
  std::vector<Followed> Items;
};

} // namespace

/// Places of the analysis are those of expressions, as clang names them, and
/// beginnings of other statements.
void EscapeTeller::findPoints() {
  for (BlockId B = Adapter.Blocks.size(); B-- > 0;) {
    if (!Adapter.Blocks[B])
      continue;
    unsigned Index = 0;
    for (const CFGElement &Element : *Adapter.Blocks[B]) {
      ++Index;
      auto S = Element.getAs<CFGStmt>();
      if (!S)
        continue;
      auto Add = [&](SourceLocation Loc) {
        Loc = SM.getExpansionLoc(Loc);
        Points[{SM.getSpellingLineNumber(Loc),
                SM.getSpellingColumnNumber(Loc)}] = {B, Index};
      };
      const auto *E = dyn_cast<Expr>(S->getStmt());
      Add(E ? E->getExprLoc() : S->getStmt()->getBeginLoc());
      if (const auto *Declares = dyn_cast<DeclStmt>(S->getStmt()))
        for (const Decl *D : Declares->decls())
          Add(D->getLocation());
    }
  }
}

std::optional<Point> EscapeTeller::pointOf(const PlaceRecord *Place) const {
  if (!Place)
    return std::nullopt;
  auto It = Points.find({Place->Line, Place->Column});
  return It == Points.end() ? std::nullopt : std::optional(It->second);
}

/// Of each way the last step in this function: there the address leaves.
std::vector<Way>
EscapeTeller::waysOf(llvm::ArrayRef<escape::Blocker> Blockers) const {
  std::vector<Way> Ways;
  for (const escape::Blocker &B : Blockers) {
    // These keep an allocation on the heap, and let nobody have it.
    if (B.Because == escape::Reason::LoopCarried ||
        B.Because == escape::Reason::FreedInCallee ||
        B.Because == escape::Reason::MixedFree)
      continue;
    Way W{escape::reasonId(B.Because).str(), 0, std::nullopt};
    for (const escape::Step &S : B.Witness)
      if (const PlaceRecord *Place = Answers.place(S.At); Place && S.Depth == 0)
        if (std::optional<Point> At = pointOf(Place)) {
          W.At = At;
          W.Line = Place->Line;
        }
    Ways.push_back(std::move(W));
  }
  return Ways;
}

/// Only those whose address something has seen.
void EscapeTeller::addVariables() {
  VariableUses Uses(F, Adapter);
  llvm::DenseSet<const VarDecl *> Shown;
  for (unsigned V : Uses.Exposed.set_bits())
    Shown.insert(Uses.Variables[V]);
  for (const EscapeAnswers::Local &L : Answers.locals(F)) {
    if (L.Variable->isImplicit() || !Shown.contains(L.Variable))
      continue;
    std::vector<Way> Ways = waysOf(L.Fate.Ways);
    if (Ways.empty() && L.Fate.Escapes)
      continue; // in a way that nothing explains
    std::optional<Point> Made = pointOf(Answers.place(L.Fate.At));
    Items.push_back({L.Variable->getNameAsString(),
                     Made.value_or(Point{Adapter.Graph.entry(), 0}),
                     std::move(Ways)});
  }
}

void EscapeTeller::addAllocations() {
  for (const escape::Fate &Fate : Answers.fates(F)) {
    const PlaceRecord *Place = Answers.place(Fate.At);
    std::optional<Point> Made = pointOf(Place);
    std::string Name = Answers.spelling(Fate).str();
    if (!Made || Name.empty())
      continue;
    Items.push_back({Name + " of line " + std::to_string(Place->Line), *Made,
                     waysOf(Fate.Blockers)});
  }
}

/// For each item a bit for "made", and one for each way.
BitFacts EscapeTeller::solve() const {
  struct Event {
    Point At;
    unsigned Bit, LastWay; ///< making undoes Bit+1 to LastWay
  };
  std::vector<Event> Events;
  unsigned Bits = 0;
  for (const Followed &Item : Items) {
    unsigned Last = Bits + Item.Ways.size();
    Events.push_back({Item.Made, Bits, Last});
    for (unsigned W = 0; W < Item.Ways.size(); ++W)
      if (Item.Ways[W].At)
        Events.push_back({*Item.Ways[W].At, Bits + 1 + W, Bits + 1 + W});
    Bits = Last + 1;
  }
  llvm::sort(Events, [](const Event &A, const Event &B) {
    return std::pair(A.At.Element, A.Bit) < std::pair(B.At.Element, B.Bit);
  });
  std::vector<GenKill> Blocks(Adapter.Blocks.size(),
                              {llvm::BitVector(Bits), llvm::BitVector(Bits)});
  for (const Event &E : Events) {
    GenKill &Effect = Blocks[E.At.Block];
    for (unsigned Bit = E.Bit + 1; Bit <= E.LastWay; ++Bit) {
      Effect.Kill.set(Bit);
      Effect.Gen.reset(Bit);
    }
    Effect.Gen.set(E.Bit);
  }
  return reachingDefinitions(Adapter.Graph, Blocks, Bits);
}

std::string EscapeTeller::tell(const Followed &Item,
                               const llvm::BitVector &Known,
                               unsigned FirstBit) const {
  if (Item.Ways.empty())
    return Item.Name + " does not escape";
  std::string Taken, Open;
  for (unsigned W = 0; W < Item.Ways.size(); ++W) {
    const Way &Through = Item.Ways[W];
    if (!Through.At)
      return Item.Name + " escapes: " + Through.Reason;
    std::string &Into = Known.test(FirstBit + 1 + W) ? Taken : Open;
    Into += (Into.empty() ? "line " : ", line ") +
            std::to_string(Through.Line) + ": " + Through.Reason;
  }
  return Taken.empty() ? Item.Name + " has not escaped yet (" + Open + ")"
                       : Item.Name + " may have escaped (" + Taken + ")";
}

FactLines EscapeTeller::lines() {
  findPoints();
  addVariables();
  addAllocations();
  BitFacts Solved = solve();
  FactLines Lines(Adapter.Blocks.size());
  for (BlockId B = 0; B < Lines.size(); ++B) {
    unsigned Bit = 0;
    for (const Followed &Item : Items) {
      if (Solved.AtEntry[B].test(Bit))
        Lines[B].push_back(tell(Item, Solved.AtEntry[B], Bit));
      Bit += Item.Ways.size() + 1;
    }
  }
  return Lines;
}

FactLines escapeLines(const FunctionDecl &F, const CFGAdapter &Adapter,
                      const EscapeAnswers &Answers) {
  return EscapeTeller(F, Adapter, Answers).lines();
}

} // namespace stackward::source
