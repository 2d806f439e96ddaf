// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Stacks that the operating system does not know: ucontext fibers, switched on
/// one thread, moved between threads, and stopped by the signal while one runs.
#include "gab/gab.hpp"
#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <ucontext.h>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

namespace {

struct Item {
  uint64_t Owner, Serial, Check;
};
struct Node {
  gab::Member<Node> Next;
  gab::Member<Item> What;
  uint64_t Serial = 0;
  GAB_TRACE(Node, Next, What)
};

uint64_t checkOf(uint64_t Owner, uint64_t Serial) {
  return Owner * 0x9E3779B97F4A7C15ull ^ Serial * 0xC2B2AE3D27D4EB4Full;
}

/// A stack with a context. While it does not run, Suspended is its stack
/// pointer; what a switch saves lies above that or in the context, which is
/// part of the stack's block of memory and scanned with it.
class Fiber {
  static constexpr size_t Size = 256 << 10;
  struct Memory {
    alignas(16) char Stack[Size];
    ucontext_t Mine; ///< above the stack: inside [low, high)
  };
  std::unique_ptr<Memory> M = std::make_unique<Memory>();
  gab_stack Entry{};
  void *Suspended = nullptr;
  ucontext_t *Back = nullptr;
  void (*Body)(Fiber &);

  static void start(unsigned High, unsigned Low) {
    auto *F = reinterpret_cast<Fiber *>(uintptr_t(High) << 32 | Low);
    F->Body(*F);
    F->Done = true;
    setcontext(F->Back);
  }

public:
  uint64_t Number;
  bool Done = false, Good = true;

  Fiber(uint64_t N, void (*F)(Fiber &)) : Body(F), Number(N) {
    Entry.low = M.get();
    Entry.high = M.get() + 1;
    Entry.pointer = &Suspended;
    gab_stack_register(&Entry);
    getcontext(&M->Mine);
    M->Mine.uc_stack.ss_sp = M->Stack;
    M->Mine.uc_stack.ss_size = Size;
    auto Address = reinterpret_cast<uintptr_t>(this);
    makecontext(&M->Mine, reinterpret_cast<void (*)()>(&start), 2,
                unsigned(Address >> 32), unsigned(Address));
  }
  ~Fiber() { gab_stack_unregister(&Entry); }

  /// Runs the fiber until it yields or is done. The caller's own stack is
  /// announced as suspended meanwhile.
  [[gnu::noinline]] void run() {
    ucontext_t Here;
    void *Mine = __builtin_frame_address(0);
    // The context is in this frame, below its frame address.
    if (reinterpret_cast<char *>(&Here) < static_cast<char *>(Mine))
      Mine = &Here;
    gab_stack Own{};
    Own.pointer = &Mine;
    gab_stack_register(&Own); // low is null: the thread's own stack
    Back = &Here;
    swapcontext(&Here, &M->Mine);
    gab_stack_unregister(&Own);
  }
  [[gnu::noinline]] void yield() {
    Suspended = M->Stack; // all of it, whatever the switch still pushes
    swapcontext(&M->Mine, Back);
    // Here, not before the switch to this stack: a signal may stop the thread
    // between the two, and then nothing would scan it.
    Suspended = nullptr;
  }
};

void work(Fiber &F) {
  Node *Raw = gab::make<Node>().get(); // found by scanning the fiber's stack
  gab::Local<Node> Head = gab::make<Node>();
  Raw->What = gab::make<Item>(F.Number, 1u, checkOf(F.Number, 1));
  for (uint64_t I = 0; I < 200; ++I) {
    gab::Local<Node> New = gab::make<Node>();
    New->Serial = I;
    New->What = gab::make<Item>(F.Number, I, checkOf(F.Number, I));
    New->Next = gab::Ref<Node>(Head);
    Head = New;
    Item *Small = New->What.get();
    F.yield();
    F.Good = F.Good && Small->Check == checkOf(F.Number, I) &&
             Raw->What->Check == checkOf(F.Number, 1);
  }
  uint64_t Expect = 200;
  for (Node *N = Head.get(); N->What; N = N->Next.get()) {
    --Expect;
    F.Good = F.Good && N->Serial == Expect &&
             N->What->Check == checkOf(F.Number, Expect);
  }
  F.Good = F.Good && Expect == 0;
}

/// Runs eight fibers in turn, collecting between the turns; the caller's frame
/// holds references of its own meanwhile.
bool runFibers(uint64_t Owner) {
  std::vector<std::unique_ptr<Fiber>> All;
  for (uint64_t I = 0; I < 8; ++I)
    All.push_back(std::make_unique<Fiber>(Owner * 100 + I, work));
  Item *Mine = gab::make<Item>(Owner, 3u, checkOf(Owner, 3)).get();
  bool Good = true;
  for (int Turn = 0; Turn < 201; ++Turn)
    for (auto &F : All) {
      F->run();
      if (Turn % 20 == int(F->Number % 8))
        gab::compact();
      Good = Good && F->Good && Mine->Check == checkOf(Owner, 3);
    }
  for (auto &F : All)
    Good = Good && F->Done && F->Good;
  return Good;
}

TEST(Fiber, StacksOfSuspendedFibersAreScanned) {
  if (UNDER_SANITIZER)
    GTEST_SKIP() << "sanitizers have to be told of every switch";
  EXPECT_TRUE(runFibers(1));
}

TEST(Fiber, FibersOnSeveralThreadsWhileOthersCollect) {
  if (UNDER_SANITIZER)
    GTEST_SKIP() << "sanitizers have to be told of every switch";
  std::atomic<int> Good{0};
  std::vector<std::thread> Threads;
  for (uint64_t I = 1; I <= 3; ++I)
    Threads.emplace_back([&, I] { Good += runFibers(I); });
  gab::BlockedScope S;
  for (auto &T : Threads)
    T.join();
  EXPECT_EQ(Good, 3);
}

/// Never allocates or polls on its stack: only the signal can stop it there.
std::atomic<int> Spinning{0};
std::atomic<bool> StopSpinning{false};
void spin(Fiber &F) {
  Item *Raw = gab::make<Item>(F.Number, 5u, checkOf(F.Number, 5)).get();
  ++Spinning;
  while (!StopSpinning)
    if (Raw->Check != checkOf(F.Number, 5))
      F.Good = false;
}

TEST(Fiber, StoppedByTheSignalOnAFiber) {
  if (UNDER_SANITIZER)
    GTEST_SKIP() << "sanitizers have to be told of every switch";
  std::atomic<bool> Good{false};
  std::thread T([&] {
    Item *Below = gab::make<Item>(6u, 6u, checkOf(6, 6)).get();
    Fiber F(7, spin);
    F.run();
    Good = F.Good && F.Done && Below->Check == checkOf(6, 6);
  });
  while (!Spinning)
    std::this_thread::yield();
  for (int I = 0; I < 40; ++I) {
    gab::compact();
    for (int K = 0; K < 2000; ++K)
      gab::make<Item>(1u, 1u, 1u);
  }
  StopSpinning = true;
  gab::BlockedScope S;
  T.join();
  EXPECT_TRUE(Good);
}

} // namespace
