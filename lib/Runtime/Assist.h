// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Marking by the threads that allocate, while a concurrent cycle is under way.
#ifndef GAB_RUNTIME_ASSIST_H
#define GAB_RUNTIME_ASSIST_H

#include "Tracer.h"

namespace gab::rt {

/// Threads that allocate may be asked to mark. Changes only while the world is
/// stopped.
extern std::atomic<bool> AssistsAreOn;

/// The first pause is over soon: from now on what is queued may be shared.
void startAssists(Worker &W);
/// The second pause has begun. What assistants have found is W's, and nothing
/// is queued any more.
void endAssists(Worker &W);

/// Marks as much as \p T owes for what it has allocated.
void assist(Thread &T);
inline void assistIfWanted(Thread &T) {
  if (AssistsAreOn.load(std::memory_order_relaxed)) [[unlikely]]
    assist(T);
}
/// \p T has taken so much memory.
inline void oweFor(Thread &T, size_t Bytes) {
  if (AssistsAreOn.load(std::memory_order_relaxed)) [[unlikely]]
    T.Unpaid += Bytes;
}
/// Marks as long as there is something to do. For a thread that would else
/// wait for the end of the cycle.
void assistToTheEnd(Thread &T);

/// The collector's own share. Marks once, and rests if it is ahead of what it
/// may take; false when nothing was queued.
bool markAtPace(Worker &W);

} // namespace gab::rt
#endif
