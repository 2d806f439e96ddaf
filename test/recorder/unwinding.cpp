// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file Activations that end by an exception or by longjmp.
#include <csetjmp>
#include <memory>
#include <stdexcept>
#include <string>

struct Node {
  long Value = 0;
};

Node *Loose;

__attribute__((noinline)) void fail(int Code) { throw Code; }

void freedByUnwinding() {
  auto N = std::make_unique<Node>(); //= new count=3 freed=3 //? make_unique ok
  fail(1);
}

void freedByTheCatcher() {
  Loose = new Node; //= new count=3 freed=0,3 //? new fault
  fail(2);
}

void throughManyFrames(int Depth) {
  Loose = new Node; //= new count=12 alive=1 //? new fault
  if (!Depth)
    fail(3);
  throughManyFrames(Depth - 1);
}

void thrownAsObject() {
  throw new Node; //= new count=3 freed=0,3 //? new fault
}

void catchAll(void (*Function)()) {
  try {
    Function();
  } catch (int) {
    delete Loose;
    Loose = nullptr;
  } catch (Node *N) {
    delete N;
  }
}

void afterUnwinding() {
  Node *N = new Node; //= new count=3 alive=1 freed=3 //? new ok
  delete N;
}

std::jmp_buf Place;

__attribute__((noinline)) void jump() {
  Loose = new Node; //= new count=3 freed=0,3 //? new fault
  std::longjmp(Place, 1);
}

void jumpBack() {
  if (setjmp(Place) == 0)
    jump();
  delete Loose;
  Loose = nullptr;
}

int main() {
  for (int I = 0; I != 3; ++I) {
    catchAll(freedByUnwinding);
    catchAll(freedByTheCatcher);
    catchAll([] { throughManyFrames(3); });
    catchAll(thrownAsObject);
    afterUnwinding();
    jumpBack();
  }
}
