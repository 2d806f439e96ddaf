// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Summaries against inlining, on random programs without recursion: an
/// allocation that escapes when all calls are replaced by the bodies must be
/// blocked by the summaries too, in the function that makes it or in one of
/// the callers that it reaches.
#include "Random.h"
#include "stackward/Escape/Program.h"
#include "gtest/gtest.h"

using namespace stackward;
using namespace stackward::escape;

namespace {

constexpr unsigned NumFunctions = 4;
constexpr Note Here{0, Why::Assigned};

std::string nameOf(unsigned F) { return "f" + std::to_string(F); }

Offset offset(Random &R) {
  unsigned K = R.below(6);
  return K == 5 ? AnyOffset : Offset(K % 2) * 8;
}

/// Function F calls only later ones; function 0 has no parameters.
void randomBody(Random &R, unsigned F, Module &M, Graph &G) {
  for (unsigned I = 3 + R.below(6); I; --I)
    G.addNode();
  auto Node = [&] { return NodeId(R.below(G.numNodes())); };
  // A function that returns makes nothing itself: what its callers put into a
  // returned object comes after the function's own reads, but inlined both are
  // one body without an order, which blocks more than there is to block.
  bool Returns = F && R.below(2);
  for (unsigned I = Returns ? 0 : 2 + R.below(3); I; --I) {
    Object O;
    O.Kind = R.below(3) ? ObjectKind::Site : ObjectKind::Local;
    O.At = 1000 * (F + 1) + I;
    G.addressOf(Node(), G.addObject(std::move(O)), offset(R), Here);
  }
  for (unsigned I = 2 + R.below(8); I; --I) {
    NodeId A = Node(), B = Node();
    switch (R.below(7)) {
    case 0:
    case 1:
      G.copy(A, B, R.below(2) ? 0 : offset(R), Here);
      break;
    case 2:
    case 3:
      G.load(A, B, offset(R), Here);
      break;
    case 4:
    case 5:
    case 6:
      G.store(A, offset(R), B, Here);
      break;
    }
  }
  for (unsigned I = F + 1 < NumFunctions ? 1 + R.below(2) : 0; I; --I) {
    Call C;
    C.Callee = M.symbol(nameOf(F + 1 + R.below(NumFunctions - F - 1)));
    for (unsigned P = 0; P != 3; ++P)
      C.Args.push_back(R.below(8) ? Node() : NoNode);
    C.Result = R.below(4) ? Node() : NoNode;
    C.At = {1000 * (F + 1) + 500 + Anchor(G.calls().size()), Why::Assigned};
    G.call(std::move(C));
  }
  if (R.below(3) == 0)
    G.leak(Node(), Reason::Thread, Here);
  if (Returns)
    G.returns(Node(), Here);
}

Module randomModule(uint64_t Seed) {
  Random R(Seed);
  Module M;
  for (unsigned F = 0; F != NumFunctions; ++F) {
    Graph G(F ? 1 + R.below(3) : 0);
    randomBody(R, F, M, G);
    M.addFunction(M.symbol(nameOf(F)), Linkage::External, 0).Body =
        std::move(G);
  }
  return M;
}

/// The program as one function; remembers where each object came from.
struct Inliner {
  const Module &M;
  Graph Out{0};
  struct Instance {
    unsigned Function;
    ObjectId Object;
    /// The calls on the way, outermost first: (function, call).
    std::vector<std::pair<unsigned, unsigned>> Chain;
  };
  std::vector<Instance> Instances;

  const Graph &body(unsigned F) const { return M.functions()[F].Body; }

  unsigned indexOf(SymbolId S) const {
    for (unsigned F = 0; F != NumFunctions; ++F)
      if (M.functions()[F].Name == S)
        return F;
    return NumFunctions;
  }

