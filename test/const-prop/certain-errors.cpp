// RUN: %const-prop %s --quiet -- -std=c++17 | FileCheck %s --implicit-check-not=warning:
// RUN: %const-prop %s --quiet -- -std=c++20 -fwrapv | FileCheck %s --check-prefix=WRAPS --implicit-check-not=warning:
// Arithmetic that is undefined whenever it runs; what may be defined is not
// told, and nothing is concluded from what is undefined.

int divides(int a) {
  int zero = 0;
  // CHECK: certain-errors.cpp:[[@LINE+2]]:10: warning: 'a / zero' divides by zero [certain-division-by-zero]
  // WRAPS: warning: 'a / zero' divides by zero
  return a / zero;
}
int may_divide(int a, int b) { return b == 0 ? 0 : a / b; }

int shifts(int a) {
  int by = 32;
  // CHECK: certain-errors.cpp:[[@LINE+2]]:10: warning: 'a << by' shifts by a negative or too large amount [certain-bad-shift]
  // WRAPS: warning: 'a << by' shifts by
  return a << by;
}

// WRAPS: warning: 'overflows' always returns -2147483648
int overflows() {
  int max = 2147483647;
  // CHECK: certain-errors.cpp:[[@LINE+1]]:10: warning: 'max + 1' overflows [certain-overflow]
  return max + 1;
}
int may_overflow(int a) {
  int b = a + 1;
  return b > a ? 1 : 2; // a compiler may say 1; nothing is said here
}
