// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The points-to set of one solver variable: elements in order of arrival,
/// each with how it first came. Difference propagation is a cursor into that
/// order; explanations follow the arrivals back.
#ifndef STACKWARD_ESCAPE_POINTSTO_H
#define STACKWARD_ESCAPE_POINTSTO_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include <cstdint>
#include <memory>
#include <vector>

namespace stackward::escape {

using ElemId = uint32_t;
using EdgeId = uint32_t;

struct Item {
  ElemId What;
  EdgeId Via;  ///< the edge that brought it
  ElemId From; ///< what it was at the source of that edge
  /// When. An item's source arrived before it, so walking back ends; sets that
  /// are merged keep of two equal items the earlier one.
  uint32_t Time;
};

class PointsTo {
public:
  /// Index of E, or size().
  size_t find(ElemId E) const {
    if (Index) {
      auto It = Index->find(E);
      return It == Index->end() ? Items.size() : It->second;
    }
    size_t I = 0;
    while (I != Items.size() && Items[I].What != E)
      ++I;
    return I;
  }
  bool contains(ElemId E) const { return find(E) != Items.size(); }

  bool add(Item New) {
    if (contains(New.What))
      return false;
    if (Index)
      Index->try_emplace(New.What, Items.size());
    Items.push_back(New);
    if (!Index && Items.size() > LinearLimit)
      buildIndex();
    return true;
  }

  /// For an equal item from a set that is merged into this one.
  void keepEarlier(const Item &Other) {
    Item &Mine = Items[find(Other.What)];
    if (Other.Time < Mine.Time)
      Mine = Other;
  }

  size_t size() const { return Items.size(); }
  const Item &operator[](size_t I) const { return Items[I]; }
  auto begin() const { return Items.begin(); }
  auto end() const { return Items.end(); }

private:
  /// Up to here a scan beats hashing.
  static constexpr size_t LinearLimit = 16;

  void buildIndex() {
    Index = std::make_unique<llvm::DenseMap<ElemId, uint32_t>>();
    for (uint32_t I = 0; I != Items.size(); ++I)
      Index->try_emplace(Items[I].What, I);
  }

  std::vector<Item> Items;
  std::unique_ptr<llvm::DenseMap<ElemId, uint32_t>> Index;
};

} // namespace stackward::escape

#endif
