// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Objects from allocation to free, added up per place of allocation.
#ifndef STACKWARD_LIFETIME_RECORDER_LIFETIMES_H
#define STACKWARD_LIFETIME_RECORDER_LIFETIMES_H

#include "ShadowStack.h"

namespace recorder {

enum class Kind : uint16_t { Malloc, Calloc, Realloc, Aligned, New, NewArray };

/// How many of the innermost frames of user code have their objects counted.
/// A place has no more frames than that, unless a container is further out.
constexpr unsigned CountedFrames = 4;
constexpr unsigned MaxFrames = 8;
/// The last number of the histograms stands for itself and all above.
constexpr unsigned MaxReturned = 16;

/// One place of allocation: what was called, on behalf of which container,
/// from which chain of user code. Compared as bytes: no padding.
struct Place {
  Kind What = Kind::Malloc;
  uint16_t Foreign = 0;    ///< 1: by code that was not compiled for recording
  int32_t OwnerLevel = -1; ///< user frame that holds the container, or -1
  int64_t OwnerOffset = 0; ///< of the container from that frame pointer
  uintptr_t Container = 0; ///< member function that asked for memory
  uintptr_t Library = 0;   ///< library function that user code called
  struct {
    uintptr_t Function, At;
  } Frames[MaxFrames] = {};
};

struct Totals {
  uint64_t Count = 0, Bytes = 0;
  uint64_t SmallestSize = ~uint64_t(0), LargestSize = 0;
  uint64_t OtherThread = 0; ///< freed by another thread
  uint64_t Deeper = 0;      ///< freed in a callee of the allocating frame
  uint64_t Freed[MaxReturned + 1] = {}; ///< by user frames returned till then
  uint64_t Unfreed[MaxReturned + 1] =
      {}; ///< the same at the end of the program
  uint32_t MostAlive[CountedFrames] = {}; ///< at once, in one activation
};

struct PlaceTotals {
  Place Where;
  Totals Sums;
  PlaceTotals *Next = nullptr;
};

/// \p Frame and \p ReturnAddress are those of the hook.
void recordAllocation(Kind What, void *Memory, size_t Size, uintptr_t Frame,
                      uintptr_t ReturnAddress);
void recordFree(void *Memory, uintptr_t Frame);

/// Takes stock of what is alive, and writes the record once per process.
void writeRecord();

/// The room's one lock, for the hooks around fork.
void lockRecord();
void unlockRecord();

} // namespace recorder

#endif
