// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Rows of references to pointer-free objects: the elements of an array of
/// `Member<T>`, T without references. A window, a table, a cache are such rows,
/// and for a collector whose young objects are pointer-free they are most of
/// what there is to visit. What `visit` would do is done here for a target that
/// stays in a Gab block without calling anything and without reading it.
///
/// Precision given up, besides B5: an array that starts less than 128 bytes
/// before the end of its line keeps the next line too, as its length is not
/// read.
///
/// Cost: per reference one load of the block's entry, unless it is that of the
/// reference before. Targets that leave their block, or are no small objects,
/// are asked for from memory and visited when a chunk is through.
#include "Evacuate.h"
#include "Tracer.h"

namespace gab::rt {

namespace {

constexpr size_t ChunkSlots = 64;

inline uintptr_t load(uintptr_t Slot) {
  return __atomic_load_n(reinterpret_cast<uintptr_t *>(Slot), __ATOMIC_RELAXED);
}

/// A piece of a row. What concerns one block is added up in registers while the
/// block stays the same; slots that need more than that are left over.
struct Chunk {
  uintptr_t Left[ChunkSlots];
  size_t LeftCount = 0;

  template <bool Shared, bool Minor>
  void visit(uintptr_t Slot, size_t Count, size_t Step, uint32_t Bytes,
             uint32_t Last);
};

/// The lines of a block that a minor cycle need not look at: what lies in them
/// is old and has been counted. Bit 32 is the line behind the block.
inline uint64_t oldLines(const BlockInfo &B) {
  return B.has(FreshFlag) ? 0 : uint64_t(1) << LinesPerBlock | B.LineMask;
}

template <bool Shared>
inline void addTo(BlockInfo *Info, uint64_t Lines, uint32_t Bytes) {
  // A bit above the block's lines: an object that ends with it, or may.
  auto Mask = static_cast<uint32_t>(Lines);
  if constexpr (Shared) {
    if (Mask & ~__atomic_load_n(&Info->LineMask, __ATOMIC_RELAXED))
      __atomic_fetch_or(&Info->LineMask, Mask, __ATOMIC_RELAXED);
    if (Bytes)
      __atomic_fetch_add(&Info->LiveBytes, Bytes, __ATOMIC_RELAXED);
  } else {
    Info->LineMask |= Mask;
    Info->LiveBytes += Bytes;
  }
}

template <bool Shared, bool Minor>
void Chunk::visit(uintptr_t Slot, size_t Count, size_t Step, uint32_t Bytes,
                  uint32_t Last) {
  const HeapView V;
  uintptr_t End = Slot + Count * Step;
  BlockInfo *Info = V.Blocks; // of block 0, which is never used
  uintptr_t Start = V.Base + BlockSize * 2 * V.Committed; // of no block
  uint64_t Lines = 0, Old = 0;
  uint32_t Seen = 0;
  for (; Slot != End; Slot += Step) {
    uintptr_t P = load(Slot);
    uintptr_t In = P - Start;
    if (In >= BlockSize) {
      uintptr_t Offset = P - V.Base;
      if (Offset >= V.Committed) {
        Left[LeftCount] = Slot; // most of them null
        LeftCount += P != 0;
        continue;
      }
      BlockInfo *Next = &V.Blocks[Offset >> BlockShift];
      In = Offset & (BlockSize - 1);
      if (!Next->is(BlockKind::Gab, CandidateFlag)) {
        __builtin_prefetch(reinterpret_cast<void *>(P));
        __builtin_prefetch(&V.Bits[Offset >> BlockShift].Mark[In >> 9]);
        Left[LeftCount++] = Slot;
        continue;
      }
      addTo<Shared>(Info, Lines, Seen * Bytes);
      Info = Next;
      Lines = Seen = 0;
      Start = P - In;
      if constexpr (Minor)
        Old = oldLines(*Info);
    }
    uint64_t Its = uint64_t(1) << (In >> LineShift) |
                   uint64_t(1) << ((In + Last) >> LineShift);
    if (Minor && (Its & ~Old) == 0)
      continue;
    Lines |= Its;
    ++Seen;
  }
  addTo<Shared>(Info, Lines, Seen * Bytes);
}

} // namespace

/// The mean size of the small arrays in a row, from a few of them and from what
/// earlier rows of the type had.
uint32_t Worker::meanSize(uintptr_t Slot, size_t Count, size_t Step,
                          const gab_type *Type) {
  if (Type != MeanType) {
    MeanType = Type;
    Mean = 48;
  }
  // Four of a piece of an array; of short rows one in sixteen.
  constexpr size_t Most = 4, PerSample = 16;
  Unsampled += Count;
  size_t Samples = Unsampled / PerSample < Most ? Unsampled / PerSample : Most;
  if (Samples)
    Unsampled = 0;
  for (size_t I = 0; I < Samples; ++I) {
    uintptr_t P = load(Slot + Count * I / Samples * Step);
    uintptr_t Offset = P - H.Base;
    if (Offset >= H.CommittedBytes)
      continue;
    const BlockInfo &B = H.Blocks[Offset >> BlockShift];
    if (B.Kind == BlockKind::Gab && !B.has(CandidateFlag))
      Mean = (Mean * 7 + smallSize(payloadSize(Type, P)) + 4) / 8;
  }
  return Mean;
}

template <bool Shared>
void Worker::visitRow(uintptr_t Slot, size_t Count, size_t Step,
                      const gab_type *Type) {
  // While the program runs the length may not be written yet: a guess.
  bool Array = Type->flags & GAB_ARRAY_TYPE;
  uint32_t Bytes = !Array             ? smallSize(Type->size)
                   : Cycle.Concurrent ? 48
                                      : meanSize(Slot, Count, Step, Type);
  // Of an array only the start is known, so it may be as long as they get.
  uint32_t Last = (Array ? static_cast<uint32_t>(GAB_SMALL_LIMIT) : Bytes) - 1;
  while (Count) {
    size_t Now = Count < ChunkSlots ? Count : ChunkSlots;
    Chunk C;
    Cycle.Minor ? C.visit<Shared, true>(Slot, Now, Step, Bytes, Last)
                : C.visit<Shared, false>(Slot, Now, Step, Bytes, Last);
    for (size_t I = 0; I < C.LeftCount; ++I)
      visitIn<Shared>(reinterpret_cast<void **>(C.Left[I]), Type);
    Slot += Now * Step;
    Count -= Now;
  }
}

template void Worker::visitRow<true>(uintptr_t, size_t, size_t,
                                     const gab_type *);
template void Worker::visitRow<false>(uintptr_t, size_t, size_t,
                                      const gab_type *);

} // namespace gab::rt
