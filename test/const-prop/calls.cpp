// RUN: %const-prop %s --quiet -- -std=c++20 | FileCheck %s --implicit-check-not=warning:
// RUN: %const-prop %s --quiet --no-calls -- -std=c++20 | FileCheck %s --check-prefix=LOCAL --allow-empty --implicit-check-not=warning:
// Facts that cross calls: what internal functions are given, what calls give.

int use(int);

// CHECK: calls.cpp:[[@LINE+1]]:40: warning: 'by' is 2 in all 2 calls of 'scaled' [constant-argument]
static int scaled(int n, int mode, int by) { return use(n * mode) + by; }
int callers(int a) { return scaled(a, 1, 2) + scaled(a, 3, 2); }

// The address is taken: other calls are possible.
static int exposed(int n) { return use(n) + n; }
int (*Pointer)(int) = exposed;
int its_callers() { return exposed(1) + exposed(1); }

// Anyone may call it.
int external(int n) { return use(n) + n; }
int its_calls() { return external(1) + external(1); }

// CHECK: calls.cpp:[[@LINE+2]]:12: warning: 'fails' always returns 0 [constant-return]
// LOCAL: warning: 'fails' always returns 0
static int fails(int n) {
  use(n);
  if (n > 0)
    return 0;
  return 0;
}
int tests_result(int n) {
  // CHECK: calls.cpp:[[@LINE+1]]:7: warning: 'fails(n)' is always false [constant-condition]
  if (fails(n))
    // CHECK: calls.cpp:[[@LINE+1]]:5: warning: this code cannot run [unreachable-code]
    return use(1);
  return use(2);
}

static int square(int n) { return n * n; }
int known_call(int a) {
  // CHECK: calls.cpp:[[@LINE+1]]:14: warning: 'square(5)' always returns 25 [constant-call]
  return a + square(5) + square(a);
}

struct Base {
  virtual ~Base();
  virtual int kind(); // another class may answer something else
};
int Base::kind() {
  if (use(1))
    return 0;
  return 0;
}
int asks(Base &b) {
  if (b.kind())
    return use(1);
  return use(2);
}

// A guard: no call passes null today.
static int guarded(const int *p) {
  if (!p)
    return use(0);
  return use(*p);
}
int guards(int a) { return guarded(&a) + guarded(&a); }

// Called once more, when the scope ends.
static void at_end(int *p) {
  if (p)
    use(*p);
}
void cleans() {
  at_end(nullptr);
  at_end(nullptr);
  __attribute__((cleanup(at_end))) int x = use(1);
}
