// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The live activations of each thread, one entry per activation.
#ifndef STACKWARD_LIFETIME_RECORDER_SHADOWSTACK_H
#define STACKWARD_LIFETIME_RECORDER_SHADOWSTACK_H

#include "Symbols.h"

namespace recorder {

struct Activation {
  uintptr_t Function;
  uintptr_t CallSite;      ///< return address into the caller
  uintptr_t Frame;         ///< frame pointer
  uintptr_t FirstArgument; ///< of member functions mostly `this`
  uint64_t Serial;         ///< never used again in this thread
  uint32_t Users;          ///< activations of user code up to this one
  int32_t LastUser;        ///< index of the innermost of them, or -1
  Role What;
};

struct Thread {
  Activation *Stack = nullptr;
  uint32_t Depth = 0;
  bool Busy = false; ///< inside the recorder: hooks pass through
  uint64_t NextSerial = 1;

  Activation *top() { return Depth ? &Stack[Depth - 1] : nullptr; }
  uint32_t users() const { return Depth ? Stack[Depth - 1].Users : 0; }
};

/// This thread's stack, made at the first use. Never freed: objects remember
/// the thread that made them.
Thread &thisThread();

/// Drops the activations that ended without saying so (an exception, longjmp),
/// seen from a hook whose frame pointer is \p Frame.
void dropStale(Thread &T, uintptr_t Frame);

/// How many activations of user code that were live when \p T stood at
/// \p Stamp and \p Users have ended since.
uint32_t usersReturned(Thread &T, uint64_t Stamp, uint32_t Users);

} // namespace recorder

#endif
