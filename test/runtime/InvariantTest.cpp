// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Invariants S and B, each by doing by hand what a thread may be stopped in
/// the middle of: the stop is forced at that very place.
#include "gab/gab.hpp"
#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace {

struct Cell {
  uint64_t Words[4];
};
GAB_NOSCAN(Cell);
struct Holder {
  gab::Member<Holder> Other;
  gab::Member<Cell> Value;
  uint64_t Number = 0;
  GAB_TRACE(Holder, Other, Value)
};

/// Another thread that collects when told to, so that the caller is stopped
/// wherever it spins.
class Collector {
  std::atomic<int> Wanted{0}, Done{0};
  std::atomic<bool> Stop{false};
  std::thread T{[this] {
    gab::ThreadScope Scope;
    int Seen = 0;
    for (;;) {
      gab::BlockedScope Waiting;
      while (Wanted.load() == Seen && !Stop.load())
        std::this_thread::yield();
      if (Stop.load())
        return;
      Seen = Wanted.load();
      gab_leave_blocked();
      gab_collect(Kind);
      gab_enter_blocked();
      Done.store(Seen);
    }
  }};

public:
  gab_kind Kind = GAB_COLLECT_COMPACT;
  /// Returns after a collection during which this thread did not poll.
  [[gnu::always_inline]] void collectNow() {
    int Ticket = Wanted.fetch_add(1) + 1;
    while (Done.load() != Ticket) {
    }
  }
  ~Collector() {
    Stop = true;
    gab::BlockedScope S;
    T.join();
  }
};

// S: stopped between loading and storing top. The memory that was decided on
// must still be ours afterwards.
TEST(Invariant, StoppedBetweenLoadAndStoreOfTop) {
  Collector C;
  gab::Root<gab::Array<gab::Member<Cell>>> All =
      gab::make_array<gab::Member<Cell>>(4000);
  for (int Round = 0; Round < 40; ++Round) {
    gab::make<Cell>(); // there is a run now
    uintptr_t Top = __atomic_load_n(&gab_tls.small.top, __ATOMIC_RELAXED);
    uintptr_t End = __atomic_load_n(&gab_tls.small.end, __ATOMIC_RELAXED);
    if (intptr_t(End - Top) < 32)
      continue;
    C.collectNow();
    __atomic_store_n(&gab_tls.small.top, Top + 32, __ATOMIC_RELAXED);
    auto *Mine = reinterpret_cast<Cell *>(Top);
    for (uint64_t &W : Mine->Words)
      W = 0xABCD0000u + Round;
    gab::Root<Cell> Hand = gab::Ref<Cell>(Mine);
    for (int I = 0; I < 4000; ++I) {
      gab::Ref<Cell> Other = gab::make<Cell>();
      for (uint64_t &W : Other->Words)
        W = 7;
      (*All)[I] = Other;
    }
    for (uint64_t W : Hand->Words)
      ASSERT_EQ(W, 0xABCD0000u + Round);
  }
}

// S for cells with references: the header is not written yet.
TEST(Invariant, StoppedBeforeTheHeaderIsWritten) {
  Collector C;
  constexpr unsigned Class = gab::detail::classOf(sizeof(Holder) + 8);
  for (int Round = 0; Round < 40; ++Round) {
    gab::make<Holder>();
    uintptr_t Top = gab_tls.scan[Class].top;
    if (intptr_t(gab_tls.scan[Class].end - Top) <
        intptr_t(gab::detail::CellSizes[Class]))
      continue;
    __atomic_store_n(&gab_tls.scan[Class].top,
                     Top + gab::detail::CellSizes[Class], __ATOMIC_RELAXED);
    C.collectNow(); // carved, header null, held by a register
    *reinterpret_cast<const gab_type **>(Top) = gab::type_of<Holder>();
    auto *Mine = ::new (reinterpret_cast<void *>(Top + 8)) Holder;
    Mine->Number = 1000 + Round;
    gab::Root<Holder> Hand = gab::Ref<Holder>(Mine);
    Hand->Value = gab::make<Cell>();
    Hand->Value->Words[0] = Round;
    C.collectNow();
    ASSERT_EQ(Hand->Number, 1000u + Round);
    ASSERT_EQ(Hand->Value->Words[0], uint64_t(Round));
  }
}

