// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Blocks of one type (GAB_SEGREGATE): no headers, and the last word of each
/// object, which is counted to the next cell, is looked after like the others.
/// Random graphs of such objects are in gab-typed-graph-test.
#include "Typed.h"
#include "gab/gab.hpp"
#include <gtest/gtest.h>
#include <thread>

namespace {

using namespace gab::rt;

struct Price {
  double Value;
  int64_t Time;
};
struct Pair {
  gab::Member<Pair> Left, Right;
  GAB_TRACE(Pair, Left, Right)
};
GAB_SEGREGATE(Pair);
struct Odd { // 24 bytes: the last cell of a block ends with it
  gab::Member<Odd> Next;
  int64_t Id = 0;
  gab::Member<Price> Last;
  GAB_TRACE(Odd, Next, Id, Last)
};
GAB_SEGREGATE(Odd);
struct alignas(16) Wide {
  gab::Member<Wide> Next;
  int64_t Id = 0;
  gab::Member<Price> Last;
  GAB_TRACE(Wide, Next, Id, Last)
};
GAB_SEGREGATE(Wide);
struct Dying {
  static inline int Alive = 0;
  gab::Member<Odd> Kept;
  Dying() { ++Alive; }
  ~Dying() { --Alive; }
  GAB_TRACE(Dying, Kept)
};
GAB_SEGREGATE(Dying);

const BlockInfo &blockOf(const void *P) {
  return H.Blocks[H.blockOf(reinterpret_cast<uintptr_t>(P))];
}

/// Many objects, so that whole blocks are used, the last cells included.
template <class T> gab::Ref<T> list(int64_t Length) {
  gab::Local<T> Head;
  for (int64_t I = 0; I < Length; ++I) {
    gab::Local<T> New = gab::make<T>();
    New->Id = I;
    New->Last = gab::make<Price>(1.0, I);
    New->Next = gab::Ref<T>(Head);
    Head = New;
  }
  return Head;
}
template <class T> void check(gab::Ref<T> Head, int64_t Length) {
  int64_t I = Length;
  for (T *N = Head.get(); N; N = N->Next.get()) {
    ASSERT_EQ(N->Id, --I);
    ASSERT_EQ(N->Last->Time, I);
    ASSERT_TRUE(blockOf(N).isTyped());
    ASSERT_EQ(typeOf(reinterpret_cast<uintptr_t>(N)), gab::type_of<T>());
    ASSERT_EQ(reinterpret_cast<uintptr_t>(N) % alignof(T), 0u);
  }
  ASSERT_EQ(I, 0);
}

TEST(Typed, ObjectsLieSideBySideWithoutHeaders) {
  gab::Local<gab::Array<gab::Member<Pair>>> All =
      gab::make_array<gab::Member<Pair>>(2047);
  for (auto &M : *All)
    M = gab::make<Pair>();
  size_t Neighbours = 0;
  for (size_t I = 1; I < All->size(); ++I)
    Neighbours += (*All)[I].get() == (*All)[I - 1].get() + 1;
  EXPECT_GT(Neighbours, 2000u);
  EXPECT_EQ(blockOf((*All)[0].get()).CellSize, 16u);
}

TEST(Typed, ListsOfEachSizeSurvive) {
  gab_alloc_conservative(64); // from now on all cells are looked at for such
  for (int Round = 0; Round < 3; ++Round) {
    gab::Root<Odd> A = list<Odd>(5000);
    gab::Root<Wide> B = list<Wide>(5000);
    Round % 2 ? gab::compact() : gab::collect();
    check(gab::Ref<Odd>(A), 5000);
    check(gab::Ref<Wide>(B), 5000);
    gab::collect_minor();
    list<Odd>(3000); // into the holes, if there are some
    for (Odd *N = A.get(); N; N = N->Next.get())
      if (N->Next)
        N->Next = N->Next->Next, N->Id = -1;
    gab::collect();
    EXPECT_EQ(gab_verify(), 1);
  }
}

// The last word of an old object is in the cell of the next one.
TEST(Typed, AStoreIntoTheLastWordOfAnOldObjectIsSeen) {
  gab::Root<Odd> Head = list<Odd>(3000);
  gab::collect();
  gab::collect();
  int64_t I = 0;
  for (Odd *N = Head.get(); N; N = N->Next.get())
    N->Last = gab::make<Price>(2.0, ++I);
  for (int J = 0; J < 100000; ++J) // over what nobody has kept
    gab::make<Price>(3.0, -1);
  gab::collect_minor();
  for (int J = 0; J < 100000; ++J)
    gab::make<Price>(3.0, -1);
  I = 0;
  for (Odd *N = Head.get(); N; N = N->Next.get())
    ASSERT_EQ(N->Last->Time, ++I);
}

[[gnu::noinline]] const char *inside(size_t Byte, gab::Weak<Odd> &Alive) {
  gab::Ref<Odd> N = gab::make<Odd>();
  Alive = N;
  return reinterpret_cast<const char *>(N.get()) + Byte;
}
[[gnu::noinline]] void overwriteTheStack() {
  volatile char Bytes[4096];
  for (volatile char &B : Bytes)
    B = 0;
}
TEST(Typed, AnyByteOfAnObjectKeepsIt) {
  for (size_t Byte = 0; Byte <= sizeof(Odd); ++Byte) {
    static gab::Weak<Odd> Alive; // its slot would keep it, on a stack
    const char *Inside = inside(Byte, Alive);
    overwriteTheStack();
    gab::collect();
    EXPECT_TRUE(Alive.lock()) << Byte;
    gab::keep_alive(Inside);
  }
}

TEST(Typed, TheDeadAreFoundAndTheirBlocksComeBack) {
  gab::collect();
  size_t Before = gab::stats().used_bytes;
  for (int Round = 0; Round < 20; ++Round)
    list<Odd>(20000);
  gab::collect();
  gab::collect();
  EXPECT_LT(gab::stats().used_bytes, Before + (4u << 20));
}

TEST(Typed, DestructorsRun) {
  for (int I = 0; I < 1000; ++I)
    gab::make<Dying>()->Kept = gab::make<Odd>();
  gab::collect();
  gab::collect();
  EXPECT_LT(Dying::Alive, 20);
}

TEST(Typed, ThreadsHaveBlocksOfTheirOwn) {
  std::thread Threads[3];
  for (std::thread &T : Threads)
    T = std::thread([] {
      gab::Root<Odd> Head = list<Odd>(4000);
      gab::collect();
      check(gab::Ref<Odd>(Head), 4000);
    });
  gab::BlockedScope S;
  for (std::thread &T : Threads)
    T.join();
}

template <int N> struct Numbered {
  gab::Member<Numbered> Next;
  int64_t Id = N;
  GAB_TRACE(Numbered, Next, Id)
  [[maybe_unused]] friend constexpr bool
  gab_declared_segregated(gab::detail::Declared<Numbered>) {
    return true;
  }
};
template <int N> unsigned segregated() {
  gab::Root<Numbered<N>> Head;
  for (int I = 0; I < 3000; ++I) {
    gab::Local<Numbered<N>> New = gab::make<Numbered<N>>();
    New->Next = gab::Ref<Numbered<N>>(Head);
    Head = gab::Ref<Numbered<N>>(New);
  }
  gab::compact();
  int Count = 0;
  for (auto *P = Head.get(); P; P = P->Next.get(), ++Count)
    EXPECT_EQ(P->Id, N);
  EXPECT_EQ(Count, 3000);
  return blockOf(Head.get()).isTyped();
}
TEST(Typed, TooManyTypesGetHeaders) { // the last: it uses the spaces up
  unsigned Spaces = segregated<1>() + segregated<2>() + segregated<3>() +
                    segregated<4>() + segregated<5>() + segregated<6>() +
                    segregated<7>() + segregated<8>();
  EXPECT_LT(Spaces, 8u);
  EXPECT_EQ(Typed.Count.load(), MostSpaces);
  EXPECT_EQ(gab_verify(), 1);
}

} // namespace
