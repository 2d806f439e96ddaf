// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Uses memory in every way there is and checks what it holds; ends with 3 when
/// an allocation fails cleanly. Driven by map_failures.sh.
#include "Graph.h"

int main() {
  if (!gab_attach())
    return 3;
  try {
    graph::Model M(7);
    for (int I = 0; I < 4000; ++I)
      M.step();
    gab::Root<gab::Array<gab::Member<gab::Array<uint64_t>>>> All =
        gab::make_array<gab::Member<gab::Array<uint64_t>>>(4000);
    for (size_t I = 0; I < 4000; ++I) {
      auto A = gab::make_array<uint64_t>(I % 1500);
      for (uint64_t &W : *A)
        W = I;
      (*All)[I] = A;
    }
    gab::compact();
    for (size_t I = 0; I < 4000; ++I)
      for (uint64_t W : *(*All)[I])
        if (W != I)
          return 1;
    return M.compare() ? 0 : 1;
  } catch (const std::bad_alloc &) {
    return 3;
  }
}
