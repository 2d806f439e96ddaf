// RUN: %verify %s -- -std=c++20
// Closures: what they capture, who keeps them, who calls them.

int *Global;
template <class F> void call(F Function) { Function(); }
template <class F> struct Keeper {
  static F *Last;
};

void byValueReads() {
  int *P = new int(1); // expect: stack
  auto F = [P] { return *P; };
  F();
  delete P;
}
void byValueKeeps() {
  int *P = new int(1); // expect: heap(global)
  auto F = [P] { Global = P; };
  F();
}

void byReferenceReads() {
  int *P = new int(1); // expect: stack
  auto F = [&P] { return *P; };
  F();
  delete P;
}
void byReferenceKeeps() {
  int *P = new int(1); // expect: heap(global)
  auto F = [&P] { Global = P; };
  F();
}
void byReferenceSeesLaterValue() {
  int *P = nullptr;
  auto F = [&] { Global = P; };
  P = new int(1); // expect: heap(global)
  F();
}
void byValueSeesEarlierValue() {
  int *P = nullptr;
  auto F = [=] { Global = P; };
  P = new int(1); // expect: stack
  F();
  delete P;
}

void initCaptureReads() {
  auto F = [P = new int(1)] { return *P; }; // expect: stack
  F();
}
void initCaptureKeeps() {
  auto F = [P = new int(1)] { Global = P; }; // expect: heap(global)
  F();
}
void initCaptureByReference() {
  int *P = new int(1); // expect: heap(global)
  auto F = [&R = P] { Global = R; };
  F();
}
void packCapture() {
  auto Outer = [](auto... A) {
    auto F = [... B = A] { ((Global = B), ...); };
    F();
  };
  Outer(new int(1)); // expect: heap(global)
}

void nestedKeeps() {
  int *P = new int(1); // expect: heap(global)
  auto F = [&] {
    auto G = [&] { Global = P; };
    G();
  };
  F();
}
void nestedReads() {
  int *P = new int(1); // expect: stack
  auto F = [&] {
    auto G = [&] { *P = 2; };
    G();
  };
  F();
  delete P;
}

void mutableState() {
  auto F = [Last = (int *)nullptr](int *P) mutable { Last = P; };
  int *P = new int(1); // expect: stack
  F(P);
  delete P;
}
void mutableStateRead() {
  auto F = [Last = (int *)nullptr](int *P) mutable {
    int *Old = Last;
    Last = P;
    return Old;
  };
  F(new int(1)); // expect: heap(global)
  Global = F(nullptr);
}

void genericReads() {
  auto F = [](auto P) { return *P; };
  int *P = new int(1); // expect: stack
  F(P);
  delete P;
}
void genericKeeps() {
  auto F = [](auto P) { Global = P; };
  F(new int(1)); // expect: heap(global)
}
void recursiveKeeps() {
  auto F = [](auto &Self, int *P, int N) -> void {
    if (N)
      Self(Self, P, N - 1);
    else
      Global = P;
  };
  F(F, new int(1), 3); // expect: heap(global)
}
void recursiveReads() {
  auto F = [](auto &Self, int *P, int N) -> int {
    return N ? Self(Self, P, N - 1) : *P;
  };
  int *P = new int(1); // expect: stack
  F(F, P, 3);
  delete P;
}

void passedDownReads() {
  int *P = new int(1); // expect: stack
  call([P] { *P = 2; });
  delete P;
}
void passedDownKeeps() {
  int *P = new int(1); // expect: heap(global)
  call([P] { Global = P; });
}

auto returned() {
  return [P = new int(1)] { return *P; }; // expect: heap(return)
}
auto returnedWithout() {
  int *P = new int(1); // expect: stack
  int V = *P;
  delete P;
  return [V] { return V; };
}
void calledAfterReturn() {
  auto Make = [](int *P) { return [P] { return P; }; };
  Global = Make(new int(1))(); // expect: heap(global)
}

void closureOnTheHeap() {
  auto *F = new auto([P = new int(1)] { Global = P; }); // expect: stack heap(global)
  (*F)();
  delete F;
}
void closureOnTheHeapReads() {
  int *P = new int(1); // expect: stack
  auto *F = new auto([P] { *P = 2; }); // expect: stack
  (*F)();
  delete F;
  delete P;
}

struct Object {
  int *P;
  void byThis() {
    auto F = [this] { Global = P; };
    F();
  }
  void byCopy() {
    auto F = [*this] { Global = P; };
    F();
  }
  void reads() {
    auto F = [this] { *P = 2; };
    F();
  }
};
void thisCapture() {
  Object O{new int(1)}; // expect: heap(global)
  O.byThis();
}
void starThisCapture() {
  Object O{new int(1)}; // expect: heap(global)
  O.byCopy();
}
void thisCaptureReads() {
  Object O{new int(1)}; // expect: stack
  O.reads();
  delete O.P;
}

void arrayCapture() {
  int *A[2] = {new int(1), nullptr}; // expect: heap(global)
  [A] { Global = A[0]; }();
}
void asTemplateArgument() {
  auto Run = []<auto F>(int *P) { F(P); };
  Run.template operator()<[](int *P) { Global = P; }>(new int(1)); // expect: heap(global)
}
