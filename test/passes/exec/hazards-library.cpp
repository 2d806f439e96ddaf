// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Library functions that keep what they are given, that need it to be a block
// of the heap, or that free it unseen.
// RUN: %run-both %s %t | FileCheck %s
#include "../Inputs/exec.h"
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <malloc.h>
#include <search.h>
#include <sys/mman.h>

NOINLINE static long total(const long *P) { return P[0] * 10 + P[1]; }

NOINLINE long usableSize(long N) {
  char *P = (char *)malloc(40);
  size_t Room = malloc_usable_size(P);
  memset(P, (int)N, Room >= 40 ? 40 : 1);
  long R = P[39];
  free(P);
  return R;
}
NOINLINE long protectedPage(char N) {
  char *P = (char *)aligned_alloc(4096, 4096);
  P[0] = N;
  mprotect(P, 4096, PROT_READ);
  long R = P[0];
  mprotect(P, 4096, PROT_READ | PROT_WRITE);
  R += ++P[0];
  free(P);
  return R;
}
static FILE *Buffered, *InMemory;
NOINLINE void streamBuffer() {
  char *P = (char *)malloc(256);
  Buffered = tmpfile();
  setvbuf(Buffered, P, _IOFBF, 256);
  fputs("buffered", Buffered);
}
NOINLINE void memoryStream() {
  char *P = (char *)malloc(64);
  memset(P, 0, 64);
  strcpy(P, "in memory");
  InMemory = fmemopen(P, 64, "r");
}
NOINLINE void environment() {
  char *P = (char *)malloc(32);
  strcpy(P, "OF_THE_TEST=kept");
  putenv(P);
}
NOINLINE void tokens() {
  char *P = (char *)malloc(32);
  strcpy(P, "a,b,c");
  printf("%s\n", strtok(P, ","));
}
struct Queued {
  Queued *Next, *Last;
  long V;
} static First;
NOINLINE void queued(long N) {
  auto *P = (Queued *)malloc(sizeof(Queued));
  P->V = N;
  insque(P, &First);
}
static void *Root;
static int compare(const void *A, const void *B) {
  return *(const int *)A - *(const int *)B;
}
NOINLINE void inTree(int N) {
  int *P = (int *)malloc(sizeof(int));
  *P = N;
  tsearch(P, &Root, compare);
}
NOINLINE long grownLine(FILE *From) {
  char *P = (char *)malloc(4);
  size_t Room = 4;
  ssize_t Length = getline(&P, &Room, From);
  long R = Length > 0 ? P[0] + Length : -1;
  free(P);
  return R;
}
NOINLINE long scannedText(const char *Text) {
  char *P = (char *)malloc(4);
  char *Mine = P;
  P[0] = 1;
  long R = 0;
  if (sscanf(Text, "%ms", &P) == 1) {
    R = (long)strlen(P) * 10;
    free(P);
  }
  R += Mine[0];
  free(Mine);
  return R;
}
static void (*volatile Free)(void *) = free;
static void *(*volatile Malloc)(size_t) = malloc;
static void *(*volatile Realloc)(void *, size_t) = realloc;
NOINLINE long freedByPointer(long N) {
  long *P = (long *)malloc(16);
  P[0] = N, P[1] = 2;
  long R = total(P);
  Free(P);
  return R;
}
NOINLINE long madeByPointer(long N) {
  long *P = (long *)Malloc(16);
  P[0] = N, P[1] = 3;
  long R = total(P);
  free(P);
  return R;
}
NOINLINE long grownByPointer(long N) {
  long *P = (long *)malloc(16);
  P[0] = N, P[1] = 4;
  P = (long *)Realloc(P, 4096);
  long R = total(P);
  free(P);
  return R;
}
static long *AsWide;
NOINLINE void copiedAsWide(long N) {
  long *P = (long *)malloc(16);
  P[0] = N, P[1] = 5;
  wmemcpy((wchar_t *)&AsWide, (wchar_t *)&P, 2);
}

int main() {
  printf("usable %ld\n", usableSize(7));       // CHECK: usable 7
  printf("protected %ld\n", protectedPage(3)); // CHECK-NEXT: protected 7
  char Text[32];
  streamBuffer();
  clobber();
  rewind(Buffered);
  printf("%s\n", fgets(Text, 32, Buffered)); // CHECK-NEXT: buffered
  memoryStream();
  clobber();
  printf("%s\n", fgets(Text, 32, InMemory)); // CHECK-NEXT: in memory
  rewind(InMemory);
  printf("line %ld\n", grownLine(InMemory)); // CHECK-NEXT: line 169
  environment();
  clobber();
  printf("%s\n", getenv("OF_THE_TEST")); // CHECK-NEXT: kept
  tokens();                              // CHECK-NEXT: a
  clobber();
  printf("%s\n", strtok(nullptr, ",")); // CHECK-NEXT: b
  queued(42);
  clobber();
  printf("queued %ld\n", First.Next->V); // CHECK-NEXT: queued 42
  inTree(17);
  clobber();
  int Key = 17;
  printf("tree %d\n", **(int **)tfind(&Key, &Root, compare));
  // CHECK-NEXT: tree 17
  printf("scanned %ld\n",
         scannedText("eleven-long"));       // CHECK-NEXT: scanned 111
  printf("freed %ld\n", freedByPointer(1)); // CHECK-NEXT: freed 12
  printf("made %ld\n", madeByPointer(1));   // CHECK-NEXT: made 13
  printf("grown %ld\n", grownByPointer(1)); // CHECK-NEXT: grown 14
  copiedAsWide(1);
  clobber();
  printf("wide %ld\n", total(AsWide)); // CHECK-NEXT: wide 15
}
