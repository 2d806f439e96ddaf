// RUN: %verify %s -- -std=c++20
// A wrapper asks for what it was asked for: its callers' sizes are followed
// through it.

#include <cstdlib>

void *checked(size_t N) {
  void *P = std::malloc(N);
  if (!P) std::abort();
  return P;
}
void constant() {
  void *P = checked(16); // expect: stack
  std::free(P);
}
void unknown(size_t N) {
  void *P = checked(N); // expect: heap(non-constant-size)
  std::free(P);
}
void large() {
  void *P = checked(1 << 20); // expect: heap(too-large)
  std::free(P);
}
void *checkedTwice(int N) { return checked(N); }
void throughTwo() {
  void *P = checkedTwice(16); // expect: stack
  std::free(P);
}
void negative() {
  void *P = checkedTwice(-1); // expect: heap(non-constant-size)
  std::free(P);
}
void *withHeader(size_t N) { return std::malloc(N * 8 + 24); }
void narrow(unsigned char N) {
  void *P = withHeader(N); // expect: stack
  std::free(P);
}
int *zeros(int N) { return new int[N](); }
void array() {
  int *P = zeros(5); // expect: stack
  delete[] P;
}
void *larger(size_t N) {
  N += 100000;
  return std::malloc(N);
}
void changedParameter() {
  void *P = larger(16); // expect: heap(non-constant-size)
  std::free(P);
}
void *either(size_t N, bool C) {
  if (C) return std::malloc(N * 1000000);
  return std::malloc(N);
}
void twoWays(bool C) {
  void *P = either(16, C); // expect: heap()
  std::free(P);
}
