// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reading options, and which functions they select.
#include "stackward/IR/Options.h"
#include "gtest/gtest.h"

using namespace llvm;
using stackward::ir::Options;
using stackward::ir::parseWords;

static bool reads(StringRef Words, Options &O) {
  Error E = parseWords(Words, O);
  bool Fine = !E;
  consumeError(std::move(E));
  return Fine;
}

TEST(Options, WordsOfAllForms) {
  Options O;
  EXPECT_TRUE(reads("-stackward-object-budget=7 --limit=3\n"
                    "enable=off # a comment limit=9\n"
                    "  guarded-slots=0 deny=a*,b?",
                    O));
  EXPECT_EQ(O.ObjectBudget, 7u);
  EXPECT_EQ(O.Limit, 3u);
  EXPECT_FALSE(O.Enable);
  EXPECT_FALSE(O.GuardedSlots);
  EXPECT_FALSE(O.anything());
  EXPECT_TRUE(reads("enable", O)) << "a switch without a value is on";
  EXPECT_TRUE(O.anything());
}

TEST(Options, LaterWordsWin) {
  Options O;
  EXPECT_TRUE(reads("limit=3 limit=4", O));
  EXPECT_EQ(O.Limit, 4u);
}

TEST(Options, WhatIsNotUnderstoodIsAnError) {
  for (const char *Words : {"heap-to-stack=of", "object-budget=many",
                            "object-budget=", "object-budget=-1",
                            "no-such-option", "allow=[", "=1"}) {
    Options O;
    EXPECT_FALSE(reads(Words, O)) << Words;
  }
}

TEST(Options, GlobsSelect) {
  Options O;
  EXPECT_TRUE(O.selects("_Z1fv"));
  ASSERT_TRUE(reads("allow=_Z1*,main deny=*v", O));
  EXPECT_FALSE(O.selects("_Z1fv"));
  EXPECT_TRUE(O.selects("_Z1fi"));
  EXPECT_TRUE(O.selects("main"));
  EXPECT_FALSE(O.selects("_Z2ffi"));
}

TEST(Options, RolloutGrowsAndKeepsWhatItHad) {
  unsigned Selected[3] = {};
  for (unsigned I = 0; I != 1000; ++I) {
    std::string Name = "function" + std::to_string(I);
    bool Before = false;
    for (unsigned Step = 0; Step != 3; ++Step) {
      Options O;
      O.Rollout = Step * 50;
      bool Now = O.selects(Name);
      EXPECT_TRUE(Now || !Before) << Name;
      Selected[Step] += Now;
      Before = Now;
    }
  }
  EXPECT_EQ(Selected[0], 0u);
  EXPECT_GT(Selected[1], 400u);
  EXPECT_LT(Selected[1], 600u);
  EXPECT_EQ(Selected[2], 1000u);
}

TEST(Options, RolloutIsTheSameOnEveryMachine) {
  Options O;
  O.Rollout = 50;
  // Fixed by the hash's specification; a change here breaks every rollout
  // that is under way.
  unsigned Bits = 0;
  for (const char *Name : {"a", "b", "c", "d", "e", "f", "g", "h"})
    Bits = Bits << 1 | O.selects(Name);
  EXPECT_EQ(Bits, 232u);
}
