// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Shapes drawn by hand: what order, dominators and loops say of each.
#include "stackward/Dataflow/Dominators.h"
#include "stackward/Dataflow/Loops.h"
#include "gtest/gtest.h"

using namespace stackward::dataflow;

static FlowGraph graph(unsigned Blocks,
                       std::initializer_list<std::pair<int, int>> Edges) {
  FlowGraph G(Blocks, 0, Blocks - 1);
  for (auto [From, To] : Edges)
    G.addEdge(From, To);
  return G;
}

TEST(FlowGraph, edges_of_a_block_are_slots_in_order) {
  FlowGraph G = graph(4, {{0, 2}, {0, 1}, {1, 3}, {2, 3}});
  ASSERT_EQ(G.successors(0).size(), 2u);
  EXPECT_EQ(G.edge(G.successors(0)[0]).To, 2u);
  EXPECT_EQ(G.edge(G.successors(0)[1]).Slot, 1u);
  EXPECT_EQ(G.predecessors(3).size(), 2u);
}

TEST(FlowGraph, order_follows_slots_and_ends_at_the_exit) {
  FlowGraph G = graph(4, {{0, 2}, {0, 1}, {1, 3}, {2, 3}});
  EXPECT_EQ(reversePostOrder(G), (std::vector<BlockId>{0, 2, 1, 3}));
}

TEST(FlowGraph, order_omits_what_no_root_reaches) {
  FlowGraph G = graph(4, {{0, 3}, {1, 2}, {2, 3}});
  EXPECT_EQ(reversePostOrder(G), (std::vector<BlockId>{0, 3}));
  G.addRoot(1);
  EXPECT_EQ(reversePostOrder(G).size(), 4u);
}

TEST(FlowGraph, reversed_graph_has_endless_loops_as_roots) {
  // 1 loops for ever; the exit is reached around it.
  FlowGraph R = graph(4, {{0, 1}, {1, 1}, {0, 2}, {2, 3}}).reversed();
  EXPECT_EQ(R.entry(), 3u);
  EXPECT_EQ(reversePostOrder(R).size(), 4u);
}

TEST(Dominators, of_a_diamond) {
  Dominators D(graph(4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}}));
  EXPECT_EQ(D.immediateDominator(3), 0u);
  EXPECT_EQ(D.immediateDominator(1), 0u);
  EXPECT_EQ(D.immediateDominator(0), NoBlock);
  EXPECT_TRUE(D.dominates(3, 3));
  EXPECT_FALSE(D.dominates(1, 3));
}

TEST(Dominators, post_dominators_are_those_of_the_reversed_graph) {
  Dominators D(graph(5, {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {3, 4}}).reversed());
  EXPECT_EQ(D.immediateDominator(0), 3u);
  EXPECT_EQ(D.immediateDominator(1), 3u);
  EXPECT_EQ(D.immediateDominator(3), 4u);
}

TEST(Dominators, of_unreachable_blocks_are_none) {
  Dominators D(graph(3, {{0, 2}, {1, 2}}));
  EXPECT_FALSE(D.isReachable(1));
  EXPECT_FALSE(D.dominates(1, 1));
  EXPECT_EQ(D.immediateDominator(2), 0u);
}

TEST(Loops, nest_by_header) {
  // 1 { 2 { 3 } } 4, as "for { for {} }".
  FlowGraph G =
      graph(6, {{0, 1}, {1, 2}, {2, 3}, {3, 2}, {2, 4}, {4, 1}, {1, 5}});
  Loops L(G);
  ASSERT_EQ(L.all().size(), 2u);
  EXPECT_TRUE(L.isHeader(1));
  EXPECT_TRUE(L.isHeader(2));
  EXPECT_EQ(L.depth(3), 2u);
  EXPECT_EQ(L.depth(4), 1u);
  EXPECT_EQ(L.depth(5), 0u);
  EXPECT_TRUE(L.contains(0, 3));
  EXPECT_FALSE(L.contains(1, 4));
  EXPECT_FALSE(L.mayRepeat(0));
}

TEST(Loops, a_block_may_be_its_own_loop) {
  Loops L(graph(3, {{0, 1}, {1, 1}, {1, 2}}));
  EXPECT_TRUE(L.mayRepeat(1));
  EXPECT_EQ(L.depth(1), 1u);
}

TEST(Loops, a_jump_into_a_loop_is_still_a_loop) {
  // Two entries, at 1 and at 2: no natural loop, but both repeat.
  Loops L(graph(4, {{0, 1}, {0, 2}, {1, 2}, {2, 1}, {2, 3}}));
  EXPECT_TRUE(L.mayRepeat(1));
  EXPECT_TRUE(L.mayRepeat(2));
  EXPECT_FALSE(L.mayRepeat(3));
}

TEST(Loops, straight_line_code_does_not_repeat) {
  Loops L(graph(3, {{0, 1}, {1, 2}}));
  EXPECT_TRUE(L.all().empty());
}
