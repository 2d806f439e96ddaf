// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Follows objects from allocation to free.
///
/// An object remembers its thread and where that thread's shadow stack stood:
/// the next serial and the number of live activations of user code. At its
/// free the newest live activation older than the object tells how many user
/// frames above its birth have ended since: 0 means that the function which
/// allocated was still running. This is exact per activation; recursion and
/// functions entered again do not confuse it.
///
/// Alive at once: for each of the innermost frames of a place, the objects
/// of that place born under that very activation are counted, and the most
/// that were alive together is kept.
///
/// The owner of a buffer: libstdc++ and libc++ allocate for a container in
/// member functions that get its address as their first argument. If the
/// innermost such address is inside the frame of user code, the offset in
/// that frame leads to the variable, offline, through the debug information.
///
/// One lock guards all tables. Cost: a few hundred nanoseconds an object.
#include "Lifetimes.h"
#include "Output.h"
#include "Table.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <sched.h>
#include <unwind.h>

namespace recorder {

namespace {
struct Object {
  uintptr_t Address = 0;
  size_t Size = 0;
  Thread *Maker = nullptr;
  uint64_t Stamp = 0;
  uint32_t Users = 0;
  PlaceTotals *Where = nullptr;
  uint64_t Serials[CountedFrames] = {};

  bool used() const { return Address; }
  uint64_t hash() const { return mix(0, Address >> 4); }
  bool sameKey(const Object &O) const { return Address == O.Address; }
};

/// Objects of one place alive under one activation.
struct AliveCount {
  PlaceTotals *Where = nullptr;
  Thread *Maker = nullptr;
  uint64_t Serial = 0;
  uint32_t Count = 0;

