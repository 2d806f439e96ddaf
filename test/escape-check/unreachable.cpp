// RUN: %verify %s -- -std=c++20
// What constant propagation proves unreachable contributes nothing.

int *Global;

void never() {
  int *P = new int(1); // expect: stack
  if (false) Global = P;
  delete P;
}
void sometimes(bool C) {
  int *P = new int(1); // expect: heap(global)
  if (C) Global = P;
  delete P;
}
void neverByLocal() {
  int *P = new int(1); // expect: stack
  int X = 3;
  if (X > 4) Global = P;
  delete P;
}
void alwaysByLocal() {
  int *P = new int(1); // expect: heap(global)
  int X = 3;
  X += 2;
  if (X > 4) Global = P;
  delete P;
}
void changedInLoop(bool C) {
  int *P = new int(1); // expect: heap(global)
  int X = 0;
  while (C) {
    if (X) Global = P;
    X = 1;
    C = !C;
  }
  delete P;
}
void changedByClosure() {
  int *P = new int(1); // expect: heap(global)
  int X = 0;
  auto F = [&] { X = 1; };
  F();
  if (X) Global = P;
  delete P;
}
void otherCase() {
  int *P = new int(1); // expect: stack
  int X = 3;
  switch (X) {
  case 1: Global = P; break;
  case 3: break;
  }
  delete P;
}
void fallsThrough() {
  int *P = new int(1); // expect: heap(global)
  int X = 1;
  switch (X) {
  case 1:
  case 2: Global = P; break;
  case 3: break;
  }
  delete P;
}
void inHandler() {
  int *P = new int(1); // expect: heap(global)
  try {
    throw 1;
  } catch (int) {
    Global = P;
  }
  delete P;
}
// The branch that is not taken gives the choice nothing.
void choice() {
  int *P = new int(1); // expect: stack
  int X = 0;
  int *Q = X ? P : nullptr;
  Global = Q;
  delete P;
}
