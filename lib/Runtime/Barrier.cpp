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
/// is logged for nothing. What is stored matters too, if it is a reference into
/// a block that the cycle may empty: then the slot has to be known
/// (Recorded.cpp, E3).
///
/// gab-gen logs long arrays of references by cache lines: a window, a table or
/// a cache that is overwritten all the time would else make as many entries as
/// there are stores, and the line is what visiting one slot reads anyway.
///
/// Bits are cleared by plain stores of bytes. Two threads may do so at once,
/// and then a word may be logged twice, which says the same twice. Nobody sets
/// bits meanwhile: gab-gen does while the world is stopped, gab-conc after
/// that, when nothing is logged.
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
#include "Aging.h"
#include "Collector.h"
#include "Recorded.h"
#include "Slots.h"

namespace gab::rt {

Lock LogLock;
bool LogLost = false;
static PageArray<LogEntry> Orphaned;    ///< of threads that are gone
static PageArray<LogEntry> Taken;       ///< by gab-conc, while it marks
static size_t TakenDone = 0;            ///< of these, visited
static PageArray<LogEntry> Kept;        ///< of a minor cycle, for the next
static PageArray<uintptr_t> Remembered; ///< objects to trace
static PageArray<uintptr_t> ToRemember;

void flushLog(Thread &T) {
  Guard G(LogLock);
  for (LogEntry &E : T.Log)
    if (!Orphaned.push(E))
      LogLost = true;
  T.Log.clear();
}

static constexpr uintptr_t CacheLine = 64;
static constexpr size_t LineSlots = CacheLine / sizeof(void *);

static uint64_t *wordsOf(void **Slot) {
  return H.logOf(H.blockOf(reinterpret_cast<uintptr_t>(Slot)));
}
static uint32_t wordIndex(void **Slot) {
  return static_cast<uint32_t>(
      (reinterpret_cast<uintptr_t>(Slot) & (BlockSize - 1)) >> GranuleShift);
}
/// The bits of the words in the cache line of Slot.
static unsigned char &bitsAround(void **Slot) {
  static_assert(LineSlots == 8);
  return reinterpret_cast<unsigned char *>(
      H.Log)[(reinterpret_cast<uintptr_t>(Slot) - H.Base) / CacheLine];
}

size_t takeLogs() {
  bool All = Taken.take(Orphaned);
  for (Thread *T = Threads.First; T; T = T->Next)
    All &= Taken.take(T->Log);
  if (!All)
    LogLost = true;
  return Taken.size() - TakenDone;
}

size_t loggedSlots() { return Taken.size(); }

void eachLoggedSlot(void (*F)(void **, const gab_type *, void *),
                    void *Context) {
  constexpr size_t Ahead = 8;
  for (size_t I = 0; I < Taken.size(); ++I) {
    if (I + Ahead < Taken.size())
      __builtin_prefetch(Taken[I + Ahead].Slot);
    if (Taken[I].Slot)
      F(Taken[I].Slot, Taken[I].Type, Context);
  }
}

void visitTakenLogs(Worker &W) {
  for (; TakenDone < Taken.size(); ++TakenDone)
    if (LogEntry &E = Taken[TakenDone]; E.Kind == LogKind::Strong)
      W.visit(&E.Old, E.Type);
}

/// The words of E will be logged again.
static void rearm(const LogEntry &E) {
  auto P = reinterpret_cast<uintptr_t>(E.Slot);
  if (!P || !H.contains(P))
    return;
  if (E.Kind == LogKind::Line)
    __atomic_store_n(&bitsAround(E.Slot), 0xFF, __ATOMIC_RELAXED);
  else
    setBits<true>(wordsOf(E.Slot), wordIndex(E.Slot), 1);
}

void discardTakenLogs() {
  for (LogEntry &E : Taken)
    rearm(E);
  constexpr size_t Usual = 1u << 18; // memory for more is given back
  Taken.size() > Usual ? Taken.release() : Taken.clear();
  TakenDone = 0;
}

template <class Function> static void eachLog(Function F) {
  F(Orphaned);
  for (Thread *T = Threads.First; T; T = T->Next)
    F(T->Log);
}

void discardLogs() {
  discardTakenLogs();
  eachLog([](PageArray<LogEntry> &Log) {
    for (LogEntry &E : Log)
      rearm(E);
    Log.clear();
  });
}

static void visitLogged(Worker &W, const LogEntry &E) {
  switch (E.Kind) {
  case LogKind::Strong:
    W.visit(E.Slot, E.Type);
    break;
  case LogKind::Weak:
    if (!W.WeakSlots.push({E.Slot, E.Type}))
      W.visit(E.Slot, E.Type);
    break;
  case LogKind::Line:
    W.visitSlots(E.Slot, LineSlots, E.Type);
    break;
  }
}

static size_t slotsIn(const LogEntry &E) {
  return E.Kind == LogKind::Line ? LineSlots : 1;
}

/// Whether the slots of E refer to what may be young at the next cycle too.
static bool hasYoung(const LogEntry &E) {
  if (E.Type->flags & GAB_NOSCAN_TYPE)
    return false;
  for (size_t I = 0; I < slotsIn(E); ++I)
    if (leadsToYoung(E.Slot + I))
      return true;
  return false;
}

[[gnu::noinline]] static void keepIfYoung(const LogEntry &E) {
  if (hasYoung(E) && !Kept.push(E))
    LogLost = true;
}

/// Visits what has been logged, and forgets it: one pass over the log.
void rememberedRoots(Worker &W) {
  eachLog([&W](PageArray<LogEntry> &Log) {
    constexpr size_t Ahead = 8;
    for (size_t I = 0; I < Log.size(); ++I) {
      if (I + Ahead < Log.size())
        __builtin_prefetch(Log[I + Ahead].Slot);
      visitLogged(W, Log[I]);
      rearm(Log[I]);
      if (Cycle.Aging) [[unlikely]]
        keepIfYoung(Log[I]);
    }
    Log.clear();
  });
  Orphaned.swap(Kept);
  for (uintptr_t Object : Remembered) {
    // A stale word may have led to a cell that nobody had carved yet, in a run
    // that its thread has given up since. Whatever was carved is still there:
    // the word has marked it, and nothing was swept after that.
    uintptr_t Cell = Object - 8;
    const BlockBits &Bits = H.Bits[H.blockOf(Cell)];
    auto G = static_cast<uint32_t>((Cell & (BlockSize - 1)) >> GranuleShift);
    if (!testBit(Bits.Live, G))
      continue;
    W.traceObject(Object);
    // One that is young may die now, and its block be used for something else.
    // If it does not, and becomes old, it is remembered when it is traced.
    if (testBit(Bits.Mark, G))
      rememberIfNeeded(Object);
  }
}

void rememberIfNeeded(uintptr_t Object) {
  if (refersToYoung(Object) && !ToRemember.push(Object))
    LogLost = true;
}

/// Called when a cycle of gab-gen is over: its ambiguous objects are to be
/// looked at again next time, and so is what refers to young ones.
void rememberForNext() {
  Remembered.swap(AmbiguousObjects);
  AmbiguousObjects.clear();
  if (!Remembered.take(ToRemember))
    LogLost = true;
  ToRemember.clear();
}

void eachRemembered(void (*F)(uintptr_t Place, void *), void *Context) {
  eachLog([&](PageArray<LogEntry> &Log) {
    for (LogEntry &E : Log)
      for (size_t I = 0; I < slotsIn(E); ++I)
        F(reinterpret_cast<uintptr_t>(E.Slot + I), Context);
  });
  for (uintptr_t Object : Remembered)
    F(Object | WholeObject, Context);
}

void switchBarrier(bool On, bool WeakReads) {
  gab_barrier.base = H.Base;
  gab_barrier.bits = reinterpret_cast<unsigned char *>(H.Log);
  __atomic_store_n(&gab_barrier.weak_reads, WeakReads, __ATOMIC_RELAXED);
  __atomic_store_n(&gab_barrier.size, On ? H.Size : 0, __ATOMIC_RELAXED);
  for (Thread *T = Threads.First; T; T = T->Next)
    __atomic_store_n(&T->Tls->logs, gab_barrier.size, __ATOMIC_RELAXED);
}

void setGenerational(bool On) {
  if (H.Generational == On)
    return;
  H.Generational = On;
  discardLogs();
  Remembered.clear();
  switchBarrier(On, false);
}

} // namespace gab::rt

