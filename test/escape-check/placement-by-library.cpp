// RUN: %verify %s -- -std=c++17
// RUN: %verify %s -- -std=c++20
// What the library makes in memory that it is given replaces an object as
// placement new does; before C++20 no std::construct_at shows it.

#include <memory>
#include <new>

int *Global;

struct Base1 {
  int *P;
  Base1(int *Q) : P(Q) {}
  virtual int f() { return *P; }
};
struct Derived1 : Base1 {
  using Base1::Base1;
  int f() override {
    Global = P;
    return 0;
  }
};
int constructed() {
  int *X = new int(1); // expect: heap(stored-in-escaped)
  Base1 O(X);
  std::allocator<Derived1> A;
  std::allocator_traits<std::allocator<Derived1>>::construct(
      A, static_cast<Derived1 *>(&O), X);
  Base1 *Now = std::launder(&O);
  return Now->f();
}
struct Base2 {
  int *P;
  Base2(int *Q) : P(Q) {}
  virtual int f() { return *P; }
};
struct Derived2 : Base2 {
  using Base2::Base2;
  int f() override {
    Global = P;
    return 0;
  }
};
int copied() {
  int *X = new int(1); // expect: heap(stored-in-escaped)
  Base2 O(X);
  Derived2 From(X);
  std::uninitialized_copy(&From, &From + 1, static_cast<Derived2 *>(&O));
  Base2 *Now = std::launder(&O);
  return Now->f();
}
struct Base3 {
  int *P;
  Base3(int *Q) : P(Q) {}
  virtual int f() { return *P; }
};
struct Derived3 : Base3 {
  using Base3::Base3;
  int f() override {
    Global = P;
    return 0;
  }
};
int neverReplaced() {
  int *X = new int(1); // expect: stack
  Base3 O(X);
  Base3 *Now = &O;
  int V = Now->f();
  delete X;
  return V;
}
