// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// gab-conc gets memory back without a long pause: sparse blocks of small
/// objects are chosen in the first pause, the slots that refer to them are
/// recorded while marking goes on, and in the second pause what they refer to
/// is moved and they are rewritten. There is no read barrier: outside the
/// second pause no object has two addresses.
///
/// Model. A block that is chosen is *leaving*. The second pause has to know
/// each slot that holds a reference into it, or must not move what it holds.
/// Slots are of four kinds: fields of traced objects; handles (Local, Root) and
/// weak handles; words that cannot be rewritten (stacks, registers, pins,
/// conservative memory); fields of objects whose own trace() says where they
/// are at the moment.
///
///  E1  What leaves is fixed in the first pause, is held by no thread's run and
///      is on no list of blocks with room. So nobody allocates in a leaving
///      block, and all objects in it were made before the first pause.
///  E2  A field that was not stored to since the first pause, of an object that
///      was there then and is alive, is visited by the marker, with the value
///      that it still has: if that leads to a leaving block, the field is
///      recorded.
///  E3  A field that was stored to since then is in the log, or does not refer
///      to a leaving block. For each store tests the bit of its word. If the
///      bit is clear, the word is in the log already (it stays there until the
///      cycle is over). If it is set, the store is logged, unless the old value
///      is null (or the reference is weak) *and* the new value does not leave;
///      then the bit stays set. Words of objects made since are set at first,
///      so this holds for them too, though the marker never visits them.
///  E4  A thread that the signal has stopped in the first pause may be between
///      the test of the barrier, still off, and its store. The object it stores
///      to is an ambiguous object (Invariant B), and all of those are traced
///      again in the second pause. One stopped in the second pause holds the
///      value that it is about to store: E5 pins it. In the pauses between,
///      what the barrier has decided stays decided, since what leaves is fixed.
///  E5  All words that cannot be rewritten are scanned in the second pause,
///      before anything is moved, and what they may refer to in a leaving block
///      is pinned as in any cycle (Bartlett). Handles are visited then. What
///      the first pause has pinned does not count any more. A line may have a
///      pin and no mark until it is swept; a weak reference into it stays.
///  E6  Fields that a type's own trace() shows may be something else by the
///      second pause. Not the field is recorded but its object, which is
///      traced again then. If the object may have been destroyed meanwhile (its
///      type has a finalizer) the block does not leave.
///  E7  Weak fields and ephemerons that were traced are settled after the move
///      as always. Those stored to since, with a value that leaves, are in the
///      log (E3) and are taken for strong ones: their targets were reachable
///      after the first pause, so they may stay for this cycle.
///  E8  Cells do not move in a concurrent cycle, and nothing is freed before
///      the second pause is over. So a recorded field is still memory of the
///      object it was a field of; should that have died, its target is moved
///      for nothing. Of a field in the log nobody knows whether its object was
///      ever reached: if it is not marked it is dead, and left alone.
///  E9  Slots outside the heap are not recorded: handles are visited again, and
///      the values in the log only say that something was alive.
/// E10  Whatever is not recorded for want of memory, or because there are too
///      many slots into one block or all of them, makes the block stay. The
///      marker has marked its lines like those of any other block, so a block
///      may stay at any time before the first object is moved.
///  In a block that leaves only what E2 to E7 find is alive: its line marks are
///  made anew. An old value in the log that no slot holds any more is dead.
///
/// Cost: 24 bytes for a recorded slot, and in the second pause a scan of the
/// stacks and one visit of each recorded and each logged slot. What that takes
/// is measured, and no more slots are visited than the pause has time for;
/// blocks beyond that stay. GAB_PAUSE_US is the bound, half a millisecond if it
/// is not set.
///
/// Source: the remembered sets of Detlefs et al., "Garbage-First Garbage
/// Collection" (ISMM 2004), built anew in each cycle and only for blocks that
/// leave in it.
#include "Recorded.h"
#include "Evacuate.h"
#include "Probes.h"
#include "Roots.h"
#include "Slots.h"
#include "Typed.h"

