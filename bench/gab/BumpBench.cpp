// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The limit: a bare bump pointer that walks around a ring just large enough,
/// and never frees. It knows the lifetimes; an allocator does not.
#include "Strings.h"

namespace {

struct Bump : bench::Plain {
  static inline thread_local char *Top, *End, *Start;
  static size_t ringBytes(size_t Objects) {
    size_t Need = Objects * 64 + (1 << 16);
    return Need < (1u << 20) ? (1u << 20) : Need;
  }
  static void *take(size_t Bytes) {
    if (size_t(End - Top) < Bytes)
      Top = Start;
    char *P = Top;
    Top += Bytes;
    return P;
  }
  static void ring(size_t Bytes) {
    Start = Top = static_cast<char *>(malloc(Bytes));
    End = Start + Bytes;
  }
  struct ThreadScope {
    ThreadScope() {
      if (!Start) // another thread may have made the window
        ring(1 << 20);
    }
  };
  struct Slots {
    std::vector<uint64_t *> Places;
    explicit Slots(size_t N) : Places(N) {
      if (!Start)
        ring(ringBytes(N * (N > 1000000 ? 1 : 2)));
    }
  };
  struct Window : bench::PlainWindow<Slots> {
    using PlainWindow::PlainWindow;
    BENCH_INLINE void put(size_t I, size_t Bytes) {
      auto *P = static_cast<uint64_t *>(Bump::take(Bytes));
      P[0] = Bytes / 8 - 1;
      P[Bytes / 8 - 1] = I;
      Places[I] = P;
    }
  };
  struct Node {
    Node *Left, *Right;
  };
  static Node *build(int Depth) {
    auto *N = static_cast<Node *>(take(sizeof(Node)));
    N->Left = Depth ? build(Depth - 1) : nullptr;
    N->Right = Depth ? build(Depth - 1) : nullptr;
    return N;
  }
  static Node *tree(int Depth) {
    if (!Start)
      ring(64u << 20);
    return build(Depth);
  }
  static uint64_t sum(Node *N) {
    return N->Left ? 1 + sum(N->Left) + sum(N->Right) : 1;
  }
  /// The whole tree was the last thing taken; what was taken since its root
  /// goes too.
  static void free(Node *N) { Top = reinterpret_cast<char *>(N); }
};

} // namespace

int main(int Argc, char **Argv) { return bench::run<Bump>(Argc, Argv); }
