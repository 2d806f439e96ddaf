// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The slow half of allocation: refilling the runs that threads carve objects
/// from. A thread holds one run for small pointer-free objects (a GAB: adjacent
/// free lines of a block that several threads may share) and one for each size
/// class of cells (the free cells between two live ones, in a block it has
/// taken off the central list).
///
/// Runs of cells with references are zeroed whole when handed out, so a cell
/// whose header is null is not an object yet and its fields are null whenever
/// the collector looks.
///
/// The slow path is also the hook for everything that wants to see each
/// allocation: with H.Hooked the fast path finds {0, 0} and always comes here.
#include "Alloc.h"
#include "Assist.h"
#include "Collector.h"
#include "Hooks.h"
#include "Pacer.h"
#include "Roots.h"
#include "Sanitizer.h"
#include "Stock.h"
#include "Typed.h"

namespace gab::rt {

bool AllocateBlack = false;

static void install(Run &R) {
  R.Top = R.Start;
  if (!R.Fast)
    return;
  // End first becomes zero: the collector may be looking at any moment, and
  // {new top, old end} would be a run that nobody owns.
  __atomic_store_n(&R.Fast->end, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&R.Fast->top, R.Start, __ATOMIC_RELAXED);
  __atomic_store_n(&R.Fast->end, R.End, __ATOMIC_RELAXED);
}

static void empty(Run &R) {
  R.Start = R.End = 0;
  R.Block = 0;
  install(R);
}

static void giveLines(uint32_t Block, uint32_t Lines) {
  BlockInfo &B = H.Blocks[Block];
  Guard G(H.GabRoom.L);
  B.AllocMask &= ~Lines;
  B.BlackMask &= ~Lines;
  // Of a run that counted as alive: nothing was put there.
  __atomic_fetch_and(&B.LineMask, ~Lines, __ATOMIC_RELAXED);
  if (!B.has(ListedFlag)) {
    B.set(ListedFlag);
    B.Next = H.GabRoom.First;
    setFirst(H.GabRoom, Block);
  }
}

void retireRun(Run &R) {
  if (!R.Block)
    return;
  uint32_t Block = R.Block;
  BlockInfo &B = H.Blocks[Block];
  uintptr_t Top = R.top();
  // What a marker may still look at is not forbidden: typed cells say nothing.
  if (Top < R.End && !(B.isTyped() && AllocateBlack))
    memoryFreed(Top + B.shift(), R.End - Top);
  if (B.Kind == BlockKind::Gab) {
    uintptr_t FreeFrom = (Top + LineSize - 1) & ~(LineSize - 1);
    if (FreeFrom < R.End)
      giveLines(Block,
                linesOf(static_cast<uint32_t>(FreeFrom - H.addressOf(Block)),
                        static_cast<uint32_t>(R.End - FreeFrom)));
  } else {
    BlockBits &Bits = H.Bits[Block];
    for (uintptr_t C = Top; C < R.End; C += B.CellSize) {
      auto G = static_cast<uint32_t>((C - H.addressOf(Block)) >> GranuleShift);
      clearBit(Bits.Live, G);
      clearBits(Bits.Mark, G, 1);
    }
    listBlock(Block);
  }
  empty(R);
}

namespace {
/// The bits of the starts of all cells of a block; a row for each class.
struct StartPatterns {
  uint64_t Words[2][ClassCount][WordsPerBlock] = {};
  constexpr StartPatterns() {
    for (unsigned Scan : {0u, 1u})
      for (unsigned C = 0; C < ClassCount; ++C)
        for (uint32_t At = Scan * 8; At + CellSizes[C] <= BlockSize;
             At += CellSizes[C])
          Words[Scan][C][At >> GranuleShift >> 6] |=
              uint64_t(1) << (At >> GranuleShift & 63);
  }
};
} // namespace
static constexpr StartPatterns Patterns;

/// All of a block that was never handed out.
static void takeWholeBlock(uint32_t Block, uintptr_t *Start, uintptr_t *End,
                           bool Clean) {
  const BlockInfo &B = H.Blocks[Block];
  const uint64_t *Starts =
      B.isTyped() ? B.Space->Starts : Patterns.Words[B.FirstCell != 0][B.Class];
  memcpy(H.Bits[Block].Live, Starts, sizeof(BlockBits::Live));
  if (AllocateBlack)
    memcpy(H.Bits[Block].Mark, Starts, sizeof(BlockBits::Mark));
  *Start = H.addressOf(Block) + B.FirstCell;
  *End = *Start + uintptr_t(cellsIn(B)) * B.CellSize;
  if (B.Kind == BlockKind::Scan && !Clean)
    memset(reinterpret_cast<void *>(H.addressOf(Block)), 0, BlockSize);
}

bool nextFreeCells(uint32_t Block, uint32_t From, uintptr_t *Start,
                   uintptr_t *End) {
  const BlockInfo &B = H.Blocks[Block];
  BlockBits &Bits = H.Bits[Block];
  uint32_t Step = B.CellSize >> GranuleShift;
  uint32_t Last = (B.FirstCell + (cellsIn(B) - 1) * B.CellSize) >> GranuleShift;
  uint32_t G = (From > B.FirstCell ? From : B.FirstCell) >> GranuleShift;
  while (G <= Last && testBit(Bits.Live, G))
    G += Step;
  if (G > Last)
    return false;
  uint32_t First = G;
  for (; G <= Last && !testBit(Bits.Live, G); G += Step) {
    setBit(Bits.Live, G);
    if (AllocateBlack)
      setBits<true>(Bits.Mark, G, 1);
  }
  *Start = H.addressOf(Block) + (uintptr_t(First) << GranuleShift);
  *End = H.addressOf(Block) + (uintptr_t(G) << GranuleShift);
  memoryTaken(*Start + B.shift(), *End - *Start);
  if (B.Kind == BlockKind::Scan)
    memset(reinterpret_cast<void *>(*Start + B.shift()), 0, *End - *Start);
  return true;
}

/// The first free lines of a block, at most Most; as a mask.
static uint32_t freeLines(uint32_t AllocMask, uint32_t Most) {
  uint32_t Free = ~AllocMask;
  if (!Free)
    return 0;
  uint32_t First = static_cast<uint32_t>(__builtin_ctz(Free));
  uint32_t Shifted = ~(Free >> First);
  uint32_t Length =
      Shifted ? static_cast<uint32_t>(__builtin_ctz(Shifted)) : LinesPerBlock;
  if (Length > LinesPerBlock - First)
    Length = LinesPerBlock - First;
  if (Length > Most)
    Length = Most;
  return static_cast<uint32_t>(((uint64_t(1) << Length) - 1) << First);
}

/// The caller owns the block, or holds the lock of the list it is on.
static void carveLines(uint32_t Block, uint32_t Most, Run &R) {
  BlockInfo &B = H.Blocks[Block];
  uint32_t Mask = freeLines(B.AllocMask, Most);
  B.AllocMask |= Mask;
  if (AllocateBlack)
    blackenLines(B, Mask);
  R.Block = Block;
  R.Start = H.addressOf(Block) + (uintptr_t(__builtin_ctz(Mask)) << LineShift);
  R.End = R.Start + (uintptr_t(countBits(Mask)) << LineShift);
}

static bool isFull(uint32_t Block) {
  return H.Blocks[Block].AllocMask == ~uint32_t(0);
}

/// From the first block with room, if there is one.
static bool takeListedLines(uint32_t Most, Run &R) {
  if (!__atomic_load_n(&H.GabRoom.First, __ATOMIC_RELAXED))
    return false;
  Guard G(H.GabRoom.L);
  uint32_t Block = H.GabRoom.First;
  if (!Block)
    return false;
  carveLines(Block, Most, R);
  if (isFull(Block)) {
    setFirst(H.GabRoom, H.Blocks[Block].Next);
    H.Blocks[Block].clear(ListedFlag);
  }
  return true;
}

bool takeLines(Thread &T, uint32_t Lines, Run &R) {
  if (!takeListedLines(Lines, R)) {
    bool Clean;
    uint32_t Block = takeStocked(T, &Clean);
    if (!Block)
      return false;
    shapeGab(Block);
    memoryFreed(H.addressOf(Block), BlockSize); // line by line from here
    carveLines(Block, Lines, R);
    if (!isFull(Block))
      listBlock(Block);
  }
  memoryTaken(R.Start, R.End - R.Start);
  return true;
}

/// The processor reads ahead inside a page, once it has seen a few accesses to
/// it. That the first lines of each page are wanted nobody but us knows, and
/// wanted to be written to, when another core has them: without -mprfchw the
/// builtin would ask to read them. Old processors ignore the instruction.
static void askForPages(const Run &R) {
  constexpr uintptr_t Page = 4096, CacheLine = 64, Lines = 4;
  for (uintptr_t P = R.Start; P < R.End; P += Page)
    for (uintptr_t I = 0; I < Lines; ++I)
      asm volatile("prefetchw (%0)" : : "r"(P + I * CacheLine));
}

static bool refillSmall(Thread &T) {
  uint32_t Lines = T.GabLines;
  ++T.Refills;
  if (T.GabLines < LinesPerBlock)
    T.GabLines *= 2;
  // What is left of the old run is less than one object: nothing to give back,
  // unless this call is for an object larger than those before.
  T.LastBlock = T.Small.Block;
  retireRun(T.Small);
  if (!takeLines(T, Lines, T.Small))
    return false;
  spend(T, T.Small.End - T.Small.Start);
  askForPages(T.Small);
  install(T.Small);
  return true;
}

/// Shape(block) gives a new block its shape.
template <class Function>
static bool refillFrom(Thread &T, BlockList &Room, Run &R, Function Shape) {
  uint32_t From = 0;
  uint32_t Block = R.Block;
  if (Block)
    From = static_cast<uint32_t>(R.End - H.addressOf(Block));
  for (;;) {
    if (Block && nextFreeCells(Block, From, &R.Start, &R.End))
      break;
    From = 0;
    Block = unlistBlock(Room);
    if (Block)
      continue;
    bool Clean;
    Block = takeStocked(T, &Clean);
    if (!Block) {
      empty(R);
      return false;
    }
    Shape(Block);
    takeWholeBlock(Block, &R.Start, &R.End, Clean);
    break;
  }
  R.Block = Block;
  H.Blocks[Block].set(TouchedFlag);
  spend(T, R.End - R.Start);
  install(R);
  return true;
}

static bool refillCells(Thread &T, BlockKind Kind, unsigned Class, Run &R) {
  return refillFrom(T, roomFor(Kind, Class), R,
                    [&](uint32_t Block) { shapeSpan(Block, Kind, Class); });
}

static bool refillTyped(Thread &T, TypedSpace &Space, Run &R) {
  return refillFrom(T, Space.Room, R,
                    [&](uint32_t Block) { shapeTyped(Block, Space); });
}

static void *carve(Run &R, size_t Size) {
  uintptr_t Top = R.top();
  if (R.End - Top < Size)
    return nullptr;
  if (R.Fast)
    __atomic_store_n(&R.Fast->top, Top + Size, __ATOMIC_RELAXED);
  else
    R.Top = Top + Size;
  return reinterpret_cast<void *>(Top);
}

/// What an allocation may do when there is no memory: collect, then compact,
/// then ask the program. False: give up.
static bool makeRoom(Thread &T, size_t Bytes, unsigned &Attempt) {
  if (H.C.ThePlan == Plan::NoGc || mustGiveUp(Bytes))
    return false;
  switch (Attempt++) {
  case 0:
    collectFrom(&T, GAB_COLLECT_FULL, "out of memory");
    return true;
  case 1:
    collectFrom(&T, GAB_COLLECT_COMPACT, "out of memory");
    return true;
  default:
    if (!OomHandler || Attempt > 100 || !OomHandler(Bytes))
      return false;
    collectFrom(&T, GAB_COLLECT_FULL, "out of memory"); // what it has dropped
    return true;
  }
}

/// The loop of every slow path: stop if asked to, collect if it is time, carve,
/// refill.
template <class Refill>
static void *allocateFrom(Thread &T, Run &R, size_t Size, Refill F) {
  unsigned Attempt = 0;
  for (;;) {
    if (StopRequested.load(std::memory_order_relaxed))
      park(T);
    if (void *Cell = carve(R, Size))
      return Cell;
    if (isBudgetUsed(T)) {
      collectForAllocation(T);
      // Look again, and refill even if the budget is still used up.
      if (void *Cell = carve(R, Size))
        return Cell;
      if (mustGiveUp(Size))
        return nullptr;
    }
    assistIfWanted(T);
    if (!F() && !makeRoom(T, Size, Attempt))
      return nullptr;
  }
}

namespace {
/// classOf by multiples of 8 bytes.
struct ClassTable {
  uint8_t Of[MaxCell / 8 + 1] = {};
  constexpr ClassTable() {
    for (size_t I = 0, Class = 0; I <= MaxCell / 8; ++I) {
      if (CellSizes[Class] < I * 8)
        ++Class;
      Of[I] = static_cast<uint8_t>(Class);
    }
  }
};
} // namespace
static constexpr ClassTable Classes;

static unsigned classFor(size_t Bytes, size_t Align) {
  if (Bytes > MaxCell)
    return ClassCount;
  unsigned Class = Classes.Of[(Bytes + 7) / 8];
  return Align <= 8 ? Class : classOf(Bytes, Align);
}

static void *smallIn(Thread &T, size_t Size) {
  if (H.C.ThePlan != Plan::MarkSweep)
    return allocateFrom(T, T.Small, Size, [&] { return refillSmall(T); });
  unsigned Class = classFor(Size, 8);
  Run &R = T.Noscan[Class];
  return allocateFrom(T, R, CellSizes[Class], [&] {
    return refillCells(T, BlockKind::Noscan, Class, R);
  });
}

static void *cellIn(Thread &T, BlockKind Kind, unsigned Class) {
  Run &R = Kind == BlockKind::Scan ? T.Scan[Class] : T.Noscan[Class];
  return allocateFrom(T, R, CellSizes[Class],
                      [&] { return refillCells(T, Kind, Class, R); });
}

/// An object without a header, among its like. Null also if there are too many
/// such types.
static void *typedIn(Thread &T, const gab_type *Type) {
  TypedSpace *Space = spaceOf(Type);
  if (!Space)
    return nullptr;
  Run &R = T.Typed[Space->Index];
  void *Cell = allocateFrom(T, R, Space->CellSize,
                            [&] { return refillTyped(T, *Space, R); });
  return Cell ? static_cast<char *>(Cell) + 8 : nullptr;
}

/// An object with blocks of its own; Bytes without header.
static void *largeIn(Thread &T, BlockKind Kind, size_t Bytes) {
  size_t Extra = Kind == BlockKind::Scan ? 16 : 0;
  size_t Blocks = (Bytes + Extra + BlockSize - 1) >> BlockShift;
  if (Blocks >= H.BlockLimit)
    return nullptr;
  auto N = static_cast<uint32_t>(Blocks);
  unsigned Attempt = 0;
  uint32_t First;
  bool Clean;
  if (isBudgetUsed(T)) {
    collectForAllocation(T);
    if (mustGiveUp(Bytes))
      return nullptr;
  }
  assistIfWanted(T);
  while (!(First = takeBlocks(N, &Clean)))
    if (!makeRoom(T, Bytes, Attempt))
      return nullptr;
  auto *Start = reinterpret_cast<char *>(H.addressOf(First));
  // The next cycle reads all of it, and a page that is read first is faulted in
  // twice. Something very large may be meant to stay sparse.
  constexpr size_t MostAtOnce = 128u << 20;
  if (Kind == BlockKind::Scan && !Clean)
    memset(Start, 0, Blocks * BlockSize);
  else if (Kind == BlockKind::Scan && Bytes <= MostAtOnce)
    os::populate(Start, Blocks * BlockSize);
  shapeLarge(First, Kind, N, Bytes + Extra);
  uint32_t G = H.Blocks[First].FirstCell >> GranuleShift;
  if (Kind == BlockKind::Noscan)
    H.Blocks[First].FirstCell = G = 0;
  setBit(H.Bits[First].Live, G);
  if (AllocateBlack)
    setBits<true>(H.Bits[First].Mark, G, 1);
  spendLarge(T, Blocks * BlockSize);
  return Start + (Kind == BlockKind::Scan ? 8 : 0);
}

static void *headed(void *Cell, const gab_type *Type) {
  if (!Cell)
    return nullptr;
  auto *Header = static_cast<const gab_type **>(Cell);
  __atomic_store_n(Header, Type, __ATOMIC_RELAXED);
  return Header + 1;
}

/// Every allocation that does not take the inlined path.
static void *allocate(const gab_type *Type, size_t Bytes, size_t Length) {
  Thread *T = attachSelf();
  if (!T)
    return nullptr;
  requireUnblocked(*T, "allocation inside a gab::BlockedScope");
  RuntimeScope S(*T);
  beforeAllocation(*T);
  void *Object = nullptr;
  if (Type->flags & GAB_SEGREGATED_TYPE) [[unlikely]]
    Object = typedIn(*T, Type);
  if (Object) {
    // It is there.
  } else if (Type->flags & GAB_NOSCAN_TYPE) {
    if (Bytes < GAB_SMALL_LIMIT && Type->align <= 8)
      Object = smallIn(*T, smallSize(Bytes));
    else if (unsigned Class = classFor(Bytes, Type->align); Class < ClassCount)
      Object = cellIn(*T, BlockKind::Noscan, Class);
    else
      Object = largeIn(*T, BlockKind::Noscan, Bytes);
  } else {
    unsigned Class = classFor(Bytes + 8, Type->align);
    void *Cell = Class < ClassCount ? cellIn(*T, BlockKind::Scan, Class)
                                    : largeIn(*T, BlockKind::Scan, Bytes);
    Object = headed(Cell, Type);
  }
  if (Object && (Type->flags & GAB_ARRAY_TYPE))
    *static_cast<size_t *>(Object) = Length;
  if (Object)
    afterAllocation(*T, Object, Type, Bytes);
  return Object;
}

} // namespace gab::rt

