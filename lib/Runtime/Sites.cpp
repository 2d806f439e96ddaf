// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The samples of GAB_PROFILE as a table that people read: for each place that
/// allocates what it allocated, what of it the last cycle found alive, and the
/// share. Places are sorted by what they allocated. Names come from the dynamic
/// symbols; where there is none the place is `module+offset`, for addr2line.
#include "Hooks.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

namespace gab::rt {

static void keepSite(const Site &S, void *Context) {
  if (S.Objects)
    static_cast<PageArray<Site> *>(Context)->push(S);
}

/// How many objects one sample of S stands for.
static uint64_t each(const Site &S) {
  uint64_t Mean = S.Bytes / S.Objects, Interval = H.C.ProfileBytes;
  return Mean && Mean < Interval ? Interval / Mean : 1;
}

static int moreBytes(const void *A, const void *B) {
  auto *First = static_cast<const Site *>(A);
  auto *Second = static_cast<const Site *>(B);
  uint64_t X = First->Bytes * each(*First), Y = Second->Bytes * each(*Second);
  return X < Y ? 1 : X > Y ? -1 : 0;
}

static void writePlace(FILE *F, uintptr_t Address) {
  Dl_info Info = {};
  // A return address may be the first byte of the next function.
  auto *Call = reinterpret_cast<void *>(Address - 1);
  if (!dladdr(Call, &Info) || !Info.dli_fname) {
    fprintf(F, " %p", Call);
    return;
  }
  const char *Slash = strrchr(Info.dli_fname, '/');
  if (Info.dli_sname)
    fprintf(F, " %s+%#zx", Info.dli_sname,
            size_t(Address - reinterpret_cast<uintptr_t>(Info.dli_saddr)));
  else
    fprintf(F, " %s+%#zx", Slash ? Slash + 1 : Info.dli_fname,
            size_t(Address - reinterpret_cast<uintptr_t>(Info.dli_fbase)));
}

static void writeRow(FILE *F, const Site &S) {
  constexpr uint32_t Frames = 3;
  uint64_t Each = each(S);
  fprintf(F, "%12llu %12llu %12llu %6.1f%%  %s ",
          static_cast<unsigned long long>(S.Objects * Each),
          static_cast<unsigned long long>(S.Bytes * Each),
          static_cast<unsigned long long>(S.LiveBytes * Each),
          S.Bytes ? 100.0 * double(S.LiveBytes) / double(S.Bytes) : 0.0,
          S.Type->name);
  for (uint32_t I = 0; I < S.Count && I < Frames; ++I)
    writePlace(F, S.Frames[I]);
  fputc('\n', F);
}

} // namespace gab::rt

using namespace gab::rt;

extern "C" int gab_write_sites(const char *Path) {
  Thread *T = attachSelf();
  if (!T || !H.C.ProfileBytes)
    return 0;
  PageArray<Site> Sites;
  {
    RuntimeScope S(*T);
    eachSite(keepSite, &Sites);
  }
  qsort(Sites.begin(), Sites.size(), sizeof(Site), moreBytes);
  FILE *F = fopen(Path, "w");
  if (F) {
    fprintf(F, "%12s %12s %12s %7s  type and place\n", "objects", "bytes",
            "alive", "share");
    for (const Site &S : Sites)
      writeRow(F, S);
  }
  bool Good = F && !ferror(F);
  if (F && fclose(F) != 0)
    Good = false;
  Sites.release();
  return Good;
}
