// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Containers whose ownership stays: each function of this file is seeded (the
// number of remarks says so), and none changes what is printed.
// RUN: %seed-both %s %t | FileCheck %s
// RUN: %seed -c %s -o /dev/null -Rpass=stackward -Rpass-missed=stackward \
// RUN:   -mllvm "-stackward-deny=main,_ZZ4main*" 2>&1 \
// RUN:   | FileCheck --check-prefix=SEEDED %s
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#define NOINLINE __attribute__((noinline))
static const char *volatile Text = "thirty characters of some text";

NOINLINE size_t fromText() {
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:15: remark: string starts in 128 bytes
  std::string S(Text);
  return S.size() + S.find("text");
}
NOINLINE size_t grows(int N) {
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:15: remark: string starts in 128 bytes
  std::string S;
  for (int I = 0; I < N; ++I)
    S += char('a' + I % 26);
  return S.size() * 1000 + S.find_last_of('c');
}
NOINLINE int vectorGrows(int N) {
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:20: remark: vector starts in 128 bytes
  std::vector<int> V;
  for (int I = 0; I < N; ++I)
    V.push_back(I * 7 % 11);
  std::sort(V.begin(), V.end());
  V.erase(std::unique(V.begin(), V.end()), V.end());
  return std::accumulate(V.begin(), V.end(), 0) * 100 + (int)V.size();
}
NOINLINE size_t copies(const std::string &From) {
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:15: remark: string starts in 128 bytes
  std::string A(From), B(From, 3, 20), C(From.data(), 18),
      // SEEDED-DAG: stays.cpp:[[# @LINE + 2]]:{{.*}}: remark: string starts in
      // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:{{.*}}: remark: string starts in
      D(From.begin() + 1, From.end()), E(std::string_view(From).substr(2));
  std::reverse(D.begin(), D.end());
  return A.size() + B.size() * 3 + C.find('a') + D[0] + E.rfind(' ');
}
NOINLINE size_t concatenates(const std::string &A, const char *B) {
  // The first temporary's buffer moves from one to the next, in this frame.
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:21: remark: string starts in
  std::string S = A + "/" + B + "." + A;
  return S.size() + S.find('.');
}
NOINLINE static void addTo(std::string &S, const char *What) {
  S.append(What).append(1, ';');
}
NOINLINE size_t callees() {
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:15: remark: string starts in 128 bytes
  std::string S;
  for (int I = 0; I < 9; ++I)
    addTo(S, Text);
  auto More = [&S](char C) { S.insert(S.begin() + 2, C); };
  More('x'), More('y');
  return S.size() * 100 + S[2];
}
struct Printer {
  std::string &Out;
  int Depth = 0;
  explicit Printer(std::string &Out) : Out(Out) {}
  NOINLINE void line(const char *T) { Out.append(Depth++, ' ') += T; }
};
NOINLINE size_t helperObject() {
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:15: remark: string starts in 128 bytes
  std::string S;
  Printer P(S);
  P.line("one"), P.line("two"), P.line(Text);
  return S.size();
}
NOINLINE static std::string make(int N) {
  std::string S(Text);
  S += std::to_string(N).c_str();
  return S;
}
NOINLINE static std::string pass(int N) { return make(N + 1); }
NOINLINE size_t returned() {
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:{{.*}}: remark: string starts in
  std::string S = pass(4);
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:{{.*}}: remark: string starts in
  return S.size() * 100 + make(77).size() + S.back();
}
NOINLINE static size_t recursive(const std::string &Path, int Depth) {
  if (Depth == 0)
    return Path.size();
  size_t Sum = 0;
  for (int I = 0; I < 2; ++I)
    // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:{{.*}}: remark: string starts in 128
    Sum += recursive(Path + "/level", Depth - 1);
  return Sum;
}
NOINLINE long throwsPast(int N) {
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:15: remark: string starts in 128 bytes
  std::string S(Text);
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:21: remark: vector starts in 128 bytes
  std::vector<long> V;
  for (int I = 0; I < N; ++I) {
    V.push_back(I);
    S += Text;
    if (I == 50)
      throw std::out_of_range("enough");
    if (I == 9)
      V.at(N);
  }
  return V.back() + (long)S.size();
}
NOINLINE long caught(int N) {
  try {
    return throwsPast(N);
  } catch (std::exception &E) {
    return -(long)strlen(E.what()) % 2;
  }
}
NOINLINE size_t assigns(int N) {
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:15: remark: string starts in 128 bytes
  std::string Line;
  size_t Sum = 0;
  for (int I = 0; I < N; ++I) {
    Line = Text;
    Line.resize(Line.size() + I, '.');
    Line = Line;
    Line.assign(Line, 2, 90);
    Sum += Line.size();
    if (I % 3 == 0)
      Line.clear(), Line.shrink_to_fit();
  }
  return Sum;
}
NOINLINE int reader(int N) {
  // Members of the library's classes that are out of line in it.
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:15: remark: string starts in 128 bytes
  std::string Numbers("1 2 3 4 5 6 7 8 9 10 11 12 13");
  std::istringstream In(Numbers);
  int Sum = 0;
  for (int I; N-- && In >> I;)
    Sum += I;
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:{{[0-9]+}}: remark: string starts in
  In.str(std::string(Text) + Text);
  try {
    // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:{{[0-9]+}}: remark: string starts in
    throw std::runtime_error(std::string(Text) + "!");
  } catch (std::exception &E) {
    return Sum * 100 + (int)strlen(E.what());
  }
}
NOINLINE int nested() {
  // The elements are on the heap or in the buffer; their own text is neither.
  // SEEDED-DAG: stays.cpp:[[# @LINE + 1]]:28: remark: vector starts in 128 bytes
  std::vector<std::string> V;
  for (int I = 0; I < 12; ++I)
    V.push_back(Text);
  V.erase(V.begin() + 1, V.begin() + 4);
  V.resize(20, "r");
  return (int)V.size() * 100 + (int)V[8].size() + (int)V.back().size();
}

