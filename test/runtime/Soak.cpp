// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The long campaign: random graphs against their shadows, half a million
/// operations each. usage: gab-soak OPERATIONS [SEED]. Prints each seed; a
/// failure is run again with `gab-soak 500000 SEED`.
#include "Graph.h"
#include <ctime>

int main(int Argc, char **Argv) {
  unsigned long Wanted = Argc > 1 ? strtoul(Argv[1], nullptr, 10) : 1000000;
  uint64_t Seed = Argc > 2 ? strtoull(Argv[2], nullptr, 10)
                           : static_cast<uint64_t>(time(nullptr));
  uint64_t First = Seed;
  unsigned long Done = 0, Comparisons = 0;
  const int Every = Wanted < 100000 ? int(Wanted / 10) + 1 : 10000;
  for (; Done < Wanted; ++Seed) {
    graph::Model M(Seed);
    for (int I = 1; I <= 500000 && Done < Wanted; ++I) {
      M.step();
      ++Done;
      if (I % Every)
        continue;
      ++Comparisons;
      if (!M.compare()) {
        printf("seed %llu: %s at step %d\n",
               static_cast<unsigned long long>(Seed), M.failure(), I);
        return 1;
      }
    }
  }
  gab_stats S = gab::stats();
  printf("%s: seeds %llu to %llu, %lu operations, %lu comparisons, %llu "
         "cycles (%llu minor), %llu objects moved: all alike\n",
         gab_plan_name(), static_cast<unsigned long long>(First),
         static_cast<unsigned long long>(Seed - 1), Done, Comparisons,
         static_cast<unsigned long long>(S.cycles),
         static_cast<unsigned long long>(S.minor_cycles),
         static_cast<unsigned long long>(S.moved_objects));
  return 0;
}
