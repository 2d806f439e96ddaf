// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the runtime has to tell or ask the sanitizers. With
/// AddressSanitizer locals may live in a "fake" stack on its heap; a pointer
/// into it on the real stack leads there.
#ifndef GAB_RUNTIME_SANITIZER_H
#define GAB_RUNTIME_SANITIZER_H

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

// A stack is read word by word whatever lies there, and an object is copied
// while the owner of its memory is stopped.
#define GAB_NO_SANITIZE                                                        \
  __attribute__((no_sanitize_address, no_sanitize_thread, noinline))

#if GAB_ASAN
extern "C" void *__asan_get_current_fake_stack();
extern "C" void *__asan_addr_is_in_fake_stack(void *, void *, void **, void **);
#endif

namespace gab::rt {

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
