// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random graphs against definitions applied literally: A dominates B when B
/// cannot be reached without A; a block repeats when it reaches itself; a
/// variable is live when some path reads it first. A failure prints the seed.
#include "stackward/Dataflow/BitFacts.h"
#include "stackward/Dataflow/Dominators.h"
#include "stackward/Dataflow/Loops.h"
#include "gtest/gtest.h"
#include <random>

using namespace stackward::dataflow;

static FlowGraph randomGraph(std::mt19937 &Rng) {
  unsigned Blocks = 2 + Rng() % 12;
  FlowGraph G(Blocks, 0, Blocks - 1);
  unsigned Edges = Rng() % (2 * Blocks);
  for (unsigned I = 0; I < Edges; ++I)
    G.addEdge(Rng() % Blocks, Rng() % Blocks);
  if (Rng() % 4 == 0)
    G.addRoot(Rng() % Blocks);
  return G;
}

/// Blocks reached from Starts without passing Without.
static llvm::BitVector reach(const FlowGraph &G, llvm::ArrayRef<BlockId> Starts,
                             BlockId Without) {
  llvm::BitVector Keep(G.numEdges());
  for (EdgeId E = 0; E < G.numEdges(); ++E)
    Keep[E] = G.edge(E).From != Without && G.edge(E).To != Without;
  std::vector<BlockId> From;
  for (BlockId B : Starts)
    if (B != Without)
      From.push_back(B);
  return reachableFrom(G.restrictedTo(Keep), From);
}

static bool isLive(const FlowGraph &G, llvm::ArrayRef<GenKill> Blocks,
                   BlockId At) {
  llvm::BitVector Seen(G.numBlocks());
  std::vector<BlockId> Work{At};
  while (!Work.empty()) {
    BlockId B = Work.back();
    Work.pop_back();
    if (Seen.test(B))
      continue;
    Seen.set(B);
    if (Blocks[B].Gen.test(0))
      return true;
    if (Blocks[B].Kill.test(0))
      continue;
    for (EdgeId E : G.successors(B))
      Work.push_back(G.edge(E).To);
  }
  return false;
}

class RandomGraph : public ::testing::TestWithParam<unsigned> {};

TEST_P(RandomGraph, dominators_match_their_definition) {
  std::mt19937 Rng(GetParam());
  for (int Round = 0; Round < 200; ++Round) {
    FlowGraph G = randomGraph(Rng);
    Dominators D(G);
    llvm::BitVector Reached = reach(G, G.roots(), NoBlock);
    for (BlockId A = 0; A < G.numBlocks(); ++A) {
      EXPECT_EQ(D.isReachable(A), Reached.test(A));
      llvm::BitVector Around = reach(G, G.roots(), A);
      for (BlockId B = 0; B < G.numBlocks(); ++B) {
        bool Expected =
            Reached.test(A) && Reached.test(B) && (A == B || !Around.test(B));
        ASSERT_EQ(D.dominates(A, B), Expected)
            << "seed " << GetParam() << " round " << Round;
      }
    }
  }
}

TEST_P(RandomGraph, loops_cover_exactly_the_cycles) {
  std::mt19937 Rng(GetParam());
  for (int Round = 0; Round < 200; ++Round) {
    FlowGraph G = randomGraph(Rng);
    Loops L(G);
    for (BlockId B = 0; B < G.numBlocks(); ++B) {
      std::vector<BlockId> Next;
      for (EdgeId E : G.successors(B))
        Next.push_back(G.edge(E).To);
      ASSERT_EQ(L.mayRepeat(B), reach(G, Next, NoBlock).test(B))
          << "seed " << GetParam() << " round " << Round;
    }
    for (LoopId I = 0; I < L.all().size(); ++I) {
      EXPECT_TRUE(L.isHeader(L.all()[I].Header));
      if (L.all()[I].Parent != NoLoop) {
        EXPECT_TRUE(L.contains(L.all()[I].Parent, L.all()[I].Header));
      }
    }
  }
}

TEST_P(RandomGraph, liveness_matches_its_definition) {
  std::mt19937 Rng(GetParam());
  for (int Round = 0; Round < 200; ++Round) {
    FlowGraph G = randomGraph(Rng);
    std::vector<GenKill> Blocks(
        G.numBlocks(), GenKill{llvm::BitVector(1), llvm::BitVector(1)});
    for (GenKill &B : Blocks) {
      B.Gen[0] = Rng() % 4 == 0;
      B.Kill[0] = Rng() % 3 == 0;
    }
    BitFacts F = liveness(G, Blocks, 1);
    for (BlockId B = 0; B < G.numBlocks(); ++B)
      ASSERT_EQ(F.AtEntry[B].test(0), isLive(G, Blocks, B))
          << "seed " << GetParam() << " round " << Round;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGraph, ::testing::Range(1u, 9u));
