// RUN: mkdir -p %t
// RUN: %const-prop %s --quiet -- -std=c++20 -w | grep constant-return | FileCheck %s --implicit-check-not='always returns'
// RUN: %python %S/Inputs/check-returns.py %const-prop %clangxx %s %t | FileCheck %s --check-prefix=RUN-THEM
// RUN-THEM: 20 claims, 0 false
// What bits tell and ranges do not, operands that are equal, and conditions on
// something computed. Each positive is followed by its negative twin.

// CHECK: 'doubled' always returns 4
int doubled(int a) {
  int x = a * 2;
  return x % 2 == 0 ? 4 : 5;
}
int tripled(int a) {
  int x = a * 3;
  return x % 3 == 0 ? 4 : 5; // not if it wraps
}

// CHECK: 'with_a_bit' always returns 4
int with_a_bit(int a) {
  int x = a | 8;
  return x == 0 || (x & 8) == 0 ? 5 : 4;
}
int with_another_bit(int a) {
  int x = a | 8;
  return (x & 4) == 0 ? 5 : 4;
}

// CHECK: 'shifted' always returns 4
int shifted(int a) {
  unsigned u = a;
  u = (u << 3) + 16;
  return u % 8 ? 5 : 4;
}
int shifted_back(int a) {
  unsigned u = a;
  u = (u << 3) >> 1;
  return u % 8 ? 5 : 4;
}

// CHECK: 'odd_is_not_even' always returns 4
int odd_is_not_even(int a, int b) {
  int x = a * 2, y = b * 2 + 1;
  return x == y ? 5 : 4;
}
int odd_may_be_a_third(int a, int b) {
  int x = a * 3, y = b * 2 + 1;
  return x == y ? 5 : 4;
}

// CHECK: 'steps_of_two' always returns 4
int steps_of_two(int n) {
  unsigned x = 0;
  for (int i = 0; i < (n & 15); ++i)
    x += 2;
  return x & 1 ? 5 : 4;
}
int steps_of_two_or_three(int n) {
  unsigned x = 0;
  for (int i = 0; i < (n & 15); ++i)
    x += 2 + (i == 9);
  return x & 1 ? 5 : 4;
}

// CHECK: 'kept_by_conversions' always returns 4
int kept_by_conversions(int a) {
  unsigned char c = a * 4;
  long l = c;
  return l & 3 ? 5 : 4;
}
int lost_by_conversion_to_bool(int a) {
  bool b = a * 4;
  return b & 1 ? 5 : 4;
}

// CHECK: 'same_names' always returns 4
int same_names(int a, int b) {
  unsigned x = a, y = b;
  return x * y - y * x == 0 && x + 1 == 1 + x ? 4 : 5;
}
int other_names(int a, int b) {
  unsigned x = a, y = b;
  return x * y - y * y == 0 ? 4 : 5;
}

// CHECK: 'same_sums' always returns 4
int same_sums(int a, int b) {
  unsigned x = a, y = b;
  return (x + y * 2) - (y * 2 + x) + 4;
}
int differences_do_not_commute(int a, int b) {
  unsigned x = a, y = b;
  return (x - y) == (y - x) ? 4 : 5;
}

// CHECK: 'rest_of_itself' always returns 4
int rest_of_itself(int a) {
  unsigned x = a | 1;
  return (x % x) + 4;
}
// CHECK: 'less_itself' always returns 4
int less_itself(int a, int b) {
  unsigned char c = a;
  c -= c;
  b ^= b;
  return c + b + 4;
}
int more_by_itself(int a) {
  a += a;
  return a == 0 ? 4 : 5;
}
int less_itself_cut(int a) {
  int x = a;
  x -= (signed char)x;
  return x == 0 ? 4 : 5;
}
int not_a_number(int a) {
  double x = a, y = (x - 1) / (x - 1);
  return y == y ? 4 : 5; // 0 / 0 is not itself
}
int changes_by_itself(int a) {
  volatile int x = a;
  return x - x == 0 ? 4 : 5;
}
int changed_between(int a) {
  int x = a;
  return (x++, x) - x-- == 0 ? 4 : 5;
}
int other_width(int a) {
  return (signed char)a == (short)a ? 4 : 5;
}

// CHECK: 'even_behind_branch' always returns 4
int even_behind_branch(int a) {
  if ((a & 1) != 0)
    return 4;
  return a & 1 ? 5 : 4;
}
int even_before_sum(int a) {
  if (a & 1)
    return 4;
  a += a & 2 ? 1 : 2;
  return a & 1 ? 5 : 4;
}

// CHECK: 'rest_behind_branch' always returns 4
int rest_behind_branch(int a) {
  if (a % 4 == -1)
    return a & 1 ? 4 : 5;
  return 4;
}
int rest_of_three(int a) {
  if (a % 3 == 1)
    return a & 1 ? 4 : 5;
  return 4;
}

// CHECK: 'sum_behind_branch' always returns 4
int sum_behind_branch(int a) {
  if (a - 3 == 4)
    return a == 7 ? 4 : 5;
  return 4;
}
// CHECK: 'wrapping_sum_behind_branch' always returns 4
int wrapping_sum_behind_branch(int a) {
  unsigned u = a;
  if (u + 2 < 2)
    return u > 4294967293u ? 4 : 5;
  return 4;
}
int sum_of_two_behind_branch(int a, int b) {
  if (a + b == 4)
    return a == 4 ? 4 : 5;
  return 4;
}

// CHECK: 'negated_behind_branch' always returns 4
int negated_behind_branch(int a) {
  if (-a == 3 || ~a == 2)
    return a == -3 ? 4 : 5;
  return 4;
}

// CHECK: 'factor_is_not_zero' always returns 4
int factor_is_not_zero(int a, int b) {
  if (a * b)
    return a == 0 || b == 0 ? 5 : 4;
  return 4;
}
int product_is_zero(int a, int b) {
  if (a * b)
    return 4;
  return a == 0 ? 4 : 5;
}

// CHECK: 'truth_as_number' always returns 4
int truth_as_number(int a) {
  if ((a == 3) * 2 != 0)
    return a == 3 ? 4 : 5;
  return 4;
}
// CHECK: 'truth_of_both' always returns 4
int truth_of_both(int a, int b) {
  if ((a == 3 && b > 2) == 1)
    return a + (b > 2) == 4 ? 4 : 5;
  return 4;
}
int truth_of_either(int a, int b) {
  if ((a == 3 || b > 2) == 1)
    return a == 3 ? 4 : 5;
  return 4;
}
// CHECK: 'neither_is_true' always returns 4
int neither_is_true(int a, int b) {
  if ((a == 3 || b > 2) == 0)
    return a == 3 || b == 3 ? 5 : 4;
  return 4;
}

// CHECK: 'cut_by_conversion' always returns 4
int cut_by_conversion(int a) {
  if ((unsigned char)a == 6)
    return a & 1 ? 5 : 4;
  return 4;
}
int not_all_by_conversion(int a) {
  if ((unsigned char)a == 6)
    return a == 6 ? 4 : 5;
  return 4;
}

// A condition with a side effect narrows nothing.
int stepped_in_condition(int a) {
  if ((a++ & 1) == 0)
    return a & 1 ? 4 : 5;
  return 4;
}
int overflow_proves_nothing(int a) {
  int b = a + 1;
  return b > a ? 4 : 5;
}
