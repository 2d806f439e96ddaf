// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What becomes of an allocation, one shape of flow a test.
#include "Scene.h"
#include "gtest/gtest.h"

using namespace stackward::escape;
using namespace stackward::escape::test;

namespace {

TEST(Fate, UnusedAllocationStays) {
  Scene S;
  Fn F = S.fn("f", 0);
  F.make(1);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "none");
}

TEST(Fate, ReturnedAllocationLeaves) {
  Scene S;
  Fn F = S.fn("f", 0);
  F.returns(F.make(1), 2);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "return");
  EXPECT_TRUE(S.fate("f", 1)->OnlyReturned);
  EXPECT_EQ(S.way("f", 1, Reason::Return), "1 allocated; 2 returned");
  EXPECT_EQ(S.summary("f"), "fresh0 size=16 family=new; flow fresh0 -> ret");
}

TEST(Fate, WhatAReturnedObjectHoldsLeaves) {
  Scene S;
  Fn F = S.fn("f", 0);
  NodeId Outer = F.make(1), Inner = F.make(2);
  F.store(Outer, 8, Inner, 3);
  F.returns(Outer, 4);
  S.solve();
  EXPECT_EQ(S.blockers("f", 2), "return");
  EXPECT_EQ(S.summary("f"),
            "fresh0 size=16 family=new; fresh1 size=16 family=new; "
            "flow fresh0 -> ret; flow fresh1 -> fresh0[8]");
}

TEST(Fate, StoredInGlobalEscapes) {
  Scene S;
  Fn F = S.fn("f", 0);
  NodeId New = F.make(1), G = F.address(F.global());
  F.store(G, 0, New, 2);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "global");
  EXPECT_EQ(S.way("f", 1, Reason::Global), "1 allocated; 2 stored in memory");
}

TEST(Fate, StoredInEscapedObjectEscapesByItsWay) {
  Scene S;
  Fn F = S.fn("f", 0);
  NodeId Box = F.make(1), New = F.make(2), G = F.address(F.global());
  F.store(G, 0, Box, 3);
  F.store(Box, 8, New, 4);
  S.solve();
  EXPECT_EQ(S.blockers("f", 2), "stored-in-escaped");
  EXPECT_EQ(S.way("f", 2, Reason::StoredInEscaped),
            "2 allocated; 4 stored in memory; 1 allocated; 3 stored in memory");
}

TEST(Fate, StoredInLocalStays) {
  Scene S;
  Fn F = S.fn("f", 0);
  NodeId L = F.address(F.local()), New = F.make(1);
  F.store(L, 8, New);
  F.load(L, 8);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "none");
}

TEST(Fate, FieldsAreApart) {
  Scene S;
  Fn F = S.fn("f", 0);
  NodeId L = F.address(F.local()), A = F.make(1), B = F.make(2);
  F.store(L, 0, A);
  F.store(L, 8, B);
  F.returns(F.load(L, 8), 3);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "none");
  EXPECT_EQ(S.blockers("f", 2), "return");
}

TEST(Fate, UnknownIndexReadsAllFields) {
  Scene S;
  Fn F = S.fn("f", 0);
  NodeId L = F.address(F.local()), A = F.make(1), B = F.make(2);
  F.store(L, 0, A);
  F.store(L, AnyOffset, B);
  F.returns(F.load(L, AnyOffset), 3);
  NodeId M = F.address(F.local()), C = F.make(4);
  F.store(M, AnyOffset, C);
  F.returns(F.load(M, 24), 5);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "return");
  EXPECT_EQ(S.blockers("f", 2), "return");
  EXPECT_EQ(S.blockers("f", 4), "return");
}

TEST(Fate, StoredThroughArgumentIsTheCallers) {
  Scene S;
  Fn F = S.fn("f", 1);
  F.store(0, 8, F.make(1), 2);
  Fn G = S.fn("g", 0);
  NodeId L = G.address(G.local());
  G.call(S.sym("f"), {L}, 5);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "stored-in-argument");
  EXPECT_TRUE(S.fate("f", 1)->OnlyStoredInArguments);
  EXPECT_EQ(S.blockers("g", 5), "none");
  EXPECT_EQ(S.fate("g", 5)->Origin, 1u);
  EXPECT_EQ(S.fate("g", 5)->ByCall, 0u);
}

