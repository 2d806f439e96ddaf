// RUN: %verify %s -- -std=c++20
// A coroutine's parameters and locals live in its frame, which may outlive the
// caller.

#include <coroutine>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};
struct Holder {
  int *P;
  Task later() {
    co_await std::suspend_always{};
    *P = 2;
  }
  void now() { *P = 2; }
};
Task later(int *P) {
  co_await std::suspend_always{};
  *P = 2;
}
Task laterReference(const Holder &H) {
  co_await std::suspend_always{};
  *H.P = 2;
}
Task laterOwner(std::unique_ptr<int> P) {
  co_await std::suspend_always{};
  *P = 2;
}
Task laterValue(int) { co_await std::suspend_always{}; }
void now(int *P) { *P = 2; }

void argument() {
  int *P = new int(1); // expect: heap(callee-leaks)
  later(P);
  delete P;
}
void argumentOfFunction() {
  int *P = new int(1); // expect: stack
  now(P);
  delete P;
}
void valueArgument() {
  int *P = new int(1); // expect: stack
  laterValue(*P);
  delete P;
}
void reachableFromArgument() {
  Holder H{new int(1)}; // expect: heap(stored-in-escaped)
  laterReference(H);
}
void owner() {
  auto P = std::make_unique<int>(1); // expect: heap(stored-in-escaped)
  laterOwner(std::move(P));
}
void receiver() {
  Holder H{new int(1)}; // expect: heap(stored-in-escaped)
  H.later();
}
void receiverOfFunction() {
  Holder H{new int(1)}; // expect: stack
  H.now();
  delete H.P;
}
void capture() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  auto F = [P]() -> Task {
    *P = 2;
    co_return;
  };
  F();
}
Task local() {
  int *P = new int(1); // expect: heap(coroutine-frame)
  co_await std::suspend_always{};
  delete P;
}

// What the text shows is reported.
Task several() {
  auto P = std::make_unique<int>(1); // expect: heap(coroutine-frame)
  std::vector<int> V(8);             // expect: heap(coroutine-frame)
  void *M = std::malloc(8);          // expect: heap(coroutine-frame)
  int *A = new int[4];               // expect: heap(coroutine-frame)
  co_await std::suspend_always{};
  delete[] A;
  std::free(M);
}
