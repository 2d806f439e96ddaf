// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// An open-addressing hash map in the collected heap; a value type like
/// gab::vector. Keys and values are pointer-free, Members, or traced types
/// without a destructor. Keys that are references are hashed by identity, not
/// by address, because addresses change.
#ifndef GAB_HASH_MAP_HPP
#define GAB_HASH_MAP_HPP

#include "gab/gab.hpp"

namespace gab {

namespace detail {
enum class Place : uint8_t { Free, Used, Erased };

template <class K, class V> struct MapEntry {
  K Key{};
  V Value{};
  Place State = Place::Free;
  // Fields that hold no reference cost nothing here.
  GAB_TRACE(MapEntry, Key, Value)
};
} // namespace detail

template <class T> struct identity_hasher {
  size_t operator()(const Member<T> &M) const {
    return identity_hash(Ref<T>(M));
  }
};

template <class K, class V, class Hash = std::hash<K>> class hash_map {
  using Entry = detail::MapEntry<K, V>;
  using Place = detail::Place;
  Member<Array<Entry>> Table;
  size_t Count = 0, Taken = 0; ///< Taken counts erased places too

  template <class Q> static size_t mix(const Q &Key) {
    size_t X = Hash()(Key) * 0x9E3779B97F4A7C15ull;
    return X ^ X >> 32;
  }
  template <class Q> Entry *locate(const Q &Key, bool ForInsert) const {
    Array<Entry> &T = *Table;
    size_t Mask = T.Length - 1;
    Entry *Erased = nullptr;
    for (size_t I = mix(Key) & Mask;; I = (I + 1) & Mask) {
      Entry &E = T[I];
      if (E.State == Place::Free)
        return ForInsert ? (Erased ? Erased : &E) : nullptr;
      if (E.State == Place::Used && E.Key == Key)
        return &E;
      if (E.State == Place::Erased && !Erased)
        Erased = &E;
    }
  }
  void rehash(size_t Length) {
    Ref<Array<Entry>> Old = Table;
    Table = make_array_zeroed<Entry>(Length);
    Taken = Count;
    if (!Old)
      return;
    for (Entry &E : *Old)
      if (E.State == Place::Used)
        *locate(E.Key, true) = E;
  }

public:
  GAB_TRACE(hash_map, Table)

  size_t size() const { return Count; }
  bool empty() const { return Count == 0; }

  /// The value of Key, or null. Good while the caller's stack holds it and
  /// nothing is inserted.
  V *find(const K &Key) const {
    if (!Table)
      return nullptr;
    Entry *E = locate(Key, false);
    return E ? &E->Value : nullptr;
  }
  V &operator[](const K &Key) {
    if (!Table || (Taken + 1) * 4 > Table->Length * 3)
      rehash(!Table                            ? 16
             : (Count + 1) * 2 > Table->Length ? Table->Length * 2
                                               : Table->Length);
    Entry *E = locate(Key, true);
    if (E->State != Place::Used) {
      Taken += E->State == Place::Free;
      E->Key = Key;
      E->Value = V();
      E->State = Place::Used;
      ++Count;
    }
    return E->Value;
  }
  bool erase(const K &Key) {
    Entry *E = Table ? locate(Key, false) : nullptr;
    if (!E)
      return false;
    E->Key = K();
    E->Value = V();
    E->State = Place::Erased;
    --Count;
    return true;
  }
  void clear() {
    Table = nullptr;
    Count = Taken = 0;
  }
  /// Calls F(key, value) for each entry, in no particular order.
  template <class Function> void each(Function F) const {
    if (Ref<Array<Entry>> T = Table)
      for (Entry &E : *T)
        if (E.State == Place::Used)
          F(static_cast<const K &>(E.Key), E.Value);
  }
};

} // namespace gab
#endif
