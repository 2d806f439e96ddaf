// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Visiting and tracing; moving is in Evacuate.cpp.
///
/// Cost: a visit of a reference to a small object that stays touches the
/// block's entry and, for arrays, the object's length; a visit of a cell the
/// block's entry and one word of mark bits.
#include "Tracer.h"
#include "Aging.h"
#include "Collector.h"
#include "Evacuate.h"
#include "Slots.h"
#include "Typed.h"
#include <limits.h>

namespace gab::rt {

CycleState Cycle;

/// Marked objects are old from now on: stores into them are logged. Those in
/// cells are seen to by the sweep, all of a block at once.
static void logLarge(uint32_t Block) {
  const BlockInfo &B = H.Blocks[Block];
  if (Cycle.LogMarked)
    setBits<true>(H.logOf(Block), (B.FirstCell + 8) >> GranuleShift,
                  static_cast<uint32_t>((B.LargeBytes - 16) >> GranuleShift));
}

template <bool Shared>
void Worker::visitSmall(void **Slot, uintptr_t P, uint32_t Block,
                        const gab_type *Type) {
  BlockInfo &B = H.Blocks[Block];
  if (B.has(CandidateFlag)) {
    if (!Cycle.Recording)
      return leaveSmall<Shared>(Slot, P, Block, Type);
    record(Slot, Block, Type);
  }
  auto Offset = static_cast<uint32_t>(P & (BlockSize - 1));
  if (Cycle.Concurrent)
    return keepMeanwhile<Shared>(B, P, Type);
  if (Cycle.Minor && !B.has(FreshFlag) &&
      haveMarks(B, linesOf(Offset, mostAt(Offset))))
    return; // what is old has been counted
  keepLines<Shared>(B, Offset, smallSize(payloadSize(Type, P)));
}

template <bool Shared>
void Worker::visitCell(void **Slot, uintptr_t P, uint32_t Block) {
  BlockInfo &B = H.Blocks[Block];
  bool Scan = B.Kind == BlockKind::Scan;
  if (!Scan && B.Kind != BlockKind::Noscan) [[unlikely]]
    reportStale(Slot, P);
  if (B.has(CandidateFlag)) {
    if (Scan)
      return leaveScan<Shared>(Slot, P, Block);
    return leaveNoscan<Shared>(Slot, P, Block);
  }
  auto G = static_cast<uint32_t>(((P - (Scan ? 8 : 0)) & (BlockSize - 1)) >>
                                 GranuleShift);
  if (!claimBit<Shared>(H.Bits[Block].Mark, G) || !Scan)
    return;
  if (B.has(LargeFlag))
    logLarge(Block);
  push(becomesOld(B) ? P | OldFromNow : P);
}

template <bool Shared>
void Worker::visitOther(void **Slot, uintptr_t P, const gab_type *Type) {
  if (P - H.Base >= __atomic_load_n(&H.CommittedBytes, __ATOMIC_RELAXED)) {
    if (H.contains(P)) [[unlikely]]
      reportStale(Slot, P);
    return;
  }
  uint32_t Block = H.blockOf(P);
  if (H.Blocks[Block].Kind == BlockKind::Gab)
    visitSmall<Shared>(Slot, P, Block, Type);
  else
    visitCell<Shared>(Slot, P, Block);
}

static inline uintptr_t loadSlot(void **Slot) {
  return reinterpret_cast<uintptr_t>(__atomic_load_n(Slot, __ATOMIC_RELAXED));
}

/// Slots whose targets have to be read or moved. Between being put here and
/// being visited there is time for the memory to come.
class Worker::Waiting {
  static constexpr uint32_t Most = 32;
  struct {
    void **Slot;
    const gab_type *Type;
  } Slots[Most];
  uint32_t First = 0, Count = 0;

public:
  bool empty() const { return Count == 0; }

  template <bool Shared> void visitFirst(Worker &W) {
    auto Next = Slots[First];
    First = (First + 1) % Most;
    --Count;
    // It may be another object by now, if the program runs meanwhile: then the
    // one before is in the log.
    if (uintptr_t P = loadSlot(Next.Slot))
      W.visitOther<Shared>(Next.Slot, P, Next.Type);
  }

