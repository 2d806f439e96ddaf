// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts its containers that are in its own frame.
#include <cstdint>
#include <string>
#include <vector>

static const char *volatile Text = "thirty characters of some text";
static bool isNear(const void *P, const void *Frame) {
  return (uintptr_t)P + 4096 - (uintptr_t)Frame < 8192;
}
extern "C" __attribute__((noinline)) int work(int N) {
  int Near = 0;
  for (int I = 0; I < N; ++I) {
    std::string S(Text);
    std::vector<int> V;
    V.push_back((int)S.size());
    Near += isNear(S.data(), __builtin_frame_address(0));
    Near += isNear(V.data(), __builtin_frame_address(0));
    for (int J = 0; J < 300; ++J)
      S += 'x', V.push_back(J);
  }
  return Near;
}
#ifdef OWN
#include <cstdlib>
void operator delete(void *P) noexcept { free(P); }
void operator delete(void *P, size_t) noexcept { free(P); }
#endif
