// `new` and `delete` of one object become a local and a pointer to it.
// RUN: cp %s %t.cpp
// RUN: %clangxx -std=c++20 %t.cpp -o %t.before && %t.before > %t.expected
// RUN: %escape-check --fix --quiet %t.cpp -- -std=c++20
// RUN: grep -v CHECK %t.cpp | FileCheck %s
// RUN: %clangxx -std=c++20 -Werror %t.cpp -o %t.after
// RUN: %t.after > %t.actual && diff %t.expected %t.actual
#include <cstdio>

struct Plain {
  int A, B;
};

struct Noisy {
  const char *Name;
  explicit Noisy(const char *Name) : Name(Name) {}
  ~Noisy() { std::printf("~%s ", Name); }
};

// CHECK: Plain PObject{N, 2}; Plain *P = &PObject;
// CHECK: {{^}}  ;{{$}}
int trivialDestructor(int N) {
  Plain *P = new Plain{N, 2};
  int R = P->A + P->B;
  delete P;
  return R * 2;
}

// CHECK: Noisy PObject = Noisy("end"); Noisy *P = &PObject;
// CHECK: {{^}}  ;{{$}}
int deletedAtTheEnd() {
  Noisy *P = new Noisy("end");
  int R = P->Name[0];
  delete P;
  return R;
}

// The destructor runs before the last output; a local's would run after it.
// CHECK: Noisy *P = new Noisy("early");
// CHECK: delete P;
int deletedTooEarly() {
  Noisy *P = new Noisy("early");
  delete P;
  std::printf("after ");
  return 1;
}

// CHECK: Plain *P = new Plain{1, 2};
int assignedTwice(bool C) {
  Plain *P = new Plain{1, 2};
  if (C) {
    delete P;
    P = new Plain{3, 4};
  }
  int R = P->A;
  delete P;
  return R;
}

Plain *Kept;
// CHECK: Plain *P = new Plain{5, 6};
int isKept() {
  Plain *P = new Plain{5, 6};
  Kept = P;
  return P->A;
}

int main() {
  std::printf("%d ", trivialDestructor(3));
  std::printf("%d ", deletedAtTheEnd());
  std::printf("%d ", deletedTooEarly());
  std::printf("%d %d\n", assignedTwice(true), isKept());
  delete Kept;
}
