// RUN: mkdir -p %t
// RUN: %python %S/Inputs/check-returns.py %const-prop %clangxx %s %t | FileCheck %s
// CHECK: {{[3-9][0-9]|1[0-9][0-9]}} claims, 0 false
// Programs that invite false claims. What is said to always return one value
// is run, and must; that is all that this file expects.

#include <cmath>
#include <coroutine>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <thread>
#include <utility>
volatile int vol = 7;
int G = 1;
static int SG = 1;
extern int ext;
int ext = 5;
int use(int x) {
  volatile int y = x;
  return y;
}

// Jumps.
int goto_into_loop(int a) {
  int x = 1;
  int i = 1;
  if (a)
    goto in;
  for (i = 0; i < 3; i++) {
    x = 2;
  in:
    x++;
  }
  return x == 3 ? 4 : 5;
}

int duff(int n) {
  int s = 0;
  switch (n % 4) {
    do {
    case 0:
      s++;
    case 3:
      s++;
    case 2:
      s++;
    case 1:
      s++;
    } while ((n -= 4) > 0);
  }
  return s > 100 ? 1 : s;
}

// Exceptions.
int thrower(int a) {
  if (a)
    throw 1;
  return 0;
}
int try_state(int a) {
  int x = 1;
  try {
    x = 2;
    thrower(a);
    x = 3;
  } catch (int) {
    return x == 2 ? 10 : 11;
  }
  return x;
}

// One variable, two declarations.
int redeclared() {
  ext = 1;
  {
    extern int ext;
    ext = 2;
  }
  int r = ext;
  return r;
}

// Lvalues that a condition picks.
int refcond(bool b) {
  int x = 1, y = 2;
  int &r = b ? x : y;
  r = 7;
  return x;
}
int refcond2(bool b) {
  int x = 1, y = 2;
  (b ? x : y) = 9;
  return x + y;
}

// Lambdas.
int lam1() {
  int x = 1;
  auto f = [&] { x = 5; };
  f();
  return x;
}
int lam2() {
  int x = 1;
  auto f = [x]() mutable {
    x = 5;
    return x;
  };
  f();
  return x;
}
int lam3() {
  int x = 1;
  int &r = x;
  auto f = [&r] { r = 6; };
  f();
  return x;
}
int lam4() {
  int x = 1;
  int *p = &x;
  auto f = [p] { *p = 8; };
  f();
  return x;
}
int lam5() {
  int x = 1;
  auto f = [&y = x] { y = 3; };
  f();
  return x;
}

// Unions.
union U {
  int i;
  unsigned char c[4];
  short s;
};
int un1() {
  U u;
  u.i = 0x01020304;
  u.s = 0;
  return u.i == 0x01020304;
}
int un2() {
  U u;
  u.i = 1;
  u.c[0] = 9;
  return u.i;
}
struct SU {
  union {
    struct {
      int a, b;
    };
    long long l;
  };
  int t;
};
int un3() {
  SU s;
  s.a = 1;
  s.b = 2;
  s.t = 3;
  s.l = 0;
  return s.a + s.b + s.t;
}
int un4() {
  union {
    int a;
    float f;
  };
  a = 1;
  f = 1.0f;
  return a == 1;
}

// Bit-fields.
struct B {
  unsigned a : 3;
  int b : 2;
  bool c : 1;
  signed char d : 7;
};
int bf1() {
  B b{};
  b.a = 9;
  return b.a;
}
int bf2() {
  B b{};
  b.b = 3;
  return b.b;
}
int bf3() {
  B b{};
  b.a = 7;
  b.a++;
  return b.a;
}
int bf4() {
  B b{};
  int r = (b.a = 13);
  return r;
}
int bf5() {
  B b{};
  b.d = 127;
  b.c = 2;
  return b.d + b.c;
}
int bf6() {
  B b{};
  b.a += 15;
  return b.a;
}
int bf7(int x) {
  B b{};
  b.a = x;
  if (b.a > 7)
    return 1;
  return 0;
}

// Bytes.
int mc1() {
  int x = 1, y = 2;
  std::memcpy(&x, &y, 4);
  return x;
}
int mc2() {
  int a[3] = {1, 2, 3};
  std::memset(a, 0, sizeof a);
  return a[0];
}
struct P {
  int a, b;
};
int mc3() {
  P p{1, 2};
  P q{3, 4};
  std::memcpy(&p, &q, sizeof p);
  return p.a;
}

