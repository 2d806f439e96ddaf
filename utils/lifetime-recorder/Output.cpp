// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One JSON object per process: modules, then places with their totals. Code
/// addresses are pairs [module, offset]; [-1, 0] is code of the system.
#include "Output.h"

#include <cinttypes>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace recorder {

static const char *nameOf(Kind What) {
  switch (What) {
  case Kind::Malloc:
    return "malloc";
  case Kind::Calloc:
    return "calloc";
  case Kind::Realloc:
    return "realloc";
  case Kind::Aligned:
    return "aligned_alloc";
  case Kind::New:
    return "new";
  case Kind::NewArray:
    return "new[]";
  }
  __builtin_unreachable();
}

static FILE *openOutput() {
  const char *Pattern = std::getenv("STACKWARD_RECORDER_OUTPUT");
  if (!Pattern)
    Pattern = "lifetimes.%p.json";
  char Path[1024] = "";
  if (const char *Mark = std::strstr(Pattern, "%p"))
    std::snprintf(Path, sizeof(Path), "%.*s%d%s", int(Mark - Pattern), Pattern,
                  int(getpid()), Mark + 2);
  else
    std::snprintf(Path, sizeof(Path), "%s", Pattern);
  FILE *File = std::fopen(Path, "w");
  if (!File)
    std::fprintf(stderr, "lifetime-recorder: cannot write %s\n", Path);
  return File;
}

static void writeString(FILE *File, const char *Text) {
  std::fputc('"', File);
  for (; *Text; ++Text) {
    if (*Text == '"' || *Text == '\\')
      std::fputc('\\', File);
    std::fputc(*Text, File);
  }
  std::fputc('"', File);
}

Output::Output() : File(openOutput()) {
  if (!File)
    return;
  std::fprintf(File,
               "{\"version\": 1, \"tool\": \"lifetime-recorder\", "
               "\"process\": %d,\n\"modules\": [",
               int(getpid()));
  size_t Count;
  const Module *Each = modules(Count);
  for (size_t I = 0; I != Count; ++I) {
    if (I)
      std::fputs(", ", File);
    writeString(File, Each[I].Path);
  }
  std::fputs("],\n\"places\": [", File);
}

Output::~Output() {
  if (!File)
    return;
  std::fputs("\n]}\n", File);
  std::fclose(File);
}

void Output::address(uintptr_t Code) {
  size_t Count;
  const Module *All = modules(Count);
  if (const Module *M = moduleOf(Code))
    std::fprintf(File, "[%d, %" PRIuPTR "]", int(M - All), Code - M->Base);
  else
    std::fputs("[-1, 0]", File);
}

void Output::numbers(const char *Name, const uint64_t *Values, unsigned Count) {
  while (Count && !Values[Count - 1])
    --Count;
  std::fprintf(File, ", \"%s\": [", Name);
  for (unsigned I = 0; I != Count; ++I)
    std::fprintf(File, I ? ", %" PRIu64 : "%" PRIu64, Values[I]);
  std::fputc(']', File);
}

void Output::place(const Place &Where, const Totals &Sums) {
  if (!File)
    return;
  std::fprintf(File, "%s\n{\"kind\": \"%s\", \"foreign\": %d, \"library\": ",
               First ? "" : ",", nameOf(Where.What), int(Where.Foreign));
  First = false;
  address(Where.Library);
  std::fputs(", \"container\": ", File);
  address(Where.Container);
  std::fprintf(File,
               ", \"owner\": [%d, %" PRId64 "], \"count\": %" PRIu64
               ", \"bytes\": %" PRIu64 ", \"smallest\": %" PRIu64
               ", \"largest\": %" PRIu64 ", \"other_thread\": %" PRIu64
               ", \"deeper\": %" PRIu64,
               Where.OwnerLevel, Where.OwnerOffset, Sums.Count, Sums.Bytes,
               Sums.SmallestSize, Sums.LargestSize, Sums.OtherThread,
               Sums.Deeper);
  numbers("freed", Sums.Freed, MaxReturned + 1);
  numbers("unfreed", Sums.Unfreed, MaxReturned + 1);
  uint64_t Most[CountedFrames];
  for (unsigned I = 0; I != CountedFrames; ++I)
    Most[I] = Sums.MostAlive[I];
  numbers("alive", Most, CountedFrames);
  std::fputs(", \"frames\": [", File);
  for (unsigned I = 0; I != MaxFrames && Where.Frames[I].Function; ++I) {
    std::fputs(I ? ", [" : "[", File);
    address(Where.Frames[I].Function);
    std::fputs(", ", File);
    address(Where.Frames[I].At);
    std::fputs("]", File);
  }
  std::fputs("]}", File);
}

} // namespace recorder
