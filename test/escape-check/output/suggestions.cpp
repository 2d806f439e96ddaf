// RUN: %escape-check %s -- -std=c++20 | FileCheck %s
// An owner that is there without its object is advised to be an optional; an
// object that lives and dies in a branch is a local of that branch.
#include <memory>

struct Widget {
  explicit Widget(int V) : Value(V) {}
  ~Widget() { Value = 0; }
  int Value;
};

int assigned(bool C) {
  std::unique_ptr<Widget> P;
  if (C)
    // CHECK: :[[#@LINE+2]]:9: warning:
    // CHECK: suggestion: use std::optional
    P = std::make_unique<Widget>(1);
  return P ? P->Value : 0;
}
int reset(bool C) {
  std::unique_ptr<Widget> P;
  if (C)
    // CHECK: :[[#@LINE+2]]:13: warning:
    // CHECK: suggestion: use std::optional
    P.reset(new Widget(2));
  return P ? P->Value : 0;
}
int wrapped(bool C) {
  std::unique_ptr<Widget> P;
  if (C)
    // CHECK: :[[#@LINE+2]]:33: warning:
    // CHECK: suggestion: use std::optional
    P = std::unique_ptr<Widget>(new Widget(3));
  return P ? P->Value : 0;
}
int chosen(bool C) {
  // CHECK: :[[#@LINE+2]]:16: warning:
  // CHECK: suggestion: use std::optional
  auto P = C ? std::make_unique<Widget>(4) : nullptr;
  return P ? P->Value : 0;
}
int ownerInBranch(bool C) {
  if (!C)
    return 0;
  else {
    std::unique_ptr<Widget> P;
    // CHECK: :[[#@LINE+2]]:9: warning:
    // CHECK: suggestion: make it a local object
    P = std::make_unique<Widget>(5);
    return P->Value;
  }
}
int temporaryInBranch(bool C) {
  if (C)
    // CHECK: :[[#@LINE+2]]:12: warning:
    // CHECK: suggestion: make it a local object
    return std::make_unique<Widget>(6)->Value;
  return 0;
}
