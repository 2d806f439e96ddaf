// RUN: %verify %s -- -std=c++20
// Calls through pointers to functions: those whose targets are known, and the
// others.

int *Global;
int read(int *P) { return *P; }
int keep(int *P) {
  Global = P;
  return 0;
}
int apply(int (*F)(int *), int *P) { return F(P); }
int (*choose(bool C))(int *) { return C ? read : keep; }
int (*Hook)(int *);
int (*const Table[])(int *) = {read};
struct Vtable {
  int (*Call)(int *);
};
struct Member {
  int *P;
  void keepIt() { Global = P; }
  void readIt() { *P = 2; }
};
void extras(int N, ...) {
  __builtin_va_list L;
  __builtin_va_start(L, N);
  Global = __builtin_va_arg(L, int *);
  __builtin_va_end(L);
}

int knownReads() {
  int *P = new int(1); // expect: stack
  int (*F)(int *) = read;
  int V = F(P);
  delete P;
  return V;
}
int knownKeeps() {
  int (*F)(int *) = keep;
  return F(new int(1)); // expect: heap(global)
}

int handedDownReads() {
  int *P = new int(1); // expect: stack
  int V = apply(read, P);
  delete P;
  return V;
}
int handedDownKeeps() { return apply(keep, new int(1)); } // expect: heap(global)

int unknown(int (*F)(int *)) {
  int *P = new int(1); // expect: heap(indirect-callee)
  int V = F(P);
  delete P;
  return V;
}
int unknownGetsValue(int (*F)(int)) {
  int *P = new int(1); // expect: stack
  int V = F(*P);
  delete P;
  return V;
}
int hook() {
  int *P = new int(1); // expect: heap(indirect-callee)
  int V = Hook(P);
  delete P;
  return V;
}

int oneOfTwo(bool C) {
  int *P = new int(1); // expect: heap(global)
  int (*F)(int *) = C ? read : keep;
  int V = F(P);
  delete P;
  return V;
}
int returnedByCallee() {
  int *P = new int(1); // expect: heap(global)
  int V = choose(true)(P);
  delete P;
  return V;
}
int memberReads() {
  int *P = new int(1); // expect: stack
  Vtable T{read};
  int V = T.Call(P);
  delete P;
  return V;
}
int memberKeeps() {
  Vtable T{keep};
  return T.Call(new int(1)); // expect: heap(global)
}
int reassigned() {
  int *P = new int(1); // expect: stack
  int (*F)(int *) = keep;
  F = read;
  int V = F(P);
  delete P;
  return V;
}

int lambdaReads() {
  int *P = new int(1); // expect: stack
  int (*F)(int *) = [](int *Q) { return *Q; };
  int V = F(P);
  delete P;
  return V;
}
void lambdaKeeps() {
  void (*F)(int *) = [](int *Q) { Global = Q; };
  F(new int(1)); // expect: heap(global)
}
void lambdaWithPlusKeeps() {
  auto F = +[](int *Q) { Global = Q; };
  F(new int(1)); // expect: heap(global)
}

void memberFunctionPointer() {
  Member M{new int(1)}; // expect: heap(stored-in-escaped)
  void (Member::*F)() = &Member::keepIt;
  (M.*F)();
}
void extraArguments() {
  void (*F)(int, ...) = extras;
  F(1, new int(1)); // expect: heap(indirect-callee)
}
void deletesInCallee() {
  void (*F)(int *) = [](int *Q) { delete Q; };
  F(new int(1)); // expect: heap(freed-in-callee)
}
