// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The long campaign: random graphs against their shadows until the time is up
/// or one differs. usage: gab-soak SECONDS [SEED]. Prints each seed.
#include "Graph.h"
#include <ctime>

int main(int Argc, char **Argv) {
  long Seconds = Argc > 1 ? atol(Argv[1]) : 60;
  uint64_t Seed = Argc > 2 ? strtoull(Argv[2], nullptr, 10)
                           : static_cast<uint64_t>(time(nullptr));
  time_t End = time(nullptr) + Seconds;
  unsigned long Steps = 0;
  for (; time(nullptr) < End; ++Seed) {
    graph::Model M(Seed);
    for (int I = 1; I <= 500000; ++I, ++Steps) {
      M.step();
      if (I % 50000)
        continue;
      if (!M.compare()) {
        printf("seed %llu: %s at step %d\n",
               static_cast<unsigned long long>(Seed), M.failure(), I);
        return 1;
      }
      if (time(nullptr) >= End)
        break;
    }
    printf("seed %llu fine, %lu steps in all\n",
           static_cast<unsigned long long>(Seed), Steps);
    fflush(stdout);
  }
  return 0;
}
