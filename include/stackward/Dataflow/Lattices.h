// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Lattices from which states are made. Bottom ("no value arrives yet") is
/// what a default constructor gives; join goes up.
///
///   Flat<T>       nothing < each T < Varies       height 3
///   Powerset      {} < ... < everything           height = number of bits + 1
///   MapOf<K, L>   pointwise; an absent key is bottom
#ifndef STACKWARD_DATAFLOW_LATTICES_H
#define STACKWARD_DATAFLOW_LATTICES_H

#include "llvm/ADT/BitVector.h"
#include <map>
#include <optional>
#include <utility>

namespace stackward::dataflow {

template <typename T> class Flat {
public:
  Flat() = default;
  explicit Flat(T V) : Value(std::move(V)) {}
  static Flat varies() {
    Flat F;
    F.Varies = true;
    return F;
  }

  bool isBottom() const { return !Varies && !Value; }
  bool isVaries() const { return Varies; }
  const std::optional<T> &value() const { return Value; }

  bool join(const Flat &Other) {
    if (Varies || Other.isBottom())
      return false;
    if (isBottom()) {
      *this = Other;
      return true;
    }
    if (!Other.Varies && *Value == *Other.Value)
      return false;
    *this = varies();
    return true;
  }

private:
  bool Varies = false;
  std::optional<T> Value;
};

/// A set of small integers; the union is the join.
class Powerset {
public:
  Powerset() = default;
  explicit Powerset(unsigned Size) : Bits(Size) {}

  llvm::BitVector Bits;

  bool join(const Powerset &Other) {
    if (!Other.Bits.test(Bits)) // no bit of Other is missing here
      return false;
    Bits |= Other.Bits;
    return true;
  }
};

template <typename K, typename L> class MapOf {
public:
  std::map<K, L> Entries;

  bool join(const MapOf &Other) {
    bool Changed = false;
    for (const auto &[Key, Value] : Other.Entries)
      Changed |= Entries[Key].join(Value);
    return Changed;
  }
};

} // namespace stackward::dataflow

#endif
