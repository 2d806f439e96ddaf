// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What New.cpp and TolerantDelete.cpp ask of each other. One cannot be linked
/// without the other: memory is told apart by where it lies, and only this
/// copy's operators can do that.
#ifndef STACKWARD_RT_OPERATORS_H
#define STACKWARD_RT_OPERATORS_H

#include <algorithm>
#include <atomic>
#include <cstddef>

#define HIDDEN __attribute__((visibility("hidden")))

namespace stackward {

/// Where an operator of this copy hands on what is not its own.
struct Operators {
  /// That of the rest of the process, when the object that this copy belongs to
  /// prefers its own: it was linked with -Bsymbolic or opened with
  /// RTLD_DEEPBIND. What it deletes may be a cell of the copy that is in force.
  void *Front = nullptr;
  /// What comes next in the dynamic linker's order, or does what libstdc++'s
  /// would, which is no more than to call malloc and free.
  void *Behind = nullptr;
};
/// Looks up Name; Alone is what to use in the place of libstdc++'s.
HIDDEN void findOperators(Operators &Found, const char *Name, void *Alone);

/// Whoever allocates or deletes in this process, and in libraries that are
/// opened later, is bound to the operators of this copy.
HIDDEN bool isSoleOwner();

/// The thread is on its way through frontOperator().
extern HIDDEN constinit thread_local bool Passing
    __attribute__((tls_model("initial-exec")));

/// Where this copy's operator Op hands on what is not its own. Op::Name is
/// what the linker knows it by, Op::alone() what libstdc++'s would do.
template <class Op, class R, class... A> class Onward {
  using Function = R (*)(A...);

  static R first(A... Args) {
    lookUp();
    return go(Args...);
  }
  /// The operator in front may hand on to this one again.
  static R around(A... Args) {
    if (Passing)
      return reinterpret_cast<Function>(Other.Behind)(Args...);
    struct Mark {
      Mark() { Passing = true; }
      ~Mark() { Passing = false; }
    } M;
    return reinterpret_cast<Function>(Other.Front)(Args...);
  }

  static inline constinit Operators Other;
  static inline constinit std::atomic<Function> Way{first};

public:
  static void lookUp() {
    findOperators(Other, Op::Name, reinterpret_cast<void *>(+Op::alone));
    Way.store(Other.Front ? around : reinterpret_cast<Function>(Other.Behind),
              std::memory_order_release);
  }
  static R go(A... Args) {
    return Way.load(std::memory_order_acquire)(Args...);
  }
};

/// For the deletes, as long as there is one thread.
HIDDEN void lookUpDeletes();

} // namespace stackward
#endif
