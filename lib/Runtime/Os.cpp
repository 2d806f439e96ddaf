// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Linux, and the only file that knows it.
#include "Os.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
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

static uint64_t clockNs(clockid_t Clock) {
  timespec T;
  clock_gettime(Clock, &T);
  return uint64_t(T.tv_sec) * 1000000000u + uint64_t(T.tv_nsec);
}

uint64_t nowNs() { return clockNs(CLOCK_MONOTONIC); }
void nap(uint64_t Ns) {
  timespec T = {static_cast<time_t>(Ns / 1000000000),
                static_cast<long>(Ns % 1000000000)};
  nanosleep(&T, nullptr);
}

uint64_t threadCpuNs() { return clockNs(CLOCK_THREAD_CPUTIME_ID); }
uint64_t processCpuNs() { return clockNs(CLOCK_PROCESS_CPUTIME_ID); }

pid_t threadId() { return static_cast<pid_t>(syscall(SYS_gettid)); }

bool signalThread(pid_t Tid, int Signal) {
  return syscall(SYS_tgkill, getpid(), Tid, Signal) == 0 || errno != ESRCH;
}

void stackBounds(void *&Low, void *&High) {
  pthread_attr_t Attributes;
  size_t Size = 0;
  Low = nullptr;
  if (pthread_getattr_np(pthread_self(), &Attributes) == 0) {
    pthread_attr_getstack(&Attributes, &Low, &Size);
    pthread_attr_destroy(&Attributes);
  }
  High = static_cast<char *>(Low) + Size;
}

unsigned cores() {
  cpu_set_t Set;
  CPU_ZERO(&Set);
  if (sched_getaffinity(0, sizeof(Set), &Set) != 0)
    return 1;
  int N = CPU_COUNT(&Set);
  return N > 0 ? static_cast<unsigned>(N) : 1;
}

size_t coreCache() {
  long Bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  return Bytes > 0 ? static_cast<size_t>(Bytes) : size_t(1) << 20;
}

uint64_t groupLimit() {
  char Text[32];
  int File = open("/sys/fs/cgroup/memory.max", O_RDONLY | O_CLOEXEC);
  if (File < 0)
    return 0;
  ssize_t N = read(File, Text, sizeof(Text) - 1);
  close(File);
  if (N <= 0)
    return 0;
  Text[N] = 0;
  return strtoull(Text, nullptr, 10); // "max" reads as 0
}

void say(const char *Text) {
  [[maybe_unused]] ssize_t N = write(2, Text, strlen(Text));
}

} // namespace gab::os
