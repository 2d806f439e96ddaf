// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Preload: counts the allocations of a program by the calls that led to them.
///
/// The program is the optimised one, whose sites the plugin's remarks name:
/// nothing in it is compiled for counting, and its frames are found by the
/// tables that unwinding uses.
///
/// I1  What is allocated while an allocation is counted is not counted: the
///     unwinder allocates when it first runs.
/// I2  Stacks are told apart by their innermost frames (MaxFrames), which is
///     what a report needs; deeper recursion falls together.
///
/// `realloc` counts as an allocation only of a null pointer. One lock, since
/// what is asked for is a count and not a time. Linux with glibc.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <link.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
}

namespace {

constexpr unsigned MaxFrames = 12;
/// Frames of this library: the walker, count() and the entry point.
constexpr unsigned MinFrames = 1;

struct Stack {
  uint64_t Count = 0;
  uint64_t Bytes = 0;
  uint32_t Depth = 0;
  uintptr_t Frames[MaxFrames];
};

/// Open addressing, at most half full. Memory comes from the system, for
/// malloc is what is being counted.
struct Table {
  Stack *Rows = nullptr;
  size_t Size = 0, Used = 0;

  static Stack *rows(size_t N) {
    void *At = mmap(nullptr, N * sizeof(Stack), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (At == MAP_FAILED) {
      fputs("allocation-blockers: out of memory\n", stderr);
      abort();
    }
    return static_cast<Stack *>(At);
  }

  static uint64_t hash(const Stack &S) {
    uint64_t H = S.Depth;
    for (uint32_t I = 0; I != S.Depth; ++I)
      H = (H ^ S.Frames[I]) * 0x9e3779b97f4a7c15, H ^= H >> 29;
    return H;
  }

  Stack &find(const Stack &Like) {
    size_t At = hash(Like) & (Size - 1);
    while (Rows[At].Depth && (Rows[At].Depth != Like.Depth ||
                              memcmp(Rows[At].Frames, Like.Frames,
                                     Like.Depth * sizeof(uintptr_t)) != 0))
      At = (At + 1) & (Size - 1);
    return Rows[At];
  }

  void grow() {
    Table Larger;
    Larger.Size = Size ? 2 * Size : 1024;
    Larger.Rows = rows(Larger.Size);
    for (size_t I = 0; I != Size; ++I)
      if (Rows[I].Depth)
        Larger.find(Rows[I]) = Rows[I];
    if (Rows)
      munmap(Rows, Size * sizeof(Stack));
    Rows = Larger.Rows;
    Size = Larger.Size;
  }

  void add(Stack &S, size_t Bytes) {
    if (2 * (Used + 1) > Size)
      grow();
    Stack &Row = find(S);
    if (!Row.Depth) {
      Row = S;
      ++Used;
    }
    ++Row.Count;
    Row.Bytes += Bytes;
  }
};

Table Counted;
std::atomic_flag Lock = ATOMIC_FLAG_INIT;
thread_local bool Inside = false;

_Unwind_Reason_Code step(_Unwind_Context *C, void *Into) {
  auto &S = *static_cast<Stack *>(Into);
  uintptr_t At = _Unwind_GetIP(C);
  if (!At || S.Depth == MaxFrames)
    return _URC_END_OF_STACK;
  S.Frames[S.Depth++] = At;
  return _URC_NO_REASON;
}

void count(size_t Bytes) {
  if (Inside)
    return;
  Inside = true;
  Stack S;
  _Unwind_Backtrace(step, &S);
  if (S.Depth >= MinFrames) {
    while (Lock.test_and_set(std::memory_order_acquire))
      ;
    Counted.add(S, Bytes);
    Lock.clear(std::memory_order_release);
  }
  Inside = false;
}

/// The text with its %p replaced by the process id.
void fillIn(const char *Pattern, char *Out, size_t Room) {
  const char *Mark = strstr(Pattern, "%p");
  if (!Mark)
    snprintf(Out, Room, "%s", Pattern);
  else
    snprintf(Out, Room, "%.*s%d%s", static_cast<int>(Mark - Pattern), Pattern,
             static_cast<int>(getpid()), Mark + 2);
}

struct Writer {
  FILE *Out;
  uintptr_t Bases[256], Ends[256];
  int Modules = 0;

