// RUN: %const-prop %s --quiet -- -std=c++20 | grep constant-return | FileCheck %s --implicit-check-not='always returns'
// RUN: %const-prop %s --quiet --no-calls -- -std=c++20 | FileCheck %s --check-prefix=ALONE --allow-empty
// RUN: mkdir -p %t
// RUN: %python %S/Inputs/check-returns.py %const-prop %clangxx %s %t | FileCheck %s --check-prefix=TRUE
// TRUE: {{[89]|1[0-9]}} claims, 0 false
// ALONE-NOT: 'read_by_callee'
// Locals whose address is lent to a call. What does not keep it cannot write
// the local later, and what only reads it does not write it now. Each has a
// twin of which nothing is said.

int lines = 0;
int *kept = nullptr;
int other = 9;
void log() {
  ++lines;
  if (kept)
    *kept = 7;
}

static int show(const int *p) {
  ++lines;
  return *p;
}
static void change(int *p) {
  ++lines;
  *p = 5;
}
static void keep(int *p) { kept = p; }

// CHECK: lent.cpp:[[@LINE+1]]:{{.*}} 'read_by_callee' always returns 4
int read_by_callee() {
  int x = 4;
  show(&x);
  return x;
}
int written_by_callee() {
  int x = 4;
  change(&x);
  return x;
}
int kept_by_callee() {
  int x = 4;
  keep(&x);
  log();
  kept = nullptr;
  return x;
}

// CHECK: [[@LINE+1]]:{{.*}} 'written_before' always returns 4
int written_before() {
  int x;
  change(&x);
  x = 4;
  log(); // has no way to x
  return x;
}
int kept_before() {
  int x;
  keep(&x);
  x = 4;
  log();
  kept = nullptr;
  return x;
}

static int show(int &r) {
  ++lines;
  return r + 1;
}
static void change(int &r) {
  ++lines;
  r = 5;
}
// CHECK: [[@LINE+1]]:{{.*}} 'read_by_reference' always returns 4
int read_by_reference() {
  int x = 4;
  show(x);
  return x;
}
int written_by_reference() {
  int x = 4;
  change(x);
  return x;
}

// Through another call.
static int forward(int *p) { return p ? show(*p) + show(p) : 0; }
static void forward_to_write(int *p) {
  if (show(p))
    change(*p);
}
// CHECK: [[@LINE+1]]:{{.*}} 'read_by_second' always returns 4
int read_by_second() {
  int x = 4;
  forward(&x);
  return x;
}
int written_by_second() {
  int x = 4;
  forward_to_write(&x);
  return x;
}

// Recursion ends in a reader, or in a writer.
static int down(const int *p, int n) { return n ? down(p, n - 1) : show(p); }
static int down_to_write(int *p, int n) {
  if (n)
    return down_to_write(p, n - 1);
  return *p = 5, ++lines;
}
// CHECK: [[@LINE+1]]:{{.*}} 'read_in_recursion' always returns 4
int read_in_recursion(int n) {
  int x = 4;
  down(&x, n & 7);
  return x;
}
int written_in_recursion(int n) {
  int x = 4;
  down_to_write(&x, n & 7);
  return x;
}

// Members and elements.
struct Pair {
  int A, B;
  int *At = nullptr;
};
static int total(const Pair &p) {
  ++lines;
  return p.A + p.B;
}
static void swap(Pair *p) {
  ++lines;
  int a = p->A;
  p->A = p->B;
  p->B = a;
}
static int first(const int *p, int n) {
  ++lines;
  return n ? p[0] : 0;
}
// CHECK: [[@LINE+1]]:{{.*}} 'members_read' always returns 4
int members_read() {
  Pair p{1, 3};
  total(p);
  log();
  return p.A + p.B;
}
int members_written() {
  Pair p{1, 3};
  swap(&p);
  return p.A;
}
// CHECK: [[@LINE+1]]:{{.*}} 'members_of_lent' always returns 3
int members_of_lent() {
  Pair p{1, 1};
  swap(&p);
  p.B = 3;
  log();
  return p.B;
}
// CHECK: [[@LINE+1]]:{{.*}} 'elements_read' always returns 4
int elements_read() {
  int a[2] = {4, 2};
  first(a, 2);
  return a[0];
}

// Given back, one way or another.
static int *same(int *p) {
  ++lines;
  return p;
}
int given_back() {
  int x = 4;
  *same(&x) = 5;
  return x;
}
int given_back_and_lent() {
  int x = 4;
  change(same(&x));
  return x;
}
struct Box {
  int *At = nullptr;
};
static void put(Box &b, int *p) { b.At = p; }
static void open(Box &b) {
  ++lines;
  *b.At = 5;
}
int boxed() {
  int x = 4;
  Box b;
  put(b, &x);
  open(b);
  return x;
}
static Box box(int *p) { return {p}; }
int boxed_by_value() {
  int x = 4;
  Box b = box(&x);
  open(b);
  return x;
}
static void tie(Pair &p) { p.At = &p.A; }
static void pull(const Pair &p) {
  ++lines;
  *p.At = 8;
}
int tied_to_itself() {
  Pair p{1, 3};
  tie(p);
  pull(p);
  return p.A;
}

// Casts, callbacks, and what nobody knows.
static void cast_away(const int *p) {
  ++lines;
  *const_cast<int *>(p) = 5;
}
int const_is_no_promise() {
  int x = 4;
  cast_away(&x);
  return x;
}
int through_pointer(void (*f)(int *)) {
  int x = 4;
  if (f)
    f(&x);
  return x;
}
static void each(int *p, void (*f)(int *)) { f(p); }
int through_callback() {
  int x = 4;
  each(&x, change);
  return x;
}
static void step(int *p) {
  int *q = p;
  ++lines;
  ++*q;
}
int copied_in_callee() {
  int x = 4;
  step(&x);
  return x;
}
struct Virtual {
  virtual void see(int *p) { *p = 5; }
};
int by_virtual_call() {
  Virtual v;
  int x = 4;
  v.see(&x);
  return x;
}
int by_library() {
  int x = 4;
  __builtin_memset(&x, 0, sizeof x);
  return x;
}
int address_by_builtin() {
  int x = 4;
  int *p = __builtin_addressof(x);
  change(p);
  return x;
}
static void leave(int *p) { throw p; }
int thrown() {
  int x = 4;
  try {
    leave(&x);
  } catch (int *p) {
    *p = 5;
  }
  return x;
}
