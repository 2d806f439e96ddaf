// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs written against the pass: ownership that goes round corners, buffers
// that are wanted twice, types that look like others.
// RUN: %seed-both %s %t | FileCheck %s
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <functional>
#include <iterator>
#include <memory>
#include <memory_resource>
#include <new>
#include <numeric>
#include <queue>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#define NOINLINE __attribute__((noinline))
static const char *volatile Text = "thirty characters of some text";
static std::vector<std::string> Log;
NOINLINE static void clobber() {
  volatile char Bytes[8192];
  for (unsigned I = 0; I < sizeof Bytes; ++I)
    Bytes[I] = 0x5A;
}

// 1. Made over a live string whose text is still looked at.
NOINLINE size_t madeOver(int N) {
  std::string S;
  S += Text;
  std::string_view First = S;
  for (int I = 0; I < N; ++I) {
    new (&S) std::string();
    S += "something else entirely, and long";
  }
  return First.find("text") + S.size();
}
// 2. Two local types of one name and different sizes.
NOINLINE long sameName(int N) {
  long Sum = 0;
  {
    struct X {
      char C;
    };
    std::vector<X> V;
    for (int I = 0; I < N; ++I)
      V.push_back({char(I)});
    for (X &E : V)
      Sum += E.C;
  }
  {
    struct X {
      long A, B, C;
    };
    std::vector<X> V;
    for (int I = 0; I < N; ++I)
      V.push_back({I, 2 * I, 3});
    for (X &E : V)
      Sum += E.A + E.B + E.C;
  }
  return Sum;
}
// 3. The buffer goes round a loop by swaps between locals.
NOINLINE std::string rotates(int N) {
  std::string A, B, C;
  for (int I = 0; I < N; ++I) {
    std::string T;
    T += "round ";
    T += std::to_string(I);
    std::swap(A, T);
    if (I % 3 == 0)
      continue;
    B.swap(A);
    std::swap(C, B);
  }
  return A + "," + B + "," + C;
}
// 4. Keeps the previous round's vector by moving it up.
NOINLINE int previous(int N) {
  std::vector<int> Last;
  int Sum = 0;
  for (int I = 0; I < N; ++I) {
    std::vector<int> Now;
    Now.push_back(I);
    Now.push_back(I * I);
    if (!Last.empty())
      Sum += Last.back() - Now.front();
    Last = std::move(Now);
  }
  return Sum;
}
// 5. A goto loop that leaves the scope of one and not of the other.
NOINLINE size_t jumps(int N) {
  std::string Outer;
  int I = 0;
again: {
  std::string Inner(Text);
  Inner += char('0' + I);
  if (I++ < N) {
    Outer.swap(Inner);
    goto again;
  }
}
  return Outer.back() * 100 + Outer.size();
}
// 6. Out-parameters of recursion.
NOINLINE void collect(int Depth, std::string &Out) {
  std::string Mine(Text);
  Mine += std::to_string(Depth);
  if (Depth)
    collect(Depth - 1, Mine);
  if (Depth % 2)
    Out = std::move(Mine);
  else
    Out.swap(Mine);
}
// 7. By a reference wrapper, a bound member, a pointer to a pointer.
NOINLINE void takeOver(std::string *const *P) { Log.push_back(std::move(**P)); }
NOINLINE void roundCorners() {
  std::string A(Text), B(Text), C(Text);
  A += "a", B += "b", C += "c";
  auto R = std::ref(A);
  Log.push_back(std::move(R.get()));
  auto F = std::bind([](std::string &S) { Log.emplace_back(std::move(S)); },
                     std::ref(B));
  F();
  std::string *P = &C;
  takeOver(&P);
}
// 8. A derived string, a wrapper, a wrapper that gives it away.
struct Named : std::string {
  using std::string::string;
  Named give() { return std::move(*this); }
};
struct Wrapped {
  std::string S;
  std::string take() && { return std::move(S); }
};
NOINLINE void looksLike() {
  Named N(Text);
  N += "n";
  Log.push_back(N.give());
  Wrapped W{std::string(Text) + "w"};
  W.S += "W";
  Log.push_back(std::move(W).take());
}
// 9. Left by longjmp.
static jmp_buf Jump;
NOINLINE void leaves(int N) {
  std::string S(Text);
  for (int I = 0; I < N; ++I)
    S += 'j';
  longjmp(Jump, (int)S.size());
}
NOINLINE int setJump() {
  int R = setjmp(Jump);
  if (!R)
    leaves(20);
  return R;
}
// 10. Elements that throw while the vector grows in its buffer and out of it.
struct Throws {
  static int Left, Alive;
  std::string S;
  Throws() : S(Text) { ++Alive; }
  Throws(const Throws &O) : S(O.S) {
    if (--Left == 0)
      throw 1;
    ++Alive;
  }
  ~Throws() { --Alive; }
};
int Throws::Left, Throws::Alive;
NOINLINE int elementThrows(int Left) {
  Throws::Left = Left;
  std::vector<Throws> V;
  Throws E;
  int Sum = 0;
  try {
    for (int I = 0; I < 9; ++I)
      V.push_back(E);
  } catch (int) {
    for (auto &T : V)
      Sum += T.S.size() - E.S.size();
  }
  // How often elements are copied depends on the room that there is.
  V.clear();
  return Sum + Throws::Alive;
}
// 11. A container that refers to itself, and a comparator that holds another.
NOINLINE long selfReferring() {
  std::vector<void *> V;
  V.push_back(&V);
  ((std::vector<void *> *)V[0])->push_back(nullptr);
  std::string Order("zyxwvutsrqponmlkjihgfedcba and more than fits");
  std::string S("hello there, sorting a longer text");
  std::sort(S.begin(), S.end(), [&](char A, char B) {
    return Order.find(A) < Order.find(B);
  });
  return (long)V.size() * 1000 + S[0];
}
// 12. Other allocators: not ours to touch.
NOINLINE size_t allocators() {
  char Room[512];
  std::pmr::monotonic_buffer_resource R(Room, sizeof Room);
  std::pmr::string S(Text, &R);
  std::pmr::vector<int> V(&R);
  S += "p";
  V.push_back(4);
  std::pmr::string T = std::move(S);
  return T.size() + V.size();
}
// 13. Adaptors and algorithms over containers.
NOINLINE size_t adaptors() {
  std::vector<std::string> From(3, Text), To;
  std::vector<int> Heap{5, 1, 4};
  std::move(From.begin(), From.end(), std::back_inserter(To));
  std::priority_queue<int, std::vector<int>> Q(std::less<int>(), std::move(Heap));
  std::string Out;
  std::copy(To[0].begin(), To[0].end(), std::back_inserter(Out));
  std::ostringstream OS;
  OS << Out << Q.top();
  return OS.str().size() + From[0].size() + To.size();
}
// 14. Alternatives that construct in other memory.
NOINLINE size_t alternatives(int N) {
  std::variant<int, std::string, std::vector<int>> V;
  std::string S(Text);
  S += "v";
  if (N & 1)
    V = std::move(S);
  else
    V = std::vector<int>(5, N);
  auto P = std::make_shared<std::string>(N > 2 ? std::move(S) : std::string("short"));
  return V.index() * 100 + P->size();
}
// 15. Conditional results, and a result that is made twice.
NOINLINE std::string either(bool A) {
  return A ? std::string(Text) + "A" : std::string("B and some more characters");
}
NOINLINE std::string retries(int N) {
  for (int I = 0;; ++I) {
    std::string R(Text);
    R += std::to_string(I);
    if (I == N)
      return R;
  }
}
NOINLINE std::string keepsOne(int N) {
  std::string Best;
  for (int I = 0;; ++I) {
    std::string R(Text);
    R += std::to_string(I);
    if (I == N)
      return R + Best;
    if (I == 1)
      Best = std::move(R);
  }
}
// 16. Two names for one object.
NOINLINE void alias(std::string &A, std::string &B) {
  A += "alias";
  std::string T = std::move(B);
  T += "!";
  A = T;
}
// 17. Words of a string read and kept by its friends only.
NOINLINE size_t doubles(int N) {
  std::vector<std::vector<int>> Rows;
  std::vector<int> Row;
  for (int I = 0; I < N; ++I) {
    Row.push_back(I);
    Rows.push_back(Row);
    if (I % 4 == 3)
      Rows.push_back(std::move(Row)), Row = {};
  }
  size_t Sum = 0;
  for (auto &R : Rows)
    Sum += R.size() + (R.empty() ? 0 : R.back());
  return Sum;
}

