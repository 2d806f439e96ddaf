// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The slow half of explicit-free allocation: bins are filled from slabs and
/// emptied into them.
///
/// A slab holds cells of one class, and keeps a list of those that are in no
/// bin. Slabs with such cells are on their class's list, newest first. A slab
/// whose cells are all back is given to whichever class wants one next, so
/// memory moves between classes; a class keeps one such slab, or a program
/// that lives on the edge would shape a slab anew at each step.
///
/// M1  A cell is in exactly one place: with the program, in one bin, on its
///     slab's list, or not yet carved. Slab.Free counts the last two.
/// M2  A slab is listed if and only if Free > 0.
/// M3  Locks are taken in the order class, then slabs; no lock is held where
///     libc is called.
/// M4  Nothing here allocates with malloc or operator new, but setting a
///     thread's key may allocate with libc's calloc.
///
/// Free slabs that nobody has wanted for a second lose their pages, when the
/// next slab comes free. Giving them back at once would cost a request for each
/// and new pages soon after, and all of it in vain where a program takes its
/// data apart before it ends.
///
/// Fork: all locks are held over it; what other threads had in their bins is
/// lost to the child. Handlers that were registered before ours run while the
/// locks are held, and may allocate. Threads: a bin's cells may come from any
/// thread, nothing has an owner; a thread that ends gives its cells back, and
/// does without bins from then on: nobody would give them back a second time
/// where another destructor allocates in the last round.
#include "Malloc.h"
#include "Lock.h"
#include "Sanitizer.h"
#include <errno.h>
#include <new>
#include <pthread.h>
#include <sys/resource.h>

using namespace gab::rt;
namespace os = gab::os;

namespace {

struct Slab {
  void *FreeCells; ///< linked through their first words
  Slab *Next, *Previous;
  uint32_t Free;   ///< cells on the list, and those not carved
  uint32_t Carved; ///< cells that have been handed out at least once
  bool Resident;   ///< it has been in use since its pages were returned
};

struct alignas(64) ClassState {
  Lock L;
  Slab *First = nullptr; ///< slabs with Free > 0
  Slab *Spare = nullptr; ///< of those, one that is all free; may be null
  size_t Count = 0;      ///< slabs of this class
};

struct SlabHeap {
  Lock L;
  Slab *Free = nullptr;       ///< resident
  Slab *Returned = nullptr;   ///< their pages are the system's
  Slab *Table = nullptr;      ///< one for each slab of the range
  uint8_t *ClassOf = nullptr; ///< Manual.ClassOf, writable
  size_t Most = 0;            ///< slabs that the tables have room for
  size_t Reserved = 0;        ///< slabs in the range
  size_t Count = 0;           ///< slabs that exist
  size_t FreeCount = 0;       ///< on Free
  size_t Idle = 0;            ///< the least FreeCount of this period
  size_t Surplus = 0;         ///< of Free, to be returned
  uint64_t Began = 0;         ///< this period, in ns
  size_t ReturnCount = 0;     ///< on Returned
  void **Blocks = nullptr;    ///< of threads that ended; each holds the next
  size_t BlockCount = 0;
};

/// A thread's rows.
constexpr size_t BlockBytes = size_t(BinRow) * ManualClasses;
static_assert(sizeof(Bins) < BinRow - sizeof(void *));

enum class Stage : uint8_t { New, Starting, Usable, Unusable };

struct ThreadState {
  bool Forks; ///< has all locks
  bool Ended; ///< has had its bins
};

/// As free() has it: what a program learned from a call that failed outlives
/// the destructors on its way.
class KeepErrno {
  int Value = errno;

public:
  ~KeepErrno() { errno = Value; }
};

} // namespace

// Objects of other units may be made before this one's would be.
static constinit ClassState Classes[ManualClasses];
static constinit SlabHeap Slabs;
static pthread_key_t Key;
static constinit std::atomic<Stage> Now{Stage::New};
static constinit thread_local ThreadState Self
    __attribute__((tls_model("initial-exec"))) = {false, false};

