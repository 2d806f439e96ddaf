// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Arithmetic on sets of ranges against arithmetic on every member: for types
/// of four bits all operands of random sets are tried. Every true result must
/// be in the set that was computed, certain errors must be certain, and sets
/// of one member must be exact.
#include "../../lib/Source/ConstEval.h"
#include "gtest/gtest.h"
#include <random>

using namespace stackward::source;

static IntSet randomSet(std::mt19937 &Rng, IntType T) {
  IntSet S;
  unsigned Size = unsigned(T.max() - T.min()) + 1;
  for (unsigned I = 0, N = 1 + Rng() % 3; I < N; ++I) {
    Int128 Lo = T.min() + Rng() % Size;
    Int128 Hi = std::min<Int128>(T.max(), Lo + Rng() % 4);
    S.push_back({Lo, Hi});
  }
  normalise(S);
  return S;
}

static bool has(Value V, IntType T, Int128 Member) {
  Bits B = bitsOf(V, T);
  return contains(setOf(V, T), Member) && !(uint64_t(Member) & B.Zero) &&
         !(~uint64_t(Member) & B.One);
}

static std::vector<int> members(Value V, IntType T) {
  std::vector<int> All;
  for (Int128 I = T.min(); I <= T.max(); ++I)
    if (has(V, T, I))
      All.push_back(int(I));
  return All;
}

/// Ranges, sometimes with bits.
static Value randomValue(std::mt19937 &Rng, ValuePool &Pool, IntType T) {
  for (;;) {
    Bits B{Rng() & Rng() & Rng() & allBits(T),
           Rng() & Rng() & Rng() & allBits(T)};
    if (auto V = Pool.someInts(T, randomSet(Rng, T), Rng() % 2 ? B : Bits()))
      return *V;
  }
}

static int wrap(int V, IntType T) {
  int Size = 1 << T.Width, M = ((V % Size) + Size) % Size;
  return T.Signed && M > T.max() ? M - Size : M;
}

/// What C++ makes of A Op B in T; nothing when it is undefined, or left to
/// the compiler before C++20.
static std::optional<int> truth(ArithOp Op, int A, int B, IntType T,
                                ArithRules Rules) {
  auto InType = [&](int V) -> std::optional<int> {
    if (!T.Signed || Rules.SignedWraps)
      return wrap(V, T);
    return V < T.min() || V > T.max() ? std::nullopt : std::optional(V);
  };
  bool BadShift = B < 0 || B >= int(T.Width);
  switch (Op) {
  case ArithOp::Add:
    return InType(A + B);
  case ArithOp::Sub:
    return InType(A - B);
  case ArithOp::Mul:
    return InType(A * B);
  case ArithOp::Div:
    return B == 0 ? std::nullopt : InType(A / B);
  case ArithOp::Rem:
    return B == 0 || !InType(A / B) ? std::nullopt : InType(A % B);
  case ArithOp::Shl:
    if (BadShift ||
        (T.Signed && !Rules.ShiftsAreModular && (A < 0 || (A << B) > T.max())))
      return std::nullopt;
    return wrap(A << B, T);
  case ArithOp::Shr:
    return BadShift ? std::nullopt : std::optional(A >> B);
  case ArithOp::And:
    return A & B;
  case ArithOp::Or:
    return A | B;
  case ArithOp::Xor:
    return A ^ B;
  }
  return std::nullopt;
}

class ConstEval : public ::testing::TestWithParam<unsigned> {};

TEST_P(ConstEval, holds_every_result_of_arithmetic) {
  std::mt19937 Rng(GetParam());
  ValuePool Pool;
  for (int Round = 0; Round < 500; ++Round) {
    IntType T{4, Rng() % 2 == 0};
    ArithRules Rules{Rng() % 2 == 0, Rng() % 2 == 0};
    ArithOp Op = ArithOp(Rng() % 10);
    Value Left = randomValue(Rng, Pool, T), Right = randomValue(Rng, Pool, T);
    Evaluated E = arith(Pool, Op, Left, Right, T, T, Rules);
    unsigned Defined = 0;
    for (int A : members(Left, T))
      for (int B : members(Right, T))
        if (std::optional<int> True = truth(Op, A, B, T, Rules)) {
          ++Defined;
          ASSERT_TRUE(has(E.Result, T, *True))
              << "seed " << GetParam() << " round " << Round << ": " << A
              << " op " << int(Op) << " " << B << " is " << *True << ", not in "
              << describe(E.Result);
        }
    if (E.Error != CertainError::None) {
      EXPECT_EQ(Defined, 0u) << "seed " << GetParam() << " round " << Round;
    }
    if (isConstant(Left) && isConstant(Right) && Defined) {
      EXPECT_TRUE(isConstant(E.Result)) << "op " << int(Op);
    }
  }
}

