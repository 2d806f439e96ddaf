// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which blocks are emptied, and what that means for an object in one.
#ifndef GAB_RUNTIME_EVACUATE_H
#define GAB_RUNTIME_EVACUATE_H

#include "Heap.h"

namespace gab::rt {

/// Marks the lines of a small object live and counts its bytes.
template <bool Shared>
inline void keepLines(BlockInfo &B, uint32_t Offset, uint32_t Size) {
  uint32_t Lines = linesOf(Offset, Size);
  if constexpr (Shared) {
    if ((__atomic_load_n(&B.LineMask, __ATOMIC_RELAXED) & Lines) != Lines)
      __atomic_fetch_or(&B.LineMask, Lines, __ATOMIC_RELAXED);
    __atomic_fetch_add(&B.LiveBytes, Size, __ATOMIC_RELAXED);
  } else {
    B.LineMask |= Lines;
    B.LiveBytes += Size;
  }
}

/// What the collector has learnt about lifetimes. Per mille, moving averages.
/// Before anything is known nothing is moved: a program that starts by building
/// what it works on would pay for moving all of it.
struct Survival {
  uint32_t Young = 500;  ///< of the bytes in blocks that were fresh
  uint32_t Old = 1000;   ///< of the bytes alive a cycle ago, in other blocks
  size_t CellBytes = 0;  ///< in cells with references, alive in the last cycle
  uint32_t Cells = 1000; ///< of the bytes of fresh blocks with references
};
extern Survival Survivors;

/// Flags the blocks whose survivors leave in this cycle. Pins are known.
void chooseCandidates(gab_kind Kind);

/// A slot refers to memory that holds no object: the program's mistake.
[[noreturn, gnu::cold]] void reportStale(void **Slot, uintptr_t P);

} // namespace gab::rt
#endif
