// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables of functions, and numbers that are read where pointers lie.
#include "Scene.h"
#include <gtest/gtest.h>

using namespace stackward::escape;
using namespace stackward::escape::test;

namespace {
/// "table": reads at 16, keeps at 24, something else at 8.
struct TableScene : Scene {
  FunctionTable Table{{{8, ""}, {16, "reads"}, {24, "keeps"}}};
  TableScene() {
    P.setTables([this](llvm::StringRef Name) {
      return Name == "table" ? &Table : nullptr;
    });
    fn("reads", 1).load(0);
    fn("keeps", 1).leak(0, Reason::Global);
  }
  /// f() { x = new; table[At](x) }
  Fn callAt(llvm::StringRef Name, Offset At) {
    Fn F = fn(Name, 0);
    F.callThrough(F.load(F.address(F.function(sym("table"))), At), {F.make(1)});
    return F;
  }
};
} // namespace

TEST(Tables, EntryIsWhatIsCalled) {
  TableScene S;
  S.callAt("first", 16);
  S.callAt("second", 24);
  S.callAt("stranger", 8);
  S.callAt("nothing", 32);
  S.solve();
  EXPECT_EQ(S.blockers("first", 1), "none");
  EXPECT_EQ(S.blockers("second", 1), "global callee-leaks");
  EXPECT_EQ(S.blockers("stranger", 1), "indirect-callee");
  EXPECT_EQ(S.blockers("nothing", 1), "indirect-callee");
}

TEST(Tables, SomeEntryMayBeAny) {
  TableScene S;
  S.callAt("some", AnyOffset);
  S.Table.Entries.erase(S.Table.Entries.begin());
  S.solve();
  EXPECT_EQ(S.blockers("some", 1), "global callee-leaks");
  auto Targets = S.P.targets(S.P.find("some"));
  ASSERT_EQ(Targets.size(), 1u);
  EXPECT_TRUE(Targets[0].Complete);
  EXPECT_EQ(Targets[0].Names, (std::vector<std::string>{"reads", "keeps"}));
}

TEST(Tables, AddressGoesThroughMemoryAndCallees) {
  TableScene S;
  Fn Init = S.fn("init", 1); // *p = table + 8
  Init.store(0, 0, Init.address(Init.function(S.sym("table")), 8));
  Fn Fire = S.fn("fire", 1); // (*p)[1](p)
  Fire.callThrough(Fire.load(Fire.load(0), 8), {0});
  Fn F = S.fn("f", 0);
  NodeId X = F.make(1);
  F.call(S.sym("init"), {X});
  F.call(S.sym("fire"), {X});
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "none");
  auto Targets = S.P.targets(S.P.find("f"));
  ASSERT_EQ(Targets.size(), 2u);
  EXPECT_EQ(Targets[1].Further, std::vector<std::string>{"reads"});
  EXPECT_FALSE(S.P.targets(S.P.find("fire"))[0].Complete);
}

TEST(Tables, CopiedBytesOfATableAreNotKnown) {
  TableScene S;
  Fn F = S.fn("f", 0);
  NodeId L = F.address(F.local());
  F.G.copyMemory(L, F.address(F.function(S.sym("table"))), {});
  F.callThrough(F.load(L, 16), {F.make(1)});
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "indirect-callee");
}

/// f() { x = new; l.field8 = x; return (number)l[At] }
static std::string numberAt(Offset At) {
  Scene S;
  Fn F = S.fn("f", 0);
  NodeId L = F.address(F.local());
  F.store(L, 8, F.make(1));
  NodeId N = F.node();
  F.G.loadNumber(N, L, At, {});
  F.returns(N);
  S.solve();
  return S.blockers("f", 1);
}

TEST(Numbers, OnlyAnExactCellGivesAPointer) {
  EXPECT_EQ(numberAt(8), "return");
  EXPECT_EQ(numberAt(0), "none");
  EXPECT_EQ(numberAt(AnyOffset), "none");
}

TEST(Numbers, ListIsWalkedWithoutItsNodes) {
  Scene S;
  Fn Walk = S.fn("walk", 1); // for (;; p = p->next) sum += p->value
  NodeId At = Walk.copy(0), Sum = Walk.node();
  Walk.G.copy(At, Walk.load(At, 8), 0, {});
  Walk.G.loadNumber(Sum, At, 0, {});
  Walk.returns(Sum);
  S.solve();
  EXPECT_EQ(S.summary("walk"),
            "flow p0[0] -> ret; flow p0[8][0] -> ret; flow outside -> ret");
}
