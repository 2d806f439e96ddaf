// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// libstackward_rt: the constructors that seeded code calls in place of the
/// library's own. Out of line, so that a seeded container takes no more text
/// than one that is not.
///
/// Each makes its container in the buffer that it is given if that may be used
/// (mayUse) and what is put in fits; otherwise the library's constructor makes
/// it, with the library's exceptions.
///
/// I1  A container that was made in the buffer looks as after reserve() and
///     the constructor. Layouts: TolerantDelete.cpp holds the library that the
///     program runs with against them before the first buffer is admitted.
/// I2  The room is an even number of bytes. For strings, bit 0 says that the
///     string never grows: text that has room inside the object is made there.
///     No room at all is what the callers of makers hand on that have none.
///
/// The names are what a linker prints when the library is missing.
#include "StackBounds.h"
#include <bits/functexcept.h>
#include <cstddef>
#include <cstring>
#include <new>

namespace {

struct String {
  char *Start;
  size_t Length;
  union {
    size_t Capacity;
    char Inside[16];
  };
};

struct View {
  size_t Length;
  const char *Start;
};

struct Iterator {
  char *Current, *First, *Last, **Node;
};

struct Deque {
  char **Map;
  size_t MapSize;
  Iterator Start, Finish;
};

/// Both null, or a buffer.
struct Room {
  char *Start;
  char *End;
};

} // namespace

#define MEMBER(Parameters)                                                     \
  asm("_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE" Parameters)
#define NAME(Part) stackward_seeding_needs_libstackward_rt_##Part

// The last parameter is an allocator, which is empty.
extern "C" {
void fromCounted(String *, const char *, size_t, const void *)
    MEMBER("C1EPKcmRKS3_");
void fromCString(String *, const char *, const void *) MEMBER("C1EPKcRKS3_");
void fromPart(String *, const String *, size_t, size_t) MEMBER("C1ERKS4_mm");
char *create(String *, size_t *, size_t) MEMBER("9_M_createERmm");

HIDDEN void NAME(empty)(String *S, char *Buffer, size_t Bytes) noexcept;
HIDDEN void NAME(counted)(String *S, char *Buffer, size_t Bytes,
                          const char *From, size_t Length);
HIDDEN void NAME(cstring)(String *S, char *Buffer, size_t Bytes,
                          const char *From);
HIDDEN void NAME(copy)(String *S, char *Buffer, size_t Bytes,
                       const String *Other);
HIDDEN void NAME(view)(String *S, char *Buffer, size_t Bytes, const View *From);
HIDDEN void NAME(part)(String *S, char *Buffer, size_t Bytes,
                       const String *Other, size_t Position, size_t Count);
HIDDEN char *NAME(text)(char *Buffer, size_t Bytes, String *S,
                        size_t *Capacity);
HIDDEN Room NAME(vector)(char *Buffer, size_t Bytes) noexcept;
HIDDEN void NAME(deque)(Deque *D, char *Buffer, size_t Bytes, size_t Unit);
HIDDEN void *NAME(storage)(void *Buffer, size_t Bytes, size_t N, size_t Unit);
}

static size_t roomIn(size_t Bytes) { return Bytes & ~size_t(1); }

/// The buffer has to be asked for; apart, so that who need not ask has no
/// frame.
[[gnu::noinline]] static void emptyOutside(String *S, char *Buffer,
                                           size_t Bytes) noexcept {
  if (Bytes > 1 && stackward_rt_admit(Buffer))
    return NAME(empty)(S, Buffer, Bytes);
  S->Start = S->Inside;
  S->Length = 0;
  S->Inside[0] = 0;
}

void NAME(empty)(String *S, char *Buffer, size_t Bytes) noexcept {
  if (Bytes <= 1 || !isAdmitted(Buffer))
    return emptyOutside(S, Buffer, Bytes);
  S->Start = Buffer;
  S->Length = 0;
  S->Capacity = roomIn(Bytes) - 1;
  *Buffer = 0;
}

/// Fewer than 16 bytes: a call of memcpy would cost more than the rest.
static inline void copyShort(char *To, const char *From, size_t Length) {
  auto Ends = [&](auto Part) {
    decltype(Part) Last;
    memcpy(&Part, From, sizeof(Part));
    memcpy(&Last, From + Length - sizeof(Part), sizeof(Part));
    memcpy(To, &Part, sizeof(Part));
    memcpy(To + Length - sizeof(Part), &Last, sizeof(Part));
  };
  if (Length >= 8)
    Ends(uint64_t());
  else if (Length >= 4)
    Ends(uint32_t());
  else if (Length >= 2)
    Ends(uint16_t());
  else if (Length)
    *To = *From;
}

