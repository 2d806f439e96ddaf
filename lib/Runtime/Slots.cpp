// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Recording slot tables. Memory for tables is never given back: there is one
/// for each type.
#include "Slots.h"
#include "Heap.h"

namespace gab::rt {

namespace {
struct Recorder {
  gab_visitor Visitor;
  uintptr_t Base;
  size_t Size;
  SlotTable *Table;
  uint32_t Capacity;

  void add(void **Slot, const gab_type *Type, SlotKind Kind) {
    uintptr_t Offset = reinterpret_cast<uintptr_t>(Slot) - Base;
    if (Offset >= Size || Table->Count == Capacity) {
      Table->Dynamic = true;
      return;
    }
    Table->Slots[Table->Count++] = {static_cast<uint32_t>(Offset), Kind, Type};
    Table->OnlyEdges &= Kind == SlotKind::Edge;
  }
};
} // namespace

static void recordEdge(gab_visitor *V, void **Slot, const gab_type *Type) {
  reinterpret_cast<Recorder *>(V)->add(Slot, Type, SlotKind::Edge);
}
static void recordWeak(gab_visitor *V, void **Slot, const gab_type *Type) {
  reinterpret_cast<Recorder *>(V)->add(Slot, Type, SlotKind::Weak);
}
static void recordEphemeron(gab_visitor *V, void **Key, const gab_type *KeyType,
                            void **Value, const gab_type *ValueType) {
  auto *R = reinterpret_cast<Recorder *>(V);
  R->add(Key, KeyType, SlotKind::EphemeronKey);
  R->add(Value, ValueType, SlotKind::EphemeronValue);
}

static Lock ArenaLock;
static char *ArenaTop, *ArenaEnd;

static void *arena(size_t Bytes) {
  Guard G(ArenaLock);
  Bytes = (Bytes + 15) & ~size_t(15);
  if (static_cast<size_t>(ArenaEnd - ArenaTop) < Bytes) {
    size_t Want = Bytes > 65536 ? Bytes : 65536;
    auto *New = static_cast<char *>(os::map(Want));
    if (!New)
      return nullptr;
    ArenaTop = New;
    ArenaEnd = New + Want;
  }
  char *Result = ArenaTop;
  ArenaTop += Bytes;
  return Result;
}

static SlotTable *record(const gab_type *Type, void *Sample) {
  size_t Size = Type->flags & GAB_ARRAY_TYPE ? Type->element_size : Type->size;
  uint32_t Capacity = static_cast<uint32_t>(Size / 8);
  if (Capacity > 64)
    Capacity = 64; // beyond that a call costs nothing in comparison
  auto *Table = static_cast<SlotTable *>(
      arena(sizeof(SlotTable) + Capacity * sizeof(SlotPlace)));
  if (!Table)
    return nullptr;
  Table->Count = 0;
  Table->Dynamic = Type->flags & GAB_DYNAMIC_TYPE;
  Table->OnlyEdges = true;
  Recorder R{{recordEdge, recordWeak, recordEphemeron, nullptr},
             reinterpret_cast<uintptr_t>(Sample),
             Size,
             Table,
             Capacity};
  if (Type->trace && !Table->Dynamic)
    Type->trace(Sample, &R.Visitor);
  Table->Plain = !Table->Dynamic && Table->OnlyEdges &&
                 !(Type->flags & (GAB_ARRAY_TYPE | GAB_CONSERVATIVE_TYPE));
  return Table;
}

const SlotTable *makeSlots(gab_type *Type, void *Sample) {
  void *Known = __atomic_load_n(&Type->cache, __ATOMIC_ACQUIRE);
  if (!Known) {
    SlotTable *Made = record(Type, Sample);
    if (!Made)
      return nullptr;
    // Two workers may both have made one; the first wins.
    if (__atomic_compare_exchange_n(&Type->cache, &Known,
                                    static_cast<void *>(Made), false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
      Known = Made;
  }
  return static_cast<SlotTable *>(Known);
}

} // namespace gab::rt