// Arrays.
int ar1(int i) {
  int a[3] = {1, 1, 1};
  a[i] = 5;
  return a[0];
}
int ar2() {
  int a[4] = {1, 2};
  return a[3] + a[1];
}
int ar3() {
  int a[3] = {1, 2, 3};
  int *p = a;
  p[1] = 9;
  return a[1];
}
int ar4() {
  int a[3] = {1, 2, 3};
  int &r = a[1];
  r = 7;
  return a[1];
}
int ar5() {
  int a[2] = {1, 2};
  int i = 0;
  int &r = a[i];
  i = 1;
  r = 9;
  return a[0];
}
int ar6() {
  int a[2]{1, 2};
  for (int &x : a)
    x = 4;
  return a[0] + a[1];
}
int ar7() {
  int i = 0;
  int a[2] = {5, 6};
  int s = a[i++] + a[i];
  return s;
}
int ar8(int n) {
  int a[4] = {0, 0, 0, 0};
  for (int i = 0; i < n && i < 4; i++)
    a[i] = i;
  return a[3];
}

// Base classes.
struct Ba {
  int x = 1;
};
struct De : Ba {
  int y;
};
int ba1() {
  De d;
  d.x = 1;
  Ba &b = d;
  b.x = 5;
  return d.x;
}
int ba2() {
  De d;
  d.x = 1;
  Ba *b = &d;
  b->x = 5;
  return d.x;
}
int ba3() {
  De d;
  d.x = 1;
  static_cast<Ba &>(d).x = 6;
  return d.x;
}
struct L : Ba {};
struct R : Ba {};
struct DD : L, R {};
int ba4() {
  DD d;
  static_cast<L &>(d).x = 1;
  static_cast<R &>(d).x = 2;
  return static_cast<L &>(d).x;
}
struct VB : virtual Ba {
  int z;
};
int ba5() {
  VB v;
  v.x = 3;
  v.z = 1;
  return v.x;
}

// Copies of whole objects.
int cp1() {
  P p{1, 2};
  P q = p;
  p.a = 9;
  return q.a + q.b;
}
int cp2() {
  P p{1, 2}, q{5, 6};
  q = p;
  q.a++;
  return p.a * 10 + q.a;
}
int cp3(bool b) {
  P p{1, 2}, q{5, 6};
  (b ? p : q) = P{7, 8};
  return p.a;
}
int cp4() {
  De d;
  d.x = 4;
  d.y = 5;
  Ba b = d;
  d.x = 0;
  return b.x;
}
int cp5() {
  P p{1, 2};
  P &r = p;
  P q{3, 4};
  r = q;
  return p.a;
}
int cp6() {
  P p{1, 2};
  p = P{4, 5};
  return p.a;
}
struct BF2 {
  int k : 4;
  int m;
};
int cp7() {
  BF2 a{};
  a.k = 7;
  BF2 b;
  b = a;
  a.k = 1;
  return b.k;
}

// Static variables.
int st1() {
  static int n = 0;
  n++;
  return n;
}
int rec(int d) {
  int x = SG;
  if (d) {
    SG = d;
    rec(d - 1);
  }
  return x == SG ? 1 : 2;
}
static int counter = 0;
int bump() { return ++counter; }
int cnt() {
  int a = counter;
  bump();
  return a == counter ? 1 : 2;
}
static int viaptr = 1;
int *leak_() { return &viaptr; }
int vp() {
  viaptr = 1;
  *leak_() = 3;
  return viaptr;
}
static bool flag;
void setflag() { flag = true; }
int fl() {
  if (flag)
    return 1;
  return 2;
}
static int never = 6;
int nev() { return never; }
static int dead_store = 6;
static void unused_() { dead_store = 3; }
int ds() { return dead_store; }
static int *np;
int npf() {
  if (np)
    return *np;
  return 4;
}
void setnp() { np = &G; }

// Threads.
int th() {
  int x = 0;
  std::thread t([&] { x = 5; });
  t.join();
  return x;
}

// Floating point.
int fnan() {
  double d = 0.0;
  d = d / 0.0;
  return d == d ? 1 : 2;
}
int negzero() {
  double z = 0.0;
  double m = -z;
  return std::signbit(m) ? 1 : 2;
}
int negzero2() {
  double z = -0.0;
  if (z == 0.0)
    return std::signbit(z) ? 1 : 2;
  return 3;
}
int ld() {
  long double l = 1;
  for (int i = 0; i < 63; i++)
    l /= 2;
  return 1 + l > 1 ? 1 : 2;
}
int fl2() {
  float f = 16777216.0f;
  float g = f + 1;
  return g == f ? 1 : 2;
}
int fcmp(double d) {
  if (d < 1)
    return 1;
  if (d >= 1)
    return 2;
  return 3;
}

