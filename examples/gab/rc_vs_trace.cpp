// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reference counting against tracing, on the same graph. The counted version
/// frees at once and needs no pause; it pays at each copy of a reference, and a
/// cycle is never freed. Prints what each has left when everything has been
/// dropped, and CPU nanoseconds for each store of a reference.
#include "gab/gab.hpp"
#include <cstdio>
#include <ctime>
#include <memory>

struct Counted {
  std::shared_ptr<Counted> Next;
  long Payload = 0;
  static inline long Alive = 0;
  Counted() { ++Alive; }
  ~Counted() { --Alive; }
};

struct Traced {
  gab::Member<Traced> Next;
  long Payload = 0;
  GAB_TRACE(Traced, Next)
};

static double cpu() {
  timespec T;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &T);
  return double(T.tv_sec) * 1e9 + double(T.tv_nsec);
}

constexpr int Rings = 1000, Length = 100, Stores = 2000000;

[[gnu::noinline]] static double counted() {
  for (int R = 0; R < Rings; ++R) {
    auto First = std::make_shared<Counted>(), Last = First;
    for (int I = 1; I < Length; ++I) {
      Last->Next = std::make_shared<Counted>();
      Last = Last->Next;
    }
    Last->Next = First; // a cycle: its counts never reach zero
  }
  auto A = std::make_shared<Counted>(), B = std::make_shared<Counted>(), C = A;
  double Start = cpu();
  for (int I = 0; I < Stores; ++I)
    C->Next = I & 1 ? A : B;
  double Each = (cpu() - Start) / Stores;
  A->Next = B->Next = nullptr;
  return Each;
}

[[gnu::noinline]] static double traced() {
  for (int R = 0; R < Rings; ++R) {
    gab::Local<Traced> First = gab::make<Traced>(), Last = First;
    for (int I = 1; I < Length; ++I) {
      Last->Next = gab::make<Traced>();
      Last = gab::Ref<Traced>(Last->Next);
    }
    Last->Next = gab::Ref<Traced>(First);
  }
  gab::Ref<Traced> A = gab::make<Traced>(), B = gab::make<Traced>();
  double Start = cpu();
  for (int I = 0; I < Stores; ++I)
    A->Next = I & 1 ? A : B;
  return (cpu() - Start) / Stores;
}

int main() {
  double Rc = counted(), Trace = traced();
  gab::collect();
  printf("counted: %ld of %d objects left\n", Counted::Alive, Rings * Length);
  // Headers and rounding make 32 bytes of a traced object here.
  printf("traced: %s\n",
         gab::stats().live_bytes < size_t(Rings) * Length * 32 / 10
             ? "less than a tenth left"
             : "more than a tenth left");
  fprintf(stderr, "a store: counted %.2f ns, traced %.2f ns\n", Rc, Trace);
  return 0;
}
