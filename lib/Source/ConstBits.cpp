// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Bits of ranges, and ranges cut to bits. All is done on the patterns of one
/// sign, where the order of patterns is that of values. What operators make of
/// bits, LLVM knows.
#include "ConstBits.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/KnownBits.h"
#include <optional>

namespace stackward::source {

/// All patterns from Lo to Hi begin with what these two begin with.
static Bits sharedByRange(IntRange R, IntType T) {
  if (R.Lo < 0 && R.Hi >= 0)
    return {};
  uint64_t Lo = uint64_t(R.Lo) & allBits(T), Differ = Lo ^ uint64_t(R.Hi);
  Differ &= allBits(T);
  uint64_t Same =
      Differ == 0 ? allBits(T)
                  : allBits(T) & ~(~uint64_t(0) >> llvm::countl_zero(Differ));
  return {~Lo & Same, Lo & Same};
}

Bits sharedBits(const IntSet &S, IntType T) {
  Bits All{allBits(T), allBits(T)};
  for (const IntRange &R : S)
    All = bothHave(All, sharedByRange(R, T));
  return All;
}

/// The lowest bit above At that Pattern has not and B leaves open, or that is
/// none: 64.
static unsigned openAbove(uint64_t Pattern, unsigned At, Bits B, IntType T) {
  uint64_t Open = ~Pattern & ~B.Zero & allBits(T);
  uint64_t Above = At == 63 ? 0 : Open >> (At + 1) << (At + 1);
  return Above ? llvm::countr_zero(Above) : 64;
}

/// The smallest pattern that is not below Low and has the bits. False: none.
static bool raise(uint64_t &Low, Bits B, IntType T) {
  uint64_t Wrong = (Low & B.Zero) | (~Low & B.One);
  if (!Wrong)
    return true;
  unsigned At = 63 - llvm::countl_zero(Wrong);
  // A missing one is put in; for one too many a higher bit must be raised.
  if (Low >> At & 1)
    At = openAbove(Low, At, B, T);
  if (At == 64)
    return false;
  uint64_t Bit = uint64_t(1) << At;
  Low = (Low & ~(Bit - 1)) | Bit | (B.One & (Bit - 1));
  return true;
}

/// The largest pattern that is not above High: the same, upside down.
static bool lower(uint64_t &High, Bits B, IntType T) {
  uint64_t Flipped = ~High & allBits(T);
  bool Found = raise(Flipped, {B.One, B.Zero}, T);
  High = ~Flipped & allBits(T);
  return Found;
}

/// What is left of R, whose members are of one sign; nothing if nothing is.
static std::optional<IntRange> cutOneSign(IntRange R, Bits B, IntType T) {
  uint64_t Lo = uint64_t(R.Lo) & allBits(T), Hi = uint64_t(R.Hi) & allBits(T);
  if (!raise(Lo, B, T) || !lower(Hi, B, T) || Lo > Hi)
    return std::nullopt;
  Int128 Offset = R.Lo < 0 ? Int128(1) << T.Width : 0;
  return IntRange{Int128(Lo) - Offset, Int128(Hi) - Offset};
}

static std::optional<IntRange> cut(IntRange R, Bits B, IntType T) {
  if (R.Lo >= 0 || R.Hi < 0)
    return cutOneSign(R, B, T);
  std::optional<IntRange> Below = cutOneSign({R.Lo, -1}, B, T);
  std::optional<IntRange> Above = cutOneSign({0, R.Hi}, B, T);
  if (Below && Above)
    return IntRange{Below->Lo, Above->Hi};
  return Below ? Below : Above;
}

bool reduce(IntSet &S, Bits &B, IntType T) {
  for (;;) {
    Bits Known = eitherHas(B, sharedBits(S, T));
    if (Known.conflicts())
      return false;
    B = Known;
    if (!B.any())
      return true;
    IntSet Left;
    for (const IntRange &R : S)
      if (std::optional<IntRange> Kept = cut(R, B, T))
        Left.push_back(*Kept);
    if (Left.empty())
      return false;
    if (Left == S)
      return true;
    S = std::move(Left);
  }
}

static llvm::KnownBits asKnown(Bits B, IntType T) {
  llvm::KnownBits K(T.Width);
  K.Zero = llvm::APInt(T.Width, B.Zero);
  K.One = llvm::APInt(T.Width, B.One);
  return K;
}

static llvm::KnownBits result(ArithOp Op, const llvm::KnownBits &L,
                              const llvm::KnownBits &R, bool Signed) {
  using llvm::KnownBits;
  switch (Op) {
  case ArithOp::Add:
    return KnownBits::add(L, R);
  case ArithOp::Sub:
    return KnownBits::sub(L, R);
  case ArithOp::Mul:
    return KnownBits::mul(L, R);
  case ArithOp::Div:
    return Signed ? KnownBits::sdiv(L, R) : KnownBits::udiv(L, R);
  case ArithOp::Rem:
    return Signed ? KnownBits::srem(L, R) : KnownBits::urem(L, R);
  case ArithOp::Shl:
    return KnownBits::shl(L, R);
  case ArithOp::Shr:
    return Signed ? KnownBits::ashr(L, R) : KnownBits::lshr(L, R);
  case ArithOp::And:
    return L & R;
  case ArithOp::Or:
    return L | R;
  case ArithOp::Xor:
    return L ^ R;
  }
  llvm_unreachable("closed list");
}

static Bits asBits(const llvm::KnownBits &K) {
  return {K.Zero.getZExtValue(), K.One.getZExtValue()};
}

Bits arithBits(ArithOp Op, Bits L, Bits R, IntType T, IntType Right) {
  if (!L.any() && !R.any())
    return {};
  return asBits(result(Op, asKnown(L, T), asKnown(R, Right), T.Signed));
}

Bits convertBits(Bits B, IntType From, IntType To) {
  if (!B.any() && From.Signed)
    return {};
  llvm::KnownBits K = asKnown(B, From);
  return asBits(From.Signed ? K.sextOrTrunc(To.Width)
                            : K.zextOrTrunc(To.Width));
}

} // namespace stackward::source
