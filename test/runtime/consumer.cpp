// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gab/allocator.hpp>
#include <gab/gab.hpp>
#include <gab/hash_map.hpp>
#include <gab/string.hpp>
#include <gab/task.hpp>
#include <gab/vector.hpp>

struct Node {
  gab::Member<Node> Next;
  gab::string Name;
  GAB_TRACE(Node, Next, Name)
};

int main() {
  gab::Root<Node> Head;
  for (int I = 0; I < 100000; ++I) {
    gab::Local<Node> N = gab::make<Node>();
    N->Name = "a name";
    if (I % 100)
      N->Next = gab::Ref<Node>(Head);
    Head = N;
  }
  gab::compact();
  int Count = 0;
  for (Node *P = Head.get(); P; P = P->Next.get())
    Count += P->Name == "a name";
  return Count == 100 ? 0 : 1;
}
