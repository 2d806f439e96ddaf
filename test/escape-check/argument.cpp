// RUN: %verify %s -- -std=c++20
// What callees do with their parameters, seen and unseen.

struct Node {
  Node *Next = nullptr;
  int Value = 0;
};
struct Holder {
  int *Kept;
};
int *Global;
Node *Head;
int read(const int *P) { return *P; }
void keep(int *P) { Global = P; }
void keepDeep(Node *N) { Head = N->Next; }
int readDeep(Node *N) { return N->Next->Value; }
void put(Holder &H, int *P) { H.Kept = P; }
void fill(int **Out, int *P) { *Out = P; }
void relay(int *P, int Depth) { Depth ? relay(P, Depth - 1) : keep(P); }
int relayRead(int *P, int Depth) {
  return Depth ? relayRead(P, Depth - 1) : read(P);
}
void unseen(int *);
void unseenNode(const Node *);
void unseenCount(int);
void unseenNoEscape(int *P __attribute__((noescape)));
__attribute__((pure)) int unseenPure(const int *P);
__attribute__((pure)) int *unseenPureSame(int *P);
__attribute__((weak)) void replaceable(int *) {}

int readByCallee() {
  int *P = new int(1); // expect: stack
  int V = read(P);
  delete P;
  return V;
}
void keptByCallee() { keep(new int(1)); } // expect: heap(global)

int readThreeDown() {
  int *P = new int(1); // expect: stack
  int V = relayRead(P, 3);
  delete P;
  return V;
}
void keptThreeDown() { relay(new int(1), 3); } // expect: heap(global)

void unseenCallee() {
  int *P = new int(1); // expect: heap(unknown-callee)
  unseen(P);
  delete P;
}
void unseenCalleeGetsValue() {
  int *P = new int(1); // expect: stack
  unseenCount(*P);
  delete P;
}

void noEscape() {
  int *P = new int(1); // expect: stack
  unseenNoEscape(P);
  delete P;
}
int pure() {
  int *P = new int(1); // expect: stack
  int V = unseenPure(P);
  delete P;
  return V;
}
void pureMayReturnIt() {
  int *P = new int(1); // expect: heap(global)
  Global = unseenPureSame(P);
}
void weakCallee() {
  int *P = new int(1); // expect: heap(odr)
  replaceable(P);
  delete P;
}

void reachableIsKept() {
  Node A;
  A.Next = new Node; // expect: heap(global)
  keepDeep(&A);
}
int reachableIsRead() {
  Node A;
  A.Next = new Node; // expect: stack
  int V = readDeep(&A);
  delete A.Next;
  return V;
}
void reachableThroughUnseen() {
  Node A;
  A.Next = new Node; // expect: heap(stored-in-escaped)
  unseenNode(&A);
}
void onlyTheInnerIsKept() {
  Node *A = new Node; // expect: stack
  A->Next = new Node; // expect: heap(global)
  keepDeep(A);
  delete A;
}

void storedInLocalOfCaller() {
  Holder H;
  put(H, new int(1)); // expect: stack
  delete H.Kept;
}
void storedInParameter(Holder &H) { put(H, new int(1)); } // expect: heap(stored-in-argument)
void storedInLocalThenKept() {
  Holder H;
  put(H, new int(1)); // expect: heap(global)
  Global = H.Kept;
}

void outOfCallee() {
  int *P;
  fill(&P, new int(1)); // expect: stack
  delete P;
}
void outOfCaller(int **Out) { fill(Out, new int(1)); } // expect: heap(stored-in-argument)
void outOfCalleeKept() {
  int *P;
  fill(&P, new int(1)); // expect: heap(global)
  Global = P;
}

struct Registry {
  int *Last = nullptr;
  void add(int *P) { Last = P; }
  int peek(int *P) const { return *P; }
};
Registry TheRegistry;
void memberKeeps() { TheRegistry.add(new int(1)); } // expect: heap(global)
void memberOfLocalKeeps() {
  Registry R;
  R.add(new int(1)); // expect: stack
  delete R.Last;
}
int memberReads() {
  int *P = new int(1); // expect: stack
  int V = TheRegistry.peek(P);
  delete P;
  return V;
}

struct Self {
  int Value;
  Self();
  ~Self() {}
};
Self *Current;
Self::Self() : Value(1) { Current = this; }
int constructorKeepsThis() {
  Self *S = new Self; // expect: heap(global)
  int V = S->Value;
  delete S;
  return V;
}
struct Quiet {
  int Value;
  Quiet() : Value(1) {}
  ~Quiet() {}
};
int constructorKeepsNothing() {
  Quiet *S = new Quiet; // expect: stack
  int V = S->Value;
  delete S;
  return V;
}
struct Late {
  int Value = 1;
  ~Late();
};
Late *Dead;
Late::~Late() { Dead = this; }
int destructorKeepsThis() {
  Late *S = new Late; // expect: heap(global)
  int V = S->Value;
  delete S;
  return V;
}
struct Chain {
  Chain(int *P) { keep(P); }
  Chain() : Chain(new int(1)) {} // expect: heap(global)
};
struct Listed {
  Listed *Me = Newest = this;
  static Listed *Newest;
};
Listed *Listed::Newest;
void memberInitializerKeepsThis() {
  Listed *L = new Listed; // expect: heap(global)
  delete L;
}

struct ByValue {
  int *P;
  ByValue(int *Q) : P(Q) {}
  ByValue(const ByValue &O) : P(O.P) { Global = P; }
};
void take(ByValue) {}
void copyConstructorKeeps() {
  ByValue B(new int(1)); // expect: heap(global)
  take(B);
}
void copyIsElided() { take(ByValue(new int(1))); } // expect: stack

struct Into {
  Into(int *P) { Global = P; }
};
void takeInto(Into) {}
void conversionKeeps() { takeInto(new int(1)); } // expect: heap(global)
struct OutOf {
  int *P;
  operator int *() const { return P; }
};
void conversionGives() {
  OutOf O{new int(1)}; // expect: heap(global)
  Global = O;
}
int conversionRead() {
  OutOf O{new int(1)}; // expect: stack
  int V = *O;
  delete O.P;
  return V;
}

void allExtras(int N, ...) {
  __builtin_va_list L;
  __builtin_va_start(L, N);
  Global = __builtin_va_arg(L, int *);
  __builtin_va_end(L);
}
void variadic() { allExtras(1, new int(1)); } // expect: heap(unknown-callee)
int *keptFallback(int *P = new int(1)) { return P; } // expect: heap(global)
void keepsFallback() { Global = keptFallback(); }