namespace gab::rt {

static PageArray<uint32_t> Leaving;
/// Cycles that do not try, after so many in a row that moved nothing.
static uint32_t Skip = 0, Failed = 0;
static uint64_t NsPerSlot = 40; ///< of visiting one, and moving some
/// Of looking at one that is logged.
static uint64_t NsPerLogged = 8;
const char UnknownValue = 0;

// ---------------------------------------------------------------------------
// The first pause

/// What a pause has time for.
static uint64_t pauseNs() {
  constexpr uint64_t DefaultNs = 500000;
  if (H.C.StressEvacuate)
    return ~uint64_t(0) >> 16;
  return H.C.PauseUs ? uint64_t(H.C.PauseUs) * 1000 / 2 : DefaultNs;
}

static void learn(uint64_t &Ns, uint64_t Took, uint64_t Count) {
  constexpr uint64_t Least = 500; // fewer are no evidence
  if (Count < Least)
    return;
  Ns = (Ns * 3 + Took / Count) / 4;
  if (!Ns)
    Ns = 1;
}

/// Bytes that are expected to live in a block which is not fresh. Lines that
/// were handed out since, or while the last cycle marked, are young.
static uint32_t expectedIn(const BlockInfo &B) {
  uint32_t Young = countBits((B.AllocMask & ~B.LineMask) | B.BlackMask);
  return B.LiveBytes +
         static_cast<uint32_t>(Young * LineSize * Survivors.Young / 1000);
}

/// The sparsest first, from the high end down: what comes free there can be
/// returned.
void chooseToEmpty() {
  constexpr uint32_t Bounds[] = {BlockSize / 8, BlockSize / 4,
                                 BlockSize * 45 / 100};
  Leaving.clear();
  if (Skip && !H.C.StressEvacuate) {
    --Skip;
    return;
  }
  flagHeldBlocks();
  // Some will turn out to have too many slots.
  uint64_t Bytes = pauseNs() / NsPerSlot * 64;
  for (uint32_t Least = 0; uint32_t Bound : Bounds) {
    for (uint32_t Block = H.Committed; Block-- > 1 && Bytes;) {
      const BlockInfo &B = H.Blocks[Block];
      if (!B.is(BlockKind::Gab, HeldFlag))
        continue;
      uint32_t Live = expectedIn(B);
      // Nothing is known of one that was handed out since, or while the last
      // cycle marked.
      bool Sparse = !B.has(FreshFlag) && B.LiveBytes &&
                    B.SlotCount < MostSlots && Live >= Least && Live < Bound;
      if (H.C.StressEvacuate ? Least != 0 : !Sparse)
        continue;
      if (!Leaving.push(Block))
        return;
      Bytes -= Bytes < Live ? Bytes : Live;
    }
    Least = Bound;
  }
}

static void stay(uint32_t Block) {
  H.Blocks[Block].clear(CandidateFlag);
  H.Blocks[Block].SlotCount = MostSlots; // so it is not tried again at once
  clearBit(H.LeavingMap, Block);
}

/// Nobody allocates in a leaving block.
static void takeOffList() {
  Guard G(H.GabRoom.L);
  uint32_t *Link = &H.GabRoom.First;
  while (uint32_t Block = *Link) {
    BlockInfo &B = H.Blocks[Block];
    if (B.has(CandidateFlag)) {
      B.clear(ListedFlag);
      *Link = B.Next;
    } else {
      Link = &B.Next;
    }
  }
}

void startRecording() {
  for (uint32_t Block : Leaving) {
    H.Blocks[Block].set(CandidateFlag);
    setBit(H.LeavingMap, Block);
  }
  if (Leaving.empty())
    return;
  takeOffList();
  Cycle.Recording = true;
}

// ---------------------------------------------------------------------------
// While it marks

bool mayLeave(const void *Value) {
  if (!Cycle.Recording)
    return false;
  if (Value == &UnknownValue)
    return true;
  auto P = reinterpret_cast<uintptr_t>(Value);
  return H.contains(P) && testBit(H.LeavingMap, H.blockOf(P));
}

void Worker::record(void **Slot, uint32_t Block, const gab_type *Type) {
  constexpr size_t MostOfAll = 1u << 18;
  uint32_t &Count = H.Blocks[Block].SlotCount;
  auto Address = reinterpret_cast<uintptr_t>(Slot);
  if (!Tracing.Object && !H.contains(Address))
    return; // E9
  if (__atomic_load_n(&Count, __ATOMIC_RELAXED) >= MostSlots)
    return;
  bool Kept = H.C.StressEvacuate || Recorded.size() < MostOfAll;
  if (!Tracing.Object)
    Kept = Kept && Recorded.push({Slot, Type, Block});
  else if (Tracing.Type->finalize)
    Kept = false;
  else if (Owners.empty() || Owners[Owners.size() - 1].Object != Tracing.Object)
    Kept = Kept && Owners.push(Tracing);
  if (Kept)
    __atomic_fetch_add(&Count, 1, __ATOMIC_RELAXED);
  else
    __atomic_store_n(&Count, MostSlots, __ATOMIC_RELAXED);
}

// ---------------------------------------------------------------------------
// The second pause

/// The object with references that Slot lies in, if it is alive; else 0.
static uintptr_t ownerOf(void **Slot) {
  auto P = reinterpret_cast<uintptr_t>(Slot);
  uint32_t Block = H.blockOf(P);
  if (H.Blocks[Block].Kind == BlockKind::LargeRest)
    Block -= H.Blocks[Block].BlockCount;
  if (H.Blocks[Block].Kind != BlockKind::Scan)
    return 0;
  uintptr_t Cell = cellAt(Block, static_cast<uint32_t>(P & (BlockSize - 1)));
  auto G = static_cast<uint32_t>((Cell & (BlockSize - 1)) >> GranuleShift);
  return Cell && testBit(H.Bits[Block].Mark, G) ? Cell + 8 : 0;
}

/// E3: a slot in the log is recorded like one that the marker has visited, with
/// what it holds now.
static void recordLogged(void **Slot, const gab_type *Type, void *Context) {
  if (!mayLeave(*Slot))
    return;
  auto &W = *static_cast<Worker *>(Context);
  uint32_t Block = H.blockOf(reinterpret_cast<uintptr_t>(*Slot));
  uintptr_t Owner = ownerOf(Slot);
  if (!Owner)
    return; // E8
  gab_type *Its = typeOf(Owner);
  if (!Its) // a maker's first store
    return W.record(Slot, Block, Type);
  uintptr_t Sample = Owner + (Its->flags & GAB_ARRAY_TYPE ? 8 : 0);
  const SlotTable *Table = slotsOf(Its, reinterpret_cast<void *>(Sample));
  if (!Table || Table->Dynamic)
    W.recordOwner(Owner, Its, Block);
  else
    W.record(Slot, Block, Type);
}

/// What is too much stays, and what there is no time for.
static bool keepWhatFits(size_t Logged) {
  uint64_t Limit = (pauseNs() - Logged * NsPerLogged) / NsPerSlot, Slots = 0;
  size_t Kept = 0;
  for (uint32_t Block : Leaving) {
    uint32_t Count = H.Blocks[Block].SlotCount;
    if (Count >= MostSlots || Slots + Count > Limit) {
      stay(Block);
      continue;
    }
    Slots += Count;
    Leaving[Kept++] = Block;
  }
  Leaving.truncate(Kept);
  return Kept != 0;
}

static void pinLeaving() {
  for (uint32_t Block : Leaving) {
    BlockInfo &B = H.Blocks[Block];
    B.LineMask = B.PinMask = B.LiveBytes = 0;
  }
  forgetAmbiguous();
  eachAmbiguousWord(
      [](uintptr_t Word, WordPlace, void *Context) {
        for (uintptr_t P : {Word, Word - 1})
          if (mayLeave(reinterpret_cast<void *>(P)))
            static_cast<Worker *>(Context)->visitAmbiguous(P);
        if (H.C.Verify && mayLeave(reinterpret_cast<void *>(Word)))
          noteForVerifier(Word);
      },
      &mainWorker());
}

/// E4: objects that a store was under way to.
static void traceAmbiguousAgain(Worker &W) {
  for (uintptr_t Object : AmbiguousObjects) {
    // What was given up uncarved is not there any more.
    uintptr_t Cell = Object - 8;
    if (testBit(H.Bits[H.blockOf(Cell)].Live,
                static_cast<uint32_t>((Cell & (BlockSize - 1)) >> 3)))
      W.traceObject(Object);
  }
}

/// From here on a visit of a slot moves what it refers to.
static void move(Worker &W) {
  Cycle.Recording = false;
  Cycle.Moving = true;
  allowTargets(static_cast<int64_t>(Leaving.size()));
  visitPreciseRoots(W);
  constexpr size_t Ahead = 8;
  for (size_t I = 0; I < W.Recorded.size(); ++I) {
    if (I + Ahead < W.Recorded.size())
      __builtin_prefetch(W.Recorded[I + Ahead].Slot);
    const RecordedSlot &E = W.Recorded[I];
    if (H.Blocks[E.Block].has(CandidateFlag))
      W.visit(E.Slot, E.Type);
  }
  for (const RecordedOwner &O : W.Owners)
    W.retrace(O);
  traceAmbiguousAgain(W);
  W.drain();
  traceAgain(W);
}

void emptyRecorded(Worker &W) {
  if (!Cycle.Recording)
    return;
  uint64_t Start = os::nowNs();
  size_t Logged = loggedSlots();
  // A log may be so long that it would take most of the time.
  if (Logged * NsPerLogged > pauseNs() / 2) {
    W.RecordLost = true;
  } else {
    eachLoggedSlot(recordLogged, &W);
    learn(NsPerLogged, os::nowNs() - Start, Logged);
    Start = os::nowNs();
  }
  if (W.RecordLost || !keepWhatFits(Logged)) {
    // What is logged or recorded in vain costs more the oftener it is tried.
    Failed += Failed < 6;
    Skip = 1u << Failed;
    return;
  }
  Failed = 0;
  pinLeaving();
  move(W);
  learn(NsPerSlot, os::nowNs() - Start, W.Recorded.size() + W.Owners.size());
  probeEvacuation(Leaving.size(), W.MovedObjects, W.MovedBytes);
}

void stopRecording(Worker &W) {
  // Of a cycle that moves nothing the blocks stay.
  if (!Cycle.Moving)
    for (uint32_t Block : Leaving)
      stay(Block);
  for (uint32_t Block : Leaving)
    clearBit(H.LeavingMap, Block);
  Leaving.clear();
  W.Recorded.clear();
  W.Owners.clear();
  W.RecordLost = false;
  Cycle.Recording = false;
}

} // namespace gab::rt
