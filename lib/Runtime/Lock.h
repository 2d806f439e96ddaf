// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A futex mutex that a forked child may reset, and an array that grows with
/// pages from the system: nothing here may call malloc, because a stopped
/// thread may be in the middle of it.
#ifndef GAB_RUNTIME_LOCK_H
#define GAB_RUNTIME_LOCK_H

#include "Os.h"
#include <string.h>

namespace gab::rt {

inline void pause() { __builtin_ia32_pause(); }

/// 0 free, 1 held, 2 held and somebody waits.
class Lock {
  std::atomic<uint32_t> Word{0};

public:
  bool tryLock() {
    uint32_t Free = 0;
    return Word.compare_exchange_strong(Free, 1, std::memory_order_acquire);
  }
  void lock() {
    for (int Spin = 0; Spin < 64; ++Spin) {
      if (tryLock())
        return;
      pause();
    }
    while (Word.exchange(2, std::memory_order_acquire) != 0)
      os::futexWait(Word, 2, 0);
  }
  void unlock() {
    if (Word.exchange(0, std::memory_order_release) == 2)
      os::futexWake(Word, 1);
  }
  void reset() { Word.store(0, std::memory_order_relaxed); }
};

class Guard {
  Lock &L;

public:
  explicit Guard(Lock &TheLock) : L(TheLock) { L.lock(); }
  ~Guard() { L.unlock(); }
  Guard(const Guard &) = delete;
  Guard &operator=(const Guard &) = delete;
};

/// An array of plain values. push() is false when memory is used up.
template <class T> class PageArray {
  T *Items = nullptr;
  size_t Count = 0, Capacity = 0;

public:
  bool reserve(size_t N) {
    if (N <= Capacity)
      return true;
    size_t Want = Capacity ? Capacity : 4096 / sizeof(T) + 1;
    while (Want < N)
      Want *= 2;
    void *New = os::map(Want * sizeof(T));
    if (!New)
      return false;
    if (Items) {
      memcpy(New, static_cast<void *>(Items), Count * sizeof(T));
      os::unmap(Items, Capacity * sizeof(T));
    }
    Items = static_cast<T *>(New);
    Capacity = Want;
    return true;
  }
  bool push(const T &Value) {
    if (Count == Capacity && !reserve(Count + 1))
      return false;
    Items[Count++] = Value;
    return true;
  }
  /// All of Other's, and Other becomes empty. False: nothing has changed.
  bool take(PageArray &Other) {
    if (!reserve(Count + Other.Count))
      return false;
    if (Other.Count)
      memcpy(static_cast<void *>(Items + Count),
             static_cast<void *>(Other.Items), Other.Count * sizeof(T));
    Count += Other.Count;
    Other.Count = 0;
    return true;
  }
  void clear() { Count = 0; }
  void truncate(size_t N) { Count = N; }
  void release() {
    if (Items)
      os::unmap(Items, Capacity * sizeof(T));
    Items = nullptr;
    Count = Capacity = 0;
  }
  size_t size() const { return Count; }
  bool empty() const { return Count == 0; }
  T &operator[](size_t I) { return Items[I]; }
  const T &operator[](size_t I) const { return Items[I]; }
  T pop() { return Items[--Count]; }
  T *begin() { return Items; }
  T *end() { return Items + Count; }
  void swap(PageArray &Other) {
    PageArray Mine = *this;
    *this = Other;
    Other = Mine;
  }
};

} // namespace gab::rt
#endif
