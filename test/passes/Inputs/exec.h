// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What programs share that show what has become of an object.
#ifndef STACKWARD_TEST_EXEC_H
#define STACKWARD_TEST_EXEC_H

#include <cstdio>

#define NOINLINE __attribute__((noinline))

/// Writes over the stack where the frames of callees were.
NOINLINE inline void clobber() {
  volatile char Bytes[8192];
  for (unsigned I = 0; I < sizeof Bytes; ++I)
    Bytes[I] = 0x5A;
}

// Inputs/alive.cpp
void startCounting();
long stopCounting();

/// Prints what the call gives, and how many of its blocks are alive after it.
#define SHOW(Call)                                                             \
  do {                                                                         \
    startCounting();                                                           \
    long R = Call;                                                             \
    printf("%s %ld alive %ld\n", #Call, R, stopCounting());                    \
  } while (0)

#endif
