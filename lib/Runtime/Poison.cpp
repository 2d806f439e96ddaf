// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finding references the collector does not know of. With GAB_QUARANTINE=k a
/// freed block is filled with 0xDB, made inaccessible and kept out of use for k
/// cycles; whoever still goes there gets a report instead of somebody else's
/// object. The handler says what it knows and then lets the default action
/// happen, so that a debugger or a core file shows the place.
#include "Collector.h"
#include "Sanitizer.h"
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>

namespace gab::rt {

namespace {
struct Entry {
  uint32_t Block, Count;
  uint64_t Cycle;
  bool Evacuated;
};
} // namespace

static PageArray<Entry> Quarantine;
static struct sigaction Previous;

void releaseBlock(uint32_t Block, uint32_t Count, bool Evacuated) {
  uint64_t Now = H.Count.Cycles.load() + 1;
  if (!H.C.Quarantine || !Quarantine.push({Block, Count, Now, Evacuated})) {
    giveBlocks(Block, Count);
    return;
  }
  auto *Start = reinterpret_cast<void *>(H.addressOf(Block));
  memoryTaken(H.addressOf(Block), size_t(Count) * BlockSize); // parts are free
  memset(Start, 0xDB, size_t(Count) * BlockSize);
  os::forbid(Start, size_t(Count) * BlockSize);
  for (uint32_t I = 0; I < Count; ++I) {
    H.Blocks[Block + I].Kind = BlockKind::Free;
    H.Blocks[Block + I].Flags = 0;
  }
}

void ageQuarantine() {
  uint64_t Now = H.Count.Cycles.load() + 1;
  size_t Kept = 0;
  for (Entry &E : Quarantine) {
    if (E.Cycle + H.C.Quarantine > Now) {
      Quarantine[Kept++] = E;
      continue;
    }
    os::allow(reinterpret_cast<void *>(H.addressOf(E.Block)),
              size_t(E.Count) * BlockSize);
    giveBlocks(E.Block, E.Count);
  }
  Quarantine.truncate(Kept);
}

static void onFault(int Signal, siginfo_t *Info, void *Context) {
  auto P = reinterpret_cast<uintptr_t>(Info->si_addr);
  if (H.contains(P)) {
    uint32_t Block = H.blockOf(P);
    for (Entry &E : Quarantine)
      if (Block >= E.Block && Block < E.Block + E.Count) {
        char Text[400];
        snprintf(Text, sizeof(Text),
                 "gab: stale pointer %p used: the object there %s in cycle "
                 "%llu.\n  A reference that the collector cannot see was kept "
                 "(malloc memory, a global, a coroutine frame).\n  Keep it in "
                 "a gab::Root, gab::Member or gab::Pin. The stack:\n",
                 Info->si_addr, E.Evacuated ? "was moved or died" : "died",
                 static_cast<unsigned long long>(E.Cycle));
        os::say(Text);
        void *Frames[32];
        backtrace_symbols_fd(Frames, backtrace(Frames, 32), 2);
      }
  }
  // Not ours, or reported: as if this handler had never been installed.
  sigaction(Signal, &Previous, nullptr);
  (void)Context;
}

void startQuarantine() {
  void *Warm[2];
  backtrace(Warm, 2);
  struct sigaction Action = {};
  Action.sa_sigaction = onFault;
  Action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &Action, &Previous);
}

} // namespace gab::rt
