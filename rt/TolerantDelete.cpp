// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// libstackward_rt: an `operator delete` that ignores addresses on the stack
/// of the thread that calls it.
///
/// A seeded container (docs/design/seeding.md) starts in a buffer of the frame
/// that owns it. When it grows, or dies, whatever code does that, libstdc++'s
/// own included, gives the buffer back with `operator delete`, which must then
/// do nothing.
///
/// I1  A buffer is used only after mayUse() said yes: it lies within the bounds
///     that *this thread's* delete ignores. So a frame on a fiber's stack, on
///     an alternate signal stack or on a sanitizer's fake stack is never
///     seeded.
/// I2  Nothing but the stack lies within the bounds. The lower one follows the
///     frames that asked, one step ahead, and never passes what the system
///     says is this thread's stack.
/// I3  admit() says no for ever when the `operator delete` that libstdc++ calls
///     is not the one in this copy of the library (a second copy, a library
///     opened with dlopen into a program that had libstdc++ already), or when
///     the containers do not look as the compiler plugin believes. The program
///     then runs as if it had not been seeded.
///
/// What is not on the stack goes to the next `operator delete` in the search
/// order; when that is libstdc++'s, to free() or to another of the operators,
/// as libstdc++ has it.
///
/// All that the plugin refers to is hidden, so that a shared library cannot use
/// the copy of another.
namespace gab::rt {
/// Not there in a program that is seeded and no more, and not called either:
/// nothing is a cell. Said before the header uses it.
__attribute__((weak, visibility("hidden"))) void drainBin(void *,
                                                          unsigned) noexcept;
} // namespace gab::rt
#include "Malloc.h"
#include "Operators.h"
#include "StackBounds.h"
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <new>
#include <pthread.h>
#include <string>
#include <vector>

namespace {

enum class Thread { New, Asking, Known };

/// What the system says of this thread's stack.
struct Stack {
  Thread State;
  uintptr_t Low;
  uintptr_t High;
};

enum class Verdict { Open, Usable, Unusable };

/// How far the lower bound runs ahead of the frames. Less than the gap that
/// Linux keeps free below a growing stack.
constexpr uintptr_t Step = 64 * 1024;

} // namespace

constinit thread_local Bounds stackward_seeding_needs_libstackward_rt = {0, 0};

extern "C" {
// This copy's operators, whatever the dynamic linker binds their names to.
HIDDEN __attribute__((alias("_ZdlPv"))) void
stackward_rt_plain(void *) noexcept;
HIDDEN __attribute__((alias("_ZdlPvm"))) void
stackward_rt_sized(void *, size_t) noexcept;
// A static program has none, and should not get one.
__attribute__((weak)) void *dlopen(const char *, int);
}

static constinit thread_local Stack Mine = {Thread::New, 0, 0};
static constinit std::atomic<Verdict> Program{Verdict::Open};

namespace {

/// Where objects stand in the order in which they were loaded, ~0 for none.
/// (dladdr would search all symbols of the object.)
struct LoadOrder {
  uintptr_t Asked;
  unsigned Count = 0;
  unsigned Own = ~0u;
  unsigned Library = ~0u; ///< libstdc++.so
  unsigned Found = ~0u;   ///< the object that Asked lies in
  uintptr_t OwnStart = 0, OwnEnd = 0;

  explicit LoadOrder(const void *Function = nullptr);
  bool isOwn() const { return Found != ~0u && Found == Own; }
  bool isLibrarys() const { return Found != ~0u && Found == Library; }
  bool isInOwn(const void *Function) const {
    auto At = reinterpret_cast<uintptr_t>(Function);
    return At >= OwnStart && At < OwnEnd;
  }
};

} // namespace

