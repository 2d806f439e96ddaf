// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Seeding in a full LTO link, where functions of other files are seen.
// RUN: %clangxx -std=c++17 -w -O2 %s %S/../Inputs/at-link-other.cpp \
// RUN:   %S/../Inputs/alive.cpp -o %t.without
// RUN: %t.without > %t.expected
// RUN: FileCheck --check-prefixes=SAME,HEAP,PLAIN %s < %t.expected
//
// The results are the same, and what only reads, grows or makes has stayed on
// the stack; what takes has not.
// RUN: %seed -O2 -flto -mllvm -stackward-seed-at-link -c %s -o %t.o
// RUN: %seed -O2 -flto -mllvm -stackward-seed-at-link -c \
// RUN:   %S/../Inputs/at-link-other.cpp -o %t.other.o
// RUN: %clangxx -O1 -c %S/../Inputs/alive.cpp -o %t.alive.o
// RUN: env STACKWARD_FLAGS=verify-each %clangxx -fuse-ld=lld -flto -O2 \
// RUN:   -Wl,--load-pass-plugin=%plugin %t.o \
// RUN:   %t.other.o %t.alive.o %rt -o %t.link
// RUN: %t.link | FileCheck --check-prefixes=SAME,STACK,EARLY %s
// RUN: bash -c 'ulimit -s 256; exec %t.link' | FileCheck --check-prefix=SAME %s
// Nothing that was kept for the link is left as it was.
// RUN: llvm-nm %t.link | FileCheck --check-prefix=NM %s
// NM-NOT: stackward_seeding_needs_the_plugin
// NM-NOT: stackward.at.link
//
// A link that does not load the plugin says so.
// RUN: not %clangxx -fuse-ld=lld -flto -O2 %t.o %t.other.o %t.alive.o %rt \
// RUN:   -o %t.bad 2>&1 | FileCheck --check-prefix=MISSING %s
// RUN: not %clangxx -fuse-ld=lld -flto -O2 -Wl,--gc-sections %t.o %t.other.o \
// RUN:   %t.alive.o %rt -o %t.bad 2>&1 | FileCheck --check-prefix=MISSING %s
// A unit without containers, of C perhaps, does not need it.
// RUN: echo "int main(void) { return 0; }" > %t.c
// RUN: env STACKWARD_FLAGS="seed seed-at-link" %clang -O2 -flto \
// RUN:   -fpass-plugin=%plugin -fuse-ld=lld %t.c -o %t.c.exe
// MISSING: stackward_seeding_needs_the_plugin_at_the_link
//
// One unit was not prepared: nothing is seeded. Nor is it with everything off.
// RUN: %clangxx -std=c++17 -w -O2 -flto -c %S/../Inputs/at-link-other.cpp \
// RUN:   -o %t.plain.o
// RUN: env STACKWARD_FLAGS=verify-each %clangxx -fuse-ld=lld -flto -O2 \
// RUN:   -Wl,--load-pass-plugin=%plugin %t.o \
// RUN:   %t.plain.o %t.alive.o %rt -o %t.mixed
// RUN: %t.mixed | FileCheck --check-prefixes=SAME,HEAP,EARLY %s
// RUN: env STACKWARD_FLAGS=enable=0 %clangxx -fuse-ld=lld -flto -O2 \
// RUN:   -Wl,--load-pass-plugin=%plugin %t.o %t.other.o %t.alive.o %rt -o %t.off
// RUN: %t.off | FileCheck --check-prefixes=SAME,HEAP,EARLY %s
// At -O0 in the link, and in a thin LTO build, where the switch means nothing.
// RUN: %clangxx -fuse-ld=lld -flto -Wl,--lto-O0 -Wl,--load-pass-plugin=%plugin \
// RUN:   %t.o %t.other.o %t.alive.o %rt -o %t.o0
// RUN: %t.o0 | FileCheck --check-prefix=SAME %s
// RUN: %seed -O2 -flto=thin -mllvm -stackward-seed-at-link %s \
// RUN:   %S/../Inputs/at-link-other.cpp %t.alive.o %rt -fuse-ld=lld -o %t.thin
// RUN: %t.thin | FileCheck --check-prefix=SAME %s
#include <cstdio>
#include <map>
#include <string>
#include <vector>

