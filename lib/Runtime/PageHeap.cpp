// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Blocks out of the reserved range. The lowest free block is taken first,
/// which keeps the heap dense at its low end, so that what is free lies
/// together and can be returned. Memory is committed by chunks of 4 MB with
/// the tables that describe them; a chunk is never uncommitted, its pages are
/// returned instead.
///
/// Cost: one bit scan from the first word that may have a free bit. Runs of
/// blocks are found first-fit; large objects are rare enough.
#include "Sanitizer.h"
#include "Thread.h"
#include "Typed.h"
#include <stdlib.h>

namespace gab::rt {

Heap H;
#ifdef GAB_VALGRIND
bool OnValgrind = false;
#endif

void die(const char *Where, const char *What) {
  os::say("gab: broken invariant in ");
  os::say(Where);
  os::say(": ");
  os::say(What);
  os::say("\n");
  abort();
}

static bool reserveTables(size_t Bytes) {
  uint32_t N = static_cast<uint32_t>(Bytes >> BlockShift);
  size_t MapBytes = (N / 8 + 4095) & ~size_t(4095);
  void *Blocks = os::reserve(size_t(N) * sizeof(BlockInfo), 4096);
  void *Bits = os::reserve(size_t(N) * sizeof(BlockBits), 4096);
  void *Log = os::reserve(size_t(N) * WordsPerBlock * 8, 4096);
  void *Maps = os::map((3 + Affinities) * MapBytes);
  if (!Blocks || !Bits || !Log || !Maps)
    return false;
  H.Blocks = static_cast<BlockInfo *>(Blocks);
  H.Bits = static_cast<BlockBits *>(Bits);
  H.Log = static_cast<uint64_t *>(Log);
  H.FreeMap = static_cast<uint64_t *>(Maps);
  H.DirtyMap = H.FreeMap + MapBytes / 8;
  for (uint32_t A = 0; A < Affinities; ++A)
    H.LastUser[A] = H.DirtyMap + (A + 1) * (MapBytes / 8);
  H.LeavingMap = H.DirtyMap + (Affinities + 1) * (MapBytes / 8);
  H.BlockLimit = N;
  return true;
}

bool initHeap() {
#ifdef GAB_VALGRIND
  OnValgrind = RUNNING_ON_VALGRIND;
#endif
  size_t Bytes = H.C.Reserve & ~(ChunkSize - 1);
  if (Bytes < 16 * ChunkSize)
    Bytes = 16 * ChunkSize;
  void *Start = nullptr;
  while (!(Start = os::reserve(Bytes, ChunkSize))) {
    Bytes /= 2;
    if (Bytes < (size_t(1) << 26))
      return false;
  }
  if (!reserveTables(Bytes))
    return false;
  H.Base = reinterpret_cast<uintptr_t>(Start);
  H.Size = Bytes;
  heapReserved(H.Base, H.Size);
  return true;
}

/// Makes one more chunk usable. Holds PageLock.
static bool growChunk() {
  uint32_t First = H.Committed;
  if (First + ChunkBlocks > H.BlockLimit)
    return false;
  auto *Start = reinterpret_cast<void *>(H.addressOf(First));
  if (!os::commit(&H.Blocks[First], ChunkBlocks * sizeof(BlockInfo)) ||
      !os::commit(&H.Bits[First], ChunkBlocks * sizeof(BlockBits)) ||
      !os::commit(H.logOf(First), ChunkBlocks * WordsPerBlock * 8) ||
      !os::commit(Start, ChunkSize))
    return false;
  os::label(Start, ChunkSize, "gab heap");
  if (H.C.Huge == 1)
    os::preferHuge(Start, ChunkSize);
  memoryFreed(H.addressOf(First), ChunkSize);
  H.FreeMap[First / 64] = H.FreeMap[First / 64 + 1] = ~uint64_t(0);
  if (First == 0) // block 0 stays unused: index 0 means "none"
    H.FreeMap[0] &= ~uint64_t(1);
  H.Committed += ChunkBlocks;
  __atomic_store_n(&H.CommittedBytes, size_t(H.Committed) * BlockSize,
                   __ATOMIC_RELAXED);
  if (First / 64 < H.FreeHint)
    H.FreeHint = First / 64;
  return true;
}

/// The first run of Count free blocks, or 0. Holds PageLock.
static uint32_t findRun(uint32_t Count) {
  uint32_t Words = H.Committed / 64;
  uint32_t Run = 0;
  while (H.FreeHint < Words && !H.FreeMap[H.FreeHint])
    ++H.FreeHint;
  for (uint32_t W = H.FreeHint; W < Words; ++W) {
    uint64_t Bits = H.FreeMap[W];
    if (!Bits) {
      Run = 0;
      continue;
    }
    if (Count == 1)
      return W * 64 + static_cast<uint32_t>(__builtin_ctzll(Bits));
    for (uint32_t I = 0; I < 64; ++I) {
      Run = Bits >> I & 1 ? Run + 1 : 0;
      if (Run == Count)
        return W * 64 + I + 1 - Count;
    }
  }
  return 0;
}

/// A block that the calling thread had before, if one is free not far above the
/// lowest; else 0. Where several threads allocate, what one of them wrote last
/// is in the cache of its core, and for the others farther away than memory
/// that nobody has touched. Holds PageLock.
static uint32_t findFamiliar(const Thread &T) {
  constexpr uint32_t Words = 8;
  const uint64_t *Mine = H.LastUser[T.Affinity];
  uint32_t End = H.Committed / 64;
  if (End > H.FreeHint + Words)
    End = H.FreeHint + Words;
  for (uint32_t W = H.FreeHint; W < End; ++W)
    if (uint64_t Bits = H.FreeMap[W] & Mine[W])
      return W * 64 + static_cast<uint32_t>(__builtin_ctzll(Bits));
  return 0;
}

/// The one block to take: its own last one for a thread among others, else the
/// lowest.
static uint32_t findOne() {
  Thread *T = self();
  if (!T || Threads.Count.load(std::memory_order_relaxed) < 2)
    return findRun(1);
  if (uint32_t Block = findFamiliar(*T))
    return Block;
  uint32_t Block = findRun(1);
  if (!Block)
    return 0;
  for (uint64_t *Map : H.LastUser)
    clearBit(Map, Block);
  setBit(H.LastUser[T->Affinity], Block);
  return Block;
}

static bool overLimit(uint32_t Count) {
  size_t Limit = H.C.HardLimit ? H.C.HardLimit : H.C.Limit;
  return Limit && (size_t(H.UsedBlocks.load()) + Count) * BlockSize > Limit;
}

static uint32_t takeFree(uint32_t Count, bool *Clean) {
  Guard G(H.PageLock);
  if (overLimit(Count))
    return 0;
  uint32_t First;
  while (!(First = Count == 1 ? findOne() : findRun(Count)))
    if (!growChunk())
      return 0;
  uint32_t Dirty = 0;
  for (uint32_t B = First; B < First + Count; ++B) {
    clearBit(H.FreeMap, B);
    if (testBit(H.DirtyMap, B))
      ++Dirty;
    else
      setBit(H.DirtyMap, B);
  }
  addUnderLock(H.DirtyFree, 0 - Dirty);
  addUnderLock(H.UsedBlocks, Count);
  *Clean = Dirty == 0;
  memoryTaken(H.addressOf(First), size_t(Count) * BlockSize, *Clean);
  return First;
}

uint32_t takeBlocks(uint32_t Count, bool *Clean) {
  uint32_t First = takeFree(Count, Clean);
  // A block is written to from one end to the other soon, and to have its pages
  // at once costs a third of a fault for each. Of a large object nobody knows.
  if (First && Count == 1 && *Clean)
    os::populate(reinterpret_cast<void *>(H.addressOf(First)), BlockSize);
  return First;
}

uint32_t takeSingleBlocks(uint32_t *Out, uint32_t Most) {
  Guard G(H.PageLock);
  uint32_t Dirty = 0, N = 0;
  while (N < Most && !overLimit(N + 1)) {
    uint32_t Block = findOne();
    if (!Block && !growChunk())
      break;
    if (!Block)
      continue;
    clearBit(H.FreeMap, Block);
    bool Clean = !testBit(H.DirtyMap, Block);
    setBit(H.DirtyMap, Block);
    Dirty += !Clean;
    Out[N++] = Block | (Clean ? CleanBlock : 0);
  }
  addUnderLock(H.DirtyFree, 0 - Dirty);
  addUnderLock(H.UsedBlocks, N);
  return N;
}

void giveUntouched(const uint32_t *Taken, uint32_t Count) {
  Guard G(H.PageLock);
  uint32_t Dirty = 0;
  for (uint32_t I = 0; I < Count; ++I) {
    uint32_t Block = Taken[I] & ~CleanBlock;
    if (Taken[I] & CleanBlock)
      clearBit(H.DirtyMap, Block);
    else
      ++Dirty;
    setBit(H.FreeMap, Block);
    if (Block / 64 < H.FreeHint)
      H.FreeHint = Block / 64;
  }
  addUnderLock(H.DirtyFree, Dirty);
  addUnderLock(H.UsedBlocks, 0 - Count);
}

void giveBlocks(uint32_t First, uint32_t Count) {
  Guard G(H.PageLock);
  memoryFreed(H.addressOf(First), size_t(Count) * BlockSize);
  for (uint32_t B = First; B < First + Count; ++B) {
    H.Blocks[B].Kind = BlockKind::Free;
    H.Blocks[B].Flags = 0;
    setBit(H.FreeMap, B);
  }
  addUnderLock(H.DirtyFree, Count);
  addUnderLock(H.UsedBlocks, 0 - Count);
  addUnderLock(H.Count.FreedBlocks, uint64_t(Count));
  if (First / 64 < H.FreeHint)
    H.FreeHint = First / 64;
}

static bool isUsed(uint32_t Word) {
  Guard G(H.PageLock);
  return ~H.FreeMap[Word] != 0;
}

void populateTables() {
  uint32_t Words = H.Committed / 64;
  for (uint32_t First = 0, End; First < Words; First = End + 1) {
    End = First;
    while (End < Words && isUsed(End))
      ++End;
    if (End > First)
      os::populate(&H.Bits[First * 64], (End - First) * 64 * sizeof(BlockBits));
  }
}

void noteIdlePages() {
  uint32_t Now = H.DirtyFree;
  if (Now < H.IdleBlocks)
    H.IdleBlocks = Now;
}

void returnIdlePages() {
  // Less is not worth it: the number of blocks in use varies by some.
  constexpr uint32_t Least = ChunkBlocks / 8;
  if (++H.IdleCycles < 8)
    return;
  uint32_t Idle = H.IdleBlocks, Now = H.DirtyFree;
  H.IdleCycles = 0;
  H.IdleBlocks = ~0u;
  if (Idle > Least)
    returnPages(Now > Idle ? Now - Idle : 0, Idle);
}

/// Returns the pages of [Start, End) that nothing else lies in.
static void discardInside(void *Start, void *End) {
  constexpr uintptr_t Page = 4096;
  auto From = (reinterpret_cast<uintptr_t>(Start) + Page - 1) & ~(Page - 1);
  auto To = reinterpret_cast<uintptr_t>(End) & ~(Page - 1);
  if (From < To)
    os::discard(reinterpret_cast<void *>(From), To - From);
}

static bool isFreeAndClean(uint32_t Block) {
  return testBit(H.FreeMap, Block) && !testBit(H.DirtyMap, Block);
}

/// The contents of free blocks. Neighbours that were never taken may be there
/// as part of the same large page, of which nothing comes back before all does.
static void discardBlocks(uint32_t First, uint32_t End) {
  constexpr uint32_t PerPage = (2u << 20) / BlockSize;
  while (First % PerPage && isFreeAndClean(First - 1))
    --First;
  while (End % PerPage && isFreeAndClean(End))
    ++End;
  os::discard(reinterpret_cast<void *>(H.addressOf(First)),
              size_t(End - First) * BlockSize);
}

/// The tables of free blocks. What is discarded reads as zero, and what is not
/// is still said to be used.
static void discardTables(uint32_t First, uint32_t End) {
  discardInside(H.logOf(First), H.logOf(End));
  discardInside(&H.Bits[First], &H.Bits[End]);
  constexpr uint32_t PerPage = 4096 / sizeof(BlockBits);
  static_assert(4096 % sizeof(BlockBits) == 0);
  uint32_t Whole = (First + PerPage - 1) / PerPage * PerPage;
  for (uint32_t B = Whole; B + PerPage <= End; B += PerPage)
    for (uint32_t I = 0; I < PerPage; ++I)
      H.Blocks[B + I].BitsUsed = 0;
}

void returnPages(uint32_t Keep, uint32_t Most) {
  Guard G(H.PageLock);
  // From the high end: the low end is reused first.
  for (uint32_t B = H.Committed; B > 1 && H.DirtyFree > Keep && Most;) {
    uint32_t End = B--;
    if (!testBit(H.FreeMap, B) || !testBit(H.DirtyMap, B))
      continue;
    while (B > 1 && testBit(H.FreeMap, B - 1) && testBit(H.DirtyMap, B - 1) &&
           H.DirtyFree - (End - B) > Keep && End - B < Most)
      --B;
    discardBlocks(B, End);
    discardTables(B, End);
    for (uint32_t I = B; I < End; ++I)
      clearBit(H.DirtyMap, I);
    H.DirtyFree -= End - B;
    Most -= End - B;
    H.Count.Returned += size_t(End - B) * BlockSize;
  }
}

static BlockInfo &reshape(uint32_t Block, BlockKind Kind) {
  BlockInfo &B = H.Blocks[Block];
  uint32_t BitsUsed = B.BitsUsed;
  B = BlockInfo{};
  B.Kind = Kind;
  B.Flags = FreshFlag;
  B.BitsUsed = BitsUsed;
  return B;
}

void clearUsedBits(uint32_t Block) {
  if (H.Blocks[Block].BitsUsed)
    memset(&H.Bits[Block], 0, sizeof(BlockBits));
  H.Blocks[Block].BitsUsed = 0;
}

void shapeGab(uint32_t Block) {
  reshape(Block, BlockKind::Gab);
  clearUsedBits(Block);
}

/// Cells start free and unmarked, and their words are logged if all are.
static void clearCells(uint32_t Block) {
  clearUsedBits(Block);
  H.Blocks[Block].BitsUsed = 1;
  memset(H.logOf(Block), H.C.ThePlan == Plan::Conc ? 0xFF : 0,
         WordsPerBlock * 8);
}

void shapeSpan(uint32_t Block, BlockKind Kind, unsigned Class) {
  clearCells(Block);
  BlockInfo &B = reshape(Block, Kind);
  B.Class = static_cast<uint8_t>(Class);
  B.CellSize = CellSizes[Class];
  B.Reciprocal = reciprocalOf(B.CellSize);
  B.FirstCell = Kind == BlockKind::Scan ? 8 : 0;
}

void shapeLarge(uint32_t Block, BlockKind Kind, uint32_t Count, size_t Bytes) {
  for (uint32_t I = Count; I-- > 1;) {
    reshape(Block + I, BlockKind::LargeRest).BlockCount = I;
    clearCells(Block + I);
  }
  clearCells(Block);
  BlockInfo &B = reshape(Block, Kind);
  B.Flags |= LargeFlag;
  B.BlockCount = Count;
  B.LargeBytes = Bytes;
  B.FirstCell = 8;
}

void listBlock(uint32_t Block) {
  BlockInfo &B = H.Blocks[Block];
  BlockList &List = B.Kind == BlockKind::Gab ? H.GabRoom
                    : B.isTyped()            ? B.Space->Room
                                             : roomFor(B.Kind, B.Class);
  Guard G(List.L);
  B.set(ListedFlag);
  B.Next = List.First;
  setFirst(List, Block);
}

uint32_t unlistBlock(BlockList &List) {
  Guard G(List.L);
  uint32_t Block = List.First;
  if (Block) {
    setFirst(List, H.Blocks[Block].Next);
    H.Blocks[Block].clear(ListedFlag);
  }
  return Block;
}

} // namespace gab::rt
