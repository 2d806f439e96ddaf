// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Comparisons: of what is known, and what they make known.
#include "ConstEval.h"
#include "llvm/Support/ErrorHandling.h"

namespace stackward::source {

template <typename T> static bool holds(CompareOp Op, const T &A, const T &B) {
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
  llvm_unreachable("closed list");
}

CompareOp inverse(CompareOp Op) {
  switch (Op) {
  case CompareOp::Lt:
    return CompareOp::Ge;
  case CompareOp::Gt:
    return CompareOp::Le;
  case CompareOp::Le:
    return CompareOp::Gt;
  case CompareOp::Ge:
    return CompareOp::Lt;
  case CompareOp::Eq:
    return CompareOp::Ne;
  case CompareOp::Ne:
    return CompareOp::Eq;
  }
  llvm_unreachable("closed list");
}

CompareOp mirrored(CompareOp Op) {
  switch (Op) {
  case CompareOp::Lt:
    return CompareOp::Gt;
  case CompareOp::Gt:
    return CompareOp::Lt;
  case CompareOp::Le:
    return CompareOp::Ge;
  case CompareOp::Ge:
    return CompareOp::Le;
  case CompareOp::Eq:
  case CompareOp::Ne:
    return Op;
  }
  llvm_unreachable("closed list");
}

IntSet whereHolds(CompareOp Op, const IntSet &L, const IntSet &R) {
  constexpr Int128 Far = Int128(1) << 100; // beyond every type here
  IntRange H = hull(R);
  switch (Op) {
  case CompareOp::Lt:
    return intersect(L, {{-Far, H.Hi - 1}});
  case CompareOp::Le:
    return intersect(L, {{-Far, H.Hi}});
  case CompareOp::Gt:
    return intersect(L, {{H.Lo + 1, Far}});
  case CompareOp::Ge:
    return intersect(L, {{H.Lo, Far}});
  case CompareOp::Eq:
    return intersect(L, R);
  case CompareOp::Ne:
    return isSingle(R) ? without(L, R) : L;
  }
  llvm_unreachable("closed list");
}

std::optional<Value> whereHolds(ValuePool &Pool, CompareOp Op, Value L, Value R,
                                IntType T) {
  Bits Kept = bitsOf(L, T);
  if (Op == CompareOp::Eq)
    Kept = eitherHas(Kept, bitsOf(R, T));
  return Pool.someInts(T, whereHolds(Op, setOf(L, T), setOf(R, T)), Kept);
}

Value compareInts(ValuePool &Pool, CompareOp Op, Value L, Value R, IntType T) {
  if (T.Width > 64) {
    if (L && R && L->Is == ValueData::Kind::Wide &&
        R->Is == ValueData::Kind::Wide &&
        L->Wide.getBitWidth() == R->Wide.getBitWidth() &&
        L->Wide.isSigned() == R->Wide.isSigned())
      return Pool.boolean(holds(Op, L->Wide, R->Wide));
    return Varies;
  }
  if (!whereHolds(Pool, Op, L, R, T))
    return Pool.boolean(false);
  if (!whereHolds(Pool, inverse(Op), L, R, T))
    return Pool.boolean(true);
  return Varies;
}

Value compareFloats(ValuePool &Pool, CompareOp Op, Value L, Value R) {
  if (!L || !R || L->Is != ValueData::Kind::Float ||
      R->Is != ValueData::Kind::Float ||
      &L->Float->getSemantics() != &R->Float->getSemantics())
    return Varies;
  return Pool.boolean(holds(Op, *L->Float, *R->Float));
}

Value comparePointers(ValuePool &Pool, CompareOp Op, Value L, Value R) {
  if (Op != CompareOp::Eq && Op != CompareOp::Ne)
    return Varies;
  if (!L || !R || L->Is != ValueData::Kind::Pointer ||
      R->Is != ValueData::Kind::Pointer)
    return Varies;
  bool BothNotNull =
      L->Null == Nullness::NotNull && R->Null == Nullness::NotNull;
  if (BothNotNull)
    return Varies;
  return Pool.boolean((L->Null == R->Null) == (Op == CompareOp::Eq));
}

} // namespace stackward::source
