// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Makes a heap of which every part is known and writes a snapshot of it to the
/// file that is named; snapshot_check.py knows what must be in it.
#include "gab/gab.hpp"
#include "gab/hash_map.hpp"
#include "gab/vector.hpp"
#include <stdio.h>

struct Price {
  double Value;
  long Time;
};
struct Leaf {
  gab::Member<Price> What;
  GAB_TRACE(Leaf, What)
};
struct Key {
  gab::Member<Price> Unused;
  GAB_TRACE(Key, Unused)
};
struct OnlyByKey {
  gab::Member<Leaf> Inner;
  GAB_TRACE(OnlyByKey, Inner)
};
struct Garbage {
  gab::Member<Garbage> Next;
  GAB_TRACE(Garbage, Next)
};
struct ByStack {
  gab::Member<ByStack> Next;
  GAB_TRACE(ByStack, Next)
};
struct ByWords {
  gab::Member<ByWords> Next;
  GAB_TRACE(ByWords, Next)
};
struct Large {
  double Values[100];
};
GAB_NOSCAN(Large);
struct Both {
  gab::Member<Price> First, Second;
  GAB_TRACE(Both, First, Second)
};
struct ByHand {
  gab::Member<Leaf> Only;
  void trace(gab::Visitor &V) { V.named("Only", Only); }
};
struct Tree {
  gab::Member<Tree> Left, Right;
  gab::Member<Leaf> Slots[3];
  gab::vector<gab::Member<Leaf>> Kids;
  gab::hash_map<int, gab::Member<Leaf>> Map;
  gab::WeakMember<Leaf> Reached;
  gab::WeakMember<Garbage> NotReached;
  gab::Ephemeron<Key, OnlyByKey> Pair;
  gab::Ephemeron<Garbage, Garbage> Dead;
  gab::Member<gab::Array<Both>> Table;
  gab::Member<Large> Wide;
  gab::Member<ByHand> Hand;
  GAB_TRACE(Tree, Left, Right, Slots, Kids, Map, Reached, NotReached, Pair,
            Dead, Table, Wide, Hand)
};
struct Holder {
  gab::Member<Key> TheKey;
  GAB_TRACE(Holder, TheKey)
};

static gab::Global<Tree> Head;
static gab::Global<Holder> KeyHolder;

static gab::Ref<Leaf> leaf() {
  gab::Local<Leaf> L = gab::make<Leaf>();
  L->What = gab::make<Price>(1.0, 2);
  return L;
}

[[gnu::noinline]] static void **build() {
  Head = gab::make<Tree>();
  Head->Left = gab::make<Tree>();
  Head->Left->Left = gab::make<Tree>();
  Head->Left->Left->Slots[2] = leaf();
  for (int I = 0; I < 5; ++I)
    Head->Kids.push_back(leaf());
  Head->Map[7] = leaf();
  Head->Reached = gab::Ref<Leaf>(Head->Left->Left->Slots[2]);
  Head->NotReached = gab::make<Garbage>();
  Head->Dead.set(gab::make<Garbage>(), gab::make<Garbage>());
  KeyHolder = gab::make<Holder>();
  KeyHolder->TheKey = gab::make<Key>();
  gab::Local<OnlyByKey> Value = gab::make<OnlyByKey>();
  Value->Inner = leaf();
  Head->Pair.set(KeyHolder->TheKey, Value);
  Head->Table = gab::make_array<Both>(3);
  (*Head->Table)[1].Second = gab::make<Price>(3.0, 4);
  Head->Wide = gab::make<Large>();
  Head->Hand = gab::make<ByHand>();
  Head->Hand->Only = leaf();
  auto **Words =
      static_cast<void **>(gab_alloc_conservative(4 * sizeof(void *)));
  Words[1] = gab::make<ByWords>().get();
  for (int I = 0; I < 1000; ++I)
    gab::make<Garbage>()->Next = gab::make<Garbage>();
  return Words;
}

[[gnu::noinline]] static void overwrite() { // what the stack still holds
  volatile char Bytes[8192];
  for (volatile char &B : Bytes)
    B = 0;
}

int main(int, char **Arguments) {
  void **Words = build();
  overwrite();
  gab::Root<gab::Array<gab::Member<Price>>> Prices =
      gab::make_array<gab::Member<Price>>(100);
  for (int I = 0; I < 50; ++I)
    (*Prices)[2 * I] = gab::make<Price>(1.0, I);
  gab::Pin<Large> Pinned = gab::make<Large>();
  gab::Local<Key> Precise = gab::make<Key>();
  ByStack *Raw = gab::make<ByStack>().get();
  overwrite();
  if (!gab::write_snapshot(Arguments[1])) {
    puts("not written");
    return 1;
  }
  if (gab::write_snapshot("/no/such/folder/snapshot"))
    return 1;
  gab::keep_alive(Raw);
  gab::keep_alive(Words);
}
