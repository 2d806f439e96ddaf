// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Prints how often one function allocated: once, or not at all.
#include <cstdio>
#include <memory>

long allocations();

__attribute__((noinline)) static long read(const long *P) { return P[0]; }
__attribute__((noinline)) static long allocates(long N) {
  auto P = std::make_unique<long>(N);
  return read(P.get());
}

int main(int Count, char **) {
  allocates(0); // what starts up may allocate
  long Before = allocations();
  long R = allocates(Count);
  std::printf("%ld %ld\n", R, allocations() - Before);
}
