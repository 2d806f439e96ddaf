// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The registers a function must preserve for its caller; they may hold the
/// only reference to an object. Volatile ones are on the stack or dead at any
/// call. x86-64 only, like the signal context in Stop.cpp.
#ifndef GAB_RUNTIME_REGISTERS_H
#define GAB_RUNTIME_REGISTERS_H

#include <stdint.h>

#if !defined(__x86_64__)
#error "libgab knows the registers of x86-64 only"
#endif

namespace gab::rt {

/// Stores the six registers and returns the stack pointer of the caller's
/// frame: all that lies above belongs to it and its callers.
__attribute__((always_inline)) inline char *
captureRegisters(uintptr_t *Registers) {
  char *Stack;
  asm volatile("movq %%rbx, 0(%1)\n\tmovq %%rbp, 8(%1)\n\t"
               "movq %%r12, 16(%1)\n\tmovq %%r13, 24(%1)\n\t"
               "movq %%r14, 32(%1)\n\tmovq %%r15, 40(%1)\n\t"
               "movq %%rsp, %0"
               : "=&r"(Stack)
               : "r"(Registers)
               : "memory");
  return Stack;
}

inline constexpr unsigned CapturedRegisters = 6;

} // namespace gab::rt
#endif
