// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Built without exceptions: memory that is used up cannot be thrown, so it is
/// reported, with what to do about it.
#include "gab/gab.hpp"

int main() {
  gab::set_limit(size_t(8) << 20);
  gab::Root<gab::Array<gab::Member<gab::Array<char>>>> All =
      gab::make_array<gab::Member<gab::Array<char>>>(100);
  for (size_t I = 0; I < 100; ++I)
    (*All)[I] = gab::make_array<char>(1 << 20);
}
