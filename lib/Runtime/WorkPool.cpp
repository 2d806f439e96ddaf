// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The memory of mark stacks, and the pool through which workers share them.
/// Segments are never given back to the system: there are as many as the
/// deepest graph so far needed.
#include "Tracer.h"

namespace gab::rt {

WorkPool Pool;

void WorkPool::put(Segment *S) {
  Guard G(L);
  S->Next = First;
  First = S;
  Available.fetch_add(1);
}

Segment *WorkPool::take() {
  if (!Available.load(std::memory_order_relaxed))
    return nullptr;
  Guard G(L);
  Segment *S = First;
  if (S) {
    First = S->Next;
    Available.fetch_sub(1);
  }
  return S;
}

static Lock SegmentLock;
static Segment *SpareSegments;

Segment *newSegmentMemory() {
  Guard G(SegmentLock);
  if (!SpareSegments) {
    constexpr size_t Batch = 16;
    auto *New = static_cast<Segment *>(os::map(Batch * sizeof(Segment)));
    if (!New)
      return nullptr;
    for (size_t I = 0; I < Batch; ++I) {
      New[I].Next = SpareSegments;
      SpareSegments = &New[I];
    }
  }
  Segment *S = SpareSegments;
  SpareSegments = S->Next;
  S->Next = nullptr;
  S->Count = 0;
  return S;
}

void freeSegment(Segment *S) {
  Guard G(SegmentLock);
  S->Next = SpareSegments;
  SpareSegments = S;
}

bool Worker::newSegment() {
  Segment *S = newSegmentMemory();
  if (!S)
    return false;
  if (Current == &First || !Cycle.Shared) {
    Current->Next = Full;
    Full = Current;
  } else {
    Pool.put(Current);
  }
  Current = S;
  return true;
}

void Worker::pushPair(uintptr_t Object, size_t From) {
  if (Current->Count + 2 > Segment::Capacity && !newSegment()) {
    Overflow = true;
    return;
  }
  Current->Items[Current->Count++] = From;
  Current->Items[Current->Count++] = Object | 1;
}

/// Stress: gives some of the queue away while others have nothing.
void Worker::share() {
  Segment *S = newSegmentMemory();
  if (!S)
    return;
  for (int I = 0; I < 4; ++I) {
    uintptr_t Item = Current->Items[--Current->Count];
    if (Item & 1)
      S->Items[S->Count++] = Current->Items[--Current->Count];
    S->Items[S->Count++] = Item;
  }
  Pool.put(S);
}

bool Worker::refillStack() {
  while (!Current->Count) {
    Segment *Next = Full;
    if (Next)
      Full = Next->Next;
    else if (!Cycle.Shared || !(Next = Pool.take()))
      return false;
    if (Current != &First)
      freeSegment(Current);
    Current = Next;
  }
  return true;
}

} // namespace gab::rt
