// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What `operator delete` ignores, for the parts of libstackward_rt.
#ifndef STACKWARD_RT_STACKBOUNDS_H
#define STACKWARD_RT_STACKBOUNDS_H

#include "Operators.h"
#include <cstdint>

struct Bounds {
  uintptr_t Low;
  uintptr_t Size;
};

extern "C" {
/// The addresses that this thread's `operator delete` ignores. The name is
/// what a linker prints when the library is missing.
extern DOOR
    __attribute__((tls_model("initial-exec"))) constinit thread_local Bounds
        stackward_seeding_needs_libstackward_rt;
/// The slow half of mayUse().
DOOR bool stackward_rt_admit(const void *Buffer) noexcept;
}

/// \p Buffer lies where this thread's `operator delete` is known to ignore it.
inline bool isAdmitted(const void *Buffer) {
  const Bounds &B = stackward_seeding_needs_libstackward_rt;
  return reinterpret_cast<uintptr_t>(Buffer) - B.Low < B.Size;
}

/// Asks, where that is not known yet.
inline bool mayUse(const void *Buffer) {
  return isAdmitted(Buffer) || stackward_rt_admit(Buffer);
}

#endif
