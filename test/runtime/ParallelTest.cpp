// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tracing by several threads at once, over a graph in which nearly every
/// object is referred to more than once, so that two workers often want to move
/// the same one. Run with GAB_STRESS=parallel and GAB_GC_THREADS=4: helpers are
/// used whatever the size of the heap, and take work from each other.
#include "Collector.h"
#include "gab/gab.hpp"
#include <gtest/gtest.h>
#include <random>

namespace {

struct Tag {
  uint64_t Id, Check;
};
struct Fat { // pointer-free, in a cell
  uint64_t Id;
  uint64_t Body[24];
};
GAB_NOSCAN(Fat);
struct Node {
  uint64_t Id = 0;
  gab::Member<Node> Left, Right;
  gab::Member<Tag> Small;
  gab::Member<Fat> Large;
  gab::Member<gab::Array<uint32_t>> Text;
  gab::WeakMember<Node> Back;
  gab::Ephemeron<Node, Tag> Note;
  GAB_TRACE(Node, Left, Right, Small, Large, Text, Back, Note)
};
using Nodes = gab::Array<gab::Member<Node>>;

uint64_t checkOf(uint64_t Id) { return Id * 0x9E3779B97F4A7C15ull + 1; }

class Parallel : public testing::Test {
protected:
  static constexpr size_t N = 20000;
  gab::Root<Nodes> All;
  std::mt19937_64 Random{11};

  gab::Ref<Node> any() { return gab::Ref<Node>((*All)[Random() % N]); }

  void SetUp() override {
    gab_attach();
    ASSERT_TRUE(gab::rt::H.C.StressParallel) << "run with GAB_STRESS=parallel";
    All = gab::make_array<gab::Member<Node>>(N);
    for (size_t I = 0; I < N; ++I) {
      gab::Local<Node> New = gab::make<Node>();
      New->Id = I;
      (*All)[I] = New;
      New->Small = gab::make<Tag>(I, checkOf(I));
      auto Text = gab::make_array<uint32_t>(1 + I % 40);
      for (uint32_t &Word : *Text)
        Word = static_cast<uint32_t>(I);
      New->Text = Text;
      if (I % 16 == 0) {
        gab::Local<Fat> F = gab::make<Fat>();
        F->Id = I;
        F->Body[23] = checkOf(I);
        New->Large = F;
      }
    }
    for (size_t I = 0; I < N; ++I)
      tangle(*(*All)[I]);
  }

  /// What two nodes share is the same object, wherever it is.
  void tangle(Node &Me) {
    Me.Left = any();
    Me.Right = any();
    Me.Back = any();
    gab::Ref<Node> Key = any();
    Me.Note.set(Key, Key->Small);
  }

  void check() {
    for (size_t I = 0; I < N; ++I) {
      Node &Me = *(*All)[I];
      ASSERT_EQ(Me.Id, I);
      ASSERT_EQ(Me.Small->Id, I);
      ASSERT_EQ(Me.Small->Check, checkOf(I));
      ASSERT_EQ(Me.Text->size(), 1 + I % 40);
      ASSERT_EQ((*Me.Text)[I % 40], uint32_t(I));
      if (I % 16 == 0) {
        ASSERT_EQ(Me.Large->Body[23], checkOf(I));
      }
      for (Node *Other : {Me.Left.get(), Me.Right.get(), Me.Back.lock().get(),
                          Me.Note.key().get()}) {
        ASSERT_TRUE(Other);
        ASSERT_EQ(Other, (*All)[Other->Id].get()); // not a second copy
      }
      ASSERT_EQ(Me.Note.value().get(), Me.Note.key()->Small.get());
    }
  }
};

TEST_F(Parallel, HelpersMarkAndMoveTheSameGraph) {
  uint64_t Before = gab::rt::H.Count.MarkedByHelpers;
  uint64_t Moved = gab::stats().moved_objects;
  // On a busy machine the helpers may not get a core before the work is done.
  auto Helped = [&] {
    return gab::rt::H.Count.MarkedByHelpers > Before + N / 20;
  };
  for (int Round = 0; Round < 8 || (!Helped() && Round < 200); ++Round) {
    for (size_t I = 0; I < 3000; ++I) { // holes, and new neighbours
      gab::make<Tag>(I, I);
      gab::make<Node>();
      tangle(*any());
    }
    Round % 2 ? gab::collect() : gab::compact();
    check();
  }
  EXPECT_TRUE(Helped());
  if (strcmp(gab_plan_name(), "marksweep") != 0 &&
      !gab::rt::H.C.StressNoSpace) {
    EXPECT_GT(gab::stats().moved_objects, Moved);
  }
}

TEST_F(Parallel, WhatIsDeadIsFoundDeadByAllOfThem) {
  for (size_t I = 0; I < N; ++I)
    if (I % 4)
      (*All)[I] = nullptr;
  std::vector<gab::Weak<Node>> Kept(N / 4);
  for (size_t I = 0; I < N; I += 4) {
    Node &Me = *(*All)[I];
    Me.Left = Me.Right = nullptr;
    Kept[I / 4] = gab::Ref<Node>(&Me);
  }
  gab::compact();
  gab::compact();
  for (size_t I = 0; I < N; I += 4) {
    Node &Me = *(*All)[I];
    ASSERT_EQ(Me.Small->Check, checkOf(I));
    ASSERT_EQ(Kept[I / 4].lock().get(), &Me);
    gab::Ref<Node> Key = Me.Note.key();
    if (Key) { // a live one: a quarter of them, and what a stale word keeps
      ASSERT_EQ(Me.Note.value()->Id, Key->Id);
    }
    if (gab::Ref<Node> Back = Me.Back.lock()) {
      ASSERT_EQ(Back->Small->Check, checkOf(Back->Id));
    }
  }
  EXPECT_LT(gab::stats().live_bytes, 8u << 20);
}

} // namespace
