// RUN: %verify %s -- -std=c++20
// Containers: their buffers, which live on when ownership is handed on, and
// the elements, which live on when they are copied out.

#include <deque>
#include <forward_list>
#include <list>
#include <map>
#include <queue>
#include <set>
#include <stack>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

int *Global;
std::vector<int> Kept;
std::vector<int *> Pointers;
std::string Name;
std::list<int> Nodes;
std::map<int, std::string> Names;

int bufferIsRead() {
  std::vector<int> V(10); // expect: stack
  return V[3];
}
void bufferIsMoved() {
  std::vector<int> V(10); // expect: heap(global)
  Kept = std::move(V);
}
void bufferIsSwapped() {
  std::vector<int> V(10); // expect: heap(global)
  std::swap(V, Kept);
}
void bufferIsSwappedByMember() {
  std::vector<int> V(10); // expect: heap(global)
  Kept.swap(V);
}
std::vector<int> bufferIsReturned() {
  std::vector<int> V(10); // expect: heap(return)
  return V;
}
std::vector<int> otherIsReturned(std::vector<int> P) {
  std::vector<int> V(10); // expect: stack
  P.push_back(V[0]);
  return P;
}
void bufferOfUnknownSize(int N) {
  std::vector<int> V(N); // expect: heap(non-constant-size)
  V[0] = 1;
}
void bufferGrowsInLoop(int N) {
  std::vector<int> V; // expect: heap(non-constant-size)
  for (int I = 0; I < N; ++I) V.push_back(I);
}
void bufferGrowsTwice() {
  std::vector<int> V; // expect: stack
  V.push_back(1);
  V.push_back(2);
}
void bufferGrowsElsewhere(void (*Fill)(std::vector<int> &)) {
  std::vector<int> V(4); // expect: heap(indirect-callee)
  Fill(V);
}

void stringIsRead() {
  std::string S(100, 'x'); // expect: stack
  S[0] = 'y';
}
void stringIsMoved() {
  std::string S(100, 'x'); // expect: heap(global)
  Name = std::move(S);
}
void stringIsMovedIntoMap() {
  std::string S(100, 'x'); // expect: heap(stored-in-escaped)
  Names[1] = std::move(S);
}
void stringIsEmplaced() {
  std::string S(100, 'x'); // expect: heap(stored-in-escaped)
  Names.emplace(1, std::move(S));
}
void dangling() {
  static const char *Text;
  std::string S(100, 'x'); // expect: stack
  Text = S.c_str();
}

void nodesAreSpliced() {
  std::list<int> L{1, 2}; // expect: heap(global)
  Nodes.splice(Nodes.begin(), L);
}
void oneNodeIsSpliced() {
  std::list<int> L{1, 2}; // expect: heap(global)
  Nodes.splice(Nodes.begin(), L, L.begin());
}
void nodesAreMerged() {
  std::list<int> L{1, 2}; // expect: heap(global)
  Nodes.merge(L);
}
void nodesStay() {
  std::list<int> L{1, 2}; // expect: stack
  Nodes.push_back(L.front());
}
void nodeIsExtracted() {
  std::map<int, std::string> M{{1, "x"}}; // expect: heap(stored-in-escaped)
  Names.insert(M.extract(1));
}
void mapIsMerged() {
  std::map<int, std::string> M{{1, "x"}}; // expect: heap(global)
  Names.merge(M);
}

void pointerIsPushed() { Pointers.push_back(new int(1)); } // expect: heap(stored-in-escaped)
void pointerIsPushedLocally() {
  std::vector<int *> V; // expect: stack
  V.push_back(new int(1)); // expect: stack
  delete V[0];
}
void elementsAreCopied() {
  std::vector<int *> V; // expect: stack
  V.push_back(new int(1)); // expect: heap(stored-in-escaped)
  Pointers = V;
}
void elementsAreInserted() {
  std::vector<int *> V; // expect: stack
  V.push_back(new int(1)); // expect: heap(stored-in-escaped)
  Pointers.insert(Pointers.end(), V.begin(), V.end());
}
void elementIsReadOut() {
  std::vector<int *> V; // expect: stack
  V.push_back(new int(1)); // expect: heap(global)
  Global = V.back();
}
void iteratorIsKept() {
  static std::list<int *>::iterator I;
  std::list<int *> L; // expect: stack
  L.push_back(new int(1)); // expect: heap(stored-in-escaped)
  I = L.begin();
}
void elementOfPair() {
  std::vector<std::pair<int, int *>> V; // expect: stack
  V.emplace_back(1, new int(1)); // expect: heap(stored-in-escaped)
  Global = V.back().second;
}