// Unusual widths.
int w1() {
  __int128 x = 1;
  x <<= 100;
  return (int)(x >> 98);
}
int w2() {
  unsigned __int128 x = 0;
  x -= 1;
  return x > 0 ? 1 : 2;
}
int w3() {
  _BitInt(7) b = 63;
  b = (_BitInt(7))(b + (_BitInt(7))0);
  unsigned _BitInt(5) u = 31;
  u++;
  return (int)u + (int)b;
}
int w4() {
  unsigned _BitInt(100) u = 5;
  u -= 6;
  return u != 0 ? 1 : 2;
}

// Enumerations, booleans, conversions.
enum E { E0, E1, E2 };
enum class EC : signed char { A = -1, B };
int en(int x) {
  E e = (E)(x & 3);
  switch (e) {
  case E0:
    return 0;
  case E1:
    return 1;
  case E2:
    return 2;
  }
  return 3;
}
int ec(int x) {
  EC e = (EC)x;
  return e == EC::A ? 1 : e == EC::B ? 2 : 3;
}
int bo(int x) {
  bool b = x;
  int y = b + b;
  return y > 2;
}
int bo2() {
  bool b = false;
  b |= 4;
  return b + 0;
}
int sh(unsigned char c) {
  int x = c << 24;
  return x < 0 ? 1 : 2;
}
int neg(int x) {
  unsigned u = x;
  return -u > 0 ? 1 : 2;
}
int chr() {
  char c = '\xff';
  return c < 0 ? 1 : 2;
}

// Pointers and references.
int al1(bool b) {
  int x = 1, y = 1;
  int *p = b ? &x : &y;
  *p = 4;
  return x;
}
int al2() {
  int x = 1;
  int *p = &x;
  int **pp = &p;
  int y = 2;
  *pp = &y;
  *p = 9;
  return x * 10 + y;
}
int al3() {
  int x = 1;
  int *p = &x;
  p = &x;
  *p = 3;
  return x;
}
int al4() {
  P s{1, 2};
  P *p = &s;
  p->a = 5;
  int *q = &p->b;
  *q = 6;
  return s.a + s.b;
}
int al5() {
  int x = 1;
  int *p = &x;
  use(*p);
  *p += 2;
  int &r = *p;
  r++;
  return x;
}
int al6(int n) {
  int x = 0;
  for (int i = 0; i < n; i++) {
    int &r = x;
    r++;
  }
  return x;
}
int al7() {
  const int &r = 5;
  return r;
}
int al8() {
  int x = 1;
  const int &r = x;
  x = 2;
  return r;
}
int al9() {
  short s = 1;
  const int &r = s;
  s = 2;
  return r;
}
int al10() {
  int x = 1;
  int &&r = std::move(x);
  r = 4;
  return x;
}
int al11() {
  P s{1, 2};
  int P::*m = &P::a;
  s.*m = 7;
  return s.a;
}
int al12() {
  int x = 3;
  try {
    int &r = x;
    r = 4;
    thrower(1);
  } catch (...) {
    return x;
  }
  return x;
}
int al13() {
  int x = 3;
  int &r = x;
  try {
    thrower(0);
    r = 5;
    thrower(1);
  } catch (...) {
    r += 1;
  }
  return x;
}