static constexpr size_t GrowSlabs = 16;
static constexpr size_t FirstBytes = size_t(256) << 20;
static constexpr char RangeName[] = "gab malloc";
/// The slabs of a large page (2 MB), and how many there are before large pages
/// are asked for: what is resident too early is then an eighth at most.
static constexpr size_t LargePage = 32, LargeFrom = 256;
static constexpr size_t LargeBytes = LargePage << SlabShift;
static constexpr size_t KeepFree = 16;
static constexpr size_t KeepBlocks = 32;
static constexpr size_t ReturnSlabs = 64; ///< at once
static constexpr uint64_t ReturnPeriodNs = 1000000000;

namespace {

/// A lock, unless the thread has all of them for a fork.
class HeapGuard {
  Lock *L;

public:
  explicit HeapGuard(Lock &TheLock) : L(Self.Forks ? nullptr : &TheLock) {
    if (L)
      L->lock();
  }
  ~HeapGuard() {
    if (L)
      L->unlock();
  }
  HeapGuard(const HeapGuard &) = delete;
  HeapGuard &operator=(const HeapGuard &) = delete;
};

} // namespace

static constexpr uint32_t cellsOf(unsigned Class) {
  return static_cast<uint32_t>(SlabSize / manualCell(Class));
}

/// Cells that a bin may hold: 16 KB of them, at least 8.
static constexpr unsigned binLimit(unsigned Class) {
  size_t Most = (size_t(16) << 10) / manualCell(Class);
  return Most >= BinSlots ? BinSlots - 1
                          : static_cast<unsigned>(Most < 8 ? 8 : Most);
}

static size_t indexOf(const Slab *S) {
  return static_cast<size_t>(S - Slabs.Table);
}
static char *cellsAt(const Slab *S) {
  return reinterpret_cast<char *>(Manual.Base) + (indexOf(S) << SlabShift);
}
static Slab *slabOf(const void *Cell) {
  return Slabs.Table +
         ((reinterpret_cast<uintptr_t>(Cell) - Manual.Base) >> SlabShift);
}

// --- Slabs -----------------------------------------------------------------

static size_t roundToPage(size_t Bytes) {
  return (Bytes + 4095) & ~size_t(4095);
}

/// Makes the table's entries of slabs below Count usable.
static bool commitTable(size_t From, size_t Count) {
  auto Grow = [&](void *Table, size_t Entry) {
    size_t Have = From ? roundToPage(From * Entry) : 0;
    size_t Want = roundToPage(Count * Entry);
    return Want == Have ||
           os::commit(static_cast<char *>(Table) + Have, Want - Have);
  };
  return Grow(Slabs.Table, sizeof(Slab)) && Grow(Slabs.ClassOf, 1);
}

/// Makes the range twice as long, if nothing lies behind it.
static void growRange() {
  size_t More = Slabs.Reserved;
  if (More > Slabs.Most - Slabs.Reserved)
    More = Slabs.Most - Slabs.Reserved;
  size_t Bytes = Slabs.Reserved << SlabShift;
  auto *End = reinterpret_cast<char *>(Manual.Base) + Bytes;
  if (!More || !os::reserveAt(End, More << SlabShift)) {
    Slabs.Most = Slabs.Reserved; // do not ask again
    return;
  }
  os::label(End, More << SlabShift, RangeName);
  Slabs.Reserved += More;
  __atomic_store_n(&Manual.Bytes, Slabs.Reserved << SlabShift,
                   __ATOMIC_RELEASE);
}

/// How many slabs come next: a part of what there is, in whole large pages
/// where those are asked for.
static size_t nextSlabs() {
  size_t More = Slabs.Count / 8;
  if (More < GrowSlabs)
    More = GrowSlabs;
  if (Slabs.Count >= LargeFrom)
    More = (Slabs.Count + More + LargePage - 1) / LargePage * LargePage -
           Slabs.Count;
  return More;
}

/// Slabs.L is held.
static bool growHeap() {
  if (Slabs.Count == Slabs.Reserved)
    growRange();
  size_t More = nextSlabs();
  if (More > Slabs.Reserved - Slabs.Count)
    More = Slabs.Reserved - Slabs.Count;
  if (!More || !commitTable(Slabs.Count, Slabs.Count + More))
    return false;
  char *At = reinterpret_cast<char *>(Manual.Base) + (Slabs.Count << SlabShift);
  if (!os::commit(At, More << SlabShift))
    return false;
  if (Slabs.Count >= LargeFrom)
    os::preferHuge(At, More << SlabShift);
  // Lowest first.
  for (size_t I = Slabs.Count + More; I-- > Slabs.Count;) {
    Slabs.Table[I].Next = Slabs.Free;
    Slabs.Free = &Slabs.Table[I];
  }
  Slabs.Count += More;
  Slabs.FreeCount += More;
  return true;
}

