// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Blocks that a concurrent cycle empties (Recorded.cpp): each of its rules by
/// doing what it is about between the first pause and the second.
#include "RecordedCycle.h"

namespace {

using namespace recorded;

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