  bool used() const { return Where; }
  uint64_t hash() const {
    return mix(mix(reinterpret_cast<uintptr_t>(Where) >> 4, Serial),
               reinterpret_cast<uintptr_t>(Maker));
  }
  bool sameKey(const AliveCount &O) const {
    return Where == O.Where && Maker == O.Maker && Serial == O.Serial;
  }
};

class Lock {
public:
  Lock() { lockRecord(); }
  ~Lock() { unlockRecord(); }
};
} // namespace

static std::atomic<bool> Locked;
static Table<Object> Objects;
static Table<AliveCount> Alive;
static constexpr size_t Buckets = 1 << 16;
static PlaceTotals *Places[Buckets];

void lockRecord() {
  while (Locked.exchange(true, std::memory_order_acquire))
    sched_yield();
}

void unlockRecord() { Locked.store(false, std::memory_order_release); }

static PlaceTotals &totalsOf(const Place &Where) {
  uint64_t Hash = 0;
  uint64_t Words[sizeof(Place) / sizeof(uint64_t)];
  static_assert(sizeof(Words) == sizeof(Place));
  std::memcpy(Words, &Where, sizeof(Place));
  for (uint64_t Word : Words)
    Hash = mix(Hash, Word);
  PlaceTotals *&Head = Places[Hash % Buckets];
  for (PlaceTotals *P = Head; P; P = P->Next)
    if (std::memcmp(&P->Where, &Where, sizeof(Place)) == 0)
      return *P;
  void *Memory = __libc_calloc(1, sizeof(PlaceTotals));
  if (!Memory)
    __builtin_trap();
  Head = new (Memory) PlaceTotals{Where, {}, Head};
  return *Head;
}

namespace {
/// The first code of the program in frames above a given one.
struct CallSearch {
  uintptr_t Above;
  uintptr_t Code = 0;
};
} // namespace

static _Unwind_Reason_Code searchStep(_Unwind_Context *Context,
                                      void *Argument) {
  auto &Search = *static_cast<CallSearch *>(Argument);
  uintptr_t Code = _Unwind_GetIP(Context);
  if (_Unwind_GetCFA(Context) <= Search.Above || !moduleOf(Code))
    return _URC_NO_REASON;
  Search.Code = Code;
  return _URC_NORMAL_STOP;
}

/// Where an activation made the call that led here, given the return address
/// of the next that is known. That one may have been called by code which is
/// not instrumented, on behalf of this activation: then unwinding finds it.
static uintptr_t callIn(uintptr_t ReturnAddress, uintptr_t Above) {
  if (moduleOf(ReturnAddress))
    return ReturnAddress;
  CallSearch Search{Above};
  _Unwind_Backtrace(searchStep, &Search);
  return Search.Code;
}

/// Finds the frame of user code that an address points into, counted from
/// the innermost; frames beyond those a place keeps do not count.
static void findOwner(const Thread &T, uintptr_t Address, Place &Where) {
  int32_t Index = T.Stack[T.Depth - 1].LastUser;
  for (unsigned Level = 0; Index >= 0 && Level != MaxFrames; ++Level) {
    const Activation &A = T.Stack[Index];
    bool Innermost = uint32_t(Index) + 1 == T.Depth;
    // The callee's frame pointer and return address lie below the frame.
    uintptr_t Low = Innermost ? 0 : T.Stack[Index + 1].Frame + 16;
    if (Address >= Low && Address < A.Frame) {
      Where.OwnerLevel = int32_t(Level);
      Where.OwnerOffset = int64_t(Address - A.Frame);
      return;
    }
    if (Address < A.Frame)
      return;
    Index = Index ? T.Stack[Index - 1].LastUser : -1;
  }
}

/// The innermost function of a container above the innermost user code.
static const Activation *containerOf(const Thread &T, int32_t LastUser) {
  for (int32_t I = int32_t(T.Depth) - 1; I > LastUser; --I)
    if (T.Stack[I].What == Role::Container)
      return &T.Stack[I];
  return nullptr;
}

static Place placeOf(const Thread &T, Kind What, uintptr_t Frame,
                     uintptr_t ReturnAddress) {
  Place Where;
  Where.What = What;
  int32_t Index = T.Stack[T.Depth - 1].LastUser;
  if (const Activation *Container = containerOf(T, Index)) {
    Where.Container = Container->Function;
    findOwner(T, Container->FirstArgument, Where);
  }
  if (uint32_t(Index + 1) != T.Depth)
    Where.Library = T.Stack[Index + 1].Function;
  Where.Foreign = !moduleOf(ReturnAddress);
  unsigned Wanted = std::max(CountedFrames, unsigned(Where.OwnerLevel + 1));
  for (unsigned Level = 0; Level != Wanted && Index >= 0; ++Level) {
    bool Innermost = uint32_t(Index) + 1 == T.Depth;
    const Activation &Next = T.Stack[Innermost ? Index : Index + 1];
    Where.Frames[Level].Function = T.Stack[Index].Function;
    Where.Frames[Level].At = Innermost ? callIn(ReturnAddress, Frame)
                                       : callIn(Next.CallSite, Next.Frame);
    Index = Index ? T.Stack[Index - 1].LastUser : -1;
  }
  return Where;
}

static void countAlive(const Thread &T, Object &O) {
  int32_t Index = T.Stack[T.Depth - 1].LastUser;
  for (unsigned Level = 0; Level != CountedFrames && Index >= 0; ++Level) {
    O.Serials[Level] = T.Stack[Index].Serial;
    AliveCount &Here =
        Alive.insert({O.Where, O.Maker, T.Stack[Index].Serial, 0});
    uint32_t &Most = O.Where->Sums.MostAlive[Level];
    Most = std::max(Most, ++Here.Count);
    Index = Index ? T.Stack[Index - 1].LastUser : -1;
  }
}

static void uncountAlive(const Object &O) {
  for (uint64_t Serial : O.Serials) {
    if (!Serial)
      return;
    AliveCount *Here = Alive.find({O.Where, O.Maker, Serial, 0});
    if (--Here->Count == 0)
      Alive.remove(*Here);
  }
}

void recordAllocation(Kind What, void *Memory, size_t Size, uintptr_t Frame,
                      uintptr_t ReturnAddress) {
  Thread &T = thisThread();
  if (T.Busy || !Memory)
    return;
  dropStale(T, Frame);
  if (!T.Depth)
    return;
  T.Busy = true;
  Place Where = placeOf(T, What, Frame, ReturnAddress);
  {
    Lock Guard;
    PlaceTotals &P = totalsOf(Where);
    Totals &Sums = P.Sums;
    ++Sums.Count;
    Sums.Bytes += Size;
    Sums.SmallestSize = std::min<uint64_t>(Sums.SmallestSize, Size);
    Sums.LargestSize = std::max<uint64_t>(Sums.LargestSize, Size);
    Object O{uintptr_t(Memory), Size, &T, T.NextSerial, T.users(), &P, {}};
    countAlive(T, O);
    Objects.insert(O);
  }
  T.Busy = false;
}

static bool isDeeper(Thread &T, const Object &O) {
  Activation *Top = T.top();
  return Top && Top->LastUser >= 0 &&
         T.Stack[Top->LastUser].Serial != O.Serials[0];
}

void recordFree(void *Memory, uintptr_t Frame) {
  Thread &T = thisThread();
  if (T.Busy || !Memory)
    return;
  dropStale(T, Frame);
  T.Busy = true;
  {
    Lock Guard;
    Object Key;
    Key.Address = uintptr_t(Memory);
    if (Object *O = Objects.find(Key)) {
      Totals &Sums = O->Where->Sums;
      if (O->Maker != &T) {
        ++Sums.OtherThread;
      } else {
        uint32_t Returned = usersReturned(T, O->Stamp, O->Users);
        ++Sums.Freed[std::min(Returned, MaxReturned)];
        Sums.Deeper += Returned == 0 && isDeeper(T, *O);
      }
      uncountAlive(*O);
      Objects.remove(*O);
    }
  }
  T.Busy = false;
}

/// What was not freed is counted as if it were freed now; all frames of a
/// thread other than this one count as returned, which they may have.
static void takeStock(Thread &T) {
  Objects.forEach([&](const Object &O) {
    uint32_t Returned =
        O.Maker == &T ? usersReturned(T, O.Stamp, O.Users) : O.Users;
    ++O.Where->Sums.Unfreed[std::min(Returned, MaxReturned)];
  });
}

void writeRecord() {
  Thread &T = thisThread();
  static std::atomic<bool> Written;
  if (Written.exchange(true))
    return;
  T.Busy = true;
  Lock Guard;
  takeStock(T);
  Output Out;
  for (PlaceTotals *Head : Places)
    for (PlaceTotals *P = Head; P; P = P->Next)
      Out.place(P->Where, P->Sums);
}

} // namespace recorder