int main() {
  printf("1 %zu\n", madeOver(3)); // CHECK: 1 59
  printf("2 %ld\n", sameName(40)); // CHECK-NEXT: 2 3240
  printf("3 %s\n", rotates(9).c_str()); // CHECK-NEXT: 3 round 5,round 7,round 8
  printf("4 %d\n", previous(20)); // CHECK-NEXT: 4 1919
  printf("5 %zu\n", jumps(7)); // CHECK-NEXT: 5 5431
  std::string Out;
  collect(9, Out);
  clobber();
  printf("6 %s\n", Out.c_str()); // CHECK-NEXT: 6 thirty {{.*}}text0
  roundCorners();
  looksLike();
  clobber();
  printf("7 %c%c%c\n", Log[0].back(), Log[1].back(), Log[2].back()); // CHECK-NEXT: 7 abc
  printf("8 %c%c\n", Log[3].back(), Log[4].back()); // CHECK-NEXT: 8 nW
  printf("9 %d\n", setJump()); // CHECK-NEXT: 9 50
  for (int L : {1, 2, 5, 12, 14, 99})
    printf("10 %d\n", elementThrows(L));
  // CHECK-COUNT-6: 10 1
  printf("11 %ld\n", selfReferring()); // CHECK-NEXT: 11 2120
  printf("12 %zu\n", allocators()); // CHECK-NEXT: 12 32
  printf("13 %zu\n", adaptors()); // CHECK-NEXT: 13 34
  printf("14 %zu %zu\n", alternatives(1), alternatives(4)); // CHECK-NEXT: 14 105 231
  std::string E = either(true) + either(false), R = retries(12), K = keepsOne(5);
  clobber();
  printf("15 %zu %s %s\n", E.size(), R.c_str(), K.c_str());
  // CHECK-NEXT: 15 57 thirty characters of some text12 thirty characters of some text5thirty characters of some text1
  std::string A(Text);
  alias(A, A);
  printf("16 %s\n", A.c_str()); // CHECK-NEXT: 16 thirty {{.*}}textalias!
  printf("17 %zu\n", doubles(21)); // CHECK-NEXT: 17 336
}
