// RUN: %verify %s -- -std=c++20
// Functions whose bodies are not seen and that are known by name, and
// functions that only have such a name.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <syslog.h>
#include <unistd.h>

int *Global;
char *Text;
extern "C" void *opaque(void *);
void write(int *);
void remove(int *);
namespace mine {
void read(int *);
}

void printed() {
  int *P = new int(1); // expect: stack
  std::printf("%d", *P);
  delete P;
}
void formatted() {
  char *B = static_cast<char *>(std::malloc(32)); // expect: stack
  std::snprintf(B, 32, "%d", 1);
  std::free(B);
}
void compared() {
  char *B = static_cast<char *>(std::calloc(8, 1)); // expect: stack
  (void)std::strcmp(B, "x");
  std::free(B);
}
void duplicated() {
  char *B = strdup("text"); // expect: stack
  std::free(B);
}
void duplicatedUnknown(const char *S) {
  char *B = strdup(S); // expect: heap(non-constant-size)
  std::free(B);
}
void searched() {
  char *B = strdup("text"); // expect: heap(global)
  Text = std::strchr(B, 'x');
}
void searchedRead() {
  char *B = strdup("text"); // expect: stack
  bool F = std::strchr(B, 'x') != nullptr;
  (void)F;
  std::free(B);
}
void parsed() {
  char *B = strdup("1 2"), *End; // expect: heap(global)
  std::strtol(B, &End, 10);
  Text = End;
}
void environment() {
  char *B = strdup("A=B"); // expect: heap(global)
  putenv(B);
}
void buffered(FILE *F) {
  char *B = static_cast<char *>(std::malloc(64)); // expect: heap(global)
  std::setvbuf(F, B, _IOFBF, 64);
}
void reallocated() {
  void *P = std::malloc(8); // expect: heap(realloc)
  P = std::realloc(P, 16); // expect: heap(realloc)
  std::free(P);
}
void readInto(int F) {
  char *B = static_cast<char *>(std::malloc(64)); // expect: stack
  (void)!::read(F, B, 64);
  std::free(B);
}
int byPointer(const void *A, const void *B) {
  Global = *static_cast<int *const *>(A);
  return A < B;
}
void sortedKeeps() {
  int *A[2] = {new int(1), nullptr}; // expect: heap(global)
  std::qsort(A, 2, sizeof A[0], byPointer);
}
int byValue(const void *A, const void *B) {
  return **static_cast<int *const *>(A) - **static_cast<int *const *>(B);
}
void sortedReads() {
  int *A[2] = {new int(1), new int(2)}; // expect: stack stack
  std::qsort(A, 2, sizeof A[0], byValue);
  delete A[0];
  delete A[1];
}
void unknown() {
  void *P = std::malloc(8); // expect: heap(unknown-callee)
  opaque(P);
  std::free(P);
}

void notTheSystemsWrite() {
  int *P = new int(1); // expect: heap(unknown-callee)
  write(P);
  delete P;
}
void notTheSystemsRemove() {
  int *P = new int(1); // expect: heap(unknown-callee)
  remove(P);
  delete P;
}
void notTheSystemsRead() {
  int *P = new int(1); // expect: heap(unknown-callee)
  mine::read(P);
  delete P;
}

// What is read may be a pointer that somebody has sent: what is stored behind
// it is his.
struct Job {
  int Kind;
  int **Result;
};
void jobFromPipe() {
  Job J;
  ::read(0, &J, sizeof J);
  *J.Result = new int; // expect: heap(stored-in-escaped)
}
void pointerFromPipe() {
  Job *J = nullptr;
  ::read(0, &J, sizeof J);
  *J->Result = new int; // expect: heap(stored-in-escaped)
}
void jobFromFile(FILE *F) {
  Job J[2];
  if (fread(J, sizeof(Job), 2, F) == 2)
    *J[1].Result = new int; // expect: heap(stored-in-escaped)
}
int jobOfItsOwn() {
  Job *J = new Job; // expect: stack
  ::read(0, J, sizeof *J);
  int K = J->Kind;
  delete J;
  return K;
}
void identityOfLog() {
  char *P = new char[3]{'m', 'e', 0}; // expect: heap(global)
  openlog(P, 0, 0);
}
