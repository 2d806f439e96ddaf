// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Size classes of spans, by bytes of a cell (header included). The first
/// GAB_FAST_CLASSES have an inlined allocation path. The steps keep waste
/// inside a cell under 20 % and waste at the end of a block under 13 %.
#ifndef GAB_DETAIL_SIZE_CLASS_H
#define GAB_DETAIL_SIZE_CLASS_H

#include <stddef.h>
#include <stdint.h>

namespace gab::detail {

inline constexpr uint16_t CellSizes[] = {
    16,   24,   32,   40,   48,   56,   64,   80,   96,   112,  128,
    160,  192,  224,  256,  320,  384,  448,  512,  640,  768,  896,
    1024, 1280, 1536, 1792, 2048, 2560, 3072, 4080, 5440, 6544, 8176};
inline constexpr unsigned ClassCount = sizeof(CellSizes) / sizeof(uint16_t);
inline constexpr size_t MaxCell = CellSizes[ClassCount - 1];

/// The smallest class of at least \p Bytes; with \p Align 16 a class whose
/// cells keep that alignment. ClassCount when there is none.
constexpr unsigned classOf(size_t Bytes, size_t Align = 8) {
  for (unsigned I = 0; I < ClassCount; ++I)
    if (CellSizes[I] >= Bytes && (Align <= 8 || CellSizes[I] % 16 == 0))
      return I;
  return ClassCount;
}

/// What an object takes in blocks of its type alone.
constexpr uint32_t typedCell(size_t Size, size_t Align) {
  size_t Step = Align > 8 ? 16 : 8;
  Size = Size < 16 ? 16 : Size;
  return static_cast<uint32_t>((Size + Step - 1) & ~(Step - 1));
}

} // namespace gab::detail
#endif
