// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where the references in objects of a type are: found by calling the type's
/// trace function once on a real object and noting the offsets, so that later
/// objects are traced without a call per field.
#ifndef GAB_RUNTIME_SLOTS_H
#define GAB_RUNTIME_SLOTS_H

#include "gab/c.h"

namespace gab::rt {

enum class SlotKind : uint32_t { Edge, Weak, EphemeronKey, EphemeronValue };

struct SlotPlace {
  uint32_t Offset;
  SlotKind Kind;
  const gab_type *Type;
};

struct SlotTable {
  uint32_t Count;
  bool Dynamic; ///< fields elsewhere than in the object, or too many
  bool OnlyEdges;
  bool Plain; ///< of a type that is no array: nothing but these edges
  SlotPlace Slots[1];
};

/// The table of Type if somebody has made it.
inline const SlotTable *knownSlots(const gab_type *Type) {
  return static_cast<const SlotTable *>(
      __atomic_load_n(&Type->cache, __ATOMIC_ACQUIRE));
}
/// The table of Type, made on first use from the object (or array element) at
/// Sample. Null when memory is used up: call the trace function instead.
const SlotTable *makeSlots(gab_type *Type, void *Sample);
inline const SlotTable *slotsOf(gab_type *Type, void *Sample) {
  const SlotTable *Known = knownSlots(Type);
  return Known ? Known : makeSlots(Type, Sample);
}

/// If all that an element of the array type Type has is one reference, and is
/// that reference: what it refers to. Null also when nobody has looked yet.
inline const gab_type *onlySlotOf(const gab_type *Type) {
  const SlotTable *Table = knownSlots(Type);
  bool Only = Table && Type->element_size == sizeof(void *) &&
              Table->Count == 1 && Table->OnlyEdges && !Table->Dynamic;
  return Only ? Table->Slots[0].Type : nullptr;
}

} // namespace gab::rt
#endif
