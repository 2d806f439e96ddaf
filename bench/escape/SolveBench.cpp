// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Solve time against the number of constraints, on graphs of the shapes that
/// programs have. Linear means that the column "per edge" stays flat.
///
///   Chain   one function: a value copied on and on, through memory now and
///           then, with joins (long straight-line code, inlined code)
///   Bushy   one function: many small independent objects, each made, filled,
///           read and dropped (builders, parsers, tests)
///   Loops   one function: rings of copies (variables of loops)
///   Calls   a tree of small functions that pass objects down and return them
///   Wide    many functions that all call the same few helpers
#include "stackward/Escape/Program.h"
#include <benchmark/benchmark.h>

using namespace stackward::escape;

namespace {

struct Maker {
  Module M;
  Graph *G = nullptr;
  uint64_t Edges = 0;
  Anchor At = 0;

  void function(const std::string &Name, unsigned Params) {
    G = &M.addFunction(M.symbol(Name), Linkage::External, Params).Body;
  }
  Note note() { return {At++, Why::Assigned}; }
  NodeId make() {
    Object O;
    O.Kind = ObjectKind::Site;
    O.At = At;
    O.Size = 32;
    NodeId N = G->addNode();
    G->addressOf(N, G->addObject(std::move(O)), 0, note());
    ++Edges;
    return N;
  }
  NodeId copy(NodeId From) {
    NodeId N = G->addNode();
    G->copy(N, From, 0, note());
    ++Edges;
    return N;
  }
  NodeId load(NodeId Address, Offset K) {
    NodeId N = G->addNode();
    G->load(N, Address, K, note());
    ++Edges;
    return N;
  }
  void store(NodeId Address, Offset K, NodeId Value) {
    G->store(Address, K, Value, note());
    ++Edges;
  }
  NodeId call(const std::string &Name, std::initializer_list<NodeId> Args) {
    Call C;
    C.Callee = M.symbol(Name);
    C.Args = Args;
    C.Result = G->addNode();
    C.At = note();
    NodeId Result = C.Result;
    G->call(std::move(C));
    ++Edges;
    return Result;
  }
};

void chain(Maker &B, uint64_t Size) {
  B.function("f", 1);
  NodeId V = B.make(), Box = B.make();
  for (unsigned Step = 0; B.Edges < Size; ++Step) {
    NodeId Next = B.copy(V);
    if (Step % 16 == 0) {
      B.store(Box, 8, Next);
      Next = B.load(Box, 8);
      Box = B.make();
    }
    if (Step % 64 == 0)
      V = B.make();
    else
      V = Next;
  }
}

void bushy(Maker &B, uint64_t Size) {
  B.function("f", 2);
  while (B.Edges < Size) {
    NodeId Box = B.make(), Part = B.make();
    B.store(Box, 0, Part);
    B.store(Box, 8, 0);
    NodeId Seen = B.load(Box, 0);
    B.store(Seen, 0, B.load(Box, 8));
    B.store(1, 0, B.load(Seen, 0));
    B.copy(Seen);
  }
}

void loops(Maker &B, uint64_t Size) {
  B.function("f", 0);
  while (B.Edges < Size) {
    NodeId First = B.make(), V = First;
    for (int I = 0; I != 10; ++I)
      V = B.copy(V);
    B.G->copy(First, V, 0, B.note());
    ++B.Edges;
    B.store(V, 0, V);
    B.load(First, 0);
  }
}

/// Function N passes on to 2N + 1 and 2N + 2.
void calls(Maker &B, uint64_t Size) {
  uint64_t Functions = Size / 8;
  for (uint64_t N = 0; N != Functions; ++N) {
    B.function("f" + std::to_string(N), 1);
    NodeId New = B.make();
    B.store(New, 8, 0);
    NodeId Down = B.load(0, 0);
    for (uint64_t Child : {2 * N + 1, 2 * N + 2})
      if (Child < Functions)
        B.copy(B.call("f" + std::to_string(Child), {N % 2 ? New : Down}));
    B.G->returns(New, B.note());
    ++B.Edges;
  }
}

void wide(Maker &B, uint64_t Size) {
  for (int H = 0; H != 8; ++H) {
    B.function("helper" + std::to_string(H), 2);
    B.store(0, 8, 1);
    NodeId New = B.make();
    B.store(New, 0, B.load(1, 0));
    B.G->returns(New, B.note());
  }
  for (uint64_t N = 0; B.Edges < Size; ++N) {
    B.function("f" + std::to_string(N), 1);
    NodeId Box = B.make();
    NodeId Made = B.call("helper" + std::to_string(N % 8), {Box, 0});
    B.store(Box, 0, B.call("helper" + std::to_string(N / 8 % 8), {Made, Box}));
    B.load(Made, 0);
  }
}

void solve(benchmark::State &State, void (*Make)(Maker &, uint64_t)) {
  uint64_t Edges = 0;
  for (auto _ : State) {
    State.PauseTiming();
    Maker B;
    Make(B, State.range(0));
    Edges = B.Edges;
    auto P = std::make_unique<Program>();
    P->link(std::move(B.M), 0);
    Limits L;
    L.MaxSteps = ~0ull;
    State.ResumeTiming();
    P->solve(L);
    benchmark::DoNotOptimize(P->numFunctions());
    State.PauseTiming();
    P.reset();
    State.ResumeTiming();
  }
  State.counters["per edge"] = benchmark::Counter(
      double(Edges), benchmark::Counter::kIsIterationInvariantRate |
                         benchmark::Counter::kInvert);
  State.SetComplexityN(Edges);
}

#define SHAPE(Name)                                                            \
  BENCHMARK_CAPTURE(solve, Name, Name)                                         \
      ->RangeMultiplier(10)                                                    \
      ->Range(1000, 1000000)                                                   \
      ->Unit(benchmark::kMillisecond)                                          \
      ->Complexity(benchmark::oN)
SHAPE(chain);
SHAPE(bushy);
SHAPE(loops);
SHAPE(calls);
SHAPE(wide);

} // namespace

BENCHMARK_MAIN();
