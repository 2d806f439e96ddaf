// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Knobs as text, what the three that bound cost do: GAB_GC_CPU_MAX,
/// GAB_FAILFAST, GAB_PAUSE_US; and when GAB_HUGE=2 does something.
#include "Config.h"
#include "Os.h"
#include "gab/gab.hpp"
#include <cstdio>
#include <cstring>
#include <ctime>
#include <gtest/gtest.h>
#include <sys/mman.h>

namespace {

struct Price {
  double Value;
  int64_t Time;
};
struct Node {
  gab::Member<Node> Next;
  gab::Member<Price> What;
  GAB_TRACE(Node, Next, What)
};

TEST(Knobs, AreSetByTheNamesOfTheirVariables) {
  using namespace gab::rt;
  Config C;
  EXPECT_TRUE(setKnob(C, "GAB_YOUNG", "3M"));
  EXPECT_EQ(C.Young, size_t(3) << 20);
  EXPECT_TRUE(setKnob(C, "GAB_GROWTH", "40%"));
  EXPECT_EQ(C.Growth, 40u);
  EXPECT_TRUE(setKnob(C, "GAB_GC_CPU_MAX", "25"));
  EXPECT_EQ(C.CpuMax, 25u);
  EXPECT_TRUE(setKnob(C, "GAB_RETURN", "never"));
  EXPECT_EQ(C.Return, ReturnPolicy::Never);
  EXPECT_TRUE(setKnob(C, "GAB_GROWTH", "0"));
  EXPECT_EQ(C.Growth, 1u) << "a heap that may not grow is always collected";
}

TEST(Knobs, WhatMakesNoSenseIsRefused) {
  using namespace gab::rt;
  Config C;
  for (const char *Bad : {"", "many", "-1", "3X", "3MM", "3 M", "%",
                          "99999999999999999999G", "0x10"})
    EXPECT_FALSE(setKnob(C, "GAB_YOUNG", Bad)) << Bad;
  EXPECT_EQ(C.Young, 0u);
  EXPECT_FALSE(setKnob(C, "GAB_GROWTH", "5000000000")); // 32 bits
  EXPECT_FALSE(setKnob(C, "GAB_PAUSE_US", "1M"));       // no bytes
  EXPECT_FALSE(setKnob(C, "GAB_RETURN", "soon"));
  EXPECT_FALSE(setKnob(C, "GAB_PLAN", "copying")) << "only at the start";
  EXPECT_FALSE(setKnob(C, "GAB_NO_SUCH_KNOB", "1"));
  EXPECT_FALSE(gab::set("GAB_STRESS", "evac"));
}

TEST(KnobsDeathTest, TheEnvironmentIsToldWhatIsAccepted) {
  auto Read = [](const char *Name, const char *Value) {
    setenv(Name, Value, 1);
    gab::rt::Config C;
    gab::rt::readConfig(C);
    _exit(0);
  };
  auto Well = testing::ExitedWithCode(0);
  EXPECT_EXIT(Read("GAB_YOUNG", "many"), Well,
              "GAB_YOUNG=many is ignored; accepted: a number, with K, M or G");
  EXPECT_EXIT(Read("GAB_PLAN", "best"), Well,
              "GAB_PLAN=best is ignored; accepted: nogc, marksweep, gab");
  EXPECT_EXIT(Read("GAB_STRESS", "evac,harder"), Well,
              "GAB_STRESS=evac,harder is ignored; accepted: alloc");
}

uint64_t cpuNs() {
  timespec T;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &T);
  return uint64_t(T.tv_sec) * 1000000000u + uint64_t(T.tv_nsec);
}

/// Much that lives, so that each cycle costs much; and a limit close above.
class Pacer : public testing::Test {
protected:
  gab::Root<Node> Head;
  size_t Soft = 0, Most = 0;

