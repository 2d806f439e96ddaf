// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// libstackward_rt: an `operator new` that takes small objects from the
/// thread's bins (lib/Runtime/Malloc.h) in programs that were compiled with
/// gab-lowering, and from whoever is next in the others.
///
/// N1  An object goes back to where it came from, whatever `operator delete`
///     is told: a cell is known by its address.
/// N2  The bins are used only where every `operator delete` of the process is
///     this copy's: what libstdc++ or a library that is opened later deletes
///     must come here. isSoleOwner() asks the dynamic linker.
/// N3  Off under a sanitizer or Valgrind, which watch objects on the heap, and
///     with STACKWARD_GAB_LOWERING=0 in the environment.
/// N4  When there is no memory for a cell the next allocator is asked, and
///     its answer is the program's: new_handler and bad_alloc are as ever. What
///     a handler frees may be cells, so these are asked for again.
#include "Malloc.h"
#include "Operators.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <new>

using namespace gab::rt;

extern "C" {
/// Wanted.cpp has another definition, and is linked where a unit asks. (A weak
/// symbol that is not defined may have an address where gold links.)
DOOR __attribute__((weak)) const char *stackward_gab_lowering_asked = nullptr;
extern DOOR const char stackward_rt_operators;
const char stackward_rt_operators = 0;
// Runtimes of sanitizers.
extern __attribute__((weak)) void __asan_init();
extern __attribute__((weak)) void __hwasan_init();
extern __attribute__((weak)) void __msan_init();
extern __attribute__((weak)) void __tsan_init();
extern __attribute__((weak)) void __lsan_init();
}

namespace {

enum class Use : uint8_t { Open, Asking, Yes, No };

} // namespace

static constinit std::atomic<Use> Lowering{Use::Open};

static bool isWatched() {
  return __asan_init || __hwasan_init || __msan_init || __tsan_init ||
         __lsan_init || stackward::isUnderValgrind();
}

static bool isTurnedOff() {
  const char *Value = getenv("STACKWARD_GAB_LOWERING");
  return Value && strcmp(Value, "0") == 0;
}

/// Asked once; what is allocated meanwhile goes to the next allocator.
static bool mayUseBins() {
  Use Now = Lowering.load(std::memory_order_acquire);
  if (Now == Use::Open && Lowering.compare_exchange_strong(Now, Use::Asking)) {
    bool Yes = stackward_gab_lowering_asked && !isWatched() && !isTurnedOff() &&
               stackward::isSoleOwner();
    Now = Yes ? Use::Yes : Use::No;
    Lowering.store(Now, std::memory_order_release);
  }
  return Now == Use::Yes;
}

// --- The next allocator
// -------------------------------------------------------

static void *slowCell(size_t Bytes);

/// malloc as operator new has it: it asks the handler until that gives up.
template <class Function> static void *untilGivenUp(Function Allocate) {
  for (;;) {
    if (void *P = Allocate())
      return P;
    std::new_handler Handler = std::get_new_handler();
    if (!Handler)
      throw std::bad_alloc();
    Handler();
  }
}

static void *throughMalloc(size_t Bytes) {
  bool Again = false;
  return untilGivenUp([=]() mutable {
    void *P = malloc(Bytes ? Bytes : 1);
    if (!P && Again)
      P = slowCell(Bytes);
    Again = true;
    return P;
  });
}
static void *throughAlignedAlloc(size_t Bytes, std::align_val_t A) {
  auto Alignment = std::max(size_t(A), sizeof(void *));
  return untilGivenUp([=]() -> void * {
    void *P = nullptr;
    return posix_memalign(&P, Alignment, Bytes ? Bytes : 1) ? nullptr : P;
  });
}

// A program, or a library, may have some of the operators and leave the rest to
// libstdc++, whose forms call the plain ones by name.
template <class Function> static void *orNull(Function Allocate) noexcept {
  try {
    return Allocate();
  } catch (...) {
    return nullptr;
  }
}

