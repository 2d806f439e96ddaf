// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A shared library that uses the shared libgab, for tests that load and unload
/// it. What it leaves in the heap has descriptors in it, so it must stay.
#define GAB_VISIBLE
#include "gab/gab.hpp"

namespace {
struct Item {
  gab::Member<Item> Next;
  int Number = 0;
  GAB_TRACE(Item, Next)
};
} // namespace

extern "C" __attribute__((visibility("default"))) int pluginWork(int N) {
  gab::Local<Item> Head;
  for (int I = 0; I < N; ++I) {
    gab::Local<Item> New = gab::make<Item>();
    New->Next = gab::Ref<Item>(Head);
    New->Number = I;
    Head = New;
  }
  gab::collect();
  int Count = 0;
  for (Item *P = Head.get(); P; P = P->Next.get())
    ++Count;
  return Count;
}
