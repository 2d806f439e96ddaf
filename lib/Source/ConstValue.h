// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What constant propagation can know of a value. Private to this room.
///
///   Varies            nothing: any value of the type
///   integer set       up to MaxRanges closed ranges, sorted and apart; also
///                     booleans, enumerators, characters
///   wide integer      one value of a type wider than 64 bits
///   floating          one value, bit for bit; never a NaN
///   null, not null    a pointer; not null may name the object it points to
///
/// I1  The set of a value is never empty: an empty set means that control
///     cannot be here, and is said by the absence of a state.
/// I2  A set that holds every value of its type is Varies, so equal knowledge
///     is the same pointer and states compare fast.
///
/// Height: a set can grow MaxRanges-1 times by gaps and then by its ends, which
/// widening bounds (ConstState.h).
#ifndef STACKWARD_LIB_SOURCE_CONSTVALUE_H
#define STACKWARD_LIB_SOURCE_CONSTVALUE_H

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APSInt.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

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
inline constexpr unsigned MaxRanges = 8;

/// Sorts, merges and, over MaxRanges, closes the smallest gaps.
void normalise(IntSet &S);
IntSet unite(const IntSet &A, const IntSet &B);
IntSet intersect(const IntSet &A, const IntSet &B);
/// All of Within that is not in S.
IntSet without(const IntSet &Within, const IntSet &S);
bool contains(const IntSet &S, Int128 V);
inline IntRange hull(const IntSet &S) { return {S.front().Lo, S.back().Hi}; }
inline bool isSingle(const IntSet &S) {
  return S.size() == 1 && S.front().Lo == S.front().Hi;
}

enum class Nullness : uint8_t { Null, NotNull };

/// Index of an object that a pointer may name; see ConstState.h.
using SlotId = uint32_t;
inline constexpr SlotId NoSlot = ~0u;

struct ValueData {
  enum class Kind : uint8_t { Int, Wide, Float, Pointer };
  Kind Is = Kind::Int;
  IntType Type;
  IntSet Ints;
  llvm::APSInt Wide;
  std::optional<llvm::APFloat> Float;
  Nullness Null = Nullness::Null;
  SlotId Target = NoSlot;
  bool operator==(const ValueData &O) const;
};

/// A handle on interned data; null means Varies.
using Value = const ValueData *;
inline constexpr Value Varies = nullptr;

class ValuePool {
public:
  /// Varies for a full set; must not be given an empty one.
  Value ints(IntType T, IntSet S);
  Value integer(IntType T, Int128 V) { return ints(T, {{V, V}}); }
  Value boolean(bool B) { return integer({1, false}, B); }
  Value wide(const llvm::APSInt &V);
  Value floating(const llvm::APFloat &V);
  Value null();
  Value notNull(SlotId Target = NoSlot);
  /// An integer constant of any width.
  Value fromAPSInt(const llvm::APSInt &V);

  Value join(Value A, Value B);

private:
  Value intern(ValueData D, size_t Hash);
  std::unordered_multimap<size_t, std::unique_ptr<ValueData>> Known;
};

/// The set a value stands for, when it is an integer of type T: all of T for
/// Varies.
IntSet setOf(Value V, IntType T);
/// The one value it must be.
std::optional<llvm::APSInt> singleInt(Value V);
bool isConstant(Value V);
std::optional<bool> truth(Value V);
/// `4`, `-1`, `2.5`, `null`; `[0, 9]`, `1 or 3`, `not null` for less.
std::string describe(Value V);

} // namespace stackward::source

#endif
