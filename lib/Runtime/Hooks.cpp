// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// See Hooks.h. The table of small objects is open addressing over addresses;
/// entries of dead objects stay until the address is used again, which is why
/// it can prove a slot wrong but not right on its own.
#include "Hooks.h"
#include "Collector.h"
#include <execinfo.h>

namespace gab::rt {

namespace {
struct SmallEntry {
  uintptr_t Object;
  const gab_type *Type;
};
} // namespace

Lock SmallLock;
static PageArray<SmallEntry> Smalls;
static size_t SmallCount;

static size_t smallSlot(uintptr_t P) {
  size_t Mask = Smalls.size() - 1;
  size_t I = ((P >> 3) * 0x9E3779B97F4A7C15ull >> 20) & Mask;
  while (Smalls[I].Object && Smalls[I].Object != P)
    I = (I + 1) & Mask;
  return I;
}

static void growSmalls() {
  size_t Want = Smalls.empty() ? 4096 : Smalls.size() * 2;
  PageArray<SmallEntry> Old;
  Old.swap(Smalls);
  if (!Smalls.reserve(Want)) {
    Smalls.swap(Old);
    return;
  }
  for (size_t I = 0; I < Want; ++I)
    Smalls.push({0, nullptr});
  for (SmallEntry &E : Old)
    if (E.Object)
      Smalls[smallSlot(E.Object)] = E;
  Old.release();
}

static void recordSmall(uintptr_t P, const gab_type *Type) {
  Guard G(SmallLock);
  if (2 * (SmallCount + 1) > Smalls.size())
    growSmalls();
  SmallEntry &E = Smalls[smallSlot(P)];
  SmallCount += E.Object == 0;
  E = {P, Type};
}

const gab_type *smallTypeAt(uintptr_t P) {
  Guard G(SmallLock);
  return Smalls.empty() ? nullptr : Smalls[smallSlot(P)].Type;
}

void hookedMove(uintptr_t From, uintptr_t To) {
  if (const gab_type *Type = smallTypeAt(From))
    recordSmall(To, Type);
}

void hookedBefore(Thread &T) {
  if (++T.AllocCount % H.C.StressAlloc || H.C.ThePlan == Plan::NoGc)
    return;
  // A concurrent plan does what it is for, and now and then the other thing.
  if (H.C.ThePlan == Plan::Conc && T.AllocCount / H.C.StressAlloc % 8)
    requestConcurrentCycle(T);
  else
    collectFrom(&T, T.AllocCount % 4 ? GAB_COLLECT_MINOR : GAB_COLLECT_FULL,
                "stress");
}

// ---------------------------------------------------------------------------
// Profile: one sample every ProfileBytes allocated.

Lock ProfileLock;
static PageArray<Site> Sites;
static TrackedTable Samples; ///< Value: site << 32 | bytes

static uint32_t siteOf(const Site &New) {
  for (uint32_t I = 0; I < Sites.size(); ++I)
    if (Sites[I].Count == New.Count && Sites[I].Type == New.Type &&
        !memcmp(Sites[I].Frames, New.Frames, New.Count * sizeof(uintptr_t)))
      return I;
  Sites.push(New);
  return static_cast<uint32_t>(Sites.size() - 1);
}

static void sample(void *Object, const gab_type *Type, size_t Bytes) {
  Site New = {};
  void *Frames[Site::Depth + 4];
  int N = backtrace(Frames, Site::Depth + 4);
  // The first frames are our own: sample, hookedAfter, allocate, the entry.
  for (int I = 3; I < N && New.Count < Site::Depth; ++I)
    New.Frames[New.Count++] = reinterpret_cast<uintptr_t>(Frames[I]);
  New.Type = Type;
  Guard G(ProfileLock);
  uint32_t I = siteOf(New);
  if (I >= Sites.size())
    return;
  Site &S = Sites[I];
  ++S.Objects;
  S.Bytes += Bytes;
  ++S.LiveObjects;
  S.LiveBytes += Bytes;
  if (Bytes > UINT32_MAX)
    Bytes = UINT32_MAX;
  Samples.insert({Object, Type, uint64_t(I) << 32 | Bytes});
}

void hookedAfter(Thread &T, void *Object, const gab_type *Type, size_t Bytes) {
  if (H.C.Verify > 1 && (Type->flags & GAB_NOSCAN_TYPE) &&
      Bytes < GAB_SMALL_LIMIT)
    recordSmall(reinterpret_cast<uintptr_t>(Object), Type);
  if (!H.C.ProfileBytes)
    return;
  if (!(Type->flags & GAB_NOSCAN_TYPE))
    Bytes += 8; // the header
  T.BytesToSample -= static_cast<int64_t>(Bytes);
  if (T.BytesToSample > 0)
    return;
  // Spread around the mean: a fixed step falls into step with loops.
  T.SampleSeed = T.SampleSeed * 6364136223846793005ull + 1442695040888963407ull;
  T.BytesToSample = static_cast<int64_t>(
      H.C.ProfileBytes / 2 + (T.SampleSeed >> 33) % (H.C.ProfileBytes + 1));
  sample(Object, Type, Bytes);
}

void hookedSettle() {
  if (!H.C.ProfileBytes)
    return;
  Samples.follow(
      [](void *&Object, const gab_type *Type) { return isAlive(Object, Type); },
      [](TrackedObject &Item) {
        Site &S = Sites[Item.Value >> 32];
        --S.LiveObjects;
        S.LiveBytes -= Item.Value & UINT32_MAX;
      });
}

void eachSite(void (*F)(const Site &, void *), void *Context) {
  Guard G(ProfileLock);
  for (const Site &S : Sites)
    F(S, Context);
}

void startHooks() {
  if (H.C.StressMap)
    os::failMapsAfter(H.C.StressMap);
  if (H.C.ProfileBytes) {
    void *Warm[2]; // loads libgcc now, not at the first sample
    backtrace(Warm, 2);
  }
}

} // namespace gab::rt
