// RUN: %verify %s -- -std=c++20
// Owners and pointers inside pair, tuple, optional, variant and any, and behind
// structured bindings.

#include <any>
#include <array>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

int *Global;
std::unique_ptr<int> GlobalOwner;

int pairOfPointers() {
  std::pair<int *, int> P(new int(1), 2); // expect: stack
  int V = *P.first;
  delete P.first;
  return V;
}
int pairKept() {
  std::pair<int *, int> P(new int(1), 2); // expect: heap(global)
  Global = P.first;
  return *Global;
}
int pairOfOwners() {
  std::pair<std::unique_ptr<int>, int> P(std::make_unique<int>(1), 2); // expect: stack
  return *P.first;
}
std::pair<std::unique_ptr<int>, int> pairReturned() {
  return {std::make_unique<int>(1), 2}; // expect: heap(return)
}
int bound() {
  auto [A, B] = std::make_pair(new int(1), 2); // expect: stack
  int V = *A + B;
  delete A;
  return V;
}
int boundKept() {
  auto [A, B] = std::make_pair(new int(1), 2); // expect: heap(global)
  Global = A;
  return B;
}
int boundByReference() {
  std::pair<int *, int> P(nullptr, 2);
  auto &[A, B] = P;
  A = new int(1); // expect: heap(global)
  Global = P.first;
  return B;
}
struct Fields {
  int *P;
  int N;
};
int boundFields() {
  Fields F{new int(1), 2}; // expect: heap(global)
  auto &[P, N] = F;
  Global = P;
  return N;
}
int boundFieldsRead() {
  Fields F{new int(1), 2}; // expect: stack
  auto [P, N] = F;
  int V = *P + N;
  delete F.P;
  return V;
}
int boundArray() {
  int *A[2] = {new int(1), new int(2)}; // expect: heap(global) stack
  auto &[First, Second] = A;
  Global = First;
  int V = *Second;
  delete Second;
  return V;
}

int tupleTied() {
  int *P = nullptr;
  int N = 0;
  std::tie(P, N) = std::make_tuple(new int(1), 2); // expect: stack
  int V = *P + N;
  delete P;
  return V;
}
int tupleTiedToGlobal() {
  int N = 0;
  std::tie(Global, N) = std::make_tuple(new int(1), 2); // expect: heap(global)
  return N;
}
int tupleGot() {
  std::tuple<std::unique_ptr<int>, int> T(std::make_unique<int>(1), 2); // expect: heap(global)
  GlobalOwner = std::move(std::get<0>(T));
  return std::get<1>(T);
}
int tupleApplied() {
  std::tuple<int *, int> T(new int(1), 2); // expect: heap(global)
  return std::apply([](int *P, int N) { Global = P; return N; }, T);
}
int tupleAppliedReads() {
  std::tuple<int *, int> T(new int(1), 2); // expect: stack
  int V = std::apply([](int *P, int N) { return *P + N; }, T);
  delete std::get<0>(T);
  return V;
}

// The optional's destructor is a callee that frees it.
int optionalOwner(bool B) {
  std::optional<std::unique_ptr<int>> O;
  if (B) O = std::make_unique<int>(1); // expect: heap(freed-in-callee)
  return O ? **O : 0;
}
int optionalKept(bool B) {
  std::optional<int *> O;
  if (B) O = new int(1); // expect: heap(global)
  Global = O.value_or(nullptr);
  return B;
}
int optionalReset() {
  std::optional<std::unique_ptr<int>> O(std::make_unique<int>(1)); // expect: heap(freed-in-callee)
  O.reset();
  return O.has_value();
}
std::optional<int *> optionalReturned() {
  return new int(1); // expect: heap(return)
}

int variantHeld() {
  std::variant<int, int *> X = new int(1); // expect: stack
  int V = *std::get<int *>(X);
  delete std::get<int *>(X);
  return V;
}
int variantVisited() {
  std::variant<int, int *> X = new int(1); // expect: heap()
  std::visit([](auto P) {
    if constexpr (std::is_pointer_v<decltype(P)>) Global = P;
  }, X);
  return 0;
}
int anyHeld() {
  std::any X = new int(1); // expect: heap()
  Global = std::any_cast<int *>(X);
  return *Global;
}
int anyOwner() {
  std::any X = std::make_shared<int>(1); // expect: heap()
  return *std::any_cast<std::shared_ptr<int>>(X);
}

int arrayOfOwners() {
  std::array<std::unique_ptr<int>, 2> A{std::make_unique<int>(1), nullptr}; // expect: stack
  return *A[0];
}
int arrayOfOwnersMoved() {
  std::array<std::unique_ptr<int>, 2> A{std::make_unique<int>(1), nullptr}; // expect: heap(global)
  GlobalOwner = std::move(A[0]);
  return 0;
}
int listOfPointers() {
  auto L = {new int(1), new int(2)}; // expect: stack stack
  int S = 0;
  for (int *P : L) {
    S += *P;
    delete P;
  }
  return S;
}
int listOfPointersKept() {
  for (int *P : {new int(1), new int(2)}) // expect: heap(global) heap(global)
    Global = P;
  return 0;
}

// Members of a union share their place.
union Either {
  int *P;
  long N;
};
int unionRead() {
  Either E;
  E.P = new int(1); // expect: stack
  int V = *E.P;
  delete E.P;
  return V;
}
long GlobalNumber;
int unionAsNumber() {
  Either E;
  E.P = new int(1); // expect: heap(pointer-to-integer)
  GlobalNumber = E.N;
  return *E.P;
}
