// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Registered slots, and the scan of stacks.
///
/// A stack is read from its stopped top to its end, every aligned word. The
/// slots of precise handles (Local) lie on the same stack and are left out:
/// what they refer to may move. Any copy the compiler made of such a value is
/// an ordinary word and pins.
#include "Roots.h"
#include "Registers.h"
#include "Sanitizer.h"
#include <iterator>
#include <sys/mman.h>

namespace gab::rt {

Lock RootLock;
gab_root *Roots[3];
PageArray<FinalizerEntry> Finalizers, FinalizersDue;
TrackedTable Identities;
std::atomic<uint64_t> ConservativeCells{0};

namespace {
/// The Local slots of one thread, sorted by address.
struct LocalSlots {
  PageArray<uintptr_t> Sorted;

  void collect(gab_local *First) {
    Sorted.clear();
    for (gab_local *L = First; L; L = L->next)
      if (!Sorted.push(reinterpret_cast<uintptr_t>(&L->object)))
        return; // out of memory: the rest pins, which is safe
    // Handles are pushed as frames grow down, so this is nearly sorted.
    for (size_t I = 1; I < Sorted.size(); ++I)
      for (size_t J = I; J && Sorted[J - 1] > Sorted[J]; --J) {
        uintptr_t Swap = Sorted[J];
        Sorted[J] = Sorted[J - 1];
        Sorted[J - 1] = Swap;
      }
  }
  bool contains(uintptr_t Address) const {
    size_t Low = 0, High = Sorted.size();
    while (Low < High) {
      size_t Middle = (Low + High) / 2;
      if (Sorted[Middle] < Address)
        Low = Middle + 1;
      else
        High = Middle;
    }
    return Low < Sorted.size() && Sorted[Low] == Address;
  }
};

struct Scan {
  WordFunction F;
  void *Context;
  LocalSlots *Locals;
  void *FakeStack;
  WordPlace Place;
};
} // namespace

static LocalSlots TheLocals;

GAB_NO_SANITIZE static void scanWords(const Scan &S, const char *Low,
                                      const char *High) {
  Low = reinterpret_cast<const char *>((reinterpret_cast<uintptr_t>(Low) + 7) &
                                       ~uintptr_t(7));
  for (const char *P = Low; P + 8 <= High; P += 8) {
    uintptr_t Word = *reinterpret_cast<const volatile uintptr_t *>(P);
    wordScanned(Word);
    // A pointer one past the end of the last block is outside by one.
    if (H.contains(Word - 1)) {
      if (!S.Locals->contains(reinterpret_cast<uintptr_t>(P)))
        S.F(Word, S.Place, S.Context);
      continue;
    }
    void *FrameLow, *FrameHigh;
    if (GAB_ASAN && S.FakeStack &&
        fakeFrame(S.FakeStack, reinterpret_cast<void *>(Word), &FrameLow,
                  &FrameHigh)) {
      Scan Inner = S;
      Inner.FakeStack = nullptr;
      scanWords(Inner, static_cast<char *>(FrameLow),
                static_cast<char *>(FrameHigh));
    }
  }
}

/// The lowest readable address of a thread's stack: its pages are mapped
/// without a hole from the high end down.
static char *readableLow(const Thread &T) {
  char *P = T.StackHigh;
  unsigned char Resident;
  while (P - 4096 >= T.StackLow + 4096 &&
         mincore(P - 4096, 4096, &Resident) == 0)
    P -= 4096;
  return P;
}

static const gab_stack *fiberOf(const char *Pointer) {
  for (gab_stack *S = Threads.Stacks; S; S = S->next)
    if (Pointer >= static_cast<char *>(S->low) &&
        Pointer < static_cast<char *>(S->high))
      return S;
  return nullptr;
}

static void scanThread(Scan &S, Thread &T) {
  TheLocals.collect(T.Tls->locals);
  S.FakeStack = T.FakeStack;
  S.Place = T.Async ? WordPlace::AsyncStack : WordPlace::Stack;
  // As words of memory: a register may lead to one of AddressSanitizer's
  // frames, which nothing on the stack itself has to.
  scanWords(S, reinterpret_cast<const char *>(std::begin(T.Registers)),
            reinterpret_cast<const char *>(std::end(T.Registers)));
  if (T.SignalLow)
    scanWords(S, T.SignalLow, T.SignalHigh);
  if (T.StackPointer >= T.StackLow && T.StackPointer <= T.StackHigh)
    scanWords(S, T.StackPointer, T.StackHigh);
  else if (const gab_stack *Fiber = fiberOf(T.StackPointer))
    scanWords(S, T.StackPointer, static_cast<char *>(Fiber->high));
  else // on a stack nobody told us of: all of its own that can be read
    scanWords(S, readableLow(T), T.StackHigh);
}

static void scanConservativeCells(const Scan &S) {
  if (!ConservativeCells.load())
    return;
  for (uint32_t Block = 1; Block < H.Committed; ++Block) {
    const BlockInfo &B = H.Blocks[Block];
    if (B.Kind != BlockKind::Scan || B.isTyped())
      continue;
    uint32_t Cells = B.has(LargeFlag) ? 1 : cellsIn(B);
    size_t Size = B.has(LargeFlag) ? B.LargeBytes - 8 : B.CellSize;
    for (uint32_t I = 0; I < Cells; ++I) {
      auto Cell = H.addressOf(Block) + B.FirstCell + I * Size;
      if (!testBit(H.Bits[Block].Live,
                   static_cast<uint32_t>((Cell & (BlockSize - 1)) >> 3)))
        continue;
      auto *Type = *reinterpret_cast<gab_type **>(Cell);
      if (Type && (Type->flags & GAB_CONSERVATIVE_TYPE))
        scanWords(S, reinterpret_cast<char *>(Cell + 8),
                  reinterpret_cast<char *>(Cell + Size));
    }
  }
}

void eachAmbiguousWord(WordFunction F, void *Context) {
  Scan S{F, Context, &TheLocals, nullptr, WordPlace::Stack};
  for (Thread *T = Threads.First; T; T = T->Next)
    scanThread(S, *T);
  TheLocals.Sorted.clear();
  S.FakeStack = nullptr;
  S.Place = WordPlace::Fiber;
  for (gab_stack *Stack = Threads.Stacks; Stack; Stack = Stack->next)
    if (Stack->pointer && *Stack->pointer)
      scanWords(S, static_cast<char *>(*Stack->pointer),
                static_cast<char *>(Stack->high));
  for (gab_root *R = Roots[GAB_ROOT_PIN]; R; R = R->next)
    if (R->object)
      F(reinterpret_cast<uintptr_t>(R->object), WordPlace::Pin, Context);
  S.Place = WordPlace::Conservative;
  scanConservativeCells(S);
}

// ---------------------------------------------------------------------------
// Tables that follow objects

static size_t hashAddress(const void *P) {
  uint64_t X = reinterpret_cast<uint64_t>(P) >> 3;
  X *= 0x9E3779B97F4A7C15ull;
  return X >> 20;
}

size_t TrackedTable::slotFor(const void *Object) const {
  size_t Mask = Index.size() - 1;
  size_t I = hashAddress(Object) & Mask;
  while (Index[I] && Items[Index[I] - 1].Object != Object)
    I = (I + 1) & Mask;
  return I;
}

void TrackedTable::rebuild() {
  size_t Want = 64;
  while (Want < 2 * (Items.size() + 1))
    Want *= 2;
  if (Index.size() < Want) {
    Index.clear();
    if (!Index.reserve(Want)) {
      Items.clear(); // forgets hashes rather than return a wrong one
      return;
    }
    while (Index.size() < Want)
      Index.push(0);
  }
  for (uint32_t &Slot : Index)
    Slot = 0;
  for (uint32_t I = 0; I < Items.size(); ++I)
    Index[slotFor(Items[I].Object)] = I + 1;
}

TrackedObject *TrackedTable::find(const void *Object) {
  if (Index.empty())
    return nullptr;
  uint32_t I = Index[slotFor(Object)];
  return I ? &Items[I - 1] : nullptr;
}

bool TrackedTable::insert(const TrackedObject &Item) {
  if (!Items.push(Item))
    return false;
  if (Index.size() < 2 * (Items.size() + 1))
    rebuild();
  else
    Index[slotFor(Item.Object)] = static_cast<uint32_t>(Items.size());
  return true;
}

static void unlinkRoot(gab_root *Root) {
  if (Root->next)
    Root->next->previous = Root->previous;
  if (Root->previous)
    Root->previous->next = Root->next;
  else
    Roots[Root->kind] = Root->next;
}

void dropRootsBetween(const void *Low, const void *High) {
  // The memory of a dropped root may be gone already, but those that are left
  // link to it; so the chain is rebuilt from what is outside. It was whole
  // when the stack died, and nobody has written there yet.
  for (gab_root *First : Roots)
    for (gab_root *R = First; R; R = R->next)
      if (R >= Low && R < High)
        unlinkRoot(R);
}

} // namespace gab::rt

