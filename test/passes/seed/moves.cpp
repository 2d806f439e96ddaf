// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ways in which the ownership of a buffer leaves its container. Each function
// keeps a long string or a vector that a local was made with; a buffer of the
// frame would be overwritten by clobber() before main reads it.
// RUN: %seed-both %s %t | FileCheck %s
// RUN: %seed -c %s -o /dev/null -Rpass=stackward \
// RUN:   -mllvm "-stackward-deny=main,_ZZ4main*" 2>&1 \
// RUN:   | FileCheck --allow-empty --check-prefix=NONE %s
// NONE-NOT: starts in
#include <cstdio>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#define NOINLINE __attribute__((noinline))
NOINLINE static void clobber() {
  volatile char Bytes[8192];
  for (unsigned I = 0; I < sizeof Bytes; ++I)
    Bytes[I] = 0x5A;
}
static const char *volatile Text = "thirty characters of some text";
static std::string Kept;
static std::vector<int> KeptInts;
struct Holder {
  std::string S;
  std::vector<int> V;
};
static Holder TheHolder;

NOINLINE void moveToGlobal() {
  std::string S(Text);
  S += "!";
  Kept = std::move(S);
}
NOINLINE void swapWithGlobal() {
  std::string S(Text);
  S += "?";
  Kept.swap(S);
}
NOINLINE void stdSwap() {
  std::vector<int> V;
  V.push_back(5);
  std::swap(V, KeptInts);
}
NOINLINE void exchange() {
  std::string S(Text);
  S += "x";
  Kept = std::exchange(S, "gone");
}
NOINLINE std::string returnOther(bool A) {
  std::string S(Text), T(Text);
  S += "S", T += "T";
  if (A)
    return S;
  return T;
}
NOINLINE std::vector<int> returnMoved() {
  std::vector<int> V;
  V.push_back(7);
  return std::move(V);
}
NOINLINE void intoMember(Holder &H) {
  std::string S(Text);
  std::vector<int> V;
  V.push_back(3);
  S += "m";
  H.S = std::move(S);
  H.V = std::move(V);
}
// const proves nothing.
NOINLINE void steal(const std::string &S) {
  Kept = std::move(const_cast<std::string &>(S));
}
NOINLINE void constCast() {
  std::string S(Text);
  S += "c";
  steal(S);
}
NOINLINE void takes(std::string &&S) { Kept = std::move(S); }
NOINLINE void rvalueReference() {
  std::string S(Text);
  S += "r";
  takes(std::move(S));
}
NOINLINE std::string &&passOn(std::string &S) { return std::move(S); }
NOINLINE void rvalueResult() {
  std::string S(Text);
  S += "p";
  Kept = passOn(S);
}
NOINLINE void intoContainers(std::vector<std::string> &V, std::list<std::string> &L,
                             std::map<std::string, std::vector<int>> &M) {
  std::string A(Text), B(Text), C(Text);
  std::vector<int> D;
  A += "1", B += "2", C += "3";
  D.push_back(9);
  V.push_back(std::move(A));
  L.emplace_back(std::move(B));
  M.emplace(std::move(C), std::move(D));
}
NOINLINE void throws() {
  std::string S(Text);
  S += "t";
  throw S;
}
NOINLINE std::function<std::string()> intoLambda() {
  std::string S(Text);
  S += "l";
  return [S = std::move(S)] { return S; };
}
NOINLINE void byReferenceInLambda() {
  std::string S(Text);
  S += "L";
  auto Take = [&] { Kept = std::move(S); };
  Take();
}
NOINLINE std::pair<std::string, std::vector<int>> intoPair() {
  std::string S(Text);
  std::vector<int> V;
  S += "P";
  V.push_back(4);
  return {std::move(S), std::move(V)};
}
NOINLINE std::unique_ptr<std::string> intoHeap() {
  std::string S(Text);
  S += "h";
  return std::make_unique<std::string>(std::move(S));
}
NOINLINE std::optional<std::string> intoOptional() {
  std::string S(Text);
  S += "o";
  return S;
}
// Another thread's operator delete does not know this stack.
NOINLINE void threadGrows() {
  std::string S;
  std::vector<int> V;
  std::thread T([&] {
    for (int I = 0; I < 3000; ++I)
      S += "ab", V.push_back(I);
  });
  T.join();
  Kept = S;
  KeptInts = V;
}
NOINLINE void futureGrows() {
  std::string S;
  std::async(std::launch::async, [&S] { S.append(5000, 'f'); }).get();
  Kept = S;
}
static void *volatile Sink;
NOINLINE void addressKept() {
  std::string S(Text);
  S += "k";
  Sink = &S;
  Kept.swap(*(std::string *)Sink);
}
// A buffer that moves on in a loop must not be used for the next round.
NOINLINE std::string lastOfLoop(int N) {
  std::string Last;
  for (int I = 0; I < N; ++I) {
    std::string S(Text);
    S += char('0' + I);
    if (I == N - 2)
      Last = std::move(S);
  }
  return Last;
}
struct Bytes {
  char B[sizeof(std::vector<int>)];
};
NOINLINE void asBytes(std::vector<int> &To) {
  std::vector<int> V;
  V.push_back(6);
  Bytes A, B;
  __builtin_memcpy(&A, &V, sizeof A);
  __builtin_memcpy(&B, &To, sizeof B);
  __builtin_memcpy((void *)&V, &B, sizeof A);
  __builtin_memcpy((void *)&To, &A, sizeof A);
}

