// RUN: %verify %s -- -std=c++20
// Sets and maps run code on keys: their comparator, hash and equality, or what
// the library's own call. It sees what is in the container and what is looked
// up.

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <unordered_set>
#include <utility>

int *Global;

// operator< of the key keeps a key's content.
struct Key {
  int *P;
};
bool operator<(const Key &A, const Key &B) {
  Global = A.P;
  return *A.P < *B.P;
}
struct QuietKey {
  int *P;
  bool operator<(const QuietKey &O) const { return *P < *O.P; }
};
void inserted() {
  int *P = new int(1); // expect: heap(callee-leaks)
  std::set<Key> S; // expect: stack
  S.insert(Key{P});
  delete P;
}
void insertedQuietly() {
  int *P = new int(1); // expect: stack
  std::set<QuietKey> S; // expect: stack
  S.insert(QuietKey{P});
  delete P;
}
void indexed() {
  int *P = new int(1); // expect: heap(callee-leaks)
  std::map<Key, int> M; // expect: stack
  M[Key{P}] = 1;
  delete P;
}
void lookedUp() {
  int *P = new int(1); // expect: heap(callee-leaks)
  std::set<Key> S;
  (void)S.count(Key{P});
  delete P;
}
void lookedUpQuietly() {
  int *P = new int(1); // expect: stack
  std::set<QuietKey> S;
  (void)S.count(QuietKey{P});
  delete P;
}
void partOfKey() {
  int *P = new int(1); // expect: heap()
  std::set<std::pair<int, Key>> S; // expect: stack
  S.insert({1, Key{P}});
  delete P;
}

// A comparator's address of what is looked up.
struct Number {
  int V;
};
const Number *Seen;
bool operator<(const Number &A, const Number &B) {
  Seen = &B;
  return A.V < B.V;
}
void addressOfKey() {
  auto N = std::make_unique<Number>(); // expect: heap(callee-leaks)
  std::set<Number> S;
  (void)S.count(*N);
}
void addressOfPlainKey() {
  auto N = std::make_unique<int>(1); // expect: stack
  std::set<int> S;
  (void)S.count(*N);
}

// Comparators that are classes, pointers to functions, or have a state.
struct Keeps {
  bool operator()(const QuietKey &A, const QuietKey &B) const {
    Global = B.P;
    return *A.P < *B.P;
  }
};
void comparator() {
  int *P = new int(1); // expect: heap(callee-leaks)
  std::set<QuietKey, Keeps> S; // expect: stack
  S.insert(QuietKey{P});
  delete P;
}
bool keeps(const QuietKey &A, const QuietKey &B) {
  Global = A.P;
  return A.P < B.P;
}
void pointerToFunction() {
  int *P = new int(1); // expect: heap(indirect-callee)
  std::set<QuietKey, bool (*)(const QuietKey &, const QuietKey &)> S(keeps); // expect: heap(non-constant-size)
  S.insert(QuietKey{P});
  delete P;
}
struct WithState {
  int *Own;
  bool operator()(int A, int B) const {
    Global = Own;
    return A < B;
  }
};
void state() {
  int *P = new int(1); // expect: heap(callee-leaks)
  std::set<int, WithState> S(WithState{P}); // expect: heap(non-constant-size)
  S.insert(1);
  delete P;
}
struct WithQuietState {
  int *Own;
  bool operator()(int A, int B) const { return A * *Own < B; }
};
void quietState() {
  int *P = new int(1); // expect: stack
  std::set<int, WithQuietState> S(WithQuietState{P}); // expect: heap(non-constant-size)
  S.insert(1);
  delete P;
}
struct Either {
  using is_transparent = void;
  template <class A, class B> bool operator()(const A &L, const B &R) const {
    Global = L.P;
    return *L.P < *R.P;
  }
};
void transparent() {
  int *P = new int(1); // expect: heap(callee-leaks)
  std::set<QuietKey, Either> S; // expect: stack
  S.insert(QuietKey{P});
  delete P;
}

// Hash and equality.
struct Hashed {
  int *P;
  bool operator==(const Hashed &O) const { return *P == *O.P; }
};
struct Equal {
  int *P;
  bool operator==(const Equal &O) const {
    Global = O.P;
    return *P == *O.P;
  }
};
template <> struct std::hash<Hashed> {
  size_t operator()(const Hashed &K) const {
    Global = K.P;
    return *K.P;
  }
};
template <> struct std::hash<Equal> {
  size_t operator()(const Equal &K) const { return *K.P; }
};
void hashed() {
  int *P = new int(1); // expect: heap(callee-leaks)
  std::unordered_set<Hashed> S; // expect: stack
  S.insert(Hashed{P});
  delete P;
}
void equal() {
  int *P = new int(1); // expect: heap(callee-leaks)
  std::unordered_set<Equal> S; // expect: stack
  S.insert(Equal{P});
  delete P;
}

// Members of lists that compare elements.
struct Element {
  int *P;
};
bool operator==(const Element &A, const Element &B) {
  Global = A.P;
  return *A.P == *B.P;
}
void removed() {
  int *P = new int(1); // expect: heap(indirect-callee)
  std::list<Element> L; // expect: stack
  L.push_back(Element{P});
  L.remove(Element{P});
  delete P;
}
void removedNumber() {
  int *P = new int(1); // expect: stack
  std::list<int> L; // expect: stack
  L.push_back(*P);
  L.remove(*P);
  delete P;
}
struct Predicate {
  bool operator()(int *P) const {
    Global = P;
    return *P == 1;
  }
};
void wrappedPredicate() {
  int *P = new int(1); // expect: heap(indirect-callee)
  std::list<int *> L; // expect: stack
  L.push_back(P);
  Predicate Which;
  L.remove_if(std::ref(Which));
  delete P;
}
