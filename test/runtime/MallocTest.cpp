// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Explicit-free allocation against a shadow that knows what is in each cell.
#include "Malloc.h"
#include "Os.h"
#include "Sanitizer.h"
#include "gab/c.h"
#include <atomic>
#include <errno.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <pthread.h>
#include <random>
#include <set>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace gab::rt;

namespace {

/// Memory that is filled with a byte of its own, so that two owners show.
struct Filled {
  unsigned char *At;
  size_t Bytes;
  unsigned char With;

  Filled(size_t N, unsigned char Byte)
      : At(static_cast<unsigned char *>(gab_malloc(N))), Bytes(N), With(Byte) {
    memset(At, Byte, N);
  }
  bool intact() const {
    for (size_t I = 0; I < Bytes; ++I)
      if (At[I] != With)
        return false;
    return true;
  }
  void drop() const { gab_free(At); }
};

/// Sizes as programs have them: most small, some at the edges of classes.
size_t someSize(std::mt19937 &Random) {
  unsigned Kind = Random() % 16;
  if (Kind < 11)
    return Random() % 129;
  if (Kind < 14)
    return Random() % 1100;
  return Random() % (ManualLimit + 2000);
}

bool hasBins() {
  void *P = gab_malloc(16);
  bool Yes = manualUsable(P) != 0;
  gab_free(P);
  return Yes;
}

#define NEEDS_BINS()                                                           \
  if (!hasBins())                                                              \
  GTEST_SKIP() << "under AddressSanitizer all is malloc's"

TEST(Malloc, ClassesCoverAllSizes) {
  for (size_t Bytes = 1; Bytes <= ManualLimit; ++Bytes) {
    unsigned Class = manualClass(Bytes);
    ASSERT_GE(manualCell(Class), Bytes);
    ASSERT_TRUE(Class == 1 || manualCell(Class - 1) < Bytes) << Bytes;
    ASSERT_EQ(manualCell(Class) % 16, 0u);
    ASSERT_LE(manualCell(Class), Bytes + 15 + Bytes / 4);
  }
}

TEST(Malloc, CellsAreAlignedAndLargeEnough) {
  NEEDS_BINS();
  for (size_t Bytes : {0, 1, 15, 16, 17, 128, 1024, 1025, 4097, 8192}) {
    void *P = gab_malloc(Bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(P) % 16, 0u);
    EXPECT_GE(manualUsable(P), Bytes);
    gab_free(P);
  }
}

TEST(Malloc, LargeMemoryIsLibcs) {
  void *P = gab_malloc(ManualLimit + 1);
  EXPECT_EQ(manualUsable(P), 0u);
  gab_free(P);
  gab_free(nullptr);
  gab_free(malloc(40));
}

TEST(Malloc, TheCellFreedLastComesFirst) {
  NEEDS_BINS();
  void *P = gab_malloc(48);
  gab_free(P);
  EXPECT_EQ(gab_malloc(40), P);
  gab_free(P);
}

TEST(Malloc, RandomLifetimes) {
  unsigned Seed = 20261130;
  printf("seed %u\n", Seed);
  std::mt19937 Random(Seed);
  std::vector<Filled> Live;
  for (unsigned Step = 0; Step < 300'000; ++Step) {
    // Waves: mostly growing, then mostly shrinking.
    bool Grow = Step / 30'000 % 2 == 0;
    if (Live.empty() || Random() % 8 < (Grow ? 5u : 3u)) {
      Live.emplace_back(someSize(Random), static_cast<unsigned char>(Step));
      continue;
    }
    std::swap(Live[Random() % Live.size()], Live.back());
    ASSERT_TRUE(Live.back().intact()) << "step " << Step;
    Live.back().drop();
    Live.pop_back();
  }
  for (const Filled &F : Live) {
    ASSERT_TRUE(F.intact());
    F.drop();
  }
}

TEST(Malloc, NoCellIsHandedOutTwice) {
  NEEDS_BINS();
  std::set<void *> Seen;
  for (unsigned I = 0; I < 20'000; ++I)
    ASSERT_TRUE(Seen.insert(gab_malloc(I % 2 ? 24 : 200)).second);
  for (void *P : Seen)
    gab_free(P);
}

TEST(Malloc, MemoryMovesBetweenClasses) {
  NEEDS_BINS();
  auto Fill = [](size_t Bytes) {
    std::vector<void *> All(size_t(24) << 20 >> 4, nullptr);
    size_t N = (size_t(24) << 20) / Bytes;
    for (size_t I = 0; I < N; ++I)
      All[I] = gab_malloc(Bytes);
    for (size_t I = 0; I < N; ++I)
      gab_free(All[I]);
  };
  Fill(32);
  size_t After = manualStats().CommittedBytes;
  for (size_t Bytes : {64, 160, 1024, 5000})
    Fill(Bytes);
  // What bins and spare slabs hold back, and no more.
  EXPECT_LE(manualStats().CommittedBytes, After + After / 4);
}

TEST(Malloc, IdleMemoryGoesBack) {
  NEEDS_BINS();
  std::vector<void *> All;
  auto Wave = [&](size_t Bytes) {
    for (size_t I = 0; I < Bytes / 512; ++I)
      All.push_back(gab_malloc(512));
    for (void *P : All)
      gab_free(P);
    All.clear();
  };
  Wave(size_t(40) << 20);
  for (int I = 0; I < 2; ++I) {
    sleep(1);
    Wave(size_t(1) << 20);
  }
  EXPECT_GE(manualStats().ReturnedBytes, size_t(30) << 20);
  Wave(size_t(40) << 20); // and comes again
}

/// Large pages are asked for at \p At. -1: the system cannot say.
static int asksForLargePages(uintptr_t At) {
  FILE *Maps = fopen("/proc/self/smaps", "r");
  if (!Maps)
    return -1;
  char Line[512];
  bool Here = false;
  int Found = -1;
  while (fgets(Line, sizeof Line, Maps)) {
    unsigned long From, To;
    if (sscanf(Line, "%lx-%lx ", &From, &To) == 2)
      Here = From <= At && At < To;
    else if (Here && !strncmp(Line, "VmFlags:", 8))
      Found = strstr(Line, " hg") != nullptr;
  }
  fclose(Maps);
  return Found;
}

TEST(Malloc, LargePagesComeWhenTheHeapIsLarge) {
  NEEDS_BINS();
  if (access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0)
    GTEST_SKIP() << "a system without large pages";
  constexpr size_t Bytes = size_t(24) << 20;
  std::vector<void *> All;
  for (size_t I = 0; I < Bytes / 512; ++I)
    All.push_back(gab_malloc(512));
  EXPECT_EQ(asksForLargePages(Manual.Base + (size_t(8) << 20)), 0);
  EXPECT_EQ(asksForLargePages(Manual.Base + (size_t(20) << 20)), 1);
  for (void *P : All)
    gab_free(P);
}

TEST(Malloc, CellsTravelBetweenThreads) {
  // Each thread allocates for the next one, which looks and frees.
  constexpr unsigned Threads = 4, Rounds = 2'000;
  std::atomic<Filled *> Box[Threads] = {};
  std::atomic<unsigned> Broken{0};
  auto Work = [&](unsigned Me) {
    std::mt19937 Random(Me + 1);
    for (unsigned I = 0; I < Rounds; ++I) {
      auto *Mine = new Filled(someSize(Random), static_cast<unsigned char>(I));
      Filled *Old = Box[(Me + 1) % Threads].exchange(Mine);
      Filled *Theirs = Box[Me].exchange(nullptr);
      for (Filled *F : {Old, Theirs}) {
        if (!F)
          continue;
        Broken += !F->intact();
        F->drop();
        delete F;
      }
    }
  };
  std::vector<std::thread> All;
  for (unsigned I = 0; I < Threads; ++I)
    All.emplace_back(Work, I);
  for (std::thread &T : All)
    T.join();
  for (auto &B : Box)
    if (Filled *F = B.load()) {
      F->drop();
      delete F;
    }
  EXPECT_EQ(Broken.load(), 0u);
}

TEST(Malloc, WhatAThreadHasGoesBackWhenItEnds) {
  NEEDS_BINS();
  size_t Before = 0;
  for (int I = 0; I < 200; ++I) {
    std::thread([] {
      std::vector<void *> Mine;
      for (int K = 0; K < 3'000; ++K)
        Mine.push_back(gab_malloc(96));
      for (void *P : Mine)
        gab_free(P);
    }).join();
    if (I == 20)
      Before = manualStats().CommittedBytes;
  }
  EXPECT_EQ(manualStats().CommittedBytes, Before);
}

/// Frees and allocates in the destructor of a key that may run after ours.
pthread_key_t LateKey;
void late(void *P) {
  gab_free(P);
  void *Again = gab_malloc(200);
  memset(Again, 1, 200);
  gab_free(Again);
}

TEST(Malloc, LateDestructorsMayAllocate) {
  ASSERT_EQ(pthread_key_create(&LateKey, late), 0);
  for (int I = 0; I < 20; ++I)
    std::thread([] { pthread_setspecific(LateKey, gab_malloc(200)); }).join();
}

/// Comes again in each round of destructors, the last one included.
pthread_key_t StubbornKey;
void stubborn(void *P) {
  auto Round = reinterpret_cast<uintptr_t>(P);
  gab_free(gab_malloc(200));
  if (Round < PTHREAD_DESTRUCTOR_ITERATIONS)
    pthread_setspecific(StubbornKey, reinterpret_cast<void *>(Round + 1));
}

size_t mappedBytes() {
  size_t Pages = 0;
  FILE *File = fopen("/proc/self/statm", "r");
  EXPECT_EQ(fscanf(File, "%zu", &Pages), 1);
  fclose(File);
  return Pages * 4096;
}

TEST(Malloc, NoBinsAreLeftBehindByTheLastDestructor) {
  if (GAB_TSAN)
    GTEST_SKIP() << "ThreadSanitizer forgets the thread in the same round";
  gab_free(gab_malloc(200)); // the library's key shall be the first
  ASSERT_EQ(pthread_key_create(&StubbornKey, stubborn), 0);
  size_t Before = 0;
  for (int I = 0; I < 300; ++I) {
    if (I == 20)
      Before = mappedBytes();
    std::thread([] {
      gab_free(gab_malloc(200));
      pthread_setspecific(StubbornKey, reinterpret_cast<void *>(1));
    }).join();
  }
  EXPECT_LE(mappedBytes(), Before + (size_t(2) << 20));
}

/// What free() promises: the destructors on the way of an error keep it.
TEST(Malloc, ErrnoOutlivesFree) {
  NEEDS_BINS();
  std::atomic<bool> Stop{false};
  std::atomic<unsigned> Changed{0};
  std::vector<std::thread> All;
  for (int T = 0; T < 4; ++T)
    All.emplace_back([&] {
      std::vector<void *> Mine(2'000);
      while (!Stop) {
        for (void *&P : Mine)
          P = gab_malloc(64);
        errno = 77;
        for (void *P : Mine)
          gab_free(P);
        Changed += errno != 77;
      }
    });
  usleep(500'000);
  Stop = true;
  for (std::thread &T : All)
    T.join();
  EXPECT_EQ(Changed.load(), 0u);
}

/// A handler of fork that was registered before anything was allocated runs
/// while all locks are held.
void atFork() {
  std::vector<void *> Some(5'000);
  for (size_t I = 0; I < Some.size(); ++I)
    Some[I] = gab_malloc(20 + I % 500);
  for (void *P : Some)
    gab_free(P);
}
bool AtForkOn;
__attribute__((constructor(101))) void registerEarly() {
  auto Handler = [] {
    if (AtForkOn)
      atFork();
  };
  pthread_atfork(Handler, Handler, Handler);
}

TEST(Malloc, EarlyForkHandlersMayAllocate) {
  AtForkOn = true;
  for (int I = 0; I < 3; ++I) {
    pid_t Child = fork();
    if (Child == 0) {
      atFork();
      _exit(0);
    }
    int Status = 1;
    ASSERT_EQ(waitpid(Child, &Status, 0), Child);
    EXPECT_EQ(Status, 0);
  }
  AtForkOn = false;
}

/// The child of a fork works on while threads of the parent allocate.
TEST(Malloc, ForkWhileOthersAllocate) {
  std::atomic<bool> Stop{false};
  std::vector<std::thread> Others;
  for (unsigned I = 0; I < 3; ++I)
    Others.emplace_back([&Stop, I] {
      std::mt19937 Random(I);
      while (!Stop) {
        std::vector<Filled> Some;
        for (int K = 0; K < 200; ++K)
          Some.emplace_back(someSize(Random), 7);
        for (const Filled &F : Some)
          F.drop();
      }
    });
  for (int I = 0; I < 30; ++I) {
    pid_t Child = fork();
    if (Child == 0) {
      std::vector<void *> Mine;
      for (int K = 0; K < 20'000; ++K)
        Mine.push_back(gab_malloc(static_cast<size_t>(K % 700)));
      for (void *P : Mine)
        gab_free(P);
      _exit(0);
    }
    int Status = 1;
    ASSERT_EQ(waitpid(Child, &Status, 0), Child);
    EXPECT_EQ(Status, 0);
  }
  Stop = true;
  for (std::thread &T : Others)
    T.join();
}

TEST(Malloc, LibcHelpsOutWhenTheRangeDoesNotGrow) {
  NEEDS_BINS();
  std::vector<Filled> Mine;
  gab::os::failMapsAfter(3);
  size_t Elsewhere = 0;
  while (Elsewhere < 1'000 && Mine.size() < 200'000) {
    Mine.emplace_back(900, 3);
    Elsewhere += manualUsable(Mine.back().At) == 0;
  }
  gab::os::failMapsAfter(0);
  EXPECT_EQ(Elsewhere, 1'000u);
  for (const Filled &F : Mine) {
    ASSERT_TRUE(F.intact());
    F.drop();
  }
  Filled Again(900, 4);
  EXPECT_NE(manualUsable(Again.At), 0u);
  Again.drop();
}

/// Runs in a child, since the range is the process's.
template <class Function> int statusOf(Function F) {
  pid_t Child = fork();
  if (Child == 0)
    _exit(F());
  int Status = 1;
  waitpid(Child, &Status, 0);
  return Status;
}

/// Cells of 4 KB until there are so many bytes; how many are in bins.
size_t fill(std::vector<void *> &All, size_t Bytes) {
  size_t Cells = 0;
  for (size_t N = 0; N < Bytes; N += 4096) {
    All.push_back(gab_malloc(4000));
    Cells += manualUsable(All.back()) != 0;
  }
  return Cells;
}

TEST(Malloc, TheRangeGrowsWithWhatIsUsed) {
  NEEDS_BINS();
  size_t Before = Manual.Bytes;
  // A program may limit its own address space later.
  EXPECT_LE(Before, size_t(1) << 30);
  EXPECT_EQ(0, statusOf([Before] {
              std::vector<void *> All;
              size_t Want = Before + (size_t(64) << 20);
              if (fill(All, Want) != Want / 4096 || Manual.Bytes <= Before)
                return 1;
              for (void *P : All)
                gab_free(P);
              return 0;
            }));
}

TEST(Malloc, WhatLiesBehindTheRangeStays) {
  NEEDS_BINS();
  EXPECT_EQ(0, statusOf([] {
              auto *End = reinterpret_cast<char *>(Manual.Base) + Manual.Bytes;
              if (!gab::os::reserveAt(End, 4096))
                return 1;
              gab::os::allow(End, 4096);
              *End = 7;
              std::vector<void *> All;
              size_t Want = Manual.Bytes + (size_t(64) << 20);
              size_t Cells = fill(All, Want);
              if (Cells == 0 || Cells == Want / 4096 || *End != 7)
                return 2;
              for (void *P : All)
                gab_free(P);
              return 0;
            }));
}

} // namespace