using namespace gab::rt;

/// If Slot is an element of an array of nothing but references that has blocks
/// of its own, and so is all that shares its cache line: the first slot there.
/// Arrays in cells are short, and their ends share lines with others.
static void **lineOf(void **Slot, const gab_type *Type) {
  uint32_t Block = H.blockOf(reinterpret_cast<uintptr_t>(Slot));
  const BlockInfo *B = &H.Blocks[Block];
  if (B->Kind == BlockKind::LargeRest) {
    Block -= B->BlockCount;
    B = &H.Blocks[Block];
  }
  if (!B->BlockCount) // Flags may just be changed by whoever has a run there
    return nullptr;
  uintptr_t Object = H.addressOf(Block) + B->FirstCell + 8;
  auto *Array = reinterpret_cast<const gab_type *const *>(Object)[-1];
  if (!Array || !(Array->flags & GAB_ARRAY_TYPE) || onlySlotOf(Array) != Type)
    return nullptr;
  auto Line = reinterpret_cast<uintptr_t>(Slot) & ~(CacheLine - 1);
  uintptr_t First = Object + 8;
  uintptr_t End =
      First + *reinterpret_cast<const uint64_t *>(Object) * sizeof(void *);
  return Line >= First && Line + CacheLine <= End
             ? reinterpret_cast<void **>(Line)
             : nullptr;
}

