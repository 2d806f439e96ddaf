// RUN: %verify %s -- -std=c++20
// std::unique_ptr: moves, release, swap, deleters of every kind.

#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

struct Object {
  int Value = 1;
  int *Inner = nullptr;
};
int *Raw;
std::unique_ptr<int> Owner;
std::unique_ptr<Object> Objects;
void read(const std::unique_ptr<int> &P) { *P = 2; }
void take(std::unique_ptr<int> P) { Owner = std::move(P); }
void consume(std::unique_ptr<int> P) { *P = 2; }

int owned() {
  auto P = std::make_unique<int>(1); // expect: stack
  return *P;
}
int ownedFromNew() {
  std::unique_ptr<int> P(new int(1)); // expect: stack
  return *P;
}
int ownedByTwo() {
  auto P = std::make_unique<int>(1); // expect: stack
  auto Q = std::move(P);
  return *Q;
}

void movedToGlobal() {
  auto P = std::make_unique<int>(1); // expect: heap(global)
  Owner = std::move(P);
}
void movedToLocal() {
  std::unique_ptr<int> Q;
  auto P = std::make_unique<int>(1); // expect: stack
  Q = std::move(P);
  *Q = 2;
}
void swappedWithGlobal() {
  auto P = std::make_unique<int>(1); // expect: heap(global)
  std::swap(P, Owner);
}
void swappedByMember() {
  auto P = std::make_unique<int>(1); // expect: heap(global)
  Owner.swap(P);
}
void swappedWithLocal() {
  auto P = std::make_unique<int>(1); // expect: stack
  std::unique_ptr<int> Q;
  std::swap(P, Q);
  *Q = 2;
}
void exchanged() {
  auto P = std::make_unique<int>(1); // expect: heap(global)
  Owner = std::exchange(P, nullptr);
}
void resetGlobal() { Owner.reset(new int(1)); } // expect: heap(global)
void resetLocal() {
  std::unique_ptr<int> P;
  P.reset(new int(1)); // expect: stack
  *P = 2;
}
void resetFromOther() {
  auto P = std::make_unique<int>(1); // expect: heap(global)
  Owner.reset(P.release());
}
void released() {
  auto P = std::make_unique<int>(1); // expect: heap(global)
  Raw = P.release();
}
void releasedAndDeleted() {
  auto P = std::make_unique<int>(1); // expect: stack
  delete P.release();
}
void gotten() {
  auto P = std::make_unique<int>(1); // expect: heap(global)
  Raw = P.get();
}
void gottenAndRead() {
  auto P = std::make_unique<int>(1); // expect: stack
  *P.get() = 2;
}

void readByCallee() {
  auto P = std::make_unique<int>(1); // expect: stack
  read(P);
}
void takenByCallee() { take(std::make_unique<int>(1)); } // expect: heap(global)
void consumedByCallee() { consume(std::make_unique<int>(1)); } // expect: heap(freed-in-callee)

void innerIsKept() {
  auto P = std::make_unique<Object>(1, new int(1)); // expect: stack heap(global)
  Raw = P->Inner;
}
void innerIsRead() {
  auto P = std::make_unique<Object>(1, new int(1)); // expect: stack stack
  *P->Inner = 2;
  delete P->Inner;
}
void inVector() {
  std::vector<std::unique_ptr<int>> V; // expect: stack
  V.push_back(std::make_unique<int>(1)); // expect: heap(global)
  Owner = std::move(V[0]);
}
void inOptional() {
  std::optional<std::unique_ptr<int>> O = std::make_unique<int>(1); // expect: heap(global)
  Owner = std::move(*O);
}
void inTuple() {
  std::tuple<int, std::unique_ptr<int>> T(1, std::make_unique<int>(1)); // expect: heap(global)
  Owner = std::move(std::get<1>(T));
}
void inClosure() {
  auto P = std::make_unique<int>(1); // expect: stack
  auto F = [Q = std::move(P)] { return *Q; };
  F();
}

struct Deleting {
  void operator()(int *P) const { delete P; }
};
struct Keeping {
  void operator()(int *P) const { Raw = P; }
};
struct Sink {
  int *Last;
} TheSink;
struct Pooling {
  Sink *Pool = &TheSink;
  void operator()(int *P) const { Pool->Last = P; }
};
void drop(int *P) { delete P; }
void keep(int *P) { Raw = P; }
void ownDeleter() {
  std::unique_ptr<int, Deleting> P(new int(1)); // expect: stack
  *P = 2;
}
void deleterKeeps() {
  std::unique_ptr<int, Keeping> P(new int(1)); // expect: heap(global)
  *P = 2;
}
void deleterWithState() {
  std::unique_ptr<int, Pooling> P(new int(1)); // expect: heap(custom-deleter)
  *P = 2;
}
void functionAsDeleter() {
  std::unique_ptr<int, void (*)(int *)> P(new int(1), drop); // expect: stack
  *P = 2;
}
void functionAsDeleterKeeps() {
  std::unique_ptr<int, void (*)(int *)> P(new int(1), keep); // expect: heap(global)
  *P = 2;
}
void lambdaAsDeleterKeeps() {
  auto D = [](int *P) { Raw = P; };
  std::unique_ptr<int, decltype(D)> P(new int(1), D); // expect: heap(global)
}
void stdFunctionAsDeleter() {
  std::unique_ptr<int, std::function<void(int *)>> P(new int(1), // expect: heap(custom-deleter)
                                                     [](int *Q) { Raw = Q; });
}

struct Logged {
  int *P;
  ~Logged() { Raw = P; }
};
void destructorOfPointee() { auto L = std::make_unique<Logged>(new int(1)); } // expect: stack heap(global)
struct WithDefault {
  WithDefault(int *P, Sink *S = &TheSink) { S->Last = P; }
};
void defaultArgumentInside() {
  auto W = std::make_unique<WithDefault>(new int(1)); // expect: stack heap(global)
}
