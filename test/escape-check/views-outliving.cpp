// RUN: %verify %s -- -std=c++20
// Views and iterators that live longer, or as long; pipelines of ranges. A view
// into a container dangles when the container dies, so it does not keep the
// buffer on the heap; a view into a plain allocation does.

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

std::string_view GlobalView;
std::span<int> GlobalSpan;
int *Global;
char GlobalChar;

int viewOfOurs() {
  char *P = new char[4]{'a', 'b', 'c', 0}; // expect: stack
  std::string_view V(P, 3);
  int C = V.front();
  delete[] P;
  return C;
}
int viewKept() {
  char *P = new char[4]{'a', 'b', 'c', 0}; // expect: heap(global)
  GlobalView = std::string_view(P, 3);
  return 0;
}
int partKept() {
  char *P = new char[4]{'a', 'b', 'c', 0}; // expect: heap(global)
  GlobalView = std::string_view(P).substr(1);
  return 0;
}
std::string_view viewReturned() {
  char *P = new char[4]{'a', 'b', 'c', 0}; // expect: heap(return)
  return std::string_view(P, 3);
}
int spanOfOurs() {
  int *P = new int[4]{1, 2, 3, 4}; // expect: stack
  std::span<int> S(P, 4);
  int V = S[1] + S.subspan(2)[0];
  delete[] P;
  return V;
}
int spanKept() {
  int *P = new int[4]{1, 2, 3, 4}; // expect: heap(global)
  GlobalSpan = std::span<int>(P, 4).first(2);
  return 0;
}
int spanOfOwner() {
  auto P = std::make_unique<int[]>(4); // expect: stack
  std::span<int> S(P.get(), 4);
  return S[0];
}
// A span is made from the vector itself, which it might make grow.
int dangling() {
  std::vector<int> V{1, 2, 3}; // expect: heap(non-constant-size)
  GlobalSpan = V;
  return 0;
}
int contentsKept() {
  std::vector<int *> V{new int(1)}; // expect: heap(non-constant-size) heap(global)
  std::span<int *> S(V);
  Global = S[0];
  return 0;
}
int throughIterator() {
  std::vector<int *> V{new int(1)}; // expect: stack heap(global)
  auto I = V.begin();
  Global = *I;
  return 0;
}
int throughReverse() {
  std::vector<int *> V{new int(1)}; // expect: stack heap(global)
  Global = *V.rbegin();
  return 0;
}
int throughMoveIterator() {
  std::vector<std::unique_ptr<int>> V; // expect: stack
  V.push_back(std::make_unique<int>(1)); // expect: heap(global)
  static std::unique_ptr<int> Kept;
  Kept = *std::make_move_iterator(V.begin());
  return 0;
}
int throughMapIterator() {
  std::map<int, int *> M; // expect: stack
  M.emplace(1, new int(1)); // expect: heap(stored-in-escaped)
  Global = M.find(1)->second;
  return 0;
}
int invalidated() { // the old buffer is freed by the push; only one is counted
  std::vector<int> V{1}; // expect: stack
  auto I = V.begin();
  int A = *I;
  V.push_back(2);
  I = V.begin();
  return A + *I;
}
int inserted() {
  static std::vector<int *> Kept; // expect: heap(global)
  std::vector<int *> V{new int(1)}; // expect: stack heap(stored-in-escaped)
  Kept.insert(Kept.end(), V.begin(), V.end());
  return 0;
}

// The pipeline holds the vector's address in ways that are not followed.
int filtered() {
  std::vector<int *> V{new int(1)}; // expect: heap(non-constant-size) heap(global)
  for (int *P : V | std::views::filter([](int *Q) { return *Q > 0; }))
    Global = P;
  return 0;
}
int transformed() {
  std::vector<int *> V{new int(1)}; // expect: heap(non-constant-size) heap(global)
  for (int X : V | std::views::transform([](int *P) { Global = P; return *P; }))
    GlobalChar = X;
  return 0;
}
int takenFromPlain() {
  int *P = new int[4]{1, 2, 3, 4}; // expect: heap()
  for (int &X : std::span<int>(P, 4) | std::views::take(2)) Global = &X;
  return 0;
}
int counted() {
  int S = 0;
  for (int I : std::views::iota(0, 4)) {
    auto P = std::make_unique<int>(I); // expect: stack
    S += *P;
  }
  return S;
}
int sortedByProjection() {
  struct Item {
    int *P;
  };
  std::vector<Item> V{{new int(1)}}; // expect: heap(non-constant-size) heap(global)
  std::ranges::sort(V, {}, [](const Item &I) { Global = I.P; return *I.P; });
  return 0;
}
int foundInPlain() {
  int *P = new int[4]{1, 2, 3, 4}; // expect: heap(global)
  Global = std::ranges::find(P, P + 4, 3);
  return 0;
}
int foundInPlainRead() {
  int *P = new int[4]{1, 2, 3, 4}; // expect: stack
  int V = std::find(P, P + 4, 3) != P + 4;
  delete[] P;
  return V;
}
int partOfString() {
  std::string S("a string that needs a buffer"); // expect: stack
  std::string_view V = S;
  return V.substr(2).size();
}
std::string_view danglingString() {
  std::string S("a string that needs a buffer"); // expect: stack
  return S;
}
std::string movedString() {
  std::string S("a string that needs a buffer"); // expect: heap(return)
  return S;
}
