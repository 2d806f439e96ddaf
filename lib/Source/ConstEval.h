// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// C++ operators on what is known of their operands. Private to this room.
///
/// Each function returns a value that holds every result which the operator
/// can have for operands in the given values. Where the language leaves the
/// result undefined for some operands, the answer is Varies if such operands
/// are possible: nothing is concluded from the absence of undefined behaviour.
/// Where *all* operands are such, Error says so; that is a finding.
#ifndef STACKWARD_LIB_SOURCE_CONSTEVAL_H
#define STACKWARD_LIB_SOURCE_CONSTEVAL_H

#include "ConstValue.h"

namespace stackward::source {

enum class CertainError : uint8_t { None, DivisionByZero, Overflow, BadShift };

struct Evaluated {
  Value Result = Varies;
  CertainError Error = CertainError::None;
};

enum class CompareOp : uint8_t { Lt, Gt, Le, Ge, Eq, Ne };

/// What differs between dialects.
struct ArithRules {
  bool SignedWraps = false;      ///< -fwrapv
  bool ShiftsAreModular = false; ///< C++20
};

/// L and R have type T, except that a shift's R has type Right.
Evaluated arith(ValuePool &Pool, ArithOp Op, Value L, Value R, IntType T,
                IntType Right, ArithRules Rules);
/// L and R have type T. Varies, or a boolean.
Value compareInts(ValuePool &Pool, CompareOp Op, Value L, Value R, IntType T);
Value compareFloats(ValuePool &Pool, CompareOp Op, Value L, Value R);
/// Only Eq and Ne of pointers are ever known.
Value comparePointers(ValuePool &Pool, CompareOp Op, Value L, Value R);

Evaluated negate(ValuePool &Pool, Value V, IntType T, ArithRules Rules);
Value complement(ValuePool &Pool, Value V, IntType T);
Value convertInt(ValuePool &Pool, Value V, IntType From, IntType To);
Value arithFloats(ValuePool &Pool, ArithOp Op, Value L, Value R);

/// The part of L, of type T, for which `L Op r` holds for some r in R. Empty:
/// it cannot hold.
IntSet whereHolds(CompareOp Op, const IntSet &L, const IntSet &R);
/// The same of values; nothing: it cannot hold.
std::optional<Value> whereHolds(ValuePool &Pool, CompareOp Op, Value L, Value R,
                                IntType T);
CompareOp inverse(CompareOp Op);  ///< !(a < b) is a >= b
CompareOp mirrored(CompareOp Op); ///< a < b is b > a

} // namespace stackward::source

#endif
