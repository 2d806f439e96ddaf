// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The workloads, each written once over a policy that says how an object is
/// made and dropped. Objects are 16 to 96 bytes in steps of 8, 38 on average;
/// the first and the last word are written, the first is read when the object
/// is dropped. One line of JSON a run: CPU and wall nanoseconds per object,
/// peak and final resident memory.
///
/// A policy has
///   Window(n)            n places that hold objects; place(i) reads one,
///                        put(i, size) replaces one, drop(i) empties one
///   tree(depth), sum(tree), free(tree)
///   settle()             whatever it takes to give memory back
///   ThreadScope          lives as long as a thread that allocates
///   blocked(f), join(t)  wait, in a way that does not hold collectors up
#ifndef GAB_BENCH_WORKLOADS_H
#define GAB_BENCH_WORKLOADS_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

// What an allocator inlines is part of what is measured.
#define BENCH_INLINE inline __attribute__((always_inline))

namespace bench {

inline double seconds(clockid_t Clock) {
  timespec T;
  clock_gettime(Clock, &T);
  return double(T.tv_sec) + double(T.tv_nsec) * 1e-9;
}

struct Timer {
  double Cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  double Wall = seconds(CLOCK_MONOTONIC);
  double cpu() const { return seconds(CLOCK_PROCESS_CPUTIME_ID) - Cpu; }
  double wall() const { return seconds(CLOCK_MONOTONIC) - Wall; }
};

inline double residentMb() {
  long Pages = 0, Resident = 0;
  if (FILE *F = fopen("/proc/self/statm", "r")) {
    if (fscanf(F, "%ld %ld", &Pages, &Resident) != 2)
      Resident = 0;
    fclose(F);
  }
  return double(Resident) * 4096 / 1e6;
}
/// Not from getrusage, which counts what the process was before exec.
inline double peakMb() {
  long Kb = 0;
  char Line[128];
  if (FILE *F = fopen("/proc/self/status", "r")) {
    while (fgets(Line, sizeof(Line), F))
      if (sscanf(Line, "VmHWM: %ld", &Kb) == 1)
        break;
    fclose(F);
  }
  return double(Kb) * 1024 / 1e6;
}

struct Random {
  uint64_t State = 88172645463325252ull;
  uint64_t operator()() {
    State ^= State << 13;
    State ^= State >> 7;
    State ^= State << 17;
    return State;
  }
};

/// Sizes in a table, so that choosing one costs the same everywhere.
struct Sizes {
  static constexpr unsigned Count = 4096;
  uint8_t Bytes[Count];
  Sizes() {
    Random R;
    for (uint8_t &B : Bytes) {
      unsigned Steps = 0;
      while (Steps < 10 && R() % 1000 < 737)
        ++Steps;
      B = static_cast<uint8_t>(16 + 8 * Steps);
    }
  }
};
inline const Sizes TheSizes;

inline void report(const char *Workload, double Objects, const Timer &T,
                   const char *Extra = "") {
  printf("{\"workload\":\"%s\",\"cpu_ns\":%.3f,\"wall_ns\":%.3f,"
         "\"peak_mb\":%.1f,\"left_mb\":%.1f%s}\n",
         Workload, T.cpu() / Objects * 1e9, T.wall() / Objects * 1e9, peakMb(),
         residentMb(), Extra);
}

inline volatile uint64_t Sink;

/// What a policy without needs of its own derives from.
struct Plain {
  struct ThreadScope {
    ThreadScope() {} // so that nobody calls it unused
  };
  static void settle() {}
  template <class Function> static void blocked(Function F) { F(); }
  static void join(std::vector<std::thread> &All) {
    for (std::thread &T : All)
      T.join();
  }
};

/// A window where a plain pointer is all there is to a reference. Slots has an
/// array of them, Places.
template <class Slots> struct PlainWindow : Slots {
  using Slots::Slots;
  BENCH_INLINE uint64_t place(size_t I) {
    return this->Places[I] ? *this->Places[I] : 0;
  }
  void drop(size_t I) { this->Places[I] = nullptr; }
  void take(size_t I, PlainWindow &From, size_t J) {
    this->Places[I] = From.Places[J];
    From.Places[J] = nullptr;
  }
};

/// What a map of strings consists of there.
struct TextBytes {
  uint64_t Length;
  char Bytes[1];
};
struct MapEntry {
  MapEntry *Next;
  TextBytes *Key, *Value;
};

template <class P> void fifo(typename P::Window &W, size_t Alive, size_t N) {
  uint64_t Sum = 0;
  size_t At = 0;
  for (size_t I = 0; I < N; ++I) {
    Sum += W.place(At);
    W.put(At, TheSizes.Bytes[I % Sizes::Count]);
    if (++At == Alive)
      At = 0;
  }
  Sink = Sum;
}

template <class P> void churn(const char *Name, size_t Alive, size_t N) {
  typename P::Window W(Alive);
  fifo<P>(W, Alive, Alive);
  Timer T;
  fifo<P>(W, Alive, N);
  report(Name, double(N), T);
}

template <class P> void randomLifetimes(size_t Alive, size_t N) {
  typename P::Window W(Alive);
  fifo<P>(W, Alive, Alive);
  Random R;
  uint64_t Sum = 0;
  Timer T;
  for (size_t I = 0; I < N; ++I) {
    size_t At = (R() >> 32) * Alive >> 32;
    Sum += W.place(At);
    W.put(At, TheSizes.Bytes[I % Sizes::Count]);
  }
  Sink = Sum;
  report("random", double(N), T);
}

template <class P> void trees(int Depth) {
  uint64_t Nodes = 0;
  Timer T;
  {
    auto Stretch = P::tree(Depth + 1);
    Nodes += P::sum(Stretch);
    P::free(Stretch);
  }
  auto Long = P::tree(Depth);
  for (int D = 4; D <= Depth; D += 4) {
    size_t Times = size_t(1) << (Depth - D + 4);
    for (size_t I = 0; I < Times; ++I) {
      auto Tree = P::tree(D);
      Nodes += P::sum(Tree);
      P::free(Tree);
    }
  }
  Nodes += P::sum(Long);
  report("trees", double(Nodes), T);
  P::free(Long);
}

/// Makes N objects and keeps one in a hundred.
template <class P>
[[gnu::noinline]] size_t fillAndDrop(typename P::Window &Keep, size_t N) {
  Random R;
  size_t Kept = 0;
  typename P::Window All(N);
  for (size_t I = 0; I < N; ++I)
    All.put(I, TheSizes.Bytes[I % Sizes::Count]);
  for (size_t I = 0; I < N; ++I) {
    if (R() % 100 == 0 && Kept < N / 100)
      Keep.take(Kept++, All, I);
    else
      All.drop(I);
  }
  return Kept;
}

/// Collectors that scan stacks would find what dead frames left there.
[[gnu::noinline]] inline void scrubStack() {
  volatile char Waste[8192];
  for (volatile char &C : Waste)
    C = 0;
}

template <class P> void survivors(size_t N) {
  Timer T;
  typename P::Window Keep(N / 100 + 1);
  size_t Kept = fillAndDrop<P>(Keep, N);
  double Cpu = T.cpu();
  scrubStack();
  Timer Once; // lets the memory go
  P::settle();
  double First = Once.cpu();
  Timer Again;
  P::settle();
  char Extra[160];
  snprintf(Extra, sizeof(Extra),
           ",\"first_ms\":%.2f,\"settle_ms\":%.2f,\"alloc_ns\":%.2f",
           First * 1e3, Again.cpu() * 1e3, Cpu / double(N) * 1e9);
  uint64_t Sum = 0;
  for (size_t I = 0; I < Kept; ++I)
    Sum += Keep.place(I);
  Sink = Sum;
  report("survivors", double(N), T, Extra);
}

template <class P> void threads(unsigned Count, size_t N) {
  std::vector<std::thread> All;
  Timer T;
  for (unsigned I = 0; I < Count; ++I)
    All.emplace_back([N] {
      typename P::ThreadScope S;
      typename P::Window W(1000);
      fifo<P>(W, 1000, N);
    });
  P::join(All);
  char Name[16];
  snprintf(Name, sizeof(Name), "threads%u", Count);
  report(Name, double(N) * Count, T);
}

template <class P> void strings(size_t N);
template <class P> void handoff(size_t N);

template <class P> int run(int Argc, char **Argv) {
  if (Argc < 2) {
    fprintf(stderr,
            "usage: %s churn1k|churn100k|random|trees|survivors|"
            "threads1|threads2|strings|handoff [scale]\n",
            Argv[0]);
    return 2;
  }
  std::string W = Argv[1];
  double Scale = Argc > 2 ? atof(Argv[2]) : 1;
  auto N = static_cast<size_t>(2e7 * Scale);
  if (W == "churn1k")
    churn<P>("churn1k", 1000, N * 2);
  else if (W == "churn100k")
    churn<P>("churn100k", 100000, N);
  else if (W == "random")
    randomLifetimes<P>(100000, N);
  else if (W == "trees")
    trees<P>(Scale < 0.5 ? 14 : 18);
  else if (W == "survivors")
    survivors<P>(static_cast<size_t>(1e7 * Scale));
  else if (W == "threads1")
    threads<P>(1, N * 2);
  else if (W == "threads2")
    threads<P>(2, N * 2);
  else if (W == "handoff")
    handoff<P>(N);
  else if (W == "strings") {
    if constexpr (requires { typename P::Entry; })
      strings<P>(N / 4);
    else
      return 2;
  } else
    return 2;
  return 0;
}

} // namespace bench
#endif
