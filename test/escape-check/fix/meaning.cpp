// RUN: cp %s %t.cpp
// RUN: %clangxx -std=c++20 %t.cpp -o %t.before && %t.before > %t.expected
// RUN: %escape-check --fix --quiet %t.cpp -- -std=c++20
// RUN: grep -v CHECK %t.cpp | FileCheck %s
// RUN: %clangxx -std=c++20 -Werror %t.cpp -o %t.after
// RUN: %t.after > %t.actual && diff %t.expected %t.actual
// Rewrites that could mean something else than what stands there: overloads,
// names that are hidden, values that are read before a destructor runs.

#include <cstdio>
#include <memory>

struct Named {
  const char *Name;
  explicit Named(const char *Name) : Name(Name) {}
  Named(const Named &O) : Name(O.Name) { std::printf("copy "); }
  ~Named() { std::printf("~%s ", Name); }
  int which() { return 1; }
  int which() const { return 2; }
};
struct Pair {
  int A, B;
};
struct Guard {
  int *Out = nullptr;
  ~Guard() { *Out += 5; }
};
int hidden() { return 1; }
struct hidden {
  int A = 2;
};

int pointerToConst() {
  // CHECK: const Named *P = &{{P}}Object;
  const Named *P = new Named("const");
  int R = P->which();
  delete P;
  return R;
}
int constantObject() {
  // CHECK: new const Named("object");
  const Named *P = new const Named("object");
  int R = P->which();
  delete P;
  return R;
}
int aggregateInParentheses() {
  // CHECK: Pair {{P}}Object = Pair(3, 4);
  Pair *P = new Pair(3, 4);
  int R = P->A;
  delete P;
  return R;
}

// The destructor writes what is returned, or reads what dies before.
int destructorWritesResult() {
  // CHECK: new Guard{&R};
  int R = 0;
  Guard *P = new Guard{&R};
  delete P;
  return R;
}
int destructorLeavesResult(int &Out) {
  // CHECK: Guard {{P}}Object{&Out};
  int R = 0;
  Guard *P = new Guard{&Out};
  R = *P->Out;
  delete P;
  return R;
}
int destructorUsesLaterVariable() {
  // CHECK: new Guard;
  Guard *P = new Guard;
  int Later = 1;
  P->Out = &Later;
  delete P;
  return 3;
}

// How it is written around the name.
int noSpace() {
  // CHECK: int P(3);
  auto P = std::make_unique<int>(3);
  // CHECK-NEXT: return P;
  return*P;
}
int inParentheses() {
  // CHECK: auto P = std::make_unique<int>(3);
  auto P = std::make_unique<int>(3);
  return *(P);
}
int getInParentheses() {
  // CHECK: auto P = std::make_unique<int>(3);
  auto P = std::make_unique<int>(3);
  return *(P).get();
}
int initializedInParentheses() {
  // CHECK: std::unique_ptr<int> P(std::make_unique<int>(3));
  std::unique_ptr<int> P(std::make_unique<int>(3));
  return *P;
}
int rawInParentheses() {
  // CHECK: int *P(new int(3));
  int *P(new int(3));
  int R = *P;
  delete P;
  return R;
}

// Types and requirements name it too.
int inType() {
  // CHECK: auto P = std::make_unique<int>(3);
  auto P = std::make_unique<int>(3);
  using Value = decltype(*P);
  Value R = *P;
  R = 4;
  return *P;
}
int deducedAsWritten() {
  // CHECK: auto P = std::make_unique<int>(3);
  auto P = std::make_unique<int>(3);
  decltype(auto) R = *P;
  R = 4;
  return *P;
}
int inRequirement() {
  // CHECK: auto P = std::make_unique<Pair>(1, 2);
  auto P = std::make_unique<Pair>(1, 2);
  if constexpr (requires { P->A; })
    return P->A;
  return -1;
}

// A local that is returned or thrown is moved, or not copied.
Named copiedOut() {
  // CHECK: auto P = std::make_unique<Named>("copied");
  auto P = std::make_unique<Named>("copied");
  return *P;
}
int thrownOut() {
  try {
    // CHECK: auto P = std::make_unique<Named>("thrown");
    auto P = std::make_unique<Named>("thrown");
    throw *P;
  } catch (const Named &N) {
    return N.Name[0];
  }
}

// The name of the type.
int hiddenByFunction() {
  // CHECK: auto P = std::make_unique<struct hidden>();
  auto P = std::make_unique<struct hidden>();
  return P->A + hidden();
}
int hiddenByItself() {
  // CHECK: auto Pair = std::make_unique<::Pair>(1, 2);
  auto Pair = std::make_unique<::Pair>(1, 2);
  return Pair->A;
}
int hiddenByParameter(int Pair) {
  // CHECK: ::Pair P = ::Pair(1, 2);
  auto P = std::make_unique<::Pair>(1, 2);
  return P->A + Pair;
}

// What the constructor is given, and who may call it.
struct Base {
protected:
  Base() = default;
};
struct Derived : Base {
  int A = 3;
};
int protectedBase() {
  // CHECK: Derived P = Derived();
  auto P = std::make_unique<Derived>();
  return P->A;
}
struct FromNull {
  int A;
  FromNull(long) : A(1) {}
  FromNull(const char *) : A(2) {}
};
int zeroIsNumber() {
  // CHECK: auto P = std::make_unique<FromNull>(0);
  auto P = std::make_unique<FromNull>(0);
  return P->A;
}
struct Number {
  operator int() const { return 4; }
};
int notAFunction() {
  // CHECK: int {{P}}Object((Number()));
  int *P = new int(Number());
  int R = *P;
  delete P;
  return R;
}
class Friendly {
  ~Friendly() = default;
  friend struct std::default_delete<Friendly>;

public:
  int A = 6;
};
int destroyedByFriend() {
  // CHECK: auto P = std::make_unique<Friendly>();
  auto P = std::make_unique<Friendly>();
  return P->A;
}

int main() {
  int Out = 1;
  std::printf("%d ", pointerToConst());
  std::printf("%d ", constantObject());
  std::printf("%d ", aggregateInParentheses());
  std::printf("%d ", destructorWritesResult());
  std::printf("%d ", destructorLeavesResult(Out));
  std::printf("%d ", Out);
  std::printf("%d ", destructorUsesLaterVariable());
  std::printf("%d %d ", noSpace(), inParentheses());
  std::printf("%d %d ", getInParentheses(), initializedInParentheses());
  std::printf("%d %d ", rawInParentheses(), inType());
  std::printf("%d %d ", deducedAsWritten(), inRequirement());
  std::printf("%d ", copiedOut().Name[0]);
  std::printf("%d ", thrownOut());
  std::printf("%d %d ", hiddenByFunction(), hiddenByItself());
  std::printf("%d %d ", hiddenByParameter(3), protectedBase());
  std::printf("%d %d ", zeroIsNumber(), notAFunction());
  std::printf("%d\n", destroyedByFriend());
}
