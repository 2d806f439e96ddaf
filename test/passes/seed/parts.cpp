// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Containers inside other objects: members, base classes, adaptors, and deques.
// What is made in a constructor, or in a function that moves it to its result,
// starts in a buffer of the frame that holds the object.
// RUN: %seed-both %s %t | FileCheck %s
// RUN: %seed -c %s -o /dev/null -Rpass=stackward -Rpass-missed=stackward \
// RUN:   -mllvm "-stackward-deny=main,_ZZ4main*" 2>&1 \
// RUN:   | FileCheck --check-prefix=SEEDED %s
// The functions whose names begin with `not` are not seeded.
// RUN: %seed -c %s -o /dev/null -Rpass=stackward -mllvm "-stackward-allow=*not*" \
// RUN:   2>&1 | FileCheck --allow-empty --check-prefix=NONE %s
// NONE-NOT: starts in
#include <cstdio>
#include <deque>
#include <memory>
#include <queue>
#include <stack>
#include <string>
#include <vector>

#define NOINLINE __attribute__((noinline))
static const char *volatile Text = "thirty characters of some text";
NOINLINE static void clobber() {
  volatile char Bytes[8192];
  for (unsigned I = 0; I < sizeof Bytes; ++I)
    Bytes[I] = 0x5A;
}

// A class that derives from a vector and reserves; an allocator that is
// std::allocator by another name.
template <class T, unsigned N> struct Tagged : std::allocator<T> {
  template <class U> struct rebind {
    using other = Tagged<U, N>;
  };
  template <class... Ts>
  Tagged(Ts &&...Args) : std::allocator<T>(std::forward<Ts>(Args)...) {}
};
template <class T, unsigned N> struct Small : std::vector<T, Tagged<T, N>> {
  template <class... Ts>
  Small(Ts &&...Args)
      : std::vector<T, Tagged<T, N>>(std::forward<Ts>(Args)...) {
    this->reserve(N);
  }
};
NOINLINE long derived(int N) {
  // SEEDED-DAG: parts.cpp:[[# @LINE + 1]]:{{.*}} remark: vector starts in
  Small<int, 9> V;
  for (int I = 0; I < N; ++I)
    V.push_back(I * 3);
  return N ? V.back() + (long)V.size() : 0;
}
NOINLINE long adaptor(int N) {
  // SEEDED-DAG: parts.cpp:[[# @LINE + 1]]:{{.*}} remark: vector starts in
  std::stack<int, Small<int, 9>> S;
  for (int I = 0; I < N; ++I)
    S.push(I);
  long R = 0;
  for (; !S.empty(); S.pop())
    R = R * 3 % 1009 + S.top();
  return R;
}
// An allocator that looks at what it frees must see all of it.
static long Freed;
template <class T> struct Counting : std::allocator<T> {
  Counting() = default;
  template <class U> Counting(const Counting<U> &) {}
  template <class U> struct rebind {
    using other = Counting<U>;
  };
  void deallocate(T *P, size_t N) {
    Freed += N;
    std::allocator<T>::deallocate(P, N);
  }
};
NOINLINE long notCounted(int N) {
  std::vector<int, Counting<int>> V;
  V.reserve(4);
  for (int I = 0; I < N; ++I)
    V.push_back(I);
  return V.back();
}

