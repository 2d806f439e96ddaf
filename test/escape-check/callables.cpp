// RUN: %verify %s -- -std=c++23
// Pointers that callables keep, and what calling them does: bind, generic and
// immediate lambdas, captures with initializers, default arguments, operators
// that choose.

#include <concepts>
#include <functional>
#include <memory>
#include <utility>

int *Global;
std::function<int()> GlobalFunction;

int keep(int *P) {
  Global = P;
  return 0;
}
int look(int *P) { return *P; }

int functionKept() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  GlobalFunction = [P] { return *P; };
  return 0;
}
int functionCalled() {
  int *P = new int(1); // expect: stack
  std::function<int()> F = [P] { return *P; };
  int V = F();
  delete P;
  return V;
}
int functionStores() {
  int *P = new int(1); // expect: heap(global)
  std::function<int(int *)> F = keep;
  return F(P);
}
int functionReads() {
  int *P = new int(1); // expect: stack
  std::function<int(int *)> F = look;
  int V = F(P);
  delete P;
  return V;
}
int functionReplaced(bool B) {
  int *P = new int(1); // expect: heap(global)
  std::function<int(int *)> F = look;
  if (B) F = keep;
  return F(P);
}
int bound() {
  int *P = new int(1); // expect: heap(global)
  auto F = std::bind(keep, P);
  return F();
}
// std::bind calls through several layers of the library.
int boundReads() {
  int *P = new int(1); // expect: stack
  auto F = std::bind(look, P);
  int V = F();
  delete P;
  return V;
}
int boundLater() {
  int *P = new int(1); // expect: heap(global)
  auto F = std::bind(keep, std::placeholders::_1);
  return F(P);
}
int boundFront() {
  int *P = new int(1); // expect: heap(global)
  return std::bind_front(keep, P)();
}
int referenced() {
  int *P = new int(1); // expect: heap(global)
  auto Store = [P] { Global = P; return 0; };
  return std::invoke(std::ref(Store));
}

int initCapture() {
  auto F = [P = std::make_unique<int>(1)] { return *P; }; // expect: stack
  return F();
}
auto initCaptureReturned() {
  return [P = std::make_unique<int>(1)] { return *P; }; // expect: heap(return)
}
int initCaptureMoved() {
  auto P = std::make_unique<int>(1); // expect: heap(global)
  static auto F = [Q = std::move(P)] { return *Q; };
  return F();
}
int generic() {
  int *P = new int(1); // expect: stack
  auto Read = [](auto X) { return *X; };
  int V = Read(P);
  delete P;
  return V;
}
int genericStores() {
  int *P = new int(1); // expect: heap(global)
  auto Store = [](auto X) { Global = X; };
  Store(P);
  return *P;
}
int genericPack() {
  int *P = new int(1); // expect: heap(global)
  auto Last = [](auto... X) { return (X, ...); };
  Global = Last(1, 2, P);
  return *P;
}
int called() {
  return [](int *P) { // made and used at once
    int V = *P;
    delete P;
    return V;
  }(new int(1)); // expect: heap(freed-in-callee)
}
int recursiveLambda(int N) {
  auto Walk = [](auto &&Self, int *P, int N) -> int {
    return N ? Self(Self, P, N - 1) : *P;
  };
  int *P = new int(1); // expect: stack
  int V = Walk(Walk, P, N);
  delete P;
  return V;
}
int deducedThis() {
  struct Holder {
    int *P;
    int get(this const Holder &H) { return *H.P; }
    void put(this Holder &H) { Global = H.P; }
  };
  Holder A{new int(1)}, B{new int(2)}; // expect: stack heap(global)
  int V = A.get();
  B.put();
  delete A.P;
  return V;
}

int withDefault(int *P = new int(1)) { // expect: heap(freed-in-callee)
  int V = *P;
  delete P;
  return V;
}
int defaultUsed() { return withDefault(); }
int withKeptDefault(std::unique_ptr<int> P = std::make_unique<int>(1)) { // expect: heap(global)
  Global = P.get();
  P.release();
  return 0;
}
int keptDefaultUsed() { return withKeptDefault(); }

consteval int immediate() {
  int *P = new int(1); // runs in the compiler
  int V = *P;
  delete P;
  return V;
}
int immediateUsed() { return immediate(); }

template <class T>
concept Keeps = requires(T X, int *P) { X.keep(P); };
struct Keeper {
  void keep(int *P) { Global = P; }
};
struct Reader {
  int look(int *P) { return *P; }
};
int hand(Keeps auto K, int *P) {
  K.keep(P);
  return 0;
}
int hand(auto R, int *P) { return R.look(P); }
int byConcept() {
  int *P = new int(1); // expect: heap(global)
  return hand(Keeper(), P);
}
int byOtherConcept() {
  int *P = new int(1); // expect: stack
  int V = hand(Reader(), P);
  delete P;
  return V;
}

int comma(int *Q) {
  int *P = new int(1); // expect: heap(global)
  Global = (look(P), P);
  return *Q;
}
int commaLeft(int *Q) {
  int *P = new int(1); // expect: stack
  Global = (look(P), Q);
  delete P;
  return *Q;
}
int ternary(bool B, int *Q) {
  int *P = new int(1); // expect: heap(global)
  Global = B ? P : Q;
  return 0;
}
int ternaryRead(bool B, int *Q) {
  int *P = new int(1); // expect: stack
  int V = *(B ? P : Q);
  delete P;
  return V;
}
int elvis(int *Q) {
  int *P = new int(1); // expect: heap(global)
  Global = Q ?: P;
  return 0;
}
int elvisRead(int *Q) {
  int *P = new int(1); // expect: stack
  int V = *(Q ?: P);
  delete P;
  return V;
}
int ternaryOwners(bool B) {
  auto P = B ? std::make_unique<int>(1) : std::make_unique<int>(2); // expect: stack stack
  return *P;
}
int lvalueTernary(bool B) {
  int *P = nullptr;
  (B ? P : Global) = new int(1); // expect: heap(global)
  return 0;
}
