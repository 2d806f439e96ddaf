// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Handing out runs. See Alloc.cpp.
#ifndef GAB_RUNTIME_ALLOC_H
#define GAB_RUNTIME_ALLOC_H

#include "Thread.h"

namespace gab::rt {

/// True while new objects count as marked (a concurrent cycle is under way).
/// Changes only while the world is stopped.
extern bool AllocateBlack;

/// What is made in these lines is marked from birth.
inline void blackenLines(BlockInfo &B, uint32_t Lines) {
  B.BlackMask |= Lines;
  __atomic_fetch_or(&B.LineMask, Lines, __ATOMIC_RELAXED);
}

/// Gives what is left of R back and empties it.
void retireRun(Run &R);

/// The next free cells of \p Block at or after byte \p From, made ready to be
/// carved: [*Start, *End). False when there are none.
bool nextFreeCells(uint32_t Block, uint32_t From, uintptr_t *Start,
                   uintptr_t *End);

/// Takes up to \p Lines adjacent free lines. False: no memory.
bool takeLines(Thread &T, uint32_t Lines, Run &R);

} // namespace gab::rt
#endif
