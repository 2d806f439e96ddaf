// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file How many objects of one place are alive at once in one activation.
#include <memory>

struct Node {
  long Value = 0;
  Node *Next = nullptr;
};

__attribute__((noinline)) void use(Node *N) { N->Value += 1; }

void oneSlot() {
  for (int I = 0; I != 10; ++I) {
    Node *N = new Node; //= new count=10 alive=1 freed=10 //? new ok
    use(N);
    delete N;
  }
}

void twoAlive() {
  Node *Previous = nullptr;
  for (int I = 0; I != 10; ++I) {
    Node *N = new Node; //= new count=10 alive=2 freed=10 //? new fault
    use(N);
    delete Previous;
    Previous = N;
  }
  delete Previous;
}

void eachActivationHasItsOwn(int Depth) {
  auto N = std::make_unique<Node>(); //= new count=5 alive=1 //? make_unique ok
  use(N.get());
  if (Depth)
    eachActivationHasItsOwn(Depth - 1);
}

void sharedLine() {
  Node *A = new Node; //= new count=1 alive=1 freed=1 //? new ok
  Node *B = new Node; //= new count=1 alive=1 freed=1 //? new ok
  delete A;
  delete B;
}

int main() {
  oneSlot();
  twoAlive();
  eachActivationHasItsOwn(4);
  sharedLine();
}
