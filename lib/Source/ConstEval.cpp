// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Arithmetic on sets of ranges. Each operator is defined on two ranges; sets
/// are taken range by range while there are few, and by their hulls when there
/// are many. Results are computed exactly in 128 bits and then brought into
/// the type: by wrapping where the language wraps, by giving up where it
/// leaves the result undefined.
#include "ConstEval.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <limits>

namespace stackward::source {

namespace {

/// The exact results of one pair of ranges, or what went wrong.
struct Exact {
  bool Known = false; ///< false: give up on everything
  bool SomeUndefined = false;
  bool AllUndefined = false;
  IntSet Results;
};

} // namespace

static Exact unknown() { return {}; }

static Exact results(Int128 Lo, Int128 Hi) {
  Exact E;
  E.Known = true;
  E.Results.push_back({Lo, Hi});
  return E;
}

static Exact allUndefined() {
  Exact E;
  E.Known = E.SomeUndefined = E.AllUndefined = true;
  return E;
}

/// S modulo 2^Width, in the window of T.
static IntSet wrapped(const IntSet &S, IntType T) {
  Int128 Size = Int128(1) << T.Width;
  IntSet Out;
  for (const IntRange &R : S) {
    // The difference of bounds may exceed 128 bits only when both are huge;
    // products are cut long before.
    if (R.Hi - R.Lo >= Size - 1)
      return {{T.min(), T.max()}};
    auto Into = [&](Int128 V) {
      Int128 M = (V - T.min()) % Size;
      return (M < 0 ? M + Size : M) + T.min();
    };
    Int128 Lo = Into(R.Lo), Hi = Into(R.Hi);
    if (Lo <= Hi) {
      Out.push_back({Lo, Hi});
    } else {
      Out.push_back({Lo, T.max()});
      Out.push_back({T.min(), Hi});
    }
  }
  normalise(Out);
  return Out;
}

static Exact multiply(IntRange L, IntRange R) {
  Int128 Corners[4];
  Int128 A[2] = {L.Lo, L.Hi}, B[2] = {R.Lo, R.Hi};
  for (int I = 0; I < 4; ++I)
    if (__builtin_mul_overflow(A[I / 2], B[I % 2], &Corners[I]) ||
        Corners[I] > (Int128(1) << 125) || Corners[I] < -(Int128(1) << 125))
      return unknown();
  auto [Lo, Hi] = std::minmax_element(Corners, Corners + 4);
  return results(*Lo, *Hi);
}

/// R does not contain 0 here: a range of one sign.
static Exact divide(IntRange L, IntRange R) {
  Int128 Corners[4] = {L.Lo / R.Lo, L.Lo / R.Hi, L.Hi / R.Lo, L.Hi / R.Hi};
  auto [Lo, Hi] = std::minmax_element(Corners, Corners + 4);
  return results(*Lo, *Hi);
}

/// The sign is that of L; the size is below that of R and not above L's.
static Exact remainder(IntRange L, IntRange R) {
  if (L.Lo == L.Hi && R.Lo == R.Hi)
    return results(L.Lo % R.Lo, L.Lo % R.Lo);
  Int128 Biggest = std::max(R.Lo < 0 ? -R.Lo : R.Lo, R.Hi < 0 ? -R.Hi : R.Hi);
  Int128 Smallest = std::min(R.Lo < 0 ? -R.Lo : R.Lo, R.Hi < 0 ? -R.Hi : R.Hi);
  if (L.Lo > -Smallest && L.Hi < Smallest)
    return results(L.Lo, L.Hi);
  Int128 Lo = L.Lo < 0 ? std::max(L.Lo, 1 - Biggest) : 0;
  Int128 Hi = L.Hi > 0 ? std::min(L.Hi, Biggest - 1) : 0;
  return results(Lo, Hi);
}

static Int128 onesUpTo(Int128 V) { // V >= 0
  Int128 M = 0;
  while (M < V)
    M = M * 2 + 1;
  return M;
}

/// Operands of one sign each. A negative one is taken as the complement of a
/// natural number, so that all comes down to naturals.
static IntRange bitwiseOneSign(ArithOp Op, IntRange L, IntRange R) {
  auto Complement = [](IntRange X) { return IntRange{~X.Hi, ~X.Lo}; };
  auto And = [](IntRange A, IntRange B) {
    return IntRange{0, std::min(A.Hi, B.Hi)};
  };
  auto Or = [](IntRange A, IntRange B) {
    return IntRange{std::max(A.Lo, B.Lo), onesUpTo(std::max(A.Hi, B.Hi))};
  };
  auto Xor = [](IntRange A, IntRange B) {
    return IntRange{0, onesUpTo(std::max(A.Hi, B.Hi))};
  };
  if (L.Lo < 0 && R.Lo >= 0)
    std::swap(L, R);
  bool LeftIsNegative = L.Lo < 0, RightIsNegative = R.Lo < 0;
  IntRange A = LeftIsNegative ? Complement(L) : L;
  IntRange B = RightIsNegative ? Complement(R) : R;
  if (!RightIsNegative)
    return Op == ArithOp::And  ? And(A, B)
           : Op == ArithOp::Or ? Or(A, B)
                               : Xor(A, B);
  if (LeftIsNegative)
    return Op == ArithOp::And  ? Complement(Or(A, B))
           : Op == ArithOp::Or ? Complement(And(A, B))
                               : Xor(A, B);
  if (Op == ArithOp::And) // some bits of the natural one
    return {0, A.Hi};
  if (Op == ArithOp::Or) // ~(B & ~A)
    return Complement({0, B.Hi});
  return Complement(Xor(A, B));
}

static Exact bitwise(ArithOp Op, IntRange L, IntRange R) {
  auto Apply = [Op](Int128 A, Int128 B) {
    return Op == ArithOp::And ? (A & B) : Op == ArithOp::Or ? (A | B) : (A ^ B);
  };
  if (L.Lo == L.Hi && R.Lo == R.Hi)
    return results(Apply(L.Lo, R.Lo), Apply(L.Lo, R.Lo));
  auto BySign = [](IntRange X) -> IntSet {
    if (X.Lo < 0 && X.Hi >= 0)
      return {{X.Lo, -1}, {0, X.Hi}};
    return {X};
  };
  Exact E;
  E.Known = true;
  for (const IntRange &A : BySign(L))
    for (const IntRange &B : BySign(R))
      E.Results.push_back(bitwiseOneSign(Op, A, B));
  return E;
}

static Exact shift(ArithOp Op, IntRange L, IntRange R, IntType T,
                   ArithRules Rules) {
  if (R.Hi < 0 || R.Lo >= T.Width)
    return allUndefined();
  if (R.Lo < 0 || R.Hi >= T.Width) {
    // Zero stays zero by any amount, and -1 >> n is -1: what is undefined has
    // no other result to give.
    if (L.Lo == L.Hi && (L.Lo == 0 || (L.Lo == -1 && Op == ArithOp::Shr)))
      return results(L.Lo, L.Lo);
    Exact E = unknown();
    E.SomeUndefined = true;
    return E;
  }
  if (Op == ArithOp::Shr) {
    Int128 Corners[4] = {L.Lo >> R.Lo, L.Lo >> R.Hi, L.Hi >> R.Lo,
                         L.Hi >> R.Hi};
    auto [Lo, Hi] = std::minmax_element(Corners, Corners + 4);
    return results(*Lo, *Hi);
  }
  Exact E = multiply(L, {Int128(1) << R.Lo, Int128(1) << R.Hi});
  if (!E.Known || !T.Signed || Rules.ShiftsAreModular)
    return E;
  // Before C++20 a signed shift is defined only within the unsigned type, and
  // what it gives beyond the signed one is the compiler's choice.
  IntRange H = hull(E.Results);
  return L.Lo < 0 || H.Hi > T.max() ? unknown() : E;
}

static Exact onRanges(ArithOp Op, IntRange L, IntRange R, IntType T,
                      ArithRules Rules) {
  switch (Op) {
  case ArithOp::Add:
    return results(L.Lo + R.Lo, L.Hi + R.Hi);
  case ArithOp::Sub:
    return results(L.Lo - R.Hi, L.Hi - R.Lo);
  case ArithOp::Mul:
    return multiply(L, R);
  case ArithOp::Div:
    return divide(L, R);
  case ArithOp::Rem:
    return remainder(L, R);
  case ArithOp::Shl:
  case ArithOp::Shr:
    return shift(Op, L, R, T, Rules);
  case ArithOp::And:
  case ArithOp::Or:
  case ArithOp::Xor:
    return bitwise(Op, L, R);
  }
  llvm_unreachable("closed list");
}

static IntSet fewRanges(IntSet S) {
  if (S.size() <= 4)
    return S;
  return {hull(S)};
}

/// Results of all pairs, united before they are brought into the type.
static Exact onSets(ArithOp Op, const IntSet &Left, const IntSet &Right,
                    IntType T, ArithRules Rules) {
  Exact All;
  All.Known = All.AllUndefined = true;
  for (const IntRange &L : fewRanges(Left))
    for (const IntRange &R : fewRanges(Right)) {
      Exact E = onRanges(Op, L, R, T, Rules);
      All.Known &= E.Known;
      All.SomeUndefined |= E.SomeUndefined;
      All.AllUndefined &= E.AllUndefined;
      All.Results.append(E.Results.begin(), E.Results.end());
    }
  if (All.Known)
    normalise(All.Results);
  return All;
}

static bool mayOverflow(ArithOp Op, IntType T, ArithRules Rules) {
  if (!T.Signed || Rules.SignedWraps)
    return false;
  return Op == ArithOp::Add || Op == ArithOp::Sub || Op == ArithOp::Mul ||
         Op == ArithOp::Div || Op == ArithOp::Rem;
}

static Evaluated arithWide(ValuePool &Pool, ArithOp Op, Value L, Value R,
                           ArithRules Rules);

Evaluated arith(ValuePool &Pool, ArithOp Op, Value L, Value R, IntType T,
                IntType Right, ArithRules Rules) {
  if (T.Width > 64)
    return arithWide(Pool, Op, L, R, Rules);
  if (Right.Width > 64)
    return {};
  IntSet Left = setOf(L, T);
  IntSet By = setOf(R, Right);
  bool Divides = Op == ArithOp::Div || Op == ArithOp::Rem;
  if (Divides) {
    if (contains(By, 0)) {
      if (isSingle(By))
        return {Varies, CertainError::DivisionByZero};
      By = without(By, {{0, 0}});
    }
    // The smallest value by -1 overflows, for the remainder as well.
    if (T.Signed && contains(Left, T.min()) && contains(By, -1)) {
      if (isSingle(Left) && isSingle(By) && !Rules.SignedWraps)
        return {Varies, CertainError::Overflow};
      return {};
    }
    // Ranges of one sign only; without() above cannot close the gap at 0,
    // but a full set of ranges could have been merged over it.
    By = unite(intersect(By, {{Right.min(), -1}}),
               intersect(By, {{1, Right.max()}}));
    if (contains(By, 0) || By.size() > 4)
      return {};
  }
  Exact E = onSets(Op, Left, By, T, Rules);
  if (E.Known && E.AllUndefined)
    return {Varies, Op == ArithOp::Shl || Op == ArithOp::Shr
                        ? CertainError::BadShift
                        : CertainError::Overflow};
  if (E.SomeUndefined)
    return {};
  // What overflows may be anything; if it wraps it still has these bits.
  Bits Kept = arithBits(Op, bitsOf(L, T), bitsOf(R, Right), T, Right);
  IntSet Whole{{T.min(), T.max()}};
  if (!E.Known)
    return {Pool.ints(T, std::move(Whole), Kept)};
  if (!mayOverflow(Op, T, Rules))
    return {Pool.ints(T, wrapped(E.Results, T), Kept)};
  IntSet Defined = intersect(E.Results, Whole);
  if (Defined.empty())
    return {Varies, CertainError::Overflow};
  IntRange H = hull(E.Results);
  bool Fits = T.min() <= H.Lo && H.Hi <= T.max();
  return {Pool.ints(T, std::move(Fits ? Defined : Whole), Kept)};
}

/// Types wider than 64 bits: constants only, and no undefined corner.
static Evaluated arithWide(ValuePool &Pool, ArithOp Op, Value L, Value R,
                           ArithRules Rules) {
  if (!L || !R || L->Is != ValueData::Kind::Wide ||
      R->Is != ValueData::Kind::Wide)
    return {};
  const llvm::APSInt &A = L->Wide, &B = R->Wide;
  if (A.getBitWidth() != B.getBitWidth() || A.isSigned() != B.isSigned())
    return {};
  bool Overflow = false;
  auto Give = [&](llvm::APInt V) -> Evaluated {
    if (Overflow && A.isSigned() && !Rules.SignedWraps)
      return {Varies, CertainError::Overflow};
    return {Pool.wide(llvm::APSInt(std::move(V), A.isUnsigned()))};
  };
  switch (Op) {
  case ArithOp::Add:
    return Give(A.sadd_ov(B, Overflow));
  case ArithOp::Sub:
    return Give(A.ssub_ov(B, Overflow));
  case ArithOp::Mul:
    return Give(A.smul_ov(B, Overflow));
  case ArithOp::Div:
  case ArithOp::Rem:
    if (B.isZero())
      return {Varies, CertainError::DivisionByZero};
    if (A.isSigned() && A.isMinSignedValue() && B.isAllOnes())
      return {Varies,
              Rules.SignedWraps ? CertainError::None : CertainError::Overflow};
    return {Pool.wide(Op == ArithOp::Div ? A / B : A % B)};
  case ArithOp::And:
    return {Pool.wide(A & B)};
  case ArithOp::Or:
    return {Pool.wide(A | B)};
  case ArithOp::Xor:
    return {Pool.wide(A ^ B)};
  case ArithOp::Shl:
  case ArithOp::Shr:
    return {};
  }
  llvm_unreachable("closed list");
}

Evaluated negate(ValuePool &Pool, Value V, IntType T, ArithRules Rules) {
  if (T.Width > 64)
    return {};
  return arith(Pool, ArithOp::Sub, Pool.integer(T, 0), V, T, T, Rules);
}

Value complement(ValuePool &Pool, Value V, IntType T) {
  if (T.Width > 64)
    return Varies;
  IntSet Out;
  for (const IntRange &R : setOf(V, T))
    Out.push_back({~R.Hi, ~R.Lo});
  normalise(Out);
  Bits Now = bitsOf(V, T);
  return Pool.ints(T, wrapped(Out, T), {Now.One, Now.Zero});
}

Value convertInt(ValuePool &Pool, Value V, IntType From, IntType To) {
  if (To.Width > 64 || From.Width > 64) {
    std::optional<llvm::APSInt> Known = singleInt(V);
    if (!Known)
      return Varies;
    llvm::APSInt Out = Known->extOrTrunc(To.Width);
    Out.setIsSigned(To.Signed);
    return Pool.fromAPSInt(Out);
  }
  return Pool.ints(To, wrapped(setOf(V, From), To),
                   convertBits(bitsOf(V, From), From, To));
}

Value arithFloats(ValuePool &Pool, ArithOp Op, Value L, Value R) {
  if (!L || !R || L->Is != ValueData::Kind::Float ||
      R->Is != ValueData::Kind::Float ||
      &L->Float->getSemantics() != &R->Float->getSemantics())
    return Varies;
  llvm::APFloat Out = *L->Float;
  constexpr auto Mode = llvm::APFloat::rmNearestTiesToEven;
  llvm::APFloat::opStatus Status = llvm::APFloat::opInvalidOp;
  if (Op == ArithOp::Add)
    Status = Out.add(*R->Float, Mode);
  else if (Op == ArithOp::Sub)
    Status = Out.subtract(*R->Float, Mode);
  else if (Op == ArithOp::Mul)
    Status = Out.multiply(*R->Float, Mode);
  else if (Op == ArithOp::Div)
    Status = Out.divide(*R->Float, Mode);
  // An inexact result depends on the rounding mode, which a program can set.
  return Status == llvm::APFloat::opOK ? Pool.floating(Out) : Varies;
}

} // namespace stackward::source