  template <bool Shared>
  void add(Worker &W, const HeapView &V, uintptr_t Offset, void **Slot,
           const gab_type *Type) {
    if (Count == Most)
      visitFirst<Shared>(W);
    const BlockBits &Bits = V.Bits[Offset >> BlockShift];
    __builtin_prefetch(reinterpret_cast<void *>(V.Base + Offset - 8), 1);
    __builtin_prefetch(&Bits.Mark[(Offset & (BlockSize - 1)) >> 9], 1);
    Slots[(First + Count++) % Most] = {Slot, Type};
  }
};

/// What there is most of in a graph is a cell with references that stays.
template <bool Shared>
inline void Worker::visitHere(const HeapView &V, void **Slot,
                              const gab_type *Type, Waiting *Later) {
  uintptr_t P = loadSlot(Slot), Offset = P - V.Base;
  if (Offset >= V.Committed) {
    if (P) [[unlikely]]
      visitOther<Shared>(Slot, P, Type);
    return;
  }
  uintptr_t Block = Offset >> BlockShift;
  if (!V.Blocks[Block].is(V.Plain))
    return Later ? Later->add<Shared>(*this, V, Offset, Slot, Type)
                 : visitOther<Shared>(Slot, P, Type);
  auto G =
      static_cast<uint32_t>(((Offset - 8) & (BlockSize - 1)) >> GranuleShift);
  if (claimBit<Shared>(V.Bits[Block].Mark, G))
    push(P);
}

uintptr_t cellAt(uint32_t Block, uint32_t Offset) {
  const BlockInfo &B = H.Blocks[Block];
  if (B.has(LargeFlag))
    return H.addressOf(Block) + B.FirstCell;
  uint32_t First = B.FirstCell + B.shift();
  if (Offset < First)
    return 0;
  uint32_t I = cellIndex(B, Offset - First);
  if (I >= cellsIn(B))
    return 0;
  return H.addressOf(Block) + B.FirstCell + I * B.CellSize;
}

void Worker::markCell(uint32_t Block, uintptr_t Cell) {
  auto G = static_cast<uint32_t>((Cell & (BlockSize - 1)) >> GranuleShift);
  BlockBits &Bits = H.Bits[Block];
  if (!testBit(Bits.Live, G) || !claimBit<true>(Bits.Mark, G))
    return;
  if (H.Blocks[Block].Kind != BlockKind::Scan)
    return;
  if (H.Blocks[Block].has(LargeFlag))
    logLarge(Block);
  push(becomesOld(H.Blocks[Block]) ? (Cell + 8) | OldFromNow : Cell + 8);
}

static void pinLines(uint32_t Block, uint32_t Low, uint32_t High) {
  BlockInfo &B = H.Blocks[Block];
  // Of a conservative cell that several threads may trace at once.
  __atomic_fetch_or(&B.PinMask, linesOf(Low, High - Low + 1) & B.AllocMask,
                    __ATOMIC_RELAXED);
}

/// A word on a stack may be the start of an object, lie inside it, or be the
/// only trace of it that the compiler kept: one past its end, or a constant
/// distance away. For small objects everything within 127 bytes is kept.
static void pinSmall(uint32_t Block, uint32_t Offset) {
  auto Window = static_cast<uint32_t>(SmallWindow);
  uint32_t Low = Offset < Window ? 0 : Offset - Window;
  uint32_t High = Offset + Window >= BlockSize
                      ? static_cast<uint32_t>(BlockSize) - 1
                      : Offset + Window;
  pinLines(Block, Low, High);
}

static uint32_t headOf(uint32_t Block) {
  const BlockInfo &B = H.Blocks[Block];
  return B.Kind == BlockKind::LargeRest ? Block - B.BlockCount : Block;
}

void Worker::visitAmbiguous(uintptr_t Word) {
  // Word, and Word - 1 for a pointer past the end.
  for (uintptr_t P : {Word, Word - 1}) {
    if (!H.contains(P))
      continue;
    uint32_t Block = H.blockOf(P);
    if (Block >= H.Committed)
      continue;
    auto Offset = static_cast<uint32_t>(P & (BlockSize - 1));
    switch (H.Blocks[Block].Kind) {
    case BlockKind::Free:
      break;
    case BlockKind::Gab:
      pinSmall(Block, Offset);
      break;
    case BlockKind::Scan:
    case BlockKind::Noscan:
    case BlockKind::LargeRest: {
      uint32_t Head = headOf(Block);
      if (uintptr_t Cell = cellAt(Head, Offset))
        markCell(Head, Cell);
      break;
    }
    }
  }
}

// ---------------------------------------------------------------------------
// Tracing one object

static void onEdge(gab_visitor *V, void **Slot, const gab_type *Type) {
  reinterpret_cast<Worker *>(V)->visit(Slot, Type);
}
static void onWeak(gab_visitor *V, void **Slot, const gab_type *Type) {
  auto *W = reinterpret_cast<Worker *>(V);
  if (*Slot && !W->WeakSlots.push({Slot, Type}))
    W->visit(Slot, Type); // out of memory: keep the target
}
static void onEphemeron(gab_visitor *V, void **Key, const gab_type *KeyType,
                        void **Value, const gab_type *ValueType) {
  auto *W = reinterpret_cast<Worker *>(V);
  if (!*Key) {
    // The key died in a minor cycle. While mutators run, a pair may be half
    // written: then the value is kept instead.
    if (Cycle.Concurrent)
      W->visit(Value, ValueType);
    else
      *Value = nullptr;
    return;
  }
  if (!W->Ephemerons.push({Key, KeyType, Value, ValueType})) {
    W->visit(Key, KeyType);
    W->visit(Value, ValueType);
  }
}

Worker::Worker()
    : Visitor{onEdge, onWeak, onEphemeron, nullptr}, Current(&First) {
  First.Next = nullptr;
  First.Count = 0;
}

void Worker::traceConservative(uintptr_t Object) {
  uint32_t Block = H.blockOf(Object);
  const BlockInfo &B = H.Blocks[Block];
  size_t Bytes = B.has(LargeFlag) ? B.LargeBytes - 16 : size_t(B.CellSize) - 8;
  for (size_t I = 0; I + 8 <= Bytes; I += 8)
    visitAmbiguous(__atomic_load_n(reinterpret_cast<uintptr_t *>(Object + I),
                                   __ATOMIC_RELAXED));
}

void Worker::callTrace(uintptr_t Object, const gab_type *Type) {
  Tracing = {Object, Type, false};
  if (Type->trace)
    Type->trace(reinterpret_cast<void *>(Object), &Visitor);
  Tracing = {};
}

static inline void **slotAt(uintptr_t Object, uint32_t Offset) {
  return reinterpret_cast<void **>(Object + Offset);
}

static void visitPlace(gab_visitor *V, uintptr_t Object, const SlotPlace *S) {
  switch (S->Kind) {
  case SlotKind::Edge:
    onEdge(V, slotAt(Object, S->Offset), S->Type);
    break;
  case SlotKind::Weak:
    onWeak(V, slotAt(Object, S->Offset), S->Type);
    break;
  case SlotKind::EphemeronKey: // its value is the next row
    onEphemeron(V, slotAt(Object, S->Offset), S->Type,
                slotAt(Object, S[1].Offset), S[1].Type);
    break;
  case SlotKind::EphemeronValue:
    break;
  }
}

template <bool Shared>
void Worker::traceArray(uintptr_t Object, gab_type *Type, size_t From,
                        size_t Until) {
  // A long array is traced in pieces, so that its elements do not all lie on
  // the mark stack at once. What waits is halved each time: other workers take
  // the larger pieces.
  constexpr size_t Piece = 2048;
  while (Until - From > Piece) {
    size_t Middle = From + (Until - From) / 2;
    pushRange(Object, Middle, Until);
    Until = Middle;
  }
  uintptr_t Element = Object + 8 + From * Type->element_size;
  if (From >= Until)
    return;
  Elements += Until - From;
  const SlotTable *Table = slotsOf(Type, reinterpret_cast<void *>(Element));
  if (Table && Table->Count == 1 && Table->OnlyEdges && !Table->Dynamic) {
    const gab_type *Target = Table->Slots[0].Type;
    size_t Step = Type->element_size;
    uintptr_t Slot = Element + Table->Slots[0].Offset;
    if (Target->flags & GAB_NOSCAN_TYPE)
      return visitRow<Shared>(Slot, Until - From, Step, Target);
    constexpr size_t Ahead = 8;
    bool Touched = !(Target->flags & GAB_NOSCAN_TYPE);
    for (size_t I = From; I < Until; ++I, Slot += Step) {
      if (Touched && I + Ahead < Until)
        __builtin_prefetch(*reinterpret_cast<void **>(Slot + Ahead * Step));
      visitIn<Shared>(reinterpret_cast<void **>(Slot), Target);
    }
    return;
  }
  for (size_t I = From; I < Until; ++I, Element += Type->element_size) {
    if (!Table || Table->Dynamic) {
      callTrace(Element, Type);
      continue;
    }
    for (uint32_t S = 0; S < Table->Count; ++S)
      visitPlace(&Visitor, Element, &Table->Slots[S]);
  }
}

template <bool Shared>
inline void Worker::traceHere(const HeapView &V, uintptr_t Object,
                              Waiting *Later) {
  gab_type *Type = typeOf(Object);
  if (!Type)
    return; // carved, but not an object yet
  ++Marked;
  const SlotTable *Table = knownSlots(Type);
  if (!Table || !Table->Plain) [[unlikely]]
    return traceOther<Shared>(Object, Type);
  for (uint32_t I = 0; I < Table->Count; ++I)
    visitHere<Shared>(V, slotAt(Object, Table->Slots[I].Offset),
                      Table->Slots[I].Type, Later);
}

template <bool Shared>
void Worker::traceOther(uintptr_t Object, gab_type *Type) {
  if (Type->flags & GAB_CONSERVATIVE_TYPE)
    return traceConservative(Object);
  if (Type->flags & GAB_ARRAY_TYPE)
    return traceArray<Shared>(Object, Type, 0,
                              *reinterpret_cast<uint64_t *>(Object));
  const SlotTable *Table = slotsOf(Type, reinterpret_cast<void *>(Object));
  if (!Table || Table->Dynamic)
    return callTrace(Object, Type);
  for (uint32_t I = 0; I < Table->Count; ++I)
    visitPlace(&Visitor, Object, &Table->Slots[I]);
}

void Worker::visitSlots(void **First, size_t Count, const gab_type *Type) {
  if (Type->flags & GAB_NOSCAN_TYPE)
    return visitRow<false>(reinterpret_cast<uintptr_t>(First), Count,
                           sizeof(void *), Type);
  for (size_t I = 0; I < Count; ++I)
    visitIn<false>(First + I, Type);
}

template <bool Shared> void Worker::visitIn(void **Slot, const gab_type *Type) {
  visitHere<Shared>(HeapView(), Slot, Type, nullptr);
}
template <bool Shared> void Worker::traceIn(uintptr_t Object) {
  traceHere<Shared>(HeapView(), Object, nullptr);
}
template void Worker::visitIn<true>(void **, const gab_type *);
template void Worker::visitIn<false>(void **, const gab_type *);
template void Worker::traceIn<true>(uintptr_t);
template void Worker::traceIn<false>(uintptr_t);

// ---------------------------------------------------------------------------
// The queue. An item is an object, perhaps with OldFromNow; or, for a piece of
// a long array, two indices, both times two, and above them the object with bit
// 0 set, in one segment.

template <bool Shared> void Worker::traceRange(uintptr_t Object) {
  size_t Until = Current->Items[--Current->Count] / 2;
  size_t From = Current->Items[--Current->Count] / 2;
  traceArray<Shared>(Object, headerOf(Object), From, Until);
}

/// Some worker waits; or the program runs, and a thread of it may come.
static inline bool isWorkWanted() {
  return Cycle.Concurrent ? !Pool.Available.load(std::memory_order_relaxed)
                          : Pool.Idle.load(std::memory_order_relaxed) != 0;
}

/// Objects go through a short queue between the stack and being traced, so that
/// the memory asked for when one enters is there when it leaves. Stops after
/// about Most objects; true if there was work.
template <bool Shared> bool Worker::drainIn(size_t Most) {
  constexpr uint32_t Ahead = 64;
  uintptr_t Queue[Ahead];
  uint32_t Head = 0, Count = 0;
  size_t Done = 0;
  Waiting Later;
  const HeapView V;
  for (;; ++Done) {
    if (Shared && Current->Count > 8 && isWorkWanted()) [[unlikely]]
      share();
    uintptr_t Item;
    while (Count < Ahead && Done < Most && pop(Item)) {
      if (Item & 1) [[unlikely]] {
        traceRange<Shared>(Item & ~uintptr_t(1));
        Done += 32; // it is much more than one object
        continue;
      }
      __builtin_prefetch(reinterpret_cast<void *>(Item - 8));
      // Cells of two references straddle cache lines as often as not.
      __builtin_prefetch(reinterpret_cast<void *>(Item + 8));
      Queue[(Head + Count++) % Ahead] = Item;
    }
    if (!Count && Later.empty())
      return Done != 0;
    if (!Count) {
      Later.visitFirst<Shared>(*this);
      continue;
    }
    uintptr_t Next = Queue[Head];
    Head = (Head + 1) % Ahead;
    --Count;
    if (Next & OldFromNow) [[unlikely]] {
      Next -= OldFromNow;
      rememberIfNeeded(Next);
    }
    traceHere<Shared>(V, Next, &Later);
  }
}

bool Worker::drainSome(size_t Most) { return drainIn<true>(Most); }

/// True when there may be work in the pool, false when all workers are idle.
static bool waitForWork() {
  constexpr unsigned Spins = 100;
  constexpr uint64_t SleepNs = 100000;
  Pool.Idle.fetch_add(1);
  for (unsigned Spin = 0;; ++Spin) {
    if (Pool.Finished.load())
      return false;
    if (Pool.Available.load() || Pool.Idle.load() == Pool.Workers.load()) {
      Guard G(Pool.L);
      if (Pool.First) {
        Pool.Idle.fetch_sub(1);
        return true;
      }
      // Nobody works, so nobody can put anything there any more.
      if (Pool.Idle.load() == Pool.Workers.load()) {
        Pool.Finished = true;
        os::futexWake(Pool.Available, INT_MAX);
        return false;
      }
    }
    if (Spin < Spins)
      pause();
    else // the core may be wanted by one that has work
      os::futexWait(Pool.Available, 0, SleepNs);
  }
}

void Worker::drain() {
  if (!Cycle.Shared)
    return void(drainIn<false>(~size_t(0)));
  do
    drainIn<true>(~size_t(0));
  while (waitForWork());
}

void Worker::takeResults(Worker &Other) {
  Marked += Other.Marked;
  Elements += Other.Elements;
  ByHelpers += Other.Marked;
  MovedBytes += Other.MovedBytes;
  MovedObjects += Other.MovedObjects;
  MovedYoung += Other.MovedYoung;
  MovedCells += Other.MovedCells;
  TimedNs += Other.TimedNs;
  TimedBytes += Other.TimedBytes;
  Overflow |= Other.Overflow;
  RecordLost |= !Recorded.take(Other.Recorded) || !Owners.take(Other.Owners);
  Other.Recorded.clear();
  Other.Owners.clear();
  Other.Overflow = false;
  Other.resetCounters();
  for (WeakEntry &E : Other.WeakSlots)
    onWeak(&Visitor, E.Slot, E.Type);
  for (EphemeronEntry &E : Other.Ephemerons)
    onEphemeron(&Visitor, E.Key, E.KeyType, E.Value, E.ValueType);
  Other.WeakSlots.clear();
  Other.Ephemerons.clear();
}

} // namespace gab::rt
