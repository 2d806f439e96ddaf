// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The entries that inlined code calls on its cold paths. They preserve every
/// general register but rax and r11, which is a superset of the ordinary
/// convention: clang is told so (`preserve_most`) and keeps its values in
/// registers across the cold call; other compilers call them as usual. The
/// saved registers lie on the stack, where the collector finds them.
#if !defined(__x86_64__)
#error "libgab knows the registers of x86-64 only"
#endif

// On entry the stack is 8 off a multiple of 16; seven pushes make it even. All
// entries have a result, because a function without one would have to keep rax.
#define GAB_STUB(Name)                                                         \
  asm(".text\n.globl " #Name "\n.type " #Name ", @function\n" #Name ":\n"      \
      ".cfi_startproc\n"                                                       \
      "pushq %rcx\n.cfi_adjust_cfa_offset 8\n"                                 \
      "pushq %rdx\n.cfi_adjust_cfa_offset 8\n"                                 \
      "pushq %rsi\n.cfi_adjust_cfa_offset 8\n"                                 \
      "pushq %rdi\n.cfi_adjust_cfa_offset 8\n"                                 \
      "pushq %r8\n.cfi_adjust_cfa_offset 8\n"                                  \
      "pushq %r9\n.cfi_adjust_cfa_offset 8\n"                                  \
      "pushq %r10\n.cfi_adjust_cfa_offset 8\n"                                 \
      "call " #Name "_body\n"                                                  \
      "popq %r10\n.cfi_adjust_cfa_offset -8\n"                                 \
      "popq %r9\n.cfi_adjust_cfa_offset -8\n"                                  \
      "popq %r8\n.cfi_adjust_cfa_offset -8\n"                                  \
      "popq %rdi\n.cfi_adjust_cfa_offset -8\n"                                 \
      "popq %rsi\n.cfi_adjust_cfa_offset -8\n"                                 \
      "popq %rdx\n.cfi_adjust_cfa_offset -8\n"                                 \
      "popq %rcx\n.cfi_adjust_cfa_offset -8\n"                                 \
      "ret\n.cfi_endproc\n.size " #Name ", .-" #Name "\n")

GAB_STUB(gab_slow_small);
GAB_STUB(gab_slow_scan);
GAB_STUB(gab_write_slow);
GAB_STUB(gab_store_slow);
