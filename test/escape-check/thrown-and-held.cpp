// RUN: %verify %s -- -std=c++20
// Exceptions that are held and thrown again, function try blocks, and what a
// coroutine keeps.

#include <coroutine>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

int *Global;
std::exception_ptr GlobalException;
void mayThrow();

int thrown() {
  throw new int(1); // expect: heap(exception)
}
int thrownInside() {
  struct Error {
    int *P;
  };
  int *P = new int(1); // expect: heap(exception)
  throw Error{P};
}
int caughtHere() { // what a handler gets is not told apart
  int *P = new int(1); // expect: heap(exception)
  try {
    throw P;
  } catch (int *Q) {
    int V = *Q;
    delete Q;
    return V;
  }
}
int otherThrown() {
  auto P = std::make_unique<int>(1); // expect: stack
  try {
    mayThrow();
    throw std::runtime_error("no");
  } catch (...) {
    return *P;
  }
}
int keptByHandler() {
  int *P = new int(1); // expect: heap(global)
  try {
    mayThrow();
  } catch (...) {
    Global = P;
  }
  return 0;
}
int freedByHandler() {
  int *P = new int(1); // expect: stack
  try {
    mayThrow();
  } catch (...) {
    delete P;
    throw;
  }
  int V = *P;
  delete P;
  return V;
}
int held() {
  int *P = new int(1); // expect: heap()
  GlobalException = std::make_exception_ptr(P);
  return 0;
}
int heldFromHandler() {
  int *P = new int(1); // expect: heap(exception)
  try {
    throw P;
  } catch (...) {
    GlobalException = std::current_exception();
  }
  return 0;
}
int heldNot() {
  int *P = new int(1); // expect: stack
  try {
    mayThrow();
  } catch (...) {
    GlobalException = std::current_exception();
  }
  int V = *P;
  delete P;
  return V;
}
int againThrown(int *Q) try {
  int *P = new int(1); // expect: heap(exception)
  throw P;
} catch (int *) {
  throw;
}
int parameterInHandler(std::unique_ptr<int> P) try {
  mayThrow();
  return *P;
} catch (...) {
  Global = P.get();
  return 0;
}
int nestedThrown() {
  int *P = new int(1); // expect: heap()
  try {
    mayThrow();
  } catch (...) {
    std::throw_with_nested(P);
  }
  return 0;
}
int quiet() noexcept {
  auto P = std::make_unique<int>(1); // expect: stack
  mayThrow(); // ends the program
  return *P;
}

// The frame of a coroutine outlives every call that resumes it.
struct Task {
  struct promise_type {
    int *Value = nullptr;
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(int *P) {
      Value = P;
      return {};
    }
    void return_void() {}
    void unhandled_exception() {}
  };
};
struct Wait {
  int *P;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) { Global = P; }
  int *await_resume() { return P; }
};
Task awaits() {
  int *P = new int(1); // expect: heap(coroutine-frame)
  co_await Wait{P};
  delete P;
}
Task yields() {
  co_yield new int(1); // expect: heap(coroutine-frame)
}
Task keepsOwner() {
  auto P = std::make_unique<int>(1); // expect: heap(coroutine-frame)
  co_await std::suspend_always();
  *P = 2;
}
// Even where nothing is alive across a suspension.
Task neverAcross() {
  int *P = new int(1); // expect: heap(coroutine-frame)
  delete P;
  co_return;
}
Task given(int *P) {
  co_await Wait{P};
}
int givenToCoroutine() {
  int *P = new int(1); // expect: heap(callee-leaks)
  given(P);
  return 0;
}
int notGiven() {
  int *P = new int(1); // expect: stack
  int V = *P;
  delete P;
  given(nullptr);
  return V;
}
