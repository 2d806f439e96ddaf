// RUN: %verify %s -- -std=c++20
// The loop rule: one slot is enough when nothing holds the earlier object at
// the time the site runs again.

struct Node {
  Node *Next = nullptr;
  int Value = 0;
};
struct Guard {
  Node *N;
  Guard(Node *X) : N(X) {}
  ~Guard() { delete N; }
};
Node *make() { return new Node; }

int freshEachTime(int N) {
  int Sum = 0;
  for (int I = 0; I < N; ++I) {
    Node *X = new Node; // expect: stack
    Sum += X->Value;
    delete X;
  }
  return Sum;
}
int chained(int N) {
  Node *Head = nullptr;
  for (int I = 0; I < N; ++I) {
    Node *X = new Node; // expect: heap(loop-carried)
    X->Next = Head;
    Head = X;
  }
  return Head ? Head->Value : 0;
}

int overwritten(int N) {
  Node *P = nullptr;
  do {
    P = new Node; // expect: stack
    P->Value = N;
  } while (--N);
  return P->Value;
}
int previousIsRead(int N) {
  Node *P = nullptr, *Old;
  do {
    Old = P;
    P = new Node; // expect: heap(loop-carried)
    if (Old) P->Value = Old->Value + 1;
  } while (--N);
  return P->Value;
}

int lastOfAll(int N) {
  Node *P = nullptr;
  for (int I = 0; I < N; ++I) {
    Node *X = new Node; // expect: stack
    X->Value = I;
    P = X;
  }
  return P ? P->Value : 0;
}
int bestOfAll(int N) {
  Node *Best = nullptr;
  for (int I = 0; I < N; ++I) {
    Node *X = new Node; // expect: heap(loop-carried)
    X->Value = I ^ N;
    if (!Best || X->Value > Best->Value) Best = X;
  }
  return Best ? Best->Value : 0;
}

int readInLaterRounds(int N) {
  Node *P = nullptr;
  int Sum = 0;
  for (int I = 0; I < N; ++I) {
    if (I % 2)
      Sum += P ? P->Value : 0;
    else
      P = new Node; // expect: stack
  }
  return Sum;
}
int heldInLaterRounds(int N) {
  Node *P = nullptr, *Q = nullptr;
  for (int I = 0; I < N; ++I) {
    if (I % 2)
      P = new Node; // expect: heap(loop-carried)
    else
      Q = P;
  }
  return P && Q ? P->Value + Q->Value : 0;
}

int innerLoopReads(int N) {
  int Sum = 0;
  for (int I = 0; I < N; ++I) {
    Node *X = new Node; // expect: stack
    for (int J = 0; J < I; ++J) Sum += X->Value;
  }
  return Sum;
}
int innerLoopChains(int N) {
  int Sum = 0;
  for (int I = 0; I < N; ++I) {
    Node *Head = nullptr;
    for (int J = 0; J < I; ++J) {
      Node *X = new Node; // expect: heap(loop-carried)
      X->Next = Head;
      Head = X;
    }
    Sum += Head ? Head->Value : 0;
  }
  return Sum;
}

int keptInArray(int N) {
  Node *A[8];
  for (int I = 0; I < 8; ++I) A[I] = new Node; // expect: stack
  return A[N]->Value;
}
int keptInLargeArray(int N) {
  Node *A[4000];
  for (int I = 0; I < 4000; ++I) A[I] = new Node; // expect: heap(loop-carried)
  return A[N]->Value;
}
int keptInArrayUnknownTurns(int N) {
  Node *A[8];
  for (int I = 0; I < N; ++I) A[I] = new Node; // expect: heap(loop-carried)
  return A[0]->Value;
}
int counterChangedInside(bool Again()) {
  Node *Head = nullptr;
  for (int I = 0; I < 8; ++I) {
    Node *X = new Node; // expect: heap(loop-carried)
    X->Next = Head;
    Head = X;
    if (Again()) --I;
  }
  return Head->Value;
}
void counterMayWrap() {
  Node *Head = nullptr;
  for (unsigned char I = 0; I < 300; ++I) {
    Node *X = new Node; // expect: heap(loop-carried)
    X->Next = Head;
    Head = X;
  }
}
int nestedLoops() {
  Node *Head = nullptr;
  for (int I = 0; I < 2; ++I)
    for (int J = 6; J > 0; J -= 2) {
      Node *X = new Node; // expect: stack
      X->Next = Head;
      Head = X;
    }
  return Head->Value;
}
int keptInStruct(int N) {
  struct {
    Node *Last;
  } K{nullptr};
  for (int I = 0; I < N; ++I) {
    Node *X = new Node; // expect: heap(loop-carried)
    if (K.Last) X->Value = K.Last->Value;
    K.Last = X;
  }
  return 0;
}
int structOfTheRound(int N) {
  int Sum = 0;
  for (int I = 0; I < N; ++I) {
    struct {
      Node *Last;
    } K{nullptr};
    K.Last = new Node; // expect: stack
    Sum += K.Last->Value;
  }
  return Sum;
}
int keptBehindPointer(int N) {
  Node *K = nullptr, **Where = &K;
  for (int I = 0; I < N; ++I) {
    Node *X = new Node; // expect: heap(loop-carried)
    if (*Where) X->Value = (*Where)->Value;
    *Where = X;
  }
  return 0;
}
int keptBehindReference(int N) {
  Node *K = nullptr, *&Where = K;
  for (int I = 0; I < N; ++I) {
    Node *X = new Node; // expect: heap(loop-carried)
    if (Where) X->Value = Where->Value;
    Where = X;
  }
  return 0;
}
int keptInHeapObject(int N) {
  Node *List = new Node; // expect: stack
  for (int I = 0; I < N; ++I) {
    Node *X = new Node; // expect: heap(loop-carried)
    X->Next = List->Next;
    List->Next = X;
  }
  return List->Next ? List->Next->Value : 0;
}