// Members, and what stands beside them.
struct Record {
  long Id;
  std::string Name;
  std::vector<int> Values;
  bool Done = false;
  NOINLINE explicit Record(long Id) : Id(Id), Name(Text) { Name += "!"; }
  NOINLINE void add(int V) {
    Values.push_back(V);
    Id += V;
    Done = Values.size() > 3;
  }
};
NOINLINE long member(int N) {
  // SEEDED-DAG: parts.cpp:[[# @LINE + 1]]:{{.*}} remark: string starts in
  Record R(7);
  for (int I = 0; I < N; ++I)
    R.add(I);
  R.Name.insert(3, "...");
  return R.Id * 1000 + (long)R.Name.size() + R.Done;
}
NOINLINE static void keep(Record &R, std::string &To) { To.swap(R.Name); }
NOINLINE std::string notKept() {
  Record R(1);
  std::string To;
  keep(R, To);
  return To + "k";
}
NOINLINE std::string notMovedOut() {
  Record R(2);
  R.add(3);
  return std::move(R.Name);
}
NOINLINE std::unique_ptr<Record> notMovedWhole() {
  Record R(3);
  R.add(1), R.add(2);
  return std::make_unique<Record>(std::move(R));
}
static Record *volatile Escaped;
NOINLINE long notEscaped() {
  Record R(4);
  Escaped = &R;
  std::string Other(std::move(Escaped->Name));
  return (long)Other.size();
}
// Copied as bytes, with what stands beside it.
struct Pair {
  std::vector<int> A;
  long B = 0;
};
NOINLINE long notAsBytes(Pair &To) {
  Pair P;
  P.A.push_back(5);
  alignas(Pair) char Bytes[sizeof(Pair)];
  __builtin_memcpy(Bytes, &P, sizeof P);
  __builtin_memcpy((void *)&P, &To, sizeof P);
  __builtin_memcpy((void *)&To, Bytes, sizeof P);
  return P.B;
}
// The object is made anew while a peer holds its text.
NOINLINE std::string again(int N) {
  std::string Last;
  for (int I = 0; I < N; ++I) {
    Record R(I);
    R.Name += char('a' + I);
    if (I % 2)
      std::swap(Last, R.Name);
  }
  return Last + "?";
}
// Two containers that one constructor makes: each has its own memory.
struct Two {
  std::string A, B;
  NOINLINE explicit Two(const char *T) : A(T), B(T) { B += "b"; }
};
NOINLINE long both() {
  // SEEDED-DAG: parts.cpp:[[# @LINE + 1]]:{{.*}} remark: string starts in
  Two T(Text);
  T.A += "aa";
  return (long)(T.A.size() * 100 + T.B.size()) + (T.A.back() - T.B.back());
}

// A pointer that walks through the object: its offsets have no end.
struct Table {
  long Cells[20];
  std::string Name;
};
NOINLINE static long sum(Table &T, int N) {
  long R = 0;
  for (long *P = T.Cells; N--; ++P)
    R += *P;
  return R;
}
NOINLINE long notWalked(int N) {
  Table T{{1, 2, 3}, Text};
  T.Name += "t";
  return sum(T, N) + (long)T.Name.size();
}

// Deques.
NOINLINE static void push(std::stack<long> &S, int N) {
  for (int I = 0; I < N; ++I)
    S.push(I * 2);
}
NOINLINE long stack(int N) {
  // SEEDED-DAG: parts.cpp:[[# @LINE + 1]]:{{.*}} remark: deque starts in 576
  std::stack<long> S;
  push(S, N);
  long R = 0;
  for (; !S.empty(); S.pop())
    R = R * 5 % 10007 + S.top();
  return R;
}
NOINLINE long queue(int N) {
  // SEEDED-DAG: parts.cpp:[[# @LINE + 1]]:{{.*}} remark: deque starts in 576
  std::deque<std::string> Q;
  long R = 0;
  for (int I = 0; I < N; ++I) {
    Q.push_back(Text);
    Q.push_front(std::to_string(I));
    if (I % 3 == 0) {
      R += (long)Q.front().size() * 2 + (long)Q.back().size();
      Q.pop_front();
      Q.pop_back();
    }
  }
  return R + (long)Q.size() * 1000 + (N ? (long)Q[Q.size() / 2].size() : 0);
}
NOINLINE void notMovedDeque(std::deque<int> &To) {
  std::deque<int> D;
  D.push_back(4), D.push_back(5);
  To = std::move(D);
}
struct Reader {
  std::stack<int> Brackets;
  NOINLINE void reset() { Brackets = std::stack<int>(); }
};
NOINLINE void notSwappedDeque(Reader &R) {
  R.reset();
  for (int I = 0; I < 70; ++I)
    R.Brackets.push(I);
  R.reset();
  R.Brackets.push(3);
}

