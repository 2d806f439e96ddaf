// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the tests of blocks that a concurrent cycle empties share: three blocks
/// of small objects, and a cycle that waits between its two pauses. With
/// GAB_STRESS=lazy,evac the collector's thread rests as long as there is work
/// that a mutator could do, and all blocks leave that no thread has a run in.
#ifndef GAB_TEST_RECORDEDCYCLE_H
#define GAB_TEST_RECORDEDCYCLE_H

#include "Assist.h"
#include "Recorded.h"
#include "gab/gab.hpp"
#include <cstring>
#include <gtest/gtest.h>
#include <memory>

namespace recorded {

namespace rt = gab::rt;

struct Tag {
  uint64_t Id, Check;
};
struct Holder {
  gab::Member<Holder> Other;
  gab::Member<Tag> What, Second;
  gab::WeakMember<Tag> Faint;
  gab::Ephemeron<Tag, Tag> Pair;
  uint64_t Number = 0;
  GAB_TRACE(Holder, Other, What, Second, Faint, Pair)
};
inline gab::Ref<Tag> makeTag(uint64_t Id) {
  return gab::make<Tag>(Id, Id * 3 + 1);
}

[[gnu::noinline]] inline void scrubStack() {
  char Many[20000];
  memset(Many, 0, sizeof(Many));
  gab::keep_alive(Many);
}

class Recorded : public testing::Test {
protected:
  static constexpr size_t N = 6000; // tags for three blocks
  using Row = gab::Array<gab::Member<Holder>>;
  /// Not on a stack, where it would pin.
  std::unique_ptr<gab::Root<Row>> All;
  uint64_t MovedBefore = 0;

  void SetUp() override {
    gab_attach();
    ASSERT_TRUE(rt::H.C.StressLazy && rt::H.C.StressEvacuate);
    ASSERT_EQ(rt::H.C.ThePlan, rt::Plan::Conc);
    All = std::make_unique<gab::Root<Row>>(
        gab::make_array<gab::Member<Holder>>(N));
    fill();
    gab::collect();
    scrubStack();
  }
  [[gnu::noinline]] void fill() {
    for (size_t I = 0; I < N; ++I) {
      gab::Ref<Holder> H = gab::make<Holder>();
      H->Number = I;
      H->What = makeTag(I);
      for (int K = 0; K < 8; ++K) // so that they lie in many blocks
        gab::make<Tag>(0u, 0u);
      (**All)[I] = H;
    }
  }
  Holder *at(size_t I) { return (**All)[I].get(); }

  /// Returns when the first pause is over and nothing has been marked since.
  void begin() {
    MovedBefore = gab::stats().moved_objects;
    // One that filling the heap has asked for may be under way.
    while (!rt::AssistsAreOn.load()) {
      {
        rt::RuntimeScope S(*rt::self());
        rt::requestConcurrentCycle(*rt::self());
      }
      for (uint64_t Until = gab::os::nowNs() + 200000000;
           !rt::AssistsAreOn.load() && gab::os::nowNs() < Until;)
        gab_safepoint();
    }
    ASSERT_TRUE(rt::Cycle.Recording);
  }
  /// Returns when the cycle is over.
  [[gnu::noinline]] void finish() {
    scrubStack();
    rt::RuntimeScope S(*rt::self());
    rt::finishConcurrentCycle(rt::self());
    rt::CycleLock.unlock();
  }
  [[gnu::noinline]] void end() {
    finish();
    // Garbage where the objects were.
    for (int I = 0; I < 200000; ++I)
      gab::make<Tag>(0xDEADu, 0xDEADu);
    ASSERT_TRUE(gab_verify());
  }
  /// Most have moved, unless nothing can.
  void expectMoved(uint64_t Least) {
    if (!rt::H.C.StressNoSpace) {
      EXPECT_GE(gab::stats().moved_objects - MovedBefore, Least);
    }
  }
  static void expectTag(const Tag *T, uint64_t Id) {
    ASSERT_TRUE(T);
    ASSERT_EQ(T->Id, Id);
    ASSERT_EQ(T->Check, Id * 3 + 1);
  }
  void expectAll() {
    for (size_t I = 0; I < N; ++I)
      expectTag(at(I)->What.get(), I);
  }
};

} // namespace recorded
#endif