  static int module(dl_phdr_info *Info, size_t, void *Self) {
    auto &W = *static_cast<Writer *>(Self);
    if (W.Modules == 256)
      return 1;
    uintptr_t End = Info->dlpi_addr;
    for (int I = 0; I != Info->dlpi_phnum; ++I)
      if (Info->dlpi_phdr[I].p_type == PT_LOAD) {
        uintptr_t Last = Info->dlpi_addr + Info->dlpi_phdr[I].p_vaddr +
                         Info->dlpi_phdr[I].p_memsz;
        End = Last > End ? Last : End;
      }
    char Path[4096];
    const char *Name = Info->dlpi_name;
    if (!*Name && W.Modules == 0) {
      ssize_t Length = readlink("/proc/self/exe", Path, sizeof(Path) - 1);
      Path[Length < 0 ? 0 : Length] = 0;
      Name = Path;
    }
    fprintf(W.Out, "%s\"%s\"", W.Modules ? ", " : "", Name);
    W.Bases[W.Modules] = Info->dlpi_addr;
    W.Ends[W.Modules++] = End;
    return 0;
  }

  void frame(uintptr_t At, bool First) {
    int Module = 0;
    while (Module != Modules && !(At >= Bases[Module] && At < Ends[Module]))
      ++Module;
    if (Module == Modules)
      fprintf(Out, "%s[-1, 0]", First ? "" : ", ");
    else
      fprintf(Out, "%s[%d, %ju]", First ? "" : ", ", Module,
              static_cast<uintmax_t>(At - Bases[Module]));
  }

  void run() {
    fputs("{\"modules\": [", Out);
    dl_iterate_phdr(module, this);
    fputs("],\n\"stacks\": [", Out);
    bool First = true;
    for (size_t I = 0; I != Counted.Size; ++I) {
      const Stack &S = Counted.Rows[I];
      if (!S.Depth)
        continue;
      fprintf(Out, "%s\n[%ju, %ju, [", First ? "" : ",",
              static_cast<uintmax_t>(S.Count), static_cast<uintmax_t>(S.Bytes));
      First = false;
      for (uint32_t F = 0; F != S.Depth; ++F)
        frame(S.Frames[F], F == 0);
      fputs("]]", Out);
    }
    fputs("]}\n", Out);
  }
};

__attribute__((constructor)) void begin() {
  pthread_atfork(nullptr, nullptr,
                 [] { Lock.clear(std::memory_order_release); });
}

__attribute__((destructor)) void end() {
  const char *Pattern = getenv("STACKWARD_SITES_OUTPUT");
  if (!Pattern)
    return;
  Inside = true;
  char Path[4096];
  fillIn(Pattern, Path, sizeof(Path));
  FILE *Out = fopen(Path, "w");
  if (!Out) {
    perror(Path);
    return;
  }
  while (Lock.test_and_set(std::memory_order_acquire))
    ;
  Writer W{Out, {}, {}};
  W.run();
  Lock.clear(std::memory_order_release);
  fclose(Out);
}

} // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT void *malloc(size_t Bytes) {
  count(Bytes);
  return __libc_malloc(Bytes);
}

EXPORT void *calloc(size_t N, size_t Each) {
  count(N * Each);
  return __libc_calloc(N, Each);
}

EXPORT void *realloc(void *Block, size_t Bytes) {
  if (!Block)
    count(Bytes);
  return __libc_realloc(Block, Bytes);
}

EXPORT void *memalign(size_t Alignment, size_t Bytes) {
  count(Bytes);
  return __libc_memalign(Alignment, Bytes);
}

EXPORT void *aligned_alloc(size_t Alignment, size_t Bytes) {
  count(Bytes);
  return __libc_memalign(Alignment, Bytes);
}

EXPORT int posix_memalign(void **Result, size_t Alignment, size_t Bytes) {
  count(Bytes);
  *Result = __libc_memalign(Alignment, Bytes);
  return *Result ? 0 : 12; // ENOMEM
}
