// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which types have blocks of their own. A type is known by its descriptor:
/// another library's descriptor of the same type has a space of its own.
#include "Typed.h"

namespace gab::rt {

TypedSpaces Typed;

static uint32_t runOf(uint32_t Index) {
  return Index * static_cast<uint32_t>(sizeof(gab_run));
}

TypedSpace *spaceOf(const gab_type *Type) {
  if (uint32_t Run = __atomic_load_n(&Type->run, __ATOMIC_ACQUIRE))
    return &Typed.Items[Run / sizeof(gab_run) - 1];
  constexpr unsigned Unfit = GAB_NOSCAN_TYPE | GAB_ARRAY_TYPE;
  if ((Type->flags & Unfit) || Type->size > GAB_SMALL_LIMIT ||
      Typed.Count.load(std::memory_order_relaxed) == MostSpaces)
    return nullptr;
  Guard G(Typed.L);
  if (uint32_t Run = Type->run)
    return &Typed.Items[Run / sizeof(gab_run) - 1];
  uint32_t Index = Typed.Count.load();
  if (Index == MostSpaces)
    return nullptr;
  TypedSpace &Space = Typed.Items[Index];
  Space.Type = const_cast<gab_type *>(Type);
  Space.CellSize = detail::typedCell(Type->size, Type->align);
  Space.Index = Index + 1;
  for (uint32_t At = 8; At + Space.CellSize + 8 <= BlockSize;
       At += Space.CellSize)
    setBit(Space.Starts, At >> GranuleShift);
  Typed.Count.store(Index + 1, std::memory_order_release);
  // Other threads' inlined code finds an empty run there.
  __atomic_store_n(&Space.Type->run, runOf(Index + 1), __ATOMIC_RELEASE);
  return &Space;
}

void shapeTyped(uint32_t Block, TypedSpace &Space) {
  shapeSpan(Block, BlockKind::Scan, 0);
  BlockInfo &B = H.Blocks[Block];
  B.Class = TypedClass;
  B.CellSize = Space.CellSize;
  B.Reciprocal = reciprocalOf(B.CellSize);
  B.Space = &Space;
}

} // namespace gab::rt