  void expand(unsigned F, llvm::ArrayRef<NodeId> Args, NodeId Result,
              const std::vector<std::pair<unsigned, unsigned>> &Chain) {
    const Graph &G = body(F);
    std::vector<NodeId> Nodes;
    for (NodeId N = 0; N != G.numNodes(); ++N) {
      bool Given = N < G.numParams() && N < Args.size() && Args[N] != NoNode;
      // A copy, because inside a parameter is a variable of its own.
      Nodes.push_back(Out.addNode());
      if (Given)
        Out.copy(Nodes.back(), Args[N], 0, Here);
      else if (N < G.numParams())
        Out.outside(Nodes.back(), Here);
    }
    std::vector<ObjectId> Objects;
    for (ObjectId O = 0; O != G.objects().size(); ++O) {
      Objects.push_back(Out.addObject(G.object(O)));
      Instances.resize(Out.objects().size());
      Instances.back() = {F, O, Chain};
    }
    for (Constraint C : G.constraints()) {
      bool Address = C.Kind == ConstraintKind::AddressOf;
      C.Dst = Nodes[C.Dst];
      C.Src = Address ? Objects[C.Src] : Nodes[C.Src];
      Out.constraints().push_back(C);
    }
    for (const Leak &L : G.leaks())
      Out.leak(Nodes[L.Value], L.Because, Here);
    if (Result != NoNode)
      for (auto [Value, At] : G.returned())
        Out.copy(Result, Nodes[Value], 0, Here);
    for (unsigned I = 0; I != G.calls().size(); ++I) {
      const Call &C = G.calls()[I];
      std::vector<NodeId> Passed;
      for (NodeId A : C.Args)
        Passed.push_back(A == NoNode ? NoNode : Nodes[A]);
      auto Longer = Chain;
      Longer.push_back({F, I});
      expand(indexOf(C.Callee), Passed,
             C.Result == NoNode ? NoNode : Nodes[C.Result], Longer);
    }
  }
};

bool comesToCallers(const Fate &F) {
  return llvm::all_of(F.Blockers, [](const Blocker &B) {
    return B.Because == Reason::Return || B.Because == Reason::StoredInArgument;
  });
}

/// Whether some function on the instance's way is told that it escapes.
bool isBlocked(const Program &P, const Inliner::Instance &I) {
  const Fate *Own = nullptr;
  for (const Fate &F : P.fates(I.Function))
    if (F.Site == I.Object)
      Own = &F;
  if (!Own || Own->Blockers.empty())
    return false;
  if (!comesToCallers(*Own))
    return true;
  Anchor Origin = Own->At;
  for (size_t Up = I.Chain.size(); Up--;) {
    auto [Caller, Call] = I.Chain[Up];
    // Of an unknown callee nothing comes back that has a fate here.
    unsigned Callee =
        Up + 1 == I.Chain.size() ? I.Function : I.Chain[Up + 1].first;
    if (P.summary(Callee).isUnknown())
      return true;
    bool Blocked = false, Gone = false, Asked = false;
    for (const Fate &F : P.fates(Caller)) {
      if (F.ByCall != Call || F.Origin != Origin)
        continue;
      Asked = true;
      Blocked |= !F.Blockers.empty();
      Gone |= !comesToCallers(F);
    }
    if (!Asked && P.summary(Caller).isUnknown())
      return true; // given up: it says nothing of what calls bring
    if (!Blocked || Gone)
      return Gone;
  }
  return true;
}

/// The functions on the instance's way, for whoever has to understand it.
std::string story(const Program &P, const Inliner::Instance &I) {
  std::string Text;
  llvm::raw_string_ostream Out(Text);
  Out << "site" << I.Object << " of f" << I.Function << " by";
  for (auto [Caller, Call] : I.Chain)
    Out << " f" << Caller << " call" << Call;
  Out << '\n';
  for (FunctionId F = 0; F != P.numFunctions(); ++F) {
    static const char *const Kinds[] = {"address", "copy", "load", "store",
                                        "copyMemory"};
    for (const Constraint &C : P.graph(F).constraints())
      Out << "  " << Kinds[int(C.Kind)] << ' ' << C.Dst << ' ' << C.Src << ' '
          << C.Shift << '\n';
    for (const Call &C : P.graph(F).calls()) {
      Out << "  " << int(C.Result) << " = " << P.symbolName(C.Callee);
      for (NodeId A : C.Args)
        Out << ' ' << int(A);
      Out << '\n';
    }
    for (const Leak &L : P.graph(F).leaks())
      Out << "  leak " << L.Value << '\n';
    for (auto [Value, At] : P.graph(F).returned())
      Out << "  return " << Value << '\n';
    P.dump(F, Out);
    for (const Fate &Fate : P.fates(F)) {
      Out << "  fate site" << int(Fate.Site) << " call" << int(Fate.ByCall)
          << " from " << Fate.Origin << ':';
      for (const Blocker &B : Fate.Blockers)
        Out << ' ' << reasonId(B.Because);
      Out << '\n';
    }
  }
  return Text;
}

TEST(EscapeSummaries, BlockWhatInliningBlocks) {
  unsigned Escaped = 0;
  std::string Shortest; ///< of what went wrong, the easiest to read
  for (uint64_t Seed : Seeds("inlining", 4000)) {
    Module M = randomModule(Seed);
    Inliner Inlined{M, Graph(0), {}};
    Inlined.expand(0, {}, NoNode, {});
    Limits Wide;
    Wide.MaxFresh = Wide.MaxPhantoms = Wide.MaxFlows = 10000;
    Wide.MaxOffsetsPerObject = 4;
    Wide.MaxSteps = 100000;
    Program Whole, Modular;
    Module One;
    One.addFunction(One.symbol("all"), Linkage::External, 0).Body = Inlined.Out;
    Whole.link(std::move(One), 0);
    Whole.solve(Wide);
    Module Copy = M;
    Modular.link(std::move(Copy), 0);
    Limits Narrow; // dense random code names more paths than programs do
    Narrow.MaxPathDepth = 1 + Seed % 2;
    Narrow.MaxPhantoms = 12;
    Narrow.MaxOffsetsPerObject = 4;
    Narrow.MaxSteps = 50000;
    Modular.solve(Narrow);
    for (const Fate &F : Whole.fates(0)) {
      // Too dense for the limit above: nothing is known of it.
      if (F.Blockers.empty() || F.Blockers.back().Because == Reason::Cap)
        continue;
      ++Escaped;
      const Inliner::Instance &I = Inlined.Instances[F.Site];
      if (isBlocked(Modular, I))
        continue;
      std::string Story = "STACKWARD_SEED=" + std::to_string(Seed) + " " +
                          reasonId(F.Blockers[0].Because).str() + "\n" +
                          story(Modular, I);
      if (Shortest.empty() || Story.size() < Shortest.size())
        Shortest = Story;
    }
  }
  EXPECT_EQ(Shortest, "");
  EXPECT_TRUE(Escaped > 500 || std::getenv("STACKWARD_SEED"));
}

} // namespace
