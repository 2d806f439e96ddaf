// RUN: %verify %s -- -std=c++20
// The bound of a buffer counts everything that makes its container grow: under
// whatever name, and wherever the buffer has gone.

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <unordered_map>
#include <vector>

int pushed() {
  std::vector<int> V; // expect: stack
  for (int I = 0; I < 8; ++I) V.push_back(I);
  return V.back();
}
int pushedOften(int N) {
  std::vector<int> V; // expect: heap(non-constant-size)
  for (int I = 0; I < N; ++I) V.push_back(I);
  return V.back();
}
int pushedInBoth(int N) {
  std::vector<int> V; // expect: heap(non-constant-size)
  for (int J = 0; J < N; ++J)
    for (int I = 0; I < 3; ++I) V.push_back(I);
  return V.back();
}
int eachTurnItsOwn(int N) {
  int S = 0;
  for (int J = 0; J < N; ++J) {
    std::vector<int> V; // expect: stack
    for (int I = 0; I < 3; ++I) V.push_back(I);
    S += V.back();
  }
  return S;
}
int counterGoesBack(int N) {
  std::vector<int> V; // expect: heap(non-constant-size)
  for (short I = 5; I >= 0; I -= 65530) {
    V.push_back(1);
    if (N-- == 0) break;
  }
  return V.back();
}
int forEver() {
  static std::vector<int> V{1}; // expect: heap(global)
  for (int I = 0; I < 3; ++I) V.push_back(I);
  return V.back();
}

// Another name.
int byReference(int N) {
  std::vector<int> V{1}; // expect: heap(non-constant-size)
  auto &R = V;
  for (int I = 0; I < N; ++I) R.push_back(I);
  return V.back();
}
int oneOfTwo(int N) {
  std::vector<int> V{1}, W{2}; // expect: heap(non-constant-size) heap(non-constant-size)
  auto &R = N ? V : W;
  for (int I = 0; I < N; ++I) R.push_back(I);
  return V.back();
}
int byPointer(int N) {
  std::vector<int> V{1}; // expect: heap(non-constant-size)
  auto *P = &V;
  for (int I = 0; I < N; ++I) P->push_back(1);
  return V.back();
}
int byMemberPointer(int N) {
  std::vector<int> V{1}; // expect: heap(non-constant-size)
  void (std::vector<int>::*Push)(const int &) = &std::vector<int>::push_back;
  for (int I = 0; I < N; ++I) (V.*Push)(1);
  return V.back();
}
int byInvoke(int N) {
  std::vector<int> V{1}; // expect: heap(non-constant-size)
  void (std::vector<int>::*Push)(const int &) = &std::vector<int>::push_back;
  for (int I = 0; I < N; ++I) std::invoke(Push, V, 1);
  return V.back();
}
int byInserter(const int *From, int N) {
  std::vector<int> V{1}; // expect: heap(non-constant-size)
  std::copy(From, From + N, std::back_inserter(V));
  return V.back();
}
int byLambda(int N) {
  std::vector<int> V{1}; // expect: heap(non-constant-size)
  auto Add = [&] { V.push_back(1); };
  for (int I = 0; I < N; ++I) Add();
  return V.back();
}
int inMember(int N) {
  struct {
    std::vector<int> V;
    void add() { V.push_back(1); }
  } X{std::vector<int>{1}}; // expect: heap(non-constant-size)
  for (int I = 0; I < N; ++I) X.add();
  return X.V.back();
}

// Another place.
int afterMove(int N) {
  std::vector<int> V{1}; // expect: heap(non-constant-size)
  std::vector<int> W = std::move(V);
  for (int I = 0; I < N; ++I) W.push_back(I);
  return W.back();
}
int afterMoveAssignment(int N) {
  std::vector<int> V{1}, W; // expect: heap(non-constant-size) heap(non-constant-size)
  W = std::move(V);
  for (int I = 0; I < N; ++I) W.push_back(I);
  return W.back();
}
int inClosure(int N) {
  auto Add = [V = std::vector<int>{1}]() mutable { // expect: heap(non-constant-size)
    V.push_back(1);
    return V.back();
  };
  for (int I = 0; I < N; ++I) Add();
  return Add();
}
int afterSwap(int N) {
  std::vector<int> A{1}; // expect: heap(non-constant-size)
  std::vector<int> B(N); // expect: heap(non-constant-size)
  A.swap(B);
  return A.back();
}
int copied(int N) {
  std::vector<int> V{1, 2, 3}; // expect: stack
  std::vector<int> W = V; // expect: heap(non-constant-size)
  for (int I = 0; I < N; ++I) W.push_back(I);
  return V.back() + W.back();
}

// More than it looks like.
int doubled() {
  std::vector<int> V{1}; // expect: heap(non-constant-size)
  for (int I = 0; I < 30; ++I) V.insert(V.end(), V.begin(), V.end());
  return V.back();
}
int appendedToItself(int N) {
  std::string S(20, 'x'); // expect: heap(non-constant-size)
  for (int I = 0; I < N; ++I) S += S;
  return S.size();
}
int manyBuckets() {
  std::unordered_map<int, int> M; // expect: heap(non-constant-size)
  M.max_load_factor(1e-6f);
  M[1] = 2;
  return M[1];
}
int fewBuckets() {
  std::unordered_map<int, int> M; // expect: stack
  M[1] = 2;
  return M.max_load_factor() > 1;
}
// Fifteen bytes are kept in place, not fifteen characters.
int wide() {
  std::wstring S(L"eleven char"); // expect: stack
  return S[0];
}
int narrow() {
  std::string S("eleven char"); // makes no buffer
  return S[0];
}
