// RUN: %verify %s -- -std=c++20
// Static storage of every kind, whole and in parts, and what is reachable from
// there.

struct Node {
  Node *Next = nullptr;
  int Value = 0;
};
int *Global;
int *Array[4];
Node *Head;
Node List;
thread_local int *PerThread;
int **ToAPointer;
struct Config {
  static int *Default;
  int *Own;
} TheConfig;
int *Config::Default;
namespace {
int *Hidden;
}
int *volatile Visible;

void named() { Global = new int(1); } // expect: heap(global)
int copiedOut() {
  int *P = new int(1); // expect: stack
  static int Copy;
  Copy = *P;
  delete P;
  return Copy;
}

void element(int I) { Array[I] = new int(1); } // expect: heap(global)
void member() { TheConfig.Own = new int(1); } // expect: heap(global)
void staticMember() { Config::Default = new int(1); } // expect: heap(global)
void perThread() { PerThread = new int(1); } // expect: heap(global)
void inUnnamedNamespace() { Hidden = new int(1); } // expect: heap(global)
void volatileGlobal() { Visible = new int(1); } // expect: heap(global)

int staticLocal() {
  static int *Once = new int(1); // expect: heap(global)
  return *Once;
}
int staticLocalLater() {
  static int *Last;
  Last = new int(1); // expect: heap(global)
  return *Last;
}
int plainLocal() {
  int *Last;
  Last = new int(1); // expect: stack
  int V = *Last;
  delete Last;
  return V;
}

void byReference() {
  int *&R = Global;
  R = new int(1); // expect: heap(global)
}
void byPointer() {
  int **Where = &Global;
  *Where = new int(1); // expect: heap(global)
}
void byPointerToLocal() {
  int *Local;
  int **Where = &Local;
  *Where = new int(1); // expect: stack
  delete *Where;
}

void addressOfTheHolder() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  ToAPointer = &P;
}
void addressOfAnotherHolder() {
  int *P = new int(1), *Q = nullptr; // expect: stack
  ToAPointer = &Q;
  delete P;
}

void linkedIntoGlobal() { List.Next = new Node; } // expect: heap(global)
void linkedBehindGlobal() { Head->Next = new Node; } // expect: heap(stored-in-escaped)
void linkedBehindLocal() {
  Node *First = new Node; // expect: stack
  First->Next = new Node; // expect: stack
  delete First->Next;
  delete First;
}

void reachableFromStored() {
  Node *A = new Node, *B = new Node; // expect: heap(global) heap(stored-in-escaped)
  A->Next = B;
  Head = A;
}
void pointsToStored() {
  Node *A = new Node, *B = new Node; // expect: stack heap(global)
  A->Next = B;
  Head = B;
  delete A;
}

void storedBeforeLinked() {
  Node *A = new Node; // expect: heap(global)
  Head = A;
  A->Next = new Node; // expect: heap(stored-in-escaped)
}
void cycle() {
  Node *A = new Node, *B = new Node; // expect: heap(global) heap(stored-in-escaped)
  A->Next = B;
  B->Next = A;
  Head = A->Next->Next;
}
void cycleInFrame() {
  Node *A = new Node, *B = new Node; // expect: stack stack
  A->Next = B;
  B->Next = A;
  delete A;
  delete B;
}

void wholeObject() {
  static Config Saved;
  Config C{new int(1)}; // expect: heap(global)
  Saved = C;
}
void wholeObjectBack() {
  Config C = TheConfig;
  int *P = C.Own;
  P = new int(1); // expect: stack
  delete P;
}
void arrayInitializer() {
  static int *Both[] = {new int(1), nullptr}; // expect: heap(global)
  *Both[0] = 2;
}
