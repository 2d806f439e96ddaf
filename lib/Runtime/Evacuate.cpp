// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Choosing the blocks to empty, and moving what is in them.
///
/// A fresh block is a candidate when the share of fresh bytes that lived in
/// recent cycles is less than 45 %; an older one when what lived in it at the
/// last cycle was less than 45 % of it. That is not what is predicted for this
/// cycle: a block that empties by itself is left to do so for one cycle more,
/// where moving a quarter of what dies anyway would cost more than the memory
/// is worth. Line counts are no guide (random deaths
/// leave every line occupied at a fifth of the bytes), and neither is heap
/// growth (zero in a steady state). A fresh block that is predicted dense is
/// marked in place and looked at again next time: lifetimes like a queue's
/// would otherwise be copied in vain.
///
/// Running out of room is not an error: the object stays, its lines or its
/// mark bit say so, and the block is not freed.
#include "Evacuate.h"
#include "Collector.h"
#include "Hooks.h"
#include "Pacer.h"
#include "Sanitizer.h"
#include "Tracer.h"

namespace gab::rt {

Survival Survivors;

static constexpr uint32_t DenseBytes = BlockSize * 45 / 100;

static bool movesAll(gab_kind Kind) {
  return H.C.StressEvacuate || Kind == GAB_COLLECT_COMPACT ||
         H.C.ThePlan == Plan::Copying;
}

static bool worthEmptying(const BlockInfo &B) {
  // Nothing in it had time to die yet, whatever blocks are like on average.
  if (B.has(NewestFlag))
    return false;
  if (B.has(FreshFlag))
    return Survivors.Young * BlockSize / 1000 < DenseBytes;
  if (Cycle.Minor)
    return false; // slots into old blocks are not all known
  return B.PrevLive < DenseBytes;
}

/// Bytes that may be copied because blocks are sparse; a pause should not grow
/// without bound, and what is left waits for the next cycle.
static int64_t moveBudget() {
  if (H.C.PauseUs)
    return pauseBytes();
  return static_cast<int64_t>(8u << 20) +
         static_cast<int64_t>(H.LiveAfterMajor / 4);
}

static int64_t expectedBytes(const BlockInfo &B) {
  uint64_t Permille = B.has(FreshFlag) ? Survivors.Young : Survivors.Old;
  uint64_t Bytes = B.has(FreshFlag) ? BlockSize : B.PrevLive;
  return static_cast<int64_t>(Bytes * Permille / 1000);
}

/// Blocks that may still be filled with survivors. A prediction may be wrong:
/// when they are used up the rest stays where it is. Emptying blocks is worth
/// as many as they would fill at the density up to which they are emptied, and
/// where a pause is bounded, no more than it has time for.
static std::atomic<int64_t> TargetsLeft;

static void limitTargets(int64_t Candidates, int64_t Bytes) {
  int64_t Worth = Candidates * int64_t(DenseBytes) / int64_t(BlockSize) + 1;
  int64_t Time = Bytes / int64_t(BlockSize) + 1;
  TargetsLeft = H.C.PauseUs && Time < Worth ? Time : Worth;
}

void allowTargets(int64_t Candidates) {
  TargetsLeft = H.C.StressEvacuate
                    ? INT64_MAX
                    : Candidates * int64_t(DenseBytes) / int64_t(BlockSize) + 1;
}

/// copying, where all that is young has survived lately: while a program builds
/// what it works on, moving it would bring nothing. Next time it is not fresh.
static bool isBuilding(const BlockInfo &B, gab_kind Kind) {
  constexpr uint32_t NearlyAll = 900;
  return Kind != GAB_COLLECT_COMPACT && !H.C.StressEvacuate &&
         B.has(FreshFlag) && Survivors.Cells > NearlyAll;
}

static void makeCandidate(uint32_t Block) {
  BlockInfo &B = H.Blocks[Block];
  B.set(CandidateFlag);
  Cycle.Moving = true;
}

void chooseCandidates(gab_kind Kind) {
  Plan P = H.C.ThePlan;
  bool All = movesAll(Kind);
  bool Old = !Cycle.Minor && All && P != Plan::MarkSweep;
  if (Cycle.Concurrent || P == Plan::NoGc)
    return;
  if (P == Plan::MarkSweep && Kind != GAB_COLLECT_COMPACT &&
      !H.C.StressEvacuate)
    return;
  const int64_t Allowed = moveBudget();
  int64_t Budget = Allowed, Candidates = 0;
  for (uint32_t Block = 1; Block < H.Committed; ++Block) {
    BlockInfo &B = H.Blocks[Block];
    if (B.has(HeldFlag) || B.has(LargeFlag))
      continue;
    switch (B.Kind) {
    case BlockKind::Gab:
      if (All ? !Cycle.Minor || B.has(FreshFlag)
              : Budget > 0 && worthEmptying(B)) {
        Budget -= expectedBytes(B);
        ++Candidates;
        makeCandidate(Block);
      }
      break;
    case BlockKind::Scan:
      if (Old && !B.isTyped() && !isBuilding(B, Kind))
        makeCandidate(Block);
      break;
    case BlockKind::Noscan:
      // In a Noscan candidate the bits are states, which an ambiguous mark
      // made before this point already is: (Live, Mark) = (1, 1) stays.
      if (Old)
        makeCandidate(Block);
      break;
    case BlockKind::Free:
    case BlockKind::LargeRest:
      break;
    }
  }
  // What is moved because somebody asked for it is not a matter of cost.
  if (All)
    TargetsLeft = INT64_MAX;
  else
    limitTargets(Candidates, Allowed);
}

// ---------------------------------------------------------------------------
// Room for survivors

static bool spaceAllowed() {
  return !H.C.StressNoSpace &&
         TargetsLeft.fetch_sub(1, std::memory_order_relaxed) > 0;
}

static uint32_t takeTarget() {
  bool Clean;
  return spaceAllowed() ? takeBlocks(1, &Clean) : 0;
}

/// Survivors fill blocks that nobody has touched for long, faster than the
/// processor guesses: what comes next is asked for from here.
static constexpr uintptr_t TargetAhead = 512;

uintptr_t Worker::roomForSmall(uint32_t Size) {
  if (Small.End - Small.Top < Size) [[unlikely]] {
    uint32_t Block = takeTarget();
    if (!Block)
      return 0;
    if (Small.Block)
      retireRun(Small);
    shapeGab(Block);
    H.Blocks[Block].Flags = HeldFlag;
    H.Blocks[Block].AllocMask = ~uint32_t(0);
    Small = {H.addressOf(Block), H.addressOf(Block),
             H.addressOf(Block) + BlockSize, nullptr, Block};
  }
  uintptr_t P = Small.Top;
  Small.Top += Size;
  __builtin_prefetch(reinterpret_cast<void *>(P + TargetAhead), 1);
  return P;
}

bool Worker::moreCells(Run &R, BlockKind Kind, unsigned Class) {
  uint32_t Block = takeTarget();
  if (!Block)
    return false;
  shapeSpan(Block, Kind, Class);
  BlockInfo &B = H.Blocks[Block];
  B.Flags = HeldFlag;
  R.Block = Block;
  R.Start = R.Top = H.addressOf(Block) + B.FirstCell;
  R.End = R.Top + uintptr_t(cellsIn(B)) * B.CellSize;
  return true;
}

inline uintptr_t Worker::roomForCell(BlockKind Kind, unsigned Class) {
  Run &R = Kind == BlockKind::Scan ? Cells[Class] : Plain[Class];
  uint32_t Size = CellSizes[Class];
  if (R.End - R.Top < Size && !moreCells(R, Kind, Class)) [[unlikely]]
    return 0;
  uintptr_t P = R.Top;
  R.Top += Size;
  __builtin_prefetch(reinterpret_cast<void *>(P + TargetAhead), 1);
  auto G = static_cast<uint32_t>((P & (BlockSize - 1)) >> GranuleShift);
  setBit(H.Bits[R.Block].Live, G);
  setBit(H.Bits[R.Block].Mark, G);
  return P;
}

static void releaseRest(const Run &R) {
  if (!R.Block)
    return;
  H.Blocks[R.Block].clear(HeldFlag);
  if (R.Top < R.End)
    memoryFreed(R.Top, R.End - R.Top);
}

/// The sweep that follows puts the blocks on their lists.
void Worker::retireSurvivorRuns() {
  if (Small.Block) {
    uintptr_t FreeFrom = (Small.Top + LineSize - 1) & ~(LineSize - 1);
    if (FreeFrom < Small.End)
      H.Blocks[Small.Block].AllocMask &=
          ~linesOf(static_cast<uint32_t>(FreeFrom & (BlockSize - 1)),
                   static_cast<uint32_t>(Small.End - FreeFrom));
    releaseRest(Small);
  }
  Small = {};
  for (Run &R : Cells) {
    releaseRest(R);
    R = {};
  }
  for (Run &R : Plain) {
    releaseRest(R);
    R = {};
  }
}

// ---------------------------------------------------------------------------
// Moving. The states are described in Tracer.h.

static void setSlot(void **Slot, uintptr_t P) {
  __atomic_store_n(Slot, reinterpret_cast<void *>(P), __ATOMIC_RELAXED);
}
static uintptr_t firstWord(uintptr_t P) {
  return __atomic_load_n(reinterpret_cast<uintptr_t *>(P), __ATOMIC_RELAXED);
}
static void setFirstWord(uintptr_t P, uintptr_t Value) {
  __atomic_store_n(reinterpret_cast<uintptr_t *>(P), Value, __ATOMIC_RELAXED);
}
static bool testAcquire(const uint64_t *Words, uint32_t I) {
  return __atomic_load_n(&Words[I >> 6], __ATOMIC_ACQUIRE) >> (I & 63) & 1;
}
template <bool Shared> static void settle(uint64_t *Words, uint32_t I) {
  uint64_t Bit = uint64_t(1) << (I & 63);
  if constexpr (Shared)
    __atomic_fetch_or(&Words[I >> 6], Bit, __ATOMIC_RELEASE);
  else
    Words[I >> 6] |= Bit;
}

/// Copies a small object: most of them with four moves and no call, which may
/// copy what lies behind the object too, into room that is not used yet.
static inline void copySmall(uintptr_t To, uintptr_t From, uint32_t Size,
                             size_t RoomBehind) {
  constexpr uint32_t Usual = 64, Most = 2 * Usual;
  auto *Target = reinterpret_cast<char *>(To);
  auto *Source = reinterpret_cast<const char *>(From);
  if (tellsOfMemory() || (From & (BlockSize - 1)) > BlockSize - Most ||
      RoomBehind < Most) [[unlikely]] {
    memcpy(Target, Source, Size);
    return;
  }
  memcpy(Target, Source, Usual);
  if (Size > Usual)
    memcpy(Target + Usual, Source + Usual, Usual);
}

/// Copies the payload of a cell, whose size is a multiple of 8.
static inline void copyCell(uintptr_t To, uintptr_t From, uint32_t Size) {
  auto *Target = reinterpret_cast<uint64_t *>(To);
  auto *Source = reinterpret_cast<const uint64_t *>(From);
  if (Size > 64) {
    memcpy(Target, Source, Size);
    return;
  }
  for (uint32_t I = 0; I < Size / 8; ++I)
    __atomic_store_n(&Target[I], Source[I], __ATOMIC_RELAXED); // no call
}

template <bool Shared>
void Worker::leaveSmall(void **Slot, uintptr_t P, uint32_t Block,
                        const gab_type *Type) {
  BlockInfo &B = H.Blocks[Block];
  BlockBits &Bits = H.Bits[Block];
  auto Offset = static_cast<uint32_t>(P & (BlockSize - 1));
  uint32_t G = Offset >> GranuleShift;
  bool Timed = H.C.PauseUs && MovedObjects % 32 == 0;
  uint64_t Start = Timed ? os::nowNs() : 0;
  for (;;) {
    if (testAcquire(Bits.Mark, G)) {
      if (!testBit(Bits.Mark, G + 1))
        setSlot(Slot, firstWord(P));
      return;
    }
    if (!Shared || claimBit<Shared>(Bits.Live, G))
      break;
    pause(); // another worker is copying it
  }
  if (!__atomic_load_n(&B.BitsUsed, __ATOMIC_RELAXED))
    __atomic_store_n(&B.BitsUsed, 1, __ATOMIC_RELAXED);
  uint32_t Size = smallSize(payloadSize(Type, P));
  uintptr_t New = 0;
  if (!(B.PinMask & linesOf(Offset, Size)))
    New = roomForSmall(Size);
  if (!New) {
    keepLines<Shared>(B, Offset, Size);
    settle<Shared>(Bits.Mark, G + 1);
    settle<Shared>(Bits.Mark, G);
    return;
  }
  copySmall(New, P, Size, Small.End - New);
  setFirstWord(P, New);
  settle<Shared>(Bits.Mark, G);
  setSlot(Slot, New);
  keepLines<false>(H.Blocks[Small.Block],
                   static_cast<uint32_t>(New & (BlockSize - 1)), Size);
  MovedBytes += Size;
  MovedYoung += B.has(FreshFlag) ? Size : 0;
  ++MovedObjects;
  if (Timed) {
    TimedNs += os::nowNs() - Start;
    TimedBytes += Size;
  }
  noteMove(P, New);
}

static constexpr uintptr_t Busy = 2;

template <bool Shared>
void Worker::leaveScan(void **Slot, uintptr_t P, uint32_t Block) {
  auto *Header = reinterpret_cast<uintptr_t *>(P - 8);
  BlockInfo &B = H.Blocks[Block];
  BlockBits &Bits = H.Bits[Block];
  auto G = static_cast<uint32_t>(((P - 8) & (BlockSize - 1)) >> GranuleShift);
  uintptr_t Word;
  for (;;) {
    Word = __atomic_load_n(Header, __ATOMIC_ACQUIRE);
    if (Word & 1)
      return setSlot(Slot, Word & ~uintptr_t(1));
    if (Word == Busy) {
      pause();
      continue;
    }
    if (testAcquire(Bits.Mark, G))
      return; // pinned, or stays
    if (!Word ||
        !(reinterpret_cast<gab_type *>(Word)->flags & GAB_MOVABLE_TYPE)) {
      if (claimBit<Shared>(Bits.Mark, G))
        push(P);
      return;
    }
    if (!Shared ||
        __atomic_compare_exchange_n(Header, &Word, Busy, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
      break;
  }
  // Somebody may have decided between the test of Mark and the claim.
  uintptr_t New = 0;
  if (!testAcquire(Bits.Mark, G)) {
    New = roomForCell(BlockKind::Scan, B.Class);
    if (!New) {
      settle<Shared>(Bits.Mark, G);
      push(P);
    }
  }
  if (!New) {
    __atomic_store_n(Header, Word, __ATOMIC_RELEASE);
    return;
  }
  copyCell(New + 8, P, B.CellSize - 8);
  setFirstWord(New, Word);
  __atomic_store_n(Header, (New + 8) | 1, __ATOMIC_RELEASE);
  setSlot(Slot, New + 8);
  push(New + 8);
  MovedBytes += B.CellSize;
  MovedCells += B.has(FreshFlag) ? B.CellSize : 0;
  ++MovedObjects;
  noteMove(P, New + 8);
}

template <bool Shared>
void Worker::leaveNoscan(void **Slot, uintptr_t P, uint32_t Block) {
  BlockInfo &B = H.Blocks[Block];
  BlockBits &Bits = H.Bits[Block];
  auto G = static_cast<uint32_t>((P & (BlockSize - 1)) >> GranuleShift);
  uint64_t Bit = uint64_t(1) << (G & 63);
  for (;;) {
    if (testAcquire(Bits.Mark, G)) {
      if (!testBit(Bits.Live, G))
        setSlot(Slot, firstWord(P));
      return;
    }
    uint64_t Before;
    if constexpr (Shared) {
      Before = __atomic_fetch_and(&Bits.Live[G >> 6], ~Bit, __ATOMIC_ACQ_REL);
    } else {
      Before = Bits.Live[G >> 6];
      Bits.Live[G >> 6] = Before & ~Bit;
    }
    if (Before & Bit)
      break;
    pause();
  }
  uintptr_t New = roomForCell(BlockKind::Noscan, B.Class);
  if (!New) {
    settle<Shared>(Bits.Live, G);
    settle<Shared>(Bits.Mark, G);
    return;
  }
  memcpy(reinterpret_cast<void *>(New), reinterpret_cast<void *>(P),
         B.CellSize);
  setFirstWord(P, New);
  settle<Shared>(Bits.Mark, G);
  setSlot(Slot, New);
  MovedBytes += B.CellSize;
  ++MovedObjects;
  noteMove(P, New);
}

#define GAB_INSTANTIATE(Shared)                                                \
  template void Worker::leaveSmall<Shared>(void **, uintptr_t, uint32_t,       \
                                           const gab_type *);                  \
  template void Worker::leaveScan<Shared>(void **, uintptr_t, uint32_t);       \
  template void Worker::leaveNoscan<Shared>(void **, uintptr_t, uint32_t);
GAB_INSTANTIATE(true)
GAB_INSTANTIATE(false)

// ---------------------------------------------------------------------------
// Afterwards

/// Where a small object is now, or null when it is dead.
static uintptr_t smallAfter(uintptr_t P, const gab_type *Type) {
  uint32_t Block = H.blockOf(P);
  const BlockInfo &B = H.Blocks[Block];
  auto Offset = static_cast<uint32_t>(P & (BlockSize - 1));
  uint32_t G = Offset >> GranuleShift;
  if (B.has(CandidateFlag) && testBit(H.Bits[Block].Mark, G))
    return testBit(H.Bits[Block].Mark, G + 1) ? P : firstWord(P);
  uint32_t Lines = linesOf(Offset, smallSize(payloadSize(Type, P)));
  uint32_t Kept = B.LineMask | B.PinMask;
  return (Kept & Lines) == Lines ? P : 0;
}

bool isAlive(void *&Object, const gab_type *Type) {
  auto P = reinterpret_cast<uintptr_t>(Object);
  if (!H.contains(P))
    return true;
  uint32_t Block = H.blockOf(P);
  const BlockInfo &B = H.Blocks[Block];
  if (B.Kind == BlockKind::Gab) {
    Object = reinterpret_cast<void *>(smallAfter(P, Type));
    return Object != nullptr;
  }
  bool Scan = B.Kind == BlockKind::Scan;
  auto G = static_cast<uint32_t>(((P - (Scan ? 8 : 0)) & (BlockSize - 1)) >>
                                 GranuleShift);
  if (Scan && B.has(CandidateFlag)) {
    uintptr_t Word = firstWord(P - 8);
    if (Word & 1) {
      Object = reinterpret_cast<void *>(Word & ~uintptr_t(1));
      return true;
    }
  }
  if (!testBit(H.Bits[Block].Mark, G))
    return false;
  if (!Scan && B.has(CandidateFlag) && !testBit(H.Bits[Block].Live, G))
    Object = reinterpret_cast<void *>(firstWord(P));
  return true;
}

} // namespace gab::rt
