// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Who does the marking of a concurrent cycle, and how fast.
///
/// A cycle starts when its budget is used up, and the same budget again is what
/// may be allocated until it ends. The collector's thread takes a quarter of
/// the cores for marking, or those that nobody ran on at the last stop if that
/// is more. If that is not enough, threads that allocate mark too: for each
/// byte they pay the work that is left, divided by the bytes that are left (but
/// for a quarter of them, for what comes after marking).
/// What the collector's thread has done and nobody has claimed pays first (Go's
/// assist credit), so whoever allocates slowly never marks.
///
/// Work is counted in objects with references and in elements of arrays of
/// references. How much there will be is known from the cycle before.
///
///  A1  Threads assist only in the slow path of an allocation, inside the
///      runtime, and give back what they took before they leave it. So when the
///      world stands still, what is to be marked lies in the pool or in the
///      queue of the collector's thread: nothing is hidden.
///  A2  A slice of assisting is at most SliceObjects objects, or four pieces of
///      an array, and between slices a thread looks whether it shall stop: a
///      stop waits for one slice.
///  A3  The price goes up as the bytes left go down, and at zero a thread marks
///      until nothing is queued, and only then waits. So between two cycles at
///      most twice the budget is allocated, and a run or a large object a
///      thread.
///
/// Precision given up: what a cycle will have to mark may be guessed wrong. Too
/// low, and assisting goes on at the rate of an eighth of the guess until A3
/// ends it; too high, and threads mark sooner than they had to.
///
/// Source: Austin Clements, "Go 1.5 concurrent garbage collector pacing", 2015;
/// Michael Knyszek's redesign of it, golang/go#44167.
#include "Assist.h"
#include "Collector.h"

namespace gab::rt {

std::atomic<bool> AssistsAreOn{false};

static constexpr unsigned MostAssistants = 8;
static constexpr uint64_t SliceObjects = 64;
static constexpr uint64_t LeastDue = 256; ///< less is not worth the way

namespace {
/// A worker that a mutator borrows.
struct alignas(64) Assistant {
  std::atomic<bool> Busy{false};
  bool Made = false;
  alignas(Worker) unsigned char Memory[sizeof(Worker)];

