// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What people look at: pictures, traces, profiles, complaints.
#include "Os.h"
#include "gab/gab.hpp"
#include "gab/string.hpp"
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <thread>

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

std::string contents(const std::string &Path) {
  std::ifstream F(Path);
  std::stringstream S;
  S << F.rdbuf();
  return S.str();
}

std::string scratch(const char *Name) {
  return testing::TempDir() + "gab-diagnosis-" + Name;
}

size_t countOf(const std::string &Text, const char *What) {
  size_t N = 0;
  for (size_t At = Text.find(What); At != std::string::npos;
       At = Text.find(What, At + 1))
    ++N;
  return N;
}

TEST(Diagnosis, HeapMapShowsKindsAndShrinksWhenCompacted) {
  gab::Root<gab::Array<gab::Member<Price>>> Keep =
      gab::make_array<gab::Member<Price>>(4000);
  for (int I = 0; I < 400000; ++I) {
    gab::Ref<Price> P = gab::make<Price>(1.0, I);
    if (I % 100 == 0)
      (*Keep)[I / 100] = P;
  }
  gab::collect();
  std::string Path = scratch("map.html");
  ASSERT_TRUE(gab_write_heap_map(Path.c_str()));
  std::string Text = contents(Path);
  EXPECT_EQ(countOf(Text, "<svg "), 2u);
  EXPECT_EQ(countOf(Text, "</svg>"), 2u);
  EXPECT_GT(countOf(Text, "#3a9d5d"), 2u); // more than the legends
  EXPECT_FALSE(gab_write_heap_map("/no/such/folder/map.svg"));
  remove(Path.c_str());
}

TEST(Diagnosis, ChromeTraceHasAnEventForEachPhase) {
  gab::collect();
  gab::compact();
  std::string Path = scratch("trace.json");
  ASSERT_TRUE(gab_write_chrome_trace(Path.c_str()));
  std::string Text = contents(Path);
  EXPECT_EQ(Text.substr(0, 16), "{\"traceEvents\":[");
  EXPECT_GE(countOf(Text, "\"mark and move\""), 2u);
  EXPECT_GE(countOf(Text, "\"compact\""), 1u);
  EXPECT_EQ(countOf(Text, "{"), countOf(Text, "}"));
  remove(Path.c_str());
}

TEST(Diagnosis, StatsAddUp) {
  gab_stats Before = gab::stats();
  for (int I = 0; I < 100000; ++I)
    gab::make<Price>(1.0, I);
  gab::collect();
  gab_stats After = gab::stats();
  EXPECT_GT(After.cycles, Before.cycles);
  EXPECT_GE(After.allocated_bytes - Before.allocated_bytes, 1600000u - 32768);
  EXPECT_LE(After.live_bytes, After.used_bytes);
  EXPECT_LE(After.used_bytes, After.resident_bytes);
  EXPECT_LE(After.resident_bytes, After.committed_bytes);
  EXPECT_GE(After.pause_total_ns, After.pause_max_ns);
}

using DiagnosisDeathTest = testing::Test;

TEST(DiagnosisDeathTest, UnattachedThreadReadsAHandle) {
  EXPECT_DEATH(
      {
        gab::Root<Node> R = gab::make<Node>();
        std::thread T([&] { (void)R->What; });
        T.join();
      },
      "a handle was read by a thread that is not attached(.|\n)*"
      "gab::ThreadScope");
}

TEST(DiagnosisDeathTest, AllocationWhileBlocked) {
  EXPECT_DEATH(
      {
        gab::make<Price>();
        gab::BlockedScope S;
        for (int I = 0; I < 10000000; ++I)
          gab::make<Price>();
      },
      "allocation inside a gab::BlockedScope(.|\n)*end the scope");
}

TEST(DiagnosisDeathTest, CollectionWhileBlocked) {
  EXPECT_DEATH(
      {
        gab::BlockedScope S;
        gab::collect();
      },
      "gab_collect inside a gab::BlockedScope(.|\n)*end the scope");
}

template <class Function> void blocked(Function F) {
  gab_attach();
  gab::BlockedScope S;
  F();
}

TEST(DiagnosisDeathTest, WhatNeedsTheStackWhileBlocked) {
  EXPECT_DEATH(blocked([] { gab_detach(); }),
               "gab_detach inside a gab::BlockedScope(.|\n)*end the scope");
  EXPECT_DEATH(blocked([] { gab_verify(); }),
               "gab_verify inside a gab::BlockedScope(.|\n)*end the scope");
  EXPECT_DEATH(
      blocked([] { gab_write_heap_map(scratch("no.svg").c_str()); }),
      "gab_write_heap_map inside a gab::BlockedScope(.|\n)*end the scope");
  EXPECT_DEATH(
      blocked([] { gab_write_snapshot("/dev/null"); }),
      "gab_write_snapshot inside a gab::BlockedScope(.|\n)*end the scope");
}

TEST(DiagnosisDeathTest, StacksComeAndGoWhileBlocked) {
  static gab_stack Stack;
  EXPECT_DEATH(
      blocked([] { gab_stack_register(&Stack); }),
      "gab_stack_register inside a gab::BlockedScope(.|\n)*end the scope");
  EXPECT_DEATH(
      blocked([] { gab_stack_unregister(&Stack); }),
      "gab_stack_unregister inside a gab::BlockedScope(.|\n)*end the scope");
}

