// RUN: %const-prop %s --quiet -- -std=c++20 | grep constant-return | FileCheck %s --implicit-check-not='always returns'

// A program of branches whose every way out gives 4, and variations of it; each
// has a twin that does not always return 4, and about which nothing is said.

// CHECK: always-returns-4.cpp:[[@LINE+1]]:{{.*}} 'branches' always returns 4
int branches(int a, bool b) {
  int x = 2, y;
  if (b) {
    y = 2;
  } else {
    y = x;
  }
  if (y != 2) {
    return a;
  }
  return x + y;
}
int branches_twin(int a, bool b) {
  int x = 2, y;
  if (b) {
    y = 2;
  } else {
    y = a;
  }
  if (y != 2) {
    return a;
  }
  return x + y + (a > 3);
}

// CHECK: [[@LINE+1]]:{{.*}} 'arms_that_balance' always returns 4
int arms_that_balance(bool b) {
  int x, y;
  if (b) {
    x = 1;
    y = 3;
  } else {
    x = 3;
    y = 1;
  }
  return x + y;
}
int arms_that_do_not(bool b) {
  int x, y;
  if (b) {
    x = 1;
    y = 3;
  } else {
    x = 3;
    y = 2;
  }
  return x + y;
}

// CHECK: [[@LINE+1]]:{{.*}} 'equality_refines' always returns 4
int equality_refines(int a) {
  if (a == 3)
    return a + 1;
  return 4;
}
int inequality_does_not(int a) {
  if (a != 3)
    return a + 1;
  return 4;
}

// CHECK: [[@LINE+1]]:{{.*}} 'cases' always returns 4
int cases(int k) {
  switch (k) {
  case 3:
    return k + 1;
  case 5:
    return k - 1;
  default:
    return 4;
  }
}
int cases_twin(int k) {
  switch (k) {
  case 3:
  case 4:
    return k + 1;
  default:
    return 4;
  }
}

// CHECK: [[@LINE+1]]:{{.*}} 'ranges' always returns 4
int ranges(int a) {
  if (a > 10) {
    if (a < 5)
      return a;
    if (a <= 10 || a >= 11)
      return 4;
    return 5;
  }
  return 4;
}
int ranges_twin(int a) {
  if (a > 10) {
    if (a < 15)
      return a;
    return 5;
  }
  return 4;
}

// CHECK: [[@LINE+1]]:{{.*}} 'short_circuit' always returns 4
int short_circuit(int a) {
  bool big = a > 100;
  int x = a > 200 && !(a > 100) ? 1 : 4;
  return big || !big ? x + 0 : 0 + x;
}
int short_circuit_twin(int a) {
  int x = a > 200 && a > 100 ? 1 : 4;
  return x;
}

// CHECK: [[@LINE+1]]:{{.*}} 'bounded_loop' always returns 4
int bounded_loop() {
  int n = 0;
  for (int i = 0; i < 4; ++i)
    n += 1;
  return n;
}
int unbounded_loop(int m) {
  int n = 0;
  for (int i = 0; i < m; ++i)
    n += 1;
  return n;
}

// CHECK: [[@LINE+1]]:{{.*}} 'loop_invariant' always returns 4
int loop_invariant(int m) {
  int x = 4;
  while (m-- > 0) {
    if (x != 4)
      x = 5;
  }
  return x;
}
int loop_variant(int m) {
  int x = 4;
  while (m-- > 0) {
    if (x == 4)
      x = 5;
  }
  return x;
}

// CHECK: [[@LINE+1]]:{{.*}} 'exit_value' always returns 4
int exit_value(int i) {
  i = 0;
  while (i < 4)
    ++i;
  return i;
}
int exit_value_twin(int i) {
  while (i < 4)
    ++i;
  return i;
}

// CHECK: [[@LINE+1]]:{{.*}} 'through_reference' always returns 4
int through_reference() {
  int x = 1;
  int &r = x;
  r = 4;
  return x;
}
int through_unknown_reference(int &r) {
  int x = 1;
  r = 4;
  int *p = &r;
  return *p + x;
}

