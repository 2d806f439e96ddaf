// RUN: %verify %s -- -std=c++20
// A line of a template is one verdict: "stack" only when every instantiation
// agrees.

int *Global;
template <class T> void keepIfSmall(T *P) {
  if constexpr (sizeof(T) == 4)
    Global = (int *)P;
  else
    *P = 2;
}
template <class T> void disagree() {
  T *P = new T(1); // expect: heap(global)
  keepIfSmall(P);
  delete P;
}
void bothDisagree() {
  disagree<int>();
  disagree<long>();
}
template <class T> void agree() {
  T *P = new T(1); // expect: stack
  *P = 2;
  delete P;
}
void bothAgree() {
  agree<int>();
  agree<long>();
}
template <class T> void onlyTheHarmless() {
  T *P = new T(1); // expect: stack
  keepIfSmall(P);
  delete P;
}
void usesOnlyTheHarmless() { onlyTheHarmless<long>(); }

template <class T> T *returns() { return new T(1); }
void usesReturns() {
  delete returns<int>(); // expect: stack
  Global = returns<int>(); // expect: heap(global)
}
template <class T> struct Box {
  T *P;
  Box() : P(new T(1)) {} // expect: heap(stored-in-argument)
  ~Box() { delete P; }
};
void usesBox() {
  Box<int> B;
  *B.P = 2;
}
template <class F> void call(F Function, int *P) { Function(P); }
void keep(int *P) { Global = P; }
void read(int *P) { *P = 2; }
void callKeeps() { call(keep, new int(1)); } // expect: heap(global)
void callReads() {
  int *P = new int(1); // expect: stack
  call(read, P);
  delete P;
}
void callLambdaKeeps() {
  call([](int *P) { Global = P; }, new int(1)); // expect: heap(global)
}
void callLambdaReads() {
  int *P = new int(1); // expect: stack
  call([](int *P) { *P = 2; }, P);
  delete P;
}

template <class... A> void keepAll(A... Args) { ((Global = Args), ...); }
void variadic() { keepAll(new int(1), new int(2)); } // expect: heap(global) heap(global)
template <class... A> int sum(A *...Args) { return (*Args + ...); }
int variadicReads() {
  int *P = new int(1), *Q = new int(2); // expect: stack stack
  int V = sum(P, Q);
  delete P;
  delete Q;
  return V;
}
template <class T> struct Base {
  void take(int *P) { static_cast<T *>(this)->takeHere(P); }
};
struct Keeper : Base<Keeper> {
  void takeHere(int *P) { Global = P; }
};
struct Reader : Base<Reader> {
  void takeHere(int *P) { *P = 2; }
};
void staticPolymorphismKeeps() {
  Keeper K;
  K.take(new int(1)); // expect: heap(global)
}
void staticPolymorphismReads() {
  int *P = new int(1); // expect: stack
  Reader R;
  R.take(P);
  delete P;
}
template <class T>
concept Small = sizeof(T) == 4;
void overload(Small auto *P) { Global = P; }
void overload(auto *P) { *P = 2; }
void constrainedKeeps() { overload(new int(1)); } // expect: heap(global)
void constrainedReads() {
  long *P = new long(1); // expect: stack
  overload(P);
  delete P;
}
