// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Three questions about cost.
///
/// **When is the next cycle?** When as much has been allocated as the heap may
/// grow by. Near GAB_LIMIT sooner: the limit is kept by collecting more often.
///
/// **What may that cost?** While a limit makes cycles come sooner, books are
/// kept: each cycle adds to a debt what it took beyond GAB_GC_CPU_MAX percent
/// of the CPU time since the cycle before. At 100 ms of debt the limit stops
/// shortening the budget, until half of the debt is worked off; the heap may
/// then grow up to GAB_LIMIT_HARD, where allocation fails. A debt that stays
/// for GAB_FAILFAST seconds of CPU time makes an allocation fail although there
/// would be room after yet another cycle: a program that gets nothing done is
/// better told so (golang/go#58106).
///
/// **How long is a pause?** Marking takes as long as it takes; moving is a
/// choice. With GAB_PAUSE_US moving gets what marking and sweeping have left of
/// that time lately, and never less than an eighth of it, or the heap would
/// stay sparse for ever. What moving costs is measured, one object in 32.
///
/// Cost: two reads of a CPU clock a cycle while a limit binds, none otherwise.
#include "Pacer.h"

namespace gab::rt {

// ---------------------------------------------------------------------------
// The budget

static std::atomic<bool> LimitBinds{false}; ///< it has shortened the budget
static std::atomic<bool> CpuIsShort{false}; ///< the debt is at its bound

static size_t youngBytes() {
  if (H.C.Young)
    return H.C.Young;
  // Half of a core's own cache, since the program wants some of it too, times
  // the cores that allocate.
  unsigned N = Threads.Spenders.load() ? Threads.Spenders.load() : 1u;
  unsigned Cores = H.C.Threads > 1 ? H.C.Threads : 1;
  static const size_t Half = os::coreCache() / 2;
  size_t One =
      Half<(1u << 19) ? (1u << 19) : Half>(2u << 20) ? (2u << 20) : Half;
  return One * (N < Cores ? N : Cores);
}

/// By how much more than others a plan lets the heap grow: each full cycle of
/// copying pays for all that lives, so they are rare.
static size_t growthFactor() { return H.C.ThePlan == Plan::Copying ? 3 : 1; }

/// Where old objects call for a major cycle, if there are minor ones.
static size_t majorBound() {
  size_t Bound =
      H.LiveAfterMajor + H.LiveAfterMajor / 100 * H.C.Growth * growthFactor();
  size_t Least = 4 * youngBytes();
  return Bound > Least ? Bound : Least;
}

bool majorIsDue() { return LogLost || H.Count.LiveBytes.load() > majorBound(); }

/// Young objects, where there are minor cycles. What survives a minor cycle
/// stays until the next major one, so the more there is, the longer they should
/// have to die; but beyond some size it only makes pauses and the heap larger.
/// And close to the next major cycle they should not overshoot its bound.
static size_t nurseryBytes(size_t Live) {
  constexpr size_t Most = 8u << 20;
  size_t Wanted = H.LiveAfterMajor / 2 < Most ? H.LiveAfterMajor / 2 : Most;
  size_t Bound = majorBound();
  size_t Room = Bound > Live ? Bound - Live : 0;
  return Room < Wanted ? Room : Wanted;
}

/// What the plan wants, whatever the limit.
static size_t wantedBudget(size_t Live) {
  size_t Young = youngBytes();
  size_t Growth = Live / 100 * H.C.Growth * growthFactor();
  if (H.Generational)
    Growth = nurseryBytes(Live); // majors are decided by majorIsDue
  return Growth > Young ? Growth : Young;
}

static size_t softLimit() {
  size_t Soft = H.C.Limit, Hard = H.C.HardLimit;
  return Hard && (!Soft || Hard < Soft) ? Hard : Soft;
}

static size_t budgetFor(size_t Live) {
  size_t Budget = wantedBudget(Live);
  size_t Limit = softLimit();
  if (!Limit)
    return Budget;
  constexpr size_t Least = BlockSize * 4;
  size_t Used = size_t(H.UsedBlocks.load()) * BlockSize;
  size_t Room = Used < Limit ? (Limit - Used) / 2 : 0;
  LimitBinds = Room < Budget;
  if (Room >= Budget || CpuIsShort)
    return Budget;
  return Room > Least ? Room : Least;
}

/// What one thread has taken and not used the others do not have: a cycle comes
/// sooner by half a portion for each of them.
static int64_t portionOf(int64_t Budget) {
  constexpr int64_t Most = StockSize * BlockSize;
  int64_t Share = Budget / (2 * (int64_t(Threads.Spenders.load()) + 1));
  return Share < Most ? Share : Most;
}

void setBudget(size_t Live) {
  int64_t Budget = H.C.ThePlan == Plan::NoGc
                       ? INT64_MAX
                       : static_cast<int64_t>(budgetFor(Live));
  __atomic_store_n(&H.Portion, portionOf(Budget), __ATOMIC_RELAXED);
  H.BudgetLeft = Budget;
}

void lowerBudget() {
  int64_t Before = H.BudgetLeft;
  setBudget(H.Count.LiveBytes);
  if (H.BudgetLeft > Before)
    H.BudgetLeft = Before;
}

// ---------------------------------------------------------------------------
// The books. Written under CycleLock, but for GiveUp.

static constexpr int64_t MostDebt = 100000000; // ns

static struct {
  uint64_t Since = 0;      ///< CPU time at the end of the last cycle; 0: none
  int64_t Debt = 0;        ///< ns of collecting beyond its share
  uint64_t ShortSince = 0; ///< CPU time when the debt came to its bound
} Books;

static std::atomic<bool> GiveUp{false};

static bool booksAreKept(const char *Reason) {
  return H.C.CpuMax && H.C.CpuMax < 100 &&
         (LimitBinds || !strcmp(Reason, "out of memory"));
}

uint64_t cycleCpuNs(const char *Reason) {
  return booksAreKept(Reason) ? os::threadCpuNs() : 0;
}

static void closeBooks() {
  Books = {};
  CpuIsShort = GiveUp = false;
}

/// A cycle took Cycle of the All nanoseconds since the one before.
static void addDebt(int64_t Cycle, int64_t All, uint64_t Now) {
  int64_t Debt = Books.Debt + Cycle - All / 100 * H.C.CpuMax;
  Books.Debt = Debt < 0 ? 0 : Debt > MostDebt ? MostDebt : Debt;
  if (Books.Debt == MostDebt && !CpuIsShort) {
    CpuIsShort = true;
    Books.ShortSince = Now;
  }
  if (Books.Debt <= MostDebt / 2)
    CpuIsShort = false;
  if (CpuIsShort && H.C.FailFast &&
      Now - Books.ShortSince >= uint64_t(H.C.FailFast) * 1000000000u)
    GiveUp = true;
}

void chargeCycle(uint64_t StartCpuNs, const CycleRecord &R) {
  if (!StartCpuNs)
    return closeBooks();
  uint64_t Now = os::processCpuNs();
  if (Now < Books.Since) // a forked child starts its clock anew
    closeBooks();
  if (Books.Since) {
    auto Cycle = static_cast<int64_t>(os::threadCpuNs() - StartCpuNs);
    auto All = static_cast<int64_t>(Now - Books.Since);
    if (R.ByHelpers) // they had their share of the marking
      Cycle += Cycle * static_cast<int64_t>(R.ByHelpers) /
               static_cast<int64_t>(R.Marked - R.ByHelpers + 1);
    addDebt(Cycle < All ? Cycle : All, All, Now);
  }
  Books.Since = Now;
}

bool mustGiveUp(size_t Bytes) {
  if (!GiveUp.load(std::memory_order_relaxed) || !GiveUp.exchange(false))
    return false;
  // Whatever happens now, it has another GAB_FAILFAST seconds to get better.
  CpuIsShort = false;
  return !OomHandler || !OomHandler(Bytes);
}

// ---------------------------------------------------------------------------
// Pauses

static struct {
  uint64_t NsPerKb = 1000; ///< of moving
  uint64_t OtherNs = 0;    ///< of a pause, that moving cannot have
} Pauses;

int64_t pauseBytes() {
  uint64_t Whole = uint64_t(H.C.PauseUs) * 1000;
  uint64_t Left = Whole > Pauses.OtherNs ? Whole - Pauses.OtherNs : 0;
  if (Left < Whole / 8)
    Left = Whole / 8;
  uint64_t Bytes = Left * 1024 / Pauses.NsPerKb;
  return static_cast<int64_t>(Bytes > BlockSize ? Bytes : BlockSize);
}

void learnPause(const CycleRecord &R, const Worker &W) {
  if (!H.C.PauseUs)
    return;
  if (W.TimedBytes) {
    uint64_t Now = W.TimedNs * 1024 / W.TimedBytes;
    Pauses.NsPerKb = (Pauses.NsPerKb * 3 + Now) / 4;
    if (Pauses.NsPerKb < 10)
      Pauses.NsPerKb = 10;
  }
  uint64_t Moving = R.Moved / 1024 * Pauses.NsPerKb;
  uint64_t All = R.MarkNs + R.SweepNs;
  Pauses.OtherNs = (Pauses.OtherNs + (All > Moving ? All - Moving : 0)) / 2;
}

} // namespace gab::rt
