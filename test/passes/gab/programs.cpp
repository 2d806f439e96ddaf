// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What programs do with operator new and delete: the same with the bins as
// without, together with the other transforms, with little address space, with
// another allocator preloaded.
//
// RUN: %clangxx -std=c++20 -O1 -w -pthread %s -o %t.plain && %t.plain > %t.expect
// RUN: %lower -pthread %s %rt -o %t.with && %t.with > %t.out && diff %t.expect %t.out
// RUN: %lower -O3 -pthread -mllvm -stackward-seed %s %rt -o %t.all && %t.all > %t.out && diff %t.expect %t.out
// RUN: %lower -O3 -pthread -mllvm -stackward-seed %s %rt_shared %heap -o %t.shared && %t.shared > %t.out && diff %t.expect %t.out
// RUN: %lower -fno-sized-deallocation -pthread %s %rt -o %t.unsized && %t.unsized > %t.out && diff %t.expect %t.out
// RUN: bash -c "ulimit -v 400000; %t.with" > %t.out && diff %t.expect %t.out
// RUN: bash -c "ulimit -v 40000; %t.with small" > %t.out && diff %t.expect %t.out
// RUN: bash -c "ulimit -s 256; %t.with" > %t.out && diff %t.expect %t.out
// RUN: %lower -fsanitize=address,undefined -pthread %s %rt -o %t.asan && env ASAN_OPTIONS=allocator_may_return_null=1:new_delete_type_mismatch=0 %t.asan asan > %t.out && diff %t.expect %t.out
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>
#include <vector>

static const char *Mode = "";

// Made before main, freed after it.
static std::vector<std::string> Early(20, std::string(50, 'e'));
struct Last {
  std::unique_ptr<std::string> S = std::make_unique<std::string>(99, 'l');
  ~Last() { printf("last %zu\n", S->size() + Early.size()); }
} static TheLast;

static void sizes() {
  std::vector<char *> All;
  for (size_t N = 0; N < 10000; N += N < 300 ? 1 : 97) {
    char *P = new char[N];
    memset(P, int(N), N);
    All.push_back(P);
  }
  bool Good = true;
  size_t At = 0;
  for (size_t N = 0; N < 10000; N += N < 300 ? 1 : 97, ++At) {
    for (size_t I = 0; I < N; ++I)
      Good &= All[At][I] == char(N);
    Good &= uintptr_t(All[At]) % 16 == 0;
    delete[] All[At];
  }
  printf("sizes %d\n", Good);
}

struct Counted {
  static inline int Alive = 0;
  int X = ++Alive;
  Counted() {}
  ~Counted() { --Alive; }
};
static void arraysWithCookies() {
  for (int I = 0; I < 3; ++I) {
    auto *A = new Counted[7];
    printf("alive %d ", Counted::Alive);
    delete[] A;
  }
  printf("then %d\n", Counted::Alive);
}

struct alignas(64) Wide {
  char C[64];
};
static void aligned() {
  bool Good = true;
  std::vector<std::unique_ptr<Wide>> All;
  for (int I = 0; I < 50; ++I) {
    All.push_back(std::make_unique<Wide>());
    Good &= uintptr_t(All.back().get()) % 64 == 0;
  }
  auto *A = new (std::align_val_t(256), std::nothrow) char[100];
  Good &= uintptr_t(A) % 256 == 0;
  operator delete[](A, std::align_val_t(256));
  // A unit of C++14 allocates such types as any others, one of C++17 deletes.
  operator delete(operator new(64), std::align_val_t(64));
  operator delete[](operator new[](64), std::align_val_t(64));
  printf("aligned %d\n", Good);
}

struct Base {
  long A = 1;
  virtual ~Base() {}
};
struct Derived : Base {
  long More[20] = {};
};
// `delete` is told the size of the base where the language asks for a virtual
// destructor and programs forget it: malloc did not mind, and nor do bins.
struct Plain {
  long A;
};
struct Longer : Plain {
  long More[20];
};
static void throughBases() {
  for (int I = 0; I < 100; ++I) {
    Base *B = new Derived;
    delete B;
    Plain *P = new Longer;
#ifdef __cpp_sized_deallocation
    operator delete(P, sizeof(Plain));
#else
    operator delete(P);
#endif
    void *V = operator new(40);
    operator delete(V);
  }
  auto *P = new (std::nothrow) Longer;
  printf("bases %d\n", P != nullptr);
  operator delete(P, std::nothrow);
}

