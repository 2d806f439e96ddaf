// RUN: %verify %s -- -std=c++20
// Factories are known by what they do: the allocation is reported where the
// fresh object arrives.

#include <cstdlib>
#include <memory>
#include <utility>

struct Object {
  int Value = 1;
  int *Inner = nullptr;
};
Object *Raw;
std::unique_ptr<Object> Owner;
int *Global;
template <class T, class... A> std::unique_ptr<T> makeOwner(A &&...Args) {
  return std::unique_ptr<T>(new T{std::forward<A>(Args)...});
}
Object *make() { return new Object; }
Object *makeIndirectly() { return make(); }
Object *makeSometimes(bool C) { return C ? new Object : Raw; }
#define MAKE(T) (new T)

int ownerIsLocal() {
  auto P = makeOwner<Object>(1); // expect: stack
  return P->Value;
}
void ownerIsKept() {
  auto P = makeOwner<Object>(1); // expect: heap(global)
  Owner = std::move(P);
}
void argumentIsKept() {
  auto P = makeOwner<Object>(1, new int(1)); // expect: stack heap(global)
  Global = P->Inner;
}

int rawIsDeleted() {
  Object *O = make(); // expect: stack
  int V = O->Value;
  delete O;
  return V;
}
void rawIsKept() { Raw = make(); } // expect: heap(global)
int twoLevels() {
  Object *O = makeIndirectly(); // expect: stack
  int V = O->Value;
  delete O;
  return V;
}
int twoAtATime() {
  Object *A = make(), *B = make(); // expect: stack stack
  int V = A->Value + B->Value;
  delete A;
  delete B;
  return V;
}
int sometimesFresh() { return makeSometimes(true)->Value; } // expect: stack

Object *cached() {
  static Object *Only = new Object; // expect: heap(global)
  return Only;
}
int usesCached() { return cached()->Value; }
Object *registered() {
  Object *O = new Object; // expect: heap(global)
  Raw = O;
  return O;
}
int usesRegistered() { return registered()->Value; }
void fill(Object **Out) { *Out = new Object; } // expect: heap(stored-in-argument)
int usesFilled() {
  Object *O;
  fill(&O);
  int V = O->Value;
  delete O;
  return V;
}

int fromMacro() {
  Object *O = MAKE(Object); // expect: stack
  int V = O->Value;
  delete O;
  return V;
}
void fromMacroKept() { Raw = MAKE(Object); } // expect: heap(global)
void plainMalloc() {
  auto *P = static_cast<int *>(std::malloc(4)); // expect: stack
  *P = 1;
  std::free(P);
}
void *wrapper(size_t N) { return ::operator new(N); } // expect: heap(custom-allocator)
void usesWrapper() {
  Object *O = new (wrapper(sizeof(Object))) Object;
  O->~Object();
  ::operator delete(O);
}
void *checkedMalloc(size_t N) {
  void *P = std::malloc(N);
  if (!P) std::abort();
  return P;
}
void keepsChecked() {
  Raw = static_cast<Object *>(checkedMalloc(sizeof(Object))); // expect: heap(global)
}
struct Node {
  Node *Next = nullptr;
  int Value = 0;
};
Node *last(int N) {
  Node *P = nullptr;
  while (N--) P = new Node;
  return P;
}
int overwrittenInTheFactory() {
  Node *P = last(3); // expect: stack
  return P ? P->Value : 0;
}
Node *chain(int N) {
  Node *Head = nullptr;
  while (N--) {
    Node *X = new Node;
    X->Next = Head;
    Head = X;
  }
  return Head;
}
int chainedInTheFactory() {
  Node *Head = chain(3); // expect: heap(loop-carried)
  return Head ? Head->Value : 0;
}

// The library's factory is told of at its call, also where the object gets
// away before it is returned; one of the program is told of at its new.
struct Elsewhere {
  Elsewhere(int);
  int Value;
};
struct Registered {
  static Registered *Last;
  Registered() { Last = this; }
  int Value = 0;
};
struct Quiet {
  Quiet() {}
  int Value = 0;
};
int constructorElsewhere() {
  return std::make_unique<Elsewhere>(1)->Value; // expect: heap(unknown-callee)
}
int registeredOnItsWay() {
  auto P = std::make_unique<Registered>(); // expect: heap(global, callee-leaks)
  return P->Value;
}
int quietOnItsWay() {
  auto P = std::make_unique<Quiet>(); // expect: stack
  return P->Value;
}
Elsewhere *makeElsewhere() { return new Elsewhere(2); } // expect: heap(return, unknown-callee)
int elsewhereMade() {
  std::unique_ptr<Elsewhere> P(makeElsewhere());
  return P->Value;
}
