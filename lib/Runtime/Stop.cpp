// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Stopping the world: ask everybody, wait a little, then signal those who
/// have not noticed. See Thread.h for Invariant S.
///
/// Asking costs one store per run: with `end` zero the next allocation takes
/// the slow path. The race with the owner's own store to `top` is harmless:
/// it has already decided to carve one more object from its run.
#include "Collector.h"
#include "Registers.h"
#include "Roots.h"
#include "Sanitizer.h"
#include "Thread.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <ucontext.h>

namespace gab::rt {

static void setAttention(Thread &T, bool Wanted) {
  eachRun(T, [Wanted](Run &R) {
    if (R.Fast)
      __atomic_store_n(&R.Fast->end, Wanted ? 0 : R.End, __ATOMIC_RELAXED);
  });
}

static bool isStopped(const Thread &T) {
  return T.State.load() == ThreadState::Stopped;
}

/// What was interrupted may keep temporary values 128 bytes below its stack
/// pointer.
static constexpr size_t RedZone = 128;

static void capture(Thread &T, ucontext_t *Context) {
  for (unsigned I = 0; I < 16; ++I)
    T.Registers[I] = static_cast<uintptr_t>(Context->uc_mcontext.gregs[I]);
  auto *Interrupted =
      reinterpret_cast<char *>(Context->uc_mcontext.gregs[REG_RSP]);
  // The signal frame, with the vector registers, lies between here and there
  // unless the handler got a stack of its own.
  auto *Here = static_cast<char *>(__builtin_frame_address(0));
  if (Here < Interrupted && Here >= T.StackLow && Interrupted <= T.StackHigh) {
    T.StackPointer = Here;
    return;
  }
  T.StackPointer = Interrupted - RedZone;
  T.SignalLow = Here;
  auto *AltLow = static_cast<char *>(Context->uc_stack.ss_sp);
  T.SignalHigh = AltLow + Context->uc_stack.ss_size;
  if (Here < AltLow || Here >= T.SignalHigh) // a fiber: the frame is below it
    T.SignalHigh = Interrupted > Here ? Interrupted : Here;
}

std::atomic<pid_t> Stranger{0};

/// As waitRunning, but a fork lets go of who was interrupted.
static void waitInterrupted(Thread &T) {
  for (;;) {
    while (StopRequested.load() == StopAll)
      sleepWhileStopped(StopAll);
    T.State.store(ThreadState::Running);
    if (StopRequested.load() != StopAll)
      return;
    announceStopped(T);
  }
}

static void onSignal(int, siginfo_t *, void *Context) {
  Thread *T = self();
  if (!T && StopRequested.load())
    Stranger.store(os::threadId());
  if (!T || T->InRuntime || StopRequested.load() != StopAll)
    return;
  int SavedErrno = errno;
  T->InRuntime = T->InRuntime + 1;
  capture(*T, static_cast<ucontext_t *>(Context));
  T->Async = true;
  becomeStopped(*T);
  waitInterrupted(*T);
  T->Async = false;
  T->SignalLow = T->SignalHigh = nullptr;
  // A stop at a call stores six registers only; the others would keep what
  // they held now for as long as the thread lives.
  memset(T->Registers, 0, sizeof(T->Registers));
  T->InRuntime = T->InRuntime - 1;
  errno = SavedErrno;
}

void installSignal() {
  struct sigaction Action = {};
  Action.sa_sigaction = onSignal;
  Action.sa_flags = SA_RESTART | SA_SIGINFO | SA_ONSTACK;
  sigfillset(&Action.sa_mask);
  sigaction(H.C.Signal, &Action, nullptr);
}

/// A thread that ended without running the destructor of our key. Its stack is
/// gone; what it held is given up.
void forget(Thread &T) {
  eachRun(T, [](Run &R) {
    R.Fast = nullptr; // its thread block is gone too
    R.Top = R.End;
  });
  retireRuns(T);
  dropRootsBetween(T.StackLow, T.StackHigh);
  flushLog(T);
  T.Log.release();
  if (T.Previous)
    T.Previous->Next = T.Next;
  else
    Threads.First = T.Next;
  if (T.Next)
    T.Next->Previous = T.Previous;
  --Threads.Count;
  T.Next = Threads.Spare;
  Threads.Spare = &T;
}

/// A running thread comes by within microseconds, unless it has no core: then
/// it may have this one.
static void pollFor(Thread *T, uint64_t PollUntil) {
  constexpr uint64_t YieldAfterNs = 5000;
  uint64_t Start = os::nowNs();
  for (uint64_t Now = Start; !isStopped(*T) && Now < PollUntil;
       Now = os::nowNs())
    Now - Start < YieldAfterNs ? pause() : void(sched_yield());
}

static void waitFor(Thread *T, uint64_t PollUntil) {
  pollFor(T, PollUntil);
  // A signal sent while the thread is in the runtime is ignored there, so it
  // is sent again from time to time.
  while (!isStopped(*T)) {
    // Nobody comes or goes while the world is being stopped, so a thread of
    // that id that does not know us is another one.
    if (Stranger.exchange(0) == T->Tid ||
        !os::signalThread(T->Tid, H.C.Signal)) {
      forget(*T);
      return;
    }
    StopperSleeps.store(true);
    uint32_t Seen = T->Wake.load();
    if (!isStopped(*T))
      os::futexWait(T->Wake, Seen, 2000000);
    StopperSleeps.store(false);
  }
}

uint64_t stopWorld(Thread *Self) {
  uint64_t Start = os::nowNs();
  lockStopped(Self, Threads.L);
  StopRequested.store(StopAll);
  uint32_t Ran = Self != nullptr;
  for (Thread *T = Threads.First, *Next; T; T = Next) {
    Next = T->Next;
    if (T == Self)
      continue;
    // Whether one that runs is still there shows when it does not stop.
    if (isStopped(*T) && !os::signalThread(T->Tid, 0)) {
      forget(*T);
      continue;
    }
    Ran += !isStopped(*T);
    setAttention(*T, true);
  }
  Threads.Ran = Ran;
  uint64_t PollUntil =
      Start + (H.C.StressAsync ? 0 : uint64_t(H.C.SignalDelayUs) * 1000);
  for (Thread *T = Threads.First; T;) {
    Thread *Next = T->Next;
    if (T != Self)
      waitFor(T, PollUntil);
    T = Next;
  }
  return os::nowNs() - Start;
}

void releaseInterrupted() { changeStop(StopAtPolls); }

void resumeWorld(Thread *Self) {
  for (Thread *T = Threads.First; T; T = T->Next)
    if (T != Self)
      setAttention(*T, false);
  changeStop(0);
  Threads.L.unlock();
}

} // namespace gab::rt
