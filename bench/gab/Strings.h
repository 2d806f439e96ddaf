// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Two workloads in which objects have more than one owner or thread.
///
///   strings   a chained hash map from strings to strings: 100,000 keys of 8 to
///             39 bytes; of the operations half replace a value (16 to 79
///             bytes), a quarter look one up, an eighth each erase and insert
///   handoff   one thread makes objects and hands them over by batches of 512;
///             another reads each and drops it
///
/// A policy that has Text and Entry takes part in the first. Both are handles
/// that `->` works on: Text has Length, and text(handle) are its bytes; Entry
/// has Next, Key and Value. newText(n), newEntry(), drop(handle); class
/// Buckets(n) with get(i) and set(i, entry).
#ifndef GAB_BENCH_STRINGS_H
#define GAB_BENCH_STRINGS_H

#include "Workloads.h"
#include <semaphore>

namespace bench {

template <class P> class StringMap {
  static constexpr size_t Size = 1 << 17;
  using Entry = typename P::Entry;
  using Text = typename P::Text;
  typename P::Buckets Buckets{Size};

  static uint64_t mix(uint64_t X) {
    X ^= X >> 31;
    X *= 0x9E3779B97F4A7C15ull;
    return X ^ X >> 29;
  }
  static size_t keyLength(uint64_t Id) { return 8 + (mix(Id) & 31); }
  /// The key is eight bytes of the number and as many letters as it takes.
  static Text makeKey(uint64_t Id) {
    Text T = P::newText(keyLength(Id));
    memset(P::text(T), 'k', T->Length);
    memcpy(P::text(T), &Id, 8);
    return T;
  }
  static bool same(Text T, uint64_t Id) {
    char Other[40];
    size_t N = keyLength(Id);
    memset(Other, 'k', N);
    memcpy(Other, &Id, 8);
    return T->Length == N && !memcmp(P::text(T), Other, N);
  }
  Entry find(uint64_t Id) {
    Entry E = Buckets.get(mix(Id) % Size);
    while (E && !same(Text(E->Key), Id))
      E = Entry(E->Next);
    return E;
  }

public:
  uint64_t look(uint64_t Id) {
    Entry E = find(Id);
    return E ? uint64_t(P::text(Text(E->Value))[0]) : 0;
  }
  void put(uint64_t Id, size_t Bytes) {
    Entry E = find(Id);
    Text Value = P::newText(Bytes);
    memset(P::text(Value), int(Id & 127), Bytes);
    if (E) {
      P::drop(Text(E->Value));
      E->Value = Value;
      return;
    }
    Text Key = makeKey(Id);
    Entry New = P::newEntry();
    New->Key = Key;
    New->Value = Value;
    New->Next = Buckets.get(mix(Id) % Size);
    Buckets.set(mix(Id) % Size, New);
  }
  void erase(uint64_t Id) {
    size_t B = mix(Id) % Size;
    Entry Before = Entry(), E = Buckets.get(B);
    while (E && !same(Text(E->Key), Id)) {
      Before = E;
      E = Entry(E->Next);
    }
    if (!E)
      return;
    if (Before)
      Before->Next = Entry(E->Next);
    else
      Buckets.set(B, Entry(E->Next));
    P::drop(Text(E->Key));
    P::drop(Text(E->Value));
    P::drop(E);
  }
};

template <class P> void strings(size_t N) {
  constexpr uint64_t Keys = 100000;
  StringMap<P> Map;
  Random R;
  auto Length = [&R] { return 16 + (R() >> 40) % 64; };
  for (uint64_t Id = 0; Id < Keys; ++Id)
    Map.put(Id, Length());
  uint64_t Sum = 0;
  Timer T;
  for (size_t I = 0; I < N; ++I) {
    uint64_t X = R(), Id = (X >> 32) * Keys >> 32;
    switch (X & 7) {
    case 0:
      Map.erase(Id);
      break;
    case 1:
    case 2:
      Sum += Map.look(Id);
      break;
    default: // inserts what was erased, else replaces
      Map.put(Id, Length());
    }
  }
  Sink = Sum;
  report("strings", double(N), T);
}

template <class P> void handoff(size_t N) {
  constexpr size_t Batch = 512, Batches = 8;
  N -= N % Batch;
  typename P::Window W(Batch * Batches);
  std::counting_semaphore<Batches> Empty(Batches), Full(0);
  std::vector<std::thread> All;
  auto Wait = [](auto &S) {
    if (!S.try_acquire())
      P::blocked([&S] { S.acquire(); });
  };
  Timer T;
  All.emplace_back([&] {
    typename P::ThreadScope S;
    for (size_t I = 0; I < N; ++I) {
      if (I % Batch == 0)
        Wait(Empty);
      W.put(I % (Batch * Batches), TheSizes.Bytes[I % Sizes::Count]);
      if (I % Batch == Batch - 1)
        Full.release();
    }
  });
  All.emplace_back([&] {
    typename P::ThreadScope S;
    uint64_t Sum = 0;
    for (size_t I = 0; I < N; ++I) {
      if (I % Batch == 0)
        Wait(Full);
      Sum += W.place(I % (Batch * Batches));
      W.drop(I % (Batch * Batches));
      if (I % Batch == Batch - 1)
        Empty.release();
    }
    Sink = Sum;
  });
  P::join(All);
  report("handoff", double(N), T);
}

} // namespace bench
#endif
