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

/// The longest that a small object at Offset of its block may be.
inline uint32_t mostAt(uint32_t Offset) {
  auto Left = static_cast<uint32_t>(BlockSize - Offset);
  return Left < GAB_SMALL_LIMIT ? Left : GAB_SMALL_LIMIT;
}

inline bool haveMarks(const BlockInfo &B, uint32_t Lines) {
  return (__atomic_load_n(&B.LineMask, __ATOMIC_RELAXED) & Lines) == Lines;
}

/// The mutators run. An array whose lines all have marks is not read; it counts
/// as one of usual size.
template <bool Shared>
inline void keepMeanwhile(BlockInfo &B, uintptr_t P, const gab_type *Type) {
  constexpr uint32_t Usual = 48;
  auto Offset = static_cast<uint32_t>(P & (BlockSize - 1));
  uint32_t Most = mostAt(Offset);
  if ((Type->flags & GAB_ARRAY_TYPE) && haveMarks(B, linesOf(Offset, Most))) {
    __atomic_fetch_add(&B.LiveBytes, Usual, __ATOMIC_RELAXED);
    return;
  }
  size_t Size = payloadSize(Type, P);
  keepLines<Shared>(B, Offset, Size < Most ? smallSize(Size) : Most);
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

/// So many blocks are emptied by recorded slots: bounds what they may fill.
void allowTargets(int64_t Candidates);

/// Flags the blocks whose survivors leave in this cycle. Pins are known.
void chooseCandidates(gab_kind Kind);

/// A slot refers to memory that holds no object: the program's mistake.
[[noreturn, gnu::cold]] void reportStale(void **Slot, uintptr_t P);

} // namespace gab::rt
#endif