// A local that is moved to the result lends the caller's buffer to it.
NOINLINE static Small<std::string, 2> find(int Depth, bool Early) {
  Small<std::string, 2> Result;
  if (Early)
    return Result;
  if (Depth > 2)
    return find(Depth - 1, false);
  Result.push_back(Text);
  return Result;
}
NOINLINE long moved(int N) {
  // SEEDED-DAG: parts.cpp:[[# @LINE + 1]]:{{.*}} remark: vector starts in
  auto Found = find(N, N == 0);
  clobber();
  long R = (long)Found.size();
  for (auto &S : Found)
    R = R * 100 + (long)S.size();
  // SEEDED-DAG: parts.cpp:[[# @LINE + 1]]:{{.*}} remark: vector starts in
  for (auto &S : find(N + 1, false))
    R += S.back();
  return R;
}
static std::vector<int> Kept;
NOINLINE static std::vector<int> chooses(int N) {
  std::vector<int> A, B;
  A.push_back(N), B.push_back(-N);
  if (N > 5) {
    Kept = std::move(B);
    return A;
  }
  return B;
}
NOINLINE long chosen(int N) {
  std::vector<int> V = chooses(N);
  clobber();
  V.push_back(2);
  return V[0] * 10 + (long)V.size();
}
NOINLINE static std::string throws(int N) {
  std::string S(Text);
  S += std::to_string(N);
  if (N == 3)
    throw N;
  if (N == 4)
    return "four";
  return S;
}
NOINLINE long thrown(int N) {
  try {
    std::string S = throws(N);
    return (long)S.size();
  } catch (int I) {
    return -I;
  }
}

int main() {
  printf("%ld %ld\n", derived(9), derived(200)); // CHECK: 33 797
  printf("%ld %ld\n", adaptor(9), adaptor(50));  // CHECK-NEXT: {{[0-9]+}}
  long Last = notCounted(9);
  printf("%ld %ld\n", Last, Freed);   // CHECK-NEXT: 8 28
  printf("%ld\n", member(6));         // CHECK-NEXT: 22035
  printf("%s\n", notKept().c_str());  // CHECK-NEXT: text!k
  std::string Out = notMovedOut();
  auto Whole = notMovedWhole();
  clobber();
  printf("%s %s %d\n", Out.c_str(), Whole->Name.c_str(), Whole->Values[1]);
  // CHECK-NEXT: text! {{.*}}text! 2
  printf("%ld\n", notEscaped()); // CHECK-NEXT: 31
  Pair To;
  notAsBytes(To);
  clobber();
  printf("%d\n", To.A[0]);            // CHECK-NEXT: 5
  printf("%s\n", again(6).c_str());   // CHECK-NEXT: text!f?
  printf("%ld\n", both());            // CHECK-NEXT: 3230
  printf("%ld\n", notWalked(3));      // CHECK-NEXT: 37
  printf("%ld %ld\n", stack(60), stack(900)); // CHECK-NEXT: {{[0-9]+}}
  printf("%ld %ld %ld\n", queue(0), queue(12), queue(400));
  // CHECK-NEXT: 0
  std::deque<int> D;
  notMovedDeque(D);
  Reader R;
  notSwappedDeque(R);
  clobber();
  printf("%d %d %zu\n", D[1], R.Brackets.top(), R.Brackets.size());
  // CHECK-NEXT: 5 3 1
  printf("%ld %ld %ld\n", moved(0), moved(1), moved(9));
  // CHECK-NEXT: 116 246 246
  printf("%ld %ld %d\n", chosen(3), chosen(9), Kept[0]);
  // CHECK-NEXT: -28 92 -9
  printf("%ld %ld %ld\n", thrown(1), thrown(3), thrown(4));
  // CHECK-NEXT: 31 -3 4
}
