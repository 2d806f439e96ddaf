// RUN: %verify %s -- -std=c++20
// Exceptions: objects that are thrown, and the values that a handler sees.

int *Global;
void mayThrow();
int thrower();
void takes(int);
struct Throws {
  Throws();
  ~Throws() noexcept(false);
};
struct Error {
  int *Detail;
};

void thrown() { throw new int(1); } // expect: heap(exception)
void thrownInside() { throw Error{new int(1)}; } // expect: heap(exception)
void thrownValue() {
  int *P = new int(1); // expect: stack
  int V = *P;
  delete P;
  throw V;
}
void caughtHere() {
  try {
    throw Error{new int(1)}; // expect: heap(exception)
  } catch (Error &E) {
    Global = E.Detail;
  }
}
int leakedOnUnwind() {
  int *P = new int(1); // expect: stack
  mayThrow();
  int V = *P;
  delete P;
  return V;
}

void versionBeforeCall() {
  int *Q = nullptr, *P = new int(1); // expect: heap(global)
  try {
    Q = P;
    mayThrow();
    Q = nullptr;
  } catch (...) {
    Global = Q;
  }
}
void versionAfterCall() {
  int *Q = nullptr, *P = new int(1); // expect: stack
  try {
    mayThrow();
  } catch (...) {
    Global = Q;
  }
  Q = P;
  delete Q;
}
void versionBeforeConstructor() {
  int *Q = nullptr, *P = new int(1); // expect: heap(global)
  try {
    Q = P;
    Throws T;
    Q = nullptr;
  } catch (...) {
    Global = Q;
  }
}
void versionBeforeDestructor() {
  int *Q = nullptr, *P = new int(1); // expect: heap(global)
  try {
    {
      Throws T;
      Q = P;
    }
    Q = nullptr;
  } catch (...) {
    Global = Q;
  }
}
void versionBeforeNew() {
  int *Q = nullptr, *P = new int(1); // expect: heap(global)
  try {
    Q = P;
    int *X = new int(2); // expect: stack
    delete X;
    Q = nullptr;
  } catch (...) {
    Global = Q;
  }
}
void versionBeforeThrowExpression(bool C) {
  int *Q = nullptr, *P = new int(1); // expect: heap(global)
  try {
    Q = P;
    C ? throw 1 : 0;
    Q = nullptr;
  } catch (...) {
    Global = Q;
  }
}
void versionInArgument() {
  int *Q = nullptr, *P = new int(1); // expect: heap(global)
  try {
    (Q = P, takes(thrower()));
    Q = nullptr;
  } catch (...) {
    Global = Q;
  }
}
void rethrown() {
  int *P = nullptr;
  try {
    try {
      P = new int(1); // expect: heap(global)
      mayThrow();
    } catch (int) {
      throw;
    }
    P = nullptr;
  } catch (...) {
    Global = P;
  }
}

void functionTryBlock() try {
  int *P = new int(1); // expect: stack
  mayThrow();
  delete P;
} catch (...) {
  Global = nullptr;
}
struct Guarded {
  int *P;
  Guarded(int *Q) try : P(Q) { mayThrow(); } catch (...) {
    Global = Q;
  }
};
void constructorTryBlock() { Guarded G(new int(1)); } // expect: heap(global)
struct Guard {
  int *P;
  ~Guard() { Global = P; }
};
void keptOnUnwind() {
  Guard G{new int(1)}; // expect: heap(global)
  mayThrow();
  G.P = nullptr;
}
