// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The log of stores. A word whose Log bit is set is logged at its next store:
/// where, what type, and what it held before; then the bit is cleared, so each
/// word is logged once an epoch. One log serves both uses:
///
///   gab-gen    bits are set for words of old objects; at a minor cycle the
///              slots are visited: they may refer to young objects
///   gab-conc   all bits are set; the old values are visited: they were
///              reachable at the first pause. Logs are taken from their threads
///              a few times while marking goes on, so that little is left to
///              visit in the second pause.
///
/// gab-conc leaves out what says nothing: a word that is null now and has not
/// been logged was null at the first pause, or is in an object made since. Most
/// stores are of that kind, into new objects. The bit stays, and the next value
/// is logged for nothing.
///
/// The entry is written before the bit is cleared: a thread that finds the bit
/// clear may overwrite the value, which by then is in somebody's log.
///
/// **Invariant B.** A thread stopped by the signal may be between testing the
/// bit and its store. The object it writes to is then in a register or on its
/// stack. So objects with references that an ambiguous word of such a thread
/// leads to are treated as logged: traced in the first pause (gab-conc), or
/// traced again at the next minor cycle (gab-gen). A thread that stops at a
/// call is not in between: the log's own slow path does not stop, and no
/// compiler moves the store across another call. Without the distinction every
/// large array that a stack refers to would be traced at every minor cycle.
#include "Collector.h"

namespace gab::rt {

Lock LogLock;
bool LogLost = false;
static PageArray<LogEntry> Orphaned; ///< of threads that are gone
static PageArray<LogEntry> Taken;    ///< by gab-conc, while it marks
static size_t TakenDone = 0;         ///< of these, visited
static PageArray<uintptr_t> Remembered;

void flushLog(Thread &T) {
  Guard G(LogLock);
  for (LogEntry &E : T.Log)
    if (!Orphaned.push(E))
      LogLost = true;
  T.Log.clear();
}

static uint64_t *wordsOf(void **Slot) {
  return H.logOf(H.blockOf(reinterpret_cast<uintptr_t>(Slot)));
}
static uint32_t wordIndex(void **Slot) {
  return static_cast<uint32_t>(
      (reinterpret_cast<uintptr_t>(Slot) & (BlockSize - 1)) >> GranuleShift);
}

size_t takeLogs() {
  bool All = Taken.take(Orphaned);
  for (Thread *T = Threads.First; T; T = T->Next)
    All &= Taken.take(T->Log);
  if (!All)
    LogLost = true;
  return Taken.size() - TakenDone;
}

void visitTakenLogs(Worker &W) {
  for (; TakenDone < Taken.size(); ++TakenDone)
    if (LogEntry &E = Taken[TakenDone]; !E.Weak)
      W.visit(&E.Old, E.Type);
}

/// The word of E will be logged again.
static void rearm(const LogEntry &E) {
  auto P = reinterpret_cast<uintptr_t>(E.Slot);
  if (P && H.contains(P))
    setBits<true>(wordsOf(E.Slot), wordIndex(E.Slot), 1);
}

void discardTakenLogs() {
  for (LogEntry &E : Taken)
    rearm(E);
  Taken.clear();
  TakenDone = 0;
}

static void eachLogEntry(void (*F)(LogEntry &, void *), void *Context) {
  for (LogEntry &E : Orphaned)
    F(E, Context);
  for (Thread *T = Threads.First; T; T = T->Next)
    for (LogEntry &E : T->Log)
      F(E, Context);
}

void discardLogs() {
  discardTakenLogs();
  eachLogEntry([](LogEntry &E, void *) { rearm(E); }, nullptr);
  Orphaned.clear();
  for (Thread *T = Threads.First; T; T = T->Next)
    T->Log.clear();
}

void rememberedRoots(Worker &W) {
  eachLogEntry(
      [](LogEntry &E, void *Context) {
        auto &W = *static_cast<Worker *>(Context);
        if (!E.Weak)
          W.visit(E.Slot, E.Type);
        else if (!W.WeakSlots.push({E.Slot, E.Type}))
          W.visit(E.Slot, E.Type);
      },
      &W);
  for (uintptr_t Object : Remembered) {
    // A stale word may have led to a cell that nobody had carved yet, in a run
    // that its thread has given up since. Whatever was carved is still there:
    // the word has marked it, and nothing was swept after that.
    uintptr_t Cell = Object - 8;
    if (testBit(H.Bits[H.blockOf(Cell)].Live,
                static_cast<uint32_t>((Cell & (BlockSize - 1)) >> 3)))
      W.traceObject(Object);
  }
}

/// Called when a cycle of gab-gen is over: its ambiguous objects are those to
/// look at again next time.
void rememberAmbiguous() {
  Remembered.swap(AmbiguousObjects);
  AmbiguousObjects.clear();
}

void switchBarrier(bool On, bool WeakReads) {
  gab_barrier.base = H.Base;
  gab_barrier.bits = reinterpret_cast<unsigned char *>(H.Log);
  __atomic_store_n(&gab_barrier.weak_reads, WeakReads, __ATOMIC_RELAXED);
  __atomic_store_n(&gab_barrier.size, On ? H.Size : 0, __ATOMIC_RELAXED);
}

} // namespace gab::rt

