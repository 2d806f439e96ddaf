// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Threads of the collector's own: helpers that trace in parallel while the
/// world is stopped, and one that runs concurrent cycles. They are not
/// mutators, block every signal, and are started outside pauses, because
/// starting a thread calls malloc. A forked child has none until it needs one.
#include "Assist.h"
#include "Pacer.h"
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

namespace gab::rt {

static constexpr unsigned MostHelpers = 15;
alignas(Worker) static unsigned char HelperMemory[MostHelpers * sizeof(Worker)];
static unsigned Helpers = 0;
static std::atomic<uint32_t> Round{0};   ///< bumped to start a parallel trace
static std::atomic<uint32_t> Working{0}; ///< helpers that joined it

static Worker &helper(unsigned I) {
  return reinterpret_cast<Worker *>(HelperMemory)[I];
}

static void *helperMain(void *Argument) {
  Worker &W = helper(
      static_cast<unsigned>(reinterpret_cast<uintptr_t>(Argument) & 0xff));
  auto Seen = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(Argument) >> 8);
  for (;;) {
    uint32_t Now;
    while ((Now = Round.load()) == Seen)
      os::futexWait(Round, Seen, 0);
    Seen = Now;
    {
      // Late for a round that is over already: it was not waited for.
      Guard G(Pool.L);
      if (Pool.Finished.load())
        continue;
      Pool.Workers.fetch_add(1);
      Working.fetch_add(1);
    }
    W.drain();
    if (Working.fetch_sub(1) == 1)
      os::futexWake(Working, 1);
  }
  return nullptr;
}

/// Runs Main on a thread that no signal reaches.
static bool startThread(void *(*Main)(void *), void *Argument) {
  sigset_t All, Before;
  sigfillset(&All);
  pthread_sigmask(SIG_BLOCK, &All, &Before);
  pthread_t Handle;
  bool Started = pthread_create(&Handle, nullptr, Main, Argument) == 0;
  if (Started)
    pthread_detach(Handle);
  pthread_sigmask(SIG_SETMASK, &Before, nullptr);
  return Started;
}

void startHelpers() {
  if (!tracesInParallel())
    return;
  unsigned Wanted = H.C.Threads > MostHelpers ? MostHelpers : H.C.Threads - 1;
  while (Helpers < Wanted) {
    new (&helper(Helpers)) Worker;
    auto Argument = (uintptr_t(Round.load()) << 8) | Helpers;
    if (!startThread(helperMain, reinterpret_cast<void *>(Argument)))
      return;
    ++Helpers;
  }
}

void helpTrace(Worker &W) {
  if (!Helpers)
    return;
  Cycle.Shared = true;
  Pool.Idle = 0;
  Pool.Finished = false;
  Pool.Workers = 1;
  Round.fetch_add(1);
  os::futexWake(Round, INT_MAX);
  if (H.C.StressParallel) // give all of them a chance to be there
    for (uint64_t Start = os::nowNs();
         Working.load() < Helpers && os::nowNs() - Start < 200000000;)
      sched_yield();
  W.drain();
  // They have nothing to do any more, but may wait for a core to find out.
  while (uint32_t Left = Working.load())
    os::futexWait(Working, Left, 0);
  Cycle.Shared = false;
  Pool.Idle = 0; // nobody waits for what a concurrent cycle has
  for (unsigned I = 0; I < Helpers; ++I) {
    Worker &Other = helper(I);
    W.takeResults(Other);
    Other.retireSurvivorRuns();
  }
}

// ---------------------------------------------------------------------------
// The concurrent collector

static std::atomic<uint32_t> Requests{0};
static bool ConcurrentStarted = false;
static Lock StartLock;
/// A cycle was asked for and is not over.
static std::atomic<bool> Pending{false};

void concurrentCycleIsOver() { Pending.store(false); }

static void *concurrentMain(void *) {
  for (;;) {
    while (!Pending.load())
      os::futexWait(Requests, Requests.load(), 100000000);
    runConcurrentCycle();
  }
  return nullptr;
}

/// A cycle is under way and the budget is used up again: the mutators are ahead
/// of the marker. They mark what there is to mark, and wait for the rest. The
/// collector's thread may not even have begun, for want of a core.
static void waitForCycle(Thread &T) {
  constexpr uint64_t TillItBegins = 20000; // ns
  assistToTheEnd(T);
  if (H.BudgetLeft.load() <= 0)
    H.Count.CycleWaits.fetch_add(1, std::memory_order_relaxed);
  for (;;) {
    lockStopped(&T, CycleLock);
    bool Over = !Pending.load() || H.BudgetLeft.load() > 0;
    CycleLock.unlock();
    if (Over)
      return;
    os::nap(TillItBegins);
  }
}

void requestConcurrentCycle(Thread &T) {
  if (Pending.load()) {
    waitForCycle(T);
    if (H.BudgetLeft.load() > 0)
      return;
  }
  {
    Guard G(StartLock);
    if (!ConcurrentStarted)
      ConcurrentStarted = startThread(concurrentMain, nullptr);
  }
  if (!ConcurrentStarted) {
    collectFrom(&T, GAB_COLLECT_FULL, "budget");
    return;
  }
  // As much again while the cycle runs.
  setBudget(H.Count.LiveBytes.load());
  Pending.store(true);
  Requests.fetch_add(1);
  os::futexWake(Requests, 1);
}

void finishConcurrentCycle(Thread *T) { lockStopped(T, CycleLock); }

void forgetHelpers() {
  Helpers = 0;
  Working = 0;
  ConcurrentStarted = false;
  Pending = false;
  Waiters = 0; // they were other threads
  StartLock.reset();
}

} // namespace gab::rt
