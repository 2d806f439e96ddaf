// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counts the calls of malloc.
#include <cstddef>

extern "C" void *__libc_malloc(std::size_t);
static long Count;
extern "C" void *malloc(std::size_t Size) {
  ++Count;
  return __libc_malloc(Size);
}
long allocations() { return Count; }
