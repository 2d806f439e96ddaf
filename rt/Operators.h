// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What New.cpp and TolerantDelete.cpp ask of each other. The first is linked
/// with the second only: memory is told apart by where it lies, and only this
/// copy's deletes can do that.
#ifndef STACKWARD_RT_OPERATORS_H
#define STACKWARD_RT_OPERATORS_H

#include <atomic>
#include <cstddef>
#include <cstdint>

#define HIDDEN __attribute__((visibility("hidden")))
/// What seeded and lowered code needs: inside of the program, or exported by
/// the heap as a library of its own.
#ifdef STACKWARD_SHARED_HEAP
#define DOOR __attribute__((visibility("default")))
#else
#define DOOR HIDDEN
#endif

namespace stackward {

/// Where an operator of this copy hands on what is not its own.
struct Operators {
  /// That of the rest of the process, when the object that this copy belongs to
  /// prefers its own: it was linked with -Bsymbolic or opened with
  /// RTLD_DEEPBIND. What it deletes may be a cell of the copy that is in force.
  void *Front = nullptr;
  /// What comes next in the dynamic linker's order; or, when that is
  /// libstdc++'s, what does the same by way of this copy's operators.
  void *Behind = nullptr;
};
/// Whoever allocates or deletes in this process, and in libraries that are
/// opened later, is bound to the operators of this copy.
HIDDEN bool isSoleOwner();
/// It looks at all memory that the program uses, and wants to know of each
/// object.
HIDDEN bool isUnderValgrind();

/// Where one operator hands on what is not its own.
struct Route {
  Operators To;
  /// To.Behind, if there is none in front, else HasFront. Null at first.
  std::atomic<void *> Way{nullptr};

  static constexpr uintptr_t HasFront = 1;
  static bool isDirect(void *Way) {
    return reinterpret_cast<uintptr_t>(Way) > HasFront;
  }
};
/// Fills in the route of the operator \p Name; \p Alone is what to use in the
/// place of libstdc++'s.
HIDDEN void lookUp(Route &R, const char *Name, void *Alone);

/// The operators in front that the thread is on its way through, a bit each. A
/// new_handler in one of them may delete what it has kept for that.
extern HIDDEN constinit thread_local uint32_t Passing
    __attribute__((tls_model("initial-exec")));

/// Along a route that is known. The operator in front may hand on to this one
/// again.
template <class R, class... A>
[[gnu::noinline]] R goAlong(const Route &Along, uint32_t Bit, A... Args) {
  using Function = R (*)(A...);
  if (!Along.To.Front || (Passing & Bit))
    return reinterpret_cast<Function>(Along.To.Behind)(Args...);
  struct Mark {
    uint32_t Bit;
    explicit Mark(uint32_t TheBit) : Bit(TheBit) { Passing |= Bit; }
    ~Mark() { Passing &= ~Bit; }
  } M(Bit);
  return reinterpret_cast<Function>(Along.To.Front)(Args...);
}

/// This copy's operator Op hands on to go(). Op::Name is what the linker knows
/// it by, Op::alone() what libstdc++'s would do: of the forms for arrays, and
/// of those that do not throw, to call another operator, whosever that is.
template <class Op, class R, class... A> class Onward {
  static inline constinit Route To;

  [[gnu::noinline]] static R goSlowly(A... Args) {
    if (!To.Way.load(std::memory_order_acquire))
      lookUp();
    return goAlong<R, A...>(To, 1u << Op::Number, Args...);
  }

public:
  static void lookUp() {
    stackward::lookUp(To, Op::Name, reinterpret_cast<void *>(+Op::alone));
  }
  static R go(A... Args) {
    void *Way = To.Way.load(std::memory_order_acquire);
    if (__builtin_expect(!Route::isDirect(Way), 0))
      return goSlowly(Args...);
    return reinterpret_cast<R (*)(A...)>(Way)(Args...);
  }
};

} // namespace stackward
#endif
