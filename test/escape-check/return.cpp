// RUN: %verify %s -- -std=c++20
// What leaves by the result: the value itself, a part of it, what it holds,
// what a callee hands through.

struct Holder {
  int *Kept;
};
struct Pair {
  int First, Second;
};
int *id(int *P) { return P; }
int *second(int *, int *P) { return P; }
Holder wrap(int *P) { return {P}; }
int *unwrap(Holder H) { return H.Kept; }
Holder &same(Holder &H) { return H; }

int *returned() { return new int(1); } // expect: heap(return)
int valueReturned() {
  int *P = new int(1); // expect: stack
  int V = *P;
  delete P;
  return V;
}

int *returnedThroughCallee() { return id(new int(1)); } // expect: heap(return)
int readThroughCallee() {
  int *P = new int(1); // expect: stack
  int V = *id(P);
  delete P;
  return V;
}

int *calleeReturnsTheOther(int *Other) {
  int *P = new int(1); // expect: stack
  int *Q = second(P, Other);
  delete P;
  return Q;
}
int *calleeReturnsThis(int *Other) { return second(Other, new int(1)); } // expect: heap(return)

int *interior() {
  Pair *P = new Pair{1, 2}; // expect: heap(return)
  return &P->Second;
}
int interiorValue() {
  Pair *P = new Pair{1, 2}; // expect: stack
  int V = P->Second;
  delete P;
  return V;
}

int *element() {
  int *P = new int[4]; // expect: heap(return)
  return P + 2;
}
int elementValue() {
  int *P = new int[4]{}; // expect: stack
  int V = P[2];
  delete[] P;
  return V;
}

int &asReference() { return *new int(1); } // expect: heap(return)
int throughReference() {
  int &R = *new int(1); // expect: stack
  int V = R;
  delete &R;
  return V;
}

Holder inResult() { return {new int(1)}; } // expect: heap(return)
int inLocalOfThatType() {
  Holder H{new int(1)}; // expect: stack
  int V = *H.Kept;
  delete H.Kept;
  return V;
}

int *wrappedAndUnwrapped() { return unwrap(wrap(new int(1))); } // expect: heap(return)
int wrappedAndRead() {
  int *P = new int(1); // expect: stack
  int V = *unwrap(wrap(P));
  delete P;
  return V;
}

Holder resultVariable() {
  Holder H{nullptr};
  H.Kept = new int(1); // expect: heap(return)
  return H;
}
Holder resultVariableWithout() {
  Holder H{nullptr};
  int *P = new int(1); // expect: stack
  delete P;
  return H;
}

int *oneOfTwo(bool C) {
  int *P = new int(1), *Q = new int(2); // expect: heap(return) heap(return)
  return C ? P : Q;
}
int oneOfTwoRead(bool C) {
  int *P = new int(1), *Q = new int(2); // expect: stack stack
  int V = *(C ? P : Q);
  delete P;
  delete Q;
  return V;
}

int *onOnePath(bool C) {
  int *P = new int(1); // expect: heap(return)
  if (C) return P;
  delete P;
  return nullptr;
}
int onNoPath(bool C) {
  int *P = new int(1); // expect: stack
  int V = C ? *P : 0;
  delete P;
  return V;
}

int *elvis() {
  int *P = new int(1); // expect: heap(return)
  return P ?: nullptr;
}
int *switched(int N) {
  int *P = new int(1); // expect: heap(return)
  switch (N) {
  case 0:
    return P;
  default:
    delete P;
  }
  return nullptr;
}
int *overwritten() {
  int *P = new int(1); // expect: stack
  delete P;
  P = new int(2); // expect: heap(return)
  return P;
}

int *statementExpression() {
  return ({
    int *P = new int(1); // expect: heap(return)
    P;
  });
}
int statementExpressionValue() {
  return ({
    int *P = new int(1); // expect: stack
    int V = *P;
    delete P;
    V;
  });
}
int *comma() {
  int *P;
  return P = new int(1), P; // expect: heap(return)
}

int **outer() {
  int **P = new int *(new int(1)); // expect: heap(return) heap(return)
  return P;
}
int *innerOnly() {
  int **P = new int *(new int(1)); // expect: stack heap(return)
  int *Q = *P;
  delete P;
  return Q;
}
