// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Threads that come and go, stops at arbitrary instructions, fork, signals.
/// Every thread checks the objects it holds; nobody may ever see another's.
#include "gab/gab.hpp"
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
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

/// Keeps a queue of Window nodes and replaces the oldest, Rounds times. True if
/// all contents were right.
bool churn(uint64_t Owner, unsigned Window, unsigned Rounds) {
  gab::Root<gab::Array<gab::Member<Node>>> All =
      gab::make_array<gab::Member<Node>>(Window);
  for (uint64_t I = 0; I < Rounds; ++I) {
    Node *Old = (*All)[I % Window].get();
    if (Old && (Old->Serial != I - Window || Old->What->Owner != Owner ||
                Old->What->Check != checkOf(Owner, Old->Serial)))
      return false;
    gab::Ref<Node> N = gab::make<Node>();
    N->Serial = I;
    N->What = gab::make<Item>(Owner, I, checkOf(Owner, I));
    if (I)
      N->Next = gab::Ref<Node>((*All)[(I - 1) % Window]);
    (*All)[I % Window] = N;
    if (I >= Window)
      (*All)[(I + 1) % Window]->Next = nullptr;
  }
  return true;
}

void joinAll(std::vector<std::thread> &Threads) {
  gab::BlockedScope S;
  for (std::thread &T : Threads)
    T.join();
}

TEST(Thread, FourThreadsChurn) {
  std::atomic<int> Good{0};
  std::vector<std::thread> Threads;
  for (uint64_t I = 1; I <= 4; ++I)
    Threads.emplace_back([&, I] { Good += churn(I, 500, 60000); });
  joinAll(Threads);
  EXPECT_EQ(Good, 4);
}

TEST(Thread, StormOfShortThreads) {
  std::atomic<int> Good{0};
  std::atomic<bool> Stop{false};
  std::thread Collecting([&] {
    while (!Stop)
      gab::collect();
  });
  for (int Round = 0; Round < 25; ++Round) {
    std::vector<std::thread> Threads;
    for (uint64_t I = 1; I <= 4; ++I)
      Threads.emplace_back([&, I] { Good += churn(I, 20, 300); });
    joinAll(Threads);
  }
  Stop = true;
  gab::BlockedScope S;
  Collecting.join();
  EXPECT_EQ(Good, 100);
}

TEST(Thread, SpinningThreadIsStopped) {
  if (UNDER_TSAN)
    GTEST_SKIP() << "ThreadSanitizer delivers signals at calls only";
  std::atomic<int> Started{0};
  std::atomic<bool> Stop{false};
  std::atomic<bool> Good{true};
  std::vector<std::thread> Threads;
  for (int I = 0; I < 2; ++I)
    Threads.emplace_back([&] {
      Item *Raw = gab::make<Item>(7u, 8u, checkOf(7, 8)).get();
      ++Started;
      while (!Stop) // never allocates, never polls
        if (Raw->Check != checkOf(7, 8))
          Good = false;
    });
  while (Started < 2)
    std::this_thread::yield();
  for (int I = 0; I < 50; ++I) {
    gab::compact();
    for (int K = 0; K < 2000; ++K)
      gab::make<Item>(1u, 1u, 1u);
  }
  Stop = true;
  joinAll(Threads);
  EXPECT_TRUE(Good);
}

TEST(Thread, BlockedThreadKeepsWhatItsFrameHolds) {
  int Pipe[2];
  ASSERT_EQ(pipe(Pipe), 0);
  std::atomic<bool> Ready{false}, Good{false};
  std::thread T([&] {
    Item *Raw = gab::make<Item>(3u, 4u, checkOf(3, 4)).get();
    Ready = true;
    char C;
    {
      gab::BlockedScope S;
      Good = read(Pipe[0], &C, 1) == 1;
    }
    Good = Good && Raw->Check == checkOf(3, 4);
  });
  while (!Ready)
    std::this_thread::yield();
  for (int I = 0; I < 20; ++I) {
    gab::compact();
    for (int K = 0; K < 5000; ++K)
      gab::make<Item>(1u, 1u, 1u);
  }
  ASSERT_EQ(write(Pipe[1], "x", 1), 1);
  gab::BlockedScope S;
  T.join();
  EXPECT_TRUE(Good);
  close(Pipe[0]);
  close(Pipe[1]);
}

