// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The verifier, shown to be silent when the heap is right and to die when it
/// has been broken on purpose: each of its checks once.
#include "Collector.h"
#include "gab/gab.hpp"
#include <gtest/gtest.h>

namespace {

using namespace gab::rt;

struct Price {
  double Value;
  int64_t Time;
};
struct Wrong { // as large as Price
  int64_t A, B;
};
struct Node {
  gab::Member<Node> Next;
  gab::Member<Price> What;
  gab::Member<gab::Array<char>> Text;
  GAB_TRACE(Node, Next, What, Text)
};
struct Other {
  gab::Member<Node> Next;
  gab::Member<Price> What;
  gab::Member<gab::Array<char>> Text;
  GAB_TRACE(Other, Next, What, Text)
};

/// One healthy object graph, and the places of its slots.
class Verifier : public testing::Test {
protected:
  gab::Root<Node> Head;
  gab::Root<gab::Array<gab::Member<Node>>> Large;
  void SetUp() override {
    testing::FLAGS_gtest_death_test_style = "fast";
    gab_attach();
    ASSERT_EQ(H.C.Verify, 2u) << "run with GAB_VERIFY=2";
    Head = gab::make<Node>();
    Head->Next = gab::make<Node>();
    Head->What = gab::make<Price>(1.0, 2);
    Large = gab::make_array<gab::Member<Node>>(20000);
    for (int I = 0; I < 100000; ++I)
      gab::make<Price>(1.0, I);
  }
  void **next() { return reinterpret_cast<void **>(&Head->Next); }
  void **what() { return reinterpret_cast<void **>(&Head->What); }
  static uintptr_t at(void **Slot) {
    return reinterpret_cast<uintptr_t>(*Slot);
  }
  static void put(void **Slot, uintptr_t P) {
    *Slot = reinterpret_cast<void *>(P);
  }
};

TEST_F(Verifier, IsSilentOnAHealthyHeap) {
  EXPECT_EQ(gab_verify(), 1);
  gab::collect();
  gab::compact();
  EXPECT_EQ(gab_verify(), 1);
}

TEST_F(Verifier, DiesOnAReferenceOutOfTheHeap) {
  EXPECT_DEATH((put(what(), 4096), gab_verify()), "leads out of the heap");
}
TEST_F(Verifier, DiesOnMemoryNeverUsed) {
  EXPECT_DEATH((put(what(), H.Base + H.Size - 64), gab_verify()), "never used");
}
TEST_F(Verifier, DiesOnWhereASmallObjectWasMovedFrom) {
  EXPECT_DEATH(
      {
        gab::collect();
        uint32_t Block = H.blockOf(at(what()));
        H.Blocks[Block].set(CandidateFlag);
        setBit(H.Bits[Block].Mark,
               static_cast<uint32_t>((at(what()) & (BlockSize - 1)) >> 3));
        verifyHeap("in a test", Marks::Unswept);
      },
      "leads to where a small object was moved from");
}
TEST_F(Verifier, DiesOnAFreeBlock) {
  EXPECT_DEATH(
      {
        bool Clean;
        uint32_t B = takeBlocks(1, &Clean);
        giveBlocks(B, 1);
        put(what(), H.addressOf(B));
        gab_verify();
      },
      "leads to a free block");
}
TEST_F(Verifier, DiesInsideALargeObject) {
  EXPECT_DEATH(
      (put(next(), reinterpret_cast<uintptr_t>(Large.get()) + BlockSize),
       gab_verify()),
      "into a large object");
}
TEST_F(Verifier, DiesOnAMisplacedSmallObject) {
  EXPECT_DEATH((put(what(), at(what()) + 1), gab_verify()), "odd place");
}
TEST_F(Verifier, DiesOnASmallObjectThatWasNeverMade) {
  EXPECT_DEATH((put(what(), at(what()) + 8), gab_verify()),
               "no small object was made here");
}
TEST_F(Verifier, DiesOnTheWrongTypeOfASmallObject) {
  EXPECT_DEATH(
      {
        gab::Ref<Wrong> W = gab::make<Wrong>(1, 2);
        put(what(), reinterpret_cast<uintptr_t>(W.get()));
        gab_verify();
      },
      "made with another type");
}
TEST_F(Verifier, DiesOnAnObjectWithReferencesAmongSmallOnes) {
  EXPECT_DEATH((put(next(), at(what())), gab_verify()), "among small ones");
}
TEST_F(Verifier, DiesOnAFreeLine) {
  EXPECT_DEATH(
      {
        H.Blocks[H.blockOf(at(what()))].AllocMask = 0;
        H.Blocks[H.blockOf(at(what()))].LineMask = 0;
        gab_verify();
      },
      "on a free line");
}
TEST_F(Verifier, DiesOnAnInteriorReference) {
  EXPECT_DEATH((put(next(), at(next()) + 8), gab_verify()), "start of a cell");
}
TEST_F(Verifier, DiesOnAFreeCell) {
  EXPECT_DEATH(
      {
        uintptr_t P = at(next()) - 8;
        auto G = static_cast<uint32_t>((P & (BlockSize - 1)) >> 3);
        clearBit(H.Bits[H.blockOf(P)].Mark, G);
        clearBit(H.Bits[H.blockOf(P)].Live, G);
        gab_verify();
      },
      "leads to a free cell");
}
TEST_F(Verifier, DiesOnAMissingHeader) {
  EXPECT_DEATH(
      (*reinterpret_cast<uintptr_t *>(at(next()) - 8) = 0, gab_verify()),
      "no header yet");
}
TEST_F(Verifier, DiesOnAForwardedObject) {
  EXPECT_DEATH(
      (*reinterpret_cast<uintptr_t *>(at(next()) - 8) |= 1, gab_verify()),
      "moved from");
}
TEST_F(Verifier, DiesOnTheWrongHeader) {
  EXPECT_DEATH((*reinterpret_cast<const gab_type **>(at(next()) - 8) =
                    gab::type_of<Other>(),
                gab_verify()),
               "header names another type");
}
TEST_F(Verifier, DiesOnAnArrayTooLong) {
  EXPECT_DEATH((Large->Length = 1u << 20, gab_verify()),
               "longer than its cell");
}
TEST_F(Verifier, DiesOnAStaleCandidate) {
  EXPECT_DEATH(
      (H.Blocks[H.blockOf(at(what()))].set(CandidateFlag), gab_verify()),
      "still flagged");
}
TEST_F(Verifier, DiesOnAWrongFreeMap) {
  EXPECT_DEATH((setBit(H.FreeMap, H.blockOf(at(what()))), gab_verify()),
               "on the free map");
}
TEST_F(Verifier, DiesOnAWrongCount) {
  EXPECT_DEATH((++H.UsedBlocks, gab_verify()), "count of used blocks");
}
TEST_F(Verifier, DiesOnABlockWithTwoOwners) {
  EXPECT_DEATH(
      {
        gab::make<Node>(); // from a run of this thread
        unsigned Class = classOf(sizeof(Node) + 8);
        listBlock(self()->Scan[Class].Block);
        gab_verify();
      },
      "a block that a thread allocates from is on a list");
}
TEST_F(Verifier, DiesOnAMarkWithoutALife) {
  EXPECT_DEATH(
      {
        uintptr_t P = at(next()) - 8;
        auto G = static_cast<uint32_t>((P & (BlockSize - 1)) >> 3);
        setBit(H.Bits[H.blockOf(P)].Mark, G);
        clearBit(H.Bits[H.blockOf(P)].Live, G);
        gab_verify();
      },
      "a marked cell is free");
}
TEST_F(Verifier, DiesOnAMarkedLineNotHandedOut) {
  EXPECT_DEATH(
      {
        BlockInfo &B = H.Blocks[H.blockOf(at(what()))];
        B.AllocMask = 0;
        B.LineMask = 1;
        gab_verify();
      },
      "not handed out");
}
TEST_F(Verifier, DiesOnASmallObjectTooLong) {
  EXPECT_DEATH(
      {
        Head->Text = gab::make_array<char>(3);
        Head->Text->Length = 200;
        gab_verify();
      },
      "small object is too long");
}
TEST_F(Verifier, DiesOnReferencesInAPlainCell) {
  EXPECT_DEATH(
      {
        auto Plain = gab::make_array<char>(500);
        put(next(), reinterpret_cast<uintptr_t>(Plain.get()));
        gab_verify();
      },
      "has no header");
}

/// What a stack refers to, checked as before a sweep with one thing broken.
template <class Function> void pinsAfter(Function Break) {
  Thread *T = attachSelf();
  RuntimeScope S(*T);
  lockStopped(T, CycleLock);
  captureSelf(*T);
  stopWorld(T);
  prepareCycle(GAB_COLLECT_FULL);
  scanAmbiguousRoots(mainWorker());
  Break();
  verifyPins();
  fputs("not noticed\n", stderr);
  resumeWorld(T);
  CycleLock.unlock();
}
// Words on a stack that are older than what they lead to: blocks that are free
// when the stack is scanned and take survivors in the same cycle.
TEST_F(Verifier, IsSilentOnStaleWordsToWhereSurvivorsGo) {
  gab::Root<gab::Array<gab::Member<Price>>> Kept =
      gab::make_array<gab::Member<Price>>(4000);
  for (int I = 0; I < 4000; ++I)
    (*Kept)[I] = gab::make<Price>(1.0, I);
  uintptr_t Stale[256] = {};
  size_t Free = 0;
  for (uint32_t B = 1; B < H.Committed; ++B)
    if (testBit(H.FreeMap, B))
      Stale[Free++ % 256] = H.addressOf(B) + 2047;
  ASSERT_GT(Free, 8u);
  gab::keep_alive(Stale);
  uint64_t Before = gab::stats().moved_objects;
  gab::compact();
  gab::keep_alive(Stale);
  EXPECT_GT(gab::stats().moved_objects, Before + 1000);
  EXPECT_EQ(gab_verify(), 1);
}
TEST_F(Verifier, DiesOnAStackWordWithoutAPin) {
  Price *Raw = gab::make<Price>(1.0, 2).get();
  EXPECT_DEATH(pinsAfter([&] {
                 H.Blocks[H.blockOf(reinterpret_cast<uintptr_t>(Raw))].PinMask =
                     0;
               }),
               "line without a pin");
  gab::keep_alive(Raw);
}
TEST_F(Verifier, DiesOnAStackWordWithoutAMark) {
  Node *Raw = gab::make<Node>().get();
  EXPECT_DEATH(pinsAfter([&] {
                 auto P = reinterpret_cast<uintptr_t>(Raw) - 8;
                 clearBit(H.Bits[H.blockOf(P)].Mark,
                          static_cast<uint32_t>((P & (BlockSize - 1)) >> 3));
               }),
               "cell without a mark");
  gab::keep_alive(Raw);
}
TEST_F(Verifier, DiesOnAStackWordToWhatHasMoved) {
  Node *Raw = gab::make<Node>().get();
  EXPECT_DEATH(pinsAfter([&] {
                 *reinterpret_cast<uintptr_t *>(
                     reinterpret_cast<uintptr_t>(Raw) - 8) |= 1;
               }),
               "refers to where an object was moved from");
  gab::keep_alive(Raw);
}
TEST_F(Verifier, SaysWhereAndHowToMend) {
  EXPECT_DEATH(
      {
        gab::Ref<Wrong> W = gab::make<Wrong>(1, 2);
        put(what(), reinterpret_cast<uintptr_t>(W.get()));
        gab_verify();
      },
      "where: +offset 8 of the .*Node at .*a reference to .*Price, holds "
      ".*made as .*Wrong(.|\n)*mend: +an object is only referred to");
}

TEST_F(Verifier, DiesOnALiveLineWithoutAMark) {
  EXPECT_DEATH(
      {
        gab::collect();
        H.Blocks[H.blockOf(at(what()))].LineMask = 0;
        verifyHeap("after a cycle");
      },
      "line without a mark");
}

TEST_F(Verifier, DiesOnAnOldWordThatIsNotLogged) {
  EXPECT_DEATH(
      {
        gab::rt::setGenerational(true);
        gab::collect(); // all is old now, and logged
        clearBits(H.logOf(H.blockOf(reinterpret_cast<uintptr_t>(next()))),
                  static_cast<uint32_t>(
                      (reinterpret_cast<uintptr_t>(next()) & (BlockSize - 1)) >>
                      GranuleShift),
                  1);
        verifyHeap("after a cycle");
      },
      "a store into an old object would not be logged");
}

/// With minor cycles: all that there is is old, and its stores are logged.
void growOld() {
  H.C.StressAging = true;
  setGenerational(true);
  gab::collect();
}
void minorCycle() { gab_collect(GAB_COLLECT_MINOR); }
/// In a block that was free and is full: it stays young for a second cycle.
gab::Ref<Node> youngForTwo() {
  gab::Ref<Node> N;
  for (size_t I = 0; I < 3 * BlockSize / sizeof(Node); ++I)
    if (auto M = gab::make<Node>(); I == BlockSize / sizeof(Node))
      N = M;
  return N;
}

TEST_F(Verifier, IsSilentOnYoungObjectsThatAreRemembered) {
  growOld();
  Head->Next = youngForTwo();
  (*Large)[7] = youngForTwo();
  EXPECT_EQ(gab_verify(), 1);
  uint64_t Minor = gab::stats().minor_cycles;
  for (int I = 0; I < 3; ++I) {
    minorCycle();
    (*Large)[7]->Next = youngForTwo();
  }
  EXPECT_EQ(gab_verify(), 1);
  EXPECT_EQ(gab::stats().minor_cycles, Minor + 3);
  H.C.StressAging = false;
  setGenerational(false);
}
TEST_F(Verifier, DiesWhenTheBarrierIsOff) {
  EXPECT_DEATH((growOld(), switchBarrier(false, false),
                Head->Next = gab::make<Node>(), minorCycle()),
               "before a minor cycle(.|\n)*no minor cycle would visit an old "
               "object's reference to a young");
  EXPECT_DEATH((growOld(), switchBarrier(false, false),
                (*Large)[7] = gab::make<Node>(), gab_verify()),
               "no minor cycle would visit");
  EXPECT_DEATH(
      {
        growOld();
        switchBarrier(false, false);
        // Lines of a run that was held in the cycle count as old.
        for (int I = 0; I < 10000; ++I)
          Head->What = gab::make<Price>(1.0, I);
        gab_verify();
      },
      "no minor cycle would visit");
}
TEST_F(Verifier, DiesWhenWhatIsYoungForTwoCyclesIsForgotten) {
  EXPECT_DEATH((growOld(), Head->Next = youngForTwo(), minorCycle(),
                discardLogs(), verifyHeap("after a cycle")),
               "no minor cycle would visit");
}
TEST_F(Verifier, DiesOnADeadObjectThatIsRemembered) {
  EXPECT_DEATH((growOld(),
                AmbiguousObjects.push(H.addressOf(H.blockOf(at(what()))) + 16),
                rememberForNext(), verifyHeap("after a cycle")),
               "the next minor cycle would visit an object that is dead");
}

/// Where a thread was stopped that was about to store there: such objects are
/// traced once more, and may be young themselves and about to die.
TEST_F(Verifier, IsSilentWhenRememberedObjectsDie) {
  constexpr size_t Count = 5000;
  growOld();
  for (size_t I = 0; I < Count; ++I)
    (*Large)[I] = gab::make<Node>();
  minorCycle();
  for (size_t I = 0; I < Count; ++I)
    AmbiguousObjects.push(reinterpret_cast<uintptr_t>((*Large)[I].get()));
  rememberForNext();
  for (size_t I = 0; I < Count; ++I) {
    (*Large)[I]->Next = gab::make<Node>();
    (*Large)[I] = nullptr;
  }
  minorCycle();
  EXPECT_EQ(gab_verify(), 1);
  H.C.StressAging = false;
  setGenerational(false);
}

} // namespace
