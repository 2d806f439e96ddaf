// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A concurrent cycle: two short pauses with the marking between them and the
/// sweeping after them. What was reachable at the first pause stays; what is
/// made later is marked from birth. CycleLock is held all the time, so until
/// the sweep is done nobody stops the world for anything else.
#include "Assist.h"
#include "Collector.h"
#include "Pacer.h"
#include "Recorded.h"

namespace gab::rt {

static void blackenHeldRuns() {
  for (Thread *T = Threads.First; T; T = T->Next) {
    eachCellRun(*T, [](Run &R, const BlockInfo &B) {
      for (uintptr_t C = R.top(); C < R.End; C += B.CellSize)
        setBits<true>(H.Bits[R.Block].Mark,
                      static_cast<uint32_t>((C & (BlockSize - 1)) >> 3), 1);
    });
  }
  keepHeldRuns();
  for (Thread *T = Threads.First; T; T = T->Next)
    if (const Run &R = T->Small; R.Block)
      H.Blocks[R.Block].BlackMask |=
          linesOf(static_cast<uint32_t>(R.Start - H.addressOf(R.Block)),
                  static_cast<uint32_t>(R.End - R.Start));
  for (uint32_t Block = 1; Block < H.Committed; ++Block)
    if (H.Blocks[Block].Kind == BlockKind::Gab)
      H.Blocks[Block].LineMask |= H.Blocks[Block].PinMask;
}

static void firstPause(Worker &W) {
  W.resetCounters();
  chooseToEmpty();
  prepareCycle(GAB_COLLECT_FULL);
  Cycle.Concurrent = Cycle.Shared = true;
  startRecording();
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
  startAssists(W);
}

/// Whoever the signal has stopped may have read a weak reference and not made
/// its entry in the log: the read and the test of the switch are inlined, and
/// nothing else may say that what was read is alive. A thread that stops at a
/// call has made the entry.
static void keepWhatWasJustRead(Worker &W) {
  bool Interrupted = false;
  for (Thread *T = Threads.First; T; T = T->Next)
    Interrupted |= T->Async;
  if (!Interrupted)
    return;
  eachAmbiguousWord(
      [](uintptr_t Word, WordPlace Place, void *Context) {
        if (Place == WordPlace::AsyncStack)
          static_cast<Worker *>(Context)->visitAmbiguous(Word);
      },
      &W);
}

/// True if there are blocks left to be swept when the world runs again.
static bool secondPause(Worker &W, CycleRecord &R) {
  switchBarrier(false, false);
  AllocateBlack = false;
  takeLogs();
  endAssists(W);
  if (LogLost) { // values are missing: mark again with the world stopped
    stopRecording(W);
    discardLogs();
    runCycle(GAB_COLLECT_FULL, R);
    return false;
  }
  Cycle.Shared = false;
  visitTakenLogs(W);
  keepWhatWasJustRead(W);
  W.drain();
  traceAgain(W);
  emptyRecorded(W);
  settleReferences(W);
  traceAgain(W);
  stopRecording(W);
  R.Marked = W.Marked;
  R.ByHelpers = W.ByHelpers;
  R.Moved = W.MovedBytes;
  R.MovedObjects = W.MovedObjects;
  W.retireSurvivorRuns();
  if (H.C.Verify && Cycle.Moving)
    verifyPins();
  keepHeldRuns();
  if (H.C.Verify)
    verifyHeap("after concurrent marking", Marks::Unswept);
  flagHeldBlocks();
  sweepHeldBlocks(R);
  return true;
}

/// The mutators run; the blocks that are swept belong to nobody.
static void sweepMeanwhile(CycleRecord &R) {
  uint64_t Start = os::nowNs();
  discardTakenLogs();
  R.Live = sweepWaitingBlocks(R);
  R.SweepNs = os::nowNs() - Start;
  if (!H.C.Verify)
    return;
  stopWorld(nullptr);
  verifyHeap("after a concurrent sweep", Marks::Stale);
  resumeWorld(nullptr);
}

/// Marks while the mutators run. What they have logged meanwhile would all be
/// traced in the second pause, so it is fetched before, in pauses that do
/// nothing else, until there is little of it or it does not become less: where
/// marker and mutators share a core, it may not.
static void markMeanwhile(Worker &W, CycleRecord &R) {
  constexpr size_t Little = 256;
  uint64_t Start = os::nowNs();
  for (size_t Fetched = ~size_t(0), Before; Fetched > Little;) {
    while (markAtPace(W)) {
    }
    CycleRecord Fetch = {};
    uint64_t PauseStart = os::nowNs();
    R.StopNs += stopWorld(nullptr);
    Before = Fetched;
    Fetched = takeLogs();
    Fetch.PauseNs = os::nowNs() - PauseStart;
    countPause(Fetch);
    resumeWorld(nullptr);
    visitTakenLogs(W);
    if (Fetched > Before / 2)
      break;
  }
  while (markAtPace(W)) {
  }
  R.ConcurrentNs = os::nowNs() - Start;
}

void runConcurrentCycle() {
  Worker &W = mainWorker();
  CycleRecord R = {};
  R.Kind = GAB_COLLECT_FULL;
  R.Reason = "concurrent";
  CycleLock.lock();
  announce(R);
  uint64_t Cpu = cycleCpuNs(R.Reason);
  R.UsedBefore = size_t(H.UsedBlocks.load()) * BlockSize;
  R.StartNs = os::nowNs();
  uint64_t PauseCpu = pauseCpuNs();
  R.StopNs = stopWorld(nullptr);
  firstPause(W);
  R.FirstCpuNs = pauseCpuNs() - PauseCpu;
  R.FirstPauseNs = R.PauseNs = os::nowNs() - R.StartNs;
  countPause(R);
  resumeWorld(nullptr);
  markMeanwhile(W, R);
  uint64_t Start = os::nowNs();
  PauseCpu = pauseCpuNs();
  R.StopNs += stopWorld(nullptr);
  bool More = secondPause(W, R);
  R.MarkNs = R.ConcurrentNs;
  R.PauseNs = os::nowNs() - Start;
  R.PauseCpuNs = pauseCpuNs() - PauseCpu;
  countPause(R);
  resumeWorld(nullptr);
  if (More)
    sweepMeanwhile(R);
  Cycle.Concurrent = false;
  finishCycle(R);
  chargeCycle(Cpu, R);
  returnMemory(GAB_COLLECT_FULL);
  reportCycle(R);
  concurrentCycleIsOver();
  CycleLock.unlock();
}

} // namespace gab::rt
