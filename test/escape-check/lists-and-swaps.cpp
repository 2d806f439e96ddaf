// RUN: %verify %s -- -std=c++20
// Containers of owners and of pointers in loops; ownership that is swapped from
// turn to turn; lists that are linked by hand.

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

struct Node {
  int Value = 0;
  Node *Next = nullptr;
};
Node *Global;

int oneNode() {
  Node *N = new Node{1, nullptr}; // expect: stack
  int S = 0;
  for (Node *P = N; P; P = P->Next) S += P->Value;
  delete N;
  return S;
}
int pushedAndFreed(int N) {
  Node *Head = nullptr;
  for (int I = 0; I < N; ++I) Head = new Node{I, Head}; // expect: heap(loop-carried)
  int S = 0;
  while (Head) {
    Node *Next = Head->Next;
    S += Head->Value;
    delete Head;
    Head = Next;
  }
  return S;
}
int reversedThenKept(int N) {
  Node *Head = nullptr, *Back = nullptr;
  for (int I = 0; I < N; ++I) Head = new Node{I, Head}; // expect: heap(global, loop-carried)
  while (Head) {
    Node *Next = Head->Next;
    Head->Next = Back;
    Back = Head;
    Head = Next;
  }
  Global = Back;
  return 0;
}
int insertedBehind(int N) {
  Node First;
  for (int I = 0; I < N; ++I) {
    Node *X = new Node{I, First.Next}; // expect: heap(loop-carried)
    First.Next = X;
  }
  return First.Next ? First.Next->Value : 0;
}
int insertedAndRemoved(int N) {
  Node First;
  for (int I = 0; I < N; ++I) {
    // What First.Next held is overwritten, but the cells of an object are not
    // told apart by time.
    Node *X = new Node{I, nullptr}; // expect: heap(loop-carried)
    First.Next = X;
    First.Next = nullptr;
    delete X;
  }
  return 0;
}

int swappedOut(int N) {
  std::unique_ptr<int> A = std::make_unique<int>(1); // expect: stack
  for (int I = 0; I < N; ++I) {
    std::unique_ptr<int> B = std::make_unique<int>(I); // expect: heap(loop-carried)
    std::swap(A, B);
  }
  return *A;
}
int swappedInside(int N) {
  int S = 0;
  for (int I = 0; I < N; ++I) {
    auto A = std::make_unique<int>(1); // expect: stack
    auto B = std::make_unique<int>(I); // expect: stack
    std::swap(A, B);
    S += *A;
  }
  return S;
}
int swappedRaw(int N) {
  int *A = new int(0); // expect: stack
  for (int I = 0; I < N; ++I) {
    int *B = new int(I); // expect: heap(loop-carried)
    std::swap(A, B);
    delete B;
  }
  int R = *A;
  delete A;
  return R;
}
int swappedByMember(int N) {
  std::unique_ptr<int> A;
  for (int I = 0; I < N; ++I) {
    auto B = std::make_unique<int>(I); // expect: heap(loop-carried)
    A.swap(B);
  }
  return A ? *A : 0;
}
int exchanged(int N) {
  std::unique_ptr<int> A;
  int S = 0;
  for (int I = 0; I < N; ++I) {
    auto Old = std::exchange(A, std::make_unique<int>(I)); // expect: heap(loop-carried)
    if (Old) S += *Old;
  }
  return S;
}
int rotated(int N) {
  std::unique_ptr<int> A, B;
  for (int I = 0; I < N; ++I) {
    B = std::move(A);
    A = std::make_unique<int>(I); // expect: heap(loop-carried)
  }
  return B ? *B : 0;
}

