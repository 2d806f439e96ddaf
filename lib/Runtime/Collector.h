// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The cycle and its phases. All plans run the same phases; a plan is a choice
/// of what stays marked, which blocks are emptied, and who runs meanwhile.
#ifndef GAB_RUNTIME_COLLECTOR_H
#define GAB_RUNTIME_COLLECTOR_H

#include "Alloc.h"
#include "Tracer.h"

namespace gab::rt {

/// What one cycle did; for traces and for the pages that explain it.
struct CycleRecord {
  uint64_t Number, StartNs, StopNs, PauseNs, MarkNs, SweepNs;
  uint64_t ConcurrentNs; ///< between the two pauses of a concurrent cycle
  uint64_t FirstPauseNs; ///< of a concurrent cycle; else 0
  uint64_t PauseCpuNs, FirstCpuNs; ///< CPU time of the pauses, when traced
  uint64_t ByHelpers; ///< of Marked, by other threads than the first
  uint64_t UsedBefore, UsedAfter, Live, Moved, MovedYoung, MovedCells,
      MovedObjects, Marked;
  uint32_t PinnedLines, Candidates, Freed, YoungPermille;
  gab_kind Kind;
  const char *Reason;
};

void startCollector();
/// Collects, unless Reason is "budget" and somebody else just has.
void collectFrom(Thread *T, gab_kind Kind, const char *Reason);
/// The budget is used up: do what the plan does then.
void collectForAllocation(Thread &T);

// Phases; the world is stopped.
void prepareCycle(gab_kind Kind);
void scanAmbiguousRoots(Worker &W);
void visitPreciseRoots(Worker &W);
void traceAll(Worker &W);
void settleEphemerons(Worker &W);
void settleReferences(Worker &W);
/// Rebuilds what is free from what was found. Returns live bytes.
size_t sweep(CycleRecord &R);
/// The same in two parts: what threads hold, in the pause, and the rest when
/// they run again. Their runs are in flagged blocks.
void sweepHeldBlocks(CycleRecord &R);
size_t sweepWaitingBlocks(CycleRecord &R);
/// No cell has a mark: the next cycle need not forget any.
extern bool MarksAreClear;
void flagHeldBlocks();
void keepHeldRuns();
/// Traces again what was marked and could not be queued.
void traceAgain(Worker &W);
Worker &mainWorker();
/// The phases of a cycle with the world stopped.
void runCycle(gab_kind Kind, CycleRecord &R);

// Around a cycle.
void announce(const CycleRecord &R);
/// CPU time of the calling thread when somebody reads the trace, else 0.
uint64_t pauseCpuNs();
void countPause(CycleRecord &R);
void finishCycle(CycleRecord &R);
void returnMemory(gab_kind Kind);
/// Objects with references that an ambiguous word led to, in this cycle.
extern PageArray<uintptr_t> AmbiguousObjects;

// Log of stores (Barrier.cpp).
extern Lock LogLock;
extern bool LogLost; ///< an entry was dropped; trust no log of this epoch
void flushLog(Thread &T);
void rememberedRoots(Worker &W);
void rememberForNext();
/// An old object that may refer to young ones is traced again next time.
void rememberIfNeeded(uintptr_t Object);
/// For the verifier: the places that the next minor cycle visits, slots and,
/// with WholeObject, objects.
inline constexpr uintptr_t WholeObject = 1;
void eachRemembered(void (*F)(uintptr_t Place, void *), void *Context);
/// Forgets all entries and re-arms their words.
void discardLogs();
/// gab-conc: takes the entries of all threads, world stopped; returns how many
/// wait to be visited. What was taken is visited and discarded while they run.
size_t takeLogs();
void visitTakenLogs(Worker &W);
void discardTakenLogs();
/// After each cycle, the world runs: large pages for what has been there long.
void gatherPages();
void switchBarrier(bool On, bool WeakReads);
/// Before a cycle that is not minor: whether the next ones may be.
void setGenerational(bool On);

// Helpers (Helpers.cpp): parallel tracing and the concurrent collector.
/// Below this many live bytes one worker is faster than several.
inline constexpr size_t ParallelBytes = 64u << 20;
inline bool tracesInParallel() {
  return H.C.Threads > 1 &&
         (H.C.StressParallel || H.Count.LiveBytes > ParallelBytes);
}
void startHelpers();
void helpTrace(Worker &W);
void forgetHelpers();
void runConcurrentCycle();
/// The next one may be asked for. CycleLock is still held.
void concurrentCycleIsOver();
void requestConcurrentCycle(Thread &T);
void finishConcurrentCycle(Thread *T);

/// Gives a swept block back, through quarantine when that is on.
void releaseBlock(uint32_t Block, uint32_t Count, bool Evacuated);
void startQuarantine();
void ageQuarantine();

extern Lock RecordLock; ///< of the records that reportCycle keeps
void reportCycle(const CycleRecord &R);
/// Verifies the heap; dies with a message on the first fault. World stopped.
/// With stale marks there may be objects that were made since; before the sweep
/// blocks that were emptied are still there.
enum class Marks { Current, Stale, Unswept };
void verifyHeap(const char *When, Marks M = Marks::Current);
/// The same for what ambiguous words refer to; marks are complete and nothing
/// has been freed yet.
void verifyPins();
/// The words it looks at, noted while roots are scanned.
void noteForVerifier(uintptr_t Word);
void forgetAmbiguous();

extern int (*OomHandler)(size_t Bytes);

} // namespace gab::rt
#endif
