// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file The same function many times on the stack: activations are told
/// apart, also when a frame is entered again.

struct Node {
  Node *Next = nullptr;
};

void freedByItsActivation(int Depth) {
  Node *N = new Node; //= new count=6 alive=1 freed=6 //? new ok
  if (Depth)
    freedByItsActivation(Depth - 1);
  delete N;
}

Node *freedByTheOuterActivation(int Depth) {
  if (Depth)
    delete freedByTheOuterActivation(Depth - 1);
  return new Node; //= new count=6 alive=1 freed=0,6 //? new fault
}

void even(int Depth);
void odd(int Depth) {
  Node *N = new Node; //= new count=3 alive=1 freed=3 //? new ok
  even(Depth - 1);
  delete N;
}
void even(int Depth) {
  if (Depth > 0)
    odd(Depth - 1);
}

struct Stack {
  Node *Top = nullptr;
  void push() {
    Node *N = new Node; //= new count=4 freed=0,4 //? new fault
    N->Next = Top;
    Top = N;
  }
  void pop() {
    Node *N = Top;
    Top = N->Next;
    delete N;
  }
};

int main() {
  freedByItsActivation(5);
  delete freedByTheOuterActivation(5);
  even(6);
  Stack S;
  for (int I = 0; I != 4; ++I)
    S.push();
  for (int I = 0; I != 4; ++I)
    S.pop();
}
