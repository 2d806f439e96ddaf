// RUN: %verify %s -- -std=c++20
// std::shared_ptr and std::weak_ptr: owners that are not what they point to.

#include <memory>
#include <utility>

struct Object : std::enable_shared_from_this<Object> {
  int Value = 1;
};
struct Plain {
  int Value = 1;
};
std::shared_ptr<Object> Kept;
std::shared_ptr<Plain> KeptPlain;
std::shared_ptr<int> KeptPart;
std::weak_ptr<Plain> Watcher;
int *Raw;
int Unrelated;
int readByValue(std::shared_ptr<Plain> P) { return P->Value; }
int readByReference(const std::shared_ptr<Plain> &P) { return P->Value; }
void keepByValue(std::shared_ptr<Plain> P) { KeptPlain = std::move(P); }
void keepPart(std::shared_ptr<Plain> P) {
  KeptPart = std::shared_ptr<int>(P, &Unrelated);
}

int owned() {
  auto P = std::make_shared<Plain>(); // expect: stack
  return P->Value;
}
int ownedFromNew() {
  std::shared_ptr<Plain> P(new Plain); // expect: stack
  return P->Value;
}
int ownedFromUnique() {
  std::shared_ptr<Plain> P = std::make_unique<Plain>(); // expect: stack
  return P->Value;
}
std::shared_ptr<Plain> returned() { return std::make_shared<Plain>(); } // expect: heap(return)

void copied() {
  auto P = std::make_shared<Plain>(); // expect: heap(global)
  KeptPlain = P;
}
int copiedLocally() {
  auto P = std::make_shared<Plain>(); // expect: stack
  auto Q = P;
  return Q->Value;
}
void moved() {
  auto P = std::make_shared<Plain>(); // expect: heap(global)
  KeptPlain = std::move(P);
}
void swapped() {
  auto P = std::make_shared<Plain>(); // expect: heap(global)
  P.swap(KeptPlain);
}

int readByCallee() {
  auto P = std::make_shared<Plain>(); // expect: stack
  return readByValue(P);
}
int readByCalleeThroughReference() {
  auto P = std::make_shared<Plain>(); // expect: stack
  return readByReference(P);
}
void keptByCallee() {
  auto P = std::make_shared<Plain>(); // expect: heap(global)
  keepByValue(P);
}

void partIsKept() {
  auto P = std::make_shared<Plain>(); // expect: heap(global)
  KeptPart = std::shared_ptr<int>(P, &P->Value);
}
void aliasIsKept() {
  auto P = std::make_shared<Plain>(); // expect: heap(global)
  std::shared_ptr<int> A(P, &Unrelated);
  KeptPart = A;
}
int aliasIsRead() {
  auto P = std::make_shared<Plain>(); // expect: stack
  std::shared_ptr<int> A(P, &P->Value);
  return *A;
}
void aliasIsMadeByCallee() {
  auto P = std::make_shared<Plain>(); // expect: heap(global)
  keepPart(P);
}

void watched() {
  auto P = std::make_shared<Plain>(); // expect: heap(global)
  Watcher = P;
}
int watchedLocally() {
  auto P = std::make_shared<Plain>(); // expect: stack
  std::weak_ptr<Plain> W = P;
  return W.lock()->Value;
}
void watchedAndLocked() {
  auto P = std::make_shared<Plain>(); // expect: heap(global)
  std::weak_ptr<Plain> W = P;
  KeptPlain = W.lock();
}

void fromThis() {
  auto P = std::make_shared<Object>(); // expect: heap(global)
  Kept = P->shared_from_this();
}
void fromThisOfNew() {
  std::shared_ptr<Object> P(new Object); // expect: heap(global)
  Kept = P->shared_from_this();
}

void castAndKept() {
  std::shared_ptr<void> P = std::make_shared<Plain>(); // expect: heap(global)
  KeptPlain = std::static_pointer_cast<Plain>(P);
}
void gotten() {
  auto P = std::make_shared<int>(1); // expect: heap(global)
  Raw = P.get();
}
struct Logged {
  int *P;
  ~Logged() { Raw = P; }
};
void destructorBehindVoid() {
  std::shared_ptr<void> P = std::make_shared<Logged>(new int(1)); // expect: stack heap(global)
}
void deleterKeeps() {
  std::shared_ptr<int> P(new int(1), [](int *Q) { Raw = Q; }); // expect: heap(custom-deleter)
}

int inLoop(int N) {
  std::shared_ptr<Plain> Last;
  for (int I = 0; I < N; ++I) {
    auto P = std::make_shared<Plain>(); // expect: heap(loop-carried)
    if (Last) P->Value = Last->Value;
    Last = P;
  }
  return Last ? Last->Value : 0;
}
int ofTheRound(int N) {
  int Sum = 0;
  for (int I = 0; I < N; ++I) {
    auto P = std::make_shared<Plain>(); // expect: stack
    Sum += P->Value;
  }
  return Sum;
}

// A class that knows its owner points to itself.
struct KnowsOwner : std::enable_shared_from_this<KnowsOwner> {
  int Value = 1;
  void keep();
};
std::shared_ptr<KnowsOwner> KeptOwner;
void KnowsOwner::keep() { KeptOwner = shared_from_this(); }
int knowsItsOwner() {
  auto P = std::make_shared<KnowsOwner>(); // expect: stack
  return P->Value;
}
void givesItselfAway() {
  auto P = std::make_shared<KnowsOwner>(); // expect: heap(stored-in-escaped)
  P->keep();
}
