// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The heap as a whole: where it is, its tables, its page heap, and the lists
/// of blocks with room (the central lists; threads hold runs of them).
///
/// Who may touch what. The page heap and the lists each have a lock, taken
/// only inside the runtime and never across a stop. A block that is on no list
/// belongs to the thread whose run is in it, or to nobody because it is full.
/// While the world is stopped the collector owns everything.
#ifndef GAB_RUNTIME_HEAP_H
#define GAB_RUNTIME_HEAP_H

#include "Block.h"
#include "Config.h"
#include "Lock.h"
#include "gab/c.h"
#include "gab/detail/size_class.h"

namespace gab::rt {

using detail::CellSizes;
using detail::ClassCount;
using detail::classOf;
using detail::MaxCell;

/// Threads are told apart by so many numbers when blocks are handed out.
inline constexpr uint32_t Affinities = 8;

/// Blocks with room, linked through BlockInfo::Next.
struct BlockList {
  Lock L;
  uint32_t First = 0;
};
/// The caller holds the lock; whether there is a block others see without it.
inline void setFirst(BlockList &List, uint32_t Block) {
  __atomic_store_n(&List.First, Block, __ATOMIC_RELAXED);
}

/// Counters; each is written under some lock or with relaxed atomics.
struct Counters {
  std::atomic<uint64_t> Cycles{0}, MinorCycles{0}, AllocatedBytes{0};
  std::atomic<uint64_t> MovedBytes{0}, MovedObjects{0}, FreedBlocks{0};
  std::atomic<uint64_t> PauseTotal{0}, PauseMax{0}, PauseLast{0}, PauseUsual{0},
      MarkTotal{0};
  std::atomic<uint64_t> MarkedObjects{0}, Finalized{0}, Returned{0};
  std::atomic<uint64_t> LiveBytes{0}, PinnedLines{0}, MarkedByHelpers{0};
  std::atomic<uint64_t> Assists{0}, CycleWaits{0};
};

/// Adds to a counter that others read at any time but that is written only
/// under a lock the caller holds.
template <class T> inline void addUnderLock(std::atomic<T> &Counter, T N) {
  Counter.store(Counter.load(std::memory_order_relaxed) + N,
                std::memory_order_relaxed);
}

/// What is written all the time lies apart, by cache lines, from what is only
/// read, and from what is written under another lock.
struct Heap {
  static constexpr size_t CacheLine = 64;

  uintptr_t Base = 0; ///< of block 0, which is never used
  size_t Size = 0;
  BlockInfo *Blocks = nullptr;
  BlockBits *Bits = nullptr;
  uint64_t *Log = nullptr; ///< WordsPerBlock a block, contiguous by address
  Config C;
  bool Hooked = false;       ///< every allocation takes the slow path
  bool Generational = false; ///< stores are logged, and there are minor cycles
  bool SmallInCells = false; ///< marksweep: no GABs, and nothing is hooked

  // Page heap. A bit of FreeMap: the block is committed and free. A bit of
  // DirtyMap: its pages may be resident and hold old contents.
  uint64_t *FreeMap = nullptr;
  uint64_t *DirtyMap = nullptr;
  /// A bit of LeavingMap: a concurrent cycle may empty the block. Written only
  /// while the world is stopped.
  uint64_t *LeavingMap = nullptr;
  /// A bit of LastUser[A]: a thread with affinity A had the block last, so it
  /// is in the cache of that thread's core if in any.
  uint64_t *LastUser[Affinities] = {};
  std::atomic<uint32_t> Committed{0}; ///< blocks below this index are usable
  size_t CommittedBytes = 0;          ///< the same in bytes, for the tracer
  uint32_t BlockLimit = 0;            ///< blocks the reservation holds

  alignas(CacheLine) Lock PageLock;
  uint32_t FreeHint = 0; ///< no free block in words below this one
  std::atomic<uint32_t> UsedBlocks{0}, DirtyFree{0};
  uint32_t IdleBlocks = ~0u, IdleCycles = 0; ///< see returnIdlePages

