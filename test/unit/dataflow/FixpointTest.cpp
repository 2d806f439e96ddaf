// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The solver on problems small enough to solve in the head.
#include "stackward/Dataflow/Fixpoint.h"
#include "stackward/Dataflow/BitFacts.h"
#include "stackward/Dataflow/Lattices.h"
#include "gtest/gtest.h"

using namespace stackward::dataflow;

namespace {

/// One variable; a block may assign it; an edge may demand a value.
struct OneVariable {
  using State = Flat<int>;
  std::map<BlockId, int> Assigns;
  std::map<EdgeId, int> Demands;

  State boundary(BlockId) { return State::varies(); }
  void transfer(BlockId B, State &S) {
    if (auto It = Assigns.find(B); It != Assigns.end())
      S = State(It->second);
  }
  std::optional<State> flow(EdgeId E, const State &S) {
    auto It = Demands.find(E);
    if (It == Demands.end())
      return S;
    if (S.value() && *S.value() != It->second)
      return std::nullopt;
    return State(It->second);
  }
};

/// Counts up for ever unless it is widened.
struct Counter {
  struct State {
    int Max = 0;
    bool join(const State &O) {
      if (O.Max <= Max)
        return false;
      Max = O.Max;
      return true;
    }
  };
  unsigned Widened = 0;
  State boundary(BlockId) { return {}; }
  void transfer(BlockId B, State &S) {
    if (B == 1 && S.Max < 1000000)
      ++S.Max;
  }
  std::optional<State> flow(EdgeId, const State &S) { return S; }
  void widen(BlockId, unsigned Visits, const State &, State &New) {
    ++Widened;
    if (Visits >= 3)
      New.Max = 1000000;
  }
};

} // namespace

TEST(Lattices, flat_joins_upwards_and_reports_change_once) {
  Flat<int> A;
  EXPECT_TRUE(A.isBottom());
  EXPECT_TRUE(A.join(Flat<int>(3)));
  EXPECT_FALSE(A.join(Flat<int>(3)));
  EXPECT_FALSE(A.join(Flat<int>()));
  EXPECT_TRUE(A.join(Flat<int>(4)));
  EXPECT_TRUE(A.isVaries());
  EXPECT_FALSE(A.join(Flat<int>(5)));
}

TEST(Lattices, powerset_reports_change_only_for_new_members) {
  Powerset A(4), B(4);
  B.Bits.set(2);
  EXPECT_TRUE(A.join(B));
  EXPECT_FALSE(A.join(B));
  EXPECT_FALSE(A.join(Powerset(4)));
  EXPECT_TRUE(A.Bits.test(2));
}

TEST(Lattices, maps_join_key_by_key) {
  MapOf<int, Flat<int>> A, B;
  B.Entries[1] = Flat<int>(7);
  EXPECT_TRUE(A.join(B));
  EXPECT_FALSE(A.join(B));
  B.Entries[1] = Flat<int>(8);
  EXPECT_TRUE(A.join(B));
  EXPECT_TRUE(A.Entries[1].isVaries());
}

TEST(Fixpoint, equal_values_from_two_sides_stay_known) {
  FlowGraph G(4, 0, 3);
  for (auto [F, T] : {std::pair{0, 1}, {0, 2}, {1, 3}, {2, 3}})
    G.addEdge(F, T);
  OneVariable Same{{{1, 5}, {2, 5}}, {}};
  EXPECT_EQ(solve(G, Same).AtEntry[3]->value(), 5);
  OneVariable Different{{{1, 5}, {2, 6}}, {}};
  EXPECT_TRUE(solve(G, Different).AtEntry[3]->isVaries());
}

TEST(Fixpoint, an_infeasible_edge_brings_no_state) {
  // 0 assigns 1; the edge to 2 demands 2.
  FlowGraph G(4, 0, 3);
  G.addEdge(0, 1);
  EdgeId Wrong = G.addEdge(0, 2);
  G.addEdge(1, 3);
  G.addEdge(2, 3);
  OneVariable A{{{0, 1}, {2, 9}}, {{Wrong, 2}}};
  auto S = solve(G, A);
  EXPECT_FALSE(S.reached(2));
  EXPECT_FALSE(S.Feasible.test(Wrong));
  EXPECT_EQ(S.AtEntry[3]->value(), 1) << "block 2 must not join its 9";
}