// A stale word on a stack may refer to a cell that its run has not handed out
// yet. The object that is made there later must not count as old from birth: it
// would not be traced by minor cycles, and stores into it would not be logged.
TEST(Invariant, AStaleWordDoesNotAgeAFutureObject) {
  constexpr unsigned Class = gab::detail::classOf(sizeof(Holder) + 8);
  constexpr uintptr_t Size = gab::detail::CellSizes[Class];
  for (int Round = 0; Round < 40; ++Round) {
    gab::make<Holder>();
    volatile uintptr_t Stale[3];
    uintptr_t Top = gab_tls.scan[Class].top;
    if (intptr_t(gab_tls.scan[Class].end - Top) < intptr_t(4 * Size))
      continue;
    for (uintptr_t I = 0; I < 3; ++I)
      Stale[I] = Top + 8 + I * Size;
    gab::collect_minor();
    for (volatile uintptr_t &S : Stale)
      S = 0;
    gab::Root<Holder> Made[3];
    for (auto &M : Made)
      M = gab::make<Holder>();
    for (auto &M : Made) {
      M->Other = gab::make<Holder>();
      M->Other->Number = 70 + Round;
      M->Value = gab::make<Cell>();
      M->Value->Words[3] = 30 + Round;
    }
    for (int I = 0; I < 3; ++I) {
      for (int K = 0; K < 3000; ++K) {
        gab::make<Holder>()->Number = K;
        gab::make<Cell>()->Words[3] = K;
      }
      gab::collect_minor();
    }
    for (auto &M : Made) {
      ASSERT_EQ(M->Other->Number, 70u + Round);
      ASSERT_EQ(M->Value->Words[3], 30u + Round);
    }
  }
}

// B: the barrier has been passed, the store has not happened, a cycle comes in
// between. The next minor cycle must still find the young object.
TEST(Invariant, StoppedBetweenBarrierAndStore) {
  Collector C;
  C.Kind = GAB_COLLECT_MINOR;
  gab::Root<Holder> Old = gab::make<Holder>();
  gab::collect();
  gab::collect(); // Old is old now
  for (int Round = 0; Round < 40; ++Round) {
    Holder *Raw = Old.get();
    gab::Ref<Holder> Young = gab::make<Holder>();
    Young->Number = 500 + Round;
    auto *Slot = reinterpret_cast<void **>(&Raw->Other);
    gab::detail::barrier(Slot, gab::type_of<Holder>(), 0, nullptr);
    C.collectNow();
    // The young object became old in that cycle; so make another one, which
    // only the store below will refer to.
    gab::Ref<Holder> Younger = gab::make<Holder>();
    Younger->Number = 900 + Round;
    gab::detail::storeSlot(*Slot, Younger.get());
    Younger = Young = nullptr;
    gab::keep_alive(Raw);
    for (int I = 0; I < 2000; ++I)
      gab::make<Holder>()->Number = I;
    gab::collect_minor();
    for (int I = 0; I < 2000; ++I)
      gab::make<Holder>()->Number = I;
    ASSERT_TRUE(Old->Other);
    ASSERT_EQ(Old->Other->Number, 900u + Round);
  }
}

// The same with a small object, which moves.
TEST(Invariant, StoppedBetweenBarrierAndStoreOfSmall) {
  Collector C;
  C.Kind = GAB_COLLECT_MINOR;
  gab::Root<Holder> Old = gab::make<Holder>();
  gab::collect();
  gab::collect();
  for (uint64_t Round = 0; Round < 40; ++Round) {
    Holder *Raw = Old.get();
    auto *Slot = reinterpret_cast<void **>(&Raw->Value);
    gab::detail::barrier(Slot, gab::type_of<Cell>(), 0, nullptr);
    C.collectNow();
    gab::Ref<Cell> Young = gab::make<Cell>();
    Young->Words[0] = Young->Words[3] = 4000 + Round;
    gab::detail::storeSlot(*Slot, Young.get());
    Young = nullptr;
    gab::keep_alive(Raw);
    for (int I = 0; I < 3000; ++I)
      gab::make<Cell>()->Words[0] = I;
    gab::collect_minor();
    for (int I = 0; I < 3000; ++I)
      gab::make<Cell>()->Words[0] = I;
    ASSERT_EQ(Old->Value->Words[0], 4000 + Round);
    ASSERT_EQ(Old->Value->Words[3], 4000 + Round);
  }
}

