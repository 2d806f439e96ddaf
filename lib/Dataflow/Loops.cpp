// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Loop nesting by strongly connected components: find those of the graph;
/// each is a loop; remove its header and look again inside. A block is visited
/// once for each level of nesting. After Bourdoncle, "Efficient chaotic
/// iteration strategies with widenings", 1993, and Steensgaard,
/// "Sequentializing program dependence graphs for irreducible programs", 1993.
#include "stackward/Dataflow/Loops.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace stackward::dataflow {

namespace {

/// Tarjan's algorithm on the blocks of one region, without recursion.
class Components {
public:
  Components(const FlowGraph &G, llvm::ArrayRef<BlockId> Region,
             const std::vector<uint32_t> &RegionOf, uint32_t Id)
      : G(G), RegionOf(RegionOf), Id(Id), Index(G.numBlocks(), 0),
        Low(G.numBlocks(), 0), OnStack(G.numBlocks()) {
    for (BlockId B : Region)
      if (Index[B] == 0)
        walk(B);
  }

  std::vector<std::vector<BlockId>> Found; ///< only those with a cycle

private:
  void open(BlockId B) {
    Index[B] = Low[B] = ++Counter;
    Stack.push_back(B);
    OnStack.set(B);
    Frames.push_back({B, 0});
  }

  void walk(BlockId Start) {
    open(Start);
    while (!Frames.empty()) {
      auto [B, Next] = Frames.back();
      if (Next == G.successors(B).size()) {
        close(B);
        continue;
      }
      ++Frames.back().second;
      BlockId To = G.edge(G.successors(B)[Next]).To;
      if (RegionOf[To] != Id)
        continue;
      if (Index[To] == 0)
        open(To);
      else if (OnStack.test(To))
        Low[B] = std::min(Low[B], Index[To]);
    }
  }

  void close(BlockId B) {
    Frames.pop_back();
    if (!Frames.empty()) {
      BlockId Above = Frames.back().first;
      Low[Above] = std::min(Low[Above], Low[B]);
    }
    if (Low[B] != Index[B])
      return;
    std::vector<BlockId> Members;
    do {
      Members.push_back(Stack.back());
      OnStack.reset(Stack.back());
      Stack.pop_back();
    } while (Members.back() != B);
    if (Members.size() > 1 || hasSelfEdge(B))
      Found.push_back(std::move(Members));
  }

  bool hasSelfEdge(BlockId B) const {
    return llvm::any_of(G.successors(B),
                        [&](EdgeId E) { return G.edge(E).To == B; });
  }

  const FlowGraph &G;
  const std::vector<uint32_t> &RegionOf;
  uint32_t Id;
  uint32_t Counter = 0;
  std::vector<uint32_t> Index, Low;
  llvm::BitVector OnStack;
  std::vector<BlockId> Stack;
  std::vector<std::pair<BlockId, unsigned>> Frames;
};

} // namespace

/// Reverse post-order, then what no root reaches, by id.
static std::vector<uint32_t> positions(const FlowGraph &G) {
  std::vector<uint32_t> Position(G.numBlocks(), ~0u);
  uint32_t Next = 0;
  for (BlockId B : reversePostOrder(G))
    Position[B] = Next++;
  for (uint32_t &P : Position)
    if (P == ~0u)
      P = Next++;
  return Position;
}

Loops::Loops(const FlowGraph &G) : Innermost(G.numBlocks(), NoLoop) {
  std::vector<uint32_t> Position = positions(G);
  struct Task {
    std::vector<BlockId> Region;
    LoopId Parent;
  };
  std::vector<Task> Work;
  std::vector<BlockId> Everything(G.numBlocks());
  for (BlockId B = 0; B < G.numBlocks(); ++B)
    Everything[B] = B;
  Work.push_back({std::move(Everything), NoLoop});
  // RegionOf[B] == id of the task that owns B now; headers drop out for good.
  std::vector<uint32_t> RegionOf(G.numBlocks(), 0);
  uint32_t Regions = 0;
  for (size_t I = 0; I < Work.size(); ++I) {
    uint32_t Id = ++Regions;
    for (BlockId B : Work[I].Region)
      RegionOf[B] = Id;
    Components C(G, Work[I].Region, RegionOf, Id);
    llvm::sort(C.Found, [&](const auto &A, const auto &B) {
      auto First = [&](const std::vector<BlockId> &M) {
        return Position[*llvm::min_element(M, [&](BlockId X, BlockId Y) {
          return Position[X] < Position[Y];
        })];
      };
      return First(A) < First(B);
    });
    for (std::vector<BlockId> &Members : C.Found) {
      LoopId L = List.size();
      LoopId Parent = Work[I].Parent;
      llvm::sort(Members, [&](BlockId A, BlockId B) {
        return Position[A] < Position[B];
      });
      unsigned Depth = Parent == NoLoop ? 1 : List[Parent].Depth + 1;
      List.push_back({Members.front(), Parent, Depth});
      for (BlockId B : Members)
        Innermost[B] = L;
      Members.erase(Members.begin());
      if (!Members.empty())
        Work.push_back({std::move(Members), L});
    }
  }
}

bool Loops::contains(LoopId L, BlockId B) const {
  LoopId At = Innermost[B];
  while (At != NoLoop && At != L)
    At = List[At].Parent;
  return At == L && L != NoLoop;
}

} // namespace stackward::dataflow
