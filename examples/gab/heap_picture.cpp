// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Draws the two pictures of docs/gab/gabs.md: a heap in which one in two
/// hundred of the objects that were made lives on, before and after a
/// compaction. Run it with GAB_PLAN=gab-conc GAB_YOUNG=64M, so that nothing is
/// moved or collected until it says so.
/// usage: heap_picture BEFORE.svg AFTER.svg
#include "gab/gab.hpp"
#include <cstdio>

struct Price { // pointer-free: lives in GABs
  double Value;
  long Time;
};
struct Order { // has references: lives in a cell
  gab::Member<Order> Next;
  gab::Member<Price> What;
  GAB_TRACE(Order, Next, What)
};

int main(int Argc, char **Argv) {
  if (Argc < 3)
    return 2;
  gab::Root<Order> Orders;
  gab::Root<gab::Array<char>> Large = gab::make_array<char>(150000);
  unsigned long Random = 1;
  for (long I = 0; I < 260000; ++I) {
    gab::Local<Price> P = gab::make<Price>(1.5, I);
    Random = Random * 6364136223846793005ul + 1442695040888963407ul;
    if ((Random >> 33) % 200)
      continue; // nobody keeps this one
    gab::Local<Order> O = gab::make<Order>();
    O->What = P;
    O->Next = gab::Ref<Order>(Orders);
    Orders = O;
  }
  // One object may not move, because a plain pointer refers to it.
  Price *Raw = Orders->What.get();
  gab_collect(GAB_COLLECT_FULL);
  bool Good = gab_write_heap_map(Argv[1]);
  gab::compact();
  Good = Good && gab_write_heap_map(Argv[2]);
  gab_stats S = gab::stats();
  printf("alive %zu KB in %zu KB\n", size_t(S.live_bytes >> 10),
         size_t(S.used_bytes >> 10));
  gab::keep_alive(Raw);
  return Good && Large ? 0 : 1;
}