void dequeElement() {
  std::deque<int *> D; // expect: stack
  D.push_front(new int(1)); // expect: heap(global)
  Global = D[0];
}
void forwardListElement() {
  std::forward_list<int *> L; // expect: stack
  L.push_front(new int(1)); // expect: heap(global)
  Global = *L.begin();
}
void queueElement() {
  std::queue<int *> Q;
  Q.push(new int(1)); // expect: heap(global)
  Global = Q.front();
}
void stackElement() {
  std::stack<int *> S;
  S.push(new int(1)); // expect: heap(global)
  Global = S.top();
}
void heapElement() {
  std::priority_queue<int *> Q;
  Q.push(new int(1)); // expect: heap(global)
  Global = Q.top();
}
void vectorOfVectors() {
  std::vector<std::vector<int *>> V; // expect: stack
  V.emplace_back();
  V[0].push_back(new int(1)); // expect: heap(global)
  Global = V[0][0];
}
void mapOfVectors() {
  std::map<int, std::vector<int *>> M; // expect: stack
  M[1].push_back(new int(1)); // expect: heap(global)
  for (auto &[Key, List] : M)
    for (int *P : List) Global = P;
}

struct Less {
  bool operator()(int *A, int *B) const {
    Global = A;
    return A < B;
  }
};
struct Hash {
  size_t operator()(int *P) const {
    Global = P;
    return 1;
  }
};
struct Value {
  int V;
  Value(int *P) : V(*P) { Global = P; }
};
struct Mover {
  int *P;
  Mover(int *Q) : P(Q) {}
  Mover(Mover &&O) : P(O.P) { Global = O.P; }
};
void comparatorKeeps() {
  std::set<int *, Less> S; // expect: stack
  S.insert(new int(1)); // expect: heap(global)
}
void comparatorReads() {
  std::set<int *> S; // expect: stack
  S.insert(new int(1)); // expect: stack
  delete *S.begin();
}
void hashKeeps() {
  std::unordered_set<int *, Hash> S; // expect: stack
  S.insert(new int(1)); // expect: heap(global)
}
void predicateKeeps() {
  std::list<int *> L; // expect: stack
  L.push_back(new int(1)); // expect: heap(global)
  L.remove_if([](int *P) {
    Global = P;
    return false;
  });
}
void equalityKeeps() {
  std::list<int *> L; // expect: stack
  L.push_back(new int(1)); // expect: heap(global)
  L.unique([](int *P, int *) {
    Global = P;
    return false;
  });
}
void emplacedConstructorKeeps() {
  std::vector<Value> V; // expect: stack
  V.emplace_back(new int(1)); // expect: heap(global)
}
void convertedRangeKeeps() {
  std::vector<int *> A; // expect: stack
  A.push_back(new int(1)); // expect: heap(stored-in-escaped)
  std::vector<Value> B(A.begin(), A.end()); // expect: heap(non-constant-size)
}
void growthMovesElements() {
  std::vector<Mover> V; // expect: stack
  V.emplace_back(new int(1)); // expect: heap(stored-in-escaped)
  V.emplace_back(nullptr);
}
void vectorOfThreads() {
  std::vector<std::thread> V; // expect: stack
  int *P = new int(1); // expect: heap(stored-in-escaped)
  V.emplace_back([P] { *P = 2; });
  V[0].detach();
}

template <class T> struct Registering : std::allocator<T> {
  template <class U> struct rebind {
    using other = Registering<U>;
  };
  T *allocate(size_t N) {
    T *P = std::allocator<T>::allocate(N);
    Global = (int *)P;
    return P;
  }
};
int ownAllocator() {
  std::vector<int, Registering<int>> V(4); // expect: heap(custom-allocator)
  return V[0];
}