/// What does not fit, or has to ask.
[[gnu::noinline]] static void countedOutside(String *S, char *Buffer,
                                             size_t Bytes, const char *From,
                                             size_t Length) {
  if (From && Length < roomIn(Bytes) && stackward_rt_admit(Buffer))
    return NAME(counted)(S, Buffer, Bytes, From, Length);
  if (Length > SIZE_MAX / 4) // max_size(); the library's own may say bad_alloc
    std::__throw_length_error("basic_string::_M_create");
  fromCounted(S, From, Length, &Buffer);
}

// Once: the others jump here. It is run for each text that is made, and few of
// these save an allocation, so it has no frame and stores before it copies.
[[gnu::noinline]] void NAME(counted)(String *S, char *Buffer, size_t Bytes,
                                     const char *From, size_t Length) {
  size_t Room = roomIn(Bytes);
  bool Short = Length < sizeof(S->Inside);
  bool InPlace = Short && (Room == 0 || Bytes != Room);
  if (!From || (!InPlace && (Length >= Room || !isAdmitted(Buffer))))
    return countedOutside(S, Buffer, Bytes, From, Length);
  char *Start = InPlace ? S->Inside : Buffer;
  S->Start = Start;
  S->Length = Length;
  if (!InPlace)
    S->Capacity = Room - 1;
  Start[Length] = 0;
  if (Short)
    return copyShort(Start, From, Length);
  memcpy(Start, From, Length);
}

void NAME(cstring)(String *S, char *Buffer, size_t Bytes, const char *From) {
  if (!From)
    return fromCString(S, From, &From);
  NAME(counted)(S, Buffer, Bytes, From, strlen(From));
}

void NAME(copy)(String *S, char *Buffer, size_t Bytes, const String *Other) {
  NAME(counted)(S, Buffer, Bytes, Other->Start, Other->Length);
}

void NAME(view)(String *S, char *Buffer, size_t Bytes, const View *From) {
  NAME(counted)(S, Buffer, Bytes, From->Start, From->Length);
}

void NAME(part)(String *S, char *Buffer, size_t Bytes, const String *Other,
                size_t Position, size_t Count) {
  if (Position > Other->Length)
    return fromPart(S, Other, Position, Count);
  size_t Rest = Other->Length - Position;
  NAME(counted)(S, Buffer, Bytes, Other->Start + Position,
                Count < Rest ? Count : Rest);
}

/// Room for the text that \p S is made with, as _M_create() gives it.
char *NAME(text)(char *Buffer, size_t Bytes, String *S, size_t *Capacity) {
  if (*Capacity < roomIn(Bytes) && mayUse(Buffer))
    return Buffer;
  return create(S, Capacity, 0);
}

Room NAME(vector)(char *Buffer, size_t Bytes) noexcept {
  if (Bytes == 0 || !mayUse(Buffer))
    return {nullptr, nullptr};
  return {Buffer, Buffer + Bytes};
}

/// The map is of eight pointers and the first node in its middle, as the
/// library makes them. Its constructor is inline code and cannot be called.
void NAME(deque)(Deque *D, char *Buffer, size_t Bytes, size_t Unit) {
  constexpr size_t MapSize = 8, Usual = 512;
  size_t NodeBytes = Unit < Usual ? Usual / Unit * Unit : Unit;
  char *Node = Buffer + MapSize * sizeof(char *);
  if (Bytes == 0 || !mayUse(Buffer)) {
    Node = static_cast<char *>(operator new(NodeBytes));
    Buffer = static_cast<char *>(operator new(MapSize * sizeof(char *),
                                              std::nothrow));
    if (!Buffer) {
      operator delete(Node);
      std::__throw_bad_alloc();
    }
  }
  D->Map = reinterpret_cast<char **>(Buffer);
  D->MapSize = MapSize;
  char **Middle = D->Map + (MapSize - 1) / 2;
  *Middle = Node;
  D->Start = D->Finish = {Node, Node, Node + NodeBytes, Middle};
}

/// For \p N elements of \p Unit bytes. The callers have held N against
/// max_size(), so that more than there can be is nobody's business here.
void *NAME(storage)(void *Buffer, size_t Bytes, size_t N, size_t Unit) {
  size_t Wanted;
  if (__builtin_mul_overflow(N, Unit, &Wanted))
    Wanted = SIZE_MAX;
  if (Wanted == 0)
    return nullptr;
  if (Wanted <= Bytes && mayUse(Buffer))
    return Buffer;
  return operator new(Wanted);
}
