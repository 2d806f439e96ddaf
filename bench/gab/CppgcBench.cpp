// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The workloads with cppgc, V8's collector for C++, as Debian's libnode-dev
/// has it. One heap per thread is all it offers, so nothing with threads.
/// CPPGC=concurrent marks and sweeps beside the program; else it is atomic.
#include "Strings.h"
#include <cppgc/allocation.h>
#include <cppgc/default-platform.h>
#include <cppgc/garbage-collected.h>
#include <cppgc/heap.h>
#include <cppgc/member.h>
#include <cppgc/persistent.h>
#include <cppgc/visitor.h>
#include <libplatform/libplatform.h>
#include <v8-initialization.h>

namespace {

struct Cppgc : bench::Plain {
  static inline std::unique_ptr<cppgc::Heap> Heap;
  static cppgc::AllocationHandle &handle() {
    return Heap->GetAllocationHandle();
  }
  struct Object : cppgc::GarbageCollected<Object> {
    uint64_t First = 0;
    uint64_t *words() { return &First; }
    void Trace(cppgc::Visitor *) const {}
  };
  template <class T> struct Row : cppgc::GarbageCollected<Row<T>> {
    size_t Length;
    explicit Row(size_t N) : Length(N) {
      for (size_t I = 0; I < N; ++I)
        new (&at(I)) cppgc::Member<T>();
    }
    cppgc::Member<T> &at(size_t I) const {
      return reinterpret_cast<cppgc::Member<T> *>(
          const_cast<Row *>(this + 1))[I];
    }
    void Trace(cppgc::Visitor *V) const {
      for (size_t I = 0; I < Length; ++I)
        V->Trace(at(I));
    }
    static Row *make(size_t N) {
      return cppgc::MakeGarbageCollected<Row>(
          handle(), cppgc::AdditionalBytes(N * sizeof(cppgc::Member<T>)), N);
    }
  };
  struct Window {
    cppgc::Persistent<Row<Object>> Places;
    explicit Window(size_t N) : Places(Row<Object>::make(N)) {}
    BENCH_INLINE uint64_t place(size_t I) {
      Object *O = Places->at(I).Get();
      return O ? O->First : 0;
    }
    BENCH_INLINE void put(size_t I, size_t Bytes) {
      auto *O = cppgc::MakeGarbageCollected<Object>(
          handle(), cppgc::AdditionalBytes(Bytes - sizeof(Object)));
      O->First = Bytes / 8 - 1;
      O->words()[Bytes / 8 - 1] = I;
      Places->at(I) = O;
    }
    void drop(size_t I) { Places->at(I) = nullptr; }
    void take(size_t I, Window &From, size_t J) {
      Places->at(I) = From.Places->at(J);
      From.Places->at(J) = nullptr;
    }
  };
  struct Node : cppgc::GarbageCollected<Node> {
    cppgc::Member<Node> Left, Right;
    void Trace(cppgc::Visitor *V) const {
      V->Trace(Left);
      V->Trace(Right);
    }
  };
  static Node *build(int Depth) {
    Node *N = cppgc::MakeGarbageCollected<Node>(handle());
    if (Depth) {
      N->Left = build(Depth - 1);
      N->Right = build(Depth - 1);
    }
    return N;
  }
  static cppgc::Persistent<Node> tree(int Depth) { return build(Depth); }
  static uint64_t count(Node *N) {
    return N->Left ? 1 + count(N->Left) + count(N->Right) : 1;
  }
  static uint64_t sum(cppgc::Persistent<Node> &T) { return count(T.Get()); }
  static void free(cppgc::Persistent<Node> &T) { T = nullptr; }
  static void settle() {
    Heap->ForceGarbageCollectionSlow(
        "bench", "settle", cppgc::EmbedderStackState::kMayContainHeapPointers);
  }

  struct TextBytes : cppgc::GarbageCollected<TextBytes> {
    uint64_t Length = 0;
    void Trace(cppgc::Visitor *) const {}
  };
  struct MapEntry : cppgc::GarbageCollected<MapEntry> {
    cppgc::Member<MapEntry> Next;
    cppgc::Member<TextBytes> Key, Value;
    void Trace(cppgc::Visitor *V) const {
      V->Trace(Next);
      V->Trace(Key);
      V->Trace(Value);
    }
  };
  using Text = TextBytes *;
  using Entry = MapEntry *;
  static Text newText(size_t N) {
    Text T = cppgc::MakeGarbageCollected<TextBytes>(handle(),
                                                    cppgc::AdditionalBytes(N));
    T->Length = N;
    return T;
  }
  static char *text(Text T) { return reinterpret_cast<char *>(T + 1); }
  static Entry newEntry() {
    return cppgc::MakeGarbageCollected<MapEntry>(handle());
  }
  static void drop(void *) {}
  struct Buckets {
    cppgc::Persistent<Row<MapEntry>> All;
    explicit Buckets(size_t N) : All(Row<MapEntry>::make(N)) {}
    Entry get(size_t I) { return All->at(I).Get(); }
    void set(size_t I, Entry E) { All->at(I) = E; }
  };
};

} // namespace

int main(int Argc, char **Argv) {
  std::string W = Argc > 1 ? Argv[1] : "";
  if (W == "handoff" || W.starts_with("threads"))
    return 2;
  // Within V8 the collector asks V8's platform for its tracing.
  auto V8Platform = v8::platform::NewDefaultPlatform();
  v8::V8::InitializePlatform(V8Platform.get());
  auto Platform = std::make_shared<cppgc::DefaultPlatform>();
  cppgc::InitializeProcess(Platform->GetPageAllocator());
  auto Options = cppgc::Heap::HeapOptions::Default();
  const char *Mode = getenv("CPPGC");
  bool Concurrent = Mode && !strcmp(Mode, "concurrent");
  using Heap = cppgc::Heap;
  Options.marking_support = Concurrent
                                ? Heap::MarkingType::kIncrementalAndConcurrent
                                : Heap::MarkingType::kAtomic;
  Options.sweeping_support = Concurrent
                                 ? Heap::SweepingType::kIncrementalAndConcurrent
                                 : Heap::SweepingType::kAtomic;
  Cppgc::Heap = Heap::Create(Platform, std::move(Options));
  int Result = bench::run<Cppgc>(Argc, Argv);
  Cppgc::Heap.reset();
  cppgc::ShutdownProcess();
  return Result;
}
