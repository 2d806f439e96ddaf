// RUN: %verify %s -- -std=c++20
// Threads, tasks and atomics.

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

int *Global;
std::atomic<int *> GlobalAtomic;
int look(int *P) { return *P; }

int threadTakes() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  std::thread T(look, P);
  T.detach();
  return 0;
}
int threadTakesReference() {
  auto *P = new int(1); // expect: heap(stored-in-escaped)
  std::thread T([](int &V) { V = 2; }, std::ref(*P));
  T.detach();
  return 0;
}
int threadTakesOwner() {
  auto P = std::make_unique<int>(1); // expect: heap(stored-in-escaped)
  std::thread T([Q = std::move(P)] { return *Q; });
  T.join();
  return 0;
}
int joiningThread() { // that it is joined here is not seen
  int *P = new int(1); // expect: heap(stored-in-escaped)
  {
    std::jthread T([P] { *P = 2; });
  }
  int V = *P;
  delete P;
  return V;
}
int task() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  auto F = std::async(std::launch::async, look, P);
  return F.get();
}
int withoutThread() {
  int *P = new int(1); // expect: stack
  int V = look(P);
  delete P;
  return V;
}
int packaged() {
  int *P = new int(1); // expect: heap()
  std::packaged_task<int()> T([P] { return *P; });
  auto F = T.get_future();
  T();
  return F.get();
}
int promised() {
  int *P = new int(1); // expect: heap()
  std::promise<int *> Promise;
  auto F = Promise.get_future();
  Promise.set_value(P);
  return *F.get();
}

int stored() {
  int *P = new int(1); // expect: heap(global)
  GlobalAtomic.store(P);
  return 0;
}
int assigned() {
  int *P = new int(1); // expect: heap(global)
  GlobalAtomic = P;
  return 0;
}
int exchangedIn() {
  int *P = new int(1); // expect: heap(global)
  delete GlobalAtomic.exchange(P);
  return 0;
}
int comparedIn() {
  int *P = new int(1), *Old = nullptr; // expect: heap(global)
  GlobalAtomic.compare_exchange_strong(Old, P);
  return 0;
}
int builtinIn() {
  int *P = new int(1); // expect: heap(global)
  __atomic_store_n(&Global, P, __ATOMIC_SEQ_CST);
  return 0;
}
// Given to be compared with only; but it comes by reference, as what is stored.
int comparedWith() {
  int *P = new int(1); // expect: heap(global)
  int *Expected = P;
  GlobalAtomic.compare_exchange_strong(Expected, nullptr);
  int V = *P;
  delete P;
  return V;
}
// A load from an atomic may bring what somebody else has put there.
int localAtomic() {
  std::atomic<int *> A{nullptr};
  A = new int(1); // expect: heap(mixed-free)
  int V = *A.load();
  delete A.load();
  return V;
}
int localAtomicOut() {
  std::atomic<int *> A{nullptr};
  A = new int(1); // expect: heap(global)
  Global = A.load();
  return 0;
}
int counted() {
  auto *N = new std::atomic<int>(0); // expect: stack
  N->fetch_add(1);
  int V = *N;
  delete N;
  return V;
}
int locked() {
  auto *M = new std::mutex; // expect: stack
  {
    std::lock_guard<std::mutex> G(*M);
  }
  delete M;
  return 0;
}

int onEveryCall() {
  thread_local int *P = new int(1); // expect: heap(global)
  return *P;
}
int onFirstCall() {
  static int *P = new int(1); // expect: heap(global)
  return *P;
}
int onFirstCallOwned() {
  static std::unique_ptr<int> P = std::make_unique<int>(1); // expect: heap(global)
  return *P;
}
int readByStatic() {
  int *P = new int(1); // expect: stack
  static int V = *P;
  delete P;
  return V;
}
std::once_flag Once;
int calledOnce() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  std::call_once(Once, [P] { Global = P; });
  return 0;
}
