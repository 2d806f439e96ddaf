// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Threads that allocate ("mutators"): what they own, how they are stopped.
///
/// A thread is Running or Stopped. It stops at its own leisure, in the slow
/// path or at a safepoint, when it finds StopRequested set; after a short wait
/// the rest get a signal and stop wherever they are. A thread inside the
/// runtime (InRuntime) is left alone by the signal handler and stops on its
/// way out: so nobody is ever stopped while holding a lock of the runtime.
/// A thread in a BlockedScope is Stopped all the time and waits on leaving.
///
/// **Invariant S.** A thread stopped by the signal may be between loading and
/// storing the top of a run. The collector therefore never evacuates, recycles
/// or writes into [Start, End) of a run that a thread holds, and every byte of
/// it counts as alive. An object that was carved but whose constructor has not
/// run is in a register or on the stack of its maker, and thus pinned.
#ifndef GAB_RUNTIME_THREAD_H
#define GAB_RUNTIME_THREAD_H

#include "Heap.h"
#include "Registers.h"
#include "Sanitizer.h"

namespace gab::rt {

enum class ThreadState : uint32_t { Running, Stopped };

/// A piece of a block that one thread carves objects from. While Fast is set
/// the top is there, and `Fast->end` is End or, to get the thread's attention,
/// zero.
struct Run {
  uintptr_t Start, Top, End;
  gab_run *Fast;
  uint32_t Block;

  uintptr_t top() const {
    return Fast ? __atomic_load_n(&Fast->top, __ATOMIC_RELAXED) : Top;
  }
};

/// One store that a plan wants to know of, or the first of several.
enum class LogKind : uint32_t {
  Strong,
  Weak,
  Line, ///< Slot is the first of a cache line of references, all of Type
};
struct LogEntry {
  void **Slot;
  const gab_type *Type;
  void *Old; ///< the value before the store; of no use in a Line
  LogKind Kind;
};

/// How many blocks a thread takes at once.
inline constexpr uint32_t StockSize = 8;

struct Thread {
  Thread *Previous, *Next;
  gab_thread_block *Tls;
  pid_t Tid;
  char *StackLow, *StackHigh;
  char *StackPointer;           ///< valid while Stopped
  char *SignalLow, *SignalHigh; ///< alternate stack in use, or null
  void *FakeStack;              ///< AddressSanitizer's
  uintptr_t Registers[24];
  std::atomic<ThreadState> State;
  std::atomic<uint32_t> Wake;  ///< bumped when State becomes Stopped
  volatile uint32_t InRuntime; ///< depth; only the thread itself writes it
  bool Async;                  ///< stopped by the signal, not at a call
  uint32_t Blocked;            ///< depth of BlockedScope
  uint32_t GabLines;           ///< size of the next GAB
  uint32_t Refills;            ///< since the last cycle
  uint32_t Affinity;           ///< of its blocks: see Heap::LastUser
  size_t Spent;                ///< bytes of runs since the last cycle
  size_t Counted;              ///< of those, in the statistics
  uint32_t LastBlock;          ///< of the run before Small; 0 after a cycle
  int64_t Allowance;           ///< bytes of the budget that are its own
  uint32_t StockCount, Stock[StockSize]; ///< blocks to come; see Stock.cpp
  int64_t BytesToSample;
  uint64_t Unpaid;     ///< bytes it has not marked for: see Assist.cpp
  uint64_t AllocCount; ///< for GAB_STRESS=alloc:n
  uint64_t SampleSeed;
  Run Small;
  Run Scan[ClassCount];
  Run Noscan[ClassCount];
  Run Typed[GAB_TYPED_RUNS]; ///< the first is not used
  PageArray<LogEntry> Log;
};

struct Registry {
  Lock L; ///< held through each stop: nobody comes or goes meanwhile
  Thread *First = nullptr;
  Thread *Spare = nullptr; ///< structures of threads that are gone
  std::atomic<uint32_t> Count{0};
  std::atomic<uint32_t> Ran{0}; ///< threads that the last stop found running
  std::atomic<uint32_t> Spenders{0}; ///< threads that allocated before it
  gab_stack *Stacks = nullptr;
};
extern Registry Threads;
/// Of StopRequested: everybody stops, or only who comes to the runtime by
/// itself (while a fork is under way).
enum : uint32_t { StopAll = 1, StopAtPolls = 2 };
extern std::atomic<uint32_t> StopRequested;
/// Sleeps while StopRequested is Wanted. Who changes it wakes all.
void sleepWhileStopped(uint32_t Wanted);
void changeStop(uint32_t Wanted);
/// Whoever stops the world sleeps until a thread that stops wakes it.
extern std::atomic<bool> StopperSleeps;

/// Only one collection, compaction or fork at a time.
extern Lock CycleLock;

inline Thread *self() { return static_cast<Thread *>(gab_tls.thread); }
/// The calling thread, attached if it was not. Null: out of memory.
Thread *attachSelf();

/// While one of these lives the thread is not stopped by a signal. Leaving
/// the outermost stops the thread if somebody asked for it. Inside a
/// BlockedScope the thread counts as running meanwhile.
class RuntimeScope {
  Thread &T;

public:
  explicit RuntimeScope(Thread &TheThread);
  ~RuntimeScope();
  RuntimeScope(const RuntimeScope &) = delete;
  RuntimeScope &operator=(const RuntimeScope &) = delete;
};

/// Dies with a report when T is inside a BlockedScope: What needs the stack.
inline void requireUnblocked(const Thread &T, const char *What) {
  if (T.Blocked) [[unlikely]]
    gab_misuse(What, "end the scope before touching the heap");
}
/// Gives up what a thread held that ended without detaching.
void forget(Thread &T);
/// A thread id that got our signal and belongs to nobody we know.
extern std::atomic<pid_t> Stranger;

void announceStopped(Thread &T);
void becomeStopped(Thread &T);
void becomeRunning(Thread &T);
/// Waits here while the world is stopped. Called inside the runtime.
void park(Thread &T);
/// Threads that wait in lockStopped, as a rule for the end of a cycle.
extern std::atomic<uint32_t> Waiters;
/// Takes L while counting as stopped: for locks that are held through a stop.
void lockStopped(Thread *T, Lock &L);

/// Stops all threads except Self (may be null). CycleLock must be held.
/// Returns the nanoseconds it took.
uint64_t stopWorld(Thread *Self);
void resumeWorld(Thread *Self);
/// Lets those go on that the signal has stopped, anywhere in their own code.
/// They cannot allocate before resumeWorld.
void releaseInterrupted();
/// Captures the caller's registers and stack pointer for a scan of itself. Part
/// of the caller: a frame of its own would be gone when the stack is scanned,
/// and with it a register that it had saved there to use it.
__attribute__((always_inline)) inline void captureSelf(Thread &T) {
  T.StackPointer = captureRegisters(T.Registers);
  T.FakeStack = currentFakeStack();
}

/// Applies F(Run &) to every run of T.
template <class Function> void eachRun(Thread &T, Function F) {
  F(T.Small);
  for (Run &R : T.Scan)
    F(R);
  for (Run &R : T.Noscan)
    F(R);
  for (Run &R : T.Typed)
    F(R);
}
/// To those of cells, in use.
template <class Function> void eachCellRun(Thread &T, Function F) {
  eachRun(T, [&](Run &R) {
    if (R.Block && &R != &T.Small)
      F(R, H.Blocks[R.Block]);
  });
}

/// Gives up all runs of T (it detaches, or is gone).
void retireRuns(Thread &T);
void installSignal();
void installFork();

} // namespace gab::rt
#endif
