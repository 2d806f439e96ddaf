// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Explicit-free allocation (gab_malloc, gab_free; operator new and delete of
/// programs that link libstackward_rt): cells of one size class in slabs of
/// 64 KB, behind a stack of free cells for each thread and class.
///
/// The design had bump allocation with a count for each buffer. Measured, that
/// wins where lifetimes are FIFO, and elsewhere keeps 4 to 7 times what lives,
/// since one survivor holds its buffer; and what real programs free they ask
/// for again at once, so the cell freed last, which is in the cache, is the
/// best one to hand out. Hence stacks of cells, as in jemalloc's tcache; the
/// slabs behind them are tcmalloc's spans.
///
/// What the fast paths rely on:
///
/// F1  A bin is a row of BinSlots pointers, of which the upper part is used.
///     Row c of a thread's block is that of class c, and row 0 has the Bins:
///     Top is how many bytes behind it the last free cell's slot ends. The slot
///     below the lowest cell is null and never written, so "empty" is a null
///     pointer there.
/// F2  "Full" is the end of a row: a multiple of its size.
/// F3  A thread without bins has NoBins, with 0 everywhere and a null pointer
///     before it: both empty and full. So both slow paths attach the thread,
///     and nothing else has to be tested. Not a word of it has to be set when
///     the program is loaded. A thread-local pointer, since each library that
///     is opened with a copy of this has to find room for its thread-local
///     data in what the linker kept free, 1.6 KB.
/// F4  A cell's class is that of its slab (ClassOf), never that of a size that
///     somebody claims: `delete` through a base class may be told a wrong one.
/// F5  Addresses outside of the range were not made here and are handed back
///     to the caller of the fast path. Null is outside.
#ifndef GAB_RUNTIME_MALLOC_H
#define GAB_RUNTIME_MALLOC_H

#include <stddef.h>
#include <stdint.h>

namespace gab::rt {

inline constexpr unsigned SlabShift = 16;
inline constexpr size_t SlabSize = size_t(1) << SlabShift;
inline constexpr unsigned BinSlots = 128;

/// Classes 1 to 64 are 16 bytes apart; above, four for each doubling. Class 0
/// has no cells: a request of no bytes takes the slow path.
inline constexpr size_t StepLimit = 1024;
inline constexpr unsigned StepClasses = StepLimit / 16;
inline constexpr size_t ManualLimit = 8192; ///< more is libc's business
inline constexpr unsigned ManualClasses = StepClasses + 1 + 4 * 3;

constexpr size_t manualCell(unsigned Class) {
  if (Class <= StepClasses)
    return size_t(16) * Class;
  unsigned Above = Class - StepClasses - 1;
  return (StepLimit << (Above / 4)) / 4 * (5 + Above % 4);
}

constexpr unsigned manualClass(size_t Bytes) {
  if (Bytes <= StepLimit)
    return static_cast<unsigned>((Bytes + 15) >> 4);
  unsigned Class = StepClasses + 1;
  while (manualCell(Class) < Bytes)
    ++Class;
  return Class;
}
static_assert(manualCell(ManualClasses - 1) == ManualLimit);
static_assert(manualClass(ManualLimit) == ManualClasses - 1);

inline constexpr uint32_t BinRow = BinSlots * sizeof(void *);

struct Bins {
  uint32_t Top[ManualClasses];

  void *&slot(ptrdiff_t Offset) {
    return *reinterpret_cast<void **>(reinterpret_cast<char *>(this) + Offset);
  }
};

/// The reserved range of cells. Base is set once; before, and to a thread that
/// sees the new Bytes with the old Base, every address is outside of it. Bytes
/// grows: whoever has been handed a cell by another thread sees it inside.
struct ManualRange {
  uintptr_t Base = uintptr_t(1) << 63;
  size_t Bytes = 0;
  const uint8_t *ClassOf = nullptr; ///< for each slab
};

#define GAB_HIDDEN __attribute__((visibility("hidden")))

extern "C" {
extern GAB_HIDDEN thread_local constinit Bins *gab_malloc_bins
    __attribute__((tls_model("initial-exec")));
}
extern GAB_HIDDEN ManualRange Manual;
/// What gab_malloc_bins leads to in a thread without bins.
extern GAB_HIDDEN struct NoBinsType {
  void *Below;
  Bins B;
} NoBins;

/// A cell of \p Class (not 0) when the bin is empty, with more for the bin.
/// Null: memory is used up, or none of it may be had here.
GAB_HIDDEN void *refillBin(unsigned Class);
/// Takes \p Cell back when the bin is full.
GAB_HIDDEN void drainBin(void *Cell, unsigned Class) noexcept;

/// Null sends the caller to refillBin().
inline void *popCell(unsigned Class) {
  Bins *B = gab_malloc_bins;
  uint32_t Top = B->Top[Class];
  void *Cell = B->slot(ptrdiff_t(Top) - ptrdiff_t(sizeof(void *)));
  if (__builtin_expect(Cell != nullptr, 1))
    B->Top[Class] = Top - uint32_t(sizeof(void *));
  return Cell;
}

inline void *manualAllocate(unsigned Class) {
  void *Cell = popCell(Class);
  return __builtin_expect(Cell != nullptr, 1) ? Cell : refillBin(Class);
}

/// Calls \p Elsewhere, as the last thing, if \p Cell was not allocated here.
template <class Function>
inline __attribute__((always_inline)) void manualFree(void *Cell,
                                                      Function Elsewhere) {
  uintptr_t At = reinterpret_cast<uintptr_t>(Cell) -
                 __atomic_load_n(&Manual.Base, __ATOMIC_RELAXED);
  if (__builtin_expect(At >= __atomic_load_n(&Manual.Bytes, __ATOMIC_RELAXED),
                       0))
    return Elsewhere(Cell);
  unsigned Class = Manual.ClassOf[At >> SlabShift];
  Bins *B = gab_malloc_bins;
  uint32_t Top = B->Top[Class];
  if (__builtin_expect(Top % BinRow == 0, 0))
    return drainBin(Cell, Class);
  B->slot(Top) = Cell;
  B->Top[Class] = Top + uint32_t(sizeof(void *));
}

struct ManualStats {
  size_t CommittedBytes; ///< slabs that exist
  size_t UsedBytes;      ///< slabs that belong to a class
  size_t ReturnedBytes;  ///< free slabs whose pages the system has back
};
GAB_HIDDEN ManualStats manualStats();
/// Bytes of the cell at \p Cell; 0 when it was not allocated here.
GAB_HIDDEN size_t manualUsable(const void *Cell);

} // namespace gab::rt
#endif
