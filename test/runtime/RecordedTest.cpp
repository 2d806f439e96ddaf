// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Blocks that a concurrent cycle empties (Recorded.cpp): each of its rules by
/// doing what it is about between the first pause and the second. With
/// GAB_STRESS=lazy,evac the collector's thread rests as long as there is work
/// that a mutator could do, and all blocks leave that no thread has a run in.
#include "Recorded.h"
#include "Assist.h"
#include "gab/gab.hpp"
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <thread>

namespace {

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
/// A field that is a reference at one time and a number at another.
struct Either {
  bool IsNumber = false; ///< the marker reads it while the program runs
  union {
    gab::Member<Tag> What;
    uint64_t Number;
  };
  Either() : What() {}
  void becomeNumber(uint64_t N) {
    __atomic_store_n(&IsNumber, true, __ATOMIC_SEQ_CST);
    __atomic_store_n(&Number, N, __ATOMIC_RELAXED);
  }
  void trace(gab::Visitor &V) {
    if (!__atomic_load_n(&IsNumber, __ATOMIC_SEQ_CST))
      V(What);
  }
};
struct Mourned { // its destructor wants to see the tag
  gab::Member<Tag> What;
  static inline uint64_t Seen = 0;
  ~Mourned() { Seen += What->Check == What->Id * 3 + 1; }
  GAB_TRACE(Mourned, What)
};

gab::Ref<Tag> makeTag(uint64_t Id) { return gab::make<Tag>(Id, Id * 3 + 1); }

[[gnu::noinline]] void scrubStack() {
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

TEST_F(Recorded, WhatTheMarkerVisits) { // E2
  begin();
  end();
  expectAll();
  expectMoved(N / 2);
}

TEST_F(Recorded, IntoAFieldThatWasNull) { // E3
  begin();
  for (size_t I = 0; I < N; ++I) {
    at(I)->Second = at(N - 1 - I)->What;
    at(N - 1 - I)->Number = I;
  }
  end();
  expectAll();
  for (size_t I = 0; I < N; ++I)
    expectTag(at(I)->Second.get(), N - 1 - I);
  expectMoved(N / 2);
}

TEST_F(Recorded, IntoANewObject) { // E3
  begin();
  for (size_t I = 0; I < N; ++I) {
    gab::Ref<Holder> New = gab::make<Holder>();
    New->What = at(I)->What; // the only reference from now on
    at(I)->What = nullptr;
    at(I)->Other = New;
  }
  end();
  for (size_t I = 0; I < N; ++I)
    expectTag(at(I)->Other->What.get(), I);
  expectMoved(N / 2);
}

TEST_F(Recorded, OverAndOverIntoOneField) { // E3: the bit is clear
  begin();
  for (size_t I = 0; I < N; ++I) {
    at(I)->What = makeTag(5000);
    at(I)->What = nullptr;
    at(I)->Second = makeTag(6000);
    at(I)->Second = at((I + N - 1) % N)->Second;
    at(I)->What = makeTag(I);
  }
  end();
  expectAll();
}

TEST_F(Recorded, ExchangedBetweenOldFields) { // E3: both values leave
  begin();
  for (size_t I = 0; I + 1 < N; I += 2) {
    gab::Ref<Tag> First = at(I)->What;
    at(I)->What = at(I + 1)->What;
    at(I + 1)->What = First;
  }
  end();
  for (size_t I = 0; I < N; ++I)
    expectTag(at(I)->What.get(), I ^ 1);
  expectMoved(N / 2);
}

TEST_F(Recorded, IntoARowOfReferences) { // long arrays, by way of rows
  using Tags = gab::Array<gab::Member<Tag>>;
  auto Tagged = std::make_unique<gab::Root<Tags>>(
      gab::make_array<gab::Member<Tag>>(2 * N));
  gab::collect();
  begin();
  for (size_t I = 0; I < N; I += 2)
    (**Tagged)[2 * I] = at(I)->What;
  auto New =
      std::make_unique<gab::Root<Tags>>(gab::make_array<gab::Member<Tag>>(N));
  for (size_t I = 0; I < N; I += 2)
    (**New)[I] = at(I)->What;
  end();
  for (size_t I = 0; I < N; I += 2) {
    expectTag((**Tagged)[2 * I].get(), I);
    expectTag((**New)[I].get(), I);
  }
  expectMoved(N / 2);
}

TEST_F(Recorded, FieldsOfObjectsThatDie) { // E8
  begin();
  for (size_t I = 0; I < N; ++I) {
    gab::Ref<Holder> New = gab::make<Holder>();
    New->What = at(I)->What; // dies at once
    at(I)->Second = at(I)->What;
    if (I % 2)
      (**All)[I] = nullptr; // dies with two fields in the log
  }
  end();
  for (size_t I = 0; I < N; I += 2)
    expectTag(at(I)->Second.get(), I);
  for (int I = 0; I < 3; ++I)
    gab::collect();
  for (size_t I = 0; I < N; I += 2)
    expectTag(at(I)->What.get(), I);
}

TEST_F(Recorded, Handles) { // E5
  auto Roots = std::make_unique<gab::Root<Tag>[]>(N);
  auto Weak = std::make_unique<gab::Weak<Tag>[]>(N);
  begin();
  for (size_t I = 0; I < N; ++I) {
    Roots[I] = at(I)->What;
    Weak[I] = at(I)->What;
    if (I % 2)
      at(I)->What = nullptr;
  }
  end();
  for (size_t I = 0; I < N; ++I) {
    expectTag(Roots[I].get(), I);
    EXPECT_EQ(Weak[I].lock().get(), Roots[I].get());
  }
  expectMoved(N / 2);
}

TEST_F(Recorded, WordsOnAStackPin) { // E5
  constexpr size_t Few = 6;
  gab::Ref<Tag> Raw[Few];
  Tag *Before[Few];
  gab::Local<Tag> Exact;
  begin();
  for (size_t I = 0; I < Few; ++I) {
    Raw[I] = at(I * 100)->What;
    at(I * 100)->What = nullptr;
  }
  Exact = gab::Ref<Tag>(at(777)->What);
  at(777)->What = nullptr;
  memcpy(static_cast<void *>(Before), static_cast<void *>(Raw), sizeof(Raw));
  end();
  for (size_t I = 0; I < Few; ++I) {
    EXPECT_EQ(Before[I], Raw[I].get());
    expectTag(Raw[I].get(), I * 100);
  }
  expectTag(Exact.get(), 777);
  expectMoved(N / 2);
}

TEST_F(Recorded, WhatOnlyAStackHoldsKeepsItsWeakReferences) { // E5
  constexpr size_t Around = 40; // on more lines than one
  at(900)->Faint = at(900)->What;
  begin();
  gab::Ref<Tag> Raw = at(900)->What;
  for (size_t I = 900 - Around; I < 900 + Around; ++I)
    at(I)->What = nullptr; // the line has a pin, and nothing else
  end();
  expectTag(Raw.get(), 900);
  EXPECT_EQ(at(900)->Faint.lock().get(), Raw.get());
  expectMoved(N / 2);
}

TEST_F(Recorded, ConservativeMemoryPins) { // E5
  auto **Words =
      static_cast<Tag **>(gab_alloc_conservative(10 * sizeof(Tag *)));
  begin();
  for (size_t I = 0; I < 10; ++I) {
    Words[I] = at(I * 50)->What.get();
    at(I * 50)->What = nullptr;
  }
  end();
  for (size_t I = 0; I < 10; ++I)
    expectTag(Words[I], I * 50);
  memset(static_cast<void *>(Words), 0, 10 * sizeof(Tag *));
}

TEST_F(Recorded, WeakFieldsAndEphemerons) { // E7
  for (size_t I = 0; I < N; I += 4)
    at(I)->Faint = at(I)->What; // traced
  begin();
  for (size_t I = 0; I < N; ++I) {
    if (I % 4 == 1)
      at(I)->Faint = at(I)->What;
    if (I % 4 == 2)
      at(I)->Pair.set(at(I)->What, at(I + 1)->What);
    if (I % 4 == 3) {
      gab::Ref<Holder> New = gab::make<Holder>();
      New->Faint = at(I)->What;
      New->Pair.set(at(I)->What, at(I - 1)->What);
      at(I)->Other = New;
    }
  }
  end();
  for (size_t I = 0; I < N; ++I) {
    Holder *H = at(I);
    expectTag(H->What.get(), I);
    if (I % 4 < 2) {
      EXPECT_EQ(H->Faint.lock().get(), H->What.get());
    }
    if (I % 4 == 2) {
      EXPECT_EQ(H->Pair.key().get(), H->What.get());
      expectTag(H->Pair.value().get(), I + 1);
    }
    if (I % 4 == 3) {
      EXPECT_EQ(H->Other->Faint.lock().get(), H->What.get());
      EXPECT_EQ(H->Other->Pair.key().get(), H->What.get());
      expectTag(H->Other->Pair.value().get(), I - 1);
    }
  }
  expectMoved(N / 2);
}

TEST_F(Recorded, FieldsThatBecomeNumbers) { // E6
  using Eithers = gab::Array<Either>;
  auto Them = std::make_unique<gab::Root<Eithers>>(gab::make_array<Either>(N));
  for (size_t I = 0; I < N; ++I)
    if (I % 2)
      (**Them)[I].What = at(I)->What;
  auto Copies = std::make_unique<uint64_t[]>(N);
  begin();
  EXPECT_GT(rt::mainWorker().Owners.size() + rt::Pool.Available.load(), 0u);
  for (size_t I = 0; I < N; ++I) {
    Either &E = (**Them)[I];
    if (I % 4 == 1) { // marked, or in the log, as a reference
      E.What = at(I)->What;
      Copies[I] = reinterpret_cast<uintptr_t>(at(I)->What.get());
      E.becomeNumber(Copies[I]); // that looks like the address
    } else if (I % 4 == 2) {
      E.What = at(I)->What;
    }
  }
  end();
  for (size_t I = 0; I < N; ++I) {
    Either &E = (**Them)[I];
    if (I % 4 == 1) {
      EXPECT_EQ(E.Number, Copies[I]);
    } else if (I % 4) {
      EXPECT_EQ(E.What.get(), at(I)->What.get());
    }
  }
  expectAll();
}

TEST_F(Recorded, WhatTheDeadWithDestructorsRefersTo) {
  Mourned::Seen = 0;
  [&]() __attribute__((noinline)) {
    for (size_t I = 0; I < N; ++I) {
      gab::Ref<Mourned> M = gab::make<Mourned>();
      M->What = at(I)->What;
    }
  }();
  scrubStack();
  begin();
  for (size_t I = 0; I < N; I += 2)
    at(I)->What = nullptr;
  end();
  gab_run_finalizers();
  EXPECT_GT(Mourned::Seen, N - 100); // a stale word may keep some
  for (size_t I = 1; I < N; I += 2)
    expectTag(at(I)->What.get(), I);
}

TEST_F(Recorded, NobodyAllocatesInWhatLeaves) { // E1
  for (size_t I = 0; I < 1000; ++I) // half of a block, so that one has room
    at(I)->What = nullptr;
  gab::collect();
  begin();
  for (uint32_t B = rt::H.GabRoom.First; B; B = rt::H.Blocks[B].Next)
    EXPECT_FALSE(rt::testBit(rt::H.LeavingMap, B));
  for (int I = 0; I < 20000; ++I) {
    gab::Ref<Tag> New = gab::make<Tag>(1u, 1u);
    ASSERT_FALSE(rt::mayLeave(New.get()));
  }
  end();
  for (size_t I = 1000; I < N; ++I)
    expectTag(at(I)->What.get(), I);
}

TEST_F(Recorded, ABlockWithTooManySlotsStays) { // E10
  constexpr size_t Many = rt::MostSlots + 1000;
  auto Row = std::make_unique<gab::Root<gab::Array<gab::Member<Tag>>>>(
      gab::make_array<gab::Member<Tag>>(Many));
  for (size_t I = 0; I < Many; ++I)
    (**Row)[I] = at(500)->What;
  uint64_t Before = reinterpret_cast<uintptr_t>(at(500)->What.get()) ^ ~0ull;
  uint64_t Elsewhere =
      reinterpret_cast<uintptr_t>(at(5500)->What.get()) ^ ~0ull;
  begin();
  end();
  EXPECT_EQ(reinterpret_cast<uintptr_t>(at(500)->What.get()) ^ ~0ull, Before);
  if (!rt::H.C.StressNoSpace) {
    EXPECT_NE(reinterpret_cast<uintptr_t>(at(5500)->What.get()) ^ ~0ull,
              Elsewhere);
  }
  for (size_t I = 0; I < Many; ++I)
    ASSERT_EQ((**Row)[I].get(), at(500)->What.get());
  expectAll();
}

/// Stores what From refers to into *Slot, with the first pause and all marking
/// between the test of the barrier, which is off then, and the store.
[[gnu::noinline]] void storeAcrossTheFirstPause(void **Slot,
                                                gab::Member<Tag> &From) {
  std::atomic<bool> Go{false}, Marked{false}, Stored{false};
  std::thread Other([&] {
    gab::ThreadScope Scope;
    while (!Go.load()) {
      gab::BlockedScope S;
      std::this_thread::yield();
    }
    rt::Thread &Me = *rt::self();
    {
      rt::RuntimeScope S(Me);
      rt::requestConcurrentCycle(Me);
    }
    while (!rt::AssistsAreOn.load())
      gab_safepoint();
    rt::RuntimeScope S(Me);
    rt::Guard NoFurtherStop(rt::Threads.L);
    rt::assistToTheEnd(Me);
    Marked.store(true);
    while (!Stored.load()) {
    }
  });
  {
    void *Value = From.get();
    gab::detail::barrier(Slot, gab::type_of<Tag>(), 0, Value);
    Go.store(true);
    while (!Marked.load()) { // does not poll: the signal stops it
    }
    gab::detail::storeSlot(*Slot, Value);
    Stored.store(true);
  }
  gab::BlockedScope S;
  Other.join();
}

TEST_F(Recorded, StoppedBetweenBarrierAndStore) { // E4
  begin();                                        // so that no cycle is pending
  finish();
  Holder *Raw = at(7); // holds it on this stack, as a store would
  auto *Slot = reinterpret_cast<void **>(&Raw->Second);
  storeAcrossTheFirstPause(Slot, at(1234)->What);
  end();
  gab::keep_alive(Raw);
  expectTag(at(7)->Second.get(), 1234);
  EXPECT_EQ(at(7)->Second.get(), at(1234)->What.get());
  expectAll();
  expectMoved(N / 8); // what another thread's stack had pins too
}

/// What the caller has read from a weak handle, with the second pause between
/// that and the entry in the log.
template <class T>
[[gnu::noinline]] void readAcrossTheSecondPause(gab_root &From,
                                                gab::Ref<T> &To) {
  std::atomic<bool> Go{false};
  std::thread Other([&] {
    gab::ThreadScope Scope;
    while (!Go.load())
      gab_safepoint();
    rt::RuntimeScope S(*rt::self());
    rt::assistToTheEnd(*rt::self());
  });
  {
    T *Object = gab::detail::loadSlot<T>(From.object); // as Weak::lock() does
    Go.store(true);
    while (__atomic_load_n(&gab_barrier.weak_reads, __ATOMIC_RELAXED)) {
      // does not poll: the signal stops it
    }
    gab_weak_read(Object, gab::type_of<T>());
    To = gab::Ref<T>(Object);
  }
  gab::BlockedScope S;
  Other.join();
}

template <class T>
[[gnu::noinline]] void makeWeak(gab_root &Root, gab::Member<T> &From) {
  Root.object = From.get();
  Root.type = gab::type_of<T>();
  Root.kind = GAB_ROOT_WEAK;
  gab_root_add(&Root);
  From = nullptr;
}

TEST_F(Recorded, StoppedBetweenAWeakReadAndItsEntry) {
  auto Weak = std::make_unique<gab_root[]>(2); // not on the stack
  gab::Ref<Tag> T;
  gab::Ref<Holder> H;
  for (size_t I = 100; I < 200; ++I) // the line is not kept by others
    if (I != 150)
      at(I)->What = nullptr;
  makeWeak(Weak[0], at(150)->What);
  scrubStack();
  begin();
  readAcrossTheSecondPause(Weak[0], T);
  end();
  expectTag(T.get(), 150);
  makeWeak(Weak[1], (**All)[2000]);
  scrubStack();
  begin();
  readAcrossTheSecondPause(Weak[1], H);
  end();
  ASSERT_TRUE(H);
  EXPECT_EQ(H->Number, 2000u);
  expectTag(H->What.get(), 2000);
  gab_root_remove(&Weak[0]);
  gab_root_remove(&Weak[1]);
}

// Of an array in a row the marker does not read the length, so it may mark the
// next line too, which may belong to nobody.
TEST_F(Recorded, AnArrayAtTheEndOfALineThatNobodyHasTheNextOf) {
  using Text = gab::Array<char>;
  auto Row = std::make_unique<gab::Root<gab::Array<gab::Member<Text>>>>(
      gab::make_array<gab::Member<Text>>(100));
  std::atomic<bool> Ready{false}, Done{false};
  std::thread First([&] { // has a run in their block, which stays therefore
    gab::make<Tag>(0u, 0u);
    gab::BlockedScope S;
    Ready.store(true);
    while (!Done.load())
      std::this_thread::yield();
  });
  std::thread Second([&] {
    while (!Ready.load())
      std::this_thread::yield();
    constexpr size_t Last = rt::LineSize - 64;
    uintptr_t At;
    do {
      (**Row)[7] = gab::make_array<char>(56);
      At = reinterpret_cast<uintptr_t>((**Row)[7].get());
    } while (At % rt::LineSize < Last || rt::self()->Small.End - At < 1000);
  }); // gives the rest of its lines back
  {
    gab::BlockedScope S;
    Second.join();
  }
  begin();
  end();
  Done.store(true);
  EXPECT_EQ((**Row)[7]->size(), 56u);
  expectAll();
  gab::BlockedScope S;
  First.join();
}

TEST_F(Recorded, ManyCyclesOneAfterAnother) {
  for (int Round = 0; Round < 20; ++Round) {
    begin();
    for (size_t I = Round; I < N; I += 7) {
      gab::Ref<Holder> New = gab::make<Holder>();
      New->Number = I;
      New->What = at(I)->What;
      (**All)[I] = New;
    }
    end();
    expectAll();
  }
}

} // namespace
