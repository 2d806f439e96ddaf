// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is decided after marking: ephemerons, finalizers, weak references.
///
/// Order. Ephemerons first: a live key makes its value live, which may make
/// other keys live, so passes are repeated until nothing changes, in
/// alternating directions so that a chain costs few passes whichever way it
/// lies. Then weak references to what has died become null. Only then are dead
/// objects with finalizers revived, with everything they refer to: a finalizer
/// may look at its object's references, but nobody else can reach the object
/// any more unless the finalizer itself stores it somewhere. It runs once.
#include "Collector.h"
#include "Hooks.h"
#include "Tracer.h"

namespace gab::rt {

/// One pass. True if some value was visited.
static bool passEphemerons(Worker &W, bool Backwards) {
  bool Progress = false;
  size_t N = W.Ephemerons.size();
  size_t Kept = 0;
  // Entries decided in this pass get a null Key and are squeezed out after.
  for (size_t I = 0; I < N; ++I) {
    EphemeronEntry &E = W.Ephemerons[Backwards ? N - 1 - I : I];
    void *Key = *E.Key;
    if (!Key || !isAlive(Key, E.KeyType))
      continue;
    // Visiting the key too keeps the lines of a small object that was alive
    // only by its neighbours.
    EphemeronEntry Decided = E;
    E.Key = nullptr;
    W.visit(Decided.Key, Decided.KeyType);
    W.visit(Decided.Value, Decided.ValueType);
    Progress = true;
    W.drain();
  }
  for (size_t I = 0; I < W.Ephemerons.size(); ++I)
    if (W.Ephemerons[I].Key)
      W.Ephemerons[Kept++] = W.Ephemerons[I];
  W.Ephemerons.truncate(Kept);
  return Progress;
}

void settleEphemerons(Worker &W) {
  bool Backwards = false;
  while (passEphemerons(W, Backwards))
    Backwards = !Backwards;
}

static void clearDeadEphemerons(Worker &W) {
  for (EphemeronEntry &E : W.Ephemerons)
    *E.Key = *E.Value = nullptr;
  W.Ephemerons.clear();
}

static void settleWeak(void **Slot, const gab_type *Type) {
  void *Object = *Slot;
  if (!Object)
    return;
  if (!isAlive(Object, Type))
    Object = nullptr;
  *Slot = Object;
}

static void settleAllWeak(Worker &W) {
  for (WeakEntry &E : W.WeakSlots)
    settleWeak(E.Slot, E.Type);
  for (gab_root *R = Roots[GAB_ROOT_WEAK]; R; R = R->next)
    settleWeak(&R->object, R->type);
}

static void reviveFinalizable(Worker &W) {
  size_t Kept = 0;
  size_t FirstDue = FinalizersDue.size();
  for (FinalizerEntry &E : Finalizers) {
    void *Object = E.Object;
    if (isAlive(Object, E.Type) || !FinalizersDue.push(E))
      Finalizers[Kept++] = E;
  }
  Finalizers.truncate(Kept);
  (void)FirstDue;
  // Entries that wait from earlier cycles are kept alive the same way.
  for (FinalizerEntry &E : FinalizersDue)
    W.visit(&E.Object, E.Type);
  W.drain();
  settleEphemerons(W);
}

void settleReferences(Worker &W) {
  settleEphemerons(W);
  settleAllWeak(W);
  // An entry that could not be moved to the due list is a dead object that
  // must not be freed.
  reviveFinalizable(W);
  for (FinalizerEntry &E : Finalizers)
    W.visit(&E.Object, E.Type);
  W.drain();
  settleEphemerons(W);
  clearDeadEphemerons(W);
  settleAllWeak(W);
  W.WeakSlots.clear();
  Identities.follow(
      [](void *&Object, const gab_type *Type) { return isAlive(Object, Type); },
      [](TrackedObject &) {});
  settleHooks();
}

} // namespace gab::rt

using namespace gab::rt;

extern "C" size_t gab_run_finalizers(void) {
  Thread *T = attachSelf();
  if (!T)
    return 0;
  size_t Done = 0;
  for (;;) {
    FinalizerEntry Entry;
    {
      RuntimeScope S(*T);
      Guard G(RootLock);
      if (FinalizersDue.empty())
        return Done;
      Entry = FinalizersDue.pop();
    }
    // Entry is on this stack: the object stays until its finalizer is done.
    Entry.Type->finalize(Entry.Object);
    H.Count.Finalized.fetch_add(1, std::memory_order_relaxed);
    ++Done;
  }
}
