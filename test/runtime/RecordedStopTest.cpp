// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Blocks that a concurrent cycle empties, where other threads have a part in
/// it: stops at the worst instructions, and runs that are given back.
#include "RecordedCycle.h"
#include <thread>

namespace {

using namespace recorded;

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

} // namespace
