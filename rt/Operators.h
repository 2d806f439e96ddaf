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

/// The operator of that name that comes next in the dynamic linker's order.
/// Null: there is none, or it is libstdc++'s, which does no more than call
/// malloc and free.
HIDDEN void *nextOperator(const char *Name);

/// The operator of the rest of the process, when the object that this copy
/// belongs to prefers its own: it was linked with -Bsymbolic or opened with
/// RTLD_DEEPBIND. What it deletes may be a cell of the copy that is in force.
HIDDEN void *frontOperator(const char *Name);

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
      return Behind(Args...);
    struct Mark {
      Mark() { Passing = true; }
      ~Mark() { Passing = false; }
    } M;
    return Front(Args...);
  }

  static inline constinit Function Front = nullptr, Behind = nullptr;
  static inline constinit std::atomic<Function> Way{first};

public:
  static void lookUp() {
    void *Next = nextOperator(Op::Name), *First = frontOperator(Op::Name);
    auto Last = Next ? reinterpret_cast<Function>(Next) : Op::alone;
    if (First) {
      Front = reinterpret_cast<Function>(First);
      Behind = Last;
    }
    Way.store(First ? around : Last, std::memory_order_release);
  }
  static R go(A... Args) {
    return Way.load(std::memory_order_acquire)(Args...);
  }
};

/// For the deletes, as long as there is one thread.
HIDDEN void lookUpDeletes();

} // namespace stackward
#endif
