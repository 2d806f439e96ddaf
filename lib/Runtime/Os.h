// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Everything asked of the operating system. Nothing here allocates with
/// malloc or takes a lock of libc: most of it runs while other threads are
/// stopped at an arbitrary instruction, perhaps inside malloc.
#ifndef GAB_RUNTIME_OS_H
#define GAB_RUNTIME_OS_H

#include <atomic>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

namespace gab::os {

/// Address space that may not be touched yet; null if there is none. The
/// start is a multiple of Align.
void *reserve(size_t Bytes, size_t Align);
/// The same at this very place. False, and nothing has changed: something is
/// there.
bool reserveAt(void *Start, size_t Bytes);
/// Makes reserved pages usable, zeroed at first. False: out of memory.
bool commit(void *Start, size_t Bytes);
/// Gives the contents back; the pages stay usable and read as zero.
void discard(void *Start, size_t Bytes);
/// Asks for all pages at once; without effect on kernels before 5.14.
void populate(void *Start, size_t Bytes);
/// Asks for pages of 2 MB.
void preferHuge(void *Start, size_t Bytes);
/// Moves what is there to pages of 2 MB, now. False: the system does not do
/// that (Linux before 6.1).
bool makeHuge(void *Start, size_t Bytes);
/// Any access to the pages faults from now on.
void forbid(void *Start, size_t Bytes);
void allow(void *Start, size_t Bytes);
/// Usable zeroed pages outside the heap. Null: out of memory.
void *map(size_t Bytes);
void unmap(void *Start, size_t Bytes);
void label(void *Start, size_t Bytes, const char *Name);

/// The n-th commit or map from now fails, and all later ones; 0 switches off.
void failMapsAfter(uint64_t N);

void futexWait(std::atomic<uint32_t> &Word, uint32_t Expected,
               uint64_t TimeoutNs);
void futexWake(std::atomic<uint32_t> &Word, int Count);

uint64_t clockNs(clockid_t Clock);
inline uint64_t nowNs() { return clockNs(CLOCK_MONOTONIC); }
inline uint64_t threadCpuNs() { return clockNs(CLOCK_THREAD_CPUTIME_ID); }
inline uint64_t processCpuNs() { return clockNs(CLOCK_PROCESS_CPUTIME_ID); }
/// Sleeps for about so long.
void nap(uint64_t Ns);
pid_t threadId();
/// False if thread \p Tid of this process is gone.
bool signalThread(pid_t Tid, int Signal);
/// The calling thread's stack: low and high end.
void stackBounds(void *&Low, void *&High);
unsigned cores();
/// Bytes of the largest cache that belongs to one core.
size_t coreCache();
/// The memory limit of the control group; 0 when there is none.
uint64_t groupLimit();
/// Writes text to standard error without a lock.
void say(const char *Text);

} // namespace gab::os
#endif