int main() {
  printf("%zu\n", fromText());       // CHECK: 56
  printf("%zu\n", grows(10));        // CHECK-NEXT: 10002
  printf("%zu\n", grows(127));       // CHECK-NEXT: 127106
  printf("%zu\n", grows(128));       // CHECK-NEXT: 128106
  printf("%zu\n", grows(5000));      // CHECK-NEXT: 5004994
  printf("%d\n", vectorGrows(32));   // CHECK-NEXT: 5511
  printf("%d\n", vectorGrows(33));   // CHECK-NEXT: 5511
  printf("%d\n", vectorGrows(9000)); // CHECK-NEXT: 5511
  printf("%zu\n", copies("a text of forty characters, give or take"));
  // CHECK-NEXT: {{[0-9]+}}
  printf("%zu\n", copies(std::string(300, 'a'))); // CHECK-NEXT: {{[0-9]+}}
  printf("%zu\n", concatenates("a directory", "a file")); // CHECK-NEXT: 48
  printf("%zu\n", concatenates(std::string(200, 'd'), "f")); // CHECK-NEXT: 605
  printf("%zu\n", callees());        // CHECK-NEXT: 28221
  printf("%zu\n", helperObject());   // CHECK-NEXT: 39
  printf("%zu\n", returned());       // CHECK-NEXT: 3185
  printf("%zu\n", recursive("root", 11)); // CHECK-NEXT: 143360
  printf("%ld %ld\n", caught(5), caught(90)); // CHECK-NEXT: 184 -1
  printf("%zu\n", assigns(150));     // CHECK-NEXT: 11547
  printf("%d\n", reader(9));         // CHECK-NEXT: 4531
  printf("%d\n", nested());          // CHECK-NEXT: 2031
}
