// A unique_ptr whose object becomes a local: the fixed program compiles, does
// the same and allocates nothing.
// RUN: cp %s %t.cpp
// RUN: %clangxx -std=c++20 %t.cpp -o %t.before && %t.before > %t.expected
// RUN: %escape-check --fix --quiet %t.cpp -- -std=c++20
// RUN: grep -v CHECK %t.cpp | FileCheck %s
// RUN: %clangxx -std=c++20 -Werror %t.cpp -o %t.after
// RUN: %t.after > %t.actual && diff %t.expected %t.actual
#include <cstdio>
#include <memory>

struct Point {
  int X, Y;
  Point(int X, int Y) : X(X), Y(Y) {}
  int sum() const { return X + Y; }
};

static int sumOf(const Point &P) { return P.sum(); }
static int sumOf(const Point *P) { return P->sum(); }

int throughArrowStarAndGet(int N) {
  // CHECK: Point P = Point(N, 2);
  auto P = std::make_unique<Point>(N, 2);
  // CHECK-NEXT: P.X = 3;
  P->X = 3;
  // CHECK-NEXT: return P.sum() + sumOf(P) + sumOf((&P));
  return P->sum() + sumOf(*P) + sumOf(P.get());
}

int valueInitialized() {
  // CHECK: long Count{};
  auto Count = std::make_unique<long>();
  // CHECK-NEXT: Count += 5;
  *Count += 5;
  return static_cast<int>(*Count);
}

std::unique_ptr<Point> isReturned() {
  // CHECK: auto P = std::make_unique<Point>(7, 8);
  auto P = std::make_unique<Point>(7, 8);
  P->X = 9;
  return P;
}

// Other uses than the three above: the verdict may be "stack", but no edit.
bool isAsked() {
  // CHECK: auto P = std::make_unique<Point>(1, 2);
  auto P = std::make_unique<Point>(1, 2);
  return P != nullptr;
}

int twoInOneStatement() {
  // CHECK: auto P = std::make_unique<Point>(1, 2),
  // CHECK-NEXT: Q = std::make_unique<Point>(3, 4);
  auto P = std::make_unique<Point>(1, 2),
       Q = std::make_unique<Point>(3, 4);
  return P->X + Q->X;
}

#define MAKE(T, ...) std::make_unique<T>(__VA_ARGS__)
int isInMacro() {
  // CHECK: auto P = MAKE(Point, 1, 2);
  auto P = MAKE(Point, 1, 2);
  return P->X;
}

template <class T> int isInTemplate(T N) {
  // CHECK: auto P = std::make_unique<T>(N);
  auto P = std::make_unique<T>(N);
  return static_cast<int>(*P);
}

int main() {
  std::printf("%d %d %d %d %d %d %d\n", throughArrowStarAndGet(1),
              valueInitialized(), isReturned()->sum(), isAsked(),
              twoInOneStatement(), isInMacro(), isInTemplate(4L));
}
