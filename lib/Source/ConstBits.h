// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which bits are the same in every value of a set: what ranges cannot say
/// (`x * 2` is even, `x | 4` is not 0). Private to this room.
///
/// Ranges and bits know of each other: the bits that all ranges share are
/// known, and each range begins and ends with a value that has the known bits.
/// reduce() makes it so, and always gives the same pair for the same pair.
/// design:const-prop.bits
#ifndef STACKWARD_LIB_SOURCE_CONSTBITS_H
#define STACKWARD_LIB_SOURCE_CONSTBITS_H

#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace stackward::source {

/// Wide enough for sums and most products of 64-bit values; what overflows it
/// is given up.
using Int128 = __int128;

/// An integer type as C++ arithmetic sees it. Width is at most 64.
struct IntType {
  unsigned Width = 32;
  bool Signed = true;
  Int128 min() const { return Signed ? -(Int128(1) << (Width - 1)) : 0; }
  Int128 max() const { return (Int128(1) << (Signed ? Width - 1 : Width)) - 1; }
  bool operator==(const IntType &) const = default;
};

struct IntRange {
  Int128 Lo, Hi;
  bool operator==(const IntRange &) const = default;
};

/// Sorted, apart (a gap of at least one between neighbours), not empty except
/// as an intermediate result.
using IntSet = llvm::SmallVector<IntRange, 2>;

/// Bits known to be 0 and to be 1 in two's complement. Bits beyond the width
/// of the type are in neither.
struct Bits {
  uint64_t Zero = 0, One = 0;
  bool operator==(const Bits &) const = default;
  bool any() const { return Zero | One; }
  bool conflicts() const { return Zero & One; }
};

inline uint64_t allBits(IntType T) { return ~uint64_t(0) >> (64 - T.Width); }
inline Bits bothHave(Bits A, Bits B) {
  return {A.Zero & B.Zero, A.One & B.One};
}
inline Bits eitherHas(Bits A, Bits B) {
  return {A.Zero | B.Zero, A.One | B.One};
}
/// What both sides of an operator make of their bits. Results are those of
/// arithmetic that wraps: what overflows without wrapping has no result.
enum class ArithOp : uint8_t {
  Add,
  Sub,
  Mul,
  Div,
  Rem,
  Shl,
  Shr,
  And,
  Or,
  Xor
};
/// L has type T, R too unless Op shifts. No operation is undefined.
Bits arithBits(ArithOp Op, Bits L, Bits R, IntType T, IntType Right);
/// Of what is kept of a value that is brought into another type.
Bits convertBits(Bits B, IntType From, IntType To);

/// The bits that all members of S share.
Bits sharedBits(const IntSet &S, IntType T);

/// Brings S and B into agreement. False: no value is in S and has the bits.
bool reduce(IntSet &S, Bits &B, IntType T);

} // namespace stackward::source

#endif