namespace {

struct New {
  static constexpr unsigned Number = 0;
  static constexpr const char *Name = "_Znwm";
  static constexpr auto *alone = throughMalloc;
};
struct NewArray {
  static constexpr unsigned Number = 1;
  static constexpr const char *Name = "_Znam";
  static void *alone(size_t Bytes) { return ::operator new(Bytes); }
};
struct NewAligned {
  static constexpr unsigned Number = 2;
  static constexpr const char *Name = "_ZnwmSt11align_val_t";
  static constexpr auto *alone = throughAlignedAlloc;
};
struct NewAlignedArray {
  static constexpr unsigned Number = 3;
  static constexpr const char *Name = "_ZnamSt11align_val_t";
  static void *alone(size_t Bytes, std::align_val_t A) {
    return ::operator new(Bytes, A);
  }
};
struct NewNothrow {
  static constexpr unsigned Number = 4;
  static constexpr const char *Name = "_ZnwmRKSt9nothrow_t";
  static void *alone(size_t Bytes, const std::nothrow_t &) {
    return orNull([=] { return ::operator new(Bytes); });
  }
};
struct NewArrayNothrow {
  static constexpr unsigned Number = 5;
  static constexpr const char *Name = "_ZnamRKSt9nothrow_t";
  static void *alone(size_t Bytes, const std::nothrow_t &) {
    return orNull([=] { return ::operator new[](Bytes); });
  }
};
struct NewAlignedNothrow {
  static constexpr unsigned Number = 6;
  static constexpr const char *Name = "_ZnwmSt11align_val_tRKSt9nothrow_t";
  static void *alone(size_t Bytes, std::align_val_t A, const std::nothrow_t &) {
    return orNull([=] { return ::operator new(Bytes, A); });
  }
};
struct NewAlignedArrayNothrow {
  static constexpr unsigned Number = 7;
  static constexpr const char *Name = "_ZnamSt11align_val_tRKSt9nothrow_t";
  static void *alone(size_t Bytes, std::align_val_t A, const std::nothrow_t &) {
    return orNull([=] { return ::operator new[](Bytes, A); });
  }
};

using stackward::Onward;
using AfterNew = Onward<New, void *, size_t>;
using AfterNewArray = Onward<NewArray, void *, size_t>;
using AfterNewAligned = Onward<NewAligned, void *, size_t, std::align_val_t>;
using AfterNewAlignedArray =
    Onward<NewAlignedArray, void *, size_t, std::align_val_t>;
using AfterNewNothrow =
    Onward<NewNothrow, void *, size_t, const std::nothrow_t &>;
using AfterNewArrayNothrow =
    Onward<NewArrayNothrow, void *, size_t, const std::nothrow_t &>;
using AfterNewAlignedNothrow = Onward<NewAlignedNothrow, void *, size_t,
                                      std::align_val_t, const std::nothrow_t &>;
using AfterNewAlignedArrayNothrow =
    Onward<NewAlignedArrayNothrow, void *, size_t, std::align_val_t,
           const std::nothrow_t &>;

} // namespace

/// For the reasons that settleEarly() of TolerantDelete.cpp has, which runs
/// after it.
__attribute__((constructor(101))) static void lookUpEarly() {
  mayUseBins();
  AfterNew::lookUp();
  AfterNewArray::lookUp();
  AfterNewAligned::lookUp();
  AfterNewAlignedArray::lookUp();
  AfterNewNothrow::lookUp();
  AfterNewArrayNothrow::lookUp();
  AfterNewAlignedNothrow::lookUp();
  AfterNewAlignedArrayNothrow::lookUp();
}

// --- The operators
// --------------------------------------------------------------

/// A cell when the bin of \p Bytes has none, or \p Bytes is no size of a small
/// class. Null: ask the next allocator.
__attribute__((noinline)) static void *slowCell(size_t Bytes) {
  if (Bytes > ManualLimit || !mayUseBins())
    return nullptr;
  return manualAllocate(manualClass(Bytes ? Bytes : 1));
}

__attribute__((noinline)) static void *slowNew(size_t Bytes) {
  if (void *Cell = slowCell(Bytes))
    return Cell;
  return AfterNew::go(Bytes);
}
__attribute__((noinline)) static void *slowNewArray(size_t Bytes) {
  if (void *Cell = slowCell(Bytes))
    return Cell;
  return AfterNewArray::go(Bytes);
}

// Not inlined: other forms call these by name (orNull).

/// Class 0, of no bytes, has an empty bin for ever.
static inline void *fastCell(size_t Bytes) {
  if (__builtin_expect(Bytes > StepLimit, 0))
    return nullptr;
  return popCell(static_cast<unsigned>((Bytes + 15) >> 4));
}

__attribute__((noinline)) void *operator new(size_t Bytes) {
  if (void *Cell = fastCell(Bytes); __builtin_expect(Cell != nullptr, 1))
    return Cell;
  return slowNew(Bytes);
}
__attribute__((noinline)) void *operator new[](size_t Bytes) {
  if (void *Cell = fastCell(Bytes); __builtin_expect(Cell != nullptr, 1))
    return Cell;
  return slowNewArray(Bytes);
}
void *operator new(size_t Bytes, const std::nothrow_t &N) noexcept {
  if (void *Cell = fastCell(Bytes))
    return Cell;
  void *Cell = slowCell(Bytes);
  return Cell ? Cell : AfterNewNothrow::go(Bytes, N);
}
void *operator new[](size_t Bytes, const std::nothrow_t &N) noexcept {
  if (void *Cell = fastCell(Bytes))
    return Cell;
  void *Cell = slowCell(Bytes);
  return Cell ? Cell : AfterNewArrayNothrow::go(Bytes, N);
}
__attribute__((noinline)) void *operator new(size_t Bytes, std::align_val_t A) {
  return AfterNewAligned::go(Bytes, A);
}
__attribute__((noinline)) void *operator new[](size_t Bytes,
                                               std::align_val_t A) {
  return AfterNewAlignedArray::go(Bytes, A);
}
void *operator new(size_t Bytes, std::align_val_t A,
                   const std::nothrow_t &N) noexcept {
  return AfterNewAlignedNothrow::go(Bytes, A, N);
}
void *operator new[](size_t Bytes, std::align_val_t A,
                     const std::nothrow_t &N) noexcept {
  return AfterNewAlignedArrayNothrow::go(Bytes, A, N);
}
