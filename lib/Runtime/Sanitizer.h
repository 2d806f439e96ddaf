// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the runtime has to tell or ask the sanitizers and Valgrind.
///
/// AddressSanitizer, Valgrind: blocks, lines and cells that are free may not be
/// touched, so a stale reference is reported where it is used. Memory that was
/// handed out again is not distinguished from what was there before.
/// AddressSanitizer may keep locals in a "fake" stack on its heap; a pointer
/// into it on the real stack leads there.
/// LeakSanitizer: what only collected objects refer to is not a leak.
/// MemorySanitizer: the same memory has no defined contents; nor has what was
/// just handed out. Words of stacks are read without asking.
/// Valgrind: a word of a stack counts as defined from when it was scanned.
/// ThreadSanitizer: the stop and the resume are atomics that it sees; the
/// tracer, which reads what others have written before, is not instrumented.
#ifndef GAB_RUNTIME_SANITIZER_H
#define GAB_RUNTIME_SANITIZER_H

#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define GAB_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GAB_ASAN 1
#endif
#endif
#ifndef GAB_ASAN
#define GAB_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__)
#define GAB_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GAB_TSAN 1
#endif
#endif
#ifndef GAB_TSAN
#define GAB_TSAN 0
#endif

#ifdef __has_feature
#if __has_feature(memory_sanitizer)
#define GAB_MSAN 1
#endif
#endif
#ifndef GAB_MSAN
#define GAB_MSAN 0
#endif

#ifdef GAB_VALGRIND
#include <valgrind/memcheck.h>
#endif

// A stack is read word by word whatever lies there, and an object is copied
// while the owner of its memory is stopped.
#if GAB_MSAN
#define GAB_MAY_BE_FREED __attribute__((no_sanitize("memory")))
#else
#define GAB_MAY_BE_FREED __attribute__((no_sanitize("address")))
#endif
#define GAB_NO_SANITIZE                                                        \
  GAB_MAY_BE_FREED                                                             \
  __attribute__((no_sanitize_address, no_sanitize_thread, noinline))

#if GAB_ASAN
extern "C" void __asan_poison_memory_region(const volatile void *, size_t);
extern "C" void __asan_unpoison_memory_region(const volatile void *, size_t);
extern "C" void __lsan_register_root_region(const void *, size_t);
extern "C" void *__asan_get_current_fake_stack();
extern "C" void *__asan_addr_is_in_fake_stack(void *, void *, void **, void **);
#endif

#if GAB_MSAN
extern "C" void __msan_poison(const volatile void *, size_t);
extern "C" void __msan_unpoison(const volatile void *, size_t);
#endif

namespace gab::rt {

/// Whether somebody watches which memory is touched.
#if GAB_ASAN || GAB_MSAN
constexpr bool tellsOfMemory() { return true; }
#elif defined(GAB_VALGRIND)
extern bool OnValgrind;
inline bool tellsOfMemory() { return OnValgrind; }
#else
constexpr bool tellsOfMemory() { return false; }
#endif

/// Nobody may touch [Start, Start + Bytes) until it is taken.
inline void memoryFreed([[maybe_unused]] uintptr_t Start,
                        [[maybe_unused]] size_t Bytes) {
  if (!tellsOfMemory())
    return;
#if GAB_ASAN
  __asan_poison_memory_region(reinterpret_cast<void *>(Start), Bytes);
#endif
#if GAB_MSAN
  __msan_poison(reinterpret_cast<void *>(Start), Bytes);
#endif
#ifdef GAB_VALGRIND
  VALGRIND_MAKE_MEM_NOACCESS(Start, Bytes);
#endif
}

/// It is handed out. What it holds means nothing unless Zeroed.
inline void memoryTaken([[maybe_unused]] uintptr_t Start,
                        [[maybe_unused]] size_t Bytes,
                        [[maybe_unused]] bool Zeroed = false) {
  if (!tellsOfMemory())
    return;
#if GAB_ASAN
  __asan_unpoison_memory_region(reinterpret_cast<void *>(Start), Bytes);
#endif
#if GAB_MSAN
  if (Zeroed)
    __msan_unpoison(reinterpret_cast<void *>(Start), Bytes);
  else
    __msan_poison(reinterpret_cast<void *>(Start), Bytes);
#endif
#ifdef GAB_VALGRIND
  if (Zeroed)
    VALGRIND_MAKE_MEM_DEFINED(Start, Bytes);
  else
    VALGRIND_MAKE_MEM_UNDEFINED(Start, Bytes);
#endif
}

/// A word that may be anything is about to be looked at.
inline void wordScanned([[maybe_unused]] uintptr_t &Word) {
#ifdef GAB_VALGRIND
  if (OnValgrind)
    VALGRIND_MAKE_MEM_DEFINED(&Word, sizeof(Word));
#endif
}

/// Memory that other memory may be referred to from.
inline void heapReserved([[maybe_unused]] uintptr_t Start,
                         [[maybe_unused]] size_t Bytes) {
#if GAB_ASAN
  __lsan_register_root_region(reinterpret_cast<void *>(Start), Bytes);
#endif
}

inline void *currentFakeStack() {
#if GAB_ASAN
  return __asan_get_current_fake_stack();
#else
  return nullptr;
#endif
}

/// If Word points into a frame on FakeStack: its bounds.
inline bool fakeFrame([[maybe_unused]] void *FakeStack,
                      [[maybe_unused]] void *Word, void **Low, void **High) {
  *Low = *High = nullptr;
#if GAB_ASAN
  return FakeStack && __asan_addr_is_in_fake_stack(FakeStack, Word, Low, High);
#else
  return false;
#endif
}

} // namespace gab::rt
#endif