using namespace gab::rt;

static Thread &attachForRoot() {
  Thread *T = attachSelf();
  if (!T)
    gab_misuse("a root was registered and there is no address space",
               "raise the limit on virtual memory (ulimit -v)");
  return *T;
}

static void linkRoot(gab_root *Root) {
  Guard G(RootLock);
  if (Root->linked)
    return;
  Root->previous = nullptr;
  Root->next = Roots[Root->kind];
  if (Root->next)
    Root->next->previous = Root;
  Roots[Root->kind] = Root;
  Root->linked = 1;
}

extern "C" void gab_root_add(gab_root *Root) {
  RuntimeScope S(attachForRoot());
  linkRoot(Root);
}

// Whoever waits for the end of a cycle on entering has Object in a register or
// on its stack, so it stays where it is. And the caller need not: an address in
// a register that survives the call would be found on the stack for long after
// the handle is gone, all that a loop made a round ago with it.
extern "C" void gab_root_set(gab_root *Root, const void *Object) {
  RuntimeScope S(attachForRoot());
  linkRoot(Root);
  __atomic_store_n(&Root->object, const_cast<void *>(Object), __ATOMIC_RELAXED);
}

// Inside a BlockedScope nobody knows of an address that was read there: the
// object would move or die while the store waits for the end of a cycle. A weak
// reference that is copied is not held by anybody, so nothing is logged.
extern "C" void gab_root_copy(gab_root *Root, const gab_root *From) {
  RuntimeScope S(attachForRoot());
  linkRoot(Root);
  __atomic_store_n(&Root->object,
                   __atomic_load_n(&From->object, __ATOMIC_RELAXED),
                   __ATOMIC_RELAXED);
}

extern "C" void gab_root_remove(gab_root *Root) {
  Thread *T = attachSelf();
  if (!T)
    return;
  RuntimeScope S(*T);
  Guard G(RootLock);
  if (!Root->linked)
    return;
  unlinkRoot(Root);
  Root->linked = 0;
}

extern "C" int gab_register_finalizer(void *Object, const gab_type *Type) {
  Thread *T = attachSelf();
  RuntimeScope S(*T);
  Guard G(RootLock);
  return Finalizers.push({Object, Type});
}

extern "C" uint64_t gab_identity_hash(const void *Object,
                                      const gab_type *Type) {
  if (!Object)
    return 0;
  Thread *T = attachSelf();
  RuntimeScope S(*T);
  Guard G(Identities.L);
  if (TrackedObject *Known = Identities.find(Object))
    return Known->Value;
  static uint64_t Counter = 0;
  uint64_t Value = (++Counter * 0x9E3779B97F4A7C15ull) | 1;
  Identities.insert({const_cast<void *>(Object), Type, Value});
  return Value;
}
