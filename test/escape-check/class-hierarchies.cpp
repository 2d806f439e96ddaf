// RUN: %verify %s -- -std=c++20
// Bases, overriders and members reached in every way: several and virtual
// bases, pointers to members, destructors that delete, constructors that throw,
// operators new of a class.

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

int *Global;
void *GlobalObject;

struct Left {
  int L = 1;
  virtual ~Left() = default;
  virtual int get() { return L; }
};
struct Right {
  int R = 2;
  virtual ~Right() = default;
  virtual int getRight() { return R; }
};
struct Both final : Left, Right {
  int get() override { return L + R; }
};
int deletedThroughFirst() {
  Left *P = new Both; // expect: stack
  int V = P->get();
  delete P;
  return V;
}
// A base at another offset: what is called is not looked up.
int deletedThroughSecond() {
  Right *P = new Both; // expect: heap(virtual-callee)
  int V = P->getRight();
  delete P;
  return V;
}
Right *GlobalRight;
int keptThroughSecond() {
  Both *P = new Both; // expect: heap(global)
  GlobalRight = P;
  return P->get();
}
int castAcross() {
  Left *P = new Both; // expect: heap(global)
  GlobalRight = dynamic_cast<Right *>(P);
  return 0;
}
struct Top {
  int *P = nullptr;
};
struct A : virtual Top {};
struct B : virtual Top {};
struct Diamond : A, B {};
int throughVirtualBase() {
  Diamond D;
  static_cast<A &>(D).P = new int(1); // expect: heap(global)
  Global = static_cast<B &>(D).P;
  return 0;
}
int throughVirtualBaseRead() {
  Diamond D;
  static_cast<A &>(D).P = new int(1); // expect: stack
  int V = *static_cast<B &>(D).P;
  delete D.P;
  return V;
}
struct Plain {
  int V = 1;
};
struct PlainDerived : Plain {
  int W = 2;
};
int plainThroughBase() {
  PlainDerived *P = new PlainDerived; // expect: stack
  Plain *Q = P;
  int V = Q->V;
  delete P;
  return V;
}

// Pointers to members.
struct Cell {
  int *P = nullptr, *Q = nullptr;
  int *get() { return P; }
  void keep() { Global = P; }
};
int fieldPointer() {
  Cell C;
  int *Cell::*Field = &Cell::P;
  C.*Field = new int(1); // expect: heap(global)
  Global = C.P;
  return 0;
}
int fieldPointerRead() {
  Cell C;
  int *Cell::*Field = &Cell::P;
  C.*Field = new int(1); // expect: stack
  int V = *(C.*Field);
  delete C.P;
  return V;
}
// Which function a pointer to a member names is not followed.
int functionPointer() {
  Cell C;
  C.P = new int(1); // expect: heap()
  int *(Cell::*Get)() = &Cell::get;
  int V = *(C.*Get)();
  delete C.P;
  return V;
}

// What constructors and destructors do.
struct Registers {
  Registers() { GlobalObject = this; }
};
struct RegistersToo : Registers {
  int V = 1;
};
int registeredByBase() {
  auto *P = new RegistersToo; // expect: heap(global)
  return P->V;
}
struct Leaves {
  int *P;
  ~Leaves() { Global = P; }
};
int keptByDestructor() {
  int *P = new int(1); // expect: heap(global)
  { Leaves L{P}; }
  return 0;
}
struct DeletesInBase {
  int *P;
  explicit DeletesInBase(int *Q) : P(Q) {}
  ~DeletesInBase() { delete P; }
};
struct UsesBase : DeletesInBase {
  int More = 0;
  using DeletesInBase::DeletesInBase;
};
int deletedByBase() {
  UsesBase U(new int(1)); // expect: stack
  return *U.P;
}
struct Throws {
  int *P;
  Throws(int *Q, bool B) : P(Q) {
    if (B) throw Q;
  }
  explicit Throws(bool B) : Throws(new int(1), B) {} // expect: heap(exception)
};
int thrownByDelegate(bool B) {
  Throws T(B);
  return *T.P;
}
struct ThrowsOther {
  int *P;
  ThrowsOther(int *Q, bool B) : P(Q) {
    if (B) throw 1;
  }
};
int constructorThrows(bool B) {
  auto P = std::make_unique<int>(1); // expect: stack
  try {
    ThrowsOther T(P.get(), B);
    return *T.P;
  } catch (int) {
    return *P;
  }
}
struct Handles {
  int *P;
  Handles(int *Q, bool B) try : P(Q) {
    if (B) throw 1;
  } catch (...) {
    Global = Q;
  }
};
int keptByHandlerOfConstructor(bool B) {
  int *P = new int(1); // expect: heap(global)
  Handles H(P, B);
  return *P;
}
struct MovesQuietly {
  int *P;
  explicit MovesQuietly(int *Q) : P(Q) {}
  MovesQuietly(MovesQuietly &&O) noexcept : P(std::exchange(O.P, nullptr)) {}
  ~MovesQuietly() { delete P; }
};
int movedQuietly() {
  MovesQuietly A(new int(1)); // expect: stack
  MovesQuietly B(std::move(A));
  return *B.P;
}
MovesQuietly movedOut() {
  MovesQuietly A(new int(1)); // expect: heap(return)
  return A;
}

// Memory of the class's own.
struct Pooled {
  int V = 1;
  static void *operator new(size_t N) {
    return std::malloc(N); // expect: heap(return)
  }
  static void operator delete(void *P) { std::free(P); }
};
int pooled() {
  auto *P = new Pooled; // expect: heap(custom-allocator)
  int V = P->V;
  delete P;
  return V;
}
struct OnlyDeletes {
  int V = 1;
  static void operator delete(void *P) { GlobalObject = P; }
};
int keptByDelete() {
  auto *P = new OnlyDeletes; // expect: heap(custom-allocator)
  int V = P->V;
  delete P;
  return V;
}
int globallyNew() {
  auto *P = ::new Pooled; // expect: stack
  int V = P->V;
  ::delete P;
  return V;
}

// shared_from_this.
struct Shares : std::enable_shared_from_this<Shares> {
  int V = 1;
  int look() { return V; }
  void keep();
};
std::shared_ptr<Shares> GlobalShared;
void Shares::keep() { GlobalShared = shared_from_this(); }
int sharesItself() {
  auto P = std::make_shared<Shares>(); // expect: heap()
  P->keep();
  return 0;
}
struct Weakly {
  int V = 1;
};
std::weak_ptr<Weakly> GlobalWeak;
int weaklyKept() { // the count lives as long as the weak pointer
  auto P = std::make_shared<Weakly>(); // expect: heap()
  GlobalWeak = P;
  return P->V;
}
int weaklyUsed() {
  auto P = std::make_shared<Weakly>(); // expect: stack
  std::weak_ptr<Weakly> W = P;
  return W.expired();
}
std::shared_ptr<int> aliasReturned() {
  auto P = std::make_shared<Weakly>(); // expect: heap(return)
  return std::shared_ptr<int>(P, &P->V);
}
int aliasUsed() {
  auto P = std::make_shared<Weakly>(); // expect: stack
  std::shared_ptr<int> Q(P, &P->V);
  return *Q;
}