static bool holds(CompareOp Op, int A, int B) {
  switch (Op) {
  case CompareOp::Lt:
    return A < B;
  case CompareOp::Gt:
    return A > B;
  case CompareOp::Le:
    return A <= B;
  case CompareOp::Ge:
    return A >= B;
  case CompareOp::Eq:
    return A == B;
  case CompareOp::Ne:
    return A != B;
  }
  return false;
}

TEST_P(ConstEval, compares_and_narrows_like_its_members) {
  std::mt19937 Rng(GetParam());
  ValuePool Pool;
  for (int Round = 0; Round < 500; ++Round) {
    IntType T{4, Rng() % 2 == 0};
    CompareOp Op = CompareOp(Rng() % 6);
    Value Left = randomValue(Rng, Pool, T), Right = randomValue(Rng, Pool, T);
    Value V = compareInts(Pool, Op, Left, Right, T);
    std::optional<Value> Kept = whereHolds(Pool, Op, Left, Right, T);
    bool Seen[2] = {false, false};
    for (int A : members(Left, T)) {
      bool Some = false;
      for (int B : members(Right, T)) {
        Seen[holds(Op, A, B)] = true;
        Some |= holds(Op, A, B);
        EXPECT_EQ(holds(Op, A, B), holds(mirrored(Op), B, A));
        EXPECT_NE(holds(Op, A, B), holds(inverse(Op), A, B));
      }
      if (Some) {
        EXPECT_TRUE(Kept && has(*Kept, T, A)) << "round " << Round;
      }
    }
    std::optional<bool> Known =
        V == Varies ? std::nullopt : stackward::source::truth(V);
    if (Known) {
      EXPECT_FALSE(Seen[!*Known]) << "round " << Round;
    }
    // Only members that ranges and bits rule out together may be missed.
    bool Exact = bitsOf(Left, T) == sharedBits(setOf(Left, T), T) &&
                 bitsOf(Right, T) == sharedBits(setOf(Right, T), T);
    if (Exact && (!Seen[0] || !Seen[1])) {
      EXPECT_TRUE(Known.has_value()) << "round " << Round;
    }
  }
}

TEST_P(ConstEval, converts_like_its_members) {
  std::mt19937 Rng(GetParam());
  ValuePool Pool;
  for (int Round = 0; Round < 500; ++Round) {
    IntType From{4, Rng() % 2 == 0};
    IntType To{3 + unsigned(Rng() % 3), Rng() % 2 == 0};
    Value Set = randomValue(Rng, Pool, From);
    Value Result = convertInt(Pool, Set, From, To);
    Value Not = complement(Pool, Set, From);
    for (int A : members(Set, From)) {
      EXPECT_TRUE(has(Result, To, wrap(A, To)));
      EXPECT_TRUE(has(Not, From, wrap(~A, From)));
    }
  }
}

/// Ranges cut by bits lose nothing that has the bits, begin and end with what
/// has them, and are empty only if nothing has.
TEST_P(ConstEval, ranges_and_bits_agree) {
  std::mt19937 Rng(GetParam());
  for (int Round = 0; Round < 2000; ++Round) {
    IntType T{1 + unsigned(Rng() % 6), Rng() % 2 == 0};
    IntSet S = randomSet(Rng, T), Before = S;
    Bits B{Rng() & Rng() & allBits(T), Rng() & Rng() & allBits(T)}, Given = B;
    auto Matches = [&](Int128 V) {
      return !(uint64_t(V) & Given.Zero) && !(~uint64_t(V) & Given.One);
    };
    bool Some = reduce(S, B, T);
    unsigned Left = 0;
    for (Int128 V = T.min(); V <= T.max(); ++V)
      if (contains(Before, V) && Matches(V)) {
        ++Left;
        EXPECT_TRUE(Some && contains(S, V) && !(uint64_t(V) & B.Zero) &&
                    !(~uint64_t(V) & B.One))
            << "seed " << GetParam() << " round " << Round;
      }
    ASSERT_EQ(Some, Left > 0) << "seed " << GetParam() << " round " << Round;
    if (Some) {
      EXPECT_TRUE(Matches(hull(S).Lo) && Matches(hull(S).Hi));
      IntSet Again = S;
      Bits Same = B;
      EXPECT_TRUE(reduce(Again, Same, T) && Again == S && Same == B);
    }
  }
}

