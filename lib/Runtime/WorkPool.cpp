// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The memory of mark stacks, and the pool through which workers share them.
/// Segments are never given back to the system: there are as many as the
/// deepest graph so far needed.
#include "Tracer.h"

namespace gab::rt {

WorkPool Pool;

void WorkPool::put(Segment *S) {
  {
    Guard G(L);
    S->Next = First;
    First = S;
    Available.fetch_add(1);
  }
  if (Idle.load())
    os::futexWake(Available, 1);
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

void Worker::pushRange(uintptr_t Object, size_t From, size_t Until) {
  if (Current->Count + 3 > Segment::Capacity && !newSegment()) {
    Overflow = true;
    return;
  }
  Current->Items[Current->Count++] = From * 2;
  Current->Items[Current->Count++] = Until * 2;
  Current->Items[Current->Count++] = Object | 1;
}

/// Gives the older half of the queue away, unless something waits to be taken:
/// the longer an item has been there the more it leads to, as a rule.
void Worker::share() {
  if (Pool.Available.load(std::memory_order_relaxed))
    return;
  Segment *S = newSegmentMemory();
  if (!S)
    return;
  uint32_t Cut = Current->Count / 2;
  // Not between the words of one item; the last of three has bit 0 set.
  if (Current->Items[Cut] & 1)
    Cut += 1;
  else if (Current->Items[Cut + 1] & 1)
    Cut += 2;
  S->Count = Cut;
  memcpy(S->Items, Current->Items, Cut * sizeof(uintptr_t));
  Current->Count -= Cut;
  memmove(Current->Items, Current->Items + Cut,
          Current->Count * sizeof(uintptr_t));
  Pool.put(S);
}

void Worker::giveAll() {
  while (Segment *S = Full) {
    Full = S->Next;
    Pool.put(S);
  }
  if (!Current->Count)
    return;
  Segment *S = newSegmentMemory();
  if (!S) {
    // What is queued here is marked, and will be found by that.
    Overflow = true;
    Current->Count = 0;
    return;
  }
  S->Count = Current->Count;
  memcpy(S->Items, Current->Items, Current->Count * sizeof(uintptr_t));
  Current->Count = 0;
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
