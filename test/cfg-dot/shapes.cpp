// RUN: %cfg-dot %s --format=json -- -std=c++20 > %t.json
// RUN: FileCheck %s < %t.json
// RUN: %cfg-dot %s -- -std=c++20 | dot -Tsvg > %t.svg
// RUN: %cfg-dot %s --theme=dark --implicit -- -std=c++20 | dot -Tsvg > %t.svg
// RUN: %cfg-dot %s --theme=safe --facts=constants,liveness,reaching,escape,dominators,loops -- -std=c++20 | dot -Tsvg > %t.svg
// RUN: %cfg-dot %s --dominators -- -std=c++20 | dot -Tsvg > %t.svg
// RUN: %cfg-dot %s --post-dominators -- -std=c++20 | dot -Tsvg > %t.svg
// RUN: %cfg-dot %s --call-graph -- -std=c++20 | dot -Tsvg > %t.svg
// What the blocks and edges of each kind of statement show. Every form of
// output is read by dot, which refuses what is not well formed.

int g(int);
struct Guard {
  Guard();
  ~Guard();
};

// CHECK: "function": "loops(int)"
// CHECK: "text": "for (; i < n;)"
// CHECK: "text": "if (i == 2)"
// CHECK: "text": "continue;"
// CHECK: "kind": "true"
// CHECK: "back": true
// CHECK: "label": "loop at line [[@LINE+3]]"
int loops(int n) {
  int x = 0;
  for (int i = 0; i < n; ++i) {
    if (i == 2)
      continue;
    x += g(i);
  }
  return x;
}

// CHECK: "function": "cases(int)"
// CHECK: "text": "switch (n)"
// CHECK: "text": "case 1:"
// CHECK: "kind": "case"
// CHECK: "label": "case 1"
int cases(int n) {
  switch (n) {
  case 1:
    return 1;
  default:
    return 2;
  }
}

// CHECK: "function": "handlers()"
// CHECK: "text": "exception arrives"
// CHECK: "text": "catch (int e):"
// CHECK: "kind": "exception"
int handlers() {
  try {
    Guard guard;
    return g(1);
  } catch (int e) {
    return e;
  }
}

// CHECK: "function": "never()"
// CHECK: "reachable": false
int never() {
  return 1;
  return g(2);
}

// Each variable of a declaration has a line of its own.
// CHECK: "function": "several(int)"
// CHECK: "text": "const int a = 1;"
// CHECK: "text": "const int *p = &a;"
// CHECK: "text": "const int **const q = &p;"
// CHECK: "text": "const int b = f<int, 2>(a);"
// CHECK: "text": "int *const r = &n;"
// CHECK: "text": "int c = *r;"
// CHECK: "text": "for (; i < k;)"
template <typename T, int N> int f(T) { return N; }
int several(int n) {
  const int a = 1, *p = &a, **const q = &p, b = f<int, 2>(a);
  int *const r = &n, c = *r;
  for (int i = 0,
           k = 3;
       i < k; ++i)
    g(**q);
  return b + c;
}

// Text that HTML and DOT would misread: quotes, templates, raw strings, other
// alphabets, a line that is too long.
template <typename T> const char *quoted(T) {
  const char *raw = R"(<b>"&amp;\n)
</b>)";
  const char *greek = "αβγ < \"δ\" & 'ε'";
  const char *very_long = "0123456789 0123456789 0123456789 0123456789 "
                          "0123456789 0123456789 0123456789 0123456789";
  return g(sizeof(T)) ? raw : g(1) ? greek : very_long;
}
// CHECK: "function": "quoted<int>(int)"
// CHECK: αβγ
// CHECK: 0123456789 01{{.*}}…"
const char *instance() { return quoted<int>(1); }
