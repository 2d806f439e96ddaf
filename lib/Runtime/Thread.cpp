// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Attaching, detaching and parking. A thread attaches in its first slow path
/// and detaches in the destructor of a pthread key. Destructors of other keys
/// may allocate after that: the thread then attaches again, which sets the key
/// again, and pthread calls the destructor once more.
#include "Thread.h"
#include "Collector.h"
#include "Stock.h"
#include <limits.h>
#include <pthread.h>

extern "C" {
__thread gab_thread_block gab_tls __attribute__((tls_model("initial-exec")));
gab_barrier_state gab_barrier;
}

namespace gab::rt {

Registry Threads;
std::atomic<uint32_t> StopRequested{0};
Lock CycleLock;

static pthread_key_t DetachKey;
static pthread_once_t Once = PTHREAD_ONCE_INIT;
static bool Usable = false;
static unsigned Cores = 1;

static void detach(Thread &T);
static void detachAtExit(void *) {
  if (Thread *T = self())
    detach(*T);
}

static void startRuntime() {
  readConfig(H.C);
  Cores = os::cores();
  if (!initHeap())
    return;
  pthread_key_create(&DetachKey, detachAtExit);
  installSignal();
  installFork();
  startCollector();
  Usable = true;
}

static uint32_t LastAffinity = 0; ///< under the registry's lock

static Thread *newThread() {
  if (Thread *T = Threads.Spare) {
    Threads.Spare = T->Next;
    memset(static_cast<void *>(T), 0, sizeof(Thread));
    return T;
  }
  size_t Bytes = (sizeof(Thread) + 4095) & ~size_t(4095);
  return static_cast<Thread *>(os::map(Bytes));
}

static void bindRuns(Thread &T) {
  if (H.Hooked)
    return; // the fast path sees {0, 0} for ever
  T.Small.Fast = &gab_tls.small;
  for (unsigned I = 0; I < GAB_FAST_CLASSES; ++I)
    T.Scan[I].Fast = &gab_tls.scan[I];
  for (unsigned I = 1; I < GAB_TYPED_RUNS; ++I)
    T.Typed[I].Fast = &gab_tls.typed[I];
}

Thread *attachSelf() {
  if (Thread *T = self())
    return T;
  pthread_once(&Once, startRuntime);
  if (!Usable)
    return nullptr;
  void *Low, *High;
  os::stackBounds(Low, High);
  // No thread to stop yet: waiting for the lock needs no ceremony.
  Guard G(Threads.L);
  // The system uses thread ids again: whoever had ours is gone.
  pid_t Tid = os::threadId();
  for (Thread *Old = Threads.First, *Next; Old; Old = Next) {
    Next = Old->Next;
    if (Old->Tid == Tid)
      forget(*Old);
  }
  Thread *T = newThread();
  if (!T)
    return nullptr;
  T->Tls = &gab_tls;
  T->Tid = Tid;
  T->StackLow = static_cast<char *>(Low);
  T->StackHigh = static_cast<char *>(High);
  T->FakeStack = currentFakeStack();
  T->GabLines = 1;
  T->Affinity = ++LastAffinity % Affinities;
  T->BytesToSample = static_cast<int64_t>(H.C.ProfileBytes);
  bindRuns(*T);
  T->Next = Threads.First;
  if (T->Next)
    T->Next->Previous = T;
  Threads.First = T;
  ++Threads.Count;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  __atomic_store_n(&gab_tls.logs, gab_barrier.size, __ATOMIC_RELAXED);
  gab_tls.thread = T;
  pthread_setspecific(DetachKey, T);
  return T;
}

static std::atomic<uint32_t> Sleepers{0};
std::atomic<bool> StopperSleeps{false};

void sleepWhileStopped(uint32_t Wanted) {
  Sleepers.fetch_add(1);
  os::futexWait(StopRequested, Wanted, 0);
  Sleepers.fetch_sub(1);
}

// Nobody falls asleep unnoticed between the store and the load: it counts
// itself first, and then the system compares what it waits for.
void changeStop(uint32_t Wanted) {
  StopRequested.store(Wanted);
  if (Sleepers.load())
    os::futexWake(StopRequested, INT_MAX);
}

void announceStopped(Thread &T) {
  T.State.store(ThreadState::Stopped);
  T.Wake.fetch_add(1);
  if (StopperSleeps.load())
    os::futexWake(T.Wake, 1);
}

/// Going to sleep and being woken takes longer than most pauses do. So a thread
/// with a core of its own watches for the end of a pause that it expects to be
/// short, for about as long as being woken takes. False: it is not over yet.
template <class Condition> static bool watchFor(Condition IsOver) {
  constexpr uint64_t MostNs = 50000;
  if (H.Count.PauseUsual.load(std::memory_order_relaxed) > MostNs ||
      Threads.Ran > Cores)
    return false;
  for (uint64_t Until = os::nowNs() + MostNs; os::nowNs() < Until;)
    for (unsigned I = 0; I < 16; ++I, pause())
      if (IsOver())
        return true;
  return false;
}

/// Waits until no stop is wanted and becomes Running. The order of the store
/// and the load is what makes it safe: the collector sets StopRequested first
/// and looks at State afterwards, so one of the two sees the other.
static void waitRunning(Thread &T) {
  watchFor([] { return StopRequested.load() == 0; });
  for (;;) {
    while (uint32_t Wanted = StopRequested.load())
      sleepWhileStopped(Wanted);
    T.State.store(ThreadState::Running);
    if (!StopRequested.load())
      return;
    announceStopped(T);
  }
}

void becomeStopped(Thread &T) {
  T.FakeStack = currentFakeStack();
  announceStopped(T);
}

void becomeRunning(Thread &T) { waitRunning(T); }

__attribute__((noinline)) void park(Thread &T) {
  T.StackPointer = captureRegisters(T.Registers);
  becomeStopped(T);
  waitRunning(T);
}

std::atomic<uint32_t> Waiters{0};

__attribute__((noinline)) void lockStopped(Thread *T, Lock &L) {
  if (L.tryLock())
    return;
  Waiters.fetch_add(1);
  if (!T) {
    L.lock();
    Waiters.fetch_sub(1);
    return;
  }
  T->StackPointer = captureRegisters(T->Registers);
  becomeStopped(*T);
  if (!watchFor([&L] { return L.tryLock(); }))
    L.lock();
  Waiters.fetch_sub(1);
  // If L is held by the one that stops the world, it is free again only after
  // the resume; and whoever holds L now may stop others but not itself.
  T->State.store(ThreadState::Running);
}

RuntimeScope::RuntimeScope(Thread &TheThread) : T(TheThread) {
  T.InRuntime = T.InRuntime + 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  // A root may be made or dropped inside a BlockedScope. The registers and the
  // stack pointer stay those of the scope's beginning.
  if (T.Blocked) [[unlikely]]
    becomeRunning(T);
  // A fork is under way, and the heap has to stay as it is.
  else if (StopRequested.load(std::memory_order_relaxed) == StopAtPolls)
      [[unlikely]]
    park(T);
}

RuntimeScope::~RuntimeScope() {
  if (T.Blocked) [[unlikely]]
    becomeStopped(T);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  if (T.InRuntime == 1 && StopRequested.load(std::memory_order_relaxed))
      [[unlikely]]
    park(T);
  T.InRuntime = T.InRuntime - 1;
}

void retireRuns(Thread &T) {
  returnStock(T);
  settleBudget(T);
  eachRun(T, [](Run &R) {
    if (R.Block)
      retireRun(R);
  });
}

/// Handles that are left (the thread was cancelled) are given up.
static void detach(Thread &T) {
  T.InRuntime = T.InRuntime + 1;
  lockStopped(&T, Threads.L);
  flushLog(T);
  retireRuns(T);
  T.Log.release();
  if (T.Previous)
    T.Previous->Next = T.Next;
  else
    Threads.First = T.Next;
  if (T.Next)
    T.Next->Previous = T.Previous;
  --Threads.Count;
  memset(static_cast<void *>(&gab_tls), 0, sizeof(gab_tls));
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  T.Next = Threads.Spare;
  Threads.Spare = &T;
  Threads.L.unlock();
}

} // namespace gab::rt

