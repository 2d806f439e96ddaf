// RUN: %verify %s -- -std=c++20
// Temporaries: materialized, extended, destroyed at the end of the full-
// expression, in conditions.

#include <initializer_list>

int *Global;
struct Holder {
  int *P;
  int *get() const { return P; }
};
struct Logged {
  int *P;
  ~Logged() { Global = P; }
};
struct Owner {
  int *P;
  ~Owner() { delete P; }
};
Holder wrap(int *P) { return {P}; }
const Holder &same(const Holder &H) { return H; }
int read(const Holder &H) { return *H.P; }

void memberOfTemporary() { Global = Holder{new int(1)}.P; } // expect: heap(global)
void methodOfTemporary() { Global = Holder{new int(1)}.get(); } // expect: heap(global)
void memberOfResult() { Global = wrap(new int(1)).P; } // expect: heap(global)
void argument() {
  int *P = new int(1); // expect: stack
  read(Holder{P});
  delete P;
}
void throughReference() { Global = same(wrap(new int(1))).P; } // expect: heap(global)
void extended() {
  const Holder &H = wrap(new int(1)); // expect: heap(global)
  Global = H.P;
}
void extendedRead() {
  const Holder &H = wrap(new int(1)); // expect: stack
  *H.P = 2;
  delete H.P;
}
void extendedPointer() {
  int *const &R = new int(1); // expect: heap(global)
  Global = R;
}
void extendedPointerRead() {
  int *const &R = new int(1); // expect: stack
  *R = 2;
  delete R;
}
void rvalueReference() {
  int *&&R = new int(1); // expect: heap(global)
  Global = R;
}
void destroyed() { Logged{new int(1)}; } // expect: heap(global)
void destroyedOwner() { Owner{new int(1)}; } // expect: stack
void destroyedWhenExtended() {
  const Logged &L = Logged{new int(1)}; // expect: heap(global)
  (void)L;
}
void destroyedInCondition(bool C) {
  (void)(C ? Logged{new int(1)} : Logged{nullptr}); // expect: heap(global)
}
void destroyedInConditionOwner(bool C) {
  if (C && *Owner{new int(1)}.P) Global = nullptr; // expect: stack
}
void listElement() {
  auto L = {new int(1), new int(2)}; // expect: heap(global) stack
  Global = *L.begin();
}
void listElementRead() {
  for (int *P : {new int(1), new int(2)}) delete P; // expect: stack stack
}
void listKept() {
  static std::initializer_list<int *> L;
  L = {new int(1)}; // expect: heap(stored-in-escaped)
}
void bareNew() { *new int(1) = 2; } // expect: stack