int ownersPushed(int N) {
  std::vector<std::unique_ptr<int>> V; // expect: heap(non-constant-size)
  for (int I = 0; I < N; ++I) V.push_back(std::make_unique<int>(I)); // expect: heap(loop-carried)
  return *V.back();
}
int ownerPushedAndPopped(int N) {
  int S = 0;
  for (int I = 0; I < N; ++I) {
    std::vector<std::unique_ptr<int>> V; // expect: stack
    V.push_back(std::make_unique<int>(I)); // expect: heap(freed-in-callee)
    S += *V.back();
  }
  return S;
}
int pointersListed(int N) {
  std::list<int *> L; // expect: heap(non-constant-size)
  for (int I = 0; I < N; ++I) L.push_back(new int(I)); // expect: heap(loop-carried)
  int S = 0;
  for (int *P : L) {
    S += *P;
    delete P;
  }
  return S;
}
int pointersMapped(int N) {
  std::map<int, int *> M; // expect: heap(non-constant-size)
  for (int I = 0; I < N; ++I) M[I % 7] = new int(I); // expect: heap(loop-carried)
  return M.size();
}
int oneMapped() {
  std::map<int, int *> M; // expect: stack
  M[1] = new int(1); // expect: stack
  int V = *M[1];
  delete M[1];
  return V;
}
Node *oneMappedReturned() {
  std::map<int, Node *> M; // expect: stack
  M[1] = new Node; // expect: heap(return)
  return M.begin()->second;
}
int dequeOfLocals(int N) {
  int S = 0;
  for (int I = 0; I < N; ++I) {
    std::deque<int> D; // expect: stack
    D.push_front(I);
    S += D.front();
  }
  return S;
}
std::set<int *> Registry;
int registered() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  Registry.insert(P);
  return *P;
}
int registeredElsewhere() {
  std::set<int *> Own; // expect: stack
  int *P = new int(1); // expect: stack
  Own.insert(P);
  int V = Own.count(P) + *P;
  delete P;
  return V;
}
int mapOfVectors(int N) {
  std::map<int, std::vector<int *>> M; // expect: heap(non-constant-size)
  for (int I = 0; I < N; ++I) M[I].push_back(new int(I)); // expect: heap(loop-carried)
  Global = nullptr;
  return *M[0][0];
}
int erasedEachTurn(int N) {
  std::map<int, int *> M; // expect: heap(non-constant-size)
  for (int I = 0; I < N; ++I) {
    // Alive for one turn; erasing is not told from keeping.
    int *P = new int(I); // expect: heap(loop-carried)
    M[I] = P;
    M.erase(I);
    delete P;
  }
  return M.size();
}
std::list<int *> GlobalList;
void spliced() {
  std::list<int *> L; // expect: heap(global)
  L.push_back(new int(1)); // expect: heap(stored-in-escaped)
  GlobalList.splice(GlobalList.begin(), L);
}
// How many nodes come over is not counted.
void splicedIn() {
  std::list<int *> A, B; // expect: heap(non-constant-size) heap(non-constant-size)
  A.push_back(new int(1)); // expect: stack
  B.splice(B.end(), A);
  delete B.front();
}

// Linked by the objects themselves.
struct Hook {
  Hook *Prev = this, *Next = this;
  void linkAfter(Hook &H) {
    Next = H.Next;
    Prev = &H;
    H.Next->Prev = this;
    H.Next = this;
  }
  void unlink() {
    Prev->Next = Next;
    Next->Prev = Prev;
  }
};
Hook GlobalRing;
void linkedGlobally() {
  Hook *H = new Hook; // expect: heap(global)
  H->linkAfter(GlobalRing);
}
void linkedLocally() {
  Hook Ring;
  Hook *H = new Hook; // expect: stack
  H->linkAfter(Ring);
  H->unlink();
  delete H;
}
void linkedInLoop(int N) {
  Hook Ring;
  for (int I = 0; I < N; ++I) {
    Hook *H = new Hook; // expect: heap(loop-carried)
    H->linkAfter(Ring);
  }
}
// Linked and unlinked again; that the ring forgets it is not seen.
void linkedForATime() {
  Hook *H = new Hook; // expect: heap(global)
  H->linkAfter(GlobalRing);
  H->unlink();
  delete H;
}
