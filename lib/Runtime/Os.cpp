// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Memory, waiting and time of Linux. libstackward_rt has no more of it than
/// this file; processes and threads are in OsProcess.cpp.
#include "Os.h"
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace gab::os {

static std::atomic<uint64_t> FailAfter{0};

void failMapsAfter(uint64_t N) { FailAfter.store(N); }

static bool injectedFailure() {
  uint64_t N = FailAfter.load(std::memory_order_relaxed);
  if (N == 0)
    return false;
  if (N == 1)
    return true;
  FailAfter.store(N - 1, std::memory_order_relaxed);
  return false;
}

void *reserve(size_t Bytes, size_t Align) {
  if (injectedFailure())
    return nullptr;
  size_t Padded = Bytes + Align;
  void *P = mmap(nullptr, Padded, PROT_NONE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (P == MAP_FAILED)
    return nullptr;
  auto Start = reinterpret_cast<uintptr_t>(P);
  uintptr_t Aligned = (Start + Align - 1) & ~(Align - 1);
  if (Aligned != Start)
    munmap(P, Aligned - Start);
  if (size_t Tail = Padded - (Aligned - Start) - Bytes)
    munmap(reinterpret_cast<void *>(Aligned + Bytes), Tail);
  return reinterpret_cast<void *>(Aligned);
}

bool reserveAt(void *Start, size_t Bytes) {
  if (injectedFailure())
    return false;
  // Kernels before 4.17 take the address for a hint.
  void *P = mmap(
      Start, Bytes, PROT_NONE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (P != MAP_FAILED && P != Start)
    munmap(P, Bytes);
  return P == Start;
}

bool commit(void *Start, size_t Bytes) {
  if (injectedFailure())
    return false;
  return mprotect(Start, Bytes, PROT_READ | PROT_WRITE) == 0;
}

void discard(void *Start, size_t Bytes) {
  madvise(Start, Bytes, MADV_DONTNEED);
}

void populate(void *Start, size_t Bytes) {
  madvise(Start, Bytes, MADV_POPULATE_WRITE);
}

void preferHuge(void *Start, size_t Bytes) {
  madvise(Start, Bytes, MADV_HUGEPAGE);
}

bool makeHuge(void *Start, size_t Bytes) {
  constexpr int Collapse = 25; // MADV_COLLAPSE, which old headers do not have
  return madvise(Start, Bytes, Collapse) == 0 || errno != EINVAL;
}

void forbid(void *Start, size_t Bytes) { mprotect(Start, Bytes, PROT_NONE); }
void allow(void *Start, size_t Bytes) {
  mprotect(Start, Bytes, PROT_READ | PROT_WRITE);
}

void *map(size_t Bytes) {
  if (injectedFailure())
    return nullptr;
  void *P = mmap(nullptr, Bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return P == MAP_FAILED ? nullptr : P;
}

void unmap(void *Start, size_t Bytes) { munmap(Start, Bytes); }

void label(void *Start, size_t Bytes, const char *Name) {
  prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, Start, Bytes, Name);
}

void futexWait(std::atomic<uint32_t> &Word, uint32_t Expected,
               uint64_t TimeoutNs) {
  timespec Time{static_cast<time_t>(TimeoutNs / 1000000000u),
                static_cast<long>(TimeoutNs % 1000000000u)};
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&Word), FUTEX_WAIT_PRIVATE,
          Expected, TimeoutNs ? &Time : nullptr, nullptr, 0);
}

void futexWake(std::atomic<uint32_t> &Word, int Count) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&Word), FUTEX_WAKE_PRIVATE,
          Count, nullptr, nullptr, 0);
}

uint64_t clockNs(clockid_t Clock) {
  timespec T;
  clock_gettime(Clock, &T);
  return uint64_t(T.tv_sec) * 1000000000u + uint64_t(T.tv_nsec);
}

void nap(uint64_t Ns) {
  timespec T = {static_cast<time_t>(Ns / 1000000000),
                static_cast<long>(Ns % 1000000000)};
  nanosleep(&T, nullptr);
}

} // namespace gab::os
