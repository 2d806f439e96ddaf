// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The workloads with libgab; GAB_PLAN chooses the collector. An object is an
/// array of words: its length is the first word of it.
#include "Strings.h"
#include "gab/gab.hpp"

namespace {

struct Node {
  gab::Member<Node> Left, Right;
  GAB_TRACE(Node, Left, Right)
};
#ifdef GAB_BENCH_SEGREGATED
GAB_SEGREGATE(Node);
#endif

struct Gab : bench::Plain {
  using Object = gab::Array<uint64_t>;
  struct Window {
    gab::Root<gab::Array<gab::Member<Object>>> Places;
    explicit Window(size_t N)
        : Places(gab::make_array<gab::Member<Object>>(N)) {}
    BENCH_INLINE uint64_t place(size_t I) {
      Object *O = (*Places)[I].get();
      return O ? O->Length : 0;
    }
    BENCH_INLINE void put(size_t I, size_t Bytes) {
      auto O = gab::make_array<uint64_t>(Bytes / 8 - 1);
      (*O)[Bytes / 8 - 2] = I;
      (*Places)[I] = O;
    }
    void drop(size_t I) { (*Places)[I] = nullptr; }
    void take(size_t I, Window &From, size_t J) {
      (*Places)[I] = (*From.Places)[J];
      (*From.Places)[J] = nullptr;
    }
  };
  static gab::Ref<Node> build(int Depth) {
    gab::Ref<Node> N = gab::make<Node>();
    if (Depth) {
      N->Left = build(Depth - 1);
      N->Right = build(Depth - 1);
    }
    return N;
  }
  static gab::Root<Node> tree(int Depth) { return build(Depth); }
  static uint64_t count(Node *N) {
    return N->Left ? 1 + count(N->Left.get()) + count(N->Right.get()) : 1;
  }
  static uint64_t sum(gab::Root<Node> &T) { return count(T.get()); }
  static void free(gab::Root<Node> &T) { T = gab::Ref<Node>(); }
  struct MapEntry {
    gab::Member<MapEntry> Next;
    gab::Member<gab::Array<char>> Key, Value;
    GAB_TRACE(MapEntry, Next, Key, Value)
  };
  using Text = gab::Ref<gab::Array<char>>;
  using Entry = gab::Ref<MapEntry>;
  static Text newText(size_t N) { return gab::make_array<char>(N); }
  static char *text(Text T) { return T->data(); }
  static Entry newEntry() { return gab::make<MapEntry>(); }
  static void drop(Text) {}
  static void drop(Entry) {}
  struct Buckets {
    gab::Root<gab::Array<gab::Member<MapEntry>>> All;
    explicit Buckets(size_t N)
        : All(gab::make_array<gab::Member<MapEntry>>(N)) {}
    Entry get(size_t I) { return Entry((*All)[I]); }
    void set(size_t I, Entry E) { (*All)[I] = E; }
  };
  using ThreadScope = gab::ThreadScope;
  template <class Function> static void blocked(Function F) {
    gab::BlockedScope S;
    F();
  }
  static void settle() { gab::compact(); }
  static void join(std::vector<std::thread> &All) {
    gab::BlockedScope S;
    for (std::thread &T : All)
      T.join();
  }
};

} // namespace

int main(int Argc, char **Argv) { return bench::run<Gab>(Argc, Argv); }