  alignas(CacheLine) BlockList GabRoom; ///< blocks with free lines
  BlockList ScanRoom[ClassCount];       ///< spans that may have free cells
  BlockList NoscanRoom[ClassCount];

  // Pacing.
  alignas(CacheLine) std::atomic<int64_t> BudgetLeft{0}; ///< until a cycle
  size_t LiveAfterMajor = 0;
  int64_t Portion = 0; ///< of the budget, that a thread takes at once
  Counters Count;

  uint32_t blockOf(uintptr_t P) const {
    return static_cast<uint32_t>((P - Base) >> BlockShift);
  }
  uintptr_t addressOf(uint32_t Block) const {
    return Base + (uintptr_t(Block) << BlockShift);
  }
  uint64_t *logOf(uint32_t Block) const {
    return Log + size_t(Block) * WordsPerBlock;
  }
  bool contains(uintptr_t P) const { return P - Base < Size; }
};

extern Heap H;

/// Reserves and commits what the first allocation needs; once. False when
/// there is no address space.
bool initHeap();

/// Takes Count adjacent blocks with Kind Free; 0 when memory or the limit is
/// used up. Their contents are arbitrary; *Clean tells whether they are zero.
uint32_t takeBlocks(uint32_t Count, bool *Clean);
/// Takes up to Most blocks, anywhere, without making their pages present; how
/// many. What is taken is \p Out, with CleanBlock if the contents are zero.
uint32_t takeSingleBlocks(uint32_t *Out, uint32_t Most);
inline constexpr uint32_t CleanBlock = uint32_t(1) << 31;
/// Gives such blocks back that nobody has written to.
void giveUntouched(const uint32_t *Taken, uint32_t Count);
/// Gives blocks back. Contents are kept until the pages are returned.
void giveBlocks(uint32_t First, uint32_t Count);
/// Returns the pages of free blocks beyond Keep to the system; at most Most.
void returnPages(uint32_t Keep, uint32_t Most);

/// Before the world stops for a cycle that moves most of the heap: makes the
/// pages of the tables present that it will write to for the first time.
void populateTables();

/// Before a cycle frees anything: what no allocation since the last one needed.
void noteIdlePages();
/// Every eighth cycle, returns the pages that were idle all the time.
void returnIdlePages();

/// Gives blocks their shape. The caller owns them.
void shapeGab(uint32_t Block);
void shapeSpan(uint32_t Block, BlockKind Kind, unsigned Class);
/// For a Gab block whose objects have states (B6).
void clearUsedBits(uint32_t Block);
void shapeLarge(uint32_t Block, BlockKind Kind, uint32_t Count, size_t Bytes);

inline BlockList &roomFor(BlockKind Kind, unsigned Class) {
  return Kind == BlockKind::Scan ? H.ScanRoom[Class] : H.NoscanRoom[Class];
}
/// Puts a block on its list. The caller owns it.
void listBlock(uint32_t Block);
/// Takes a block off List, or 0.
uint32_t unlistBlock(BlockList &List);

/// The size of a pointer-free or traced object with that type, header left out.
inline size_t payloadSize(const gab_type *T, uintptr_t P) {
  if (T->flags & GAB_ARRAY_TYPE) [[unlikely]]
    return 8 + size_t(T->element_size) * *reinterpret_cast<const uint64_t *>(P);
  return T->size;
}
/// What an object of Size bytes takes in a Gab block.
inline uint32_t smallSize(size_t Size) {
  return Size < 16 ? 16 : static_cast<uint32_t>((Size + 7) & ~size_t(7));
}

/// Dies with a message; the runtime's own invariants.
[[noreturn, gnu::cold]] void die(const char *Where, const char *What);
#define GAB_ASSERT(Condition)                                                  \
  ((Condition) ? void(0) : ::gab::rt::die(__FILE__, #Condition))
#ifdef NDEBUG
#define GAB_DEBUG_ASSERT(Condition) void(0)
#else
#define GAB_DEBUG_ASSERT(Condition) GAB_ASSERT(Condition)
#endif

} // namespace gab::rt
#endif