TEST(DiagnosisDeathTest, AStoreThatIsLoggedWhileBlocked) {
  EXPECT_DEATH(blocked([] {
                 static void *Slot;
                 gab_write_slow(&Slot, gab::type_of<Node>(), 0);
               }),
               "a store into an object inside a gab::BlockedScope(.|\n)*end "
               "the scope");
}

// The runtime must not have started yet, so this one begins a process anew. A
// real limit would kill ThreadSanitizer first, which needs memory for itself.
TEST(DiagnosisDeathTest, ARootWithoutAddressSpace) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        gab::os::failMapsAfter(1);
        static gab_root Root;
        gab_root_add(&Root);
      },
      "a root was registered and there is no address space(.|\n)*mend:");
  testing::FLAGS_gtest_death_test_style = "fast";
}

TEST(DiagnosisDeathTest, DetachingWithHandles) {
  EXPECT_DEATH(
      {
        gab::Local<Node> L = gab::make<Node>();
        gab_detach();
      },
      "gab_detach while this thread still has a gab::Local(.|\n)*out of scope");
}

TEST(DiagnosisDeathTest, StaleReferenceInATracedField) {
  EXPECT_DEATH(
      {
        gab::Root<Node> R = gab::make<Node>();
        // A reference that was kept elsewhere as a number, and put back.
        auto Bits = reinterpret_cast<uintptr_t>(R.get()) + (64u << 20);
        R->Next = gab::Ref<Node>(reinterpret_cast<Node *>(Bits));
        gab::collect();
      },
      "there is no object(.|\n)*GAB_TRACE");
}

// Quarantine is chosen at start, so this one needs its environment variable.
TEST(DiagnosisDeathTest, UseAfterPoison) {
  if (!getenv("GAB_QUARANTINE"))
    GTEST_SKIP() << "run with GAB_QUARANTINE";
  EXPECT_DEATH(
      {
        uintptr_t Kept[1000];
        [&]() __attribute__((noinline)) {
          for (uintptr_t &K : Kept) {
            K = ~reinterpret_cast<uintptr_t>(gab::make<Price>(1.0, 2).get());
            for (int I = 0; I < 4000; ++I)
              gab::make<Price>();
          }
        }();
        gab::compact();
        int64_t Sum = 0;
        for (uintptr_t K : Kept)
          Sum += *reinterpret_cast<volatile int64_t *>(~K);
        fprintf(stderr, "%ld\n", long(Sum));
      },
      "stale pointer(.|\n)*gab::Root");
}

TEST(Diagnosis, ProfileCanBeWritten) {
  if (!getenv("GAB_PROFILE"))
    GTEST_SKIP() << "run with GAB_PROFILE";
  gab::Root<Node> Head;
  for (int I = 0; I < 200000; ++I) {
    gab::Local<Node> N = gab::make<Node>();
    N->What = gab::make<Price>(1.0, I);
    if (I % 10)
      N->Next = gab::Ref<Node>(Head);
    Head = N;
  }
  gab::collect();
  ASSERT_TRUE(gab_write_profile(getenv("GAB_PROFILE_OUT")));
}

// Two places, one of which keeps what it makes.
[[gnu::noinline]] gab::Ref<Node> makeKept() { return gab::make<Node>(); }
[[gnu::noinline]] gab::Ref<Price> makeDropped() {
  return gab::make<Price>(1.0, 2);
}

TEST(Diagnosis, SitesSayWhatSurvives) {
  if (!getenv("GAB_PROFILE"))
    GTEST_SKIP() << "run with GAB_PROFILE";
  gab::Root<Node> Head;
  for (int I = 0; I < 50000; ++I) {
    gab::Local<Node> N = makeKept();
    N->Next = gab::Ref<Node>(Head);
    Head = N;
    makeDropped();
  }
  gab::collect();
  std::string Path = scratch("sites.txt");
  ASSERT_TRUE(gab_write_sites(Path.c_str()));
  std::istringstream Lines(contents(Path));
  std::string Line, Type;
  std::getline(Lines, Line);
  EXPECT_NE(Line.find("share"), std::string::npos);
  double Objects, Bytes, Alive, Share, LastBytes = 1e18;
  bool Kept = false, Dropped = false;
  while (std::getline(Lines, Line)) {
    std::istringstream Row(Line);
    char Percent;
    ASSERT_TRUE(Row >> Objects >> Bytes >> Alive >> Share >> Percent) << Line;
    std::getline(Row, Type);
    EXPECT_GE(Bytes, Alive);
    EXPECT_LE(Bytes, LastBytes) << "not sorted";
    LastBytes = Bytes;
    Kept |= Type.find("Node") != std::string::npos && Share == 100 &&
            Bytes > 0.5 * 50000 * 32;
    Dropped |= Type.find("Price") != std::string::npos && Share < 10 &&
               Bytes > 0.5 * 50000 * 16;
  }
  EXPECT_TRUE(Kept && Dropped) << contents(Path);
  EXPECT_FALSE(gab_write_sites("/no/such/folder/sites.txt"));
  remove(Path.c_str());
}

} // namespace
