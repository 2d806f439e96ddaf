// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lists and trees of known shape: the numbers in nodes are no pointers, and a
// destructor that calls itself is inlined level by level. The twin of
// numbers-are-no-pointers is in numbers-that-hide.cpp: it holds for a whole
// unit, so one function that makes a number of a pointer ends it for all.
// RUN: %run-both %s %t | FileCheck %s
#include "../Inputs/exec.h"
#include <memory>

struct Node {
  long Value;
  Node *Next;
};
NOINLINE long walk(const Node *P) {
  long R = 0;
  for (; P; P = P->Next)
    R = R * 2 + P->Value;
  return R;
}
static const Node *Found;
NOINLINE long walkAndKeep(const Node *P) {
  long R = 0;
  for (; P; P = P->Next) {
    R = R * 2 + P->Value;
    Found = P;
  }
  return R;
}
NOINLINE const Node *last(const Node *P) {
  while (P->Next)
    P = P->Next;
  return P;
}
NOINLINE long walked(long N) {
  Node *A = new Node{N, nullptr}, *B = new Node{2, A}, *C = new Node{3, B};
  long R = walk(C);
  delete A;
  delete B;
  delete C;
  return R;
}
NOINLINE long walkedAndKept(long N) {
  Node *A = new Node{N, nullptr}, *B = new Node{2, A};
  long R = walkAndKeep(new Node{3, B});
  return R;
}
NOINLINE const Node *lastOf(long N) {
  Node *A = new Node{N, nullptr}, *B = new Node{2, A};
  return last(B);
}

struct Tree {
  long Value;
  std::unique_ptr<Tree> Left, Right;
};
NOINLINE long sum(const Tree *P) {
  return P ? P->Value + sum(P->Left.get()) * 2 + sum(P->Right.get()) * 3 : 0;
}
static std::unique_ptr<Tree> Taken;
NOINLINE long takeLeft(Tree *P) {
  Taken = std::move(P->Left);
  return P->Value;
}
NOINLINE long ownedTree(long N) {
  auto P = std::make_unique<Tree>();
  P->Value = N;
  P->Left = std::make_unique<Tree>();
  P->Left->Value = 2;
  P->Right = std::make_unique<Tree>();
  P->Right->Value = 3;
  return sum(P.get());
}
NOINLINE long takenTree(long N) {
  auto P = std::make_unique<Tree>();
  P->Value = N;
  P->Left = std::make_unique<Tree>();
  P->Left->Value = N + 2;
  return takeLeft(P.get());
}
// As many levels as the argument says: what is freed is not in view.
NOINLINE long deepList(long N) {
  std::unique_ptr<Tree> Head;
  for (long I = 0; I < N; ++I) {
    auto P = std::make_unique<Tree>();
    P->Value = I;
    P->Left = std::move(Head);
    Head = std::move(P);
  }
  return sum(Head.get());
}

int main() {
#define SHOW(Name, Value) printf(Name " %ld\n", (long)(Value))
  SHOW("walked", walked(5));      // CHECK: walked 21
  SHOW("kept", walkedAndKept(6)); // CHECK-NEXT: kept 22
  clobber();
  SHOW("found", Found->Value); // CHECK-NEXT: found 6
  const Node *Last = lastOf(7);
  clobber();
  SHOW("last", Last->Value);   // CHECK-NEXT: last 7
  SHOW("tree", ownedTree(1));  // CHECK-NEXT: tree 14
  SHOW("taken", takenTree(4)); // CHECK-NEXT: taken 4
  clobber();
  SHOW("taken", Taken->Value); // CHECK-NEXT: taken 6
  SHOW("deep", deepList(5));   // CHECK-NEXT: deep 26
}