static int lookAtObject(dl_phdr_info *Info, size_t, void *Data) {
  auto &Order = *static_cast<LoadOrder *>(Data);
  auto Own = reinterpret_cast<uintptr_t>(&stackward_rt_plain);
  for (unsigned I = 0; I < Info->dlpi_phnum; ++I) {
    const auto &Part = Info->dlpi_phdr[I];
    if (Part.p_type != PT_LOAD)
      continue;
    uintptr_t Start = Info->dlpi_addr + Part.p_vaddr;
    if (Own - Start < Part.p_memsz) {
      Order.Own = Order.Count;
      Order.OwnStart = Start; // the part with the code
      Order.OwnEnd = Start + Part.p_memsz;
    }
    if (Order.Asked - Start < Part.p_memsz)
      Order.Found = Order.Count;
  }
  if (Order.Library == ~0u && strstr(Info->dlpi_name, "libstdc++.so"))
    Order.Library = Order.Count;
  ++Order.Count;
  return 0;
}

LoadOrder::LoadOrder(const void *Function)
    : Asked(reinterpret_cast<uintptr_t>(Function)) {
  dl_iterate_phdr(lookAtObject, this);
}

/// What an object gets that is opened later. Null: there is none.
static void *globalOperator(const char *Name) {
  void *Program = &dlopen ? dlopen(nullptr, RTLD_LAZY) : nullptr;
  return Program ? dlsym(Program, Name) : nullptr;
}

/// Where each of the operators is found first, as far as that is this object.
static bool areAllOwn(const LoadOrder &Order) {
  static constexpr char Names[] = "_Znwm\0_Znam\0_ZnwmRKSt9nothrow_t\0"
                                  "_ZnamRKSt9nothrow_t\0_ZdaPv\0_ZdaPvm\0"
                                  "_ZdlPvRKSt9nothrow_t\0"
                                  "_ZdaPvRKSt9nothrow_t\0";
  for (const char *Name = Names; *Name; Name += strlen(Name) + 1)
    if (!Order.isInOwn(dlsym(RTLD_DEFAULT, Name)))
      return false;
  return true;
}

/// libstdc++ and this object call the operators of this copy. What is bound
/// once stays bound, so a copy that came after libstdc++ came too late. In a
/// program that has libstdc++ inside nothing is exported and nothing is found,
/// and then there is only one operator to call.
static bool isInForce(const LoadOrder &Order, bool MayBeAlone) {
  if (Order.Own == ~0u || Order.Own > Order.Library)
    return false;
  auto Bound = [&](const char *Name, auto *Own) {
    void *Found = dlsym(RTLD_DEFAULT, Name);
    return Found ? Found == reinterpret_cast<void *>(Own)
                 : MayBeAlone && Order.Own == 0;
  };
  return Bound("_ZdlPv", stackward_rt_plain) &&
         Bound("_ZdlPvm", stackward_rt_sized);
}

/// Buffers on the stack stay in the program. Cells of the heap are handed to
/// libraries that may be opened later, so the operators must be exported, and
/// to all: a library that is opened by a program of C brings libstdc++ along
/// and binds it to its own operators, but the next library that is opened has
/// only libstdc++'s. (One that is opened with RTLD_GLOBAL is asked before it is
/// global; it may be closed again, so that is as well.) And they must be all of
/// the operators: where the heap is a library, a program may have some.
bool stackward::isSoleOwner() {
  LoadOrder Order;
  return isInForce(Order, false) && areAllOwn(Order) &&
         (Order.Own == 0 || globalOperator("_ZdlPv") ==
                                reinterpret_cast<void *>(stackward_rt_plain));
}

bool stackward::isUnderValgrind() {
  const char *Preload = getenv("LD_PRELOAD");
  return Preload && strstr(Preload, "vgpreload");
}