// CHECK: [[@LINE+1]]:{{.*}} 'through_pointer' always returns 4
int through_pointer() {
  int x = 1;
  int *p = &x;
  *p = 4;
  return x;
}
void write(int *);
int through_call() {
  int x = 4;
  write(&x);
  return x;
}

struct Pair {
  int A, B;
};
// CHECK: [[@LINE+1]]:{{.*}} 'members' always returns 4
int members() {
  Pair p{1, 3};
  p.A += p.B;
  return p.A;
}
void take(Pair &);
int members_that_escape() {
  Pair p{1, 3};
  p.A += p.B;
  take(p);
  return p.A;
}

// CHECK: [[@LINE+1]]:{{.*}} 'unsigned_wraps' always returns 4
unsigned unsigned_wraps() {
  unsigned x = 0;
  x -= 1;
  return x + 5;
}
unsigned unsigned_twin(unsigned x) {
  x -= 1;
  return x + 5;
}

// CHECK: [[@LINE+1]]:{{.*}} 'narrow_type' always returns 4
int narrow_type(unsigned char c) {
  if (c > 255 || c < 0)
    return 1;
  return 4;
}
int narrow_type_twin(unsigned char c) {
  if (c > 254)
    return 1;
  return 4;
}

enum class Colour { Red, Green };
// CHECK: [[@LINE+1]]:{{.*}} 'enumerators' always returns 4
int enumerators(Colour c) {
  if (c == Colour::Red && c == Colour::Green)
    return 1;
  return 4;
}
int enumerators_twin(Colour c) {
  if (c == Colour::Red || c == Colour::Green)
    return 1;
  return 4; // other values of the type are values of the enumeration
}

// CHECK: [[@LINE+1]]:{{.*}} 'null_checked_twice' always returns 4
int null_checked_twice(int *p) {
  if (!p)
    return 4;
  if (p == nullptr)
    return *p;
  return 4;
}
int null_checked_once(int *p) {
  if (p == nullptr)
    return 4;
  return *p;
}

// CHECK: [[@LINE+1]]:{{.*}} 'exact_floats' always returns 4
int exact_floats() {
  double d = 0.5;
  d = d * 8;
  return static_cast<int>(d);
}
int inexact_floats() {
  double d = 0.1;
  d = d * 40; // depends on the rounding mode
  return static_cast<int>(d);
}

// CHECK: [[@LINE+1]]:{{.*}} 'comma_and_conditional' always returns 4
int comma_and_conditional(int a) {
  int x = (a = 3, a > 2) ? a + 1 : 9;
  return x;
}
int comma_twin(int a, int b) {
  int x = (a = b, a > 2) ? a + 1 : 9;
  return x;
}

// CHECK: [[@LINE+1]]:{{.*}} 'same_minus_same' always returns 4
int same_minus_same(int a) {
  int x = a - a;
  if (x)
    return 1;
  return 4;
}
int same_volatile(volatile int &a) {
  int x = a - a; // two reads
  if (x)
    return 1;
  return 4;
}

static int twice(int n) { return n * 2; }
// CHECK: [[@LINE+1]]:{{.*}} 'calls' always returns 4
int calls() {
  int x = twice(2);
  return x;
}
int calls_twin(int n) {
  int x = twice(n);
  return x;
}

int factorial(int n) { return n <= 1 ? 1 : n * factorial(n - 1); }
// CHECK: [[@LINE+1]]:{{.*}} 'recursion' always returns 4
int recursion() {
  if (factorial(5) == 120)
    return 4;
  return 5;
}
int recursion_twin(int n) {
  if (factorial(n) == 120)
    return 4;
  return 5;
}

// CHECK: [[@LINE+1]]:{{.*}} 'descends' always returns 4
int descends(int n) {
  if (n <= 0)
    return 4;
  return descends(n - 1);
}
int descends_twin(int n) {
  if (n <= 0)
    return 4;
  return descends_twin(n - 1) + 1;
}