/// gab-conc: neither the value before nor the one to come has to be known.
static bool saysNothing(const void *Old, const void *Value, unsigned Weak) {
  // Weak references were not followed at the first pause.
  return (!Old || Weak) && !mayLeave(Value);
}

static LogEntry entryFor(void **Slot, const gab_type *Type, void *Old,
                         unsigned Weak) {
  if (Weak)
    return {Slot, Type, Old, LogKind::Weak};
  if (H.Generational)
    if (void **First = lineOf(Slot, Type))
      return {First, Type, nullptr, LogKind::Line};
  return {Slot, Type, Old, LogKind::Strong};
}

static void logStore(Thread *T, void **Slot, const gab_type *Type,
                     unsigned Weak, const void *Value) {
  uintptr_t Size = __atomic_load_n(&gab_barrier.size, __ATOMIC_RELAXED);
  unsigned char &Around = bitsAround(Slot);
  unsigned char Bits = __atomic_load_n(&Around, __ATOMIC_RELAXED);
  auto Bit = static_cast<unsigned char>(1u << (wordIndex(Slot) % LineSlots));
  if (!Size || !(Bits & Bit))
    return;
  void *Old = __atomic_load_n(Slot, __ATOMIC_RELAXED);
  if (H.C.ThePlan == Plan::Conc && saysNothing(Old, Value, Weak))
    return;
  LogEntry E = entryFor(Slot, Type, Old, Weak);
  // The bit stays set if there is no room: nobody trusts this epoch's log.
  if (!T->Log.push(E)) {
    LogLost = true;
    return;
  }
  auto Logged =
      E.Kind == LogKind::Line ? static_cast<unsigned char>(0xFF) : Bit;
  __atomic_store_n(&Around, static_cast<unsigned char>(Bits & ~Logged),
                   __ATOMIC_RELEASE);
}

// Not a RuntimeScope: leaving one may stop the thread, and here that would be
// between the barrier and the store.
extern "C" __attribute__((visibility("hidden"), used)) uintptr_t
gab_store_slow_body(void **Slot, const gab_type *Type, unsigned Weak,
                    const void *Value) {
  Thread *T = self();
  if (!T && !(T = attachSelf()))
    return 0;
  requireUnblocked(*T, "a store into an object inside a gab::BlockedScope");
  // A fork is under way, and the child shall find no log half written.
  while (StopRequested.load(std::memory_order_relaxed) == StopAtPolls)
    sleepWhileStopped(StopAtPolls);
  T->InRuntime = T->InRuntime + 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  logStore(T, Slot, Type, Weak, Value);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  T->InRuntime = T->InRuntime - 1;
  return 0;
}

/// For code that was compiled before there was the other.
extern "C" __attribute__((visibility("hidden"), used)) uintptr_t
gab_write_slow_body(void **Slot, const gab_type *Type, unsigned Weak) {
  return gab_store_slow_body(Slot, Type, Weak, &UnknownValue);
}

extern "C" void gab_weak_read(void *Object, const gab_type *Type) {
  Thread *T = self();
  if (!T || !Object)
    return;
  RuntimeScope S(*T);
  if (!__atomic_load_n(&gab_barrier.weak_reads, __ATOMIC_RELAXED))
    return;
  if (!T->Log.push({nullptr, Type, Object, LogKind::Strong}))
    LogLost = true;
}

extern "C" void gab_write(void *, void **Slot, void *Value,
                          const gab_type *Type) {
  uintptr_t Offset = reinterpret_cast<uintptr_t>(Slot) - gab_barrier.base;
  if (Offset < __atomic_load_n(&gab_barrier.size, __ATOMIC_RELAXED) &&
      testBit(wordsOf(Slot), wordIndex(Slot)))
    gab_store_slow(Slot, Type, 0, Value);
  __atomic_store_n(Slot, Value, __ATOMIC_RELAXED);
}