/// What a join knows, it keeps: that is why fixpoints end.
TEST_P(ConstEval, joins_only_rise) {
  std::mt19937 Rng(GetParam());
  ValuePool Pool;
  IntType T{4, Rng() % 2 == 0};
  for (int Round = 0; Round < 500; ++Round) {
    Value A = randomValue(Rng, Pool, T), B = randomValue(Rng, Pool, T);
    Value J = Pool.join(A, B);
    for (int M : members(A, T))
      EXPECT_TRUE(has(J, T, M));
    for (int M : members(B, T))
      EXPECT_TRUE(has(J, T, M));
    EXPECT_EQ(Pool.join(J, A), J) << describe(A) << " and " << describe(B);
    std::optional<Value> M = Pool.meet(A, B, T);
    for (int I = int(T.min()); I <= T.max(); ++I)
      EXPECT_TRUE(!has(A, T, I) || !has(B, T, I) || (M && has(*M, T, I)));
  }
}

TEST(ConstValue, a_full_set_is_varies_and_equal_sets_are_one) {
  ValuePool Pool;
  IntType T{8, false};
  EXPECT_EQ(Pool.ints(T, {{0, 255}}), Varies);
  EXPECT_EQ(Pool.ints(T, {{1, 4}}), Pool.ints(T, {{1, 4}}));
  EXPECT_EQ(Pool.join(Pool.integer(T, 1), Pool.integer(T, 2)),
            Pool.ints(T, {{1, 2}}));
  EXPECT_EQ(describe(Pool.ints(T, {{1, 255}})), "not 0");
  EXPECT_EQ(describe(Pool.ints(T, {{0, 255}}, {1, 0})), "even");
  EXPECT_EQ(describe(Pool.ints(T, {{3, 255}}, {0, 1})), "at least 3, odd");
  EXPECT_EQ(describe(Pool.ints(T, {{0, 100}}, {7, 0})),
            "at most 96, a multiple of 8");
  EXPECT_EQ(describe(Pool.ints(T, {{0, 255}}, {0, 4})), "with bits 0x4 of 0x4");
  EXPECT_EQ(describe(Pool.integer({64, true}, IntType{64, true}.min())),
            "-9223372036854775808");
}

TEST(ConstValue, many_ranges_lose_their_smallest_gaps) {
  IntSet S;
  for (int I = 0; I < 20; ++I)
    S.push_back({I * 10, I * 10 + (I % 2 ? 7 : 0)});
  IntSet Whole = S;
  normalise(S);
  EXPECT_EQ(S.size(), MaxRanges);
  for (const IntRange &R : Whole)
    EXPECT_TRUE(contains(S, R.Lo) && contains(S, R.Hi));
}

TEST(ConstFloat, floats_are_folded_only_without_rounding) {
  ValuePool Pool;
  auto Number = [&](double D) { return Pool.floating(llvm::APFloat(D)); };
  EXPECT_EQ(arithFloats(Pool, ArithOp::Mul, Number(0.5), Number(8)), Number(4));
  EXPECT_EQ(arithFloats(Pool, ArithOp::Div, Number(1), Number(3)), Varies);
  EXPECT_EQ(arithFloats(Pool, ArithOp::Div, Number(1), Number(0)), Varies);
  EXPECT_EQ(Pool.floating(llvm::APFloat::getNaN(llvm::APFloat::IEEEdouble())),
            Varies);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ConstEval, ::testing::Range(1u, 7u));
