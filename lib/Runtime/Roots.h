// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Everything a collection starts from, and what it has to look at again when
/// it knows what is alive.
#ifndef GAB_RUNTIME_ROOTS_H
#define GAB_RUNTIME_ROOTS_H

#include "Thread.h"

namespace gab::rt {

/// Lists of slots outside the heap, one for each gab_root_kind.
extern Lock RootLock;
extern gab_root *Roots[3];

/// Unlinks the roots that lie on a stack that is gone.
void dropRootsBetween(const void *Low, const void *High);

/// Objects whose finalizer has not been queued. Such objects never move.
struct FinalizerEntry {
  void *Object;
  const gab_type *Type;
};
extern PageArray<FinalizerEntry> Finalizers, FinalizersDue;

/// A table keyed by the address of an object that follows the object and
/// forgets it when it dies: identity hashes and profile samples.
struct TrackedObject {
  void *Object;
  const gab_type *Type;
  uint64_t Value;
};
class TrackedTable {
  PageArray<TrackedObject> Items;
  PageArray<uint32_t> Index; ///< open addressing; item + 1
  size_t slotFor(const void *Object) const;
  void rebuild();

public:
  Lock L;
  /// The entry of Object; null if there is none.
  TrackedObject *find(const void *Object);
  bool insert(const TrackedObject &Item);
  /// Calls Alive(void *&Object, Type) for each entry; drops those for which it
  /// is false after telling Dropped.
  template <class Function, class Drop>
  void follow(Function Alive, Drop Dropped) {
    size_t Kept = 0;
    for (TrackedObject &Item : Items) {
      if (Alive(Item.Object, Item.Type))
        Items[Kept++] = Item;
      else
        Dropped(Item);
    }
    Items.truncate(Kept);
    rebuild();
  }
  size_t size() const { return Items.size(); }
  TrackedObject *begin() { return Items.begin(); }
  TrackedObject *end() { return Items.end(); }
};
extern TrackedTable Identities;

/// Where an ambiguous word is. Async: in a thread that was stopped by the
/// signal.
enum class WordPlace : uint32_t { Stack, AsyncStack, Fiber, Pin, Conservative };
/// Calls F(word) for each word that may be a reference and cannot be rewritten:
/// registers, stacks, pins. The world is stopped.
using WordFunction = void (*)(uintptr_t Word, WordPlace Place, void *Context);
void eachAmbiguousWord(WordFunction F, void *Context);

/// Number of live-or-unswept conservative cells; they are ambiguous roots.
extern std::atomic<uint64_t> ConservativeCells;

} // namespace gab::rt
#endif