using namespace gab::rt;

#define GAB_BODY extern "C" __attribute__((visibility("hidden"), used))

/// Plain mark-sweep has no run that the inlined path could use, so each of its
/// small objects is made here. What is done outside a RuntimeScope is what the
/// inlined path does: a run that fits is carved, wherever the thread may be
/// stopped meanwhile (Invariant S).
static void *cellAtOnce(size_t Size) {
  Thread *T = self();
  if (!T || T->Blocked || StopRequested.load(std::memory_order_relaxed))
    return nullptr;
  unsigned Class = classFor(Size, 8);
  return carve(T->Noscan[Class], CellSizes[Class]);
}

GAB_BODY void *gab_slow_small_body(size_t Size, const gab_type *Type) {
  if (H.SmallInCells)
    if (void *Cell = cellAtOnce(Size))
      return Cell;
  return allocate(Type, Size, 0);
}

GAB_BODY void *gab_slow_scan_body(unsigned, const gab_type *Type) {
  return allocate(Type, Type->size, 0);
}

extern "C" void *gab_alloc(const gab_type *Type) {
  return allocate(Type, Type->size, 0);
}

extern "C" void *gab_alloc_array(const gab_type *Type, size_t Length) {
  size_t Bytes;
  if (__builtin_mul_overflow(Length, size_t(Type->element_size), &Bytes) ||
      __builtin_add_overflow(Bytes, size_t(8), &Bytes) ||
      Bytes > (size_t(1) << 46))
    return nullptr;
  return allocate(Type, Bytes, Length);
}