/// Strings are {pointer, length, capacity}, vectors {begin, end, end of room}.
static bool looksAsBelieved() {
  std::string S(40, 'x');
  uintptr_t W[4];
  static_assert(sizeof(S) == sizeof(W));
  memcpy(W, static_cast<const void *>(&S), sizeof(W));
  if (W[0] != reinterpret_cast<uintptr_t>(S.data()) || W[1] != S.size() ||
      W[2] != S.capacity())
    return false;
  std::vector<char> V(3);
  V.pop_back();
  static_assert(sizeof(V) == 3 * sizeof(uintptr_t));
  memcpy(W, static_cast<const void *>(&V), sizeof(V));
  auto Begin = reinterpret_cast<uintptr_t>(V.data());
  return W[0] == Begin && W[1] == Begin + 2 && W[2] == Begin + V.capacity();
}

static bool isUsable() {
  Verdict Now = Program.load(std::memory_order_relaxed);
  if (Now == Verdict::Open) {
    bool Yes = !stackward::isUnderValgrind() && isInForce(LoadOrder(), true) &&
               looksAsBelieved();
    Now = Yes ? Verdict::Usable : Verdict::Unusable;
    Program.store(Now, std::memory_order_relaxed);
  }
  return Now == Verdict::Usable;
}

static void learnStack() {
  // Asking allocates, and an allocator may have frames of its own.
  Mine.State = Thread::Asking;
  pthread_attr_t Attributes;
  void *Low = nullptr;
  size_t Size = 0;
  if (pthread_getattr_np(pthread_self(), &Attributes) == 0) {
    if (pthread_attr_getstack(&Attributes, &Low, &Size) == 0) {
      Mine.Low = reinterpret_cast<uintptr_t>(Low);
      Mine.High = Mine.Low + Size;
    }
    pthread_attr_destroy(&Attributes);
  }
  Mine.State = Thread::Known;
}

bool stackward_rt_admit(const void *Buffer) noexcept {
  struct Errno {
    int Kept = errno;
    ~Errno() { errno = Kept; }
  } E;
  if (Mine.State == Thread::Asking)
    return false;
  if (Mine.State == Thread::New) {
    if (!isUsable())
      return false;
    learnStack();
  }
  auto P = reinterpret_cast<uintptr_t>(Buffer);
  if (P < Mine.Low || P >= Mine.High)
    return false;
  uintptr_t Low =
      P - Mine.Low > 2 * Step ? (P - Step) & ~uintptr_t(4095) : Mine.Low;
  Bounds &B = stackward_seeding_needs_libstackward_rt;
  if (B.Size == 0 || Low < B.Low)
    B = {Low, Mine.High - Low};
  return true;
}

static inline bool isOnStack(void *P) {
  const Bounds &B = stackward_seeding_needs_libstackward_rt;
  return reinterpret_cast<uintptr_t>(P) - B.Low < B.Size;
}

static void findOperators(stackward::Operators &Found, const char *Name,
                          void *Alone) {
  void *Next = dlsym(RTLD_NEXT, Name);
  Found.Behind = Next && !LoadOrder(Next).isLibrarys() ? Next : Alone;
  void (*Bound)(void *) = operator delete;
  LoadOrder Order(reinterpret_cast<void *>(Bound));
  if (Order.Own == 0 || !Order.isOwn())
    return;
  void *Front = globalOperator(Name);
  LoadOrder OfFront(Front);
  if (!OfFront.isOwn() && !OfFront.isLibrarys())
    Found.Front = Front;
}

/// Several threads may do it at once, and find the same.
void stackward::lookUp(Route &R, const char *Name, void *Alone) {
  findOperators(R.To, Name, Alone);
  R.Way.store(R.To.Front ? reinterpret_cast<void *>(Route::HasFront)
                         : R.To.Behind,
              std::memory_order_release);
}

constinit thread_local uint32_t stackward::Passing = 0;

