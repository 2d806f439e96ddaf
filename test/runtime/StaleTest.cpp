// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Uses references that nobody may use any more, one way for each argument:
/// under a sanitizer or Valgrind each must be reported where it happens.
/// usage: gab-stale small|cell|block|large|rest|uninit; ends with 0 if nobody
/// noticed.
#include "gab/gab.hpp"
#include <cstdio>
#include <string>

namespace {

struct Price {
  int64_t Value, Time;
};
struct Fat {
  int64_t Body[40];
};
GAB_NOSCAN(Fat);
struct Node {
  gab::Member<Node> Next;
  int64_t Number = 0;
  GAB_TRACE(Node, Next)
};

/// The address of a dead object, hidden from the scan of the stack.
template <class T> [[gnu::noinline]] uintptr_t hidden(size_t Neighbours) {
  uintptr_t Result = 0;
  for (size_t I = 0; I < Neighbours; ++I) {
    auto P = ~reinterpret_cast<uintptr_t>(gab::make<T>().get());
    if (I == Neighbours / 2)
      Result = P;
  }
  return Result;
}

[[gnu::noinline]] void scrub() {
  volatile char Waste[8192];
  for (volatile char &C : Waste)
    C = 0;
}

int64_t read(uintptr_t Hidden) {
  int64_t Value = *reinterpret_cast<volatile int64_t *>(~Hidden);
  if (Value == 42) // MemorySanitizer speaks when it decides something
    puts("42");
  return Value;
}

} // namespace

int main(int Argc, char **Argv) {
  std::string Way = Argc > 1 ? Argv[1] : "";
  uintptr_t Hidden = 0;
  if (Way == "small") { // a free line in a block that stays
    gab::Pin<Price> Keep[64];
    for (auto &K : Keep) {
      K = gab::make<Price>(1, 2);
      uintptr_t P = hidden<Price>(500);
      Hidden = Hidden ? Hidden : P;
    }
    scrub();
    gab::collect();
    return read(Hidden) == 42;
  }
  if (Way == "cell") { // a free cell beside live ones
    gab::Pin<Node> Keep[64];
    for (auto &K : Keep) {
      K = gab::make<Node>();
      uintptr_t P = hidden<Node>(20);
      Hidden = Hidden ? Hidden : P;
    }
    for (int I = 0; I < 4000; ++I) // the run moves on
      gab::make<Node>();
    scrub();
    gab::collect();
    return read(Hidden) == 42;
  }
  if (Way == "block") {
    Hidden = hidden<Fat>(3000);
    scrub();
    gab::collect();
    return read(Hidden) == 42;
  }
  if (Way == "large") {
    [&]() __attribute__((noinline)) {
      Hidden =
          ~reinterpret_cast<uintptr_t>(gab::make_array<char>(1 << 20).get());
    }();
    scrub();
    gab::collect();
    return read(Hidden) == 42;
  }
  if (Way == "rest") // what a run has not handed out, after its thread is gone
  {
    Hidden = ~(reinterpret_cast<uintptr_t>(gab::make<Price>().get()) + 256);
    gab_detach();
    return read(Hidden) == 42;
  }
  if (Way == "uninit") // handed out, and never written to
    return read(~reinterpret_cast<uintptr_t>(gab::make_uninit<Price>().get()));
  printf("usage: gab-stale small|cell|block|large|rest|uninit\n");
  return 2;
}