using namespace gab::rt;

static void logStore(Thread *T, void **Slot, const gab_type *Type,
                     unsigned Weak) {
  uintptr_t Size = __atomic_load_n(&gab_barrier.size, __ATOMIC_RELAXED);
  uint32_t I = wordIndex(Slot);
  if (!Size || !testBit(wordsOf(Slot), I))
    return;
  void *Old = __atomic_load_n(Slot, __ATOMIC_RELAXED);
  if (H.C.ThePlan == Plan::Conc && (!Old || Weak))
    return; // weak references were not followed at the first pause
  // The bit stays set if there is no room: nobody trusts this epoch's log.
  if (!T->Log.push({Slot, Type, Old, Weak})) {
    LogLost = true;
    return;
  }
  clearBits(wordsOf(Slot), I, 1);
}

// Not a RuntimeScope: leaving one may stop the thread, and here that would be
// between the barrier and the store.
extern "C" __attribute__((visibility("hidden"), used)) uintptr_t
gab_write_slow_body(void **Slot, const gab_type *Type, unsigned Weak) {
  Thread *T = attachSelf();
  if (!T)
    return 0;
  requireUnblocked(*T, "a store into an object inside a gab::BlockedScope");
  // A fork is under way, and the child shall find no log half written.
  while (StopRequested.load(std::memory_order_relaxed) == StopAtPolls)
    gab::os::futexWait(StopRequested, StopAtPolls, 0);
  T->InRuntime = T->InRuntime + 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  logStore(T, Slot, Type, Weak);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  T->InRuntime = T->InRuntime - 1;
  return 0;
}

extern "C" void gab_weak_read(void *Object, const gab_type *Type) {
  Thread *T = self();
  if (!T || !Object)
    return;
  RuntimeScope S(*T);
  if (!__atomic_load_n(&gab_barrier.weak_reads, __ATOMIC_RELAXED))
    return;
  if (!T->Log.push({nullptr, Type, Object, 0}))
    LogLost = true;
}

extern "C" void gab_write(void *, void **Slot, void *Value,
                          const gab_type *Type) {
  uintptr_t Offset = reinterpret_cast<uintptr_t>(Slot) - gab_barrier.base;
  if (Offset < __atomic_load_n(&gab_barrier.size, __ATOMIC_RELAXED) &&
      testBit(wordsOf(Slot), wordIndex(Slot)))
    gab_write_slow(Slot, Type, 0);
  __atomic_store_n(Slot, Value, __ATOMIC_RELAXED);
}
