// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A hash table that never enters the hooks of the recorder.
///
/// Open addressing with linear probing; a removal shifts the entries behind
/// it back, so that there are no tombstones and a table that churns stays as
/// fast as one that grew. Memory comes from the C library's own entry points,
/// which the hooks do not see.
#ifndef STACKWARD_LIFETIME_RECORDER_TABLE_H
#define STACKWARD_LIFETIME_RECORDER_TABLE_H

#include <cstddef>
#include <cstdint>

extern "C" void *__libc_calloc(size_t, size_t) noexcept;
extern "C" void __libc_free(void *) noexcept;

namespace recorder {

inline uint64_t mix(uint64_t Hash, uint64_t Word) {
  Hash = (Hash ^ Word) * 0x9e3779b97f4a7c15ull;
  return Hash ^ (Hash >> 29);
}

/// Entry has `bool used() const`, `uint64_t hash() const`,
/// `bool sameKey(const Entry &) const`, and all its bits clear when unused.
template <typename Entry> class Table {
public:
  Entry *find(const Entry &Key) {
    if (!Capacity)
      return nullptr;
    Entry &Found = Entries[slotOf(Key)];
    return Found.used() ? &Found : nullptr;
  }

  /// The entry with this key; a copy of \p Fresh if there was none.
  Entry &insert(const Entry &Fresh) {
    if (Count * 3 >= Capacity * 2)
      grow();
    Entry &Found = Entries[slotOf(Fresh)];
    if (!Found.used()) {
      Found = Fresh;
      ++Count;
    }
    return Found;
  }

  void remove(Entry &Gone) {
    size_t Hole = &Gone - Entries;
    --Count;
    for (size_t I = next(Hole); Entries[I].used(); I = next(I)) {
      // An entry may move back to the hole unless that is before its home.
      size_t Home = Entries[I].hash() & (Capacity - 1);
      if (((I - Home) & (Capacity - 1)) < ((I - Hole) & (Capacity - 1)))
        continue;
      Entries[Hole] = Entries[I];
      Hole = I;
    }
    Entries[Hole] = Entry();
  }

  template <typename Visitor> void forEach(Visitor Visit) {
    for (size_t I = 0; I != Capacity; ++I)
      if (Entries[I].used())
        Visit(Entries[I]);
  }

private:
  size_t next(size_t I) const { return (I + 1) & (Capacity - 1); }

  size_t slotOf(const Entry &Key) const {
    size_t I = Key.hash() & (Capacity - 1);
    while (Entries[I].used() && !Entries[I].sameKey(Key))
      I = next(I);
    return I;
  }

  void grow() {
    Entry *Old = Entries;
    size_t OldCapacity = Capacity;
    Capacity = Capacity ? Capacity * 2 : 1024;
    Entries = static_cast<Entry *>(__libc_calloc(Capacity, sizeof(Entry)));
    if (!Entries)
      __builtin_trap();
    for (size_t I = 0; I != OldCapacity; ++I)
      if (Old[I].used())
        Entries[slotOf(Old[I])] = Old[I];
    __libc_free(Old);
  }

  Entry *Entries = nullptr;
  size_t Capacity = 0;
  size_t Count = 0;
};

} // namespace recorder

#endif