pthread_key_t LateKey;
std::atomic<int> LateRuns{0};

void lateDestructor(void *Value) {
  // Allocates after the runtime's own key may already have been destroyed.
  churn(99, 10, 200);
  auto Left = reinterpret_cast<uintptr_t>(Value);
  ++LateRuns;
  if (Left > 1)
    pthread_setspecific(LateKey, reinterpret_cast<void *>(Left - 1));
}

TEST(Thread, AllocationInLateTlsDestructors) {
  LateRuns = 0;
  ASSERT_EQ(pthread_key_create(&LateKey, lateDestructor), 0);
  for (int I = 0; I < 10; ++I) {
    std::thread T([] {
      gab::make<Item>(1u, 1u, 1u);
      pthread_setspecific(LateKey, reinterpret_cast<void *>(2));
    });
    gab::BlockedScope S;
    T.join();
  }
  EXPECT_EQ(LateRuns, 20);
  pthread_key_delete(LateKey);
  gab::collect();
  EXPECT_LE(gab::stats().threads, 2u);
}

TEST(Thread, HandingObjectsFromThreadToThread) {
  gab_attach(); // it reads a handle before it allocates
  constexpr uint64_t N = 4000;
  struct Box {
    gab::Root<Node> Slot;
    std::atomic<uint64_t> Full{0};
  } B;
  std::atomic<bool> Good{true};
  std::thread Producer([&] {
    for (uint64_t I = 1; I <= N; ++I) {
      while (B.Full.load() != 0) {
        gab_safepoint();
        sched_yield(); // the other may have no core
      }
      gab::Local<Node> Made = gab::make<Node>();
      Made->Serial = I;
      Made->What = gab::make<Item>(5u, I, checkOf(5, I));
      B.Slot = Made;
      B.Full = I;
    }
  });
  for (uint64_t I = 1; I <= N; ++I) {
    while (B.Full.load() != I) {
      gab_safepoint();
      sched_yield();
    }
    gab::Local<Node> Got = B.Slot.operator gab::Ref<Node>();
    if (Got->Serial != I || Got->What->Check != checkOf(5, I))
      Good = false;
    for (int K = 0; K < 5; ++K)
      gab::make<Item>(1u, 1u, 1u);
    B.Full = 0;
  }
  gab::BlockedScope S;
  Producer.join();
  EXPECT_TRUE(Good);
}

TEST(Thread, ForkStorm) {
  if (UNDER_TSAN)
    GTEST_SKIP() << "a forked ThreadSanitizer child cannot start threads";
  std::atomic<bool> Stop{false};
  std::atomic<bool> Good{true};
  std::vector<std::thread> Threads;
  for (uint64_t I = 1; I <= 2; ++I)
    Threads.emplace_back([&, I] {
      while (!Stop)
        if (!churn(I, 100, 2000))
          Good = false;
    });
  gab::Root<Node> Shared = gab::make<Node>();
  Shared->What = gab::make<Item>(8u, 9u, checkOf(8, 9));
  for (int I = 0; I < 20; ++I) {
    pid_t Child = fork();
    ASSERT_GE(Child, 0);
    if (Child == 0) {
      bool Fine = churn(50, 100, 5000);
      gab::collect();
      Fine = Fine && Shared->What->Check == checkOf(8, 9);
      std::thread T([&] { Fine = churn(51, 50, 2000) && Fine; });
      {
        gab::BlockedScope S;
        T.join();
      }
      gab::compact();
      _exit(Fine ? 0 : 1);
    }
    int Status = -1;
    gab::BlockedScope S;
    ASSERT_EQ(waitpid(Child, &Status, 0), Child);
    EXPECT_TRUE(WIFEXITED(Status) && WEXITSTATUS(Status) == 0) << Status;
  }
  Stop = true;
  joinAll(Threads);
  EXPECT_TRUE(Good);
}