/// A slab for \p Class, all of it free. Null: memory is used up.
static Slab *takeSlab(unsigned Class, bool WillBeUsed) {
  HeapGuard G(Slabs.L);
  Slab *S = nullptr;
  if (Slabs.Free || (!Slabs.Returned && growHeap())) {
    S = Slabs.Free;
    Slabs.Free = S->Next;
    if (--Slabs.FreeCount < Slabs.Idle)
      Slabs.Idle = Slabs.FreeCount;
    if (Slabs.FreeCount < Slabs.Surplus + KeepFree && Slabs.Surplus)
      --Slabs.Surplus;
  } else if (Slabs.Returned) {
    S = Slabs.Returned;
    Slabs.Returned = S->Next;
    --Slabs.ReturnCount;
  } else {
    return nullptr;
  }
  // One request for all pages is cheaper than a fault for each.
  if (WillBeUsed && !S->Resident)
    os::populate(cellsAt(S), SlabSize);
  S->Resident = true;
  S->FreeCells = nullptr;
  S->Carved = 0;
  S->Free = cellsOf(Class);
  Slabs.ClassOf[indexOf(S)] = static_cast<uint8_t>(Class);
  return S;
}

/// Gives back the pages of slabs that were free all through the last period.
/// A few at each call: others wait for the lock meanwhile, and gigabytes take
/// the system a second.
static void returnIdle() {
  uint64_t Time = os::nowNs();
  if (Time - Slabs.Began >= ReturnPeriodNs) {
    Slabs.Surplus = Slabs.Idle > KeepFree ? Slabs.Idle - KeepFree : 0;
    Slabs.Began = Time;
    Slabs.Idle = Slabs.FreeCount;
  }
  for (size_t N = 0; N < ReturnSlabs && Slabs.Surplus; ++N) {
    --Slabs.Surplus;
    --Slabs.FreeCount;
    ++Slabs.ReturnCount;
    Slab *S = Slabs.Free;
    Slabs.Free = S->Next;
    if (S->Resident)
      os::discard(cellsAt(S), SlabSize);
    S->Resident = false;
    S->Next = Slabs.Returned;
    Slabs.Returned = S;
  }
  if (Slabs.FreeCount < Slabs.Idle)
    Slabs.Idle = Slabs.FreeCount;
}

static void giveSlab(Slab *S) {
  HeapGuard G(Slabs.L);
  S->Next = Slabs.Free;
  Slabs.Free = S;
  ++Slabs.FreeCount;
  returnIdle();
}

// --- Classes; the class's lock is held --------------------------------------

static void list(ClassState &C, Slab *S) {
  S->Previous = nullptr;
  S->Next = C.First;
  if (C.First)
    C.First->Previous = S;
  C.First = S;
}

static void unlist(ClassState &C, Slab *S) {
  (S->Previous ? S->Previous->Next : C.First) = S->Next;
  if (S->Next)
    S->Next->Previous = S->Previous;
}

/// Cells of \p S into To[0 .. Most), those with low addresses last, which are
/// handed out first. Returns how many.
static unsigned takeCells(Slab *S, unsigned Class, void **To, unsigned Most) {
  unsigned N = 0;
  for (; N < Most && S->FreeCells; ++N) {
    To[N] = S->FreeCells;
    S->FreeCells = *static_cast<void **>(S->FreeCells);
  }
  uint32_t Fresh = cellsOf(Class) - S->Carved;
  if (Fresh > Most - N)
    Fresh = Most - N;
  char *At = cellsAt(S) + size_t(S->Carved) * manualCell(Class);
  for (uint32_t I = Fresh; I-- > 0;)
    To[N++] = At + size_t(I) * manualCell(Class);
  S->Carved += Fresh;
  S->Free -= N;
  return N;
}

