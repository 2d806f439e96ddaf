// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a type is to the collector. Each line is a claim; the rejections that
/// must stop a compilation are in reject.py.
#include "gab/gab.hpp"
#include <gtest/gtest.h>
#include <string>

namespace {

enum class Colour { Red };
struct Price {
  double Value;
  int64_t Time;
};
struct Nested {
  Price P;
  std::array<int, 3> A;
  Colour C;
};
struct Empty {};
struct HasPointer {
  int *P;
};
struct HasReference {
  int &R;
};
struct Mixed {
  int A;
  HasPointer B;
};
struct Said { // a C array is not looked into
  char Name[16];
};
GAB_NOSCAN(Said);
struct WithConstructor {
  int A;
  WithConstructor() : A(1) {}
};
struct Link {
  gab::Member<Link> Next;
  gab::Member<Price> What;
  GAB_TRACE(Link, Next, What)
};
struct Custom {
  gab::Member<Link> L;
  void trace(gab::Visitor &V) { V(L); }
};
struct Owner {
  gab::Member<Link> L;
  std::string Name;
  GAB_TRACE(Owner, L)
};

// Pointer-free.
static_assert(gab::is_noscan_v<int>);
static_assert(gab::is_noscan_v<Colour>);
static_assert(gab::is_noscan_v<Price>);
static_assert(gab::is_noscan_v<Nested>);
static_assert(gab::is_noscan_v<Empty>);
static_assert(gab::is_noscan_v<Said>);
static_assert(gab::is_noscan_v<std::pair<int, Price>>);
static_assert(gab::is_noscan_v<gab::Array<uint8_t>>);
// Not, or not known.
static_assert(!gab::is_noscan_v<int *>);
static_assert(!gab::is_noscan_v<HasPointer>);
static_assert(!gab::is_noscan_v<HasReference>);
static_assert(!gab::is_noscan_v<Mixed>);
static_assert(!gab::is_noscan_v<WithConstructor>);
static_assert(!gab::is_noscan_v<std::string>);
static_assert(!gab::is_noscan_v<Link>);
static_assert(!gab::is_noscan_v<gab::Array<gab::Member<Link>>>);
// May live in the heap at all.
static_assert(gab::is_managed_v<Link>);
static_assert(gab::is_managed_v<Custom>);
static_assert(!gab::is_managed_v<HasPointer>);
// A reference converts to nothing but itself.
static_assert(!std::is_convertible_v<gab::Ref<Link>, gab::Ref<Price>>);
static_assert(!std::is_convertible_v<Price *, gab::Ref<Price>>);

TEST(Type, FlagsSayWhatTheTypeIs) {
  EXPECT_EQ(gab::type_of<Price>()->flags, GAB_NOSCAN_TYPE | GAB_MOVABLE_TYPE);
  EXPECT_EQ(gab::type_of<Link>()->flags, GAB_MOVABLE_TYPE);
  EXPECT_EQ(gab::type_of<Custom>()->flags, GAB_MOVABLE_TYPE | GAB_DYNAMIC_TYPE);
  EXPECT_EQ(gab::type_of<Owner>()->flags, GAB_FINALIZE_TYPE);
  EXPECT_EQ(gab::type_of<gab::Array<int>>()->flags,
            GAB_ARRAY_TYPE | GAB_NOSCAN_TYPE | GAB_MOVABLE_TYPE);
}

TEST(Type, SizeClassesCoverEverySizeAndWasteLittle) {
  using namespace gab::detail;
  for (size_t Bytes = 17; Bytes <= MaxCell; ++Bytes) {
    unsigned C = classOf(Bytes);
    ASSERT_LT(C, ClassCount);
    ASSERT_GE(CellSizes[C], Bytes);
    ASSERT_LE(CellSizes[C] - Bytes, Bytes / 2) << Bytes;
    ASSERT_EQ(CellSizes[classOf(Bytes, 16)] % 16, 0);
  }
  EXPECT_EQ(classOf(MaxCell + 1), ClassCount);
}

} // namespace
