// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finding what is alive, and moving it in the same pass.
///
/// `visit(Slot, Type)` is called for every place that holds a reference and can
/// be rewritten. What it does depends on the block the target is in:
///
///   Gab, staying        the object's lines become live; nothing to trace
///   Gab, leaving        copied once; the slot gets the new address
///   cell, staying       mark bit; if it was clear, the object is queued
///   cell, leaving       copied once and queued; the slot gets the new address
///
/// `visitAmbiguous(Word)` is for words that cannot be rewritten; what they may
/// refer to stays where it is. All ambiguous words are seen before the first
/// object is moved: that is the whole argument for moving anything (Bartlett).
///
/// State of an object in a block that is being evacuated. Gab (granule g of the
/// object's start; objects have at least two granules):
///   Live[g]=0            not reached
///   Live[g]=1 Mark[g]=0  somebody is deciding (only with several workers)
///   Mark[g]=1            Mark[g+1]=1: stays; else first word = new address
/// Scan: the header is the type, Busy, or the new payload address with bit 0
/// set; Mark means it stays. Noscan: (Live,Mark) = (1,0) not reached, (0,0)
/// somebody is deciding, (0,1) first word = new address, (1,1) stays.
///
/// Work is kept in segments. With more than one worker a full segment goes to a
/// shared pool; a worker without work takes one from there. No recursion: depth
/// of the object graph costs memory, not stack.
#ifndef GAB_RUNTIME_TRACER_H
#define GAB_RUNTIME_TRACER_H

#include "Roots.h"
#include "Thread.h"

namespace gab::rt {

struct Segment {
  Segment *Next;
  uint32_t Count;
  static constexpr uint32_t Capacity = 1022;
  uintptr_t Items[Capacity];
};

struct WeakEntry {
  void **Slot;
  const gab_type *Type;
};
struct EphemeronEntry {
  void **Key;
  const gab_type *KeyType;
  void **Value;
  const gab_type *ValueType;
};

/// A slot into a block that a concurrent cycle will empty: see Recorded.cpp.
struct RecordedSlot {
  void **Slot;
  const gab_type *Type;
  uint32_t Block;
};
/// What shows its fields by itself. Whole: an object, with its header; else it
/// may be an element of an array.
struct RecordedOwner {
  uintptr_t Object = 0;
  const gab_type *Type = nullptr;
  bool Whole = false;
};

/// What the phases of one cycle agree on; constant while it traces.
struct CycleState {
  bool Moving = false;     ///< some block is a candidate
  bool Minor = false;      ///< old objects keep their marks
  bool LogMarked = false;  ///< words of marked objects become logged ones
  bool Concurrent = false; ///< mutators run
  bool Shared = false;     ///< more than one worker
  bool Recording = false;  ///< slots into candidates are noted, not followed
  bool Aging = false;      ///< cells in fresh blocks stay young (Aging.h)
  /// Blocks of cells with references that stay where they are, of which there
  /// is no more to know: those that stay young, where some do.
  BlockFilter Plain = {0xFF | (LargeFlag | CandidateFlag) << 16,
                       static_cast<uint32_t>(BlockKind::Scan)};
};
extern CycleState Cycle;

/// Where the tables are, in registers while a worker drains. The heap may grow
/// meanwhile: what lies beyond Committed is looked up again.
struct HeapView {
  const uintptr_t Base = H.Base;
  const size_t Committed = __atomic_load_n(&H.CommittedBytes, __ATOMIC_RELAXED);
  BlockInfo *const Blocks = H.Blocks;
  BlockBits *const Bits = H.Bits;
  const BlockFilter Plain = Cycle.Plain;
};

class Worker {
public:
  gab_visitor Visitor; ///< must be first: trace functions get its address
  uint64_t Marked = 0, MovedBytes = 0, MovedObjects = 0;
  uint64_t MovedYoung = 0; ///< bytes out of fresh blocks
  uint64_t MovedCells = 0; ///< the same, in cells with references
  uint64_t Elements = 0;   ///< of arrays of references, visited
  uint64_t ByHelpers = 0;  ///< of Marked, by the workers that helped this one
  uint64_t TimedNs = 0, TimedBytes = 0; ///< of the moves that were timed
  bool Overflow = false; ///< an object was marked but could not be queued
  PageArray<WeakEntry> WeakSlots;
  PageArray<EphemeronEntry> Ephemerons;
  PageArray<RecordedSlot> Recorded;
  PageArray<RecordedOwner> Owners;
  bool RecordLost = false; ///< for want of memory: nothing leaves

