// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The workloads with the Boehm-Demers-Weiser collector, thread-local
/// allocation on.
#define GC_THREADS
#include "Strings.h"
#include <gc/gc.h>

namespace {

struct Bdwgc : bench::Plain {
  struct Slots {
    uint64_t **Places;
    explicit Slots(size_t N)
        : Places(static_cast<uint64_t **>(
              GC_MALLOC_UNCOLLECTABLE(N * sizeof(uint64_t *)))) {}
    ~Slots() { GC_FREE(Places); }
  };
  struct Window : bench::PlainWindow<Slots> {
    using PlainWindow::PlainWindow;
    BENCH_INLINE void put(size_t I, size_t Bytes) {
      auto *P = static_cast<uint64_t *>(GC_MALLOC_ATOMIC(Bytes));
      P[0] = Bytes / 8 - 1;
      P[Bytes / 8 - 1] = I;
      Places[I] = P;
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
  struct ThreadScope {
    ThreadScope() {
      GC_stack_base Base;
      GC_get_stack_base(&Base);
      GC_register_my_thread(&Base);
    }
    ~ThreadScope() { GC_unregister_my_thread(); }
  };
  using TextBytes = bench::TextBytes;
  using MapEntry = bench::MapEntry;
  using Text = TextBytes *;
  using Entry = MapEntry *;
  static Text newText(size_t N) {
    auto *T = static_cast<Text>(GC_MALLOC_ATOMIC(8 + N));
    T->Length = N;
    return T;
  }
  static char *text(Text T) { return T->Bytes; }
  static Entry newEntry() {
    return static_cast<Entry>(GC_MALLOC(sizeof(MapEntry)));
  }
  static void drop(void *) {}
  struct Buckets {
    Entry *All;
    explicit Buckets(size_t N)
        : All(static_cast<Entry *>(
              GC_MALLOC_UNCOLLECTABLE(N * sizeof(Entry)))) {}
    ~Buckets() { GC_FREE(All); }
    Entry get(size_t I) { return All[I]; }
    void set(size_t I, Entry E) { All[I] = E; }
  };
  static void settle() { GC_gcollect_and_unmap(); }
};

} // namespace

int main(int Argc, char **Argv) {
  GC_INIT();
  GC_allow_register_threads();
  return bench::run<Bdwgc>(Argc, Argv);
}
