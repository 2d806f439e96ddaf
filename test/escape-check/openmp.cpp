// RUN: %verify %s -- -std=c++20 -fopenmp
// Other threads run a region, or this one runs it later: what it captures may
// be in use after the function returned.

int *Global;

void task() {
  int *P = new int(1); // expect: heap(thread)
#pragma omp task
  *P = 2;
  delete P;
}
void noTask() {
  int *P = new int(1); // expect: stack
  *P = 2;
  delete P;
}
void taskKeeps() {
  int *P = new int(1); // expect: heap(thread)
#pragma omp task
  { Global = P; }
  delete P;
}
void insideTask() {
#pragma omp task
  {
    int *P = new int(1); // expect: stack
    *P = 2;
    delete P;
  }
}
void parallelLoop() {
  int *P = new int[4]; // expect: heap(thread)
#pragma omp parallel for
  for (int I = 0; I < 4; ++I)
    P[I] = I;
  delete[] P;
}
void insideParallelLoop() {
#pragma omp parallel for
  for (int I = 0; I < 4; ++I) {
    int *P = new int(I); // expect: stack
    delete P;
  }
}
void inSequentialLoop() {
  for (int I = 0; I < 4; ++I) {
    int *P = new int(I); // expect: stack
    delete P;
  }
}
