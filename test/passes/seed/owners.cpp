// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memory that outlives its container because nobody frees it: a pointer into it
// stays good, so a buffer of the frame will not do.
// RUN: %seed-both %s %t | FileCheck %s
// RUN: %seed -c %s -o /dev/null -Rpass=stackward -Rpass-missed=stackward \
// RUN:   -mllvm "-stackward-deny=main,_ZZ4main*" 2>&1 \
// RUN:   | FileCheck --check-prefix=SEEDED %s
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#define NOINLINE __attribute__((noinline))
static const char *volatile Text = "thirty characters of some text";
NOINLINE static void clobber() {
  volatile char Bytes[8192];
  for (unsigned I = 0; I < sizeof Bytes; ++I)
    Bytes[I] = 0x5A;
}

// 1. A union destroys its members when it likes to.
union Words {
  std::string S;
  std::vector<int> V;
  Words() {}
  ~Words() {}
};
NOINLINE const char *undestroyed() {
  Words W;
  new (&W.S) std::string(Text);
  W.S += "1";
  return W.S.c_str();
}
NOINLINE const int *undestroyedVector() {
  Words W;
  new (&W.V) std::vector<int>();
  W.V.push_back(1), W.V.push_back(2);
  return W.V.data();
}
// 2. As a part of an object.
template <class T> struct Leaky {
  union {
    T Value;
  };
  template <class... Ts>
  Leaky(Ts &&...Args) : Value(std::forward<Ts>(Args)...) {}
  ~Leaky() {}
};
NOINLINE const char *leaks() {
  Leaky<std::string> L(Text);
  L.Value += "2";
  return L.Value.c_str();
}
// 3. Destroyed on one way and released on the other.
struct Maybe {
  bool Has = false;
  union {
    std::string S;
    char None;
  };
  Maybe() : None(0) {}
  ~Maybe() {
    if (Has)
      S.~basic_string();
  }
  NOINLINE void set() {
    new (&S) std::string(Text);
    S += "3";
    Has = true;
  }
  NOINLINE const char *release() {
    Has = false;
    return S.c_str();
  }
};
NOINLINE const char *released(bool Release) {
  Maybe M;
  M.set();
  return Release ? M.release() : nullptr;
}
// 4. To which the buffer moves.
NOINLINE const char *movedToUnion() {
  std::string S(Text);
  S += "4";
  Words W;
  new (&W.S) std::string(std::move(S));
  return W.S.c_str();
}
// 5. Made over by a constructor that gets no buffer: the container, a peer.
NOINLINE const int *madeOver() {
  std::vector<int> V;
  V.push_back(5);
  const int *P = V.data();
  std::vector<int> Other(3, 1);
  new (&V) std::vector<int>(std::move(Other));
  return P;
}
NOINLINE const char *peerMadeOver() {
  std::string S(Text);
  S += "5";
  std::string T(std::move(S));
  const char *P = T.c_str();
  new (&T) std::string(std::move(S));
  return P;
}
// 6. std::allocator of a type of the program's, which looks at what it frees.
struct Mine {
  int N;
};
static size_t Freed;
template <> struct std::allocator<Mine> : std::__new_allocator<Mine> {
  using value_type = Mine;
  using size_type = size_t;
  using difference_type = ptrdiff_t;
  template <class U> struct rebind {
    using other = std::allocator<U>;
  };
  allocator() = default;
  template <class U> allocator(const std::allocator<U> &) {}
  size_t max_size() const { return 1 << 20; }
  template <class... Ts> void construct(Mine *P, Ts &&...Args) {
    ::new ((void *)P) Mine(std::forward<Ts>(Args)...);
  }
  void destroy(Mine *) {}
  void deallocate(Mine *P, size_t N) {
    Freed += N;
    std::__new_allocator<Mine>::deallocate(P, N);
  }
};
NOINLINE void countsFreed() {
  std::vector<Mine> V;
  V.reserve(4);
  for (int I = 0; I < 6; ++I)
    V.push_back({I});
}
// 7. Other memory of this shape.
struct Raw {
  void *A;
  size_t B, C, D;
};
NOINLINE const char *inRaw(bool Release) {
  Raw R;
  auto *S = new ((void *)&R) std::string(Text);
  *S += "7";
  if (Release)
    return S->c_str();
  S->~basic_string();
  return nullptr;
}
// What the library does with its unions is known.
NOINLINE long optional() {
  // SEEDED-DAG: owners.cpp:[[# @LINE + 1]]:{{.*}} remark: string starts in
  std::optional<std::string> O(Text);
  *O += "!";
  return (long)O->size();
}
// Made in a loop, by two constructors.
NOINLINE long loop(int N) {
  long R = 0;
  for (int I = 0; I < N; ++I) {
    // SEEDED-DAG: owners.cpp:[[# @LINE + 1]]:{{.*}} remark: string starts in
    std::string S(Text);
    S += char('a' + I);
    std::string T(std::move(S));
    R = R * 3 + T.back();
  }
  return R;
}

int main() {
  auto Show = [](const char *P) {
    clobber();
    printf("%s\n", P);
  };
  auto Ints = [](const int *P) {
    clobber();
    printf("%d\n", *P);
  };
  Show(undestroyed());       // CHECK: thirty {{.*}}text1
  Ints(undestroyedVector()); // CHECK-NEXT: 1
  Show(leaks());             // CHECK-NEXT: text2
  released(false);
  Show(released(true)); // CHECK-NEXT: text3
  Show(movedToUnion()); // CHECK-NEXT: text4
  Ints(madeOver());     // CHECK-NEXT: 5
  Show(peerMadeOver()); // CHECK-NEXT: text5
  countsFreed();
  printf("%zu\n", Freed); // CHECK-NEXT: 12
  inRaw(false);
  Show(inRaw(true));                        // CHECK-NEXT: text7
  printf("%ld %ld\n", optional(), loop(3)); // CHECK-NEXT: 31 1266
}