using namespace gab::rt;

extern "C" int gab_attach(void) { return attachSelf() != nullptr; }

extern "C" void gab_detach(void) {
  Thread *T = self();
  if (!T)
    return;
  requireUnblocked(*T, "gab_detach inside a gab::BlockedScope");
  if (gab_tls.locals)
    gab_misuse("gab_detach while this thread still has a gab::Local",
               "let the handle go out of scope first");
  detach(*T);
}

extern "C" void gab_safepoint(void) {
  if (!StopRequested.load(std::memory_order_relaxed))
    return;
  if (Thread *T = self())
    RuntimeScope S(*T);
}

// The registers are taken before any frame of ours exists: what a function of
// ours saves and restores would be lost when it returns, while the thread goes
// on being "stopped".
asm(R"(
  .text
  .globl gab_enter_blocked
  .type gab_enter_blocked, @function
gab_enter_blocked:
  .cfi_startproc
  subq $56, %rsp
  .cfi_adjust_cfa_offset 56
  movq %rbx, 0(%rsp)
  movq %rbp, 8(%rsp)
  movq %r12, 16(%rsp)
  movq %r13, 24(%rsp)
  movq %r14, 32(%rsp)
  movq %r15, 40(%rsp)
  movq %rsp, %rdi
  call gab_enter_blocked_with
  addq $56, %rsp
  .cfi_adjust_cfa_offset -56
  ret
  .cfi_endproc
  .size gab_enter_blocked, .-gab_enter_blocked
)");

