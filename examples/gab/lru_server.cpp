// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The loop of a caching server: requests come, answers are kept in a least
/// recently used cache, old ones fall out. Entries die in an order that has
/// little to do with the order they were made in.
#include "gab/hash_map.hpp"
#include "gab/string.hpp"
#include <cstdio>
#include <cstdlib>
#include <string>

struct Answer {
  gab::string Key, Body;
  gab::Member<Answer> Newer, Older;
  GAB_TRACE(Answer, Key, Body, Newer, Older)
};

struct Cache {
  gab::hash_map<gab::string, gab::Member<Answer>> ByKey;
  gab::Member<Answer> Newest, Oldest;
  GAB_TRACE(Cache, ByKey, Newest, Oldest)

  void unlink(Answer *A) {
    (A->Newer ? A->Newer->Older : Newest) = A->Older;
    (A->Older ? A->Older->Newer : Oldest) = A->Newer;
    A->Newer = A->Older = nullptr;
  }
  void use(gab::Ref<Answer> A) {
    A->Older = Newest;
    if (Newest)
      Newest->Newer = A;
    Newest = A;
    if (!Oldest)
      Oldest = A;
  }
};

int main(int Argc, char **Argv) {
  long Requests = Argc > 1 ? atol(Argv[1]) : 100000;
  gab::Root<Cache> C = gab::make<Cache>();
  unsigned long Seed = 1, Hits = 0, Bytes = 0;
  for (long I = 0; I < Requests; ++I) {
    Seed = Seed * 6364136223846793005ul + 1442695040888963407ul;
    unsigned long Page = (Seed >> 40) % 5000 * ((Seed >> 20) % 3) / 2;
    std::string Key = "/page/" + std::to_string(Page);
    if (gab::Member<Answer> *Known = C->ByKey.find(Key)) {
      ++Hits;
      gab::Ref<Answer> A = *Known;
      C->unlink(A.get());
      C->use(A);
      Bytes += A->Body.size();
      continue;
    }
    gab::Local<Answer> A = gab::make<Answer>();
    A->Key = Key;
    A->Body = std::string(20 + Page % 90, 'x');
    C->ByKey[A->Key] = gab::Ref<Answer>(A);
    C->use(A);
    Bytes += A->Body.size();
    if (C->ByKey.size() > 1000) {
      gab::Ref<Answer> Last = C->Oldest;
      C->unlink(Last.get());
      C->ByKey.erase(Last->Key);
    }
  }
  printf("%ld requests, %lu hits, %lu bytes, %zu cached\n", Requests, Hits,
         Bytes, C->ByKey.size());
  if (const char *Path = getenv("GAB_EXAMPLE_MAP"))
    return gab_write_heap_map(Path) ? 0 : 1;
  return 0;
}
