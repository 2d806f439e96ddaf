// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which blocks are emptied, and what that means for an object in one.
#ifndef GAB_RUNTIME_EVACUATE_H
#define GAB_RUNTIME_EVACUATE_H

#include "Heap.h"

namespace gab::rt {

/// Marks the lines of a small object live and counts it Times times.
template <bool Shared>
inline void keepLines(BlockInfo &B, uint32_t Offset, uint32_t Size,
                      uint32_t Times = 1) {
  uint32_t Lines = linesOf(Offset, Size);
  Size *= Times;
  if constexpr (Shared) {
    if ((__atomic_load_n(&B.LineMask, __ATOMIC_RELAXED) & Lines) != Lines)
      __atomic_fetch_or(&B.LineMask, Lines, __ATOMIC_RELAXED);
    __atomic_fetch_add(&B.LiveBytes, Size, __ATOMIC_RELAXED);
  } else {
    B.LineMask |= Lines;
    B.LiveBytes += Size;
  }
}

/// Marks one line live and counts nothing.
template <bool Shared> inline void keepLine(BlockInfo &B, uint32_t Offset) {
  uint32_t Line = uint32_t(1) << (Offset >> LineShift);
  if (__atomic_load_n(&B.LineMask, __ATOMIC_RELAXED) & Line)
    return;
  if constexpr (Shared)
    __atomic_fetch_or(&B.LineMask, Line, __ATOMIC_RELAXED);
  else
    B.LineMask |= Line;
}

/// What the collector has learnt about lifetimes. Per mille, moving averages.
struct Survival {
  uint32_t Young = 0;  ///< of the bytes in blocks that were fresh
  uint32_t Old = 1000; ///< of the bytes alive a cycle ago, in other blocks
};
extern Survival Survivors;

/// Flags the blocks whose survivors leave in this cycle. Pins are known.
void chooseCandidates(gab_kind Kind);

/// A slot refers to memory that holds no object: the program's mistake.
[[noreturn, gnu::cold]] void reportStale(void **Slot, uintptr_t P);

} // namespace gab::rt
#endif