static unsigned takeFromClass(unsigned Class, void **To, unsigned Most) {
  ClassState &C = Classes[Class];
  HeapGuard G(C.L);
  Slab *S = C.First;
  if (!S) {
    S = takeSlab(Class, C.Count != 0);
    if (!S)
      return 0;
    ++C.Count;
    list(C, S);
  }
  if (S == C.Spare)
    C.Spare = nullptr;
  unsigned N = takeCells(S, Class, To, Most);
  if (S->Free == 0)
    unlist(C, S);
  return N;
}

static void giveToClass(unsigned Class, void **Cells, unsigned Count) {
  ClassState &C = Classes[Class];
  HeapGuard G(C.L);
  for (unsigned I = 0; I < Count; ++I) {
    Slab *S = slabOf(Cells[I]);
    *static_cast<void **>(Cells[I]) = S->FreeCells;
    S->FreeCells = Cells[I];
    if (S->Free++ == 0)
      list(C, S);
    if (S->Free < cellsOf(Class))
      continue;
    if (!C.Spare) {
      C.Spare = S;
      continue;
    }
    unlist(C, S);
    --C.Count;
    giveSlab(S);
  }
}

// --- Threads ----------------------------------------------------------------

static bool hasBins() { return gab_malloc_bins != &NoBins.B; }

static uint32_t endOf(unsigned Class) { return (Class + 1) * BinRow; }
static uint32_t bytesOf(unsigned Class) {
  return binLimit(Class) * uint32_t(sizeof(void *));
}
static void **bottomOf(unsigned Class) {
  return &gab_malloc_bins->slot(endOf(Class) - bytesOf(Class));
}
static void **topOf(unsigned Class) {
  return &gab_malloc_bins->slot(gab_malloc_bins->Top[Class]);
}
static void setTop(unsigned Class, void **Top) {
  gab_malloc_bins->Top[Class] =
      static_cast<uint32_t>(reinterpret_cast<char *>(Top) -
                            reinterpret_cast<char *>(gab_malloc_bins));
}

/// Threads come and go, and pages that are there already are worth half of
/// what a short one costs. The first word of a block belongs to no bin.
static void *takeBlock() {
  {
    HeapGuard G(Slabs.L);
    if (void **Block = Slabs.Blocks) {
      Slabs.Blocks = static_cast<void **>(*Block);
      --Slabs.BlockCount;
      return Block;
    }
  }
  return os::map(BlockBytes);
}

static void giveBlock(void *Block) {
  {
    HeapGuard G(Slabs.L);
    if (Slabs.BlockCount < KeepBlocks) {
      *static_cast<void **>(Block) = Slabs.Blocks;
      Slabs.Blocks = static_cast<void **>(Block);
      ++Slabs.BlockCount;
      return;
    }
  }
  os::unmap(Block, BlockBytes);
}

static void detach(void *Block) {
  Self.Ended = true;
  for (unsigned Class = 1; Class < ManualClasses; ++Class) {
    void **Bottom = bottomOf(Class);
    void **Top = topOf(Class);
    if (Top != Bottom)
      giveToClass(Class, Bottom, static_cast<unsigned>(Top - Bottom));
  }
  gab_malloc_bins = &NoBins.B;
  giveBlock(Block);
}

template <class Function> static void eachLock(Function F) {
  for (ClassState &C : Classes)
    F(C.L);
  F(Slabs.L);
}
static void beforeFork() {
  eachLock([](Lock &L) { L.lock(); });
  Self.Forks = true;
}
static void afterForkParent() {
  Self.Forks = false;
  eachLock([](Lock &L) { L.unlock(); });
}
static void afterForkChild() {
  Self.Forks = false;
  eachLock([](Lock &L) { L.reset(); });
}

/// A quarter of what the process may map, 64 GB where nothing is said.
static size_t rangeBytes() {
  size_t Bytes = size_t(64) << 30;
  rlimit Limit;
  if (getrlimit(RLIMIT_AS, &Limit) == 0 && Limit.rlim_cur != RLIM_INFINITY)
    while (Bytes > Limit.rlim_cur / 4)
      Bytes /= 2;
  return Bytes;
}

