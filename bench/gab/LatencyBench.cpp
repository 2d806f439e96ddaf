// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Pauses and marking speed.
/// usage: gab-bench-latency pauses|young|mark [DEPTH]
///
///   young   ten thousand objects survive each of many young cycles; CPU time
///           of a cycle
///   pauses  a graph of 100 MB that keeps changing; percentiles of the pauses
///           of all cycles, from the runtime's own clock
///   mark    a tree of a million nodes, or of another depth than 19, collected
///           again and again; CPU time and time a node, everything but the
///           mutator included
#include "gab/gab.hpp"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

namespace {

struct Node {
  gab::Member<Node> Left, Right;
  uint64_t Payload[5];
  GAB_TRACE(Node, Left, Right)
};
struct Small {
  gab::Member<Small> Left, Right;
  GAB_TRACE(Small, Left, Right)
};

template <class T> gab::Ref<T> build(int Depth) {
  gab::Ref<T> N = gab::make<T>();
  if (Depth) {
    N->Left = build<T>(Depth - 1);
    N->Right = build<T>(Depth - 1);
  }
  return N;
}

double seconds(clockid_t Clock) {
  timespec T;
  clock_gettime(Clock, &T);
  return double(T.tv_sec) + double(T.tv_nsec) * 1e-9;
}
double cpu() { return seconds(CLOCK_PROCESS_CPUTIME_ID); }

int mark(int Depth) {
  gab::Root<Small> Tree = build<Small>(Depth);
  gab::collect();
  double Best = 1e9, BestWall = 1e9;
  for (int I = 0; I < 20; ++I) {
    double Start = cpu(), StartWall = seconds(CLOCK_MONOTONIC);
    gab::collect();
    Best = std::min(Best, cpu() - Start);
    BestWall = std::min(BestWall, seconds(CLOCK_MONOTONIC) - StartWall);
  }
  double Nodes = std::exp2(Depth + 1) - 1;
  printf("mark: %.2f ns of CPU a node, %.0f M nodes/s; %.2f ns of time\n",
         Best / Nodes * 1e9, Nodes / Best / 1e6, BestWall / Nodes * 1e9);
  return 0;
}

struct Tick {
  double Price;
  int64_t Time;
};

/// Least and median CPU microseconds of a young cycle that Make's objects and
/// what else was made have survived, or not.
template <class Function> void young(const char *What, Function Make) {
  std::vector<double> Cycles;
  for (int Round = 0; Round < 300; ++Round) {
    for (int I = 0; I < 10000; ++I)
      gab::make<Tick>(1.0, I);
    Make();
    double Start = cpu();
    gab::collect_minor();
    Cycles.push_back((cpu() - Start) * 1e6);
  }
  std::sort(Cycles.begin(), Cycles.end());
  printf("%s, 10,000 survivors, %s: %.0f us of CPU, median %.0f\n",
         gab_plan_name(), What, Cycles[0], Cycles[Cycles.size() / 2]);
}

int youngCycles() {
  constexpr size_t Survivors = 10000;
  gab::collect();
  gab::Root<Small> List;
  young("with references", [&] {
    List = nullptr;
    for (size_t I = 0; I < Survivors; ++I) {
      gab::Ref<Small> N = gab::make<Small>();
      N->Left = gab::Ref<Small>(List);
      List = N;
    }
  });
  List = nullptr;
  gab::Root<gab::Array<gab::Member<Tick>>> Ticks;
  young("pointer-free", [&] {
    Ticks = gab::make_array<gab::Member<Tick>>(Survivors);
    for (size_t I = 0; I < Survivors; ++I)
      (*Ticks)[I] = gab::make<Tick>(1.0, int64_t(I));
  });
  return 0;
}

int pauses() {
  // 2^20 nodes of 64 bytes with their headers, and what replaces them.
  constexpr int Trees = 64, Depth = 14;
  gab::Root<gab::Array<gab::Member<Node>>> All =
      gab::make_array<gab::Member<Node>>(Trees);
  for (int I = 0; I < Trees; ++I)
    (*All)[I] = build<Node>(Depth);
  std::vector<uint64_t> Pauses;
  uint64_t Seen = gab::stats().pause_total_ns;
  uint64_t Seed = 1;
  for (int I = 0; I < 60000; ++I) {
    Seed = Seed * 6364136223846793005ull + 1442695040888963407ull;
    // Replaces a subtree somewhere.
    gab::Local<Node> N = gab::Ref<Node>((*All)[Seed >> 58]);
    for (int D = 0; D < Depth - 6; ++D)
      N = gab::Ref<Node>(Seed >> D & 1 ? N->Left : N->Right);
    N->Left = build<Node>(5);
    gab_stats S = gab::stats();
    if (S.pause_total_ns != Seen) {
      Pauses.push_back(S.pause_last_ns);
      Seen = S.pause_total_ns;
    }
  }
  if (Pauses.empty())
    return 1;
  std::sort(Pauses.begin(), Pauses.end());
  auto At = [&](double Share) {
    return double(Pauses[size_t(Share * double(Pauses.size() - 1))]) / 1000;
  };
  printf("%s: %zu pauses, live %.0f MB; us: median %.0f, p90 %.0f, p99 %.0f, "
         "longest %.0f\n",
         gab_plan_name(), Pauses.size(), double(gab::stats().live_bytes) / 1e6,
         At(0.5), At(0.9), At(0.99), At(1));
  return 0;
}

} // namespace

int main(int Argc, char **Argv) {
  if (Argc > 1 && !strcmp(Argv[1], "mark"))
    return mark(Argc > 2 ? atoi(Argv[2]) : 19);
  if (Argc > 1 && !strcmp(Argv[1], "young"))
    return youngCycles();
  if (Argc > 1 && !strcmp(Argv[1], "pauses"))
    return pauses();
  fprintf(stderr, "usage: %s pauses|young|mark [DEPTH]\n", Argv[0]);
  return 2;
}
