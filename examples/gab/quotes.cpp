// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The program of docs/gab/tutorial.md that is measured: a feed of quotes, of
/// which the last thousand are kept; and then two million of which one in a
/// hundred is kept. Once with new and delete, once with libgab.
/// usage: quotes new|gab [MILLIONS]
#include "gab/gab.hpp"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <malloc.h>
#include <memory>
#include <unistd.h>
#include <vector>

struct Quote { // 32 bytes, pointer-free
  double Price;
  long Time, Size, Venue;
};

struct Owned {
  std::vector<std::unique_ptr<Quote>> Places;
  explicit Owned(size_t N) : Places(N) {}
  void put(size_t I, double Price, long Time) {
    Places[I] = std::make_unique<Quote>(Quote{Price, Time, 1, 2});
  }
  double price(size_t I) { return Places[I] ? Places[I]->Price : 0; }
  void drop(size_t I) { Places[I] = nullptr; }
  static void tidy() { malloc_trim(0); }
};

struct Collected {
  gab::Root<gab::Array<gab::Member<Quote>>> Places;
  explicit Collected(size_t N)
      : Places(gab::make_array<gab::Member<Quote>>(N)) {}
  void put(size_t I, double Price, long Time) {
    (*Places)[I] = gab::make<Quote>(Price, Time, 1L, 2L);
  }
  double price(size_t I) {
    Quote *Q = (*Places)[I].get();
    return Q ? Q->Price : 0;
  }
  void drop(size_t I) { (*Places)[I] = nullptr; }
  static void tidy() { gab::compact(); }
};

static double cpuNs() {
  timespec T;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &T);
  return double(T.tv_sec) * 1e9 + double(T.tv_nsec);
}

static double residentMb() {
  long Pages = 0, Resident = 0;
  if (FILE *F = fopen("/proc/self/statm", "r")) {
    if (fscanf(F, "%ld %ld", &Pages, &Resident) != 2)
      Resident = 0;
    fclose(F);
  }
  return double(Resident * sysconf(_SC_PAGESIZE)) / 1e6;
}

/// Nanoseconds a quote.
template <class Window> double feed(size_t Quotes, double &Sum) {
  Window W(1000);
  double Start = cpuNs();
  for (size_t I = 0, Place = 0; I < Quotes; ++I) {
    Sum += W.price(Place); // the one that falls out
    W.put(Place, double(I), long(I));
    Place = Place == 999 ? 0 : Place + 1;
  }
  return (cpuNs() - Start) / double(Quotes);
}

/// Megabytes that one in a hundred of the quotes keep.
template <class Window> double keepFew(size_t Quotes, double &Sum) {
  double Before = residentMb();
  Window W(Quotes);
  for (size_t I = 0; I < Quotes; ++I)
    W.put(I, double(I), long(I));
  unsigned long Random = 1;
  for (size_t I = 0; I < Quotes; ++I) {
    Random = Random * 6364136223846793005ul + 1442695040888963407ul;
    if ((Random >> 33) % 100)
      W.drop(I);
  }
  W.tidy();
  double After = residentMb();
  for (size_t I = 0; I < Quotes; ++I)
    Sum += W.price(I);
  return After - Before - double(Quotes * 8) / 1e6; // without the window
}

template <class Window> int run(const char *Name, size_t Quotes) {
  double Sum = 0, Few = keepFew<Window>(2000000, Sum);
  double Each = feed<Window>(Quotes, Sum);
  printf("%s: %.2f ns a quote; 20,000 quotes are kept in %.1f MB; sum %.0f\n",
         Name, Each, Few, Sum);
  return 0;
}

int main(int Argc, char **Argv) {
  size_t Quotes = (Argc > 2 ? strtoul(Argv[2], nullptr, 10) : 20) * 1000000;
  if (Argc > 1 && !strcmp(Argv[1], "new"))
    return run<Owned>("new", Quotes);
  if (Argc > 1 && !strcmp(Argv[1], "gab"))
    return run<Collected>("gab", Quotes);
  fprintf(stderr, "usage: %s new|gab [MILLIONS]\n", Argv[0]);
  return 2;
}
