// RUN: %verify %s -- -std=c++20
// Pointers that are seen as something else: integers, bytes, other types,
// members of unions.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <cwchar>
#include <iostream>

int *Global;
uintptr_t Bits;
unsigned char Bytes[8];
union Either {
  int *P;
  uintptr_t I;
};
struct Anonymous {
  union {
    int *P;
    uintptr_t I;
  };
  int Kind;
};
struct Holder {
  int *P;
};

void cast() { Bits = reinterpret_cast<uintptr_t>(new int(1)); } // expect: heap(pointer-to-integer)
void valueOnly() {
  int *P = new int(1); // expect: stack
  Bits = *P;
  delete P;
}
void castOfReference() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  Bits = reinterpret_cast<uintptr_t &>(P);
}
void throughVoid() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  void *V = &P;
  Bits = *static_cast<uintptr_t *>(V);
}
void exclusiveOr() {
  int *P = new int(1), *Q = new int(2); // expect: heap(pointer-to-integer) heap(pointer-to-integer)
  Bits = (uintptr_t)P ^ (uintptr_t)Q;
}
void bitCast() { Bits = std::bit_cast<uintptr_t>(new int(1)); } // expect: heap(pointer-to-integer)
void bitCastToPointer() {
  Global = reinterpret_cast<int *>(__builtin_bit_cast(long *, new int(1))); // expect: heap(global)
}
void bitCastOfPointee() {
  float *P = new float(1); // expect: stack
  Bits = std::bit_cast<uint32_t>(*P);
  delete P;
}

void copiedToInteger() {
  int *P = new int(1); // expect: heap(global)
  std::memcpy(&Bits, &P, sizeof P);
}
void copiedToBytes() {
  int *P = new int(1); // expect: heap(global)
  std::memcpy(Bytes, &P, sizeof P);
}
void copiedThroughBytes() {
  int *P = new int(1); // expect: heap(global)
  char B[8];
  std::memcpy(B, &P, 8);
  std::memcpy(&Global, B, 8);
}
void copiedToPointer() {
  int *P = new int(1), *Q; // expect: heap(global)
  std::memcpy(&Q, &P, sizeof P);
  Global = Q;
}
void copiedObject() {
  Holder A{new int(1)}, B; // expect: heap(global)
  std::memcpy(&B, &A, sizeof A);
  Global = B.P;
}
void copiedObjectRead() {
  Holder A{new int(1)}, B; // expect: stack
  std::memcpy(&B, &A, sizeof A);
  delete B.P;
}
void copiedPointee() {
  int *P = new int(1); // expect: stack
  std::memcpy(&Bits, P, sizeof *P);
  delete P;
}
void bytesOneByOne() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  auto *B = reinterpret_cast<unsigned char *>(&P);
  for (int I = 0; I < 8; ++I) Bytes[I] = B[I];
}
void bytesOutOfBuffer() {
  alignas(8) unsigned char B[8];
  *reinterpret_cast<int **>(B) = new int(1); // expect: heap(pointer-to-integer)
  for (int I = 0; I < 8; ++I) Bytes[I] = B[I];
}

void unionOtherMember() {
  Either E{new int(1)}; // expect: heap(pointer-to-integer)
  Bits = E.I;
}
void unionSameMember() {
  Either E{new int(1)}; // expect: heap(global)
  Global = E.P;
}
void unionRead() {
  Either E{new int(1)}; // expect: stack
  *E.P = 2;
  delete E.P;
}
void unionAssigned() {
  Either E{new int(1)}, F; // expect: heap(global)
  F = E;
  Global = F.P;
}
void anonymousUnionAssigned() {
  Anonymous A{{new int(1)}, 1}, B; // expect: heap(global)
  B = A;
  Global = B.P;
}
void anonymousUnionCopied() {
  Anonymous A{{new int(1)}, 1}; // expect: heap(global)
  Anonymous B(A);
  Global = B.P;
}

void otherStruct() {
  struct {
    uintptr_t I;
  } *V;
  Holder A{new int(1)}; // expect: heap(pointer-to-integer)
  V = reinterpret_cast<decltype(V)>(&A);
  Bits = V->I;
}
void volatileLocal() {
  int *volatile P = new int(1); // expect: heap(global)
  Global = P;
}
void asmInput() {
  int *P = new int(1); // expect: heap(inline-asm)
  asm volatile("" : : "r"(P));
}
void asmOutput() {
  int *P = new int(1), *Q; // expect: heap(inline-asm)
  asm volatile("" : "=r"(Q) : "0"(P));
  Global = Q;
}
void asmMemory() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  asm volatile("" : : "m"(P));
}
void asmValue() {
  int *P = new int(1); // expect: stack
  int V = *P;
  asm volatile("" : : "r"(V));
  delete P;
}

// An address that is shown as text can be read back.
void printed() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  char Text[40];
  snprintf(Text, sizeof(Text), "%d at %p", *P, static_cast<void *>(P));
}
void printedSecond() {
  int *P = new int(1), *Q = new int(2); // expect: heap(pointer-to-integer) stack
  printf("%2$d, %1$p\n", static_cast<void *>(P), *Q);
  delete P;
  delete Q;
}
void printedContent() {
  char *P = new char[8](); // expect: stack
  printf("%%p %s %n\n", P, reinterpret_cast<int *>(P));
  delete[] P;
}
void streamed() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  std::cout << P << '\n';
  delete P;
}
void streamedContent() {
  int *P = new int(1); // expect: stack
  std::cout << *P << '\n';
  delete P;
}
// What cannot be read may show it.
void printedByOther(const char *Format) {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  printf(Format, P);
  delete P;
}
void printedBroken() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  printf("%d %2$p\n", 1, static_cast<void *>(P));
  delete P;
}
void printedWide() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  wprintf(L"%p\n", static_cast<void *>(P));
  delete P;
}
void printedWideNumber() {
  int *P = new int(1); // expect: stack
  wprintf(L"%d\n", *P);
  delete P;
}
