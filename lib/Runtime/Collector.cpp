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
#include "Aging.h"
#include "Evacuate.h"
#include "Hooks.h"
#include "Pacer.h"
#include "Probes.h"
#include "Stock.h"

namespace gab::rt {

int (*OomHandler)(size_t Bytes);
PageArray<uintptr_t> AmbiguousObjects;

Worker &mainWorker() {
  alignas(Worker) static unsigned char Memory[sizeof(Worker)];
  static Worker *W = new (static_cast<void *>(Memory)) Worker;
  return *W;
}

void startCollector() {
  H.Hooked = H.C.StressAlloc || H.C.Verify > 1 || H.C.ProfileBytes;
  H.SmallInCells = H.C.ThePlan == Plan::MarkSweep && !H.Hooked;
  setBudget(0);
  if (H.C.Quarantine)
    startQuarantine();
  startHooks();
  mainWorker();
  if (H.C.ThePlan == Plan::Gen)
    setGenerational(true);
}

// ---------------------------------------------------------------------------
// Phases

void flagHeldBlocks() {
  for (Thread *T = Threads.First; T; T = T->Next) {
    eachRun(*T, [](Run &R) {
      if (R.Block)
        H.Blocks[R.Block].set(HeldFlag);
    });
    if (T->LastBlock)
      H.Blocks[T->LastBlock].set(NewestFlag);
    T->LastBlock = 0;
  }
}

/// Whoever has made half as much as all have on the average gets a part of the
/// next budget.
static void settleBudgets() {
  uint64_t Sum = 0, Count = Threads.Count;
  uint32_t Spenders = 0;
  for (Thread *T = Threads.First; T; T = T->Next)
    Sum += T->Spent;
  for (Thread *T = Threads.First; T; T = T->Next) {
    Spenders += T->Spent && T->Spent * Count * 2 >= Sum;
    settleBudget(*T);
  }
  Threads.Spenders = Spenders;
}

void prepareCycle(gab_kind Kind) {
  settleBudgets();
  for (Thread *T = Threads.First; T; T = T->Next)
    returnStock(*T);
  Cycle = CycleState{};
  Cycle.Minor = H.Generational && Kind == GAB_COLLECT_MINOR;
  Cycle.LogMarked = H.Generational;
  for (uint32_t Block = 1; Block < H.Committed; ++Block) {
    BlockInfo &B = H.Blocks[Block];
    if (B.Kind == BlockKind::Free || B.Kind == BlockKind::LargeRest)
      continue;
    B.Flags &= static_cast<uint8_t>(~(HeldFlag | CandidateFlag | NewestFlag));
    if (B.Kind == BlockKind::Gab) {
      B.PinMask = 0;
      if (!Cycle.Minor) {
        B.PrevLive = B.LiveBytes;
        B.LiveBytes = 0;
        B.LineMask = 0;
        B.SlotCount = B.BlackMask = 0;
      }
    } else if (Cycle.Minor ? B.has(AgingFlag) : !MarksAreClear) {
      memset(H.Bits[Block].Mark, 0, sizeof(BlockBits::Mark));
    }
  }
  MarksAreClear = false;
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
      [](uintptr_t Word, WordPlace Place, void *Context) {
        if (H.C.Verify)
          noteForVerifier(Word);
        static_cast<Worker *>(Context)->visitAmbiguous(Word);
        if (Place == WordPlace::AsyncStack &&
            (Cycle.LogMarked || Cycle.Concurrent))
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
void traceAgain(Worker &W) {
  while (W.Overflow) {
    W.Overflow = false;
    LogLost |= Cycle.Aging; // nor was it looked at for young objects
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

void runCycle(gab_kind Kind, CycleRecord &R) {
  Worker &W = mainWorker();
  W.resetCounters();
  R.UsedBefore = size_t(H.UsedBlocks.load()) * BlockSize;
  uint64_t MarkStart = os::nowNs();
  LogLost = false; // if it was set, this is not a minor cycle
  chooseGenerations(Kind);
  prepareCycle(Kind);
  flagHeldBlocks();
  chooseAging();
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
    if (!Cycle.Minor)
      discardLogs();
    rememberForNext();
  }
  R.Moved = W.MovedBytes;
  R.MovedYoung = W.MovedYoung;
  R.MovedCells = W.MovedCells;
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
  if (Cycle.Moving)
    probeEvacuation(R.Candidates, R.MovedObjects, R.Moved);
  learnPause(R, W);
}

void finishCycle(CycleRecord &R) {
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
  setBudget(R.Live);
}

/// The clock that a pause is also measured with when somebody reads the trace:
/// a stopped world may wait for a core, which says nothing about the collector.
uint64_t pauseCpuNs() { return H.C.Trace ? os::threadCpuNs() : 0; }

void countPause(CycleRecord &R) {
  uint64_t Pause = R.PauseNs;
  H.Count.PauseLast = Pause;
  H.Count.PauseUsual = (3 * H.Count.PauseUsual + Pause) / 4;
  H.Count.PauseTotal += Pause;
  if (Pause > H.Count.PauseMax)
    H.Count.PauseMax = Pause;
  probePause(Pause);
}

void announce(const CycleRecord &R) {
  probeStart(H.Count.Cycles + 1, R.Kind, R.Reason,
             size_t(H.UsedBlocks.load()) * BlockSize);
}

/// A compaction is asked for to get memory back; else only what lay idle goes.
void returnMemory(gab_kind Kind) {
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
  if (Kind == GAB_COLLECT_MINOR && (!H.Generational || majorIsDue()))
    Kind = GAB_COLLECT_FULL;
  startHelpers();
  if (Kind == GAB_COLLECT_COMPACT)
    populateTables();
  CycleRecord R = {};
  R.Kind = Kind;
  R.Reason = Reason;
  announce(R);
  if (T)
    captureSelf(*T);
  uint64_t Cpu = cycleCpuNs(Reason);
  R.StartNs = os::nowNs();
  uint64_t PauseCpu = pauseCpuNs();
  R.StopNs = stopWorld(T);
  if (LogLost && Kind == GAB_COLLECT_MINOR) // since it was asked for
    R.Kind = Kind = GAB_COLLECT_FULL;
  if (H.C.Verify && Kind == GAB_COLLECT_MINOR)
    verifyHeap("before a minor cycle", Marks::Stale);
  runCycle(Kind, R);
  finishCycle(R);
  chargeCycle(Cpu, R);
  if (H.C.Verify)
    verifyHeap("after a cycle");
  R.PauseNs = os::nowNs() - R.StartNs;
  R.PauseCpuNs = pauseCpuNs() - PauseCpu;
  countPause(R);
  resumeWorld(T);
  returnMemory(Kind);
  gatherPages();
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
  case Plan::Copying:
    collectFrom(&T, GAB_COLLECT_MINOR,
                "budget"); // a full one, if there are none
    return;
  case Plan::MarkSweep:
  case Plan::Gab:
    collectFrom(&T, GAB_COLLECT_FULL, "budget");
    return;
  }
}

} // namespace gab::rt