extern std::string KeptText;
extern std::vector<int> KeptNumbers;
size_t reads(const std::string &S);
void grows(std::string &S, int N);
std::string makes(const char *Text, int N);
long sums(const std::vector<int> &V);
void takes(std::string &S);
void takesConst(const std::string &S);
void takesValue(std::string S);
void takesNumbers(std::vector<int> &&V);
std::string passesOn(std::string &&S);

void startCounting();
long stopCounting();
#define NOINLINE __attribute__((noinline))
static const char *volatile Text = "thirty characters of some text";

// Blocks alive while the containers are.
static long Blocks;
NOINLINE static void look(const void *P) {
  Blocks = stopCounting();
  asm volatile("" : : "r"(P) : "memory");
}
NOINLINE static void clobber() {
  volatile char Bytes[8192];
  for (unsigned I = 0; I < sizeof Bytes; ++I)
    Bytes[I] = 0x5A;
}

NOINLINE size_t given() {
  std::string S(Text);
  size_t R = reads(S);
  grows(S, 5);
  look(S.data());
  return R * 1000 + reads(S);
}
NOINLINE size_t made() {
  std::string S = makes(Text, 12345);
  look(S.data());
  return reads(S);
}
NOINLINE long summed(int N) {
  std::vector<int> V(N, 3);
  V[0] = 1;
  long R = sums(V);
  look(V.data());
  return R;
}
// Seeded before the link, since nothing of another file is needed.
NOINLINE long alone(int N) {
  std::vector<int> V(N, 2), W{N, N, 1};
  std::string S(Text);
  for (int I = 0; I < N; ++I)
    V[I] += W[I % 3], S += '.';
  look(S.data());
  return V[N - 1] * 100 + (long)S.size() + (long)W.size();
}
// By then the optimiser has the reference to the key in an integer.
static std::map<std::string, int> Table;
NOINLINE int keyed(int N) {
  std::string Key = makes(Text, 12345);
  for (int I = 0; I < N; ++I)
    Table[Key] += I;
  look(Key.data());
  return Table[Key];
}
NOINLINE void taken(int How) {
  std::string S(Text);
  if (How == 0)
    takes(S);
  else if (How == 1)
    takesConst(S);
  else
    takesValue(std::move(S));
}
NOINLINE size_t passed() {
  std::string S(Text);
  std::string T = passesOn(std::move(S));
  clobber();
  return T.size() + S.size();
}
NOINLINE void numbers(int N) {
  std::vector<int> V(N, 7);
  takesNumbers(std::move(V));
}

int main() {
  // The runtime library looks where the stack is when it is first asked.
  given();
  alone(20);
  startCounting();
  size_t R = given();
  // SAME: given 206251
  // STACK-SAME: 0 blocks
  // HEAP-SAME: 1 blocks
  printf("given %zu, %ld blocks\n", R, Blocks);
  startCounting();
  R = made();
  // SAME: made
  // STACK-SAME: 0 blocks
  // HEAP-SAME: 1 blocks
  printf("made %zu, %ld blocks\n", R, Blocks);
  startCounting();
  long S = summed(20);
  // SAME: summed 58
  // STACK-SAME: 0 blocks
  // HEAP-SAME: 1 blocks
  printf("summed %ld, %ld blocks\n", S, Blocks);
  startCounting();
  S = alone(20);
  // SAME: alone 2253
  // EARLY-SAME: 0 blocks
  // PLAIN-SAME: 3 blocks
  printf("alone %ld, %ld blocks\n", S, Blocks);
  keyed(10);
  startCounting();
  S = keyed(10);
  // SAME: keyed 90
  // STACK-SAME: 0 blocks
  // HEAP-SAME: 1 blocks
  printf("keyed %ld, %ld blocks\n", S, Blocks);
  // SAME: taken thirty characters of some text
  // SAME-NEXT: taken thirty characters of some text
  // SAME-NEXT: taken thirty characters of some text
  for (int How = 0; How < 3; ++How) {
    taken(How);
    clobber();
    printf("taken %s\n", KeptText.c_str());
    KeptText.clear();
  }
  // SAME-NEXT: passed 30
  printf("passed %zu\n", passed());
  numbers(10);
  clobber();
  // SAME-NEXT: numbers 70
  printf("numbers %ld\n", sums(KeptNumbers));
}
