// RUN: %verify %s -- -std=c++20
// Known misses: what is right is "stack", and each comment says why it is not
// found. A case that becomes right moves to the file of its shape.

#include <memory>

struct Inner {
  int *A;
};
int *Global;

// Memory of locals has one content for the whole body: what is stored later
// is taken to have been there when the copy was made.
void copiedBefore() {
  Inner I{nullptr}, J = I;
  I.A = new int(1); // expect: heap(global)
  Global = J.A;
  delete I.A;
}

// The same for a member that is overwritten before it is read.
void overwrittenMember() {
  Inner I{new int(1)}; // expect: heap(global)
  delete I.A;
  I.A = nullptr;
  Global = I.A;
}

// A pointer and the condition under which it is kept are not related.
void sameCondition(bool C) {
  int *P = new int(1); // expect: heap(global)
  int *Q = C ? P : nullptr;
  if (!C) Global = Q;
  delete P;
}

// An address that is turned into an integer is lost from sight, even when the
// integer is only looked at.
bool aligned() {
  int *P = new int(1); // expect: heap(pointer-to-integer)
  bool Even = reinterpret_cast<unsigned long>(P) % 8 == 0;
  delete P;
  return Even;
}

// A call that is not seen may keep what it gets, though most do not.
void print(const int &);
void unseenReader() {
  auto P = std::make_unique<int>(1); // expect: heap(unknown-callee)
  print(*P);
}

// What a callee deletes is dead before the frame ends, but the deletion
// would have to move as well.
void drop(int *P) { delete P; }
void deletedByCallee() { drop(new int(1)); } // expect: heap(freed-in-callee)