static int Asked;
static void handler() {
  if (++Asked == 3)
    throw std::bad_alloc();
}
static void usedUp() {
  volatile size_t Huge = size_t(1) << 46;
  std::set_new_handler(handler);
  try {
    void *P = operator new(Huge);
    printf("got %p\n", P);
  } catch (std::bad_alloc &) {
    printf("bad_alloc after %d\n", strcmp(Mode, "asan") ? Asked : 3);
  }
  std::set_new_handler(nullptr);
  printf("nothrow %p\n", operator new(Huge, std::nothrow));
}

/// What a handler frees is there for the request that made it run.
static std::vector<void *> Reserve;
static int Emptied;
static void emptyReserve() {
  if (Emptied++)
    throw std::bad_alloc();
  for (void *P : Reserve)
    operator delete(P);
  Reserve.clear();
}
static void reserveInHandler() {
  pid_t Child = fork(); // with a limit of its own
  if (Child == 0) {
    rlimit Limit{size_t(100) << 20, size_t(100) << 20};
    setrlimit(RLIMIT_DATA, &Limit);
    std::vector<void *> All;
    All.reserve(200000);
    Reserve.reserve(40000);
    std::set_new_handler(emptyReserve);
    for (int I = 0; I < 40000; ++I)
      Reserve.push_back(operator new(1000));
    while (!Emptied)
      All.push_back(operator new(1000));
    for (int I = 0; I < 30000; ++I)
      All.push_back(operator new(1000));
    _exit(Emptied == 1 ? 0 : 1);
  }
  int Status = 1;
  waitpid(Child, &Status, 0);
  printf("reserve %d\n", Status);
}

static void library() {
  std::ostringstream Out;
  std::map<std::string, std::list<int>> M;
  std::unordered_map<int, std::string> U;
  std::deque<std::string> D;
  for (int I = 0; I < 500; ++I) {
    M["key number " + std::to_string(I % 50)].push_back(I);
    U[I] = std::string(size_t(I % 70), 'u');
    D.push_back(U[I]);
  }
  size_t Sum = 0;
  for (auto &[K, V] : M)
    Sum += K.size() * V.size();
  for (auto &[K, V] : U)
    Sum += V.size();
  Out << Sum << " " << D.back() << std::endl;
  std::string Line = std::move(Out).str();
  std::function<int()> F = [M] { return int(M.size()); };
  try {
    throw std::runtime_error(Line + std::string(100, 'z'));
  } catch (std::exception &E) {
    printf("library %zu %zu %d\n", Sum, strlen(E.what()), F());
  }
}

struct AtThreadEnd {
  std::vector<std::string> *S = new std::vector<std::string>;
  ~AtThreadEnd() {
    S->push_back(std::string(200, 'd'));
    delete S;
  }
};
static thread_local AtThreadEnd End;
static void threads() {
  std::atomic<size_t> Sum{0};
  std::vector<std::thread> All;
  for (int T = 0; T < 4; ++T)
    All.emplace_back([&Sum, T] {
      End.S->push_back("x");
      std::vector<std::unique_ptr<std::string>> Mine;
      for (int I = 0; I < 3000; ++I) {
        Mine.push_back(std::make_unique<std::string>(size_t(I % 90 + T), 't'));
        if (I % 3 == 0)
          Mine[size_t(I / 2)].reset();
      }
      for (auto &S : Mine)
        Sum += S ? S->size() : 0;
    });
  for (auto &T : All)
    T.join();
  auto Made = std::async(std::launch::async, [] {
    return std::vector<std::string>(100, std::string(60, 'a'));
  });
  std::vector<std::string> Here = Made.get(); // freed on this thread
  printf("threads %zu %zu\n", Sum.load(), Here.size());
}

static void forks() {
  std::atomic<bool> Stop{false};
  std::thread Busy([&] {
    while (!Stop)
      std::map<int, std::string>{{1, std::string(40, 'b')}, {2, "c"}};
  });
  int Bad = 0;
  for (int I = 0; I < 10; ++I) {
    pid_t Child = fork();
    if (Child == 0) {
      std::vector<std::string> V;
      for (int K = 0; K < 2000; ++K)
        V.push_back(std::string(size_t(K % 200), 'f'));
      _exit(V.size() == 2000 ? 0 : 1);
    }
    int Status;
    waitpid(Child, &Status, 0);
    Bad += Status != 0;
  }
  Stop = true;
  Busy.join();
  printf("forks %d\n", Bad);
}

int main(int Argc, char **Argv) {
  if (Argc > 1)
    Mode = Argv[1];
  sizes();
  arraysWithCookies();
  aligned();
  throughBases();
  usedUp();
  library();
  bool FewPages = !strcmp(Mode, "small"); // no room for stacks of threads
  if (FewPages)
    printf("threads 368800 100\nforks 0\n");
  else
    threads(), forks();
  if (!FewPages && strcmp(Mode, "asan"))
    reserveInHandler();
  else
    printf("reserve 0\n");
}
