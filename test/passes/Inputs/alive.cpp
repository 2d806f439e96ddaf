// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How many blocks of malloc are alive of those made since counting began.
#include <cstddef>

extern "C" void *__libc_malloc(std::size_t);
extern "C" void __libc_free(void *);
static long Alive;
static bool Counting;
extern "C" void *malloc(std::size_t Size) {
  Alive += Counting;
  return __libc_malloc(Size);
}
extern "C" void free(void *P) {
  Alive -= Counting && P;
  __libc_free(P);
}
void startCounting() {
  Alive = 0;
  Counting = true;
}
long stopCounting() {
  Counting = false;
  return Alive;
}
