// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Environment variables into Config.
#include "Config.h"
#include "Os.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

namespace gab::rt {

static constexpr struct {
  const char *Name;
  Plan Value;
} Plans[] = {
    {"nogc", Plan::NoGc},   {"marksweep", Plan::MarkSweep},
    {"gab", Plan::Gab},     {"copying", Plan::Copying},
    {"gab-gen", Plan::Gen}, {"gab-conc", Plan::Conc},
};

const char *planName(Plan P) {
  for (const auto &Row : Plans)
    if (Row.Value == P)
      return Row.Name;
  return "?";
}

static void complain(const char *Name, const char *Value, const char *Want) {
  os::say("gab: ");
  os::say(Name);
  os::say("=");
  os::say(Value);
  os::say(" is ignored; accepted: ");
  os::say(Want);
  os::say("\n");
}

/// A number with an optional K, M or G. False if Text is not one.
static bool parseBytes(const char *Text, uint64_t &Result) {
  char *End;
  uint64_t N = strtoull(Text, &End, 10);
  if (End == Text)
    return false;
  switch (*End) {
  case 'k':
  case 'K':
    N <<= 10;
    ++End;
    break;
  case 'm':
  case 'M':
    N <<= 20;
    ++End;
    break;
  case 'g':
  case 'G':
    N <<= 30;
    ++End;
    break;
  }
  if (*End)
    return false;
  Result = N;
  return true;
}

template <class T> static void number(const char *Name, T &Field) {
  const char *Text = getenv(Name);
  uint64_t N;
  if (!Text || !*Text)
    return;
  if (parseBytes(Text, N))
    Field = static_cast<T>(N);
  else
    complain(Name, Text, "a number, with K, M or G for bytes");
}

static void readPlan(Config &C) {
  const char *Text = getenv("GAB_PLAN");
  if (!Text || !*Text)
    return;
  for (const auto &Row : Plans)
    if (!strcmp(Row.Name, Text)) {
      C.ThePlan = Row.Value;
      return;
    }
  complain("GAB_PLAN", Text,
           "nogc, marksweep, gab, copying, gab-gen, gab-conc");
}

static void readReturn(Config &C) {
  const char *Text = getenv("GAB_RETURN");
  if (!Text || !*Text)
    return;
  if (!strcmp(Text, "prompt"))
    C.Return = ReturnPolicy::Prompt;
  else if (!strcmp(Text, "pacer"))
    C.Return = ReturnPolicy::Pacer;
  else if (!strcmp(Text, "never"))
    C.Return = ReturnPolicy::Never;
  else
    complain("GAB_RETURN", Text, "prompt, pacer, never");
}

static bool readStressWord(Config &C, const char *Word, size_t Length) {
  auto Is = [&](const char *Name) {
    return Length == strlen(Name) && !strncmp(Word, Name, Length);
  };
  auto Starts = [&](const char *Name) {
    return Length > strlen(Name) && !strncmp(Word, Name, strlen(Name));
  };
  if (Is("evac"))
    C.StressEvacuate = true;
  else if (Is("budget0"))
    C.StressNoSpace = true;
  else if (Is("async"))
    C.StressAsync = true;
  else if (Is("parallel"))
    C.StressParallel = true;
  else if (Is("alloc"))
    C.StressAlloc = 1;
  else if (Starts("alloc:"))
    C.StressAlloc = strtoull(Word + 6, nullptr, 10);
  else if (Starts("mmapfail:"))
    C.StressMap = strtoull(Word + 9, nullptr, 10);
  else
    return false;
  return true;
}

static void readStress(Config &C) {
  const char *Text = getenv("GAB_STRESS");
  if (!Text)
    return;
  for (const char *Word = Text; *Word;) {
    size_t Length = strcspn(Word, ",");
    if (Length && !readStressWord(C, Word, Length))
      complain("GAB_STRESS", Word,
               "alloc[:n], evac, async, budget0, parallel, "
               "mmapfail:n, joined by commas");
    Word += Length + (Word[Length] == ',');
  }
}

void readConfig(Config &C) {
  C.Threads = os::cores() < 4 ? os::cores() : 4;
  C.Signal = SIGRTMIN + 3;
  // 90 % of what the control group allows.
  C.Limit = os::groupLimit() / 10 * 9;
  readPlan(C);
  readReturn(C);
  readStress(C);
  number("GAB_GROWTH", C.Growth);
  number("GAB_YOUNG", C.Young);
  number("GAB_HUGE", C.Huge);
  number("GAB_LIMIT", C.Limit);
  number("GAB_RESERVE", C.Reserve);
  number("GAB_GC_THREADS", C.Threads);
  number("GAB_SIGNAL_US", C.SignalDelayUs);
  number("GAB_SIGNAL", C.Signal);
  number("GAB_TRACE", C.Trace);
  number("GAB_VERIFY", C.Verify);
  number("GAB_QUARANTINE", C.Quarantine);
  number("GAB_PROFILE", C.ProfileBytes);
  if (C.Growth == 0)
    C.Growth = 1;
  if (C.Threads > 16)
    C.Threads = 16;
}

} // namespace gab::rt
