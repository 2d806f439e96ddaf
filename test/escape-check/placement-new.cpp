// RUN: %verify %s -- -std=c++20
// Placement new over an object of another class changes what virtual calls on
// it reach. Each hierarchy stands alone: it is enough that the program does it
// somewhere.

#include <cstdlib>
#include <memory>
#include <new>

int *Global;

struct Base {
  virtual void see(int *) {}
  virtual ~Base() = default;
};
struct Derived : Base {
  void see(int *P) override { Global = P; }
};
void overLocal() {
  int *P = new int(1); // expect: heap(virtual-callee)
  Base Object;
  new (&Object) Derived;
  Base *Now = std::launder(&Object);
  Now->see(P);
  delete P;
}
void replace(Base &B) {
  B.~Base();
  new (&B) Derived;
}
void byCallee() {
  int *P = new int(1); // expect: heap(virtual-callee)
  Base Object;
  replace(Object);
  Base &Now = Object;
  Now.see(P);
  delete P;
}
void overAllocation() {
  int *P = new int(1); // expect: heap(virtual-callee)
  Base *B = new Base; // expect: heap(virtual-callee)
  B->~Base();
  Base *Now = new (B) Derived;
  Now->see(P);
  delete Now;
  delete P;
}

// Of this hierarchy nothing is placed.
struct Other {
  virtual void see(int *) {}
  virtual ~Other() = default;
};
struct OtherDerived : Other {
  void see(int *P) override { Global = P; }
};
void neverReplaced() {
  int *P = new int(1); // expect: stack
  Other Object;
  Other *O = &Object;
  O->see(P);
  delete P;
}

// Replaced by its own class.
struct Alone {
  virtual void see(int *) {}
};
void bySame() {
  int *P = new int(1); // expect: stack
  Alone Object;
  Alone *Now = new (&Object) Alone;
  Now->see(P);
  delete P;
}

// std::construct_at is placement new.
struct Made {
  virtual void see(int *) {}
};
struct MadeDerived : Made {
  void see(int *P) override { Global = P; }
};
void constructed() {
  int *P = new int(1); // expect: heap(virtual-callee)
  Made Object;
  std::construct_at(static_cast<MadeDerived *>(&Object));
  Made *Now = std::launder(&Object);
  Now->see(P);
  delete P;
}

// Objects without virtual functions: memory from malloc, and constants.
struct Plain {
  int A;
  int *P;
};
void intoMalloc() {
  void *M = std::malloc(sizeof(Plain)); // expect: stack
  Plain *X = new (M) Plain{1, nullptr};
  X->A = 2;
  std::free(M);
}
void intoMallocKept() {
  void *M = std::malloc(sizeof(Plain)); // expect: heap(global)
  Plain *X = new (M) Plain{1, nullptr};
  Global = &X->A;
  std::free(M);
}
Plain *make() {
  void *M = std::malloc(sizeof(Plain));
  return new (M) Plain{1, nullptr};
}
void intoMallocOfCallee() {
  Plain *X = make(); // expect: stack
  X->~Plain();
  std::free(X);
}
struct Constant {
  const int N;
};
int laundered() {
  Constant *X = new Constant{1}; // expect: stack
  new (X) Constant{2};
  int R = std::launder(X)->N;
  delete X;
  return R;
}
void launderedAndKept() {
  int *X = new int(1); // expect: heap(global)
  Global = std::launder(X);
  delete X;
}
