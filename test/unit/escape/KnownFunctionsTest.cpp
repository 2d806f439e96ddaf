// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The table of library functions: every row can be read, no name has two, and
/// the rows that run code or keep pointers do.
#include "Scene.h"
#include "gtest/gtest.h"
#include <set>

using namespace stackward::escape;
using namespace stackward::escape::test;

namespace {

TEST(KnownFunctions, EveryRowCanBeRead) {
  ASSERT_GT(knownFunctionNames().size(), 400u);
  for (const char *Name : knownFunctionNames())
    EXPECT_FALSE(knownFunction(Name)->isUnknown()) << Name;
}

TEST(KnownFunctions, EveryNameHasOneRow) {
  std::set<std::string> Seen;
  for (const char *Name : knownFunctionNames())
    EXPECT_TRUE(Seen.insert(Name).second) << Name;
}

TEST(KnownFunctions, UnknownNamesAreUnknown) {
  EXPECT_EQ(knownFunction("frobnicate"), nullptr);
  EXPECT_EQ(knownFunction(""), nullptr);
  EXPECT_EQ(knownFunction("std::sort"), nullptr);
  EXPECT_EQ(knownFunction("std::move"), nullptr)
      << "the algorithm of that name stores";
}

TEST(KnownFunctions, NamesComeInSeveralSpellings) {
  EXPECT_EQ(knownFunction("__builtin_strlen"), knownFunction("strlen"));
  EXPECT_EQ(knownFunction("std::__cxx11::basic_string::_M_append"),
            knownFunction("std::basic_string::_M_append"));
  EXPECT_EQ(knownFunction("std::ostream::operator<<"),
            knownFunction("std::basic_ostream::operator<<"));
}

TEST(KnownFunctions, ComparisonFunctionOfQsortIsCalled) {
  Scene S;
  S.P.setModels(knownFunction);
  Fn Cmp = S.fn("cmp", 2);
  Cmp.store(Cmp.address(Cmp.global()), 0, 0);
  Fn Ok = S.fn("ok", 2);
  Ok.load(0);
  for (auto [Name, Callback] : {std::pair("f", "cmp"), {"g", "ok"}}) {
    Fn F = S.fn(Name, 0);
    NodeId Fp = F.address(F.function(S.sym(Callback)));
    F.call(S.sym("qsort"), {F.make(1), NoNode, NoNode, Fp}, 2);
  }
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "global callee-leaks");
  EXPECT_EQ(S.blockers("g", 1), "none");
}

TEST(KnownFunctions, ThreadsShareTheirArgument) {
  Scene S;
  S.P.setModels(knownFunction);
  Fn F = S.fn("f", 0);
  F.call(S.sym("pthread_create"), {NoNode, NoNode, NoNode, F.make(1)}, 2);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "thread callee-leaks");
}

TEST(KnownFunctions, ContentIsCopiedByMemcpy) {
  Scene S;
  S.P.setModels(knownFunction);
  Fn F = S.fn("f", 1);
  NodeId L = F.address(F.local());
  F.store(L, 8, F.make(1));
  F.call(S.sym("memcpy"), {0, L, NoNode}, 2);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "stored-in-argument");
}

TEST(KnownFunctions, PrintingAnAddressIsFreeCallingAManipulatorIsACall) {
  Scene S;
  S.P.setModels(knownFunction);
  Fn Manip = S.fn("keeps", 1);
  Manip.store(Manip.address(Manip.global()), 0, 0);
  SymbolId Insert = S.sym("std::basic_ostream::operator<<");
  Fn F = S.fn("f", 0);
  NodeId Stream = F.make(1), Printed = F.make(2);
  NodeId Same = F.call(Insert, {Stream, Printed}, 3);
  F.call(Insert, {Same, NoNode}, 4);
  Fn G = S.fn("g", 0);
  NodeId Fp = G.address(G.function(S.sym("keeps")));
  G.call(Insert, {G.make(1), Fp}, 3);
  Fn H = S.fn("h", 2);
  H.call(Insert, {0, 1}, 3);
  Fn I = S.fn("i", 0);
  I.call(S.sym("h"), {I.make(1), I.make(2)}, 3);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "none");
  EXPECT_EQ(S.blockers("f", 2), "none");
  EXPECT_EQ(S.blockers("g", 1), "global callee-leaks");
  EXPECT_EQ(S.summary("h"), "call p1? (p0)");
  EXPECT_EQ(S.blockers("i", 1), "none");
}

} // namespace
