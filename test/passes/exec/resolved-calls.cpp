// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls through pointers whose targets the escape analysis finds: in objects of
// the frame, in tables that never change, through functions that are not
// inlined. Each has a twin in which one of the targets keeps the object, or in
// which the pointer is not what it was.
// RUN: %run-both %s %t | FileCheck %s
#include "../Inputs/exec.h"
#include <cstring>
#include <functional>
#include <memory>

struct S {
  long A, B;
};

// ---- std::function ---------------------------------------------------------
static std::function<long(long)> Stored;
NOINLINE long callTwice(const std::function<long(long)> &F) {
  return F(1) + F(2);
}
NOINLINE long callAndStore(const std::function<long(long)> &F) {
  Stored = F;
  return F(1) + F(2);
}
NOINLINE long lentFunction(long N) {
  long V[4] = {N, 1, 2, 3};
  std::function<long(long)> F = [V](long X) { return X + V[0] + V[3]; };
  return callTwice(F);
}
NOINLINE long keptFunction(long N) {
  auto P = std::make_shared<long>(N);
  std::function<long(long)> F = [P](long X) { return X + *P; };
  return callAndStore(F);
}

// ---- objects of several classes --------------------------------------------
namespace {
struct Shape {
  virtual ~Shape() {}
  virtual long area(long) = 0;
};
struct Square : Shape {
  long A;
  Square(long A) : A(A) {}
  long area(long X) override { return A * A + X; }
};
struct Box : Shape {
  long A, B;
  Box(long A) : A(A), B(A + 1) {}
  long area(long X) override { return A * B * X; }
};
struct Keeper : Shape {
  long A;
  static Keeper *Last;
  Keeper(long A) : A(A) {}
  long area(long X) override;
};
Keeper *Keeper::Last;
NOINLINE long Keeper::area(long X) {
  Last = this;
  return A + X;
}
} // namespace
NOINLINE long ofTwoKinds(long N) {
  std::unique_ptr<Shape> P;
  if (N & 1)
    P = std::make_unique<Square>(N);
  else
    P = std::make_unique<Box>(N);
  return P->area(4);
}
NOINLINE long oneKindKeeps(long N) {
  Shape *P = N & 1 ? (Shape *)new Square(N) : new Keeper(N);
  long R = P->area(4);
  if (N & 1)
    delete P;
  return R;
}
NOINLINE static long areaOf(Shape &P) { return P.area(1) + P.area(2); }
NOINLINE long throughBase(long N) {
  auto P = std::make_unique<Box>(N);
  return areaOf(*P);
}
NOINLINE long keptThroughBase(long N) {
  auto *P = new Keeper(N);
  return areaOf(*P);
}

// ---- tables ----------------------------------------------------------------
static S *Slot;
NOINLINE static long first(S *P) { return P->A; }
NOINLINE static long second(S *P) { return P->B; }
NOINLINE static long keeps(S *P) {
  Slot = P;
  return P->A + P->B;
}
static long (*const Readers[])(S *) = {first, second};
static long (*const Mixed[])(S *) = {first, keeps};
static long (*Variable[])(S *) = {first, second};
NOINLINE void change() { Variable[1] = keeps; }
NOINLINE long readerOf(long N) {
  S *P = new S{N, 2};
  long R = Readers[N & 1](P);
  delete P;
  return R;
}
NOINLINE long mixedTable(long N) {
  S *P = new S{N, 2};
  return Mixed[N & 1](P);
}
NOINLINE long variableTable(long N) {
  S *P = new S{N, 2};
  return Variable[N & 1](P);
}

// ---- pointers that change in the object ------------------------------------
struct Hooked {
  long (*Hook)(Hooked *);
  long A;
};
static Hooked *Hung;
NOINLINE static long plain(Hooked *P) { return P->A; }
NOINLINE static long hang(Hooked *P) {
  Hung = P;
  return P->A + 1;
}
NOINLINE static void rehook(Hooked *P) { P->Hook = hang; }
NOINLINE static void rehookBytes(void *P) {
  long (*To)(Hooked *) = hang;
  memcpy(P, &To, sizeof To);
}
NOINLINE long hooked(long N) {
  auto P = std::make_unique<Hooked>(Hooked{plain, N});
  return P->Hook(P.get());
}
NOINLINE long hookExchanged(long N) {
  auto *P = new Hooked{plain, N};
  rehook(P);
  return P->Hook(P);
}
NOINLINE long hookCopied(long N) {
  auto *P = new Hooked{plain, N};
  rehookBytes(P);
  return P->Hook(P);
}

int main() {
#define SHOW(Name, Value) printf(Name " %ld\n", (long)(Value))
  SHOW("lent", lentFunction(2)); // CHECK: lent 13
  SHOW("kept", keptFunction(3)); // CHECK-NEXT: kept 9
  clobber();
  SHOW("again", Stored(4));        // CHECK-NEXT: again 7
  SHOW("square", ofTwoKinds(3));   // CHECK-NEXT: square 13
  SHOW("box", ofTwoKinds(4));      // CHECK-NEXT: box 80
  SHOW("keeper", oneKindKeeps(6)); // CHECK-NEXT: keeper 10
  clobber();
  SHOW("last", Keeper::Last->A);         // CHECK-NEXT: last 6
  SHOW("square", oneKindKeeps(3));       // CHECK-NEXT: square 13
  SHOW("base", throughBase(2));          // CHECK-NEXT: base 18
  SHOW("base kept", keptThroughBase(7)); // CHECK-NEXT: base kept 17
  clobber();
  SHOW("last", Keeper::Last->A);                   // CHECK-NEXT: last 7
  SHOW("readers", readerOf(4) * 10 + readerOf(5)); // CHECK-NEXT: readers 42
  SHOW("mixed", mixedTable(5));                    // CHECK-NEXT: mixed 7
  clobber();
  SHOW("slot", Slot->A); // CHECK-NEXT: slot 5
  change();
  SHOW("variable", variableTable(7)); // CHECK-NEXT: variable 9
  clobber();
  SHOW("slot", Slot->A);               // CHECK-NEXT: slot 7
  SHOW("hooked", hooked(8));           // CHECK-NEXT: hooked 8
  SHOW("exchanged", hookExchanged(9)); // CHECK-NEXT: exchanged 10
  clobber();
  SHOW("hung", Hung->A);          // CHECK-NEXT: hung 9
  SHOW("copied", hookCopied(11)); // CHECK-NEXT: copied 12
  clobber();
  SHOW("hung", Hung->A); // CHECK-NEXT: hung 11
}
