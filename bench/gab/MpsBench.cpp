// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The workloads with Ravenbrook's Memory Pool System: leaf objects in an AMCZ
/// pool, those with references in AMC pools, an allocation point for each
/// thread and pool. A window is a table of exact roots, stacks are ambiguous.
///
/// No object has more than its own words: the first of a leaf object is its
/// length, that of another is a reference. Bits that neither has say that an
/// object has moved, or is padding. MPS_NURSERY is the size of the first
/// generation in KB; the second has four times that.
#include "Strings.h"
extern "C" {
#include "mps.h"
#include "mpsavm.h"
#include "mpscamc.h"
}

namespace {

mps_arena_t Arena;

void check(mps_res_t Result) {
  if (Result == MPS_RES_OK)
    return;
  fprintf(stderr, "mps: error %d\n", int(Result));
  abort();
}

uint64_t &word(mps_addr_t P, size_t I) { return static_cast<uint64_t *>(P)[I]; }
mps_addr_t after(mps_addr_t P, size_t Bytes) {
  return static_cast<char *>(P) + Bytes;
}

/// Objects of a length in bytes and what it counts; at least 16 bytes.
struct Leaf {
  static constexpr uint64_t Moved = uint64_t(1) << 62;
  static constexpr uint64_t Padding = uint64_t(1) << 61;
  static mps_addr_t skip(mps_addr_t P) {
    return after(P, 8 + (((word(P, 0) & ~(Moved | Padding)) + 7) & ~size_t(7)));
  }
  static void forward(mps_addr_t Old, mps_addr_t New) {
    word(Old, 0) |= Moved;
    word(Old, 1) = reinterpret_cast<uint64_t>(New);
  }
  static mps_addr_t forwarded(mps_addr_t P) {
    return word(P, 0) & Moved ? reinterpret_cast<mps_addr_t>(word(P, 1))
                              : nullptr;
  }
  static void pad(mps_addr_t P, size_t Bytes) {
    word(P, 0) = (Bytes - 8) | Padding;
  }
};

/// Objects of N references.
template <size_t N> struct References {
  static constexpr uint64_t Moved = 1, Padding = 2;
  static mps_addr_t skip(mps_addr_t P) {
    return after(P, word(P, 0) & Padding ? word(P, 0) & ~Padding : 8 * N);
  }
  static mps_res_t scan(mps_ss_t State, mps_addr_t P, mps_addr_t Limit) {
    MPS_SCAN_BEGIN(State) {
      for (; P < Limit; P = skip(P)) {
        if (word(P, 0) & (Moved | Padding))
          continue;
        for (size_t I = 0; I < N; ++I) {
          auto *Slot = &static_cast<mps_addr_t *>(P)[I];
          mps_res_t Result = MPS_FIX12(State, Slot);
          if (Result != MPS_RES_OK)
            return Result;
        }
      }
    }
    MPS_SCAN_END(State);
    return MPS_RES_OK;
  }
  static void forward(mps_addr_t Old, mps_addr_t New) {
    word(Old, 0) = reinterpret_cast<uint64_t>(New) | Moved;
  }
  static mps_addr_t forwarded(mps_addr_t P) {
    return word(P, 0) & Moved
               ? reinterpret_cast<mps_addr_t>(word(P, 0) & ~Moved)
               : nullptr;
  }
  static void pad(mps_addr_t P, size_t Bytes) { word(P, 0) = Bytes | Padding; }
};

template <class Format>
mps_pool_t makePool(mps_pool_class_t Class, mps_fmt_scan_t Scan,
                    mps_chain_t Chain) {
  mps_fmt_t F;
  mps_pool_t Pool;
  MPS_ARGS_BEGIN(Arguments) {
    MPS_ARGS_ADD(Arguments, MPS_KEY_FMT_ALIGN, 8);
    if (Scan)
      MPS_ARGS_ADD(Arguments, MPS_KEY_FMT_SCAN, Scan);
    MPS_ARGS_ADD(Arguments, MPS_KEY_FMT_SKIP, Format::skip);
    MPS_ARGS_ADD(Arguments, MPS_KEY_FMT_FWD, Format::forward);
    MPS_ARGS_ADD(Arguments, MPS_KEY_FMT_ISFWD, Format::forwarded);
    MPS_ARGS_ADD(Arguments, MPS_KEY_FMT_PAD, Format::pad);
    check(mps_fmt_create_k(&F, Arena, Arguments));
  }
  MPS_ARGS_END(Arguments);
  MPS_ARGS_BEGIN(Arguments) {
    MPS_ARGS_ADD(Arguments, MPS_KEY_FORMAT, F);
    MPS_ARGS_ADD(Arguments, MPS_KEY_CHAIN, Chain);
    check(mps_pool_create_k(&Pool, Arena, Class, Arguments));
  }
  MPS_ARGS_END(Arguments);
  return Pool;
}

mps_pool_t Leaves, Pairs, Triples;

void makePools() {
  MPS_ARGS_BEGIN(Arguments) {
    MPS_ARGS_ADD(Arguments, MPS_KEY_ARENA_SIZE, size_t(1) << 28);
    check(mps_arena_create_k(&Arena, mps_arena_class_vm(), Arguments));
  }
  MPS_ARGS_END(Arguments);
  const char *Text = getenv("MPS_NURSERY");
  size_t Nursery = Text ? strtoull(Text, nullptr, 10) : 4096;
  mps_gen_param_s Generations[] = {{Nursery, 0.9}, {4 * Nursery, 0.5}};
  mps_chain_t Chain;
  check(mps_chain_create(&Chain, Arena, 2, Generations));
  Leaves = makePool<Leaf>(mps_class_amcz(), nullptr, Chain);
  Pairs = makePool<References<2>>(mps_class_amc(), References<2>::scan, Chain);
  Triples =
      makePool<References<3>>(mps_class_amc(), References<3>::scan, Chain);
}

/// A thread that allocates: known to the arena, its stack a root.
struct Mutator {
  static inline thread_local mps_ap_t Leaf, Pair, Triple;
  mps_thr_t Thread;
  mps_root_t Stack;
  explicit Mutator(void *Cold) {
    check(mps_thread_reg(&Thread, Arena));
    check(mps_root_create_thread(&Stack, Arena, Thread, Cold));
    check(mps_ap_create_k(&Leaf, Leaves, mps_args_none));
    check(mps_ap_create_k(&Pair, Pairs, mps_args_none));
    check(mps_ap_create_k(&Triple, Triples, mps_args_none));
  }
  ~Mutator() {
    mps_ap_destroy(Triple);
    mps_ap_destroy(Pair);
    mps_ap_destroy(Leaf);
    mps_root_destroy(Stack);
    mps_thread_dereg(Thread);
  }
};

/// Init(P) writes what a collection may look at.
template <class Function>
BENCH_INLINE mps_addr_t make(mps_ap_t Point, size_t Bytes, Function Init) {
  mps_addr_t P;
  do {
    mps_res_t Result;
    MPS_RESERVE_BLOCK(Result, P, Point, Bytes);
    check(Result);
    Init(P);
  } while (!mps_commit(Point, P, Bytes));
  return P;
}

struct Mps : bench::Plain {
  template <class T> struct Table {
    T *Places;
    mps_root_t Root;
    explicit Table(size_t N) : Places(static_cast<T *>(calloc(N, sizeof(T)))) {
      check(mps_root_create_table(&Root, Arena, mps_rank_exact(), 0,
                                  reinterpret_cast<mps_addr_t *>(Places), N));
    }
    ~Table() {
      mps_root_destroy(Root);
      ::free(Places);
    }
  };
  struct Window : bench::PlainWindow<Table<uint64_t *>> {
    using PlainWindow::PlainWindow;
    BENCH_INLINE void put(size_t I, size_t Bytes) {
      auto *P = static_cast<uint64_t *>(
          make(Mutator::Leaf, Bytes,
               [Bytes](mps_addr_t P) { word(P, 0) = Bytes - 8; }));
      P[Bytes / 8 - 1] = I;
      Places[I] = P;
    }
  };
  struct Node {
    Node *Left, *Right;
  };
  static Node *build(int Depth) {
    auto *N =
        static_cast<Node *>(make(Mutator::Pair, sizeof(Node), [](mps_addr_t P) {
          word(P, 0) = word(P, 1) = 0;
        }));
    if (Depth) {
      N->Left = build(Depth - 1);
      N->Right = build(Depth - 1);
    }
    return N;
  }
  static Node *tree(int Depth) { return build(Depth); }
  static uint64_t sum(Node *N) {
    return N->Left ? 1 + sum(N->Left) + sum(N->Right) : 1;
  }
  static void free(Node *&N) { N = nullptr; }
  using TextBytes = bench::TextBytes;
  using MapEntry = bench::MapEntry;
  using Text = TextBytes *;
  using Entry = MapEntry *;
  static Text newText(size_t N) {
    return static_cast<Text>(make(Mutator::Leaf, 8 + ((N + 7) & ~size_t(7)),
                                  [N](mps_addr_t P) { word(P, 0) = N; }));
  }
  static char *text(Text T) { return T->Bytes; }
  static Entry newEntry() {
    return static_cast<Entry>(
        make(Mutator::Triple, sizeof(MapEntry),
             [](mps_addr_t P) { word(P, 0) = word(P, 1) = word(P, 2) = 0; }));
  }
  static void drop(void *) {}
  struct Buckets : Table<Entry> {
    using Table::Table;
    Entry get(size_t I) { return Places[I]; }
    void set(size_t I, Entry E) { Places[I] = E; }
  };
  struct ThreadScope {
    Mutator M{__builtin_frame_address(0)};
  };
  static void settle() {
    check(mps_arena_collect(Arena));
    mps_arena_release(Arena);
  }
};

} // namespace

int main(int Argc, char **Argv) {
  makePools();
  Mutator M(__builtin_frame_address(0));
  return bench::run<Mps>(Argc, Argv);
}