  Worker();
  void visit(void **Slot, const gab_type *Type) {
    Cycle.Shared ? visitIn<true>(Slot, Type) : visitIn<false>(Slot, Type);
  }
  /// Count slots that lie side by side. For a lone worker, world stopped.
  void visitSlots(void **First, size_t Count, const gab_type *Type);
  void visitAmbiguous(uintptr_t Word);
  /// Marks the cell, and queues it if it has references.
  void markCell(uint32_t Block, uintptr_t Cell);
  /// Traces what is queued, and what others have put in the pool.
  void drain();
  /// About Most objects of what is queued; false when there was nothing.
  bool drainSome(size_t Most = 1024);
  /// Puts all that is queued here into the pool.
  void giveAll();
  /// A measure of what has been traced.
  uint64_t work() const { return Marked + Elements; }
  /// Visits the fields of one object.
  void traceObject(uintptr_t Object) {
    Cycle.Shared ? traceIn<true>(Object) : traceIn<false>(Object);
  }
  /// Slot holds a reference into Block, which may be emptied; it, or the object
  /// that shows it, will be visited again.
  void record(void **Slot, uint32_t Block, const gab_type *Type);
  /// An object that shows a field with such a reference.
  void recordOwner(uintptr_t Object, const gab_type *Type, uint32_t Block) {
    Tracing = {Object, Type, true};
    record(nullptr, Block, Type);
    Tracing = {};
  }
  /// Visits what it shows now.
  void retrace(const RecordedOwner &Owner) {
    Owner.Whole ? traceObject(Owner.Object)
                : callTrace(Owner.Object, Owner.Type);
  }
  void retireSurvivorRuns();
  /// Adds Other's counters and lists of slots to this one's.
  void takeResults(Worker &Other);
  /// What becomes old and may refer to young objects, in the queue.
  static constexpr uintptr_t OldFromNow = 2;
  void push(uintptr_t Object) {
    if (Current->Count == Segment::Capacity && !newSegment()) [[unlikely]] {
      Overflow = true;
      return;
    }
    Current->Items[Current->Count++] = Object;
  }
  void resetCounters() {
    Marked = Elements = 0;
    MovedBytes = MovedObjects = MovedYoung = MovedCells = ByHelpers = 0;
    TimedNs = TimedBytes = 0;
  }

private:
  Segment *Current;
  Segment *Full = nullptr;
  Segment First;
  const gab_type *MeanType = nullptr; ///< the row type that Mean is of
  uint32_t Mean = 0;                  ///< bytes of its small arrays
  size_t Unsampled = 0;               ///< slots since Mean was looked at
  Run Small{}, Cells[ClassCount]{}, Plain[ClassCount]{};
  RecordedOwner Tracing; ///< by its own function, at the moment

  class Waiting;

  // The bodies of the two that matter, inlined where they are called most.
  template <bool Shared>
  [[gnu::always_inline]] void visitHere(const HeapView &V, void **Slot,
                                        const gab_type *Type, Waiting *Later);
  template <bool Shared>
  [[gnu::always_inline]] void traceHere(const HeapView &V, uintptr_t Object,
                                        Waiting *Later);
  template <bool Shared> void visitIn(void **Slot, const gab_type *Type);
  /// A target that is no cell with references, or one that leaves.
  template <bool Shared>
  void visitOther(void **Slot, uintptr_t P, const gab_type *Type);
  template <bool Shared>
  void visitSmall(void **Slot, uintptr_t P, uint32_t Block,
                  const gab_type *Type);
  template <bool Shared>
  void visitCell(void **Slot, uintptr_t P, uint32_t Block);
  template <bool Shared>
  void leaveSmall(void **Slot, uintptr_t P, uint32_t Block,
                  const gab_type *Type);
  template <bool Shared>
  void leaveScan(void **Slot, uintptr_t P, uint32_t Block);
  template <bool Shared>
  void leaveNoscan(void **Slot, uintptr_t P, uint32_t Block);
  template <bool Shared> void traceIn(uintptr_t Object);
  /// An object that has more to it than references at known places.
  template <bool Shared> void traceOther(uintptr_t Object, gab_type *Type);
  template <bool Shared>
  void traceArray(uintptr_t Object, gab_type *Type, size_t From, size_t Until);
  template <bool Shared> void traceRange(uintptr_t Object);
  template <bool Shared>
  void visitRow(uintptr_t Slot, size_t Count, size_t Step,
                const gab_type *Type);
  uint32_t meanSize(uintptr_t Slot, size_t Count, size_t Step,
                    const gab_type *Type);
  template <bool Shared> bool drainIn(size_t Most);
  void traceConservative(uintptr_t Object);
  void callTrace(uintptr_t Object, const gab_type *Type);

  bool pop(uintptr_t &Item) {
    if (!Current->Count && !refillStack())
      return false;
    Item = Current->Items[--Current->Count];
    return true;
  }
  bool refillStack();
  void pushRange(uintptr_t Object, size_t From, size_t Until);
  bool newSegment();
  void share();
  uintptr_t roomForSmall(uint32_t Size);
  uintptr_t roomForCell(BlockKind Kind, unsigned Class);
  bool moreCells(Run &R, BlockKind Kind, unsigned Class);
};

/// Shared pool of segments with work.
struct WorkPool {
  Lock L;
  std::atomic<uint32_t> Available{0};
  std::atomic<bool> Finished{false};
  std::atomic<uint32_t> Idle{0};
  std::atomic<uint32_t> Workers{1};
  Segment *First = nullptr;
  void put(Segment *S);
  Segment *take();
};
extern WorkPool Pool;

Segment *newSegmentMemory();
void freeSegment(Segment *S);

/// Whether the target of a weak slot survived; if so P becomes where it is.
bool isAlive(void *&P, const gab_type *Type);

/// The cell of what lies at Offset of a block, as an address; 0 if none is.
uintptr_t cellAt(uint32_t Block, uint32_t Offset);

} // namespace gab::rt
#endif
