// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// gab_malloc and gab_free. What is too large for a cell, or does not fit into
/// the range any more, is libc's; gab_free tells the two apart by address.
#include "Malloc.h"
#include "gab/c.h"
#include <stdlib.h>

using namespace gab::rt;

void *gab_malloc(size_t Bytes) {
  if (Bytes <= ManualLimit)
    if (void *Cell = manualAllocate(manualClass(Bytes ? Bytes : 1)))
      return Cell;
  return malloc(Bytes ? Bytes : 1);
}

void gab_free(void *Memory) { manualFree(Memory, free); }
