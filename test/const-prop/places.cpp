// RUN: %const-prop %s --quiet -- -std=c++20 | grep constant-return | FileCheck %s --implicit-check-not='always returns'
// What is followed besides plain variables: elements, fields of bases and
// unions, bit-fields, copies, aliases, static variables; each with a twin of
// which nothing is said.

int use(int);

// CHECK: places.cpp:[[@LINE+1]]:{{.*}} 'elements' always returns 4
int elements(int i) {
  int a[4] = {4, 4, 4, 3};
  a[3] += a[3] > 2;
  return a[i & 3];
}
int elements_twin(int i) {
  int a[4] = {4, 4, 4, 3};
  a[i & 1] = 4; // to one of them: all are forgotten
  return a[0];
}

struct Flags {
  unsigned Low : 3;
  int High : 29;
};
// CHECK: [[@LINE+1]]:{{.*}} 'bit_field' always returns 4
int bit_field() {
  Flags f{};
  f.Low = 12; // keeps three bits
  return f.Low;
}
int bit_field_twin(int n) {
  Flags f{};
  f.Low = n;
  return f.Low;
}

union Either {
  int I;
  unsigned char C;
};
// CHECK: [[@LINE+1]]:{{.*}} 'active_member' always returns 4
int active_member() {
  Either e;
  e.C = 1;
  e.I = 4;
  return e.I;
}
int inactive_member() {
  Either e;
  e.I = 4;
  e.C = 1;
  return e.I;
}

struct Base {
  int N;
};
struct Derived : Base {
  int M;
};
// CHECK: [[@LINE+1]]:{{.*}} 'base_field' always returns 4
int base_field() {
  Derived d;
  d.N = 1;
  Base b = d;
  d.N = 3;
  return d.N + b.N;
}
struct Left : Base {};
struct Right : Base {};
struct Both : Left, Right {};
int repeated_base() { // two fields N: not followed
  Both b;
  static_cast<Left &>(b).N = 4;
  static_cast<Right &>(b).N = 5;
  return static_cast<Left &>(b).N;
}

// CHECK: [[@LINE+1]]:{{.*}} 'assigned_whole' always returns 4
int assigned_whole() {
  Base a{4}, b{5};
  b = a;
  a.N = 6;
  return b.N;
}
int assigned_unknown(const Base &from) {
  Base b{4};
  b = from;
  return b.N;
}

// CHECK: [[@LINE+1]]:{{.*}} 'alias_survives_calls' always returns 4
int alias_survives_calls() {
  int x = 1;
  int &r = x;
  int *p = &x;
  r = 2;
  *p += 2;
  use(0); // knows neither r nor p
  return x;
}
int *Kept;
int alias_that_leaks() {
  int x = 1;
  int *p = &x;
  *p = 4;
  Kept = p;
  use(0);
  return x;
}

static int OnlyFour = 4;
// CHECK: [[@LINE+1]]:{{.*}} 'reads_static' always returns 4
int reads_static() {
  use(0);
  return OnlyFour;
}
void writes_static() {
  if (OnlyFour != 4)
    OnlyFour = 5; // never happens
  OnlyFour = 4;
}
static int FourOrFive = 4;
int reads_changing() {
  use(0);
  return FourOrFive;
}
void changes() { FourOrFive = 5; }
static int Shown = 4;
int *show() { return &Shown; }
int reads_shown() {
  use(0);
  return Shown;
}

// CHECK: [[@LINE+1]]:{{.*}} 'known_bits' always returns 4
int known_bits(int a) {
  if ((a | 8) == 0)
    return 1;
  return 4;
}
int unknown_bits(int a) {
  if ((a & 8) == 0)
    return 1;
  return 4;
}
