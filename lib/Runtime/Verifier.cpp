// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A second opinion on the heap, after a cycle, while the world is stopped. It
/// walks from the precise roots with a visited set of its own and asks of each
/// slot: is there memory in use behind it, an object start, of the slot's type,
/// and does the collector's book-keeping call it alive? It shares nothing with
/// the tracer but the types' trace functions.
///
///   GAB_VERIFY=1  structure: kinds, starts, liveness, headers; and, before the
///                 sweep, that what a stack may refer to has stayed; where
///                 there are minor cycles, that a store into what is old would
///                 be logged, and, before and after each, that whatever is old
///                 and refers to a young object will be visited
///   GAB_VERIFY=2  and the type of small objects, from a table that every
///                 allocation enters (all of them take the slow path then)
///
/// Cost: as a full marking with a hash set.
#include "Collector.h"
#include "Hooks.h"
#include "Typed.h"
#include <stdio.h>

namespace gab::rt {

namespace {
/// Of addresses, by open addressing.
class AddressSet {
  PageArray<uintptr_t> Slots;
  size_t Count = 0;

  size_t find(uintptr_t P) const {
    size_t Mask = Slots.size() - 1;
    size_t I = ((P >> 3) * 0x9E3779B97F4A7C15ull >> 20) & Mask;
    while (Slots[I] && Slots[I] != P)
      I = (I + 1) & Mask;
    return I;
  }
  void grow() {
    PageArray<uintptr_t> Old;
    Old.swap(Slots);
    size_t Want = Old.empty() ? 4096 : Old.size() * 2;
    GAB_ASSERT(Slots.reserve(Want));
    for (size_t I = 0; I < Want; ++I)
      Slots.push(0);
    for (uintptr_t P : Old)
      if (P)
        Slots[find(P)] = P;
    Old.release();
  }

public:
  bool contains(uintptr_t P) const { return Count && Slots[find(P)]; }
  /// True if P is new.
  bool add(uintptr_t P) {
    if (2 * (Count + 1) > Slots.size())
      grow();
    size_t I = find(P);
    if (Slots[I])
      return false;
    Slots[I] = P;
    ++Count;
    return true;
  }
  void release() {
    Slots.release();
    Count = 0;
  }
};

struct Check {
  gab_visitor Visitor;
  const char *When;
  bool AfterCycle; ///< marks say what is alive; later there are new objects
  bool Unswept;    ///< blocks that were emptied are still there
  bool Remembers;  ///< the next cycle may be minor
  AddressSet Seen;
  AddressSet Remembered; ///< slots and objects the next minor cycle visits
  PageArray<uintptr_t> Work;
  uintptr_t Owner = 0; ///< of the fields that are being checked
};
} // namespace

/// Says in which object a slot lies.
static void describePlace(char *Text, size_t Size, void **Slot) {
  auto P = reinterpret_cast<uintptr_t>(Slot);
  uint32_t Block = H.contains(P) ? H.blockOf(P) : 0;
  if (Block && H.Blocks[Block].Kind == BlockKind::LargeRest)
    Block -= H.Blocks[Block].BlockCount;
  uintptr_t Cell =
      Block && H.Blocks[Block].Kind == BlockKind::Scan
          ? cellAt(Block, static_cast<uint32_t>(P & (BlockSize - 1)))
          : 0;
  gab_type *Owner = Cell ? typeOf(Cell + 8) : nullptr;
  if (Owner && !(reinterpret_cast<uintptr_t>(Owner) & 3))
    snprintf(Text, Size, "offset %zu of the %s at %p", size_t(P - Cell - 8),
             Owner->name, reinterpret_cast<void *>(Cell + 8));
  else
    snprintf(Text, Size, "%p, a handle", static_cast<void *>(Slot));
}

static constexpr const char *MendType =
    "an object is only referred to as what it was made as: look at the casts "
    "and gab::Ref(pointer) where this place is stored to";
static constexpr const char *MendStale =
    "a reference was kept where the collector does not see it, or a field is "
    "missing from GAB_TRACE; GAB_QUARANTINE=2 reports its first use";

[[noreturn, gnu::cold]] static void fail(Check &C, const char *What,
                                         void **Slot, uintptr_t P,
                                         const gab_type *Type,
                                         const gab_type *Made = nullptr) {
  bool Known = H.contains(P) && H.blockOf(P) < H.Committed;
  BlockInfo None{};
  const BlockInfo &B = Known ? H.Blocks[H.blockOf(P)] : None;
  char Place[300] = "the heap's tables", Text[1400];
  if (Slot)
    describePlace(Place, sizeof(Place), Slot);
  snprintf(Text, sizeof(Text),
           "gab: heap verification %s failed: %s\n"
           "  where:  %s, a reference to %s, holds %p%s%s\n"
           "  block:  kind %d flags %x lines %08x alloc %08x pins %08x\n"
           "  mend:   %s\n",
           C.When, What, Place, Type ? Type->name : "nothing",
           reinterpret_cast<void *>(P), Made ? ", made as " : "",
           Made ? Made->name : "", int(B.Kind), B.Flags, B.LineMask,
           B.AllocMask, B.PinMask,
           !Slot  ? "this is a fault of libgab, or something wrote over its "
                    "tables: please report it"
           : Made ? MendType
                  : MendStale);
  os::say(Text);
  die("Verifier.cpp", What);
}

/// The same type may have a descriptor in each shared library.
static bool sameType(const gab_type *A, const gab_type *B) {
  return A == B ||
         (A->size == B->size && A->flags == B->flags &&
          A->element_size == B->element_size && !strcmp(A->name, B->name));
}

static void checkSmall(Check &C, void **Slot, uintptr_t P, uint32_t Block,
                       const gab_type *Type) {
  const BlockInfo &B = H.Blocks[Block];
  auto Offset = static_cast<uint32_t>(P & (BlockSize - 1));
  if (Offset & 7)
    fail(C, "a small object starts at an odd place", Slot, P, Type);
  if (!(Type->flags & GAB_NOSCAN_TYPE))
    fail(C, "an object with references is among small ones", Slot, P, Type);
  uint32_t G = Offset >> GranuleShift;
  if (B.has(CandidateFlag) && testBit(H.Bits[Block].Mark, G) &&
      !testBit(H.Bits[Block].Mark, G + 1))
    fail(C, "a reference leads to where a small object was moved from", Slot, P,
         Type);
  uint32_t Size = smallSize(payloadSize(Type, P));
  if (Size > GAB_SMALL_LIMIT || Offset + Size > BlockSize)
    fail(C, "a small object is too long", Slot, P, Type);
  uint32_t Lines = linesOf(Offset, Size);
  if ((B.AllocMask & Lines) != Lines)
    fail(C, "a small object lies on a free line", Slot, P, Type);
  // The sweep makes no difference between the two, and neither does what is
  // decided before it of weak references.
  uint32_t Kept = B.LineMask | (C.Unswept ? B.PinMask : 0);
  if (C.AfterCycle && (Kept & Lines) != Lines)
    fail(C, "a live small object lies on a line without a mark", Slot, P, Type);
  if (H.C.Verify < 2)
    return;
  const gab_type *Made = smallTypeAt(P);
  if (!Made)
    fail(C, "no small object was made here", Slot, P, Type);
  if (!sameType(Made, Type))
    fail(C, "the small object here was made with another type", Slot, P, Type,
         Made);
}

static void checkCell(Check &C, void **Slot, uintptr_t P, uint32_t Block,
                      const gab_type *Type) {
  const BlockInfo &B = H.Blocks[Block];
  bool Scan = B.Kind == BlockKind::Scan;
  uintptr_t Cell = P - (Scan ? 8 : 0);
  auto Offset = static_cast<uint32_t>(Cell & (BlockSize - 1));
  if (cellAt(Block, static_cast<uint32_t>(P & (BlockSize - 1))) != Cell)
    fail(C, "a reference does not lead to the start of a cell", Slot, P, Type);
  if (!testBit(H.Bits[Block].Live, Offset >> GranuleShift))
    fail(C, "a reference leads to a free cell", Slot, P, Type);
  size_t Room = B.has(LargeFlag) ? B.LargeBytes - (Scan ? 16 : 0)
                                 : B.CellSize - (Scan ? 8u : 0u) + B.shift();
  if (payloadSize(Type, P) > Room)
    fail(C, "an object is longer than its cell", Slot, P, Type);
  if (!Scan) {
    if (!(Type->flags & GAB_NOSCAN_TYPE))
      fail(C, "an object with references has no header", Slot, P, Type);
    return;
  }
  auto Header = reinterpret_cast<uintptr_t>(typeOf(P));
  if (!Header)
    fail(C, "an object has no header yet", Slot, P, Type);
  if (Header & 3)
    fail(C, "a reference leads to where an object was moved from", Slot, P,
         Type);
  auto *Made = reinterpret_cast<gab_type *>(Header);
  if (!sameType(Made, Type))
    fail(C, "the object's header names another type", Slot, P, Type, Made);
  if (C.Seen.add(P))
    GAB_ASSERT(C.Work.push(P));
}

static void checkEdge(gab_visitor *V, void **Slot, const gab_type *Type) {
  auto &C = *reinterpret_cast<Check *>(V);
  auto P = reinterpret_cast<uintptr_t>(*Slot);
  if (!P)
    return;
  if (!H.contains(P))
    fail(C, "a reference leads out of the heap", Slot, P, Type);
  uint32_t Block = H.blockOf(P);
  if (Block >= H.Committed)
    fail(C, "a reference leads to memory that was never used", Slot, P, Type);
  const BlockInfo &B = H.Blocks[Block];
  if (B.has(CandidateFlag) && !C.Unswept)
    fail(C, "a block that was emptied is still flagged", Slot, P, Type);
  switch (B.Kind) {
  case BlockKind::Free:
    fail(C, "a reference leads to a free block", Slot, P, Type);
  case BlockKind::LargeRest:
    fail(C, "a reference leads into a large object", Slot, P, Type);
  case BlockKind::Gab:
    return checkSmall(C, Slot, P, Block, Type);
  case BlockKind::Scan:
  case BlockKind::Noscan:
    return checkCell(C, Slot, P, Block, Type);
  }
}

/// After a cycle of gab-gen all that can be reached is old, but for cells that
/// have survived once, and a store into it has to be seen.
static void checkLogged(Check &C, void **Slot, const gab_type *Type) {
  auto Address = reinterpret_cast<uintptr_t>(Slot);
  if (!C.AfterCycle || !H.Generational || !H.contains(Address))
    return;
  if (H.Blocks[H.blockOf(Address)].has(AgingFlag))
    return;
  auto Word = static_cast<uint32_t>((Address & (BlockSize - 1)) >> 3);
  if (!testBit(H.logOf(H.blockOf(Address)), Word))
    fail(C, "a store into an old object would not be logged", Slot,
         reinterpret_cast<uintptr_t>(*Slot), Type);
}

/// Whether a minor cycle would leave P alone.
static bool isOld(uintptr_t P) {
  uint32_t Block = H.blockOf(P);
  const BlockInfo &B = H.Blocks[Block];
  auto Offset = static_cast<uint32_t>(P & (BlockSize - 1));
  if (B.Kind == BlockKind::Gab)
    return !B.has(FreshFlag) && (B.LineMask & linesOf(Offset, 1));
  uint32_t Start = Offset - (B.Kind == BlockKind::Scan ? 8 : 0);
  return !B.has(AgingFlag) && testBit(H.Bits[Block].Mark, Start >> 3);
}

/// A slot of an old object that refers to a young one is visited by the next
/// minor cycle (A2), whoever has stored to it.
static void checkRemembered(Check &C, void **Slot, const gab_type *Type) {
  auto Address = reinterpret_cast<uintptr_t>(Slot);
  auto P = reinterpret_cast<uintptr_t>(*Slot);
  if (!C.Remembers || !P || !H.contains(Address))
    return;
  if (isOld(C.Owner) && !isOld(P) && !C.Remembered.contains(Address) &&
      !C.Remembered.contains(C.Owner | WholeObject))
    fail(C, "no minor cycle would visit an old object's reference to a young",
         Slot, P, Type);
}

static void noteRemembered(uintptr_t Place, void *Context) {
  auto &C = *static_cast<Check *>(Context);
  C.Remembered.add(Place);
  uintptr_t Cell = Place - WholeObject - 8;
  // Later a thread may have given up cells that it never carved.
  if (!C.AfterCycle || !(Place & WholeObject))
    return;
  uint32_t Block = H.blockOf(Cell);
  if (H.Blocks[Block].Kind != BlockKind::Scan ||
      !testBit(H.Bits[Block].Live,
               static_cast<uint32_t>((Cell & (BlockSize - 1)) >> 3)))
    fail(C, "the next minor cycle would visit an object that is dead", nullptr,
         Cell, nullptr);
}

static void checkField(gab_visitor *V, void **Slot, const gab_type *Type) {
  auto &C = *reinterpret_cast<Check *>(V);
  checkLogged(C, Slot, Type);
  checkEdge(V, Slot, Type);
  checkRemembered(C, Slot, Type);
}

static void checkEphemeron(gab_visitor *V, void **Key, const gab_type *KeyType,
                           void **Value, const gab_type *ValueType) {
  checkLogged(*reinterpret_cast<Check *>(V), Key, KeyType);
  checkLogged(*reinterpret_cast<Check *>(V), Value, ValueType);
  if (!*Key)
    return;
  checkField(V, Key, KeyType);
  checkField(V, Value, ValueType);
}

static void traceFields(Check &C, uintptr_t P) {
  gab_type *Type = typeOf(P);
  C.Owner = P;
  if (!Type->trace)
    return;
  if (!(Type->flags & GAB_ARRAY_TYPE))
    return Type->trace(reinterpret_cast<void *>(P), &C.Visitor);
  size_t Length = *reinterpret_cast<uint64_t *>(P);
  for (size_t I = 0; I < Length; ++I)
    Type->trace(reinterpret_cast<void *>(P + 8 + I * Type->element_size),
                &C.Visitor);
}

static void checkTables(Check &C) {
  uint32_t Used = 0;
  for (uint32_t Block = 1; Block < H.Committed; ++Block) {
    const BlockInfo &B = H.Blocks[Block];
    bool Free = testBit(H.FreeMap, Block);
    if (Free && B.Kind != BlockKind::Free)
      fail(C, "a block in use is on the free map", nullptr, H.addressOf(Block),
           nullptr);
    Used += !Free;
    // Of an array in a row a line more may have been marked than it has, which
    // the sweep leaves out.
    if (B.Kind == BlockKind::Gab && !C.Unswept && (B.LineMask & ~B.AllocMask))
      fail(C, "a marked line is not handed out", nullptr, H.addressOf(Block),
           nullptr);
    if (B.Kind == BlockKind::Scan && !B.has(LargeFlag))
      for (unsigned W = 0; W < WordsPerBlock; ++W)
        if (H.Bits[Block].Mark[W] & ~H.Bits[Block].Live[W])
          fail(C, "a marked cell is free", nullptr, H.addressOf(Block),
               nullptr);
  }
  if (Used != H.UsedBlocks)
    fail(C, "the count of used blocks is wrong", nullptr, H.Base, nullptr);
}

/// A span that a thread allocates from is its own: on a list it would get a
/// second owner.
static void checkRuns(Check &C) {
  for (Thread *T = Threads.First; T; T = T->Next)
    eachCellRun(*T, [&](Run &R, const BlockInfo &B) {
      if (B.has(ListedFlag))
        fail(C, "a block that a thread allocates from is on a list", nullptr,
             H.addressOf(R.Block), nullptr);
    });
}

/// What ambiguous words referred to when the roots were scanned, of memory that
/// was in use then. Stacks are not read a second time before the sweep: a stale
/// word may lead to a block that was free and took survivors meanwhile, whose
/// references are all precise; and frames of AddressSanitizer's that died are
/// used again by the collector.
static PageArray<uintptr_t> Ambiguous;

static uint32_t ownerOf(uintptr_t Word) {
  uint32_t Block = H.contains(Word) ? H.blockOf(Word) : 0;
  if (Block >= H.Committed)
    return 0;
  const BlockInfo &B = H.Blocks[Block];
  return B.Kind == BlockKind::LargeRest ? Block - B.BlockCount : Block;
}

void forgetAmbiguous() { Ambiguous.clear(); }

void noteForVerifier(uintptr_t Word) {
  uint32_t Block = ownerOf(Word);
  const BlockInfo &B = H.Blocks[Block];
  if (!Block || B.Kind == BlockKind::Free)
    return;
  auto Offset = static_cast<uint32_t>(Word & (BlockSize - 1));
  uintptr_t Cell = B.Kind == BlockKind::Gab ? 0 : cellAt(Block, Offset);
  auto G = static_cast<uint32_t>((Cell & (BlockSize - 1)) >> GranuleShift);
  if (Cell ? testBit(H.Bits[Block].Live, G)
           : B.Kind == BlockKind::Gab && (linesOf(Offset, 1) & B.AllocMask))
    Ambiguous.push(Word); // out of memory: one check less
}

/// What an ambiguous word led to has not moved and is not about to be freed.
static void checkAmbiguous(Check &C, uintptr_t Word) {
  uint32_t Block = ownerOf(Word);
  const BlockInfo &B = H.Blocks[Block];
  auto Offset = static_cast<uint32_t>(Word & (BlockSize - 1));
  if (B.Kind == BlockKind::Gab) {
    if (linesOf(Offset, 1) & ~B.PinMask)
      fail(C, "a word on a stack refers to a line without a pin", nullptr, Word,
           nullptr);
    return;
  }
  uintptr_t Cell = cellAt(Block, Offset);
  auto G = static_cast<uint32_t>((Cell & (BlockSize - 1)) >> GranuleShift);
  const BlockBits &Bits = H.Bits[Block];
  if (!testBit(Bits.Live, G) || !testBit(Bits.Mark, G))
    fail(C, "a word on a stack refers to a cell without a mark", nullptr, Word,
         nullptr);
  if (B.Kind == BlockKind::Scan && !B.isTyped() &&
      (*reinterpret_cast<uintptr_t *>(Cell) & 3))
    fail(C, "a word on a stack refers to where an object was moved from",
         nullptr, Word, nullptr);
}

void verifyPins() {
  Check C;
  C.When = "before the sweep";
  for (uintptr_t Word : Ambiguous)
    checkAmbiguous(C, Word);
}

void verifyHeap(const char *When, Marks M) {
  Check C;
  C.Visitor = {checkField, checkField, checkEphemeron, nullptr};
  C.When = When;
  C.AfterCycle = M != Marks::Stale;
  C.Unswept = M == Marks::Unswept;
  C.Remembers = H.Generational && !LogLost;
  if (C.Remembers)
    eachRemembered(noteRemembered, &C);
  checkTables(C);
  checkRuns(C);
  for (Thread *T = Threads.First; T; T = T->Next)
    for (gab_local *L = T->Tls->locals; L; L = L->next)
      checkEdge(&C.Visitor, &L->object, L->type);
  for (auto *List : {Roots[GAB_ROOT_STRONG], Roots[GAB_ROOT_WEAK]})
    for (gab_root *R = List; R; R = R->next)
      checkEdge(&C.Visitor, &R->object, R->type);
  while (!C.Work.empty())
    traceFields(C, C.Work.pop());
  C.Work.release();
  C.Seen.release();
  C.Remembered.release();
}

} // namespace gab::rt

extern "C" int gab_verify(void) {
  using namespace gab::rt;
  Thread *T = attachSelf();
  if (!T)
    return 0;
  requireUnblocked(*T, "gab_verify inside a gab::BlockedScope");
  RuntimeScope S(*T);
  lockStopped(T, CycleLock);
  captureSelf(*T);
  stopWorld(T);
  verifyHeap("on request", Marks::Stale);
  resumeWorld(T);
  CycleLock.unlock();
  return 1;
}
