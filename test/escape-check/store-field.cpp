// RUN: %verify %s -- -std=c++20
// Members of local objects: offsets, bases, arrays, references, bit-fields;
// and of objects that are not local.

struct Inner {
  int *A, *B;
};
struct Outer {
  long Pad;
  Inner In[2];
  struct {
    Inner Last;
  } Unnamed;
};
struct First {
  long X;
};
struct Second {
  int *Q;
};
struct Both : First, Second {};
struct Virtual : virtual Second {};
int *Global;

void otherMember() {
  Inner I{new int(1), new int(2)}; // expect: stack heap(global)
  Global = I.B;
  delete I.A;
}
void sameMember() {
  Inner I{new int(1), new int(2)}; // expect: heap(global) stack
  Global = I.A;
  delete I.B;
}

void otherMemberOfCopy() {
  Inner I{new int(1), new int(2)}; // expect: stack heap(global)
  Inner J = I;
  Global = J.B;
  delete I.A;
}
void throughAReference() {
  Inner I{nullptr, nullptr};
  Inner &R = I;
  R.A = new int(1); // expect: heap(global)
  Global = I.A;
}
void throughAPointer() {
  Inner I{nullptr, nullptr};
  (&I)->A = new int(1); // expect: heap(global)
  Global = I.A;
}

void nested() {
  Outer O{};
  O.Unnamed.Last.B = new int(1); // expect: heap(global)
  Global = O.Unnamed.Last.B;
}
void nestedOther() {
  Outer O{};
  O.Unnamed.Last.B = new int(1); // expect: stack
  Global = O.Unnamed.Last.A;
  delete O.Unnamed.Last.B;
}
void elementOfMember(int N) {
  Outer O{};
  O.In[N].A = new int(1); // expect: heap(global)
  Global = O.In[1].A;
}
void copyOfTheWhole() {
  Outer O{};
  O.In[1].A = new int(1); // expect: heap(global)
  Outer P = O;
  Global = P.In[1].A;
}

void secondBase() {
  Both D;
  D.Q = new int(1); // expect: heap(global)
  Second *S = &D;
  Global = S->Q;
}
void downToDerived() {
  Both D;
  Second *S = &D;
  S->Q = new int(1); // expect: heap(global)
  Global = static_cast<Both *>(S)->Q;
}
void secondBaseRead() {
  Both D;
  D.Q = new int(1); // expect: stack
  Second *S = &D;
  *S->Q = 2;
  delete S->Q;
}
void virtualBase() {
  Virtual V;
  V.Q = new int(1); // expect: heap(global)
  Second *S = &V;
  Global = S->Q;
}
void sliced() {
  Both D;
  D.Q = new int(1); // expect: heap(global)
  Second S = D;
  Global = S.Q;
}

void memberPointer() {
  Inner I{};
  int *Inner::*Which = &Inner::B;
  I.*Which = new int(1); // expect: heap(global)
  Global = I.B;
}
void memberPointerRead() {
  Inner I{};
  int *Inner::*Which = &Inner::B;
  I.*Which = new int(1); // expect: stack
  delete (I.*Which);
}

void referenceMember() {
  struct {
    int &R;
  } S{*new int(1)}; // expect: heap(global)
  Global = &S.R;
}
void referenceMemberRead() {
  struct {
    int &R;
  } S{*new int(1)}; // expect: stack
  S.R = 2;
  delete &S.R;
}
void besideABitField() {
  struct {
    unsigned Bits : 3;
    int *P;
  } S{1, new int(1)}; // expect: heap(global)
  Global = S.P;
}

void fromMemberToOuter() {
  struct {
    Inner *Where;
  } S;
  Inner I{};
  S.Where = &I;
  S.Where->A = new int(1); // expect: heap(global)
  Global = I.A;
}
void back() {
  Inner I{nullptr, new int(1)}; // expect: heap(global)
  auto *B = (Inner *)((char *)&I.B - __builtin_offsetof(Inner, B));
  Global = B->B;
}
void negativeIndex() {
  int *A[4];
  int **Middle = A + 2;
  Middle[-1] = new int(1); // expect: heap(global)
  Global = A[1];
}
void negativeIndexOther() {
  int *A[4] = {};
  int **Middle = A + 2;
  Middle[-1] = new int(1); // expect: stack
  Global = A[2];
  delete A[1];
}

void heapObject() {
  Inner *I = new Inner{new int(1), nullptr}; // expect: stack heap(global)
  Global = I->A;
  delete I;
}
void heapObjectRead() {
  Inner *I = new Inner{new int(1), nullptr}; // expect: stack stack
  delete I->A;
  delete I;
}
void heapObjectKept(Inner **Where) {
  Inner *I = new Inner{nullptr, nullptr}; // expect: heap(stored-in-argument)
  I->A = new int(1); // expect: heap(stored-in-argument)
  *Where = I;
}

// A callee that moves pointers between cells, at places that are not known.
void moveCell(int **A, int To, int From) { A[To] = A[From]; }
void movedByCallee(int I, int J) {
  int *A[4] = {};
  A[3] = new int(1); // expect: heap(global)
  moveCell(A, I, J);
  Global = A[0];
}
int readCell(int **A, int From) { return A[From] ? *A[From] : 0; }
int readByCallee(int I) {
  int *A[4] = {};
  A[3] = new int(1); // expect: stack
  int R = readCell(A, I);
  Global = A[0];
  delete A[3];
  return R;
}
