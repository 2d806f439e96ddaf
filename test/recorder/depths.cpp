// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file Which function was still running when an object was freed.
#include <cstdlib>
#include <cstring>

struct Node {
  long Values[2] = {};
};

__attribute__((noinline)) void destroy(Node *N) { delete N; }

Node *make() {
  return new Node; //= new count=3 freed=0,2,1 //? new fault
}

void freedByCaller() {
  Node *N = make(); //? new size=16 ok
  delete N;
}

void freedByCalleeOfCaller() {
  Node *N = make(); //? new size=16 ok
  destroy(N);
}

Node *passedOn() {
  return make(); //? new size=16 fault
}

void freedByCallee() {
  Node *N = new Node; //= new count=1 freed=1 //? new ok
  destroy(N);
}

void neverFreed() {
  static Node *Kept[2];
  Kept[0] = new Node; //= new count=1 unfreed=1 //? new fault
}

void touch(void *Memory) { *static_cast<volatile char *>(Memory) = 1; }

void freedInC() {
  char *Text = strdup("text"); //= malloc count=1 freed=1 //? strdup ok
  void *Memory = malloc(64);   //= malloc count=1 bytes=64 freed=1
  touch(Memory);
  Memory = realloc(Memory, 128); //= realloc count=1 bytes=128 freed=1
  touch(Text);
  touch(Memory);
  free(Memory);
  free(Text);
}

int main() {
  freedByCaller();
  freedByCalleeOfCaller();
  delete passedOn();
  freedByCallee();
  neverFreed();
  freedInC();
}
