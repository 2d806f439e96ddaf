// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What constant propagation can know of a value. Private to this room.
///
///   Varies            nothing: any value of the type
///   integer set       up to MaxRanges closed ranges, sorted and apart, and
///                     the bits that all members share (ConstBits.h); also
///                     booleans, enumerators, characters
///   wide integer      one value of a type wider than 64 bits
///   floating          one value, bit for bit; never a NaN
///   null, not null    a pointer; not null may name the object it points to
///
/// I1  The set of a value is never empty: an empty set means that control
///     cannot be here, and is said by the absence of a state.
/// I2  A set that holds every value of its type is Varies, and ranges and bits
///     agree, so equal knowledge is the same pointer and states compare fast.
///
/// Height: a set can grow MaxRanges-1 times by gaps and then by its ends, which
/// widening bounds (ConstState.h), and lose each bit once.
#ifndef STACKWARD_LIB_SOURCE_CONSTVALUE_H
#define STACKWARD_LIB_SOURCE_CONSTVALUE_H

#include "ConstBits.h"
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
  Bits Shared;
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
  /// Members of S with the bits; Varies if that is all of T. Nothing: there
  /// are none.
  std::optional<Value> someInts(IntType T, IntSet S, Bits B = {});
  /// The same where the caller knows that there are some.
  Value ints(IntType T, IntSet S, Bits B = {});
  Value integer(IntType T, Int128 V) { return ints(T, {{V, V}}); }
  Value boolean(bool B) { return integer({1, false}, B); }
  Value wide(const llvm::APSInt &V);
  Value floating(const llvm::APFloat &V);
  Value null();
  Value notNull(SlotId Target = NoSlot);
  /// An integer constant of any width.
  Value fromAPSInt(const llvm::APSInt &V);

  /// All of T that converts to true, or to false.
  Value truthOf(IntType T, bool Holds);

  Value join(Value A, Value B);
  /// What both are, of integers of type T. Nothing: they exclude each other.
  std::optional<Value> meet(Value A, Value B, IntType T);

private:
  Value intern(ValueData D, size_t Hash);
  std::unordered_multimap<size_t, std::unique_ptr<ValueData>> Known;
};

/// The set a value stands for, when it is an integer of type T: all of T for
/// Varies.
IntSet setOf(Value V, IntType T);
/// The bits that its members share.
Bits bitsOf(Value V, IntType T);
/// The one value it must be.
std::optional<llvm::APSInt> singleInt(Value V);
bool isConstant(Value V);
std::optional<bool> truth(Value V);
/// `4`, `-1`, `2.5`, `null`; `[0, 9]`, `1 or 3`, `not null` for less.
std::string describe(Value V);

} // namespace stackward::source

#endif