namespace {

struct Plain {
  static constexpr unsigned Number = 8;
  static constexpr const char *Name = "_ZdlPv";
  static void alone(void *P) { free(P); }
};
struct Array {
  static constexpr unsigned Number = 9;
  static constexpr const char *Name = "_ZdaPv";
  static void alone(void *P) { ::operator delete(P); }
};
struct Aligned {
  static constexpr unsigned Number = 10;
  static constexpr const char *Name = "_ZdlPvSt11align_val_t";
  static void alone(void *P, std::align_val_t) { free(P); }
};
struct AlignedArray {
  static constexpr unsigned Number = 11;
  static constexpr const char *Name = "_ZdaPvSt11align_val_t";
  static void alone(void *P, std::align_val_t A) { ::operator delete(P, A); }
};

using stackward::Onward;
using AfterPlain = Onward<Plain, void, void *>;
using AfterArray = Onward<Array, void, void *>;
using AfterAligned = Onward<Aligned, void, void *, std::align_val_t>;
using AfterAlignedArray = Onward<AlignedArray, void, void *, std::align_val_t>;

} // namespace

/// Objects of other libraries may be made and die before this runs, so all of
/// it is looked up when it is first needed too. But a look-up waits for a
/// library that is being opened, and that may wait for a lock which the program
/// holds where it allocates; it takes away what dlerror() has to say; and to
/// ask for the bounds of a stack opens a file.
__attribute__((constructor(102))) static void settleEarly() {
  AfterPlain::lookUp();
  AfterArray::lookUp();
  AfterAligned::lookUp();
  AfterAlignedArray::lookUp();
  char Here = 0;
  stackward_rt_admit(&Here);
}

// The last calls of the operators, so that these need no frame.
__attribute__((noinline)) static void plainElsewhere(void *P) noexcept {
  if (P && !isOnStack(P))
    AfterPlain::go(P);
}
__attribute__((noinline)) static void arrayElsewhere(void *P) noexcept {
  if (P && !isOnStack(P))
    AfterArray::go(P);
}
static inline void plain(void *P) { gab::rt::manualFree(P, plainElsewhere); }
static inline void array(void *P) { gab::rt::manualFree(P, arrayElsewhere); }
// No cell has extended alignment, but a type may be declared so, and in a unit
// of C++14 be allocated without.
__attribute__((noinline)) static void aligned(void *P, std::align_val_t A) {
  gab::rt::manualFree(P, [A](void *Other) {
    if (!isOnStack(Other))
      AfterAligned::go(Other, A);
  });
}
__attribute__((noinline)) static void alignedArray(void *P,
                                                   std::align_val_t A) {
  gab::rt::manualFree(P, [A](void *Other) {
    if (!isOnStack(Other))
      AfterAlignedArray::go(Other, A);
  });
}

using std::align_val_t;
using std::nothrow_t;

#define BY_NAME __attribute__((noinline))

// Who is told a size, or not to throw, calls who is not, by name: in a library
// that may be the program's. So these are not inlined.
BY_NAME void operator delete(void *P) noexcept { plain(P); }
void operator delete(void *P, size_t) noexcept { ::operator delete(P); }
void operator delete(void *P, const nothrow_t &) noexcept {
  ::operator delete(P);
}

BY_NAME void operator delete[](void *P) noexcept { array(P); }
void operator delete[](void *P, size_t) noexcept { ::operator delete[](P); }
void operator delete[](void *P, const nothrow_t &) noexcept {
  ::operator delete[](P);
}

BY_NAME void operator delete(void *P, align_val_t A) noexcept { aligned(P, A); }
void operator delete(void *P, size_t, align_val_t A) noexcept {
  ::operator delete(P, A);
}
void operator delete(void *P, align_val_t A, const nothrow_t &) noexcept {
  ::operator delete(P, A);
}

BY_NAME void operator delete[](void *P, align_val_t A) noexcept {
  alignedArray(P, A);
}
void operator delete[](void *P, size_t, align_val_t A) noexcept {
  ::operator delete[](P, A);
}
void operator delete[](void *P, align_val_t A, const nothrow_t &) noexcept {
  ::operator delete[](P, A);
}