  Worker &worker() { return *reinterpret_cast<Worker *>(Memory); }
};
} // namespace
static Assistant Assistants[MostAssistants];

static std::atomic<uint64_t> Expected{0}; ///< work of this cycle, guessed
static std::atomic<uint64_t> Done{0};     ///< of it, by anybody
static std::atomic<int64_t> Credit{0};    ///< by the collector, unclaimed
static uint64_t LastWork = 0;             ///< of the last cycle
static int64_t Reserve = 0; ///< bytes for what comes after marking

/// What the collector's thread may take, and what it has taken.
static struct {
  uint64_t PerMille, Cpu, Since;
} Share;

void startAssists(Worker &W) {
  uint64_t Guess = size_t(H.UsedBlocks.load()) * BlockSize / 64;
  Expected = LastWork ? LastWork + LastWork / 8 : Guess;
  Done = 0;
  Credit = 0;
  Reserve = H.BudgetLeft.load() / 4;
  for (Thread *T = Threads.First; T; T = T->Next)
    T->Unpaid = 0;
  static const uint64_t Cores = os::cores();
  uint64_t Ran = Threads.Ran, Idle = Cores > Ran ? Cores - Ran : 0;
  Share = {Idle ? Idle * 1000 : Cores * 250, os::threadCpuNs(), os::nowNs()};
  if (H.C.StressLazy)
    W.giveAll();
  AssistsAreOn = true;
}

void endAssists(Worker &W) {
  AssistsAreOn = false;
  while (W.drainSome()) {
  }
  for (Assistant &A : Assistants)
    if (A.Made)
      W.takeResults(A.worker());
  LastWork = W.work();
}

// ---------------------------------------------------------------------------
// Mutators

static Assistant *borrow() {
  for (Assistant &A : Assistants) {
    bool Free = false;
    if (!A.Busy.compare_exchange_strong(Free, true))
      continue;
    if (!A.Made)
      new (static_cast<void *>(A.Memory)) Worker;
    A.Made = true;
    return &A;
  }
  return nullptr; // as many as that are enough at a time
}

/// Marks until \p Due is done, nothing is queued, or somebody stops the world.
/// Returns the work done.
static uint64_t mark(uint64_t Due) {
  Assistant *A = borrow();
  if (!A)
    return 0;
  Worker &W = A->worker();
  uint64_t Before = W.work();
  while (W.work() - Before < Due && W.drainSome(SliceObjects) &&
         !StopRequested.load(std::memory_order_relaxed)) {
  }
  uint64_t Now = W.work() - Before;
  W.giveAll();
  A->Busy.store(false);
  if (!Now)
    return 0;
  Done.fetch_add(Now);
  H.Count.Assists.fetch_add(1, std::memory_order_relaxed);
  return Now;
}

/// Of what \p Due costs, that which the collector has not paid already.
static uint64_t afterCredit(uint64_t Due) {
  int64_t Have = Credit.load(std::memory_order_relaxed);
  while (Have > 0) {
    int64_t Take =
        Have < static_cast<int64_t>(Due) ? Have : static_cast<int64_t>(Due);
    if (Credit.compare_exchange_weak(Have, Have - Take))
      return Due - static_cast<uint64_t>(Take);
  }
  return Due;
}

/// The price of what T has allocated since it last paid.
static uint64_t priceOf(uint64_t Bytes) {
  uint64_t All = Expected.load(std::memory_order_relaxed);
  uint64_t Now = Done.load(std::memory_order_relaxed);
  uint64_t Left = All > Now ? All - Now : 0;
  if (Left < All / 8)
    Left = All / 8;
  int64_t Room = H.BudgetLeft.load(std::memory_order_relaxed);
  Room -= Reserve;
  uint64_t Bound = Room < int64_t(BlockSize) ? BlockSize : uint64_t(Room);
  return static_cast<uint64_t>(double(Bytes) * double(Left) / double(Bound));
}

void assist(Thread &T) {
  uint64_t Due = priceOf(T.Unpaid);
  if (Due < LeastDue)
    return;
  T.Unpaid = 0;
  if ((Due = afterCredit(Due)))
    mark(Due);
}

void assistToTheEnd(Thread &T) {
  while (AssistsAreOn.load(std::memory_order_relaxed) && mark(~uint64_t(0)))
    if (StopRequested.load(std::memory_order_relaxed))
      park(T);
}

// ---------------------------------------------------------------------------
// The collector's thread

/// Somebody waits for the end of the cycle, or is about to.
static bool isUrgent() {
  return Waiters.load(std::memory_order_relaxed) ||
         H.BudgetLeft.load(std::memory_order_relaxed) <= 0;
}

/// GAB_STRESS=lazy: leaves all of it to the others, as long as they can.
static void restWhileOthersMark() {
  while (Pool.Available.load() && !isUrgent())
    os::nap(50000);
}

static void restIfAhead() {
  constexpr uint64_t Unnoticed = 200000, Longest = 1000000; // ns
  if (Share.PerMille >= 1000 || isUrgent())
    return;
  uint64_t Took = os::threadCpuNs() - Share.Cpu;
  uint64_t May = (os::nowNs() - Share.Since) * Share.PerMille / 1000;
  if (Took < May + Unnoticed)
    return;
  uint64_t Rest = (Took - May) * 1000 / Share.PerMille;
  os::nap(Rest < Longest ? Rest : Longest);
}

bool markAtPace(Worker &W) {
  if (H.C.StressLazy)
    restWhileOthersMark();
  uint64_t Before = W.work();
  bool Any = W.drainSome();
  uint64_t Now = W.work() - Before;
  Done.fetch_add(Now, std::memory_order_relaxed);
  Credit.fetch_add(static_cast<int64_t>(Now), std::memory_order_relaxed);
  restIfAhead();
  return Any;
}

} // namespace gab::rt
