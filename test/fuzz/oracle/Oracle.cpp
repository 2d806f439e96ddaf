// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The book-keeping behind Oracle.h. It prints, for each program,
///
///   P SEED RESULT
///   L LINE CLASS MAKER OBJECTS FAULTS BYTES
///                   for each line that made objects, or called what made them
///                   in line MAKER
///   B SEED TEXT     the program itself is at fault
///
/// One lock guards everything; the tables' own memory is not followed.
#include "Oracle.h"
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <tuple>
#include <vector>

namespace {

struct Claim {
  size_t Activation;
  int Line;
  orc::Class Class;
  size_t Since;
  bool Superseded = false;
};

struct Block {
  size_t Size;
  size_t Number;
  bool Freed = false;
  std::vector<Claim> Claims;
};

struct Site {
  size_t Objects = 0;
  unsigned Faults = 0;
  size_t Bytes = 0;
};

/// A line, and the line where its objects were made, inside of a callee.
using SiteKey = std::tuple<int, orc::Class, int>;

struct State {
  std::recursive_mutex Lock;
  std::map<const char *, Block> Blocks;
  std::map<SiteKey, Site> Sites;
  std::map<std::pair<size_t, int>, std::vector<Block *>> MadeBy;
  std::vector<int> Threads; ///< of each activation; 0: it has ended
  size_t Allocations = 0;
  unsigned long Seed = 0;
  int NextThread = 1;
};

thread_local int Inside = 0;
thread_local int ThisThread = 0;
thread_local std::vector<size_t> *Frames = nullptr;

State &state() {
  static State *S = new State;
  return *S;
}

/// Holds the lock; allocations meanwhile are the oracle's own.
struct Guard {
  Guard() {
    ++Inside;
    state().Lock.lock();
    if (!ThisThread)
      ThisThread = state().NextThread++;
    if (!Frames)
      Frames = new std::vector<size_t>;
  }
  ~Guard() {
    state().Lock.unlock();
    --Inside;
  }
};

Block *find(const void *Address) {
  auto &Blocks = state().Blocks;
  auto It = Blocks.upper_bound(static_cast<const char *>(Address));
  if (It == Blocks.begin())
    return nullptr;
  --It;
  size_t Offset = static_cast<const char *>(Address) - It->first;
  return Offset < It->second.Size ? &It->second : nullptr;
}

void blame(Block &B, bool Free) {
  State &S = state();
  for (const Claim &C : B.Claims) {
    unsigned Faults = C.Superseded ? orc::Overlap : 0;
    if (!S.Threads[C.Activation])
      Faults |= orc::Outlived;
    else if (Free && S.Threads[C.Activation] != ThisThread)
      Faults |= orc::OtherThread;
    else if (Free && Frames->back() != C.Activation)
      Faults |= orc::InCallee;
    S.Sites[{C.Line, C.Class, B.Claims[0].Line}].Faults |= Faults;
  }
}

void *create(size_t Bytes) {
  void *Address = std::malloc(Bytes ? Bytes : 1);
  if (Inside || !Address)
    return Address;
  Guard G;
  Block B;
  B.Size = Bytes ? Bytes : 1;
  B.Number = ++state().Allocations;
  state().Blocks[static_cast<char *>(Address)] = std::move(B);
  return Address;
}

void destroy(void *Address) {
  if (!Address)
    return;
  if (Inside)
    return std::free(Address);
  Guard G;
  Block *B = find(Address);
  if (!B)
    return std::free(Address); // of an earlier program, or the library's
  if (B->Freed)
    std::printf("B %lu freed twice\n", state().Seed);
  B->Freed = true;
  blame(*B, /*Free=*/true);
}

} // namespace

namespace orc {

size_t now() {
  Guard G;
  return state().Allocations;
}

void claim(const void *Address, int Line, size_t Since, Class C) {
  Guard G;
  State &S = state();
  Block *B = find(Address);
  if (!B || B->Number <= Since || Frames->empty())
    return;
  size_t Me = Frames->back();
  for (const Claim &Old : B->Claims)
    if (Old.Activation == Me)
      return;
  B->Claims.push_back({Me, Line, C, Since});
  Site &Of = S.Sites[{Line, C, B->Claims[0].Line}];
  ++Of.Objects;
  Of.Bytes = B->Size > Of.Bytes ? B->Size : Of.Bytes;
  if (C == Class::Container)
    return;
  // One call of a factory may bring objects of several sites of the factory,
  // each of which has a slot; two of one of these sites have not.
  std::vector<Block *> &Made = S.MadeBy[{Me, Line}];
  for (Block *Other : Made)
    for (Claim &Old : Other->Claims)
      if (Old.Activation == Me &&
          (Old.Since != Since || Other->Claims[0].Line == B->Claims[0].Line))
        Old.Superseded = true;
  Made.push_back(B);
}

void touch(const void *Address) {
  Guard G;
  Block *B = find(Address);
  if (!B)
    return;
  if (B->Freed)
    std::printf("B %lu used after it was freed\n", state().Seed);
  blame(*B, /*Free=*/false);
}

void *allocate(size_t Bytes) { return create(Bytes); }
void release(void *Address) { destroy(Address); }

void enter() {
  Guard G;
  Frames->push_back(state().Threads.size());
  state().Threads.push_back(ThisThread);
}

void leave() {
  Guard G;
  state().Threads[Frames->back()] = 0;
  Frames->pop_back();
}

void begin(unsigned long Seed) {
  Guard G;
  State &S = state();
  S.Blocks.clear();
  S.Sites.clear();
  S.MadeBy.clear();
  S.Threads.clear();
  S.Seed = Seed;
}

void end(int Result) {
  Guard G;
  State &S = state();
  std::printf("P %lu %d\n", S.Seed, Result);
  for (const auto &[Key, Of] : S.Sites)
    std::printf("L %d %c %d %zu %u %zu\n", std::get<0>(Key),
                std::get<1>(Key) == Class::Object ? 'o' : 'c', std::get<2>(Key),
                Of.Objects, Of.Faults, Of.Bytes);
  std::fflush(stdout);
  // What the program still owns is destroyed at exit, and is ours no more.
  S.Blocks.clear();
}

} // namespace orc

void *operator new(size_t Bytes) { return create(Bytes); }
void *operator new[](size_t Bytes) { return create(Bytes); }
void *operator new(size_t Bytes, const std::nothrow_t &) noexcept {
  return create(Bytes);
}
void operator delete(void *Address) noexcept { destroy(Address); }
void operator delete[](void *Address) noexcept { destroy(Address); }
void operator delete(void *Address, size_t) noexcept { destroy(Address); }
void operator delete[](void *Address, size_t) noexcept { destroy(Address); }
