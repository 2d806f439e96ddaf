// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The workloads with the Boehm-Demers-Weiser collector, thread-local
/// allocation on.
#define GC_THREADS
#include "Workloads.h"
#include <gc/gc.h>

namespace {

struct Bdwgc {
  struct Window {
    uint64_t **Places;
    explicit Window(size_t N)
        : Places(static_cast<uint64_t **>(
              GC_MALLOC_UNCOLLECTABLE(N * sizeof(uint64_t *)))) {}
    ~Window() { GC_FREE(Places); }
    BENCH_INLINE uint64_t place(size_t I) { return Places[I] ? *Places[I] : 0; }
    BENCH_INLINE void put(size_t I, size_t Bytes) {
      auto *P = static_cast<uint64_t *>(GC_MALLOC_ATOMIC(Bytes));
      P[0] = Bytes / 8 - 1;
      P[Bytes / 8 - 1] = I;
      Places[I] = P;
    }
    void drop(size_t I) { Places[I] = nullptr; }
    void take(size_t I, Window &From, size_t J) {
      Places[I] = From.Places[J];
      From.Places[J] = nullptr;
    }
  };
  struct Node {
    Node *Left, *Right;
  };
  static Node *tree(int Depth) {
    auto *N = static_cast<Node *>(GC_MALLOC(sizeof(Node)));
    N->Left = Depth ? tree(Depth - 1) : nullptr;
    N->Right = Depth ? tree(Depth - 1) : nullptr;
    return N;
  }
  static uint64_t sum(Node *N) {
    return N->Left ? 1 + sum(N->Left) + sum(N->Right) : 1;
  }
  static void free(Node *&N) { N = nullptr; }
  static void settle() { GC_gcollect_and_unmap(); }
  static void join(std::vector<std::thread> &All) {
    for (std::thread &T : All)
      T.join();
  }
};

} // namespace

int main(int Argc, char **Argv) {
  GC_INIT();
  GC_allow_register_threads();
  return bench::run<Bdwgc>(Argc, Argv);
}
