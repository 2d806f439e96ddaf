// RUN: %verify %s -- -std=c++20
// Initialization in all its forms, structured bindings, members that are
// objects, destructors of members and bases.

#include <new>

int *Global;
struct Holder {
  int *P;
};
struct Logged {
  int *P;
  ~Logged() { Global = P; }
};
struct Quiet {
  int *P;
  ~Quiet() { delete P; }
};
template <class T> struct Contains {
  T Member;
};
template <class T> struct Derives : T {};
struct Stores {
  int *P;
  Stores(int *Q) : P(Q) {}
};
struct Keeps {
  Keeps(int *P) { Global = P; }
};
struct InheritsStores : Stores {
  using Stores::Stores;
};
struct InheritsKeeps : Keeps {
  using Keeps::Keeps;
};
struct Delegates {
  Holder H;
  Delegates(int *P, int) : H{P} {}
  Delegates(int *P) : Delegates(P, 1) {}
};
struct Unioned {
  union {
    int *P;
    long L;
  };
  Unioned(int *Q) : P(Q) {}
};

void braces() {
  Holder H{new int(1)}; // expect: heap(global)
  Global = H.P;
}
void designated() {
  Holder H{.P = new int(1)}; // expect: heap(global)
  Global = H.P;
}
void parentheses() {
  Holder H(new int(1)); // expect: heap(global)
  Global = H.P;
}
void readInstead() {
  Holder H{new int(1)}; // expect: stack
  *H.P = 2;
  delete H.P;
}
void nested() {
  Contains<Holder> C{{new int(1)}}; // expect: heap(global)
  Global = C.Member.P;
}
void nestedRead() {
  Contains<Holder> C{{new int(1)}}; // expect: stack
  delete C.Member.P;
}
void baseOfAggregate() {
  Derives<Holder> D{{new int(1)}}; // expect: heap(global)
  Global = D.P;
}
void assigned() {
  Holder H{new int(1)}, I; // expect: heap(global)
  I = H;
  Global = I.P;
}
void delegated() {
  Delegates D(new int(1)); // expect: heap(global)
  Global = D.H.P;
}
void anonymousUnion() {
  Unioned U(new int(1)); // expect: heap(global)
  Global = U.P;
}

void inheritedConstructor() {
  InheritsStores S(new int(1)); // expect: heap(global)
  Global = S.P;
}
void inheritedConstructorRead() {
  InheritsStores S(new int(1)); // expect: stack
  delete S.P;
}
void inheritedConstructorKeeps() { InheritsKeeps K(new int(1)); } // expect: heap(global)

void binding() {
  auto [P] = Holder{new int(1)}; // expect: heap(global)
  Global = P;
}
void bindingRead() {
  auto [P] = Holder{new int(1)}; // expect: stack
  *P = 2;
  delete P;
}
void bindingOfReference() {
  Holder H{nullptr};
  auto &[P] = H;
  P = new int(1); // expect: heap(global)
  Global = H.P;
}
void bindingCaptured() {
  auto [P] = Holder{new int(1)}; // expect: heap(global)
  auto F = [P] { Global = P; };
  F();
}
void bindingCapturedByReference() {
  auto [P] = Holder{new int(1)}; // expect: heap(global)
  auto F = [&P] { Global = P; };
  F();
}
void bindingOfArray() {
  int *A[2] = {new int(1), nullptr}; // expect: heap(global)
  auto [P, Q] = A;
  Global = P;
}

void destructorKeeps() { Logged L{new int(1)}; } // expect: heap(global)
void destructorDeletes() {
  Quiet Q{new int(1)}; // expect: stack
  *Q.P = 2;
}
void destructorOfMemberKeeps() { Contains<Logged> C{{new int(1)}}; } // expect: heap(global)
void destructorOfBaseKeeps() { Derives<Logged> D{{new int(1)}}; } // expect: heap(global)
void destructorOfElementKeeps() { Logged L[2] = {{new int(1)}, {nullptr}}; } // expect: heap(global)
void destructorOnTheHeapKeeps() {
  auto *L = new Contains<Logged>{{new int(1)}}; // expect: stack heap(global)
  delete L;
}
void neverDestroyed() {
  auto *L = new Contains<Logged>{{new int(1)}}; // expect: heap(dtor-order) stack
  (void)L;
}
void takes(Logged) {}
void destructorOfParameterKeeps() { takes(Logged{new int(1)}); } // expect: heap(global)

void cleanUp(int **Where) { Global = *Where; }
void cleanupAttribute() {
  __attribute__((cleanup(cleanUp))) int *P = new int(1); // expect: heap(global)
  *P = 2;
}
void placement() {
  Holder H{nullptr};
  Stores *S = ::new (static_cast<void *>(&H)) Stores(new int(1)); // expect: heap(global)
  Global = S->P;
}
