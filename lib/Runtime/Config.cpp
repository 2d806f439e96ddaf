// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Text into Config. Each row of Knobs.def names one of the readers below.
#include "Config.h"
#include "Os.h"
#include <limits>
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

static constexpr struct {
  const char *Name;
  ReturnPolicy Value;
} Returns[] = {
    {"prompt", ReturnPolicy::Prompt},
    {"pacer", ReturnPolicy::Pacer},
    {"never", ReturnPolicy::Never},
};

const char *planName(Plan P) {
  for (const auto &Row : Plans)
    if (Row.Value == P)
      return Row.Name;
  return "?";
}

// ---------------------------------------------------------------------------
// Readers: what each kind accepts, and how it is read. False: not that.

static constexpr const char *AcceptedBytes = "a number, with K, M or G";
static constexpr const char *AcceptedPercent = "a number, with or without %";
static constexpr const char *AcceptedCount = "a number";
static constexpr const char *AcceptedPlan =
    "nogc, marksweep, gab, copying, gab-gen, gab-conc";
static constexpr const char *AcceptedReturn = "prompt, pacer, never";
static constexpr const char *AcceptedStress =
    "alloc[:n], evac, async, budget0, parallel, lazy, aging, mmapfail:n, "
    "joined by commas";

/// A number and what follows it. Other threads may read the field meanwhile.
template <class T>
static bool readNumber(const char *Text, T &Field, uint64_t (*Unit)(char)) {
  char *End;
  if (*Text < '0' || *Text > '9')
    return false;
  uint64_t N = strtoull(Text, &End, 10);
  if (uint64_t Factor = *End ? Unit(*End) : 0) {
    if (__builtin_mul_overflow(N, Factor, &N))
      return false;
    ++End;
  }
  if (*End || N > static_cast<uint64_t>(std::numeric_limits<T>::max()))
    return false;
  __atomic_store_n(&Field, static_cast<T>(N), __ATOMIC_RELAXED);
  return true;
}

static uint64_t byteUnit(char C) {
  switch (C | 0x20) {
  case 'k':
    return 1u << 10;
  case 'm':
    return 1u << 20;
  case 'g':
    return 1u << 30;
  }
  return 0;
}
static uint64_t percentUnit(char C) { return C == '%'; }
static uint64_t noUnit(char) { return 0; }

template <class T> static bool readBytes(const char *Text, T &Field) {
  return readNumber(Text, Field, byteUnit);
}
template <class T> static bool readPercent(const char *Text, T &Field) {
  return readNumber(Text, Field, percentUnit);
}
template <class T> static bool readCount(const char *Text, T &Field) {
  return readNumber(Text, Field, noUnit);
}

static bool readPlan(const char *Text, Plan &Field) {
  for (const auto &Row : Plans)
    if (!strcmp(Row.Name, Text)) {
      Field = Row.Value;
      return true;
    }
  return false;
}

static bool readReturn(const char *Text, ReturnPolicy &Field) {
  for (const auto &Row : Returns)
    if (!strcmp(Row.Name, Text)) {
      Field = Row.Value;
      return true;
    }
  return false;
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
  else if (Is("lazy"))
    C.StressLazy = true;
  else if (Is("aging"))
    C.StressAging = true;
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

static bool readStress(const char *Text, Config &C) {
  bool Good = true;
  for (const char *Word = Text; *Word;) {
    size_t Length = strcspn(Word, ",");
    Good &= !Length || readStressWord(C, Word, Length);
    Word += Length + (Word[Length] == ',');
  }
  return Good;
}

// ---------------------------------------------------------------------------

static void complain(const char *Name, const char *Value, const char *Want) {
  os::say("gab: ");
  os::say(Name);
  os::say("=");
  os::say(Value);
  os::say(" is ignored; accepted: ");
  os::say(Want);
  os::say("\n");
}

/// Values that would mean nothing.
static void keepInBounds(Config &C) {
  if (C.Growth == 0)
    C.Growth = 1;
  if (C.Threads > 16)
    C.Threads = 16;
}

void readConfig(Config &C) {
  C.Threads = os::cores() < 4 ? os::cores() : 4;
  C.Signal = SIGRTMIN + 3;
  // 90 % of what the control group allows.
  C.Limit = os::groupLimit() / 10 * 9;
  const char *Text;
#define GAB_KNOB(Variable, Kind, Field, When)                                  \
  if ((Text = getenv(Variable)) && *Text && !read##Kind(Text, Field))          \
    complain(Variable, Text, Accepted##Kind);
#include "Knobs.def"
  keepInBounds(C);
}

bool setKnob(Config &C, const char *Name, const char *Value) {
  constexpr bool Later = true, Start = false;
  bool Known = false;
#define GAB_KNOB(Variable, Kind, Field, When)                                  \
  if (When && !strcmp(Name, Variable))                                         \
    Known = read##Kind(Value, Field);
#include "Knobs.def"
  keepInBounds(C);
  return Known;
}

} // namespace gab::rt
