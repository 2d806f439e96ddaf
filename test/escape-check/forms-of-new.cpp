// RUN: %verify %s -- -std=c++20
// Forms of new, and addresses that are computed, laundered or made of numbers.

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

int *Global;
std::uintptr_t GlobalNumber;

int notThrowing() {
  int *P = new (std::nothrow) int(1); // expect: stack
  int V = P ? *P : 0;
  delete P;
  return V;
}
int notThrowingKept() {
  Global = new (std::nothrow) int(1); // expect: heap(global)
  return 0;
}
struct alignas(64) Wide {
  int V = 1;
};
int aligned() {
  Wide *P = new Wide; // expect: stack
  int V = P->V;
  delete P;
  return V;
}
int alignedByHand() {
  void *P = std::aligned_alloc(64, 64); // expect: stack
  int V = P != nullptr;
  std::free(P);
  return V;
}
struct Noisy {
  int V = 1;
  ~Noisy() { V = 0; }
};
int withCookie() {
  Noisy *P = new Noisy[3]; // expect: stack
  int V = P[2].V;
  delete[] P;
  return V;
}
int withCookieKept() {
  static Noisy *Kept;
  Kept = new Noisy[3]; // expect: heap(global)
  return Kept[0].V;
}
int noElements() {
  int *P = new int[0]; // expect: stack
  delete[] P;
  return 0;
}
int mismatched() {
  int *P = new int[2]; // expect: heap(mixed-free)
  std::free(P);
  return 0;
}
int inLocalStorage() {
  alignas(Noisy) unsigned char Room[sizeof(Noisy)];
  Noisy *P = new (Room) Noisy; // allocates nothing
  int V = P->V;
  P->~Noisy();
  return V;
}
int inHeapStorage() {
  void *Room = std::malloc(sizeof(Noisy)); // expect: stack
  Noisy *P = new (Room) Noisy;
  int V = P->V;
  P->~Noisy();
  std::free(Room);
  return V;
}
int inHeapStorageKept() {
  void *Room = std::malloc(sizeof(int)); // expect: heap(global)
  Global = new (Room) int(1);
  return 0;
}
int pointerInStorage() {
  alignas(int *) unsigned char Room[sizeof(int *)];
  new (Room) int *(new int(1)); // expect: heap()
  Global = *std::launder(reinterpret_cast<int **>(Room));
  return 0;
}
int laundered() {
  int *P = new int(1); // expect: stack
  int V = *std::launder(P);
  delete P;
  return V;
}
int launderedKept() {
  int *P = new int(1); // expect: heap(global)
  Global = std::launder(P);
  return 0;
}

// Numbers.
int throughNumber() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  auto N = reinterpret_cast<std::uintptr_t>(P);
  Global = reinterpret_cast<int *>(N);
  return 0;
}
int throughBits() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  GlobalNumber = std::bit_cast<std::uintptr_t>(P);
  return 0;
}
int throughBytes() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  std::memcpy(&GlobalNumber, &P, sizeof P);
  return 0;
}
int bytesOfTarget() {
  int *P = new int(1); // expect: stack
  std::memcpy(&GlobalNumber, P, sizeof *P);
  delete P;
  return 0;
}
int tagged() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  auto N = reinterpret_cast<std::uintptr_t>(P) | 1;
  int *Q = reinterpret_cast<int *>(N & ~std::uintptr_t(1));
  int V = *Q;
  delete Q;
  return V;
}
int comparedAsBool() {
  int *P = new int(1); // expect: stack
  bool Is = P;
  delete P;
  return Is;
}
long distance() {
  int *P = new int[4]; // expect: stack
  int *Q = P + 4;
  long N = Q - P;
  delete[] P;
  return N;
}

// Arithmetic stays in the object.
int behind() {
  int *P = new int[4]; // expect: heap(global)
  Global = P + 3;
  return 0;
}
int behindRead() {
  int *P = new int[4](); // expect: stack
  int V = *(P + 3) + P[1] + 2 [P];
  delete[] P;
  return V;
}
int byStep() {
  int *P = new int[4](); // expect: stack
  int S = 0;
  for (int *Q = P; Q != P + 4; ++Q) S += *Q;
  delete[] P;
  return S;
}
int byStepKept() {
  int *P = new int[4](); // expect: heap(global)
  int *Q = P;
  while (Q != P + 3) ++Q;
  Global = Q;
  return 0;
}
int fieldOfIt() {
  struct Pair {
    int A, B;
  };
  Pair *P = new Pair{1, 2}; // expect: heap(global)
  Global = &P->B;
  return 0;
}
int containerOfIt() {
  struct Pair {
    int A, B;
  };
  Pair *P = new Pair{1, 2}; // expect: heap()
  int *B = &P->B;
  auto *Back = reinterpret_cast<Pair *>(reinterpret_cast<char *>(B) -
                                        offsetof(Pair, B));
  static Pair *Kept;
  Kept = Back;
  return Kept->A;
}

// Jumps.
int outOfLoop(int N) {
  int *P = new int(1); // expect: heap(global)
  while (true)
    if (N-- == 0) goto Done;
Done:
  Global = P;
  return 0;
}
int forward(int N) {
  int *P = nullptr;
  if (N) goto Skip;
  P = new int(1); // expect: stack
Skip:
  int V = P ? *P : 0;
  delete P;
  return V;
}
int forwardKept(int N) {
  int *P = new int(1); // expect: heap(global)
  if (N) goto Skip;
  delete P;
  return 0;
Skip:
  Global = P;
  return 0;
}
