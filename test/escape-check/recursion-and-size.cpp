// RUN: %verify %s -- -std=c++20
// Size limits, those of recursive functions, and bounds of sizes that are not
// constants.

struct Big {
  char Bytes[100];
};
struct TooBig {
  char Bytes[20000];
};
struct Node {
  Node *Up;
  int Value;
};
Node *Kept;

int smallInRecursion(int N) {
  int *P = new int(N); // expect: stack
  int V = N ? smallInRecursion(N - 1) : 0;
  V += *P;
  delete P;
  return V;
}
int bigInRecursion(int N) {
  Big *P = new Big; // expect: heap(recursion)
  P->Bytes[0] = N;
  int V = N ? bigInRecursion(N - 1) : 0;
  V += P->Bytes[0];
  delete P;
  return V;
}
int bigOutside(int N) {
  Big *P = new Big; // expect: stack
  P->Bytes[0] = N;
  int V = smallInRecursion(N) + P->Bytes[0];
  delete P;
  return V;
}

int turn(int N);
int bigInMutualRecursion(int N) {
  Big *P = new Big; // expect: heap(recursion)
  P->Bytes[0] = N;
  int V = N ? turn(N - 1) : 0;
  V += P->Bytes[0];
  delete P;
  return V;
}
int turn(int N) { return bigInMutualRecursion(N); }

int linkedUpwards(int N, Node *Up) {
  Node *X = new Node{Up, N}; // expect: stack
  int V = N ? linkedUpwards(N - 1, X) : X->Up->Value;
  delete X;
  return V;
}
void linkedUpwardsKept(int N, Node *Up) {
  if (!N) {
    Kept = Up->Up;
    return;
  }
  Node *X = new Node{Up, N}; // expect: heap(global)
  linkedUpwardsKept(N - 1, X);
}
void keptAtTheBottom(int N, Node *Up) {
  if (!N) {
    Kept = Up;
    return;
  }
  keptAtTheBottom(N - 1, new Node{nullptr, N}); // expect: heap(global)
}
Node *handedDown(int N, Node *Up) { return N ? handedDown(N - 1, Up) : Up; }
void handedDownAndUp() { Kept = handedDown(3, new Node{nullptr, 1}); } // expect: heap(global)
int handedDownAndRead() {
  Node *X = new Node{nullptr, 1}; // expect: stack
  int V = handedDown(3, X)->Value;
  delete X;
  return V;
}

int small() {
  TooBig *P = nullptr;
  Big *Q = new Big; // expect: stack
  Q->Bytes[0] = 1;
  int V = Q->Bytes[0] + (P != nullptr);
  delete Q;
  return V;
}
int tooLarge() {
  TooBig *P = new TooBig; // expect: heap(too-large)
  P->Bytes[0] = 1;
  int V = P->Bytes[0];
  delete P;
  return V;
}
int tooManyElements() {
  Big *P = new Big[200]; // expect: heap(too-large)
  P->Bytes[0] = 1;
  int V = P->Bytes[0];
  delete[] P;
  return V;
}

int anySize(int N) {
  int *P = new int[N]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}
int masked(unsigned N) {
  int *P = new int[N & 15]{}; // expect: stack
  int V = P[0];
  delete[] P;
  return V;
}
int remainder(unsigned N) {
  int *P = new int[N % 16 + 1]{}; // expect: stack
  int V = P[0];
  delete[] P;
  return V;
}
int signedRemainder(int N) {
  int *P = new int[N % 16]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}
int narrow(unsigned char N) {
  int *P = new int[N]{}; // expect: stack
  int V = P[0];
  delete[] P;
  return V;
}
int narrowedTooLarge(signed char N) {
  int *P = new int[(unsigned short)N]{}; // expect: heap(too-large)
  int V = P[0];
  delete[] P;
  return V;
}
int constant() {
  const unsigned N = 4;
  int *P = new int[N]{}; // expect: stack
  int V = P[0];
  delete[] P;
  return V;
}
int neverChanged() {
  unsigned N = 4;
  int *P = new int[N]{}; // expect: stack
  int V = P[0];
  delete[] P;
  return V;
}

int incremented(unsigned M) {
  unsigned N = 4;
  while (M--) N++;
  int *P = new int[N]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}
int changedByReference(unsigned M) {
  unsigned N = 4;
  unsigned &R = N;
  R = M;
  int *P = new int[N]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}
int changedByPointer(unsigned M) {
  unsigned N = 4, *Q = &N;
  *Q = M;
  int *P = new int[N]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}
int changedByClosure(unsigned M) {
  unsigned N = 4;
  auto F = [&N, M] { N = M; };
  F();
  int *P = new int[N]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}
int changedInClosure(unsigned M) {
  unsigned N = M & 3;
  auto F = [N]() mutable {
    N += 100000;
    int *P = new int[N]{}; // expect: heap(non-constant-size)
    int V = P[0];
    delete[] P;
    return V;
  };
  return F();
}
int changedByBinding(unsigned M) {
  unsigned A[1] = {4};
  auto &[N] = A;
  N = M;
  int *P = new int[N]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}
int changedByAsm() {
  unsigned N = 4;
  asm("" : "+r"(N));
  int *P = new int[N]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}
int copiedOver(unsigned M) {
  unsigned N = 4;
  __builtin_memcpy(&N, &M, 4);
  int *P = new int[N]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}
int constantCopyOfParameter(const int &M) {
  const int N = M;
  int *P = new int[N]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}
int wraps() {
  unsigned A = 1, B = 2;
  int *P = new int[A - B]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}
int shifted(unsigned N) {
  int *P = new int[1u << (N & 31)]{}; // expect: heap(non-constant-size)
  int V = P[0];
  delete[] P;
  return V;
}

template <int N> int sized() {
  char *P = new char[N]{}; // expect: stack
  int V = P[0];
  delete[] P;
  return V;
}
int sizes() { return sized<8>() + sized<100>(); }
template <int N> int sizedTooLarge() {
  char *P = new char[N]{}; // expect: heap(too-large)
  int V = P[0];
  delete[] P;
  return V;
}
int sizesTooLarge() { return sizedTooLarge<8>() + sizedTooLarge<100000>(); }
