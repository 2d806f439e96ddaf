// RUN: %verify %s -- -std=c++20
// What C functions do with what they are given: callbacks with a context,
// strings they make, variable arguments, signal handlers.

#include <csetjmp>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
#include <unistd.h>

int *Global;
int compare(const void *A, const void *B) {
  return *static_cast<const int *>(A) - *static_cast<const int *>(B);
}
int compareAndKeep(const void *A, const void *) {
  Global = static_cast<int *>(const_cast<void *>(A));
  return 0;
}
int sorted() {
  int *P = new int[4]{4, 3, 2, 1}; // expect: stack
  std::qsort(P, 4, sizeof(int), compare);
  int V = P[0];
  delete[] P;
  return V;
}
int sortedAndKept() {
  int *P = new int[4]{4, 3, 2, 1}; // expect: heap()
  std::qsort(P, 4, sizeof(int), compareAndKeep);
  return *Global;
}
int searchedKey() {
  static int Sorted[4] = {1, 2, 3, 4};
  int *Key = new int(3); // expect: heap()
  std::bsearch(Key, Sorted, 4, sizeof(int), compareAndKeep);
  return *Global;
}
int searchedArray() {
  int *P = new int[4]{1, 2, 3, 4}; // expect: heap(global)
  int Key = 3;
  Global = static_cast<int *>(std::bsearch(&Key, P, 4, sizeof(int), compare));
  return 0;
}
void *run(void *P) {
  *static_cast<int *>(P) = 1;
  return P;
}
int threadStarted() {
  pthread_t T;
  int *P = new int(0); // expect: heap(thread)
  pthread_create(&T, nullptr, run, P);
  return 0;
}
int threadJoined() { // that join waits for it is not seen
  pthread_t T;
  int *P = new int(0); // expect: heap(thread)
  pthread_create(&T, nullptr, run, P);
  pthread_join(T, nullptr);
  int V = *P;
  delete P;
  return V;
}
int threadSpecific(pthread_key_t K) {
  int *P = new int(0); // expect: heap()
  pthread_setspecific(K, P);
  return 0;
}
void atEnd() { std::free(Global); }
int freedAtExit() {
  Global = static_cast<int *>(std::malloc(4)); // expect: heap(global)
  return std::atexit(atEnd);
}

int copied(const char *S) {
  char *P = strdup(S); // expect: heap(non-constant-size)
  int V = P[0];
  std::free(P);
  return V;
}
int copiedLiteral() {
  char *P = strdup("four"); // expect: stack
  int V = P[0];
  std::free(P);
  return V;
}
char *copiedAndReturned() {
  return strdup("four"); // expect: heap(return)
}
int found() {
  char *P = strdup("a=b"); // expect: heap(global)
  static char *Kept;
  Kept = std::strchr(P, '=');
  return Kept != nullptr;
}
int foundHere() {
  char *P = strdup("a=b"); // expect: stack
  char *At = std::strchr(P, '=');
  int V = At ? At[1] : 0;
  std::free(P);
  return V;
}
int tokens() { // strtok keeps its place
  char *P = strdup("a b"); // expect: heap()
  char *T = std::strtok(P, " ");
  return T ? *T : 0;
}
int grown() {
  char *P = static_cast<char *>(std::malloc(4)); // expect: heap(realloc)
  P = static_cast<char *>(std::realloc(P, 8)); // expect: heap(realloc)
  int V = P[0];
  std::free(P);
  return V;
}
int printed() {
  char *P = static_cast<char *>(std::malloc(32)); // expect: stack
  std::snprintf(P, 32, "%d", 7);
  int V = P[0];
  std::free(P);
  return V;
}
int lineRead(FILE *F) { // getline allocates; its caller frees
  char *Line = nullptr;
  size_t Size = 0;
  int V = getline(&Line, &Size, F) > 0 ? Line[0] : 0;
  std::free(Line);
  return V;
}
int lineOverOurs(FILE *F) { // and may reallocate what it is given
  char *Line = static_cast<char *>(std::malloc(64)); // expect: heap()
  size_t Size = 64;
  int V = getline(&Line, &Size, F) > 0 ? Line[0] : 0;
  std::free(Line);
  return V;
}
int formatted() {
  char *P = nullptr;
  int V = asprintf(&P, "%d", 7);
  std::free(P);
  return V;
}
int bufferOfStream(FILE *F) {
  char *P = static_cast<char *>(std::malloc(BUFSIZ)); // expect: heap()
  std::setvbuf(F, P, _IOFBF, BUFSIZ);
  return 0;
}
int readInto(FILE *F) {
  char *P = static_cast<char *>(std::malloc(64)); // expect: stack
  size_t N = std::fread(P, 1, 64, F);
  int V = N ? P[0] : 0;
  std::free(P);
  return V;
}
int environment() {
  char *P = strdup("A=B"); // expect: heap()
  return putenv(P);
}

// Variable arguments are handed on as they are.
int lastOf(int N, ...) {
  va_list L;
  va_start(L, N);
  int *P = va_arg(L, int *);
  va_end(L);
  Global = P;
  return 0;
}
int throughEllipsis() {
  int *P = new int(1); // expect: heap(unknown-callee)
  return lastOf(1, P);
}
// What comes out of "..." is not told apart, so what goes in gets away.
int sumOf(int N, ...) {
  va_list L;
  va_start(L, N);
  int V = *va_arg(L, int *);
  va_end(L);
  return V;
}
int throughEllipsisRead() {
  int *P = new int(1); // expect: heap(unknown-callee)
  int V = sumOf(1, P);
  delete P;
  return V;
}
template <class... T> int sumOfPack(T... P) { return (*P + ...); }
int throughPack() {
  int *P = new int(1), *Q = new int(2); // expect: stack stack
  int V = sumOfPack(P, Q);
  delete P;
  delete Q;
  return V;
}
template <class... T> void keepLast(T... P) { ((Global = P), ...); }
int throughPackKept() {
  int *P = new int(1), *Q = new int(2); // expect: heap(global) heap(global)
  keepLast(P, Q);
  return 0;
}

int *volatile OfHandler;
void onSignal(int) { *OfHandler = 1; }
int seenByHandler() {
  int *P = new int(0); // expect: heap(global)
  OfHandler = P;
  std::signal(SIGUSR1, onSignal);
  return *P;
}

std::jmp_buf Jump;
[[noreturn]] void jumpBack() { std::longjmp(Jump, 1); }
int afterJump() {
  int *P = new int(1); // expect: heap(global, loop-carried)
  if (setjmp(Jump)) {
    Global = P;
    return *P;
  }
  jumpBack();
}
int setWhileJumping() {
  int *volatile P = nullptr;
  if (setjmp(Jump)) {
    Global = P;
    return 0;
  }
  P = new int(1); // expect: heap(global)
  jumpBack();
}
int noJump() {
  int *P = new int(1); // expect: stack
  int V = *P;
  delete P;
  return V;
}
