// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The C interface used as a C program would, and the table of its symbols.
#include "gab/c.h"
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <string.h>

namespace {

struct Cons {
  void *Head;
  void *Tail;
};

extern gab_type ConsType;
gab_type TextType = {
    8,       1,
    8,       GAB_NOSCAN_TYPE | GAB_ARRAY_TYPE | GAB_MOVABLE_TYPE,
    0,       nullptr,
    nullptr, "text",
    nullptr};

void traceCons(void *Object, gab_visitor *V) {
  auto *C = static_cast<Cons *>(Object);
  V->edge(V, &C->Head, &TextType);
  V->edge(V, &C->Tail, &ConsType);
}

gab_type ConsType = {sizeof(Cons), 0,       8,      GAB_MOVABLE_TYPE, 0,
                     traceCons,    nullptr, "cons", nullptr};

TEST(CApi, ListOfTexts) {
  gab_root Root = {nullptr, nullptr, nullptr, &ConsType, GAB_ROOT_STRONG, 0};
  ASSERT_TRUE(gab_attach());
  ASSERT_TRUE(gab_type_register(&ConsType));
  gab_root_add(&Root);
  for (int I = 0; I < 50000; ++I) {
    char Text[32];
    int N = snprintf(Text, sizeof(Text), "text %d", I);
    auto *T = static_cast<char *>(gab_alloc_array(&TextType, size_t(N) + 1));
    memcpy(T + 8, Text, size_t(N) + 1);
    auto *C = static_cast<Cons *>(gab_alloc(&ConsType));
    gab_write(C, &C->Head, T, &TextType);
    gab_write(C, &C->Tail, I % 1000 ? Root.object : nullptr, &ConsType);
    Root.object = C;
  }
  gab_collect(GAB_COLLECT_COMPACT);
  int Expect = 50000;
  for (auto *C = static_cast<Cons *>(Root.object); C;
       C = static_cast<Cons *>(C->Tail)) {
    char Text[32];
    snprintf(Text, sizeof(Text), "text %d", --Expect);
    ASSERT_STREQ(static_cast<char *>(C->Head) + 8, Text);
    EXPECT_EQ(gab_object_size(&TextType, C->Head), 8 + strlen(Text) + 1);
  }
  EXPECT_EQ(Expect, 49000);
  gab_root_remove(&Root);
}

TEST(CApi, WeakAndPinnedRoots) {
  gab_root Weak = {nullptr, nullptr, nullptr, &ConsType, GAB_ROOT_WEAK, 0};
  gab_root Pin = {nullptr, nullptr, nullptr, &ConsType, GAB_ROOT_PIN, 0};
  gab_root_set(&Pin, gab_alloc(&ConsType)); // adds it
  gab_enter_blocked();
  gab_root_copy(&Weak, &Pin);
  gab_leave_blocked();
  EXPECT_TRUE(Weak.linked && Pin.linked);
  void *Before = Pin.object;
  gab_collect(GAB_COLLECT_COMPACT);
  EXPECT_EQ(Pin.object, Before);
  EXPECT_EQ(Weak.object, Before);
  gab_root_remove(&Pin);
  gab_root_remove(&Weak);
}

TEST(CApi, ImpossibleSizesFailCleanly) {
  EXPECT_EQ(gab_alloc_array(&TextType, ~size_t(0)), nullptr);
  EXPECT_EQ(gab_alloc_array(&TextType, size_t(1) << 45), nullptr);
}

// Every row of the table is a symbol of the shared library, and nothing else
// with the prefix is.
TEST(CApi, TableIsWhatTheLibraryExports) {
  void *Library = dlopen(GAB_SHARED_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  ASSERT_TRUE(Library) << dlerror();
#define GAB_SYMBOL(Result, Name, Parameters)                                   \
  EXPECT_TRUE(dlsym(Library, #Name)) << #Name;
#include "gab/Symbols.def"
  EXPECT_FALSE(dlsym(Library, "gab_slow_small_body"));
}

// A heap in a library that is loaded, used and unloaded.
TEST(CApi, LoadedAgainAndAgain) {
  for (int I = 0; I < 20; ++I) {
    void *Plugin = dlopen(GAB_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    ASSERT_TRUE(Plugin) << dlerror();
    auto *Work = reinterpret_cast<int (*)(int)>(dlsym(Plugin, "pluginWork"));
    ASSERT_TRUE(Work);
    EXPECT_EQ(Work(2000), 2000);
    dlclose(Plugin);
  }
  // Its descriptors may be in headers, so it is still there.
  EXPECT_TRUE(dlopen(GAB_PLUGIN, RTLD_NOW | RTLD_NOLOAD));
}

} // namespace
