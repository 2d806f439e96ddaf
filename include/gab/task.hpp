// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Coroutines that hold references. A coroutine's frame outlives its stack
/// frame, and the collector does not look into memory from malloc; so the frame
/// of a coroutine whose promise derives from `gab::coroutine_frame` lies in the
/// collected heap, in memory of which every word is taken for a reference. A
/// `Ref` or a plain pointer across `co_await` then keeps its object, and where
/// it is.
///
/// The frame lives from the call to its destruction, whoever refers to it: a
/// root in its head pins it.
///
/// `gab::task<T>` is such a coroutine: it starts when it is awaited or run, and
/// its awaiter goes on when it ends, without growing the stack.
///
/// Cost: 48 bytes and a lock for each frame; all frames are scanned in the
/// pause.
#ifndef GAB_TASK_HPP
#define GAB_TASK_HPP

#include "gab/allocator.hpp"
#include <coroutine>
#include <exception>
#include <utility>

namespace gab {

/// Base of promise types.
struct coroutine_frame {
  static void *operator new(size_t Bytes) {
    auto *Memory = detail::orThrow<char>(
        gab_alloc_conservative(sizeof(detail::PinnedHead) + Bytes));
    return detail::PinnedHead::make(Memory, Memory);
  }
  static void operator delete(void *Frame, size_t Bytes) {
    detail::PinnedHead::drop(Frame);
    // It is scanned until a cycle has found it dead, which it would never be
    // with its own address in it.
    memset(Frame, 0, Bytes);
  }
};

template <class T = void> class task;

namespace detail {

struct PromiseBase : coroutine_frame {
  std::coroutine_handle<> Awaiter = std::noop_coroutine();
  PromiseBase *First = this;    ///< leads to the first of those that wait
  std::coroutine_handle<> Last; ///< of the first: the one that goes on

  PromiseBase &first() {
    PromiseBase *P = this;
    while (P->First != P) // a chain that had begun may have been awaited later
      P = P->First;
    return *P;
  }
#if defined(__cpp_exceptions)
  std::exception_ptr Failure;
  void unhandled_exception() { Failure = std::current_exception(); }
  void rethrow() {
    if (Failure)
      std::rethrow_exception(std::exchange(Failure, nullptr));
  }
#else
  void unhandled_exception() { std::terminate(); }
  void rethrow() {}
#endif

  struct Finished {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<>
    await_suspend(std::coroutine_handle<P> Done) noexcept {
      PromiseBase &Promise = Done.promise();
      Promise.first().Last = Promise.Awaiter;
      return Promise.Awaiter;
    }
    void await_resume() noexcept {}
  };
  std::suspend_always initial_suspend() noexcept { return {}; }
  Finished final_suspend() noexcept { return {}; }

  template <class P> void awaitedBy(std::coroutine_handle<P> Caller) {
    Awaiter = Caller;
    if constexpr (std::is_base_of_v<PromiseBase, P>)
      First = &Caller.promise().first();
  }
};

/// Where the result waits; in the frame, so it may be a reference.
template <class T> struct Promise : PromiseBase {
  T Value{};
  task<T> get_return_object();
  template <class U> void return_value(U &&From) {
    Value = std::forward<U>(From);
  }
  T take() {
    rethrow();
    return std::move(Value);
  }
};
template <> struct Promise<void> : PromiseBase {
  task<void> get_return_object();
  void return_void() {}
  void take() { rethrow(); }
};

} // namespace detail

namespace detail {
template <class T> struct Awaiting {
  std::coroutine_handle<Promise<T>> Coroutine;
  bool await_ready() { return Coroutine.done(); }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> Caller) {
    Promise<T> &Mine = Coroutine.promise();
    std::coroutine_handle<> GoesOn = Mine.Last;
    Mine.awaitedBy(Caller);
    Mine.first().Last = GoesOn;
    return GoesOn;
  }
  T await_resume() { return Coroutine.promise().take(); }
};
} // namespace detail

/// A coroutine that gives one T, which must have a default. Owns the frame.
template <class T> class [[nodiscard]] task {
public:
  using promise_type = detail::Promise<T>;

private:
  using Handle = std::coroutine_handle<promise_type>;
  Handle Coroutine;

public:
  explicit task(Handle H) : Coroutine(H) { H.promise().Last = H; }
  task(task &&Other) noexcept : Coroutine(std::exchange(Other.Coroutine, {})) {}
  task &operator=(task &&Other) noexcept {
    std::swap(Coroutine, Other.Coroutine);
    return *this;
  }
  ~task() {
    if (Coroutine)
      Coroutine.destroy();
  }

  bool done() const { return Coroutine.done(); }
  /// One step, from outside of coroutines: to the next point where something
  /// that is not a task suspends it, or what it awaits, or to the end.
  void resume() { Coroutine.promise().first().Last.resume(); }
  /// To the end; its result.
  T run() {
    while (!done())
      resume();
    return Coroutine.promise().take();
  }

  auto operator co_await() const { return detail::Awaiting<T>{Coroutine}; }
};

namespace detail {
template <class T> task<T> Promise<T>::get_return_object() {
  return task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline task<void> Promise<void>::get_return_object() {
  return task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}
} // namespace detail

} // namespace gab
#endif
