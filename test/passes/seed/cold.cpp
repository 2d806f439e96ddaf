// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Containers that are hardly ever made are left alone: what leads to a throw,
// and with a profile what did not run.
//
// RUN: %seed -c %s -o %t.o -Rpass=stackward -Rpass-missed=stackward 2>&1 | FileCheck %s
//
// RUN: rm -rf %t.raw && %clangxx -w -O1 -fprofile-instr-generate=%t.raw %s -o %t.train && %t.train
// RUN: llvm-profdata merge %t.raw -o %t.profile
// RUN: %seed -c %s -o %t.o -fprofile-instr-use=%t.profile -Rpass=stackward -Rpass-missed=stackward 2>&1 | FileCheck --check-prefix=PROFILE %s
// RUN: %seed %s %rt -fprofile-instr-use=%t.profile -o %t.out && %t.out
#include <stdexcept>
#include <string>

extern "C" int puts(const char *);
static size_t Total;

__attribute__((noinline)) void check(const char *Name, int N) {
  if (N < 0) {
    // CHECK-DAG: [[#@LINE+2]]:{{.*}} string not seeded [cold]
    // PROFILE-DAG: [[#@LINE+1]]:{{.*}} string not seeded [cold]
    std::string Text(Name);
    Text += " must not be negative";
    throw std::runtime_error(Text);
  }
}

__attribute__((noinline)) void often(const char *Name) {
  // CHECK-DAG: [[#@LINE+2]]:{{.*}} string starts in
  // PROFILE-DAG: [[#@LINE+1]]:{{.*}} string starts in
  std::string Text(Name);
  Text += ", which makes it longer";
  Total += Text.size();
}

__attribute__((noinline)) void rarely(const char *Name, int N) {
  if (N != 77)
    return;
  // CHECK-DAG: [[#@LINE+2]]:{{.*}} string starts in
  // PROFILE-DAG: [[#@LINE+1]]:{{.*}} string not seeded [cold]
  std::string Text(Name);
  Text += ", which makes it longer";
  Total += Text.size();
}

int main(int, char **Argv) {
  for (int I = 0; I < 2000; ++I) {
    check(Argv[0], I);
    often(Argv[0]);
    rarely(Argv[0], -I);
  }
  return Total == 0;
}
