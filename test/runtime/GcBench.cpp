// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// After the well-known benchmark of the kind: trees of many depths, built from
/// the top (stores into old objects) and from the bottom (arguments that only a
/// stack holds), beside a tree and an array that live long. Here it is a test:
/// every tree is counted and summed. usage: gab-gc-bench [DEPTH (12)]
#include "gab/gab.hpp"
#include <cstdio>
#include <cstdlib>

namespace {

struct Tree {
  gab::Member<Tree> Left, Right;
  int64_t Value = 0, Unused = 0;
  GAB_TRACE(Tree, Left, Right)
};

int64_t Made = 0;

/// From the top: children are stored into a node that may be old by then.
void populate(int Depth, gab::Ref<Tree> Top) {
  gab::Local<Tree> Node = Top;
  Node->Value = ++Made;
  if (Depth == 0)
    return;
  Node->Left = gab::make<Tree>();
  Node->Right = gab::make<Tree>();
  populate(Depth - 1, Node->Left);
  populate(Depth - 1, Node->Right);
}

/// From the bottom: only the stack holds the left child while the right one is
/// made.
gab::Ref<Tree> makeTree(int Depth) {
  gab::Local<Tree> Left, Right;
  if (Depth > 0) {
    Left = makeTree(Depth - 1);
    Right = makeTree(Depth - 1);
  }
  gab::Ref<Tree> Node = gab::make<Tree>();
  Node->Left = gab::Ref<Tree>(Left);
  Node->Right = gab::Ref<Tree>(Right);
  Node->Value = ++Made;
  return Node;
}

struct Sum {
  int64_t Count = 0, Values = 0;
  void add(const Tree *T) {
    if (!T)
      return;
    ++Count;
    Values += T->Value;
    add(T->Left.get());
    add(T->Right.get());
  }
};

/// Whether T is a full tree of that depth whose nodes were made one after
/// another, up to the First-th before.
bool isRight(const Tree *T, int Depth, int64_t First) {
  Sum S;
  S.add(T);
  int64_t Count = (int64_t(2) << Depth) - 1;
  return S.Count == Count && S.Values == Count * (2 * First + Count + 1) / 2;
}

} // namespace

int main(int Argc, char **Argv) {
  int Depth = Argc > 1 ? atoi(Argv[1]) : 12;
  int64_t First = Made;
  gab::Root<Tree> Long = gab::make<Tree>();
  populate(Depth, Long);
  size_t Length = size_t(1) << (Depth + 3);
  gab::Root<gab::Array<double>> Array = gab::make_array<double>(Length);
  for (size_t I = 0; I < Length; ++I)
    (*Array)[I] = 1.0 / double(I + 1);
  for (int D = 4; D <= Depth; D += 2) {
    int64_t Rounds = (int64_t(2) << Depth) / (int64_t(2) << D) * 2;
    for (int64_t I = 0; I < Rounds; ++I) {
      int64_t Before = Made;
      gab::Local<Tree> Down = gab::make<Tree>();
      populate(D, Down);
      int64_t Between = Made;
      gab::Local<Tree> Up = makeTree(D);
      if (!isRight(Down.get(), D, Before) || !isRight(Up.get(), D, Between)) {
        printf("a tree of depth %d is wrong\n", D);
        return 1;
      }
    }
  }
  bool Good = isRight(Long.get(), Depth, First);
  for (size_t I = 0; I < Length; ++I)
    Good = Good && (*Array)[I] == 1.0 / double(I + 1);
  printf("%s: %lld nodes, %llu cycles: %s\n", gab_plan_name(),
         static_cast<long long>(Made),
         static_cast<unsigned long long>(gab::stats().cycles),
         Good ? "all trees are right" : "what lived long is wrong");
  return Good ? 0 : 1;
}
