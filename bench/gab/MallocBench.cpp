// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The workloads with malloc and free. Other allocators are preloaded.
#include "Workloads.h"

namespace {

struct Malloc {
  struct Window {
    std::vector<uint64_t *> Places;
    explicit Window(size_t N) : Places(N) {}
    ~Window() {
      for (uint64_t *P : Places)
        free(P);
    }
    BENCH_INLINE uint64_t place(size_t I) { return Places[I] ? *Places[I] : 0; }
    BENCH_INLINE void put(size_t I, size_t Bytes) {
      free(Places[I]);
      auto *P = static_cast<uint64_t *>(malloc(Bytes));
      P[0] = Bytes / 8 - 1;
      P[Bytes / 8 - 1] = I;
      Places[I] = P;
    }
    void drop(size_t I) {
      free(Places[I]);
      Places[I] = nullptr;
    }
    void take(size_t I, Window &From, size_t J) {
      Places[I] = From.Places[J];
      From.Places[J] = nullptr;
    }
  };
  struct Node {
    Node *Left, *Right;
  };
  static Node *tree(int Depth) {
    auto *N = static_cast<Node *>(malloc(sizeof(Node)));
    N->Left = Depth ? tree(Depth - 1) : nullptr;
    N->Right = Depth ? tree(Depth - 1) : nullptr;
    return N;
  }
  static uint64_t sum(Node *N) {
    return N->Left ? 1 + sum(N->Left) + sum(N->Right) : 1;
  }
  static void free(void *P) { ::free(P); }
  static void free(Node *N) {
    if (N->Left) {
      free(N->Left);
      free(N->Right);
    }
    ::free(N);
  }
  static void settle() {}
  static void join(std::vector<std::thread> &All) {
    for (std::thread &T : All)
      T.join();
  }
};

} // namespace

int main(int Argc, char **Argv) { return bench::run<Malloc>(Argc, Argv); }
