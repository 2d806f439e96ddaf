// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The samples of GAB_PROFILE as a profile that `pprof` reads: the protocol
/// buffer of github.com/google/pprof/proto/profile.proto, uncompressed. Four
/// values a site: objects and bytes allocated, objects and bytes that the last
/// cycle found alive. The quotient of the last and the second is the survival
/// of a site.
///
/// A sample is taken every so many bytes, so one of an object of b bytes stands
/// for max(1, interval / b) objects.
#include "Hooks.h"
#include <stdio.h>
#include <stdlib.h>

namespace gab::rt {

namespace {

/// Bytes of a message.
class Message {
  PageArray<char> Bytes;

public:
  void varint(uint64_t Value) {
    while (Value >= 0x80) {
      Bytes.push(static_cast<char>(Value | 0x80));
      Value >>= 7;
    }
    Bytes.push(static_cast<char>(Value));
  }
  void number(unsigned Field, uint64_t Value) {
    varint(Field << 3);
    varint(Value);
  }
  void text(unsigned Field, const char *Value, size_t Length) {
    varint(Field << 3 | 2);
    varint(Length);
    for (size_t I = 0; I < Length; ++I)
      Bytes.push(Value[I]);
  }
  void text(unsigned Field, const char *Value) {
    text(Field, Value, strlen(Value));
  }
  void message(unsigned Field, Message &Inner) {
    text(Field, Inner.Bytes.begin(), Inner.Bytes.size());
    Inner.Bytes.clear();
  }
  void release() { Bytes.release(); }
  bool write(FILE *F) {
    return fwrite(Bytes.begin(), 1, Bytes.size(), F) == Bytes.size();
  }
};

enum String : uint64_t { // order of the fixed part of the string table
  Empty,
  AllocObjects,
  Count,
  AllocSpace,
  BytesUnit,
  InuseObjects,
  InuseSpace,
  TypeLabel,
  Space,
  FirstFree
};

struct Writer {
  Message Profile, Inner, Line, Strings;
  uint64_t NextString = FirstFree;
  uint64_t Interval = 1;
  PageArray<uintptr_t> Locations; ///< id = index + 1

  uint64_t string(const char *Text) {
    Strings.text(6, Text);
    return NextString++;
  }
  uint64_t location(uintptr_t Address) {
    for (size_t I = 0; I < Locations.size(); ++I)
      if (Locations[I] == Address)
        return I + 1;
    Locations.push(Address);
    return Locations.size();
  }
};

} // namespace

static void sampleType(Writer &W, uint64_t Type, uint64_t Unit) {
  W.Inner.number(1, Type);
  W.Inner.number(2, Unit);
  W.Profile.message(1, W.Inner);
}

static void writeSite(const Site &S, void *Context) {
  auto &W = *static_cast<Writer *>(Context);
  if (!S.Objects)
    return;
  for (uint32_t I = 0; I < S.Count; ++I)
    W.Inner.number(1, W.location(S.Frames[I]));
  uint64_t Mean = S.Bytes / S.Objects;
  uint64_t Each = Mean && Mean < W.Interval ? W.Interval / Mean : 1;
  W.Inner.number(2, S.Objects * Each);
  W.Inner.number(2, S.Bytes * Each);
  W.Inner.number(2, S.LiveObjects * Each);
  W.Inner.number(2, S.LiveBytes * Each);
  W.Line.number(1, TypeLabel);
  W.Line.number(2, W.string(S.Type->name));
  W.Inner.message(3, W.Line);
  W.Profile.message(2, W.Inner);
}

/// Executable mappings; returns the id of each range through Locations' order.
struct Range {
  uint64_t Start, End, Id;
};

static void writeMappings(Writer &W, PageArray<Range> &Ranges) {
  FILE *F = fopen("/proc/self/maps", "r");
  if (!F)
    return;
  char Text[1024];
  while (fgets(Text, sizeof(Text), F)) {
    unsigned long Start, End, Offset;
    char Rights[8], Path[600] = "";
    if (sscanf(Text, "%lx-%lx %7s %lx %*s %*s %599s", &Start, &End, Rights,
               &Offset, Path) < 4 ||
        Rights[2] != 'x')
      continue;
    Ranges.push({Start, End, Ranges.size() + 1});
    W.Inner.number(1, Ranges.size());
    W.Inner.number(2, Start);
    W.Inner.number(3, End);
    W.Inner.number(4, Offset);
    W.Inner.number(5, W.string(Path));
    W.Profile.message(3, W.Inner);
  }
  fclose(F);
}

static void writeLocations(Writer &W, PageArray<Range> &Ranges) {
  for (size_t I = 0; I < W.Locations.size(); ++I) {
    W.Inner.number(1, I + 1);
    for (const Range &R : Ranges)
      if (W.Locations[I] >= R.Start && W.Locations[I] < R.End)
        W.Inner.number(2, R.Id);
    W.Inner.number(3, W.Locations[I]);
    W.Profile.message(4, W.Inner);
  }
}

} // namespace gab::rt

using namespace gab::rt;

extern "C" int gab_write_profile(const char *Path) {
  Thread *T = attachSelf();
  if (!T || !H.C.ProfileBytes)
    return 0;
  Writer W;
  PageArray<Range> Ranges;
  W.Interval = H.C.ProfileBytes;
  for (const char *Text : {"", "alloc_objects", "count", "alloc_space", "bytes",
                           "inuse_objects", "inuse_space", "type", "space"})
    W.Strings.text(6, Text);
  sampleType(W, AllocObjects, Count);
  sampleType(W, AllocSpace, BytesUnit);
  sampleType(W, InuseObjects, Count);
  sampleType(W, InuseSpace, BytesUnit);
  {
    RuntimeScope S(*T);
    eachSite(writeSite, &W);
  }
  writeMappings(W, Ranges);
  writeLocations(W, Ranges);
  W.Inner.number(1, Space);
  W.Inner.number(2, BytesUnit);
  W.Profile.message(11, W.Inner);
  W.Profile.number(12, W.Interval);
  FILE *F = fopen(Path, "w");
  bool Good = F && W.Profile.write(F) && W.Strings.write(F);
  if (F && fclose(F) != 0)
    Good = false;
  W.Profile.release();
  W.Inner.release();
  W.Line.release();
  W.Strings.release();
  W.Locations.release();
  Ranges.release();
  return Good;
}