  void SetUp() override {
    for (int I = 0; I < 200000; ++I) {
      gab::Local<Node> N = gab::make<Node>();
      N->Next = gab::Ref<Node>(Head);
      Head = N;
    }
    gab::compact();
    Soft = gab::stats().used_bytes + (1u << 20);
    gab::set_limit(Soft);
  }
  void TearDown() override {
    gab_set_oom_handler(nullptr);
    for (const char *Knob : {"GAB_LIMIT", "GAB_LIMIT_HARD", "GAB_FAILFAST"})
      EXPECT_TRUE(gab::set(Knob, "0"));
    EXPECT_TRUE(gab::set("GAB_GC_CPU_MAX", "50%"));
  }
  static void hard(size_t Bytes) {
    EXPECT_TRUE(gab::set("GAB_LIMIT_HARD", std::to_string(Bytes).c_str()));
  }
  /// Cycles that Bytes of garbage cost.
  uint64_t churn(size_t Bytes) {
    uint64_t Before = gab::stats().cycles;
    Most = 0;
    for (size_t Done = 0; Done < Bytes; Done += 16) {
      gab::make<Price>(1.0, 2);
      if (Done % (1 << 16) == 0)
        Most = std::max(Most, size_t(gab::stats().used_bytes));
    }
    return gab::stats().cycles - Before;
  }
};

TEST_F(Pacer, ALimitIsKeptByCollectingMoreOften) {
  EXPECT_TRUE(gab::set("GAB_GC_CPU_MAX", "0"));
  hard(Soft + (64u << 20));
  EXPECT_GT(churn(32u << 20), 40u);
  EXPECT_LT(Most, Soft + (3u << 20));
}

TEST_F(Pacer, ALimitGivesWayWhenKeepingItCostsTooMuch) {
  EXPECT_TRUE(gab::set("GAB_GC_CPU_MAX", "0"));
  hard(Soft + (64u << 20));
  uint64_t Kept = churn(64u << 20);
  EXPECT_TRUE(gab::set("GAB_GC_CPU_MAX", "10%"));
  churn(64u << 20); // gets into debt
  uint64_t Given = churn(64u << 20);
  EXPECT_LT(Given * 3, Kept);
  EXPECT_GT(Most, Soft);
  EXPECT_LE(Most, Soft + (64u << 20));
}

int Asked = 0;
int giveNothingUp(size_t) {
  ++Asked;
  return 0;
}

TEST_F(Pacer, AProgramThatOnlyCollectsIsToldSo) {
  gab_set_oom_handler(giveNothingUp);
  Asked = 0;
  EXPECT_TRUE(gab::set("GAB_FAILFAST", "1"));
  uint64_t Start = cpuNs();
  bool Failed = false;
  // There is always room after another cycle, so nothing else lets it fail.
  while (!Failed && cpuNs() - Start < 20000000000u) {
    try {
      churn(1u << 20);
    } catch (const std::bad_alloc &) {
      Failed = true;
    }
  }
  EXPECT_TRUE(Failed);
  EXPECT_EQ(Asked, 1);
  EXPECT_GE(cpuNs() - Start, 1000000000u) << "it has a second to get better";
  // One failure is not for ever.
  EXPECT_NO_THROW(churn(1u << 20));
}

TEST_F(Pacer, AHandlerThatGivesSomethingUpIsEnough) {
  gab_set_oom_handler([](size_t) {
    gab::set_limit(0);
    return ++Asked;
  });
  Asked = 0;
  EXPECT_TRUE(gab::set("GAB_FAILFAST", "1"));
  uint64_t Start = cpuNs();
  EXPECT_NO_THROW({
    while (!Asked && cpuNs() - Start < 20000000000u)
      churn(1u << 20);
  });
  EXPECT_EQ(Asked, 1);
}

TEST_F(Pacer, WithoutFailFastItGoesOn) {
  uint64_t Start = cpuNs();
  EXPECT_NO_THROW({
    while (cpuNs() - Start < 1500000000u)
      churn(1u << 20);
  });
}

