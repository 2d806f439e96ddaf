// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// fork. Before: wait for a running cycle to end, stop the world and take every
/// lock, so that the child gets a heap in which nobody is in the middle of
/// anything. The locks alone are not enough: a thread that has taken a block
/// off a list prepares it without a lock, and the child would find it half
/// prepared. Threads that the signal has stopped go on before the fork: they
/// may hold a lock of malloc, which libc takes for itself next. With every run
/// closed and every lock of the runtime taken they cannot change the heap.
/// After, in the child: of all threads only the caller exists; runs of the
/// others are given up, roots on their stacks are forgotten (the memory is
/// reused), and helpers are started again when they are needed.
///
/// The order of the locks is the order in which the runtime takes them.
#include "Collector.h"
#include "Hooks.h"
#include "Roots.h"
#include "Thread.h"
#include "Typed.h"
#include <pthread.h>

namespace gab::rt {

template <class Function> static void eachLock(Function F) {
  F(RootLock);
  F(H.GabRoom.L);
  for (BlockList &List : H.ScanRoom)
    F(List.L);
  for (BlockList &List : H.NoscanRoom)
    F(List.L);
  F(Typed.L);
  for (TypedSpace &Space : Typed.Items)
    F(Space.Room.L);
  F(LogLock);
  F(Identities.L);
  F(ProfileLock);
  F(SmallLock);
  F(RecordLock);
  F(H.PageLock);
}

/// What a BlockedScope of the forking thread has captured: taking the locks
/// may capture again, for a frame that is gone afterwards. CycleLock is held.
static struct {
  uintptr_t Registers[24];
  char *StackPointer;
} Captured;

static void takeCycleLock(Thread *T) {
  if (!T || !T->Blocked)
    return finishConcurrentCycle(T);
  decltype(Captured) Mine;
  memcpy(Mine.Registers, T->Registers, sizeof(Mine.Registers));
  Mine.StackPointer = T->StackPointer;
  becomeRunning(*T);
  finishConcurrentCycle(T);
  Captured = Mine;
}

static void blockAgain(Thread *T) {
  if (!T || !T->Blocked)
    return;
  memcpy(T->Registers, Captured.Registers, sizeof(Captured.Registers));
  T->StackPointer = Captured.StackPointer;
  becomeStopped(*T);
}

static void beforeFork() {
  Thread *T = self();
  if (T)
    T->InRuntime = T->InRuntime + 1;
  takeCycleLock(T);
  stopWorld(T);
  eachLock([](Lock &L) { L.lock(); });
  releaseInterrupted();
}

static void afterForkParent() {
  eachLock([](Lock &L) { L.unlock(); });
  Thread *T = self();
  resumeWorld(T);
  blockAgain(T);
  CycleLock.unlock();
  if (T)
    T->InRuntime = T->InRuntime - 1;
}

static void afterForkChild() {
  Thread *Me = self();
  // Waiters recorded in the words belong to the parent.
  eachLock([](Lock &L) { L.reset(); });
  Threads.L.reset();
  CycleLock.reset();
  StopRequested.store(0);
  forgetHelpers();
  for (Thread *T = Threads.First; T;) {
    Thread *Next = T->Next;
    if (T != Me) {
      flushLog(*T);
      eachRun(*T, [](Run &R) {
        R.Fast = nullptr; // libc has taken the thread's block back
        R.Top = R.End;
      });
      retireRuns(*T);
      dropRootsBetween(T->StackLow, T->StackHigh);
      T->Log.release();
      T->Next = Threads.Spare;
      Threads.Spare = T;
    }
    T = Next;
  }
  Threads.First = Me;
  Threads.Count = Me != nullptr;
  if (Me) {
    Me->Next = Me->Previous = nullptr;
    Me->Tid = os::threadId();
    blockAgain(Me);
    Me->InRuntime = Me->InRuntime - 1;
  }
}

void installFork() {
  pthread_atfork(beforeFork, afterForkParent, afterForkChild);
}

} // namespace gab::rt
