// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The solver against the oracle on random graphs: equal points-to sets, where
/// all that has escaped is one, and equal verdicts. STACKWARD_SEED repeats a
/// run, STACKWARD_ROUNDS makes it longer.
#include "EscapeOracle.h"
#include "Random.h"
#include "stackward/Escape/Program.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

using namespace stackward;
using namespace stackward::escape;
using namespace stackward::escape::test;

namespace {

struct Shape {
  bool Cyclic; ///< copies with an offset may form cycles
  bool CopyMemory;
  bool Params; ///< with collapses, which phantoms exist depends on the order
  unsigned MaxOffsets;
};

void addObjects(Random &R, Graph &G) {
  unsigned N = 2 + R.below(5);
  for (unsigned I = 0; I != N; ++I) {
    Object O;
    unsigned K = R.below(10);
    O.Kind = K < 5             ? ObjectKind::Site
             : K < 8           ? ObjectKind::Local
             : K < 9 || I != 4 ? ObjectKind::Global
                               : ObjectKind::Function; // the one named "4"
    O.At = I;
    G.addObject(std::move(O));
  }
}

void addRepetition(Random &R, Graph &G) {
  for (Object &O : G.objects()) {
    if (O.Kind != ObjectKind::Site || R.below(2))
      continue;
    O.MayRepeat = true;
    O.SurvivorsUnknown = R.below(8) == 0;
    for (unsigned I = R.below(3); I; --I)
      O.SurvivingNodes.push_back(R.below(G.numNodes()));
    for (ObjectId L = 0; L != G.objects().size(); ++L)
      if (G.object(L).Kind == ObjectKind::Local && R.below(3) == 0)
        O.SurvivingObjects.push_back(L);
  }
}

Offset offset(Random &R) {
  unsigned K = R.below(8);
  return K == 7 ? AnyOffset : Offset(K % 3) * 8;
}

Graph randomGraph(Random &R, const Shape &S) {
  Graph G(S.Params ? R.below(3) : 0);
  unsigned Nodes = 3 + R.below(10);
  while (G.numNodes() < Nodes)
    G.addNode();
  addObjects(R, G);
  auto Node = [&] { return NodeId(R.below(G.numNodes())); };
  Anchor At = 100;
  for (unsigned I = R.below(25); I; --I) {
    Note N{At++, Why::Assigned};
    NodeId D = Node(), V = Node();
    switch (R.below(S.CopyMemory ? 10 : 9)) {
    case 0:
    case 1:
    case 2:
      G.addressOf(D, R.below(G.objects().size()), offset(R), N);
      break;
    case 3:
    case 4: {
      bool Plain = (!S.Cyclic && V >= D) || R.below(2);
      G.copy(D, V, Plain ? 0 : offset(R), N);
      break;
    }
    case 5:
    case 6:
      G.load(D, V, offset(R), N);
      break;
    case 7:
    case 8:
      G.store(D, offset(R), V, N);
      break;
    case 9:
      G.copyMemory(D, V, N);
      break;
    }
  }
  if (R.below(3) == 0)
    G.leak(Node(), Reason::Thread, {At++, Why::StartsThread});
  if (R.below(2))
    G.returns(Node(), {At++, Why::Returned});
  addRepetition(R, G);
  return G;
}

/// A solution in the words of its dump: what nodes may hold, what has escaped.
struct Solution {
  std::map<std::string, std::set<std::string>> Nodes;
  std::set<std::string> Escaped;

  explicit Solution(llvm::StringRef Dump) {
    llvm::SmallVector<llvm::StringRef, 32> Lines;
    Dump.split(Lines, '\n');
    for (llvm::StringRef Line : Lines) {
      auto [Left, Right] = Line.split(" = {");
      if (Right.empty())
        continue;
      llvm::SmallVector<llvm::StringRef, 8> Texts;
      Right.drop_back().split(Texts, ", ");
      for (llvm::StringRef Text : Texts) {
        if (Left.starts_with("  n"))
          Nodes[Left.str()].insert(Text.str());
        else if (Left.starts_with("  leak"))
          Escaped.insert(object(Text).str());
      }
    }
  }