extern "C" __attribute__((visibility("hidden"), used)) void
gab_enter_blocked_with(uintptr_t *Saved) {
  Thread *T = attachSelf();
  if (!T)
    return;
  T->InRuntime = T->InRuntime + 1; // until gab_leave_blocked
  if (T->Blocked++)
    return;
  for (unsigned I = 0; I < CapturedRegisters; ++I)
    T->Registers[I] = Saved[I];
  T->StackPointer = reinterpret_cast<char *>(Saved + 8); // 56 + return address
  gab_tls.blocked = 1;
  becomeStopped(*T);
}

extern "C" void gab_leave_blocked(void) {
  Thread *T = self();
  if (!T)
    return;
  if (--T->Blocked == 0) {
    becomeRunning(*T);
    gab_tls.blocked = 0;
  }
  T->InRuntime = T->InRuntime - 1;
}

extern "C" void gab_stack_register(gab_stack *Stack) {
  Thread *T = attachSelf();
  if (!T)
    return;
  requireUnblocked(*T, "gab_stack_register inside a gab::BlockedScope");
  RuntimeScope S(*T);
  if (!Stack->low) { // the stack the thread was started with
    Stack->low = T->StackLow;
    Stack->high = T->StackHigh;
  }
  lockStopped(T, Threads.L);
  Stack->previous = nullptr;
  Stack->next = Threads.Stacks;
  if (Stack->next)
    Stack->next->previous = Stack;
  Threads.Stacks = Stack;
  Threads.L.unlock();
}

extern "C" void gab_stack_unregister(gab_stack *Stack) {
  Thread *T = attachSelf();
  if (!T)
    return;
  requireUnblocked(*T, "gab_stack_unregister inside a gab::BlockedScope");
  RuntimeScope S(*T);
  lockStopped(T, Threads.L);
  if (Stack->next)
    Stack->next->previous = Stack->previous;
  if (Stack->previous)
    Stack->previous->next = Stack->next;
  else
    Threads.Stacks = Stack->next;
  Threads.L.unlock();
}