// Operators, operands that never run, members, destructors.
int cm(int a) {
  int x = 1;
  (x, a) = 5;
  return a + x;
}
int cm2() {
  int x = 1;
  (x = 2, x)++;
  return x;
}
int pre() {
  int x = 1;
  ++(++x);
  (x += 2) *= 3;
  return x;
}
int sw(int a) {
  int x = 0;
  switch (a) {
  case 1 ... 5:
    x = 1;
    break;
  case 7:
    x = 2;
    [[fallthrough]];
  default:
    x += 3;
  }
  return x;
}
int stm() {
  int x = 1;
  int y = ({
    x = 5;
    x + 1;
  });
  return x + y;
}
int elv(int a) {
  int x = a ?: 3;
  return x == 0 ? 1 : 2;
}
int lg(int a, int b) {
  int x = 0;
  bool r = a && (x = 1, b) || (x += 2, false);
  return x * 10 + r;
}
int szo() {
  int x = 1;
  (void)sizeof(x++);
  return x;
}
int nx() {
  int x = 1;
  (void) noexcept(x++);
  return x;
}
int sb() {
  auto [a, b] = P{1, 2};
  a = 5;
  return a + b;
}
int sb2() {
  P p{1, 2};
  auto &[a, b] = p;
  a = 5;
  return p.a;
}
int sb3() {
  int q[2] = {1, 2};
  auto &[a, b] = q;
  b = 5;
  return q[1];
}
int init_list() {
  int s = 0;
  for (int x : {1, 2, 3})
    s += x;
  return s;
}
int byref(int &a, int &b) {
  a = 1;
  b = 2;
  return a;
}
int byref2() {
  int x;
  return byref(x, x);
}
struct M {
  int v = 1;
  int get(M *o) {
    v = 1;
    o->v = 2;
    return v;
  }
  int self() { return get(this); }
  int ref() {
    int &r = v;
    r = 3;
    use(0);
    return v;
  }
};
int memb() {
  M m;
  return m.self();
}
int memb2() {
  M m;
  return m.ref();
}
struct Ctor {
  int a;
  Ctor *me;
  Ctor() : a(1), me(this) { me->a = 2; }
  int get() { return a; }
};
int ct() {
  Ctor c;
  return c.get();
}
struct Dt {
  int *p;
  ~Dt() { *p = 9; }
};
int dt() {
  int x = 1;
  {
    Dt d{&x};
  }
  return x;
}
int dt2() {
  int x = 1;
  const Dt &d = Dt{&x};
  int r = x;
  (void)d;
  return r;
}
int tern_lv(bool b) {
  int x = 1, y = 2;
  int z = (b ? x : y);
  (b ? x : y)++;
  return z + x;
}
jmp_buf jb;
int sj() {
  volatile int v = 0;
  int x = 1;
  if (setjmp(jb) == 0) {
    x = 2;
    v = 1;
    longjmp(jb, 1);
  }
  return v;
}
int atc() {
  int x = 1;
  int y = __atomic_add_fetch(&x, 2, 0);
  return x + y;
}
int bi() {
  int x = 0;
  int r = __builtin_add_overflow(2147483647, 1, &x);
  return r + (x < 0);
}
int fp() {
  int x = 2;
  std::function<void()> f = [&x] { x = 8; };
  f();
  return x;
}
int ptrdiff() {
  int x = 1;
  char *c = reinterpret_cast<char *>(&x);
  *c = 7;
  return x;
}
int loopvar() {
  int last = -1;
  for (int i = 0; i < 5; ++i) {
    int j;
    if (i == 0)
      j = 3;
    else
      j = last;
    last = j + 1;
  }
  return last;
}
int deadloop(int n) {
  int x = 4;
  while (n > 0) {
    if (n == 3) {
      x = 5;
      continue;
    }
    n--;
    if (x == 5)
      break;
    if (n == 3)
      return x;
  }
  return x;
}
// Across calls.
static int always_throws() { throw 1; }
int at1() {
  int x = 1;
  try {
    x = 2;
    always_throws();
    x = 3;
  } catch (...) {
    return x + 2;
  }
  return 9;
}
static int by_pointer(int n) { return n; }
int (*fptr)(int) = by_pointer;
int ip() { return by_pointer(4) + fptr(3); }
static int mutual_b(int);
static int mutual_a(int n) { return n > 0 ? mutual_b(n - 1) : 4; }
static int mutual_b(int n) { return n > 0 ? mutual_a(n - 1) : 4; }
int mu(int n) { return mutual_a(n & 7); }
struct V {
  virtual int k() { return 1; }
};
struct W : V {
  int k() override { return 2; }
};
int vi() {
  W w;
  V &v = w;
  return v.k();
}
static int cell = 1;
static void setter(int n) { cell = n; }
int cell_reader() {
  setter(5);
  return cell;
}
int cell_reader2(bool b) {
  cell = 1;
  if (b)
    setter(2);
  return cell;
}
static int made = 0;
struct Inc {
  Inc() { made++; }
  ~Inc() { made += 2; }
};
int ra() {
  made = 0;
  {
    Inc i;
  }
  return made;
}
struct DI {
  int a = (made = 7);
};
int di() {
  made = 0;
  DI d{};
  return made;
}
int gl() {
  int x = 1;
  auto f = [&](auto v) { x = v; };
  f(5);
  return x;
}
thread_local int tl = 1;
int tlf() {
  tl = 1;
  std::thread([] { tl = 5; }).join();
  return tl;
}
int shared() {
  static int s = 1;
  std::thread([] { s = 5; }).join();
  return s;
}
static int in_lambda = 1;
int il() {
  auto f = [] { in_lambda = 3; };
  f();
  return in_lambda;
}
static int in_default = 1;
int dflt(int a = (in_default = 4)) { return a; }
int dfl2() {
  dflt();
  return in_default;
}
static int in_init = 1;
struct II {
  int v;
  II() : v(in_init = 6) {}
};
int ini() {
  II i;
  return in_init;
}
template <class T> struct TS {
  static int n;
  int bump() { return ++n; }
};
template <class T> int TS<T>::n = 0;
int tsn() {
  TS<int> a;
  a.bump();
  return a.bump();
}
struct Co {
  struct promise_type {
    Co get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};
Co co(int &r) {
  int x = 1;
  co_await std::suspend_never{};
  x = 2;
  r = x;
}
int cor() {
  int r = 0;
  co(r);
  return r;
}
static int twice(int n) {
  if (n == 1)
    return 4;
  return n;
}
int tw1() {
  int r = twice(1);
  return r;
}
int tw2(int a) {
  int r = twice(a);
  return r;
}
int volatile_read() {
  vol = 3;
  return vol == 3 ? 1 : 2;
}
int sig(int a) {
  unsigned b = a;
  return b + 1 > b ? 1 : 2;
}
int sh2(int a) { return (a & 31) < 32 ? 4 : 5; }
int divs(int a) { return a / 4 * 4 <= a ? 1 : 2; }
int rem(int a) { return a % 4 > 3 ? 1 : a % 4 < -3 ? 2 : 3; }
int orr(int a) { return (a | 8) == 0 ? 1 : (a | -8) > -1 ? 2 : 3; }
int xorr(int a) {
  unsigned char c = a;
  return (c ^ 255) > 255 ? 1 : (c ^ -1) >= 0 ? 2 : 3;
}

// What an assignment denotes is bound, not what it has assigned.
void add_five(int &r) { r += 5; }
int bound_assignment() {
  int x = 0;
  add_five(x = 3);
  return x;
}
int bound_step() {
  int x = 0;
  add_five(++x);
  return x;
}
int bound_member() {
  struct {
    int a, b;
  } s{1, 2};
  add_five(s.b += 1);
  return s.b;
}
int bound_twice() {
  int x = 0;
  add_five((x = 1) = 2);
  return x;
}
int pointed_assignment() {
  int x = 0;
  int *p = &(x = 3);
  add_five(*p);
  return x;
}
int captured_step() {
  int x = 1;
  auto l = [&y = ++x] { y = 9; };
  l();
  return x;
}
struct Whole {
  int a, b;
};
void add_seven(Whole &w) { w.a += 7; }
int bound_copy() {
  Whole x{1, 2}, y{3, 4};
  add_seven(x = y);
  return x.a;
}
static int hidden_by_name = 0;
int &assigned() { return hidden_by_name = 3; }
int through_result() {
  assigned() = 8;
  int r = hidden_by_name;
  return r;
}

// Objects that know their own address.
struct Selfish {
  int v;
  Selfish *self = this;
};
int by_itself() {
  Selfish s{1};
  s.self->v = 5;
  return s.v;
}
struct Keeper {
  Keeper() : x(1) { last = this; }
  int x;
  static Keeper *last;
};
Keeper *Keeper::last;
struct Around {
  int n;
  Keeper k;
};
int by_its_part() {
  Around a{1};
  a.k.x = 2;
  Keeper::last->x = 6;
  return a.k.x;
}

// An enumeration of two values.
enum Truth : bool { No, Yes };
int two_is_yes() {
  int two = 2;
  Truth t = static_cast<Truth>(two);
  return t == Yes ? 4 : 5;
}

// Calls and stores without a plain name.
static void at_end(int *p) {
  if (p)
    G = *p;
}
int cleaned() {
  at_end(nullptr);
  at_end(nullptr);
  { __attribute__((cleanup(at_end))) int x = 7; }
  int r = G;
  return r;
}
namespace {
struct Statics {
  static int s;
};
int Statics::s = 1;
} // namespace
void store_by_object(Statics o) { o.s = 5; }
int by_object() {
  store_by_object({});
  int r = Statics::s;
  return r;
}

// The right side of an assignment comes first.
int raise_G() {
  G += 3;
  return 1;
}
int order_of_index() {
  int s[2] = {6, 8};
  G = 7;
  s[G & 1] = raise_G();
  return s[1];
}
int order_of_compound() {
  int s[2] = {6, 8};
  G = 7;
  s[G & 1] += raise_G();
  return s[1];
}
int order_of_step() {
  int a[3] = {7, 7, 7}, i = 0;
  a[i++] = i;
  return a[0];
}
int order_of_two_steps() {
  int a[3] = {7, 7, 7}, i = 0, j = 1;
  a[i++] = j++;
  return a[0] + i + j;
}
int &place_that_stores(int &r) {
  G = 5;
  return r;
}
int order_of_stores() {
  int x = 0;
  place_that_stores(x) = G = 6;
  int r = G;
  return r;
}
