// RUN: %verify %s -- -std=c++20
// Where the size of an array comes from: a bound holds for a variable only if
// everything that its initializer reads is seen not to change.

#include <algorithm>
#include <cstdlib>
#include <functional>

#define USE(P) P[0] = 1; int V = P[0]; delete[] P; return V

// What a lambda captures may change before it is captured, or before it runs.
int capturedByReference() {
  int N = 5;
  auto L = [&] {
    int *P = new int[N]; // expect: heap(non-constant-size)
    USE(P);
  };
  N = 1000000;
  return L();
}
int capturedByCopy() {
  int N = 5;
  N = 1000000;
  auto L = [N] {
    int *P = new int[N]; // expect: heap(non-constant-size)
    USE(P);
  };
  return L();
}
int capturedAsAnother(int M) {
  int K = 3;
  K = M;
  auto L = [N = K] {
    int *P = new int[N]; // expect: heap(non-constant-size)
    USE(P);
  };
  return L();
}
int capturedTwice() {
  int N = 5;
  auto L = [&] {
    return [&] {
      int *P = new int[N]; // expect: heap(non-constant-size)
      USE(P);
    }();
  };
  N = 1000000;
  return L();
}
int constantOfAVariable(int M) {
  int K = 3;
  K = M;
  const int N = K;
  auto L = [&] {
    int *P = new int[N]; // expect: heap(non-constant-size)
    USE(P);
  };
  return L();
}
int capturedByFunction() {
  int N = 5;
  std::function<int()> L = [&] {
    void *P = std::malloc(N); // expect: heap(non-constant-size)
    std::free(P);
    return N;
  };
  N = 1000000;
  return L();
}
int grownWhenCalled() {
  auto L = [N = 5]() mutable {
    N *= 1000;
    int *P = new int[N]; // expect: heap(non-constant-size)
    USE(P);
  };
  return L() + L();
}
int constantCaptured() {
  const int N = 5;
  auto L = [&] {
    int *P = new int[N]; // expect: stack
    USE(P);
  };
  return L();
}
int ownVariableOfLambda(unsigned M) {
  auto L = [&] {
    unsigned N = M & 15;
    int *P = new int[N + 1]; // expect: stack
    USE(P);
  };
  return L();
}

// A reference is what it is bound to.
int smallerOf(unsigned A) {
  unsigned B = 3;
  const unsigned Limit = 16;
  const unsigned &N = std::min(B, Limit);
  B = A;
  int *P = new int[N + 1]; // expect: heap(non-constant-size)
  USE(P);
}
int smallerOfParameter(const unsigned &A, unsigned &B, unsigned C) {
  static const unsigned Limit = 16;
  const unsigned &N = std::min(A, Limit);
  B = C; // perhaps A
  int *P = new int[N + 1]; // expect: heap(non-constant-size)
  USE(P);
}
int smallerByValue(unsigned A) {
  const unsigned Limit = 16;
  const unsigned N = std::min(A, Limit);
  int *P = new int[N + 1]; // expect: stack
  USE(P);
}
int temporaryOfItsOwn(unsigned A) {
  const unsigned &N = A & 15;
  int *P = new int[N + 1]; // expect: stack
  USE(P);
}
int temporaryThatChanges(unsigned A) {
  unsigned &&N = A & 15;
  N *= A;
  int *P = new int[N + 1]; // expect: heap(non-constant-size)
  USE(P);
}