TEST(Fate, UnknownCalleeTakesAll) {
  Scene S;
  Fn F = S.fn("f", 0);
  NodeId Box = F.make(1), New = F.make(2);
  F.store(Box, 0, New);
  NodeId R = F.call(S.sym("mystery"), {Box}, 3);
  NodeId Later = F.make(4);
  F.store(F.load(Box, 8), 0, Later);
  NodeId Other = F.make(5);
  F.store(R, 0, Other);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "unknown-callee");
  EXPECT_EQ(S.blockers("f", 2), "stored-in-escaped");
  EXPECT_EQ(S.blockers("f", 4), "stored-in-escaped")
      << "the callee may have put anything into the box";
  EXPECT_EQ(S.blockers("f", 5), "stored-in-escaped");
  EXPECT_EQ(S.way("f", 1, Reason::UnknownCallee),
            "1 allocated; 3 passed as an argument; "
            "3 the callee's body is not visible");
}

TEST(Fate, CalleeLeaksSaysBoth) {
  Scene S;
  Fn F = S.fn("f", 1);
  F.store(F.address(F.global()), 0, 0, 7);
  Fn G = S.fn("g", 0);
  G.call(S.sym("f"), {G.make(1)}, 2);
  S.solve();
  EXPECT_EQ(S.blockers("g", 1), "global callee-leaks");
  EXPECT_EQ(S.way("g", 1, Reason::Global),
            "1 allocated; 2 passed as an argument; >7 stored in memory");
}

TEST(Fate, AliasedArgumentsAreSolvedByTheCaller) {
  Scene S;
  Fn F = S.fn("f", 3); // p0->0 = p2; leak(p1->0)
  F.store(0, 0, 2);
  F.leak(F.load(1, 0), Reason::Thread);
  Fn G = S.fn("g", 0);
  NodeId A = G.address(G.local()), B = G.address(G.local());
  G.call(S.sym("f"), {A, B, G.make(1)});
  G.call(S.sym("f"), {A, A, G.make(2)});
  S.solve();
  EXPECT_EQ(S.blockers("g", 2), "thread callee-leaks");
  EXPECT_EQ(S.blockers("g", 1), "thread callee-leaks")
      << "one flow-insensitive cell of A holds both";
}

TEST(Fate, LocalsStoredInArgumentsAreWrittenByOthers) {
  // *p0 = &local; t = *p1; *t = p2; return local. With p0 == p1 that is p2.
  Scene S;
  Fn F = S.fn("f", 3);
  NodeId L = F.address(F.local());
  F.store(0, 0, L);
  F.store(F.load(1, 0), 0, 2);
  F.returns(F.load(L, 0));
  Fn G = S.fn("g", 0);
  NodeId A = G.address(G.local());
  G.returns(G.call(S.sym("f"), {A, A, G.make(1)}), 2);
  S.solve();
  EXPECT_EQ(S.blockers("g", 1), "return");
}

TEST(Fate, ContentIsCopiedBetweenArguments) {
  Scene S;
  Fn F = S.fn("f", 2); // *p0 = *p1
  F.G.copyMemory(0, 1, at(1));
  Fn G = S.fn("g", 0);
  NodeId A = G.address(G.local()), B = G.address(G.local());
  G.store(B, 8, G.make(1));
  G.call(S.sym("f"), {A, B}, 2);
  G.returns(G.load(A, 8));
  S.solve();
  EXPECT_EQ(S.blockers("g", 1), "return");
}

TEST(Fate, StoredInMemoryForTheResultIsReturned) {
  Scene S;
  Fn F = S.fn("f", 2);
  F.G.setResultParam(1);
  F.store(1, 0, F.make(1), 2);
  Fn G = S.fn("g", 0);
  G.call(S.sym("f"), {NoNode, G.address(G.local())}, 5);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "return");
  EXPECT_TRUE(S.fate("f", 1)->OnlyReturned);
  EXPECT_EQ(S.summary("f"), "fresh0 size=16 family=new; flow fresh0 -> p1[0]");
  EXPECT_EQ(S.blockers("g", 5), "none");
}

TEST(Fate, UnknownCalleeFillsMemoryForTheResultButDoesNotKeepIt) {
  Scene S;
  Fn F = S.fn("f", 0);
  Call C;
  C.Callee = S.sym("mystery");
  NodeId Memory = F.make(1);
  C.Args = {F.make(2), Memory};
  C.ResultIsFresh = true;
  F.G.call(C);
  F.store(F.load(Memory, 8), 0, F.make(3));
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "none");
  EXPECT_EQ(S.blockers("f", 2), "unknown-callee");
  EXPECT_EQ(S.blockers("f", 3), "stored-in-escaped");
}

} // namespace
