// RUN: %verify %s -- -std=c++20
// What another thread gets, whatever it is handed over by.

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <pthread.h>
#include <thread>

std::atomic<int *> Shared;
int *Global;
std::thread Worker;
void run(int *);
void runOnReference(int &);
void *body(void *);

void byReference() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  std::thread T([&] { *P = 2; });
  T.detach();
}
void byValue() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  std::thread T([P] { *P = 2; });
  T.detach();
}
void onlyTheValue() {
  int *P = new int(1); // expect: stack
  int V = *P;
  delete P;
  std::thread T([V] { (void)V; });
  T.join();
}
void asArgument() {
  std::thread T(run, new int(1)); // expect: heap(stored-in-escaped)
  T.detach();
}
void asReferenceWrapper() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  std::thread T(runOnReference, std::ref(*P));
  T.detach();
}
void byAsync() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  auto F = std::async([P] { return *P; });
  F.get();
}
void byStoppableThread() {
  int *P = new int(1); // expect: heap(stored-in-escaped)
  std::jthread T([P](std::stop_token) { *P = 2; });
}
void byPthread() {
  pthread_t T;
  pthread_create(&T, nullptr, body, new int(1)); // expect: heap(thread)
}
void byThreadSpecific(pthread_key_t K) { pthread_setspecific(K, new int(1)); } // expect: heap(global)
void byPromise() {
  std::promise<int *> P;
  auto F = P.get_future();
  P.set_value(new int(1)); // expect: heap(stored-in-escaped)
  Global = F.get();
}
void byTask() {
  std::packaged_task<void(int *)> T([](int *Q) { Global = Q; });
  T(new int(1)); // expect: heap(stored-in-escaped)
}
void once() {
  static std::once_flag Flag;
  int *P = new int(1); // expect: heap(stored-in-escaped)
  std::call_once(Flag, [&] { Global = P; });
}

void published() { Shared = new int(1); } // expect: heap(global)
void publishedByExchange() { Shared.exchange(new int(1)); } // expect: heap(global)
void publishedByCompare() {
  int *Old = nullptr;
  Shared.compare_exchange_strong(Old, new int(1)); // expect: heap(global)
}
void localAtomic() {
  std::atomic<int *> A = new int(1); // expect: stack
  delete A.load();
}
void localAtomicReadOut() {
  std::atomic<int *> A = new int(1); // expect: heap(global)
  Global = A.load();
}
void localAtomicExpected() {
  int *Old = nullptr;
  std::atomic<int *> A = new int(1); // expect: heap(global)
  A.compare_exchange_strong(Old, nullptr);
  Global = Old;
}
void atomicReference() {
  int *P = new int(1); // expect: heap(global)
  std::atomic_ref<int *> R(P);
  Global = R.load();
}
