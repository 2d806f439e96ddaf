// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From what was found alive to what is free. Blocks with nothing in them go
/// back to the page heap; of the others only the tables change. Cells are not
/// touched: they are zeroed when a run of them is handed out. Lists are
/// rebuilt from the high end down, so that the low end is used first.
///
/// In gab-conc the world does not wait for it. In the pause only the blocks are
/// swept that a thread has a run in; the others are taken off their lists, so
/// that they belong to the collector, and are listed again, or given back, one
/// by one while the program runs. It allocates from new blocks meanwhile. Their
/// marks are cleared on the way, which the next first pause is spared.
///
/// Cost: one pass over the block table and the mark bits in use.
#include "Collector.h"
#include "Evacuate.h"
#include "Sanitizer.h"
#include "Typed.h"

namespace gab::rt {

namespace {
struct Tally {
  size_t Live = 0;
  uint64_t FreshBytes = 0, FreshLive = 0; ///< blocks that stayed fresh
  uint64_t CellBytes = 0, CellLive = 0;   ///< of these, with references
  size_t ScanLive = 0;                    ///< in cells with references
  uint64_t OldBefore = 0, OldLive = 0;
};
} // namespace

bool MarksAreClear = false;
static Tally Found;                 ///< by the sweep that is under way
static PageArray<uint32_t> Waiting; ///< blocks for sweepWaitingBlocks
static bool ClearsMarks = false;

/// Blocks with nothing in them that follow each other, which go back together:
/// what was allocated since the last cycle lies side by side.
static struct {
  uint32_t First = 0, Count = 0;
} Empty;

static void giveEmpty() {
  if (Empty.Count)
    giveBlocks(Empty.First, Empty.Count);
  Empty.Count = 0;
}

/// From the high end down.
static void freeBlocks(uint32_t First, uint32_t Count, bool Evacuated) {
  constexpr uint32_t Most = 64; // somebody may be waiting for one
  if (H.C.Quarantine)
    return releaseBlock(First, Count, Evacuated);
  if (Empty.Count >= Most || First + Count != Empty.First)
    giveEmpty();
  Empty = {First, Empty.Count + Count};
}

/// For the sanitizers: what the sweep of a block has freed in it.
static void forbidLines(uint32_t Block, uint32_t Lines) {
  for (uint32_t I = 0; tellsOfMemory() && I < LinesPerBlock; ++I)
    if (Lines >> I & 1)
      memoryFreed(H.addressOf(Block) + I * LineSize, LineSize);
}
static void forbidDeadCells(uint32_t Block) {
  const BlockInfo &B = H.Blocks[Block];
  for (uint32_t I = 0, N = tellsOfMemory() ? cellsIn(B) : 0; I < N; ++I) {
    uint32_t At = B.FirstCell + I * B.CellSize;
    if (!testBit(H.Bits[Block].Mark, At >> GranuleShift))
      memoryFreed(H.addressOf(Block) + At + B.shift(), B.CellSize);
  }
}

static void sweepGab(uint32_t Block, Tally &T, CycleRecord &R) {
  BlockInfo &B = H.Blocks[Block];
  bool Candidate = B.has(CandidateFlag), Fresh = B.has(FreshFlag);
  uint32_t Keep = (B.LineMask | B.PinMask) & B.AllocMask;
  R.PinnedLines += countBits(B.PinMask);
  R.Candidates += Candidate;
  // What was born marked counts as alive, but says nothing about survival.
  auto Black = static_cast<uint32_t>(countBits(Keep & B.BlackMask) * LineSize);
  auto Most = static_cast<uint32_t>(countBits(Keep & ~B.BlackMask) * LineSize);
  if (B.LiveBytes > Most) // references were counted twice
    B.LiveBytes = Most;
  // A concurrent cycle is paced by lines: bytes that nobody moves are worth no
  // earlier cycle, whose log would cost more than it finds.
  T.Live += Cycle.Concurrent ? Most + Black : B.LiveBytes;
  if (Fresh && !B.has(HeldFlag)) {
    T.FreshBytes += BlockSize - Black;
    T.FreshLive += B.LiveBytes;
  } else if (!Fresh && !Candidate && !Cycle.Minor && B.PrevLive) {
    T.OldBefore += B.PrevLive;
    T.OldLive += B.LiveBytes < B.PrevLive ? B.LiveBytes : B.PrevLive;
  }
  if (!Keep) {
    ++R.Freed;
    freeBlocks(Block, 1, Candidate);
    return;
  }
  forbidLines(Block, B.AllocMask & ~Keep);
  B.AllocMask = B.LineMask = Keep;
  clearUsedBits(Block);
  B.Flags &= HeldFlag;
  if (B.Age < 255)
    ++B.Age;
  // Fewer free lines than a quarter are not worth the refills they cost.
  if (countBits(~Keep) >= 8)
    listBlock(Block);
}

/// Words of an object in a cell with references.
static uint32_t payloadWords(const BlockInfo &B) {
  return (B.CellSize - 8 + B.shift()) >> GranuleShift;
}

/// gab-gen: what is marked is old, so its next stores are logged, each word
/// once. All payloads of a block are derived from the marks at their starts,
/// which is less work than a mask for each object when it is traced.
static void logMarkedCells(uint32_t Block) {
  const BlockInfo &B = H.Blocks[Block];
  const uint64_t *Mark = H.Bits[Block].Mark;
  uint64_t *Log = H.logOf(Block);
  uint32_t Payload = payloadWords(B);
  if (Payload > 64) {
    memset(Log, 0, WordsPerBlock * 8);
    for (uint32_t I = 0, N = cellsIn(B); I < N; ++I) {
      uint32_t G = (B.FirstCell + I * B.CellSize) >> GranuleShift;
      if (testBit(Mark, G))
        setBits<false>(Log, G + 1, Payload);
    }
    return;
  }
  for (unsigned W = WordsPerBlock; W-- > 0;)
    Log[W] = Mark[W] << 1 | (W ? Mark[W - 1] >> 63 : 0);
  for (uint32_t Have = 1, Shift; Have < Payload; Have += Shift) {
    Shift = Have < Payload - Have ? Have : Payload - Have;
    for (unsigned W = WordsPerBlock; W-- > 0;)
      Log[W] |= Log[W] << Shift | (W ? Log[W - 1] >> (64 - Shift) : 0);
  }
}

static void listIfRoom(uint32_t Block) {
  const BlockInfo &B = H.Blocks[Block];
  uint32_t Cells = cellsIn(B), Count = B.LiveBytes / B.CellSize;
  if (!B.has(HeldFlag) && Count + (Cells + 7) / 8 <= Cells)
    listBlock(Block);
}

/// A block of old cells that nobody has allocated in: a minor cycle has not
/// changed a bit of it.
static void sweepUntouched(uint32_t Block, Tally &T) {
  BlockInfo &B = H.Blocks[Block];
  T.Live += B.LiveBytes;
  T.ScanLive += B.Kind == BlockKind::Scan ? B.LiveBytes : 0;
  B.Flags &= HeldFlag;
  listIfRoom(Block);
}

static void sweepSpan(uint32_t Block, Tally &T, CycleRecord &R) {
  BlockInfo &B = H.Blocks[Block];
  if (Cycle.Minor && !(B.Flags & (TouchedFlag | HeldFlag | AgingFlag)))
    return sweepUntouched(Block, T);
  BlockBits &Bits = H.Bits[Block];
  bool Candidate = B.has(CandidateFlag);
  uint32_t Count = 0;
  for (unsigned W = 0; W < WordsPerBlock; ++W) {
    if (Candidate && B.Kind == BlockKind::Noscan)
      Bits.Mark[W] &= Bits.Live[W]; // the others have moved
    Count += countBits(Bits.Mark[W]);
  }
  R.Candidates += Candidate;
  if (B.Kind == BlockKind::Scan && B.has(FreshFlag) && !B.has(HeldFlag)) {
    T.CellBytes += BlockSize;
    T.CellLive += Count * B.CellSize;
  }
  if (!Count && !B.has(HeldFlag)) {
    ++R.Freed;
    freeBlocks(Block, 1, Candidate);
    return;
  }
  forbidDeadCells(Block);
  memcpy(Bits.Live, Bits.Mark, sizeof(Bits.Live));
  B.LiveBytes = Count * B.CellSize;
  T.Live += B.LiveBytes;
  T.ScanLive += B.Kind == BlockKind::Scan ? B.LiveBytes : 0;
  if (Cycle.Aging && B.is(Cycle.Plain)) {
    B.Flags = AgingFlag; // and on no list: see Aging.h
    return;
  }
  if (Cycle.LogMarked && B.Kind == BlockKind::Scan)
    logMarkedCells(Block);
  if (ClearsMarks)
    memset(Bits.Mark, 0, sizeof(Bits.Mark));
  // Whoever holds a run of it may go on carving.
  B.Flags = B.has(HeldFlag) ? HeldFlag | TouchedFlag : 0;
  listIfRoom(Block);
}

static void sweepLarge(uint32_t Block, Tally &T, CycleRecord &R) {
  BlockInfo &B = H.Blocks[Block];
  if (testBit(H.Bits[Block].Mark, B.FirstCell >> GranuleShift)) {
    T.Live += size_t(B.BlockCount) * BlockSize;
    B.Flags = LargeFlag;
    if (ClearsMarks)
      clearBit(H.Bits[Block].Mark, B.FirstCell >> GranuleShift);
    return;
  }
  R.Freed += B.BlockCount;
  freeBlocks(Block, B.BlockCount, false);
}

/// Cells that a thread may still carve are live; sweepSpan has just said that
/// they are not. And they are not marked, even if a stale word on a stack led
/// to one: with marks that stay, what is made there later would be old from
/// birth, never traced by a minor cycle and its stores never logged.
static void reviveHeldCells() {
  for (Thread *T = Threads.First; T; T = T->Next)
    eachCellRun(*T, [](Run &R, const BlockInfo &B) {
      if (R.top() < R.End) // forbidden a moment ago, with the dead
        memoryTaken(R.top() + B.shift(), R.End - R.top(),
                    B.Kind == BlockKind::Scan);
      for (uintptr_t C = R.top(); C < R.End; C += B.CellSize) {
        auto G = static_cast<uint32_t>((C & (BlockSize - 1)) >> 3);
        setBit(H.Bits[R.Block].Live, G);
        if (!testBit(H.Bits[R.Block].Mark, G))
          continue;
        clearBit(H.Bits[R.Block].Mark, G);
        if (Cycle.LogMarked)
          clearBits(H.logOf(R.Block), G + 1, payloadWords(B));
      }
    });
}

static uint32_t average(uint32_t Old, uint64_t Part, uint64_t Whole) {
  if (!Whole)
    return Old;
  uint64_t Now = Part * 1000 / Whole;
  return static_cast<uint32_t>((Old + (Now > 1000 ? 1000 : Now)) / 2);
}

static void forgetLists() {
  H.GabRoom.First = 0;
  for (BlockList &L : H.ScanRoom)
    L.First = 0;
  for (BlockList &L : H.NoscanRoom)
    L.First = 0;
  for (TypedSpace &Space : Typed)
    Space.Room.First = 0;
}

static void sweepBlock(uint32_t Block, CycleRecord &R) {
  BlockInfo &B = H.Blocks[Block];
  switch (B.Kind) {
  case BlockKind::Free:
  case BlockKind::LargeRest:
    break;
  case BlockKind::Gab:
    sweepGab(Block, Found, R);
    break;
  case BlockKind::Scan:
  case BlockKind::Noscan:
    B.has(LargeFlag) ? sweepLarge(Block, Found, R) : sweepSpan(Block, Found, R);
    break;
  }
}

static void beginSweep(bool ClearMarks) {
  Found = {};
  ClearsMarks = ClearMarks;
  ageQuarantine();
  noteIdlePages();
  forgetLists();
}

static size_t endSweep(CycleRecord &R) {
  // Survivors of fresh blocks that were emptied lived too.
  Survivors.Young = average(Survivors.Young, Found.FreshLive + R.MovedYoung,
                            Found.FreshBytes);
  Survivors.Old = average(Survivors.Old, Found.OldLive, Found.OldBefore);
  Survivors.Cells =
      average(Survivors.Cells, Found.CellLive + R.MovedCells, Found.CellBytes);
  Survivors.CellBytes = Found.ScanLive;
  R.YoungPermille = Survivors.Young;
  MarksAreClear = ClearsMarks;
  return Found.Live;
}

size_t sweep(CycleRecord &R) {
  beginSweep(false);
  for (uint32_t Block = H.Committed; Block-- > 1;)
    sweepBlock(Block, R);
  giveEmpty();
  reviveHeldCells();
  return endSweep(R);
}

void sweepHeldBlocks(CycleRecord &R) {
  beginSweep(true);
  Waiting.clear();
  for (uint32_t Block = H.Committed; Block-- > 1;) {
    const BlockInfo &B = H.Blocks[Block];
    if (B.Kind == BlockKind::Free || B.Kind == BlockKind::LargeRest)
      continue;
    if (B.has(HeldFlag) || !Waiting.push(Block))
      sweepBlock(Block, R);
  }
  giveEmpty();
  reviveHeldCells();
}

size_t sweepWaitingBlocks(CycleRecord &R) {
  for (uint32_t Block : Waiting)
    sweepBlock(Block, R);
  giveEmpty();
  return endSweep(R);
}

} // namespace gab::rt
