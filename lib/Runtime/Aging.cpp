// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which cells stay young, and what refers to them.
#include "Aging.h"
#include "Collector.h"
#include "Evacuate.h"
#include "Slots.h"
#include "Typed.h"

namespace gab::rt {

void chooseGenerations(gab_kind Kind) {
  constexpr size_t LeastCells = 4u << 20;
  size_t Cells = Survivors.CellBytes, All = H.Count.LiveBytes;
  if (H.C.ThePlan == Plan::Copying && Kind != GAB_COLLECT_MINOR)
    setGenerational(H.C.StressAging ||
                    (Cells >= LeastCells && Cells >= All / 3 * 2));
}

void chooseAging() {
  // Marking all twice costs as much as one in two that was kept in vain.
  constexpr uint32_t MostSurviving = 500;
  if (!Cycle.Minor || (Survivors.Cells > MostSurviving && !H.C.StressAging))
    return;
  Cycle.Aging = true;
  Cycle.Plain.Mask |= (FreshFlag | HeldFlag) << 16;
  Cycle.Plain.Word |= FreshFlag << 16;
}

bool leadsToYoung(void *const *Slot) {
  auto P = reinterpret_cast<uintptr_t>(__atomic_load_n(Slot, __ATOMIC_RELAXED));
  return Cycle.Aging && P - H.Base < H.CommittedBytes &&
         H.Blocks[H.blockOf(P)].is(Cycle.Plain);
}

bool refersToYoung(uintptr_t Object) {
  const gab_type *Type = typeOf(Object);
  if (!Type || !Cycle.Aging)
    return false; // carved, but not an object yet: whoever makes it holds it
  const SlotTable *Table = knownSlots(Type);
  if (!Table || !Table->Plain) {
    const gab_type *Only =
        Type->flags & GAB_ARRAY_TYPE ? onlySlotOf(Type) : nullptr;
    return !Only || !(Only->flags & GAB_NOSCAN_TYPE);
  }
  for (uint32_t I = 0; I < Table->Count; ++I)
    if (leadsToYoung(
            reinterpret_cast<void **>(Object + Table->Slots[I].Offset)))
      return true;
  return false;
}

} // namespace gab::rt
