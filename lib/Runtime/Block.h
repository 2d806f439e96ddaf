// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the collector knows of memory. The heap is one reserved range; a
/// block is 32 KB of it, a line 1 KB, a granule 8 bytes. Every table is
/// indexed by shifting an address.
///
/// Three kinds of blocks hold objects.
///   Gab     pointer-free objects of 16 to 127 bytes, side by side. No header,
///           no start bits. What is alive is known by line.
///   Scan    cells of one size, each a header word and a payload with
///           references; or one large object of that form. Without headers if
///           all are of one type (Typed.h).
///   Noscan  cells of one size without a header; or one large object.
///
/// Invariants (a class's free cells and lines follow from them):
///  B1  Gab: LineMask and PinMask are subsets of AllocMask between cycles.
///      A line may be handed out only if its bit in AllocMask is clear.
///  B2  Scan, Noscan: a cell is an object, or belongs to somebody's run, if and
///      only if its bit in Live is set. In a Scan block a cell with Live set
///      and a null header is not an object yet. (One without header is: its
///      fields are null.)
///  B3  Mark is set only for cells whose Live is set.
///  B4  Log is set only in Scan blocks, for words whose next store is logged.
///  B5  LiveBytes is what a cycle has found: exact for cells. In a Gab block an
///      object counts once for each reference to it, and an array that an
///      array refers to counts as the mean of some. What was handed out while
///      a concurrent cycle marked does not count. It decides what is worth
///      emptying, never what is alive.
///  B6  Between cycles the bits of a Gab block are all zero.
///
/// In a block that is being evacuated (Candidate) the bits of an object's first
/// two granules in a Gab block, or first in a Noscan block, hold its state
/// instead: see Evacuate.h.
#ifndef GAB_RUNTIME_BLOCK_H
#define GAB_RUNTIME_BLOCK_H

#include <stddef.h>
#include <stdint.h>

namespace gab::rt {

inline constexpr unsigned BlockShift = 15, LineShift = 10, GranuleShift = 3;
inline constexpr size_t BlockSize = size_t(1) << BlockShift;
inline constexpr size_t LineSize = size_t(1) << LineShift;
inline constexpr unsigned LinesPerBlock = BlockSize / LineSize;
inline constexpr unsigned GranulesPerBlock = BlockSize >> GranuleShift;
inline constexpr unsigned WordsPerBlock = GranulesPerBlock / 64;
inline constexpr uint32_t ChunkBlocks = 128;
inline constexpr size_t ChunkSize = ChunkBlocks * BlockSize;
inline constexpr size_t SmallWindow = 127; ///< largest small object

enum class BlockKind : uint8_t { Free, Gab, Scan, Noscan, LargeRest };

enum BlockFlag : uint8_t {
  LargeFlag = 1,     ///< one object of BlockCount blocks
  CandidateFlag = 2, ///< survivors leave in this cycle
  HeldFlag = 4,      ///< a run in it belongs to a thread or to a worker
  FreshFlag = 8,     ///< was free at the last cycle
  AgingFlag = 16,    ///< gab-gen: cells that have survived once (Aging.h)
  ListedFlag = 32,   ///< on a list of blocks with room
  TouchedFlag = 64,  ///< spans: cells were handed out since the last cycle
  NewestFlag = 128,  ///< the last that a thread has filled
};

/// A block with so many slots that refer to it does not leave.
inline constexpr uint32_t MostSlots = 8192;

/// Of a Scan block whose cells are all of one type and have no header.
inline constexpr uint8_t TypedClass = 255;
struct TypedSpace;

/// What a block may be: the bits of its kind and flags that are looked at, and
/// what they have to be.
struct BlockFilter {
  uint32_t Mask, Word;
};

struct alignas(64) BlockInfo {
  BlockKind Kind;
  uint8_t Class;
  uint8_t Flags;
  uint8_t Age; ///< cycles since the block was free
  union {
    uint32_t CellSize;  ///< spans
    uint32_t SlotCount; ///< Gab, leaving: slots recorded; see Recorded.cpp
  };
  union {
    uint32_t Reciprocal; ///< of CellSize, for cellIndex
    uint32_t BlackMask;  ///< Gab: lines handed out while the cycle marked
  };
  uint32_t FirstCell;  ///< 8 in Scan blocks, so payloads are 16-aligned
  uint32_t LineMask;   ///< Gab: lines with something alive
  uint32_t AllocMask;  ///< Gab: lines handed out
  uint32_t PinMask;    ///< Gab: lines an ambiguous root points to
  uint32_t LiveBytes;  ///< found by the current, else the last, cycle
  uint32_t PrevLive;   ///< LiveBytes of the cycle before
  uint32_t Next;       ///< in a list of blocks; 0 ends it
  uint32_t BlockCount; ///< Large: blocks; LargeRest: distance to the head
  uint32_t BitsUsed;   ///< 0: its BlockBits are all zero
  union {
    uint64_t LargeBytes; ///< Large: bytes of the object and its header
    TypedSpace *Space;   ///< Typed: which
  };

