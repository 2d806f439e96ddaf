// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Linux: what there is to know of the process, its threads and the machine.
#include "Os.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gab::os {

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