/// What a thread that is not stopped goes on doing while another one forks.
std::atomic<uint64_t> Progress{0};
std::atomic<bool> Watching{false};
std::atomic<int> Moved{0}, Forks{0};

void whileForking() {
  if (!Watching)
    return;
  uint64_t Before = Progress;
  usleep(10000);
  Moved += Progress > Before + 2; // each of two may have been about to count
  ++Forks;
}
/// Registered before the runtime's, so that it runs after it.
[[maybe_unused]] const int Registered =
    pthread_atfork(whileForking, nullptr, nullptr);

// A thread that has taken a block off a list prepares it without a lock: a
// child made at that moment would find it half prepared. A thread that was
// interrupted in malloc has to go on, or fork would wait for it.
TEST(Thread, ForkFindsNobodyAllocating) {
  gab::Root<Node> Kept = gab::make<Node>();
  std::atomic<bool> Stop{false};
  std::vector<std::thread> Threads;
  for (int I = 0; I < 2; ++I)
    Threads.emplace_back([&] {
      gab::Root<Node> Last;
      while (!Stop) {
        Last = gab::make<Node>();
        ++Progress;
      }
    });
  while (Progress < 1000)
    std::this_thread::yield();
  Watching = true;
  for (int I = 0; I < 5; ++I) {
    pid_t Child = fork();
    ASSERT_GE(Child, 0);
    if (Child == 0)
      _exit(0);
    gab::BlockedScope S;
    ASSERT_EQ(waitpid(Child, nullptr, 0), Child);
  }
  Watching = false;
  Stop = true;
  joinAll(Threads);
  EXPECT_EQ(Forks, 5);
  EXPECT_EQ(Moved, 0);
}

TEST(Thread, ForkWaitsForNobodyInMalloc) {
  gab::Root<Node> Kept = gab::make<Node>();
  std::atomic<bool> Stop{false};
  std::vector<std::thread> Threads;
  for (int I = 0; I < 2; ++I)
    Threads.emplace_back([&] {
      gab::Root<Node> Mine = gab::make<Node>();
      while (!Stop) // without a poll: only the signal stops it
        std::free(std::malloc(Progress++ % 100000));
    });
  for (int I = 0; I < 100; ++I) {
    pid_t Child = fork();
    ASSERT_GE(Child, 0);
    if (Child == 0)
      _exit(0);
    gab::BlockedScope S;
    ASSERT_EQ(waitpid(Child, nullptr, 0), Child);
  }
  Stop = true;
  joinAll(Threads);
}

std::atomic<uint64_t> Ticks{0};

TEST(Thread, ProfilingSignalsAtTenKilohertz) {
  Ticks = 0;
  struct sigaction Action = {}, Before;
  Action.sa_handler = [](int) { ++Ticks; };
  Action.sa_flags = SA_RESTART;
  ASSERT_EQ(sigaction(SIGPROF, &Action, &Before), 0);
  itimerval Timer = {{0, 100}, {0, 100}}, Off = {};
  setitimer(ITIMER_PROF, &Timer, nullptr);
  std::atomic<int> Good{0};
  std::vector<std::thread> Threads;
  for (uint64_t I = 1; I <= 3; ++I)
    Threads.emplace_back([&, I] {
      bool Fine = true;
      while (Ticks < 100 && Fine)
        Fine = churn(I, 300, 20000);
      Good += Fine;
    });
  for (int I = 0; I < 20; ++I)
    gab::collect();
  joinAll(Threads);
  setitimer(ITIMER_PROF, &Off, nullptr);
  sigaction(SIGPROF, &Before, nullptr);
  EXPECT_EQ(Good, 3);
  EXPECT_GE(Ticks, 100u);
}

} // namespace
