// RUN: %verify %s -- -std=c++20
// Virtual calls: which overriders there can be, and which one runs.

int *Global;
struct Open {
  virtual void see(int *P) { *P = 2; }
  virtual ~Open() = default;
};
struct Reader final : Open {
  void see(int *P) override { *P = 3; }
};
struct Keeper final : Open {
  void see(int *P) override { Global = P; }
};
struct Left {
  long X;
  virtual void left() {}
};
struct Right {
  int *Q = nullptr;
  virtual void keep() { Global = Q; }
  virtual void look() { *Q = 2; }
};
struct Both final : Left, Right {};
struct Diamond : virtual Right {};

void finalReads() {
  int *P = new int(1); // expect: stack
  Reader R;
  R.see(P);
  delete P;
}
void finalKeeps() {
  Keeper K;
  K.see(new int(1)); // expect: heap(global)
}

void throughBaseReads() {
  int *P = new int(1); // expect: stack
  Reader R;
  Open &O = R;
  O.see(P);
  delete P;
}
void throughBaseKeeps() {
  int *P = new int(1); // expect: heap(global)
  Keeper K;
  Open &O = K;
  O.see(P);
  delete P;
}

void unknownReceiver(Open &O) {
  int *P = new int(1); // expect: heap(virtual-callee)
  O.see(P);
  delete P;
}
void finalReceiver(Reader &R) {
  int *P = new int(1); // expect: stack
  R.see(P);
  delete P;
}
void qualifiedCall(Open &O) {
  int *P = new int(1); // expect: stack
  O.Open::see(P);
  delete P;
}
void qualifiedCallKeeps() {
  Keeper K;
  K.Keeper::see(new int(1)); // expect: heap(global)
}

void oneOfTwoReceivers(bool C) {
  int *P = new int(1); // expect: heap(global)
  Reader R;
  Keeper K;
  Open *O = C ? static_cast<Open *>(&R) : &K;
  O->see(P);
  delete P;
}
void sameOfTwoReceivers(bool C) {
  int *P = new int(1); // expect: stack
  Reader R, S;
  Open *O = C ? &R : &S;
  O->see(P);
  delete P;
}

void receiverOnTheHeap() {
  int *P = new int(1); // expect: stack
  Open *O = new Reader; // expect: stack
  O->see(P);
  delete P;
  delete O;
}
void receiverOnTheHeapKeeps() {
  Open *O = new Keeper; // expect: stack
  O->see(new int(1)); // expect: heap(global)
  delete O;
}

void sink(Open &O, int *P) { O.see(P); }
void knownByTheCaller() {
  int *P = new int(1); // expect: stack
  Reader R;
  sink(R, P);
  delete P;
}
void knownByTheCallerKeeps() {
  int *P = new int(1); // expect: heap(global)
  Keeper K;
  sink(K, P);
  delete P;
}

void baseAtAnOffset() {
  Both B;
  B.Q = new int(1); // expect: heap(stored-in-escaped)
  Right &R = B;
  R.keep();
}
void virtualBase() {
  Diamond D;
  D.Q = new int(1); // expect: heap(stored-in-escaped)
  Right &R = D;
  R.keep();
}
void memberPointer() {
  Both B;
  B.Q = new int(1); // expect: heap(stored-in-escaped)
  void (Right::*M)() = &Right::keep;
  (B.*M)();
}

struct Early {
  Early(int *P) { act(P); }
  virtual void act(int *P) { Global = P; }
};
struct Derived : Early {
  Derived(int *P) : Early(P) {}
  void act(int *) override {}
};
void constructorCallsItsOwn() {
  int *P = new int(1); // expect: heap(global)
  Derived D(P);
  delete P;
}
struct Ending {
  int *P;
  Ending(int *Q) : P(Q) {}
  virtual void act() { Global = P; }
  ~Ending() { act(); }
};
struct EndingDerived : Ending {
  EndingDerived(int *P) : Ending(P) {}
  void act() override {}
};
void destructorCallsItsOwn() {
  int *P = new int(1); // expect: heap(global)
  {
    EndingDerived E(P);
  }
  delete P;
}

void unknownDynamicType(Open *O) { delete O; }
void deletedThroughBase() {
  Open *O = new Reader; // expect: stack
  delete O;
}
struct Plain {
  int *P;
  virtual ~Plain() { Global = P; }
};
struct PlainDerived final : Plain {};
void virtualDestructorKeeps() {
  Plain *O = new PlainDerived; // expect: stack
  O->P = new int(1); // expect: heap(global)
  delete O;
}
