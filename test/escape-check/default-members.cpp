// RUN: %verify %s -- -std=c++20
// A default member initializer runs once for each object that is made with it,
// however often its text is written.

#include <memory>

struct Plain {
  int *P = new int(1); // expect: heap(loop-carried)
};
int two() {
  Plain A{}, B{};
  int S = *A.P + *B.P;
  delete A.P;
  delete B.P;
  return S;
}
struct InArray {
  int *P = new int(1); // expect: heap(loop-carried)
};
int filled() {
  InArray A[5]{};
  int S = 0;
  for (InArray &X : A) {
    S += *X.P;
    delete X.P;
  }
  return S;
}
struct OnHeap {
  int *P = new int(1); // expect: heap(loop-carried)
};
int filledOnHeap() {
  OnHeap *A = new OnHeap[5]{}; // expect: stack
  int S = 0;
  for (int I = 0; I < 5; ++I) {
    S += *A[I].P;
    delete A[I].P;
  }
  delete[] A;
  return S;
}
int *make() { return new int(3); }
struct ByFactory {
  int *P = make(); // expect: heap(loop-carried)
};
int filledByFactory() {
  ByFactory A[5]{};
  int S = 0;
  for (ByFactory &X : A) {
    S += *X.P;
    delete X.P;
  }
  return S;
}
struct Owner {
  std::unique_ptr<int> P = std::make_unique<int>(4); // expect: heap(loop-carried)
};
int twoOwners() {
  Owner A{}, B{};
  return *A.P + *B.P;
}
struct OwnerInLoop {
  std::unique_ptr<int> P = std::make_unique<int>(4); // expect: heap(loop-carried)
};
int inLoop(int N) {
  OwnerInLoop Kept{};
  for (int I = 0; I < N; ++I) {
    OwnerInLoop X{};
    if (I == 3) Kept = std::move(X);
  }
  return *Kept.P;
}

// Given by the caller, the text says how many there are.
struct Given {
  int *P = nullptr;
};
int givenTwice() {
  Given A{new int(1)}, B{new int(2)}; // expect: stack stack
  int S = *A.P + *B.P;
  delete A.P;
  delete B.P;
  return S;
}

// The last expression of a statement expression may have a label.
int *Global;
int labelled() {
  int *P = new int(1); // expect: heap(global)
  Global = ({ Here: P; });
  return *Global;
}
int unlabelled() {
  int *P = new int(1); // expect: stack
  int V = ({ int *Q = P; *Q; });
  delete P;
  return V;
}