TEST(Pause, MovesOnlyWhatItHasTimeFor) {
  constexpr size_t Kept = 100000;
  gab::Root<gab::Array<gab::Member<Price>>> All =
      gab::make_array<gab::Member<Price>>(Kept);
  ASSERT_TRUE(gab::set("GAB_PAUSE_US", "1"));
  // A microsecond is too little for anything, so each pause fills one block,
  // and another that was begun.
  constexpr uint64_t Most = 2 * 32768;
  gab_stats Last = gab::stats();
  auto CheckPause = [&] {
    gab_stats Now = gab::stats();
    EXPECT_LE(Now.moved_bytes - Last.moved_bytes,
              Most * (Now.cycles - Last.cycles));
    Last = Now;
  };
  for (size_t I = 0; I < Kept * 5; ++I) {
    gab::Ref<Price> P = gab::make<Price>(1.0, int64_t(I));
    if (I % 5 == 0)
      (*All)[I / 5] = P;
    if (I % 1000 == 0)
      CheckPause();
  }
  for (int I = 0; I < 5; ++I)
    gab::collect();
  CheckPause();
  uint64_t Bounded = Last.moved_bytes;
  ASSERT_TRUE(gab::set("GAB_PAUSE_US", "0"));
  gab::collect();
  gab::collect();
  EXPECT_GT(gab::stats().moved_bytes - Bounded, 4 * Most);
  for (size_t I = 0; I < Kept; ++I)
    ASSERT_EQ((*All)[I]->Time, int64_t(I * 5));
}

TEST(Pause, ACompactionIsNotBounded) {
  constexpr size_t Kept = 50000;
  gab::Root<gab::Array<gab::Member<Price>>> All =
      gab::make_array<gab::Member<Price>>(Kept);
  ASSERT_TRUE(gab::set("GAB_PAUSE_US", "1"));
  for (size_t I = 0; I < Kept * 20; ++I) {
    gab::Ref<Price> P = gab::make<Price>(1.0, int64_t(I));
    if (I % 20 == 0)
      (*All)[I / 20] = P;
  }
  uint64_t Before = gab::stats().moved_bytes;
  gab::compact();
  EXPECT_GT(gab::stats().moved_bytes - Before, Kept * 16 / 2);
  ASSERT_TRUE(gab::set("GAB_PAUSE_US", "0"));
}

/// Kilobytes in large pages of the mappings between the two addresses.
long hugeKb(const void *Low, const void *High) {
  FILE *F = fopen("/proc/self/smaps", "r");
  char Line[512];
  long All = 0, Kb;
  bool Inside = false;
  for (unsigned long From, To; F && fgets(Line, sizeof(Line), F);) {
    if (sscanf(Line, "%lx-%lx ", &From, &To) == 2)
      Inside = From <= reinterpret_cast<unsigned long>(High) &&
               To > reinterpret_cast<unsigned long>(Low);
    else if (Inside && sscanf(Line, "AnonHugePages: %ld kB", &Kb) == 1)
      All += Kb;
  }
  if (F)
    fclose(F);
  return All;
}

bool systemGathersPages() {
  constexpr size_t Page = 2u << 20;
  char *P = static_cast<char *>(mmap(nullptr, 2 * Page, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (P == MAP_FAILED)
    return false;
  char *Start = P + (Page - reinterpret_cast<uintptr_t>(P) % Page) % Page;
  memset(Start, 1, Page);
  gab::os::makeHuge(Start, Page);
  bool Did = hugeKb(Start, Start + Page - 1) > 0;
  munmap(P, 2 * Page);
  return Did;
}

TEST(Huge, WhatIsInUseForLongGetsLargePages) {
  if (!systemGathersPages())
    GTEST_SKIP() << "the system has no large pages";
  ASSERT_TRUE(gab::set("GAB_HUGE", "2"));
  constexpr size_t Kept = 200000;
  gab::Root<gab::Array<gab::Member<Price>>> All =
      gab::make_array<gab::Member<Price>>(Kept);
  const void *Low = nullptr, *High = nullptr;
  long Huge = 0;
  for (int Round = 0; Round < 500 && !Huge; ++Round) {
    for (size_t I = 0; I < Kept; ++I)
      (*All)[I] = gab::make<Price>(double(Round), int64_t(I));
    Low = High = (*All)[0].get();
    for (size_t I = 0; I < Kept; ++I) {
      const void *P = (*All)[I].get();
      Low = P < Low ? P : Low;
      High = P > High ? P : High;
      ASSERT_EQ((*All)[I]->Time, int64_t(I));
      ASSERT_EQ((*All)[I]->Value, double(Round));
    }
    Huge = hugeKb(Low, High);
  }
  EXPECT_GT(Huge, 0);
}

} // namespace
