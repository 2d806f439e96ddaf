// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Stands in front of malloc, operator new and their kin.
///
/// Memory comes from glibc's own entry points (`__libc_malloc` and so on),
/// so this works where glibc's allocator does, and only there. A realloc
/// counts as a free and an allocation. If memory runs out, the C++ library's
/// operator is called, which knows what to do then.
#include "Lifetimes.h"

#include <algorithm>
#include <cerrno>
#include <dlfcn.h>
#include <malloc.h>
#include <new>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RECORDER_API extern "C" __attribute__((visibility("default")))

extern "C" {
void *__libc_malloc(size_t) noexcept;
void *__libc_calloc(size_t, size_t) noexcept;
void *__libc_realloc(void *, size_t) noexcept;
void *__libc_memalign(size_t, size_t) noexcept;
void __libc_free(void *) noexcept;
}

using namespace recorder;

// What a hook tells of itself; macros, because they speak of its own frame.
#define FRAME uintptr_t(__builtin_frame_address(0))
#define CALLER uintptr_t(__builtin_return_address(0))

RECORDER_API void *malloc(size_t Size) {
  void *Memory = __libc_malloc(Size);
  recordAllocation(Kind::Malloc, Memory, Size, FRAME, CALLER);
  return Memory;
}

RECORDER_API void free(void *Memory) {
  recordFree(Memory, FRAME);
  __libc_free(Memory);
}

RECORDER_API void *calloc(size_t Count, size_t Size) {
  void *Memory = __libc_calloc(Count, Size);
  recordAllocation(Kind::Calloc, Memory, Count * Size, FRAME, CALLER);
  return Memory;
}

RECORDER_API void *realloc(void *Old, size_t Size) {
  // Before the call: another thread may get the old address at once.
  recordFree(Old, FRAME);
  void *Memory = __libc_realloc(Old, Size);
  recordAllocation(Kind::Realloc, Memory, Size, FRAME, CALLER);
  return Memory;
}

static void *aligned(size_t Alignment, size_t Size, uintptr_t Frame,
                     uintptr_t Caller) {
  void *Memory = __libc_memalign(Alignment, Size);
  recordAllocation(Kind::Aligned, Memory, Size, Frame, Caller);
  return Memory;
}

RECORDER_API void *aligned_alloc(size_t Alignment, size_t Size) {
  return aligned(Alignment, Size, FRAME, CALLER);
}

RECORDER_API void *memalign(size_t Alignment, size_t Size) {
  return aligned(Alignment, Size, FRAME, CALLER);
}

RECORDER_API int posix_memalign(void **Result, size_t Alignment, size_t Size) {
  if (Alignment % sizeof(void *) || (Alignment & (Alignment - 1)))
    return EINVAL;
  *Result = aligned(Alignment, Size, FRAME, CALLER);
  return *Result ? 0 : ENOMEM;
}

static void *outOfMemory(const char *Operator, size_t Size) {
  using New = void *(*)(size_t);
  return reinterpret_cast<New>(dlsym(RTLD_NEXT, Operator))(Size);
}

static void *create(Kind What, size_t Size, size_t Alignment, uintptr_t Frame,
                    uintptr_t Caller) {
  size_t Asked = std::max<size_t>(Size, 1);
  void *Memory =
      Alignment ? __libc_memalign(Alignment, Asked) : __libc_malloc(Asked);
  recordAllocation(What, Memory, Size, Frame, Caller);
  return Memory;
}

#define RECORDER_OPERATOR __attribute__((visibility("default")))

RECORDER_OPERATOR void *operator new(size_t Size) {
  void *Memory = create(Kind::New, Size, 0, FRAME, CALLER);
  return Memory ? Memory : outOfMemory("_Znwm", Size);
}

RECORDER_OPERATOR void *operator new[](size_t Size) {
  void *Memory = create(Kind::NewArray, Size, 0, FRAME, CALLER);
  return Memory ? Memory : outOfMemory("_Znam", Size);
}

RECORDER_OPERATOR void *operator new(size_t Size,
                                     const std::nothrow_t &) noexcept {
  return create(Kind::New, Size, 0, FRAME, CALLER);
}

RECORDER_OPERATOR void *operator new[](size_t Size,
                                       const std::nothrow_t &) noexcept {
  return create(Kind::NewArray, Size, 0, FRAME, CALLER);
}

RECORDER_OPERATOR void *operator new(size_t Size, std::align_val_t Alignment) {
  void *Memory = create(Kind::New, Size, size_t(Alignment), FRAME, CALLER);
  return Memory ? Memory : outOfMemory("_Znwm", Size);
}

RECORDER_OPERATOR void *operator new[](size_t Size,
                                       std::align_val_t Alignment) {
  void *Memory = create(Kind::NewArray, Size, size_t(Alignment), FRAME, CALLER);
  return Memory ? Memory : outOfMemory("_Znam", Size);
}

RECORDER_OPERATOR void *operator new(size_t Size, std::align_val_t Alignment,
                                     const std::nothrow_t &) noexcept {
  return create(Kind::New, Size, size_t(Alignment), FRAME, CALLER);
}

RECORDER_OPERATOR void *operator new[](size_t Size, std::align_val_t Alignment,
                                       const std::nothrow_t &) noexcept {
  return create(Kind::NewArray, Size, size_t(Alignment), FRAME, CALLER);
}

// Every form of operator delete: the same body, with its own frame.
#define RECORDER_DELETE(...)                                                   \
  RECORDER_OPERATOR void operator delete(void *Memory,                         \
                                         ##__VA_ARGS__) noexcept {             \
    recordFree(Memory, FRAME);                                                 \
    __libc_free(Memory);                                                       \
  }                                                                            \
  RECORDER_OPERATOR void operator delete[](void *Memory,                       \
                                           ##__VA_ARGS__) noexcept {           \
    recordFree(Memory, FRAME);                                                 \
    __libc_free(Memory);                                                       \
  }
RECORDER_DELETE()
RECORDER_DELETE(size_t)
RECORDER_DELETE(const std::nothrow_t &)
RECORDER_DELETE(std::align_val_t)
RECORDER_DELETE(size_t, std::align_val_t)
RECORDER_DELETE(std::align_val_t, const std::nothrow_t &)

RECORDER_API void _exit(int Status) {
  writeRecord();
  syscall(SYS_exit_group, Status);
  __builtin_unreachable();
}

// A child of fork must not inherit a lock that another thread held.
__attribute__((constructor)) static void start() {
  pthread_atfork(lockRecord, unlockRecord, unlockRecord);
}

// Runs after the destructors of the program's own static objects.
__attribute__((destructor)) static void finish() { writeRecord(); }
