// RUN: %verify %s -- -std=c++20
// How often a loop runs at most. Where that is known, the objects of all its
// turns may be alive together.

#include <memory>

struct Node {
  Node *Next = nullptr;
  int Value = 0;
};
void swapInts(int &A, int &B);

// Walks and frees the list in this frame.
#define DROP(H) \
  int S = 0; \
  while (H) { \
    Node *X = H->Next; \
    S += H->Value; \
    delete H; \
    H = X; \
  } \
  return S

int four() {
  Node *H = nullptr;
  for (int I = 0; I < 4; ++I) H = new Node{H, I}; // expect: stack
  DROP(H);
}
int down() {
  Node *H = nullptr;
  for (int I = 3; I >= 0; --I) H = new Node{H, I}; // expect: stack
  DROP(H);
}
int nested() {
  Node *H = nullptr;
  for (int I = 0; I < 3; ++I)
    for (int J = 0; J != 6; J += 2) H = new Node{H, I}; // expect: stack
  DROP(H);
}
int nestedInUnknown(int N) {
  Node *H = nullptr;
  for (int I = 0; I < N; ++I)
    for (int J = 0; J < 4; ++J) H = new Node{H, I}; // expect: heap(loop-carried)
  DROP(H);
}
int continued(int N) {
  Node *H = nullptr;
  for (int I = 0; I < 4; ++I) {
    H = new Node{H, I}; // expect: stack
    if (N) continue;
    H->Value++;
  }
  DROP(H);
}
int bothBranches(int N) {
  Node *H = nullptr;
  for (int I = 0; I < 3; ++I) switch (N) {
    case 1: H = new Node{H, 1}; break; // expect: stack
    default: H = new Node{H, 2}; // expect: stack
    }
  DROP(H);
}

// The counter changes elsewhere.
int resetInBody(int N) {
  Node *H = nullptr;
  for (int I = 0; I < 4; ++I) {
    H = new Node{H, I}; // expect: heap(loop-carried)
    if (N-- > 0) I = 0;
  }
  DROP(H);
}
int resetByLambda(int N) {
  Node *H = nullptr;
  for (int I = 0; I < 4; ++I) {
    auto Reset = [&] { I = 0; };
    H = new Node{H, I}; // expect: heap(loop-carried)
    if (N-- > 0) Reset();
  }
  DROP(H);
}
int resetThroughPointer(int N) {
  Node *H = nullptr;
  for (int I = 0; I < 4; ++I) {
    int *P = &I;
    H = new Node{H, I}; // expect: heap(loop-carried)
    if (N-- > 0) *P = 0;
  }
  DROP(H);
}
int resetByCallee(int N) {
  Node *H = nullptr;
  for (int I = 0; I < 4; ++I) {
    H = new Node{H, 1}; // expect: heap(loop-carried)
    swapInts(I, N);
  }
  DROP(H);
}
int resetByAssembly(int N) {
  Node *H = nullptr;
  for (int I = 0; I < 4; ++I) {
    H = new Node{H, 1}; // expect: heap(loop-carried)
    if (N-- > 0) asm("" : "=r"(I));
  }
  DROP(H);
}
int secondStep(int N) {
  Node *H = nullptr;
  for (int I = 0; I < 4; ++I, I -= N) H = new Node{H, 1}; // expect: heap(loop-carried)
  DROP(H);
}
int stepInBody(int N) {
  Node *H = nullptr;
  for (int I = 0; I < 4;) {
    H = new Node{H, 1}; // expect: heap(loop-carried)
    if (N-- < 0) I++;
  }
  DROP(H);
}
int declaredOutside(int N) {
  Node *H = nullptr;
  int I = 0;
  for (; I < 4; ++I) {
    H = new Node{H, 1}; // expect: heap(loop-carried)
    if (N-- > 0) I = 0;
  }
  DROP(H);
}

// The test does not stop it where it seems to.
int steppedOver(int N) {
  Node *H = nullptr;
  for (unsigned I = 0; I != 5; I += 2) {
    H = new Node{H, 1}; // expect: heap(loop-carried)
    if (N-- == 0) break;
  }
  DROP(H);
}
int unsignedDown(int N) {
  Node *H = nullptr;
  for (unsigned I = 5; I >= 0; --I) {
    H = new Node{H, 1}; // expect: heap(loop-carried)
    if (N-- == 0) break;
  }
  DROP(H);
}
int narrowCounter(int N) {
  Node *H = nullptr;
  for (unsigned char I = 0; I < 256; ++I) {
    H = new Node{H, 1}; // expect: heap(loop-carried)
    if (N-- == 0) break;
  }
  DROP(H);
}
int wrapsToPositive(int N) {
  Node *H = nullptr;
  for (short I = 20000; I >= 0; I -= 65000) {
    H = new Node{H, 1}; // expect: heap(loop-carried)
    if (N-- == 0) break;
  }
  DROP(H);
}
int changedByOthers() {
  Node *H = nullptr;
  for (volatile int I = 0; I < 4; ++I) H = new Node{H, 1}; // expect: heap(loop-carried)
  DROP(H);
}
int boundGrows(int N) {
  Node *H = nullptr;
  int M = 3;
  for (int I = 0; I < M; ++I) {
    H = new Node{H, 1}; // expect: heap(loop-carried)
    if (N-- > 0) M++;
  }
  DROP(H);
}
int boundCaptured() {
  int M = 3;
  auto L = [&] {
    Node *H = nullptr;
    for (int I = 0; I < M; ++I) H = new Node{H, 1}; // expect: heap(loop-carried)
    DROP(H);
  };
  M = 100000;
  return L();
}

// The turns of this function are not those of a lambda, or of a callee.
int turnsOfCaller(int N) {
  Node *H = nullptr;
  auto Add = [&] {
    for (int I = 0; I < 3; ++I) H = new Node{H, I}; // expect: heap(stored-in-argument)
  };
  for (int I = 0; I < N; ++I) Add();
  DROP(H);
}
Node *list(int N) {
  Node *H = nullptr;
  for (int I = 0; I < N; ++I) H = new Node{H, I}; // reported below
  return H;
}
int listsOfCallee(int N) {
  Node *All[3];
  for (int I = 0; I < 3; ++I) All[I] = list(N); // expect: heap(loop-carried)
  return All[0]->Value;
}
// A factory could change what it takes by reference.
int counterForFactory() {
  std::unique_ptr<int> A[3];
  for (int I = 0; I < 3; ++I) A[I] = std::make_unique<int>(I); // expect: heap(loop-carried)
  return *A[0];
}
int counterByValue() {
  std::unique_ptr<int> A[3];
  for (int I = 0; I < 3; ++I) A[I] = std::make_unique<int>(I + 0); // expect: stack
  return *A[0];
}
// The condition runs once more than the body.
int inTheCondition() {
  Node *All[8] = {};
  for (int I = 0; I < (All[I] = new Node{nullptr, I}, 3); ++I) // expect: heap(loop-carried)
    ;
  int S = All[0]->Value;
  for (Node *N : All) delete N;
  return S;
}
