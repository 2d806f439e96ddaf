// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Keeps the shadow stacks, from the calls that -finstrument-functions makes.
///
/// **I1** Frame pointers fall strictly from the bottom of a shadow stack to
/// its top, as frames do on a stack that grows down. **I2** Serials rise
/// strictly: an activation is older than an object if its serial is below
/// the number the next activation would have got at the object's birth.
///
/// An activation that ends by unwinding says nothing. Its entry is found out
/// at the next hook: its frame is not above the frame of the hook's caller.
/// Calls from a landing pad start where the dead callee's frame was, so the
/// comparison of frames alone could miss one entry; the caller's frame
/// pointer, saved by every function compiled for recording, names the entry
/// that must be on top. Code without frame pointers in between leaves some
/// other number there, which then matches no entry and changes nothing.
///
/// The first argument is caught by `__fentry__`, which runs before the
/// prologue, when it is still in its register; the entry hook that follows
/// picks it up. On other machines than x86-64 it is 0, and containers are
/// known by the line of the call only.
///
/// Not followed: switching stacks (fibres, sigaltstack) breaks I1.
#include "ShadowStack.h"

#include <cstdio>
#include <cstdlib>
#include <new>
#include <sys/mman.h>

#define RECORDER_API extern "C" __attribute__((visibility("default")))

extern "C" {
__attribute__((
    tls_model("initial-exec"),
    visibility("hidden"))) thread_local uintptr_t RecorderFirstArgument;
}

#if defined(__x86_64__)
// Only %r11 may be changed here: arguments, %rax (variadic calls) and %r10
// (static chain) are live.
__asm__(".text\n"
        ".globl __fentry__\n"
        ".type __fentry__, @function\n"
        "__fentry__:\n"
        "  movq RecorderFirstArgument@gottpoff(%rip), %r11\n"
        "  movq %rdi, %fs:(%r11)\n"
        "  ret\n"
        ".size __fentry__, .-__fentry__\n");
#endif

namespace recorder {

static constexpr size_t MaxActivations = 1 << 20;

__attribute__((tls_model("initial-exec"))) static thread_local Thread *Self;

static Thread &makeThread() {
  size_t Bytes = sizeof(Thread) + MaxActivations * sizeof(Activation);
  void *Memory = mmap(nullptr, Bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (Memory == MAP_FAILED)
    std::abort();
  Self = new (Memory) Thread;
  Self->Stack = reinterpret_cast<Activation *>(Self + 1);
  return *Self;
}

Thread &thisThread() { return Self ? *Self : makeThread(); }

static uintptr_t savedFrame(uintptr_t Frame) {
  return *reinterpret_cast<uintptr_t *>(Frame);
}

/// The index of the entry with this frame pointer, or -1 (I1).
static int64_t entryOf(const Thread &T, uintptr_t Frame) {
  int64_t Low = 0, High = int64_t(T.Depth) - 1;
  while (Low <= High) {
    int64_t Middle = (Low + High) / 2;
    uintptr_t Here = T.Stack[Middle].Frame;
    if (Here == Frame)
      return Middle;
    if (Here > Frame)
      Low = Middle + 1;
    else
      High = Middle - 1;
  }
  return -1;
}

void dropStale(Thread &T, uintptr_t Frame) {
  while (T.Depth && T.Stack[T.Depth - 1].Frame <= Frame)
    --T.Depth;
  if (!T.Depth)
    return;
  uintptr_t Caller = savedFrame(Frame);
  if (T.Stack[T.Depth - 1].Frame == Caller)
    return;
  int64_t Index = entryOf(T, Caller);
  if (Index >= 0)
    T.Depth = uint32_t(Index + 1);
}

static void push(Thread &T, uintptr_t Function, uintptr_t CallSite,
                 uintptr_t Frame, uintptr_t FirstArgument) {
  if (T.Depth == MaxActivations) {
    std::fputs("lifetime-recorder: too many live activations\n", stderr);
    std::abort();
  }
  int32_t Index = int32_t(T.Depth);
  Activation *Below = T.top();
  ++T.Depth;
  Activation &A = T.Stack[Index];
  A.Function = Function;
  A.CallSite = CallSite;
  A.Frame = Frame;
  A.FirstArgument = FirstArgument;
  A.Serial = T.NextSerial++;
  A.What = roleOf(Function);
  bool IsUser = A.What == Role::User;
  A.Users = (Below ? Below->Users : 0) + IsUser;
  A.LastUser = IsUser ? Index : Below ? Below->LastUser : -1;
}

uint32_t usersReturned(Thread &T, uint64_t Stamp, uint32_t Users) {
  // The newest live activation that is older than the object (I2).
  int64_t Low = 0, High = int64_t(T.Depth) - 1, Newest = -1;
  while (Low <= High) {
    int64_t Middle = (Low + High) / 2;
    if (T.Stack[Middle].Serial < Stamp) {
      Newest = Middle;
      Low = Middle + 1;
    } else {
      High = Middle - 1;
    }
  }
  return Users - (Newest < 0 ? 0 : T.Stack[Newest].Users);
}

} // namespace recorder

using namespace recorder;

static uintptr_t word(void *Pointer) {
  return reinterpret_cast<uintptr_t>(Pointer);
}

RECORDER_API void __cyg_profile_func_enter(void *Function, void *CallSite) {
  uintptr_t FirstArgument = RecorderFirstArgument;
  Thread &T = thisThread();
  if (T.Busy)
    return;
  static const bool SymbolsRead = (T.Busy = true, readSymbols(), true);
  (void)SymbolsRead;
  T.Busy = false;
  uintptr_t Frame = savedFrame(word(__builtin_frame_address(0)));
  dropStale(T, Frame);
  push(T, word(Function), word(CallSite), Frame, FirstArgument);
}

RECORDER_API void __cyg_profile_func_exit(void *, void *) {
  Thread &T = thisThread();
  if (T.Busy)
    return;
  uintptr_t Frame = savedFrame(word(__builtin_frame_address(0)));
  while (T.Depth && T.Stack[T.Depth - 1].Frame <= Frame)
    --T.Depth;
}