  static llvm::StringRef object(llvm::StringRef Element) {
    size_t Inside = Element.rfind(']');
    return Element.take_front(Element.find_first_of(
        "+-", Inside == llvm::StringRef::npos ? 0 : Inside));
  }
  bool hasEscaped(llvm::StringRef Object) const {
    return Object == "outside" || Object.starts_with("global") ||
           Escaped.count(Object.str());
  }
  /// Of two names for what has escaped the solver keeps one or both.
  std::string text() const {
    std::string Out;
    for (const auto &[Node, Elements] : Nodes) {
      std::set<std::string> Texts;
      for (const std::string &E : Elements)
        Texts.insert(hasEscaped(object(E)) ? "outside" : E);
      Out += Node + " = {" + llvm::join(Texts, ", ") + "}\n";
    }
    Out += "  escaped:";
    for (const std::string &Object : Escaped) // paths are named as needed
      if (Object.find('[') == std::string::npos && Object != "outside")
        Out += " " + Object;
    return Out + "\n";
  }
};

Solution solutionOf(const Program &P) {
  std::string Text;
  llvm::raw_string_ostream Stream(Text);
  P.dump(0, Stream);
  return Solution(Text);
}

void solveAlone(const Graph &G, unsigned Depth, unsigned MaxOffsets,
                Program &P) {
  Module M;
  SymbolId F = M.symbol("f"), Target = M.symbol("4");
  M.addFunction(F, Linkage::External, 0).Body = G;
  for (Object &O : M.functions()[0].Body.objects())
    if (O.Kind == ObjectKind::Function)
      O.FunctionSymbol = Target;
  Limits L;
  L.MaxFresh = L.MaxPhantoms = 1000;
  L.MaxSummary = L.MaxFlows = 100000; // never coarser
  L.MaxPathDepth = Depth;
  L.MaxOffsetsPerObject = MaxOffsets;
  P.link(std::move(M), 0);
  P.solve(L);
}

std::set<Reason> reasons(const Fate &F) {
  std::set<Reason> Out;
  for (const Blocker &B : F.Blockers)
    Out.insert(B.Because);
  return Out;
}

bool escapes(const std::set<Reason> &Blockers) {
  return llvm::any_of(Blockers, [](Reason R) {
    return R != Reason::Return && R != Reason::StoredInArgument &&
           R != Reason::LoopCarried;
  });
}

/// Whether the solver found these; of what escapes, some reasons are enough.
bool sameVerdict(const std::set<Reason> &Found, const std::set<Reason> &Right) {
  if (!escapes(Right))
    return Found == Right;
  return escapes(Found) &&
         llvm::all_of(Found, [&](Reason R) { return Right.count(R) != 0; });
}

/// False: too dense to tell.
bool compare(const Graph &G, const Shape &S, unsigned Depth,
             std::string &Difference) {
  Oracle Right(G, Depth, S.MaxOffsets);
  if (Right.gaveUp())
    return false;
  Program P;
  solveAlone(G, Depth, S.MaxOffsets, P);
  std::string Solved = solutionOf(P).text();
  std::string Expected = Solution(Right.dump()).text();
  if (Solved != Expected)
    Difference = "solver:\n" + Solved + "oracle:\n" + Expected;
  for (const Fate &Fate : P.fates(0))
    if (!sameVerdict(reasons(Fate), Right.blockers(Fate.Site)))
      Difference +=
          "blockers of site" + std::to_string(Fate.Site) + " differ\n" + Solved;
  return true;
}

void run(const char *Name, const Shape &S, unsigned Rounds) {
  unsigned Compared = 0;
  std::vector<uint64_t> All = Seeds(Name, Rounds);
  for (uint64_t Seed : All) {
    Random R(Seed);
    Graph G = randomGraph(R, S);
    std::string Difference;
    Compared += compare(G, S, R.below(3), Difference);
    ASSERT_EQ(Difference, "") << "STACKWARD_SEED=" << Seed;
  }
  if (All.size() > 100)
    EXPECT_GT(Compared, All.size() / 2);
}

TEST(EscapeSolver, AgreesWithTheOracle) {
  run("plain", {false, false, true, 1000}, 150);
}

TEST(EscapeSolver, AgreesWithTheOracleOnCopiedMemory) {
  run("copy", {false, true, true, 1000}, 150);
}

TEST(EscapeSolver, CollapsingOffsetsForgetsNoBlocker) {
  Shape S{false, true, true, 1000};
  for (uint64_t Seed : Seeds("superset", 60)) {
    Random R(Seed);
    Graph G = randomGraph(R, S);
    Oracle Right(G, 1, 1000);
    if (Right.gaveUp())
      continue;
    Program P;
    solveAlone(G, 1, 2, P);
    for (const Fate &Fate : P.fates(0)) {
      std::set<Reason> Found = reasons(Fate);
      for (Reason Because : Right.blockers(Fate.Site))
        ASSERT_TRUE(Found.count(Because) || escapes(Found))
            << "STACKWARD_SEED=" << Seed << " " << reasonId(Because).str();
    }
  }
}

TEST(EscapeSolver, AgreesWithTheOracleWhenOffsetsCollapse) {
  run("collapse", {true, false, false, 3}, 300);
}

} // namespace
