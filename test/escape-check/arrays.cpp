// RUN: %verify %s -- -std=c++20
// Arrays: elements told apart where the index is known, decay, arithmetic,
// arrays of arrays and of objects.

int *Global;
struct Holder {
  int *P;
  ~Holder() {}
};
Holder Kept[2];

void sameElement() {
  int *A[2];
  A[1] = new int(1); // expect: heap(global)
  Global = A[1];
}
void otherElement() {
  int *A[2] = {};
  A[1] = new int(1); // expect: stack
  Global = A[0];
  delete A[1];
}
void anyElement(int I) {
  int *A[2] = {};
  A[I] = new int(1); // expect: heap(global)
  Global = A[0];
}
void anyElementRead(int I) {
  int *A[2] = {};
  A[I] = new int(1); // expect: stack
  *A[I] = 2;
  delete A[I];
}
void initializer() {
  int *A[] = {new int(1), new int(2)}; // expect: heap(global) stack
  Global = A[0];
  delete A[1];
}
void twoDimensions(int I) {
  int *A[2][2] = {};
  A[I][1] = new int(1); // expect: heap(global)
  Global = A[0][1];
}
void indexFirst() {
  int *A[4];
  2 [A] = new int(1); // expect: heap(global)
  Global = A[2];
}
void rangeFor() {
  int *A[2] = {new int(1), nullptr}; // expect: heap(global)
  for (int *P : A) Global = P;
}
void rangeForStores() {
  int *A[2];
  for (int *&P : A) P = new int(1); // expect: heap(global)
  Global = A[0];
}
void decays() {
  int *A[2] = {new int(1), nullptr}; // expect: heap(global)
  int **B = A;
  Global = *B++;
}
void decaysRead() {
  int *A[2] = {new int(1), nullptr}; // expect: stack
  int **B = A;
  **B = 2;
  delete *B;
}
void pointerToArray() {
  int *A[2] = {new int(1), nullptr}; // expect: heap(global)
  int *(*B)[2] = &A;
  Global = (*B)[0];
}
void copiedByClosure() {
  int *A[2] = {new int(1), nullptr}; // expect: heap(global)
  auto F = [A] { return A[0]; };
  Global = F();
}
void copiedByMember() {
  struct {
    int *A[2];
  } S{{new int(1), nullptr}}; // expect: heap(global)
  auto T = S;
  Global = T.A[0];
}
void ofObjects(int I) {
  Holder H[2] = {};
  H[I].P = new int(1); // expect: heap(global)
  Kept[1] = H[0];
}
void ofObjectsRead(int I) {
  Holder H[2] = {};
  H[I].P = new int(1); // expect: stack
  delete H[I].P;
}
void variableLength(int N) {
  int *A[N];
  A[0] = new int(1); // expect: heap(global)
  Global = A[0];
}
void variableLengthRead(int N) {
  int *A[N];
  A[0] = new int(1); // expect: stack
  delete A[0];
}
void allocatedWithFrame() {
  int **A = static_cast<int **>(__builtin_alloca(8));
  *A = new int(1); // expect: heap(global)
  Global = *A;
}
void onTheHeap() {
  int **A = new int *[2]{}; // expect: stack
  A[1] = new int(1); // expect: heap(global)
  Global = A[1];
  delete[] A;
}
void onTheHeapRead() {
  int **A = new int *[2]{}; // expect: stack
  A[1] = new int(1); // expect: stack
  delete A[1];
  delete[] A;
}
void moved() {
  int *A[2] = {new int(1), nullptr}; // expect: heap(global)
  __builtin_memmove(&A[1], &A[0], sizeof A[0]);
  Global = A[1];
}
void intoTheMiddle() {
  int *P = new int[4]{}; // expect: heap(global)
  Global = &P[2];
}
void arithmetic() {
  int *P = new int[4]{}, *Q = P; // expect: heap(global)
  Q += 2;
  ++Q;
  Global = Q - 3;
}
void arithmeticRead() {
  int *P = new int[4]{}, *Q = P; // expect: stack
  Q += 2;
  *--Q = 1;
  delete[] P;
}