// B: what was on the stack of a thread that was stopped anywhere is looked at
// again. It may be a word that leads to where nothing was made, in a run that
// the thread gives up when it ends. (AddressSanitizer sees who looks there.)
TEST(Invariant, AWordToACellThatIsGivenUp) {
  for (int Round = 0; Round < 10; ++Round) {
    {
      Collector C;
      C.Kind = GAB_COLLECT_MINOR;
      std::thread T([&] {
        gab::make<Holder>();
        uintptr_t Stale[GAB_FAST_CLASSES];
        for (unsigned I = 0; I < GAB_FAST_CLASSES; ++I)
          Stale[I] = gab_tls.scan[I].top + 8;
        gab::keep_alive(Stale);
        C.collectNow();
        gab::keep_alive(Stale);
      });
      gab::BlockedScope S;
      T.join();
    }
    gab::collect_minor();
    EXPECT_TRUE(gab_verify());
  }
}

// The thread that collects: its caller's registers hold the only references.
extern "C" void gabTestCallWith(void (*F)(), uintptr_t *Hidden, uintptr_t Mask);
asm(R"(
  .text
  .type gabTestCallWith, @function
gabTestCallWith:
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  pushq %rsi
  pushq %rdx
  subq $8, %rsp
  movq %rdx, %rbx
  movq %rdx, %rbp
  movq %rdx, %r12
  movq %rdx, %r13
  movq %rdx, %r14
  movq %rdx, %r15
  xorq 0(%rsi), %rbx
  xorq 8(%rsi), %rbp
  xorq 16(%rsi), %r12
  xorq 24(%rsi), %r13
  xorq 32(%rsi), %r14
  xorq 40(%rsi), %r15
  call *%rdi
  addq $8, %rsp
  popq %rdx
  popq %rsi
  xorq %rdx, %rbx
  xorq %rdx, %rbp
  xorq %rdx, %r12
  xorq %rdx, %r13
  xorq %rdx, %r14
  xorq %rdx, %r15
  movq %rbx, 0(%rsi)
  movq %rbp, 8(%rsi)
  movq %r12, 16(%rsi)
  movq %r13, 24(%rsi)
  movq %r14, 32(%rsi)
  movq %r15, 40(%rsi)
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
  ret
  .size gabTestCallWith, .-gabTestCallWith
)");

constexpr uintptr_t Mask = 0x5555555555555555;

/// Six objects far from one another, as hidden addresses.
[[gnu::noinline]] void makeHidden(uintptr_t *Hidden) {
  gab::Root<Cell> Kept[6];
  for (uintptr_t I = 0; I < 6; ++I) {
    Kept[I] = gab::make<Cell>();
    for (uint64_t &W : Kept[I]->Words)
      W = 7000 + I;
    for (int J = 0; J < 5000; ++J)
      gab::make<Cell>()->Words[0] = J;
  }
  for (uintptr_t I = 0; I < 6; ++I)
    Hidden[I] = reinterpret_cast<uintptr_t>(Kept[I].get()) ^ Mask;
}

TEST(Invariant, RegistersOfTheThreadThatCollects) {
  for (int Round = 0; Round < 10; ++Round) {
    uintptr_t Hidden[6], Before[6];
    makeHidden(Hidden);
    std::copy(Hidden, Hidden + 6, Before);
    gabTestCallWith(
        [] {
          gab_collect(GAB_COLLECT_COMPACT);
          for (int I = 0; I < 60000; ++I) // into what has come free
            gab::make<Cell>()->Words[3] = I;
        },
        Hidden, Mask);
    for (uint64_t I = 0; I < 6; ++I) {
      ASSERT_EQ(Hidden[I], Before[I]) << I;
      auto *C = reinterpret_cast<Cell *>(Hidden[I] ^ Mask);
      for (uint64_t W : C->Words)
        ASSERT_EQ(W, 7000 + I);
    }
  }
}

} // namespace
