// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The rest of the C interface: collecting, knobs, numbers, complaints.
#include "Collector.h"
#include "Hooks.h"
#include "Pacer.h"
#include "Stock.h"
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

using namespace gab::rt;
namespace os = gab::os;

extern "C" void gab_collect(gab_kind Kind) {
  Thread *T = attachSelf();
  if (!T || H.C.ThePlan == Plan::NoGc)
    return;
  requireUnblocked(*T, "gab_collect inside a gab::BlockedScope");
  {
    RuntimeScope S(*T);
    collectFrom(T, Kind, "explicit");
  }
  gab_run_finalizers();
}

extern "C" void gab_shutdown(void) {
  Thread *T = attachSelf();
  if (!T)
    return;
  gab_run_finalizers();
  {
    RuntimeScope S(*T);
    Guard G(RootLock);
    // What is left goes out of scope now, alive or not.
    for (FinalizerEntry &E : Finalizers)
      FinalizersDue.push(E);
    Finalizers.clear();
  }
  gab_run_finalizers();
}

extern "C" int gab_set(const char *Knob, const char *Value) {
  if (!attachSelf() || !setKnob(H.C, Knob, Value))
    return 0;
  lowerBudget();
  return 1;
}

extern "C" void gab_set_growth(unsigned Percent) {
  attachSelf();
  H.C.Growth = Percent ? Percent : 1;
  lowerBudget();
}

extern "C" void gab_set_limit(size_t Bytes) {
  attachSelf();
  H.C.Limit = Bytes;
  lowerBudget();
}

extern "C" void gab_set_young(size_t Bytes) {
  attachSelf();
  H.C.Young = Bytes;
  lowerBudget();
}

extern "C" void gab_set_oom_handler(int (*Handler)(size_t)) {
  OomHandler = Handler;
}

extern "C" const char *gab_plan_name(void) {
  attachSelf();
  return planName(H.C.ThePlan);
}

extern "C" int gab_is_heap_address(const void *Address) {
  return H.contains(reinterpret_cast<uintptr_t>(Address));
}

extern "C" int gab_type_register(const gab_type *Type) {
  if (!attachSelf() || Type->align > 16)
    return 0;
  // The library that holds the descriptor stays: live objects refer to it.
  Dl_info Info;
  if (dladdr(Type, &Info) && Info.dli_fname && *Info.dli_fname)
    dlopen(Info.dli_fname, RTLD_NOLOAD | RTLD_NOW | RTLD_NODELETE);
  return 1;
}

extern "C" size_t gab_object_size(const gab_type *Type, const void *Object) {
  return payloadSize(Type, reinterpret_cast<uintptr_t>(Object));
}

extern "C" void gab_stats_get(gab_stats *S) {
  if (Thread *T = attachSelf(); T && !T->Blocked) {
    RuntimeScope Scope(*T);
    countSpent(*T);
  }
  const Counters &C = H.Count;
  *S = gab_stats{};
  S->cycles = C.Cycles;
  S->minor_cycles = C.MinorCycles;
  S->reserved_bytes = H.Size;
  S->committed_bytes = size_t(H.Committed) * BlockSize;
  S->used_bytes = size_t(H.UsedBlocks) * BlockSize;
  S->resident_bytes = size_t(H.UsedBlocks + H.DirtyFree) * BlockSize;
  S->live_bytes = C.LiveBytes;
  S->allocated_bytes = C.AllocatedBytes;
  S->moved_bytes = C.MovedBytes;
  S->moved_objects = C.MovedObjects;
  S->pinned_lines = C.PinnedLines;
  S->freed_blocks = C.FreedBlocks;
  S->pause_total_ns = C.PauseTotal;
  S->pause_max_ns = C.PauseMax;
  S->pause_last_ns = C.PauseLast;
  S->mark_total_ns = C.MarkTotal;
  S->marked_objects = C.MarkedObjects;
  S->finalized = C.Finalized;
  S->returned_bytes = C.Returned;
  S->threads = Threads.Count;
  S->assists = C.Assists;
  S->cycle_waits = C.CycleWaits;
}

extern "C" void gab_misuse(const char *What, const char *Mend) {
  char Name[32] = "?", Text[600];
  pthread_getname_np(pthread_self(), Name, sizeof(Name));
  snprintf(Text, sizeof(Text),
           "gab: %s\n  thread: %s (%d)\n  mend:   %s\n  stack:\n", What, Name,
           int(os::threadId()), Mend);
  os::say(Text);
  void *Frames[32];
  backtrace_symbols_fd(Frames, backtrace(Frames, 32), 2);
  abort();
}

namespace gab::rt {

void reportStale(void **Slot, uintptr_t P) {
  char Text[300];
  uint32_t Block = H.blockOf(P);
  snprintf(Text, sizeof(Text),
           "slot %p holds %p, where there is no object (block %u, kind %d): a "
           "reference was kept where the collector does not see it, or a field "
           "is missing from GAB_TRACE",
           static_cast<void *>(Slot), reinterpret_cast<void *>(P), Block,
           Block < H.Committed ? int(H.Blocks[Block].Kind) : -1);
  gab_misuse(Text, "run with GAB_QUARANTINE=2 and GAB_VERIFY=2 to find the "
                   "first use");
  abort();
}

} // namespace gab::rt

/// Conservative memory comes in arrays of words, so that a length is known; it
/// never moves.
static gab_type ConservativeWords = {
    8,      8,       8,       GAB_CONSERVATIVE_TYPE | GAB_ARRAY_TYPE,
    0,      nullptr, nullptr, "conservative words",
    nullptr};

extern "C" void *gab_alloc_conservative(size_t Bytes) {
  void *P = gab_alloc_array(&ConservativeWords, (Bytes + 15) / 8);
  if (!P)
    return nullptr;
  ConservativeCells.fetch_add(1, std::memory_order_relaxed);
  return static_cast<char *>(P) + 8;
}
