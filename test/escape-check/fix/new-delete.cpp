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
// CHECK-NOT: delete
// CHECK: return R * 2;
int trivialDestructor(int N) {
  Plain *P = new Plain{N, 2};
  int R = P->A + P->B;
  delete P;
  return R * 2;
}

// CHECK: Noisy PObject = Noisy("end"); Noisy *P = &PObject;
// CHECK-NOT: delete
// CHECK: return R;
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

// What lives beside it dies after it; a local would die after that.
// CHECK: Noisy *P = new Noisy("guarded");
// CHECK: delete P;
int deletedBeforeAnother() {
  Noisy *P = new Noisy("guarded");
  Noisy Guard("guard");
  int R = P->Name[0];
  delete P;
  return R;
}

// CHECK: Noisy *P = new Noisy("beside");
// CHECK: delete P;
int deletedBeforeATemporary() {
  Noisy *P = new Noisy("beside");
  const Noisy &Guard = Noisy("temporary");
  int R = P->Name[0] + Guard.Name[0];
  delete P;
  return R;
}

// CHECK: Noisy PObject = Noisy("scoped"); Noisy *P = &PObject;
int deletedAfterAnother() {
  Noisy *P = new Noisy("scoped");
  { Noisy Guard("inner"); }
  int R = P->Name[0];
  delete P;
  return R;
}

// The early way keeps it from being destroyed.
// CHECK: Noisy *P = new Noisy("left");
// CHECK: delete P;
int leftEarly(bool C) {
  Noisy *P = new Noisy("left");
  if (C)
    return 0;
  delete P;
  return 1;
}

struct Addressed {
  int A = 1;
  Addressed *operator&() { return nullptr; }
};
// CHECK: Addressed *P = new Addressed();
int hasOwnAddressOf() {
  Addressed *P = new Addressed();
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
  std::printf("%d ", deletedBeforeAnother());
  std::printf("%d ", deletedBeforeATemporary());
  std::printf("%d ", deletedAfterAnother());
  std::printf("%d %d ", leftEarly(true), leftEarly(false));
  std::printf("%d ", hasOwnAddressOf());
  std::printf("%d %d\n", assignedTwice(true), isKept());
  delete Kept;
}