int main() {
  auto Show = [](const char *Name, const std::string &S) {
    clobber();
    printf("%s %s %zu\n", Name, S.substr(0, 40).c_str(), S.size());
  };
  auto Ints = [](const char *Name, const std::vector<int> &V) {
    clobber();
    printf("%s %d %zu\n", Name, V.empty() ? -1 : V.back(), V.size());
  };
  moveToGlobal();
  Show("moveToGlobal", Kept); // CHECK: moveToGlobal {{.*}}text! 31
  swapWithGlobal();
  Show("swapWithGlobal", Kept); // CHECK-NEXT: text? 31
  stdSwap();
  Ints("stdSwap", KeptInts); // CHECK-NEXT: 5 1
  exchange();
  Show("exchange", Kept); // CHECK-NEXT: textx 31
  Show("returnOther", returnOther(true) + returnOther(false)); // CHECK-NEXT: 62
  Ints("returnMoved", returnMoved()); // CHECK-NEXT: 7 1
  intoMember(TheHolder);
  Show("intoMember", TheHolder.S); // CHECK-NEXT: textm 31
  Ints("intoMember", TheHolder.V); // CHECK-NEXT: 3 1
  constCast();
  Show("constCast", Kept); // CHECK-NEXT: textc 31
  rvalueReference();
  Show("rvalueReference", Kept); // CHECK-NEXT: textr 31
  rvalueResult();
  Show("rvalueResult", Kept); // CHECK-NEXT: textp 31
  std::vector<std::string> V;
  std::list<std::string> L;
  std::map<std::string, std::vector<int>> M;
  intoContainers(V, L, M);
  Show("intoContainers", V[0] + L.front()); // CHECK-NEXT: 62
  Show("intoContainers", M.begin()->first); // CHECK-NEXT: text3 31
  Ints("intoContainers", M.begin()->second); // CHECK-NEXT: 9 1
  try {
    throws();
  } catch (std::string &S) {
    Show("throws", S); // CHECK-NEXT: textt 31
  }
  auto F = intoLambda();
  Show("intoLambda", F()); // CHECK-NEXT: textl 31
  byReferenceInLambda();
  Show("byReferenceInLambda", Kept); // CHECK-NEXT: textL 31
  auto P = intoPair();
  Show("intoPair", P.first); // CHECK-NEXT: textP 31
  Ints("intoPair", P.second); // CHECK-NEXT: 4 1
  Show("intoHeap", *intoHeap()); // CHECK-NEXT: texth 31
  Show("intoOptional", *intoOptional()); // CHECK-NEXT: texto 31
  threadGrows();
  Show("threadGrows", Kept); // CHECK-NEXT: 6000
  Ints("threadGrows", KeptInts); // CHECK-NEXT: 2999 3000
  futureGrows();
  Show("futureGrows", Kept); // CHECK-NEXT: 5000
  addressKept();
  Show("addressKept", Kept); // CHECK-NEXT: textk 31
  Show("lastOfLoop", lastOfLoop(5)); // CHECK-NEXT: text3 31
  std::vector<int> To;
  asBytes(To);
  Ints("asBytes", To); // CHECK-NEXT: 6 1
}