static bool reserveRange() {
  constexpr size_t Least = size_t(16) << 20;
  for (size_t Bytes = rangeBytes(); Bytes >= Least; Bytes /= 2) {
    size_t Most = Bytes >> SlabShift;
    size_t Table = roundToPage(Most * sizeof(Slab)), Of = roundToPage(Most);
    size_t Tables = (Table + Of + LargeBytes - 1) & ~(LargeBytes - 1);
    auto *Start = static_cast<char *>(os::reserve(Tables + Bytes, LargeBytes));
    if (!Start)
      continue;
    Slabs.Table = reinterpret_cast<Slab *>(Start);
    Slabs.ClassOf = reinterpret_cast<uint8_t *>(Start + Table);
    // All of it was asked for to find a place with room behind. It would count
    // against limits that the program sets later.
    size_t Now = Bytes < FirstBytes ? Bytes : FirstBytes;
    os::unmap(Start + Tables + Now, Bytes - Now);
    os::label(Start, Tables + Now, RangeName);
    Slabs.Most = Most;
    Slabs.Reserved = Now >> SlabShift;
    Manual.ClassOf = Slabs.ClassOf;
    __atomic_store_n(&Manual.Base, reinterpret_cast<uintptr_t>(Start) + Tables,
                     __ATOMIC_RELEASE);
    __atomic_store_n(&Manual.Bytes, Now, __ATOMIC_RELEASE);
    return true;
  }
  return false;
}

/// Whoever comes while another thread starts, or in the middle of it because
/// libc's part allocates in turn, does without.
static bool isStarted() {
  if (GAB_ASAN) // it watches what malloc hands out
    return false;
  Stage Seen = Now.load(std::memory_order_acquire);
  if (Seen == Stage::New &&
      Now.compare_exchange_strong(Seen, Stage::Starting)) {
    bool Good = pthread_key_create(&Key, detach) == 0 && reserveRange();
    if (Good)
      pthread_atfork(beforeFork, afterForkParent, afterForkChild);
    Seen = Good ? Stage::Usable : Stage::Unusable;
    Now.store(Seen, std::memory_order_release);
  }
  return Seen == Stage::Usable;
}

/// Gives the calling thread its bins.
static bool attach() {
  if (Self.Ended || !isStarted())
    return false;
  void *Block = takeBlock();
  if (!Block)
    return false;
  auto *Mine = new (Block) Bins;
  // Class 0 has no cells: the row of the Bins ends with a null pointer.
  Mine->Top[0] = endOf(0);
  for (unsigned Class = 1; Class < ManualClasses; ++Class)
    Mine->Top[Class] = endOf(Class) - bytesOf(Class);
  gab_malloc_bins = Mine;
  // May allocate in its turn, and finds the bins.
  pthread_setspecific(Key, Block);
  return true;
}

// --- The doors
// ----------------------------------------------------------------

namespace gab::rt {

void *refillBin(unsigned Class) {
  KeepErrno E;
  if (!hasBins() && !attach())
    return nullptr;
  if (void *Cell = popCell(Class)) // attaching may have filled it
    return Cell;
  void **Bottom = bottomOf(Class);
  unsigned N = takeFromClass(Class, Bottom, (binLimit(Class) + 1) / 2);
  if (!N)
    return nullptr;
  setTop(Class, Bottom + N - 1);
  return Bottom[N - 1];
}

void drainBin(void *Cell, unsigned Class) noexcept {
  KeepErrno E;
  if (!hasBins() && !attach())
    return giveToClass(Class, &Cell, 1);
  void **Bottom = bottomOf(Class), **Top = topOf(Class);
  if (gab_malloc_bins->Top[Class] == endOf(Class)) {
    // The lower half has been there longest.
    auto Half = static_cast<unsigned>(Top - Bottom) / 2;
    giveToClass(Class, Bottom, Half);
    memmove(Bottom, Bottom + Half,
            static_cast<size_t>(Top - Bottom - Half) * sizeof(void *));
    Top -= Half;
  }
  *Top = Cell;
  setTop(Class, Top + 1);
}

size_t manualUsable(const void *Cell) {
  uintptr_t At = reinterpret_cast<uintptr_t>(Cell) - Manual.Base;
  return At < Manual.Bytes ? manualCell(Manual.ClassOf[At >> SlabShift]) : 0;
}

ManualStats manualStats() {
  HeapGuard G(Slabs.L);
  size_t Used = Slabs.Count - Slabs.FreeCount - Slabs.ReturnCount;
  return {Slabs.Count << SlabShift, Used << SlabShift,
          Slabs.ReturnCount << SlabShift};
}

} // namespace gab::rt
