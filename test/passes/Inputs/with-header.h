// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// An allocator that knows its own blocks: what is not one ends the program.
#include <cstddef>
#include <cstdlib>

static constexpr std::size_t Header = 0xABCDEF;

static void *makeWithHeader(std::size_t N) {
  auto *Block = static_cast<std::size_t *>(malloc(N + 16));
  *Block = Header;
  return Block + 2;
}
static void unmakeWithHeader(void *P) {
  if (!P)
    return;
  std::size_t *Block = static_cast<std::size_t *>(P) - 2;
  if (*Block != Header)
    abort();
  free(Block);
}
