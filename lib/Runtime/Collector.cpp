// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One stop-the-world cycle, phase by phase:
///
///   stop       everybody, see Stop.cpp
///   prepare    forget old marks (unless the cycle is minor), note held runs
///   ambiguous  stacks, registers, pins: their targets are pinned or marked
///   choose     blocks to empty, now that pins are known
///   precise    Local, Root and Global slots; remembered stores if minor
///   trace      until nothing is queued
///   settle     ephemerons, weak references, finalizers
///   sweep      free blocks, lines and cells; next budget
///
/// The collector calls no malloc and prints nothing before the world runs
/// again: a stopped thread may hold libc's locks.
#include "Collector.h"
#include "Evacuate.h"
#include "Hooks.h"

namespace gab::rt {

int (*OomHandler)(size_t Bytes);
PageArray<uintptr_t> AmbiguousObjects;

Worker &mainWorker() {
  alignas(Worker) static unsigned char Memory[sizeof(Worker)];
  static Worker *W = new (static_cast<void *>(Memory)) Worker;
  return *W;
}

static size_t youngBytes() {
  if (H.C.Young)
    return H.C.Young;
  // Half of a core's own cache, since the program wants some of it too, times
  // the cores that allocate.
  unsigned N = Threads.Count.load() ? Threads.Count.load() : 1u;
  unsigned Cores = H.C.Threads > 1 ? H.C.Threads : 1;
  static const size_t Half = os::coreCache() / 2;
  size_t One =
      Half<(1u << 19) ? (1u << 19) : Half>(2u << 20) ? (2u << 20) : Half;
  return One * (N < Cores ? N : Cores);
}

/// Where gab-gen's old objects call for a major cycle.
static size_t majorBound() {
  size_t Bound = H.LiveAfterMajor + H.LiveAfterMajor / 100 * H.C.Growth;
  size_t Least = 4 * youngBytes();
  return Bound > Least ? Bound : Least;
}

static bool majorIsDue() {
  return LogLost || H.Count.LiveBytes.load() > majorBound();
}

/// Young objects of gab-gen. What survives a minor cycle stays until the next
/// major one, so the more there is, the longer they should have to die; but
/// beyond some size it only makes pauses and the heap larger.
/// And close to the next major cycle they should not overshoot its bound.
static size_t nurseryBytes(size_t Live) {
  constexpr size_t Most = 8u << 20;
  size_t Wanted = H.LiveAfterMajor / 2 < Most ? H.LiveAfterMajor / 2 : Most;
  size_t Bound = majorBound();
  size_t Room = Bound > Live ? Bound - Live : 0;
  return Room < Wanted ? Room : Wanted;
}

void setBudget(size_t Live) {
  if (H.C.ThePlan == Plan::NoGc) {
    H.BudgetLeft = INT64_MAX;
    return;
  }
  size_t Young = youngBytes();
  size_t Growth = Live / 100 * H.C.Growth;
  if (H.C.ThePlan == Plan::Gen)
    Growth = nurseryBytes(Live); // majors are decided by majorIsDue
  if (H.C.ThePlan == Plan::Copying)
    Growth *= 3; // each cycle pays for all that lives, so make them rare
  size_t Budget = Growth > Young ? Growth : Young;
  // Near the limit collect more often rather than fail.
  if (size_t Limit = H.C.Limit) {
    size_t Used = size_t(H.UsedBlocks.load()) * BlockSize;
    size_t Room = Used < Limit ? (Limit - Used) / 2 : 0;
    if (Room < Budget)
      Budget = Room > BlockSize * 4 ? Room : BlockSize * 4;
  }
  H.BudgetLeft = static_cast<int64_t>(Budget);
}

void startCollector() {
  H.Hooked = H.C.StressAlloc || H.C.Verify > 1 || H.C.ProfileBytes;
  setBudget(0);
  if (H.C.Quarantine)
    startQuarantine();
  startHooks();
  mainWorker();
  if (H.C.ThePlan == Plan::Gen)
    switchBarrier(true, false);
}

// ---------------------------------------------------------------------------
// Phases

static void flagHeldBlocks() {
  for (Thread *T = Threads.First; T; T = T->Next)
    eachRun(*T, [](Run &R) {
      if (R.Block)
        H.Blocks[R.Block].set(HeldFlag);
    });
}

void prepareCycle(gab_kind Kind) {
  Cycle = CycleState{};
  Cycle.Minor = H.C.ThePlan == Plan::Gen && Kind == GAB_COLLECT_MINOR;
  Cycle.LogMarked = H.C.ThePlan == Plan::Gen;
  for (uint32_t Block = 1; Block < H.Committed; ++Block) {
    BlockInfo &B = H.Blocks[Block];
    if (B.Kind == BlockKind::Free || B.Kind == BlockKind::LargeRest)
      continue;
    B.Flags &= static_cast<uint8_t>(~(HeldFlag | CandidateFlag));
    if (B.Kind == BlockKind::Gab) {
      B.PinMask = 0;
      if (!Cycle.Minor) {
        B.PrevLive = B.LiveBytes;
        B.LiveBytes = 0;
        B.LineMask = 0;
      }
    } else if (!Cycle.Minor) {
      memset(H.Bits[Block].Mark, 0, sizeof(BlockBits::Mark));
    }
  }
  flagHeldBlocks();
  AmbiguousObjects.clear();
}

/// Notes the object with references that Word may refer to.
static void noteAmbiguous(uintptr_t Word) {
  for (uintptr_t P : {Word, Word - 1}) {
    if (!H.contains(P) || H.blockOf(P) >= H.Committed)
      continue;
    uint32_t Block = H.blockOf(P);
    if (H.Blocks[Block].Kind == BlockKind::LargeRest)
      Block -= H.Blocks[Block].BlockCount;
    if (H.Blocks[Block].Kind != BlockKind::Scan)
      continue;
    uintptr_t Cell = cellAt(Block, static_cast<uint32_t>(P & (BlockSize - 1)));
    if (Cell && testBit(H.Bits[Block].Live,
                        static_cast<uint32_t>((Cell & (BlockSize - 1)) >> 3)))
      if (!AmbiguousObjects.push(Cell + 8))
        LogLost = true;
  }
}

void scanAmbiguousRoots(Worker &W) {
  forgetAmbiguous();
  eachAmbiguousWord(
      [](uintptr_t Word, bool Async, void *Context) {
        if (H.C.Verify)
          noteForVerifier(Word);
        static_cast<Worker *>(Context)->visitAmbiguous(Word);
        if (Async && (Cycle.LogMarked || Cycle.Concurrent))
          noteAmbiguous(Word);
      },
      &W);
}

void visitPreciseRoots(Worker &W) {
  for (Thread *T = Threads.First; T; T = T->Next)
    for (gab_local *L = T->Tls->locals; L; L = L->next)
      W.visit(&L->object, L->type);
  for (gab_root *R = Roots[GAB_ROOT_STRONG]; R; R = R->next)
    W.visit(&R->object, R->type);
}

/// Objects that were marked but not queued for want of memory: found by their
/// marks, and traced again with all others, until nothing is lost.
static void traceAgain(Worker &W) {
  while (W.Overflow) {
    W.Overflow = false;
    for (uint32_t Block = 1; Block < H.Committed; ++Block) {
      BlockInfo &B = H.Blocks[Block];
      if (B.Kind != BlockKind::Scan)
        continue;
      uint32_t Cells = B.has(LargeFlag) ? 1 : cellsIn(B);
      for (uint32_t I = 0; I < Cells; ++I) {
        uint32_t Offset = B.FirstCell + (I ? I * B.CellSize : 0);
        if (!testBit(H.Bits[Block].Mark, Offset >> GranuleShift))
          continue;
        W.traceObject(H.addressOf(Block) + Offset + 8);
        W.drain();
      }
    }
  }
}

void traceAll(Worker &W) {
  if (!Cycle.Minor && tracesInParallel())
    helpTrace(W);
  W.drain();
  traceAgain(W);
}

/// What a thread holds counts as alive, whatever was found (Invariant S).
void keepHeldRuns() {
  for (Thread *T = Threads.First; T; T = T->Next) {
    if (Run &R = T->Small; R.Block)
      __atomic_fetch_or(
          &H.Blocks[R.Block].PinMask,
          linesOf(static_cast<uint32_t>(R.Start - H.addressOf(R.Block)),
                  static_cast<uint32_t>(R.End - R.Start)),
          __ATOMIC_RELAXED);
    if (T->Refills < 8 && T->GabLines > 1)
      T->GabLines /= 2; // an idle thread gives its next GAB up sooner
    T->Refills = 0;
  }
}

static void runCycle(gab_kind Kind, CycleRecord &R) {
  Worker &W = mainWorker();
  W.resetCounters();
  R.UsedBefore = size_t(H.UsedBlocks.load()) * BlockSize;
  uint64_t MarkStart = os::nowNs();
  prepareCycle(Kind);
  scanAmbiguousRoots(W);
  chooseCandidates(Kind);
  visitPreciseRoots(W);
  if (Cycle.Minor)
    rememberedRoots(W);
  traceAll(W);
  settleReferences(W);
  traceAgain(W);
  R.MarkNs = os::nowNs() - MarkStart;
  if (Cycle.LogMarked) {
    discardLogs();
    rememberAmbiguous();
  }
  R.Moved = W.MovedBytes;
  R.MovedYoung = W.MovedYoung;
  R.MovedObjects = W.MovedObjects;
  R.Marked = W.Marked;
  R.ByHelpers = W.ByHelpers;
  W.retireSurvivorRuns();
  if (H.C.Verify)
    verifyPins();
  keepHeldRuns();
  uint64_t SweepStart = os::nowNs();
  R.Live = sweep(R);
  R.SweepNs = os::nowNs() - SweepStart;
}

static void finishCycle(CycleRecord &R) {
  H.Count.LiveBytes = R.Live;
  if (!Cycle.Minor)
    H.LiveAfterMajor = R.Live;
  ++H.Count.Cycles;
  if (Cycle.Minor)
    ++H.Count.MinorCycles;
  R.Number = H.Count.Cycles;
  R.UsedAfter = size_t(H.UsedBlocks.load()) * BlockSize;
  H.Count.MovedBytes += R.Moved;
  H.Count.MovedObjects += R.MovedObjects;
  H.Count.MarkedObjects = R.Marked;
  H.Count.MarkedByHelpers += R.ByHelpers;
  H.Count.MarkTotal += R.MarkNs;
  H.Count.PinnedLines = R.PinnedLines;
  LogLost = false;
  setBudget(R.Live);
}

static void countPause(CycleRecord &R) {
  uint64_t Pause = R.PauseNs;
  H.Count.PauseLast = Pause;
  H.Count.PauseTotal += Pause;
  if (Pause > H.Count.PauseMax)
    H.Count.PauseMax = Pause;
}

/// A compaction is asked for to get memory back; else only what lay idle goes.
static void returnMemory(gab_kind Kind) {
  switch (H.C.Return) {
  case ReturnPolicy::Never:
    return;
  case ReturnPolicy::Prompt:
    returnPages(0, ~0u);
    return;
  case ReturnPolicy::Pacer:
    if (Kind == GAB_COLLECT_COMPACT)
      returnPages(ChunkBlocks / 8, ~0u);
    else
      returnIdlePages();
    return;
  }
}

void collectFrom(Thread *T, gab_kind Kind, const char *Reason) {
  lockStopped(T, CycleLock);
  bool OnlyBudget = !strcmp(Reason, "budget");
  if (OnlyBudget && H.BudgetLeft > 0) {
    CycleLock.unlock();
    return;
  }
  if (Kind == GAB_COLLECT_MINOR && (H.C.ThePlan != Plan::Gen || majorIsDue()))
    Kind = GAB_COLLECT_FULL;
  startHelpers();
  CycleRecord R = {};
  R.Kind = Kind;
  R.Reason = Reason;
  if (T)
    captureSelf(*T);
  R.StartNs = os::nowNs();
  R.StopNs = stopWorld(T);
  runCycle(Kind, R);
  finishCycle(R);
  if (H.C.Verify)
    verifyHeap("after a cycle");
  R.PauseNs = os::nowNs() - R.StartNs;
  countPause(R);
  resumeWorld(T);
  returnMemory(Kind);
  reportCycle(R);
  CycleLock.unlock();
}

void collectForAllocation(Thread &T) {
  switch (H.C.ThePlan) {
  case Plan::NoGc:
    H.BudgetLeft = INT64_MAX;
    return;
  case Plan::Conc:
    requestConcurrentCycle(T);
    return;
  case Plan::Gen:
    collectFrom(&T, GAB_COLLECT_MINOR, "budget");
    return;
  case Plan::MarkSweep:
  case Plan::Gab:
  case Plan::Copying:
    collectFrom(&T, GAB_COLLECT_FULL, "budget");
    return;
  }
}

// ---------------------------------------------------------------------------
// A concurrent cycle: two short pauses with the marking between them. What was
// reachable at the first pause stays; what is made later is marked from birth.

static void blackenHeldRuns() {
  for (Thread *T = Threads.First; T; T = T->Next) {
    for (Run *Runs : {T->Scan, T->Noscan})
      for (unsigned I = 0; I < ClassCount; ++I) {
        Run &R = Runs[I];
        for (uintptr_t C = R.Block ? R.top() : R.End; C < R.End;
             C += CellSizes[I])
          setBits<true>(H.Bits[R.Block].Mark,
                        static_cast<uint32_t>((C & (BlockSize - 1)) >> 3), 1);
      }
  }
  keepHeldRuns();
  for (uint32_t Block = 1; Block < H.Committed; ++Block)
    if (H.Blocks[Block].Kind == BlockKind::Gab)
      H.Blocks[Block].LineMask |= H.Blocks[Block].PinMask;
}

static void firstPause(Worker &W) {
  W.resetCounters();
  prepareCycle(GAB_COLLECT_FULL);
  Cycle.Concurrent = Cycle.Shared = true;
  Pool.Workers = 1;
  scanAmbiguousRoots(W);
  visitPreciseRoots(W);
  // Invariant B: a thread may be between the test of the barrier, which is
  // still off, and its store. The object is then on its stack.
  for (uintptr_t Object : AmbiguousObjects)
    W.traceObject(Object);
  blackenHeldRuns();
  AllocateBlack = true;
  switchBarrier(true, true);
}

static void secondPause(Worker &W, CycleRecord &R) {
  switchBarrier(false, false);
  AllocateBlack = false;
  if (LogLost) { // values are missing: mark again with the world stopped
    discardLogs();
    runCycle(GAB_COLLECT_FULL, R);
    return;
  }
  Cycle.Shared = false;
  eachLogEntry(
      [](LogEntry &E, void *Context) {
        if (!E.Weak)
          static_cast<Worker *>(Context)->visit(&E.Old, E.Type);
      },
      &W);
  discardLogs();
  W.drain();
  traceAgain(W);
  settleReferences(W);
  traceAgain(W);
  R.Marked = W.Marked;
  keepHeldRuns();
  uint64_t SweepStart = os::nowNs();
  R.Live = sweep(R);
  R.SweepNs = os::nowNs() - SweepStart;
}

void runConcurrentCycle() {
  Worker &W = mainWorker();
  CycleRecord R = {};
  R.Kind = GAB_COLLECT_FULL;
  R.Reason = "concurrent";
  CycleLock.lock();
  R.UsedBefore = size_t(H.UsedBlocks.load()) * BlockSize;
  R.StartNs = os::nowNs();
  R.StopNs = stopWorld(nullptr);
  firstPause(W);
  R.FirstPauseNs = R.PauseNs = os::nowNs() - R.StartNs;
  countPause(R);
  resumeWorld(nullptr);
  uint64_t MarkStart = os::nowNs();
  while (W.drainSome()) {
  }
  R.ConcurrentNs = os::nowNs() - MarkStart;
  uint64_t Start = os::nowNs();
  R.StopNs += stopWorld(nullptr);
  secondPause(W, R);
  R.MarkNs = R.ConcurrentNs;
  finishCycle(R);
  Cycle.Concurrent = false;
  if (H.C.Verify)
    verifyHeap("after a concurrent cycle");
  R.PauseNs = os::nowNs() - Start;
  countPause(R);
  resumeWorld(nullptr);
  returnMemory(GAB_COLLECT_FULL);
  reportCycle(R);
  CycleLock.unlock();
}

} // namespace gab::rt
