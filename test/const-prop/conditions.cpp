// RUN: %const-prop %s --quiet -- -std=c++20 | grep -E 'constant-condition|unreachable-code' | FileCheck %s --implicit-check-not=warning
// Conditions that never vary, code that cannot run, and conditions of which
// the author knows it.

#define CHECKED(X) ((X) ? 0 : 1)
constexpr bool Debug = false;
int use(int);

int decided(int a) {
  if (a > 3) {
    // CHECK: conditions.cpp:[[@LINE+1]]:9: warning: 'a > 2' is always true
    if (a > 2)
      return 1;
  }
  return a;
}

int dead(int a) {
  int x = a & 7;
  // CHECK: conditions.cpp:[[@LINE+1]]:7: warning: 'x > 9' is always false
  if (x > 9) {
    // CHECK: conditions.cpp:[[@LINE+1]]:5: warning: this code cannot run
    use(a);
  }
  return x;
}

int one_case(int a) {
  int k = a % 2 == 0 ? 2 : 2;
  // CHECK: conditions.cpp:[[@LINE+1]]:11: warning: switch on 'k' always takes case 2
  switch (k) {
  case 1:
    // CHECK: conditions.cpp:[[@LINE+1]]:5: warning: this code cannot run
    return use(1);
  case 2:
    return use(a);
  }
  // CHECK: conditions.cpp:[[@LINE+1]]:3: warning: this code cannot run
  return 0;
}

int assigned_in_condition(int c) {
  while ((c = use(c)) != 7) {
    // CHECK: conditions.cpp:[[@LINE+1]]:9: warning: 'c == 7' is always false
    if (c == 7)
      // CHECK: conditions.cpp:[[@LINE+1]]:7: warning: this code cannot run
      return 1;
  }
  // CHECK: conditions.cpp:[[@LINE+2]]:10: warning: 'c == 7' is always true
  // CHECK: conditions.cpp:[[@LINE+1]]:23: warning: this code cannot run
  return c == 7 ? c : use(c);
}

// Nothing is said where the author wrote it so.
int meant(int a) {
  while (true) {
    if (use(a))
      break;
  }
  do {
    a = use(a);
  } while (false);
  if (Debug)
    use(1);
  if (sizeof(int) == 4)
    use(2);
  int three = 3;
  if constexpr (sizeof(int) == 4)
    use(3);
  return CHECKED(three == 3);
}

// Exceptions arrive from anywhere, with any value.
int handlers() {
  int x = 1;
  try {
    x = use(1);
    x = 2;
    use(2);
  } catch (int) {
    if (x == 1)
      return 1;
    return 2;
  }
  return 0;
}

int global;
int changed_by_calls() {
  global = 1;
  use(0);
  if (global == 1)
    return 1;
  return 2;
}

template <typename T> int in_template(T t) {
  int size = sizeof(T);
  if (size > 4) // differs between instantiations
    use(1);
  int x = 2;
  // CHECK: conditions.cpp:[[@LINE+1]]:7: warning: 'x == 2' is always true
  if (x == 2)
    return size;
  // CHECK: conditions.cpp:[[@LINE+1]]:3: warning: this code cannot run
  return use(t);
}
int instances() { return in_template(1) + in_template(2L); }
