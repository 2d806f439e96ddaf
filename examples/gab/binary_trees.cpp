// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Binary trees: many short-lived objects with references. Run it under
/// several plans (GAB_PLAN) and look at the last line.
#include "gab/gab.hpp"
#include <cstdio>
#include <cstdlib>

struct Tree {
  gab::Member<Tree> Left, Right;
  GAB_TRACE(Tree, Left, Right)
};

static gab::Ref<Tree> build(int Depth) {
  gab::Ref<Tree> T = gab::make<Tree>();
  if (Depth > 0) {
    T->Left = build(Depth - 1);
    T->Right = build(Depth - 1);
  }
  return T;
}

static long count(gab::Ref<Tree> T) {
  return T->Left ? 1 + count(T->Left) + count(T->Right) : 1;
}

int main(int Argc, char **Argv) {
  int Depth = Argc > 1 ? atoi(Argv[1]) : 12;
  gab::Root<Tree> Long = build(Depth);
  for (int D = 4; D <= Depth; D += 4) {
    long Times = 1l << (Depth - D + 4), Nodes = 0;
    for (long I = 0; I < Times; ++I)
      Nodes += count(build(D));
    printf("%ld trees of depth %d: %ld nodes\n", Times, D, Nodes);
  }
  printf("long-lived tree of depth %d: %ld nodes\n", Depth, count(Long));
  gab_stats S = gab::stats();
  fprintf(stderr, "%s: %lu cycles, longest pause %lu us\n", gab_plan_name(),
          static_cast<unsigned long>(S.cycles),
          static_cast<unsigned long>(S.pause_max_ns / 1000));
  return 0;
}
