// RUN: %verify %s -- -std=c++20
// Iterators, algorithms and views: what goes in comes out somewhere.

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>
#include <ranges>
#include <span>
#include <vector>

int *Global;
std::vector<int *> Kept;

void copied() {
  int *A[1] = {new int(1)}, *B[1]; // expect: heap(global)
  std::copy(A, A + 1, B);
  Global = B[0];
}
void copiedRead() {
  int *A[1] = {new int(1)}, *B[1]; // expect: stack
  std::copy(A, A + 1, B);
  delete B[0];
}
void copiedIf() {
  int *A[1] = {new int(1)}, *B[1]; // expect: heap(global)
  std::copy_if(A, A + 1, B, [](int *) { return true; });
  Global = B[0];
}
void swapped() {
  int *A[1] = {new int(1)}, *B[1]; // expect: heap(global)
  std::swap_ranges(A, A + 1, B);
  Global = B[0];
}
void rotated() {
  int *A[2] = {new int(1), nullptr}; // expect: heap(global)
  std::rotate(A, A + 1, A + 2);
  Global = A[0];
}
void found() {
  int *A[1] = {new int(1)}; // expect: heap(global)
  Global = *std::find(A, A + 1, nullptr);
}
void smallest() {
  int *P = new int(1), *Q = nullptr; // expect: heap(global)
  Global = std::min(P, Q);
}
void backInserted() {
  int *A[1] = {new int(1)}; // expect: heap(stored-in-escaped)
  std::copy(A, A + 1, std::back_inserter(Kept));
}
void backInsertedByHand() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  auto Out = std::back_inserter(Kept);
  *Out++ = P;
}
void transformed() {
  int *A[1] = {new int(1)}; // expect: heap(stored-in-escaped)
  std::transform(A, A + 1, std::back_inserter(Kept), [](int *P) { return P; });
}
void forEachKeeps() {
  int *A[1] = {new int(1)}; // expect: heap(global)
  std::for_each(A, A + 1, [](int *P) { Global = P; });
}
void forEachReads() {
  int *A[1] = {new int(1)}; // expect: stack
  std::for_each(A, A + 1, [](int *P) { *P = 2; });
  delete A[0];
}
void comparatorKeeps() {
  int *A[2] = {new int(1), nullptr}; // expect: heap(global)
  std::sort(A, A + 2, [](int *P, int *Q) {
    Global = P;
    return P < Q;
  });
}
void folded() {
  int *A[1] = {new int(1)}; // expect: heap(global)
  Global = std::accumulate(A, A + 1, (int *)nullptr,
                           [](int *, int *P) { return P; });
}
void invoked() {
  std::invoke([](int *P) { Global = P; }, new int(1)); // expect: heap(global)
}
void bound() {
  auto F = std::bind([](int *P) { Global = P; }, std::placeholders::_1);
  F(new int(1)); // expect: heap(global)
}

void filtered() {
  int *A[1] = {new int(1)}; // expect: heap(global)
  for (int *P : A | std::views::filter([](int *P) { return P != nullptr; }))
    Global = P;
}
void mapped() {
  int *A[1] = {new int(1)}; // expect: heap(global)
  for (int *P : A | std::views::transform([](int *P) { return P; })) Global = P;
}
void reversed() {
  int *A[1] = {new int(1)}; // expect: heap(global)
  for (int *P : A | std::views::reverse) Global = P;
}
void single() {
  for (int *P : std::views::single(new int(1))) Global = P; // expect: heap(global)
}
void fromTheClosure() {
  int A[1] = {1}, *P = new int(1); // expect: heap(global)
  for (int *Q : A | std::views::transform([P](int) { return P; })) Global = Q;
}
void projectionKeeps() {
  int *A[1] = {new int(1)}; // expect: heap(global)
  std::ranges::sort(A, {}, [](int *P) {
    Global = P;
    return *P;
  });
}
void span() {
  int *A[1] = {new int(1)}; // expect: heap(global)
  std::span<int *> S(A);
  Global = S[0];
}
void spanRead() {
  int *A[1] = {new int(1)}; // expect: stack
  std::span<int *> S(A);
  delete S[0];
}
