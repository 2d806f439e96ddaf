// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The workloads with malloc and free. Other allocators are preloaded; with
/// BENCH_GAB_MALLOC they are libgab's.
#include "Strings.h"
#ifdef BENCH_GAB_MALLOC
#include "gab/c.h"
#endif

namespace {

#ifdef BENCH_GAB_MALLOC
BENCH_INLINE void *allocate(size_t Bytes) { return gab_malloc(Bytes); }
BENCH_INLINE void release(void *P) { gab_free(P); }
#else
BENCH_INLINE void *allocate(size_t Bytes) { return malloc(Bytes); }
BENCH_INLINE void release(void *P) { free(P); }
#endif

struct Malloc : bench::Plain {
  struct Slots {
    std::vector<uint64_t *> Places;
    explicit Slots(size_t N) : Places(N) {}
    ~Slots() {
      for (uint64_t *P : Places)
        release(P);
    }
  };
  struct Window : bench::PlainWindow<Slots> {
    using PlainWindow::PlainWindow;
    BENCH_INLINE void put(size_t I, size_t Bytes) {
      release(Places[I]);
      auto *P = static_cast<uint64_t *>(allocate(Bytes));
      P[0] = Bytes / 8 - 1;
      P[Bytes / 8 - 1] = I;
      Places[I] = P;
    }
    void drop(size_t I) {
      release(Places[I]);
      Places[I] = nullptr;
    }
  };
  struct Node {
    Node *Left, *Right;
  };
  static Node *tree(int Depth) {
    auto *N = static_cast<Node *>(allocate(sizeof(Node)));
    N->Left = Depth ? tree(Depth - 1) : nullptr;
    N->Right = Depth ? tree(Depth - 1) : nullptr;
    return N;
  }
  static uint64_t sum(Node *N) {
    return N->Left ? 1 + sum(N->Left) + sum(N->Right) : 1;
  }
  static void free(void *P) { release(P); }
  using TextBytes = bench::TextBytes;
  using MapEntry = bench::MapEntry;
  using Text = TextBytes *;
  using Entry = MapEntry *;
  static Text newText(size_t N) {
    auto *T = static_cast<Text>(allocate(8 + N));
    T->Length = N;
    return T;
  }
  static char *text(Text T) { return T->Bytes; }
  static Entry newEntry() {
    return static_cast<Entry>(allocate(sizeof(MapEntry)));
  }
  static void drop(void *P) { release(P); }
  struct Buckets {
    std::vector<Entry> All;
    explicit Buckets(size_t N) : All(N) {}
    Entry get(size_t I) { return All[I]; }
    void set(size_t I, Entry E) { All[I] = E; }
  };
  static void free(Node *N) {
    if (N->Left) {
      free(N->Left);
      free(N->Right);
    }
    release(N);
  }
};

} // namespace

int main(int Argc, char **Argv) { return bench::run<Malloc>(Argc, Argv); }