  /// One load.
  bool is(BlockFilter F) const {
    uint32_t Word;
    __builtin_memcpy(&Word, this, sizeof(Word));
    return (Word & F.Mask) == F.Word;
  }
  /// Kind \p K and none of the flags \p Not.
  bool is(BlockKind K, uint32_t Not) const {
    return is(BlockFilter{0xFFu | Not << 16, static_cast<uint32_t>(K)});
  }
  bool isTyped() const { return Class == TypedClass; }
  /// By how much an object lies behind its cell; see Typed.h.
  uint32_t shift() const { return isTyped() ? 8 : 0; }
  bool has(BlockFlag F) const { return Flags & F; }
  void set(BlockFlag F) { Flags |= F; }
  void clear(BlockFlag F) { Flags &= static_cast<uint8_t>(~F); }
};
static_assert(sizeof(BlockInfo) == 64);
static_assert(offsetof(BlockInfo, Kind) == 0 &&
              offsetof(BlockInfo, Flags) == 2); // for is()

struct BlockBits {
  uint64_t Live[WordsPerBlock];
  uint64_t Mark[WordsPerBlock];
};

/// floor(Offset / CellSize) for Offset < BlockSize: the reciprocal is rounded
/// up, and the error Offset / 2^32 is less than 1 / CellSize.
inline uint32_t reciprocalOf(uint32_t CellSize) {
  return static_cast<uint32_t>(((uint64_t(1) << 32) + CellSize - 1) / CellSize);
}
inline uint32_t cellIndex(const BlockInfo &B, uint32_t Offset) {
  return static_cast<uint32_t>((uint64_t(Offset) * B.Reciprocal) >> 32);
}
inline uint32_t cellsIn(const BlockInfo &B) {
  return (static_cast<uint32_t>(BlockSize) - B.FirstCell - B.shift()) /
         B.CellSize;
}

inline bool testBit(const uint64_t *Words, uint32_t I) {
  return __atomic_load_n(&Words[I >> 6], __ATOMIC_RELAXED) >> (I & 63) & 1;
}
inline void setBit(uint64_t *Words, uint32_t I) {
  Words[I >> 6] |= uint64_t(1) << (I & 63);
}
inline void clearBit(uint64_t *Words, uint32_t I) {
  __atomic_store_n(&Words[I >> 6], Words[I >> 6] & ~(uint64_t(1) << (I & 63)),
                   __ATOMIC_RELAXED);
}
/// Sets bit I; true if it was clear. One thread at a time unless Shared.
template <bool Shared> inline bool claimBit(uint64_t *Words, uint32_t I) {
  uint64_t Bit = uint64_t(1) << (I & 63);
  if (__atomic_load_n(&Words[I >> 6], __ATOMIC_ACQUIRE) & Bit)
    return false;
  if constexpr (Shared)
    return !(__atomic_fetch_or(&Words[I >> 6], Bit, __ATOMIC_ACQ_REL) & Bit);
  __atomic_store_n(&Words[I >> 6], Words[I >> 6] | Bit, __ATOMIC_RELAXED);
  return true;
}
template <bool Shared>
inline void setBits(uint64_t *Words, uint32_t First, uint32_t Count) {
  while (Count) {
    uint32_t In = First & 63;
    uint32_t N = Count < 64 - In ? Count : 64 - In;
    uint64_t Bits = (N == 64 ? ~uint64_t(0) : (uint64_t(1) << N) - 1) << In;
    if constexpr (Shared)
      __atomic_fetch_or(&Words[First >> 6], Bits, __ATOMIC_RELAXED);
    else
      Words[First >> 6] |= Bits;
    First += N;
    Count -= N;
  }
}
inline void clearBits(uint64_t *Words, uint32_t First, uint32_t Count) {
  while (Count) {
    uint32_t In = First & 63;
    uint32_t N = Count < 64 - In ? Count : 64 - In;
    uint64_t Bits = (N == 64 ? ~uint64_t(0) : (uint64_t(1) << N) - 1) << In;
    __atomic_fetch_and(&Words[First >> 6], ~Bits, __ATOMIC_RELAXED);
    First += N;
    Count -= N;
  }
}

inline uint32_t countBits(uint64_t X) {
  // Without -mpopcnt the builtin is a call.
  X -= X >> 1 & 0x5555555555555555ull;
  X = (X & 0x3333333333333333ull) + (X >> 2 & 0x3333333333333333ull);
  X = (X + (X >> 4)) & 0x0F0F0F0F0F0F0F0Full;
  return static_cast<uint32_t>(X * 0x0101010101010101ull >> 56);
}

/// The lines that bytes [Offset, Offset + Size) of a block touch.
inline uint32_t linesOf(uint32_t Offset, uint32_t Size) {
  uint32_t First = Offset >> LineShift;
  uint32_t Last = (Offset + Size - 1) >> LineShift;
  return static_cast<uint32_t>((uint64_t(2) << Last) - (uint64_t(1) << First));
}

} // namespace gab::rt
#endif