TEST(Fixpoint, an_assumption_that_a_loop_confirms_is_kept) {
  // x = 1; while (..) { if (x != 1) x = 2; }   x stays 1: optimism pays.
  FlowGraph G(5, 0, 4);
  G.addEdge(0, 1);
  G.addEdge(1, 2);
  EdgeId NotOne = G.addEdge(2, 3);
  G.addEdge(2, 1);
  G.addEdge(3, 1);
  G.addEdge(1, 4);
  OneVariable A{{{0, 1}, {3, 2}}, {{NotOne, 7}}};
  EXPECT_EQ(solve(G, A).AtEntry[4]->value(), 1);
}

TEST(Fixpoint, widening_happens_at_loop_headers_and_ends_the_climb) {
  FlowGraph G(3, 0, 2);
  G.addEdge(0, 1);
  G.addEdge(1, 1);
  G.addEdge(1, 2);
  Counter C;
  auto S = solve(G, C);
  EXPECT_EQ(S.AtEntry[2]->Max, 1000000);
  EXPECT_EQ(C.Widened, 3u);
  EXPECT_LT(S.Transfers, 10u);
}

TEST(Fixpoint, a_graph_without_loops_costs_one_transfer_a_block) {
  FlowGraph G(200, 0, 199);
  for (unsigned B = 0; B + 1 < 200; ++B) {
    G.addEdge(B, B + 1);
    if (B + 2 < 200)
      G.addEdge(B, B + 2);
  }
  OneVariable A;
  EXPECT_EQ(solve(G, A).Transfers, 200u);
}

static GenKill bits(unsigned N, std::initializer_list<unsigned> Gen,
                    std::initializer_list<unsigned> Kill) {
  GenKill R{llvm::BitVector(N), llvm::BitVector(N)};
  for (unsigned I : Gen)
    R.Gen.set(I);
  for (unsigned I : Kill)
    R.Kill.set(I);
  return R;
}

TEST(BitFacts, a_variable_is_live_up_to_its_last_read) {
  // 0: x = ..   1: (nothing)   2: .. = x
  FlowGraph G(3, 0, 2);
  G.addEdge(0, 1);
  G.addEdge(1, 2);
  BitFacts L =
      liveness(G, {bits(1, {}, {0}), bits(1, {}, {}), bits(1, {0}, {})}, 1);
  EXPECT_FALSE(L.AtEntry[0].test(0));
  EXPECT_TRUE(L.AtEntry[1].test(0));
  EXPECT_TRUE(L.AtExit[1].test(0));
  EXPECT_FALSE(L.AtExit[2].test(0));
}

TEST(BitFacts, a_variable_read_in_an_endless_loop_is_live) {
  // 0: x = ..   1: for (;;) use(x)   2: exit
  FlowGraph G(3, 0, 2);
  G.addEdge(0, 1);
  G.addEdge(1, 1);
  BitFacts L =
      liveness(G, {bits(1, {}, {0}), bits(1, {0}, {}), bits(1, {}, {})}, 1);
  EXPECT_TRUE(L.AtExit[0].test(0));
}

TEST(BitFacts, a_definition_reaches_until_another_replaces_it) {
  // 0: d0   1: d1 (kills d0)   2: join of both ways
  FlowGraph G(3, 0, 2);
  G.addEdge(0, 1);
  G.addEdge(0, 2);
  G.addEdge(1, 2);
  BitFacts R = reachingDefinitions(
      G, {bits(2, {0}, {1}), bits(2, {1}, {0}), bits(2, {}, {})}, 2);
  EXPECT_TRUE(R.AtEntry[2].test(0));
  EXPECT_TRUE(R.AtEntry[2].test(1));
  EXPECT_FALSE(R.AtExit[1].test(0));
}
