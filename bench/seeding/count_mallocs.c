// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Preload: appends the number of calls of malloc to the file $COUNT_TO when
/// the process ends. operator new of libstdc++ calls malloc.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static void *(*Next)(size_t);
static unsigned long Calls;

void *malloc(size_t Size) {
  if (!Next)
    *(void **)&Next = dlsym(RTLD_NEXT, "malloc");
  __sync_add_and_fetch(&Calls, 1);
  return Next(Size);
}

__attribute__((destructor)) static void report(void) {
  const char *To = getenv("COUNT_TO");
  FILE *Out = To ? fopen(To, "a") : NULL;
  if (!Out)
    return;
  fprintf(Out, "%lu\n", Calls);
  fclose(Out);
}
