// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Summaries against running, on random programs without recursion: an
/// allocation that escapes when calls are followed must be blocked by the
/// summaries too, in the function that makes it or in one of the callers that
/// it reaches.
///
/// What escapes is found here (Witness), not by the solver on one body with
/// all calls replaced: there it blocks more than there is. An object whose
/// address grows in a cycle
///   void f3(char *p) { for (;;) p += 8; }
/// has offsets no more, for all of the program and not for f3 alone; and in
///   void f3(void **p) { p[1] = p[1]; }
/// something flows from one object to another once p may point to both.
#include "Random.h"
#include "stackward/Escape/Program.h"
#include "gtest/gtest.h"
#include <deque>
#include <map>
#include <set>
#include <tuple>

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
    switch (R.below(8)) {
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
    case 7:
      G.copyMemory(A, B, Here);
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

/// Runs f0, statements in any order and number. Each call is entered once for
/// each choice of what its arguments point to; objects have a few slots. What
/// goes beyond the slots, and choices beyond a number, are left out: so all
/// that is found escapes, and something may be missed.
class Witness {
public:
  /// The calls on the way, outermost first: (function, call).
  using Way = std::vector<std::pair<unsigned, unsigned>>;
  /// An allocation by one way.
  struct Instance {
    unsigned Function;
    ObjectId Site;
    Way Chain;
    bool operator<(const Instance &O) const {
      return std::tie(Function, Site, Chain) <
             std::tie(O.Function, O.Site, O.Chain);
    }
  };

  Witness(const Module &M, uint64_t Seed) : M(M), Choice(Seed) {
    enter(0, {}, {});
    for (unsigned Quiet = 0; Quiet != QuietRounds; ++Quiet) {
      Changed = false;
      for (size_t I = 0; I != Frames.size(); ++I)
        run(I);
      if (Changed)
        Quiet = 0;
    }
  }

  std::set<Instance> escaped() const {
    std::set<Instance> Out;
    for (ObjectNumber O : Leaked)
      if (M.functions()[Objects[O].Function]
              .Body.object(Objects[O].Site)
              .Kind == ObjectKind::Site)
        Out.insert(Objects[O]);
    return Out;
  }

private:
  using ObjectNumber = unsigned;
  /// An object and a slot. Outside is all that has escaped.
  using Pointer = std::pair<ObjectNumber, unsigned>;
  using Set = std::set<Pointer>;
  static constexpr ObjectNumber Outside = ~0u, Nothing = ~0u - 1;
  static constexpr unsigned NumSlots = 4, QuietRounds = 3, MaxChoices = 3,
                            MaxFrames = 12;

  struct Frame {
    unsigned Function;
    Way Chain;
    std::vector<Set> Nodes;
    ObjectNumber FirstObject;
    /// What each call was entered with, and where.
    std::map<std::pair<unsigned, std::vector<Pointer>>, size_t> Entered;
    std::vector<unsigned> Choices; ///< by call
  };

  const Module &M;
  Random Choice;
  std::deque<Frame> Frames;
  std::vector<Instance> Objects;
  std::map<Pointer, Set> Slots;
  std::set<ObjectNumber> Leaked;
  bool Changed = false;

  const Graph &body(unsigned F) const { return M.functions()[F].Body; }

  size_t enter(unsigned F, const Way &Chain, llvm::ArrayRef<Pointer> Args) {
    const Graph &G = body(F);
    Frame New{F,  Chain,
              {}, ObjectNumber(Objects.size()),
              {}, std::vector<unsigned>(G.calls().size())};
    New.Nodes.resize(G.numNodes());
    for (NodeId P = 0; P != G.numParams() && P != Args.size(); ++P)
      if (Args[P].first != Nothing)
        New.Nodes[P].insert(Args[P]);
    for (ObjectId O = 0; O != G.objects().size(); ++O)
      Objects.push_back({F, O, Chain});
    Frames.push_back(std::move(New));
    Changed = true;
    return Frames.size() - 1;
  }

  void run(size_t Index) {
    Frame &F = Frames[Index];
    const Graph &G = body(F.Function);
    for (const Constraint &C : G.constraints())
      constraint(F, C);
    for (const Leak &L : G.leaks())
      for (Pointer P : Set(F.Nodes[L.Value]))
        leak(P);
    for (unsigned I = 0; I != G.calls().size(); ++I)
      call(F, I);
  }

  void call(Frame &F, unsigned Index) {
    const Call &C = body(F.Function).calls()[Index];
    std::vector<Pointer> Args;
    for (NodeId A : C.Args)
      Args.push_back(A == NoNode ? Pointer(Outside, 0) : any(F.Nodes[A]));
    unsigned Callee = indexOf(C.Callee);
    if (!F.Entered.count({Index, Args}) && F.Choices[Index] != MaxChoices &&
        Frames.size() != MaxFrames) {
      ++F.Choices[Index];
      Way Longer = F.Chain;
      Longer.push_back({F.Function, Index});
      F.Entered[{Index, Args}] = enter(Callee, Longer, Args);
    }
    if (C.Result == NoNode)
      return;
    for (const auto &[Entry, At] : F.Entered)
      if (Entry.first == Index)
        for (auto [Value, Why] : body(Callee).returned())
          for (Pointer P : Frames[At].Nodes[Value])
            add(F.Nodes[C.Result], P);
  }

  Pointer any(const Set &S) {
    if (S.empty())
      return {Nothing, 0};
    return *std::next(S.begin(), Choice.below(S.size()));
  }

  unsigned indexOf(SymbolId S) const {
    unsigned F = 0;
    while (M.functions()[F].Name != S)
      ++F;
    return F;
  }

  void add(Set &To, Pointer P) { Changed |= To.insert(P).second; }

  void leak(Pointer P) {
    if (P.first == Outside || !Leaked.insert(P.first).second)
      return;
    Changed = true;
    for (unsigned S = 0; S != NumSlots; ++S)
      for (Pointer Held : Set(Slots[{P.first, S}]))
        leak(Held);
  }

  /// The places that P + Shift may be.
  static std::vector<Pointer> shifted(Pointer P, Offset Shift) {
    std::vector<Pointer> Out;
    if (P.first == Outside)
      Out.push_back(P);
    else if (Shift != AnyOffset && P.second + Shift / 8 < NumSlots)
      Out.push_back({P.first, P.second + Shift / 8});
    else if (Shift == AnyOffset)
      for (unsigned S = 0; S != NumSlots; ++S)
        Out.push_back({P.first, S});
    return Out;
  }

  void store(Pointer Place, Pointer P) {
    if (Place.first == Outside)
      return leak(P);
    add(Slots[Place], P);
    if (Leaked.count(Place.first))
      leak(P);
  }

  void load(Set &To, Pointer Place) {
    if (Place.first == Outside || Leaked.count(Place.first))
      add(To, {Outside, 0});
    if (Place.first != Outside)
      for (Pointer P : Set(Slots[Place]))
        add(To, P);
  }

  void copyMemory(Pointer To, Pointer From) {
    if (From.first == Outside || Leaked.count(From.first))
      store(To, {Outside, 0});
    if (From.first == Outside)
      return;
    for (unsigned S = 0; From.second + S < NumSlots; ++S)
      for (Pointer P : Set(Slots[{From.first, From.second + S}]))
        if (To.first == Outside || To.second + S < NumSlots)
          store({To.first, To.second + S}, P);
  }

  void constraint(Frame &F, const Constraint &C) {
    Set &Dst = F.Nodes[C.Dst];
    switch (C.Kind) {
    case ConstraintKind::AddressOf:
      for (Pointer P : shifted({F.FirstObject + C.Src, 0}, C.Shift))
        add(Dst, P);
      return;
    case ConstraintKind::Copy:
      for (Pointer P : Set(F.Nodes[C.Src]))
        for (Pointer Moved : shifted(P, C.Shift))
          add(Dst, Moved);
      return;
    case ConstraintKind::Load:
      for (Pointer P : Set(F.Nodes[C.Src]))
        for (Pointer Place : shifted(P, C.Shift))
          load(Dst, Place);
      return;
    case ConstraintKind::Store:
      for (Pointer P : Set(Dst))
        for (Pointer Place : shifted(P, C.Shift))
          for (Pointer Value : Set(F.Nodes[C.Src]))
            store(Place, Value);
      return;
    case ConstraintKind::CopyMemory:
      for (Pointer To : Set(Dst))
        for (Pointer From : Set(F.Nodes[C.Src]))
          copyMemory(To, From);
      return;
    case ConstraintKind::LoadNumber:
      return; // randomBody makes none
    }
  }
};

bool comesToCallers(const Fate &F) {
  return llvm::all_of(F.Blockers, [](const Blocker &B) {
    return B.Because == Reason::Return || B.Because == Reason::StoredInArgument;
  });
}

/// Whether some function on the instance's way is told that it escapes.
bool isBlocked(const Program &P, const Witness::Instance &I) {
  const Fate *Own = nullptr;
  for (const Fate &F : P.fates(I.Function))
    if (F.Site == I.Site)
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
std::string story(const Program &P, const Witness::Instance &I) {
  std::string Text;
  llvm::raw_string_ostream Out(Text);
  Out << "site" << I.Site << " of f" << I.Function << " by";
  for (auto [Caller, Call] : I.Chain)
    Out << " f" << Caller << " call" << Call;
  Out << '\n';
  for (FunctionId F = 0; F != P.numFunctions(); ++F) {
    static const char *const Kinds[] = {"address",    "copy",  "load",
                                        "loadNumber", "store", "copyMemory"};
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

TEST(EscapeSummaries, BlockWhatEscapesFromARun) {
  unsigned Escaped = 0;
  std::string Shortest; ///< of what went wrong, the easiest to read
  for (uint64_t Seed : Seeds("summaries", 4000)) {
    Module M = randomModule(Seed);
    Program Modular;
    Module Copy = M;
    Modular.link(std::move(Copy), 0);
    Limits Narrow; // dense random code names more paths than programs do
    Narrow.MaxPathDepth = 1 + Seed % 2;
    Narrow.MaxPhantoms = 12;
    Narrow.MaxOffsetsPerObject = 4;
    Narrow.MaxSteps = 50000;
    Modular.solve(Narrow);
    for (const Witness::Instance &I : Witness(M, Seed).escaped()) {
      ++Escaped;
      if (isBlocked(Modular, I))
        continue;
      std::string Story =
          "STACKWARD_SEED=" + std::to_string(Seed) + "\n" + story(Modular, I);
      if (Shortest.empty() || Story.size() < Shortest.size())
        Shortest = Story;
    }
  }
  EXPECT_EQ(Shortest, "");
  std::printf("%u allocations escape\n", Escaped);
  EXPECT_TRUE(Escaped > 500 || std::getenv("STACKWARD_SEED") ||
              std::getenv("STACKWARD_ROUNDS"));
}

} // namespace