int declaredInFor(int N) {
  int Sum = 0;
  for (Node *P = nullptr; N--;) {
    Node *X = new Node; // expect: heap(loop-carried)
    if (P) Sum += P->Value;
    P = X;
  }
  return Sum;
}
int declaredInCondition(int N) {
  int Sum = 0;
  while (Node *X = N-- ? new Node : nullptr) Sum += X->Value; // expect: stack
  return Sum;
}
int inIncrement(int N) {
  Node *P = new Node; // expect: stack
  int Sum = 0;
  for (; N--; P = new Node) Sum += P->Value; // expect: stack
  return Sum;
}
int rangeFor(const int (&A)[4]) {
  int Sum = 0;
  for (int V : A) {
    Node *X = new Node; // expect: stack
    X->Value = V;
    Sum += X->Value;
  }
  return Sum;
}
int rangeForOverSlots() {
  Node *A[4];
  for (Node *&Slot : A) Slot = new Node; // expect: stack
  return A[0]->Value;
}

int closureKeeps(int N) {
  Node *K = nullptr;
  auto F = [&](Node *X) {
    Node *Old = K;
    K = X;
    return Old;
  };
  int Sum = 0;
  for (int I = 0; I < N; ++I)
    if (Node *Old = F(new Node)) Sum += Old->Value; // expect: heap(loop-carried)
  return Sum;
}
int closureKeepsInItself(int N) {
  auto F = [K = (Node *)nullptr](Node *X) mutable {
    Node *Old = K;
    K = X;
    return Old;
  };
  int Sum = 0;
  for (int I = 0; I < N; ++I)
    if (Node *Old = F(new Node)) Sum += Old->Value; // expect: heap(loop-carried)
  return Sum;
}
int closureReads(int N) {
  auto F = [](Node *X) { return X->Value; };
  int Sum = 0;
  for (int I = 0; I < N; ++I) Sum += F(new Node); // expect: stack
  return Sum;
}

int ownerOfTheRound(int N) {
  int Sum = 0;
  for (int I = 0; I < N; ++I) {
    Guard G(new Node); // expect: stack
    Sum += G.N->Value;
  }
  return Sum;
}
int extendedTemporary(int N) {
  int Sum = 0;
  for (int I = 0; I < N; ++I) {
    const Guard &G = Guard(new Node); // expect: stack
    Sum += G.N->Value;
  }
  return Sum;
}

int factoryEachTime(int N) {
  int Sum = 0;
  for (int I = 0; I < N; ++I) {
    Node *X = make(); // expect: stack
    Sum += X->Value;
    delete X;
  }
  return Sum;
}
int factoryKept() {
  Node *A[3];
  for (int I = 0; I < 3; ++I) A[I] = make(); // expect: stack
  return A[0]->Value + A[2]->Value;
}

int gotoBack(int N) {
  Node *Head = nullptr;
again:
  Node *X = new Node; // expect: heap(loop-carried)
  X->Next = Head;
  Head = X;
  if (--N) goto again;
  return Head->Value;
}
int computedGoto(int N) {
  void *To[] = {&&A, &&B};
  Node *Head = nullptr;
A: {
  Node *X = new Node; // expect: heap(loop-carried)
  X->Next = Head;
  Head = X;
}
  goto *To[N-- > 0 ? 0 : 1];
B:
  return Head->Value;
}
int intoTheLoop(int N) {
  Node *Head = nullptr;
  switch (N & 1) {
  case 0:
    do {
      {
        Node *X = new Node; // expect: heap(loop-carried)
        X->Next = Head;
        Head = X;
      }
    case 1:;
    } while (--N > 0);
  }
  return Head ? Head->Value : 0;
}
int afterException(int N, void (*MayThrow)()) {
  Node *P = nullptr;
  for (int I = 0; I < N; ++I) {
    try {
      Node *X = new Node; // expect: heap(loop-carried)
      MayThrow();
      delete P;
      P = X;
    } catch (...) {
    }
  }
  int V = P ? P->Value : 0;
  delete P;
  return V;
}
