// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What watches single allocations and moves when asked to: stress modes, the
/// verifier's table of small objects, the profiler. All of it needs H.Hooked;
/// without, each hook is one test of a flag.
#ifndef GAB_RUNTIME_HOOKS_H
#define GAB_RUNTIME_HOOKS_H

#include "Thread.h"

namespace gab::rt {

void startHooks();
void hookedBefore(Thread &T);
void hookedAfter(Thread &T, void *Object, const gab_type *Type, size_t Bytes);
void hookedMove(uintptr_t From, uintptr_t To);
void hookedSettle();

inline void beforeAllocation(Thread &T) {
  if (H.C.StressAlloc) [[unlikely]]
    hookedBefore(T);
}
inline void afterAllocation(Thread &T, void *Object, const gab_type *Type,
                            size_t Bytes) {
  if (H.Hooked) [[unlikely]]
    hookedAfter(T, Object, Type, Bytes);
}
inline void noteMove(uintptr_t From, uintptr_t To) {
  if (H.C.Verify > 1) [[unlikely]]
    hookedMove(From, To);
}
/// After marking: tables follow moved objects and forget dead ones.
inline void settleHooks() {
  if (H.Hooked) [[unlikely]]
    hookedSettle();
}

/// The type a small object was made with; null if the table has none (it is
/// kept with GAB_VERIFY=2 and above).
const gab_type *smallTypeAt(uintptr_t P);

/// One sampled allocation site.
struct Site {
  static constexpr unsigned Depth = 24;
  uintptr_t Frames[Depth];
  uint32_t Count;
  uint64_t Objects, Bytes;         ///< sampled so far
  uint64_t LiveObjects, LiveBytes; ///< of those, alive at the last cycle
  const gab_type *Type;
};
/// Calls F for each site with samples. Takes the profiler's lock.
void eachSite(void (*F)(const Site &, void *), void *Context);

/// Locks that a fork has to take: a thread may hold one at any time.
extern Lock SmallLock, ProfileLock;

} // namespace gab::rt
#endif
