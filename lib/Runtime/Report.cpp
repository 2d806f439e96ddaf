// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Records of cycles: a line or a JSON object on standard error for each
/// (GAB_TRACE=1, 2), and the last thousand as a Chrome trace. Written after the
/// world runs again.
#include "Collector.h"
#include "Probes.h"
#include "Registers.h"
#include <stdio.h>
#include <unistd.h>

namespace gab::rt {

Lock RecordLock;
static PageArray<CycleRecord> Records;
static constexpr size_t MostRecords = 1024;

static const char *kindName(gab_kind K) {
  switch (K) {
  case GAB_COLLECT_MINOR:
    return "minor";
  case GAB_COLLECT_FULL:
    return "full";
  case GAB_COLLECT_COMPACT:
    return "compact";
  }
  return "?";
}

static double kib(uint64_t Bytes) { return double(Bytes) / 1024; }
static double us(uint64_t Ns) { return double(Ns) / 1000; }

static void line(const CycleRecord &R) {
  char Text[400];
  snprintf(Text, sizeof(Text),
           "gab: cycle %llu %s (%s) pause %.0f us (stop %.0f mark %.0f sweep "
           "%.0f) used %.0f -> %.0f KiB live %.0f moved %.0f pinned %u lines, "
           "%u candidates, %u blocks freed, young %u/1000\n",
           static_cast<unsigned long long>(R.Number), kindName(R.Kind),
           R.Reason, us(R.PauseNs), us(R.StopNs), us(R.MarkNs), us(R.SweepNs),
           kib(R.UsedBefore), kib(R.UsedAfter), kib(R.Live), kib(R.Moved),
           R.PinnedLines, R.Candidates, R.Freed, R.YoungPermille);
  os::say(Text);
}

static void json(const CycleRecord &R) {
  char Text[800];
  snprintf(
      Text, sizeof(Text),
      "{\"gab\":\"cycle\",\"number\":%llu,\"kind\":\"%s\",\"reason\":\"%s\","
      "\"pause_ns\":%llu,\"first_pause_ns\":%llu,\"pause_cpu_ns\":%llu,"
      "\"first_pause_cpu_ns\":%llu,\"stop_ns\":%llu,"
      "\"mark_ns\":%llu,\"sweep_ns\":%llu,\"concurrent_ns\":%llu,"
      "\"used_before\":%llu,\"used_after\":%llu,\"live\":%llu,\"moved\":%llu,"
      "\"moved_objects\":%llu,\"marked\":%llu,\"marked_by_helpers\":%llu,"
      "\"pinned_lines\":%u,"
      "\"candidates\":%u,\"freed_blocks\":%u}\n",
      (unsigned long long)R.Number, kindName(R.Kind), R.Reason,
      (unsigned long long)R.PauseNs, (unsigned long long)R.FirstPauseNs,
      (unsigned long long)R.PauseCpuNs, (unsigned long long)R.FirstCpuNs,
      (unsigned long long)R.StopNs, (unsigned long long)R.MarkNs,
      (unsigned long long)R.SweepNs, (unsigned long long)R.ConcurrentNs,
      (unsigned long long)R.UsedBefore, (unsigned long long)R.UsedAfter,
      (unsigned long long)R.Live, (unsigned long long)R.Moved,
      (unsigned long long)R.MovedObjects, (unsigned long long)R.Marked,
      (unsigned long long)R.ByHelpers, R.PinnedLines, R.Candidates, R.Freed);
  os::say(Text);
}

void reportCycle(const CycleRecord &R) {
  probeEnd(R.Number, R.PauseNs, R.Live, R.UsedAfter);
  {
    Guard G(RecordLock);
    if (Records.size() == MostRecords) { // keep the newer half
      for (size_t I = 0; I < MostRecords / 2; ++I)
        Records[I] = Records[I + MostRecords / 2];
      Records.truncate(MostRecords / 2);
    }
    Records.push(R);
  }
  if (H.C.Trace == 1)
    line(R);
  if (H.C.Trace == 2)
    json(R);
}

static void event(FILE *F, const char *Name, uint64_t Start, uint64_t Length,
                  const CycleRecord &R, bool &First) {
  fprintf(F,
          "%s\n{\"name\":\"%s\",\"cat\":\"gc\",\"ph\":\"X\",\"pid\":%d,"
          "\"tid\":0,\"ts\":%.3f,\"dur\":%.3f,\"args\":{\"cycle\":%llu,"
          "\"reason\":\"%s\",\"live\":%llu,\"moved\":%llu}}",
          First ? "" : ",", Name, int(getpid()), us(Start), us(Length),
          (unsigned long long)R.Number, R.Reason, (unsigned long long)R.Live,
          (unsigned long long)R.Moved);
  First = false;
}

static void events(FILE *F, const CycleRecord &R, bool &First) {
  if (R.ConcurrentNs) {
    event(F, "first pause", R.StartNs, R.FirstPauseNs, R, First);
    event(F, "concurrent mark", R.StartNs + R.FirstPauseNs, R.ConcurrentNs, R,
          First);
    uint64_t Second = R.StartNs + R.FirstPauseNs + R.ConcurrentNs;
    event(F, "second pause", Second, R.PauseNs, R, First);
    event(F, "concurrent sweep", Second + R.PauseNs, R.SweepNs, R, First);
    return;
  }
  event(F, kindName(R.Kind), R.StartNs, R.PauseNs, R, First);
  event(F, "stop", R.StartNs, R.StopNs, R, First);
  event(F, "mark and move", R.StartNs + R.StopNs, R.MarkNs, R, First);
  event(F, "sweep", R.StartNs + R.StopNs + R.MarkNs, R.SweepNs, R, First);
}

/// Inside the runtime, where no thread is stopped: whoever forks takes the lock
/// while the world is.
static void copyRecords(Thread &T, PageArray<CycleRecord> &Copy) {
  RuntimeScope S(T);
  Guard G(RecordLock);
  for (const CycleRecord &R : Records)
    Copy.push(R);
}

} // namespace gab::rt

using namespace gab::rt;

extern "C" int gab_write_chrome_trace(const char *Path) {
  Thread *T = attachSelf();
  FILE *F = T ? fopen(Path, "w") : nullptr;
  if (!F)
    return 0;
  PageArray<CycleRecord> Copy;
  copyRecords(*T, Copy);
  bool First = true;
  fputs("{\"traceEvents\":[", F);
  for (const CycleRecord &R : Copy)
    events(F, R, First);
  Copy.release();
  fputs("\n]}\n", F);
  return fclose(F) == 0;
}
