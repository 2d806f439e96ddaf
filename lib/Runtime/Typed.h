// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Blocks for the objects of one type (GAB_SEGREGATE). The block's entry names
/// the type, so its cells need no header: an object of two references takes 16
/// bytes instead of 24. They are Scan blocks in every other respect.
///
/// So that the same arithmetic serves both, a cell is still counted from eight
/// bytes before its object: bits, runs and cell indices are those of a block
/// with headers whose cells are eight bytes shorter than they say. Only the
/// place of the contents differs:
///
///   with headers   cell [c, c + size) holds header at c, object at c + 8
///   typed          cell [c, c + size) stands for the object [c + 8, c + size +
///   8)
///
/// So the last word of an object is counted to the next cell, wherever memory
/// is zeroed, logged, forbidden to sanitizers, or a word on a stack is looked
/// up; BlockInfo::shift() says by how much.
///
///  Y1  All objects in a typed block are of Space->Type. What has not been made
///      yet is zero, and may be traced.
///  Y2  A typed block is never emptied: there is no header to leave the new
///      address in.
///  Y3  There are at most MostSpaces types with blocks of their own. The
///  objects
///      of later ones get headers.
///
/// Price: a block for each such type and thread, even for one object.
#ifndef GAB_RUNTIME_TYPED_H
#define GAB_RUNTIME_TYPED_H

#include "Heap.h"
#include "Sanitizer.h"

namespace gab::rt {

inline constexpr uint32_t MostSpaces = GAB_TYPED_RUNS - 1;

struct TypedSpace {
  gab_type *Type;
  BlockList Room;
  uint32_t CellSize;
  uint32_t Index;                 ///< of the threads' runs; from 1
  uint64_t Starts[WordsPerBlock]; ///< bits of the starts of all cells
};

/// Filled one by one and never taken away.
struct TypedSpaces {
  Lock L;
  std::atomic<uint32_t> Count{0};
  TypedSpace Items[MostSpaces];

  TypedSpace *begin() { return Items; }
  TypedSpace *end() { return Items + Count.load(std::memory_order_acquire); }
};
extern TypedSpaces Typed;

/// The space of a type with GAB_SEGREGATED_TYPE. Null: it has none.
TypedSpace *spaceOf(const gab_type *Type);
/// Gives a block its shape. The caller owns it.
void shapeTyped(uint32_t Block, TypedSpace &Space);

/// A stale word may have led to a cell that is not carved yet, and while
/// marking goes on beside the program its owner may give the run up: then
/// a sanitizer is told that the cell is forbidden, and its header is null.
GAB_MAY_BE_FREED inline gab_type *headerOf(uintptr_t Object) {
  return reinterpret_cast<gab_type *>(__atomic_load_n(
      reinterpret_cast<uintptr_t *>(Object - 8), __ATOMIC_ACQUIRE));
}

/// The type of an object with references, wherever it says so; null when there
/// is no object yet.
inline gab_type *typeOf(uintptr_t Object) {
  if (Typed.Count.load(std::memory_order_relaxed)) [[unlikely]]
    if (const BlockInfo &B = H.Blocks[H.blockOf(Object)]; B.isTyped())
      return B.Space->Type;
  return headerOf(Object);
}

} // namespace gab::rt
#endif
