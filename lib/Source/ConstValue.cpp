// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Sets of integers as sorted ranges, and the pool that interns values.
#include "ConstValue.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cassert>

namespace stackward::source {

void normalise(IntSet &S) {
  llvm::sort(S, [](const IntRange &A, const IntRange &B) {
    return A.Lo != B.Lo ? A.Lo < B.Lo : A.Hi < B.Hi;
  });
  IntSet Out;
  for (const IntRange &R : S) {
    if (!Out.empty() && R.Lo <= Out.back().Hi + 1)
      Out.back().Hi = std::max(Out.back().Hi, R.Hi);
    else
      Out.push_back(R);
  }
  while (Out.size() > MaxRanges) {
    size_t Best = 1;
    auto Gap = [&](size_t I) { return Out[I].Lo - Out[I - 1].Hi; };
    for (size_t I = 2; I < Out.size(); ++I)
      if (Gap(I) < Gap(Best))
        Best = I;
    Out[Best - 1].Hi = Out[Best].Hi;
    Out.erase(Out.begin() + Best);
  }
  S = std::move(Out);
}

IntSet unite(const IntSet &A, const IntSet &B) {
  IntSet S = A;
  S.append(B.begin(), B.end());
  normalise(S);
  return S;
}

IntSet intersect(const IntSet &A, const IntSet &B) {
  IntSet S;
  for (const IntRange &X : A)
    for (const IntRange &Y : B) {
      IntRange R{std::max(X.Lo, Y.Lo), std::min(X.Hi, Y.Hi)};
      if (R.Lo <= R.Hi)
        S.push_back(R);
    }
  normalise(S);
  return S;
}

IntSet without(const IntSet &Within, const IntSet &S) {
  IntSet Left = Within;
  for (const IntRange &Hole : S) {
    IntSet Next;
    for (const IntRange &R : Left) {
      if (Hole.Hi < R.Lo || R.Hi < Hole.Lo) {
        Next.push_back(R);
        continue;
      }
      if (R.Lo < Hole.Lo)
        Next.push_back({R.Lo, Hole.Lo - 1});
      if (Hole.Hi < R.Hi)
        Next.push_back({Hole.Hi + 1, R.Hi});
    }
    Left = std::move(Next);
  }
  // Closing gaps to stay within MaxRanges only adds values: still sound.
  normalise(Left);
  return Left;
}

bool contains(const IntSet &S, Int128 V) {
  return llvm::any_of(
      S, [V](const IntRange &R) { return R.Lo <= V && V <= R.Hi; });
}

bool ValueData::operator==(const ValueData &O) const {
  if (Is != O.Is)
    return false;
  switch (Is) {
  case Kind::Int:
    return Type == O.Type && Ints == O.Ints && Shared == O.Shared;
  case Kind::Wide:
    return Wide.getBitWidth() == O.Wide.getBitWidth() &&
           Wide.isSigned() == O.Wide.isSigned() && Wide == O.Wide;
  case Kind::Float:
    return &Float->getSemantics() == &O.Float->getSemantics() &&
           Float->bitwiseIsEqual(*O.Float);
  case Kind::Pointer:
    return Null == O.Null && Target == O.Target;
  }
  llvm_unreachable("closed list");
}

Value ValuePool::intern(ValueData D, size_t Hash) {
  auto [Begin, End] = Known.equal_range(Hash);
  for (auto It = Begin; It != End; ++It)
    if (*It->second == D)
      return It->second.get();
  return Known.emplace(Hash, std::make_unique<ValueData>(std::move(D)))
      ->second.get();
}

std::optional<Value> ValuePool::someInts(IntType T, IntSet S, Bits B) {
  assert(T.Width <= 64);
  if (S.empty() || !reduce(S, B, T))
    return std::nullopt;
  bool Whole =
      S.size() == 1 && S.front().Lo <= T.min() && S.front().Hi >= T.max();
  if (Whole && !B.any())
    return Varies;
  size_t Hash = llvm::hash_combine(1, T.Width, T.Signed, B.Zero, B.One);
  for (const IntRange &R : S)
    Hash = llvm::hash_combine(Hash, uint64_t(R.Lo), uint64_t(R.Hi));
  ValueData D;
  D.Is = ValueData::Kind::Int;
  D.Type = T;
  D.Ints = std::move(S);
  D.Shared = B;
  return intern(std::move(D), Hash);
}

Value ValuePool::ints(IntType T, IntSet S, Bits B) {
  std::optional<Value> Some = someInts(T, std::move(S), B);
  assert(Some && "a value that no execution has");
  return Some.value_or(Varies);
}

Value ValuePool::truthOf(IntType T, bool Holds) {
  IntSet Zero{{0, 0}};
  return ints(T, Holds ? without({{T.min(), T.max()}}, Zero) : Zero);
}

std::optional<Value> ValuePool::meet(Value A, Value B, IntType T) {
  if (A == B || B == Varies)
    return A;
  return someInts(T, intersect(setOf(A, T), setOf(B, T)),
                  eitherHas(bitsOf(A, T), bitsOf(B, T)));
}

Value ValuePool::wide(const llvm::APSInt &V) {
  ValueData D;
  D.Is = ValueData::Kind::Wide;
  D.Wide = V;
  return intern(std::move(D), llvm::hash_combine(2, llvm::hash_value(V)));
}

Value ValuePool::floating(const llvm::APFloat &V) {
  if (V.isNaN())
    return Varies;
  ValueData D;
  D.Is = ValueData::Kind::Float;
  D.Float = V;
  return intern(std::move(D),
                llvm::hash_combine(3, llvm::hash_value(V.bitcastToAPInt())));
}

Value ValuePool::null() {
  ValueData D;
  D.Is = ValueData::Kind::Pointer;
  return intern(std::move(D), 4);
}

Value ValuePool::notNull(SlotId Target) {
  ValueData D;
  D.Is = ValueData::Kind::Pointer;
  D.Null = Nullness::NotNull;
  D.Target = Target;
  return intern(std::move(D), llvm::hash_combine(5, Target));
}

static Int128 toInt128(const llvm::APSInt &V) {
  return V.isSigned() ? Int128(V.getSExtValue()) : Int128(V.getZExtValue());
}

Value ValuePool::fromAPSInt(const llvm::APSInt &V) {
  if (V.getBitWidth() > 64)
    return wide(V);
  return integer({V.getBitWidth(), V.isSigned()}, toInt128(V));
}

Value ValuePool::join(Value A, Value B) {
  if (A == B)
    return A;
  if (!A || !B || A->Is != B->Is)
    return Varies;
  switch (A->Is) {
  case ValueData::Kind::Int:
    if (!(A->Type == B->Type))
      return Varies;
    return ints(A->Type, unite(A->Ints, B->Ints),
                bothHave(A->Shared, B->Shared));
  case ValueData::Kind::Wide:
  case ValueData::Kind::Float:
    return Varies;
  case ValueData::Kind::Pointer:
    if (A->Null == Nullness::NotNull && B->Null == Nullness::NotNull)
      return notNull();
    return Varies;
  }
  llvm_unreachable("closed list");
}

IntSet setOf(Value V, IntType T) {
  if (V && V->Is == ValueData::Kind::Int && V->Type == T)
    return V->Ints;
  return {{T.min(), T.max()}};
}

Bits bitsOf(Value V, IntType T) {
  return V && V->Is == ValueData::Kind::Int && V->Type == T ? V->Shared
                                                            : Bits();
}

std::optional<llvm::APSInt> singleInt(Value V) {
  if (!V)
    return std::nullopt;
  if (V->Is == ValueData::Kind::Wide)
    return V->Wide;
  if (V->Is != ValueData::Kind::Int || !isSingle(V->Ints))
    return std::nullopt;
  llvm::APInt Bits(V->Type.Width, uint64_t(V->Ints.front().Lo),
                   /*isSigned=*/false, /*implicitTrunc=*/true);
  return llvm::APSInt(std::move(Bits), !V->Type.Signed);
}

bool isConstant(Value V) {
  if (!V)
    return false;
  switch (V->Is) {
  case ValueData::Kind::Int:
    return isSingle(V->Ints);
  case ValueData::Kind::Wide:
  case ValueData::Kind::Float:
    return true;
  case ValueData::Kind::Pointer:
    return V->Null == Nullness::Null;
  }
  llvm_unreachable("closed list");
}

std::optional<bool> truth(Value V) {
  if (!V)
    return std::nullopt;
  switch (V->Is) {
  case ValueData::Kind::Int:
    if (V->Shared.One || !contains(V->Ints, 0))
      return true;
    return isSingle(V->Ints) ? std::optional(false) : std::nullopt;
  case ValueData::Kind::Wide:
    return !V->Wide.isZero();
  case ValueData::Kind::Float:
    return !V->Float->isZero();
  case ValueData::Kind::Pointer:
    return V->Null == Nullness::NotNull;
  }
  llvm_unreachable("closed list");
}

static std::string text(Int128 V) {
  if (V < 0)
    return "-" + llvm::utostr(uint64_t(-V));
  return llvm::utostr(uint64_t(V));
}

/// The bits that the ranges do not tell of.
static Bits ownBits(const ValueData &D) {
  Bits Told = sharedBits(D.Ints, D.Type);
  return {D.Shared.Zero & ~Told.Zero, D.Shared.One & ~Told.One};
}

/// `even`, `odd`, `a multiple of 8`, `with bits 0x6 of 0xe`.
static std::string describeBits(const ValueData &D) {
  Bits Own = ownBits(D);
  if (!Own.any())
    return {};
  uint64_t Which = Own.Zero | Own.One;
  if (Which == 1)
    return Own.One ? "odd" : "even";
  if (!Own.One && llvm::isMask_64(Which) && Which >> 63 == 0)
    return "a multiple of " + llvm::utostr(Which + 1);
  return "with bits 0x" + llvm::utohexstr(Own.One, true) + " of 0x" +
         llvm::utohexstr(Which, true);
}

static std::string describeRanges(const ValueData &D) {
  // What the bits alone leave needs no saying.
  IntSet Whole{{D.Type.min(), D.Type.max()}};
  Bits B = ownBits(D);
  reduce(Whole, B, D.Type);
  if (D.Ints == Whole)
    return {};
  IntSet Holes = without(Whole, D.Ints);
  if (isSingle(Holes))
    return "not " + text(Holes.front().Lo);
  std::string Out;
  for (const IntRange &R : D.Ints) {
    if (!Out.empty())
      Out += " or ";
    if (R.Lo == R.Hi)
      Out += text(R.Lo);
    else if (R.Lo == hull(Whole).Lo)
      Out += "at most " + text(R.Hi);
    else if (R.Hi == hull(Whole).Hi)
      Out += "at least " + text(R.Lo);
    else
      Out += "from " + text(R.Lo) + " to " + text(R.Hi);
  }
  return Out;
}

static std::string describeSet(const ValueData &D) {
  if (D.Type.Width == 1 && !D.Type.Signed)
    return D.Ints.front().Lo ? "true" : "false";
  std::string Ranges = describeRanges(D), OfBits = describeBits(D);
  return Ranges + (Ranges.empty() || OfBits.empty() ? "" : ", ") + OfBits;
}

std::string describe(Value V) {
  if (!V)
    return "not known";
  switch (V->Is) {
  case ValueData::Kind::Int:
    return describeSet(*V);
  case ValueData::Kind::Wide:
    return llvm::toString(V->Wide, 10);
  case ValueData::Kind::Float: {
    llvm::SmallString<32> Out;
    V->Float->toString(Out);
    return Out.str().str();
  }
  case ValueData::Kind::Pointer:
    return V->Null == Nullness::Null ? "null" : "not null";
  }
  llvm_unreachable("closed list");
}

} // namespace stackward::source
