// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file Objects that leave their thread, and threads that keep theirs.
#include <functional>
#include <memory>
#include <thread>

struct Node {
  long Value = 0;
};

void freedByAnother() {
  Node *N = new Node; //= new count=1 other=1 //? new fault
  std::thread Worker([N] { delete N; });
  Worker.join();
}

void work() {
  for (int I = 0; I != 100; ++I) {
    Node *N = new Node; //= new count=400 alive=1 other=0 freed=400 //? new ok
    delete N;
  }
}

Node *Left;

void leftBehind() {
  Left = new Node; //= new count=1 other=1 //? new fault
}

int main() {
  freedByAnother();
  std::thread Workers[4];
  for (std::thread &Worker : Workers)
    Worker = std::thread(work);
  for (std::thread &Worker : Workers)
    Worker.join();
  std::thread(leftBehind).join();
  delete Left;
}
