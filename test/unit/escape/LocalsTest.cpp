// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Variables of a frame: who may get at them, and for how long.
#include "Scene.h"
#include "gtest/gtest.h"

using namespace stackward::escape;
using namespace stackward::escape::test;

namespace {

/// "lent", "held", "escapes" or both, for the only local of Function.
std::string verdict(Scene &S, llvm::StringRef Function) {
  std::optional<std::vector<LocalFate>> All = S.P.locals(S.P.find(Function));
  if (!All || All->size() != 1)
    return "?";
  const LocalFate &L = All->front();
  std::string Text = L.Held ? "held" : "lent";
  if (L.Escapes)
    Text += " escapes";
  for (const Blocker &B : L.Ways)
    Text += " " + reasonId(B.Because).str();
  return Text;
}

TEST(Locals, GivenToACallThatKeepsNothing) {
  Scene S;
  S.fn("callee", 1);
  SymbolId Callee = S.sym("callee");
  Fn F = S.fn("f", 0);
  F.call(Callee, {F.address(F.local())});
  S.solve();
  EXPECT_EQ(verdict(S, "f"), "lent");
}

TEST(Locals, GivenToACallThatReturnsIt) {
  Scene S;
  Fn Callee = S.fn("callee", 1);
  Callee.returns(0);
  SymbolId Name = S.sym("callee");
  Fn F = S.fn("f", 0);
  F.call(Name, {F.address(F.local())});
  S.solve();
  EXPECT_EQ(verdict(S, "f"), "held");
}

TEST(Locals, GivenToACallThatStoresItInAnotherArgument) {
  Scene S;
  Fn Callee = S.fn("callee", 2);
  Callee.store(0, 0, 1);
  SymbolId Name = S.sym("callee");
  Fn F = S.fn("f", 0);
  NodeId Box = F.make(1);
  F.call(Name, {Box, F.address(F.local())});
  S.solve();
  EXPECT_EQ(verdict(S, "f"), "held");
}

TEST(Locals, StoredInItself) {
  Scene S;
  Fn Callee = S.fn("callee", 1);
  Callee.store(0, 8, 0);
  SymbolId Name = S.sym("callee");
  Fn F = S.fn("f", 0);
  F.call(Name, {F.address(F.local())});
  S.solve();
  EXPECT_EQ(verdict(S, "f"), "held");
}

TEST(Locals, GivenToACallThatKeepsIt) {
  Scene S;
  Fn Callee = S.fn("callee", 1);
  Callee.store(Callee.address(Callee.global()), 0, 0, 7);
  SymbolId Name = S.sym("callee");
  Fn F = S.fn("f", 0);
  F.call(Name, {F.address(F.local())}, 3);
  S.solve();
  EXPECT_NE(verdict(S, "f").find("escapes"), std::string::npos);
}

TEST(Locals, GivenToAnUnknownCall) {
  Scene S;
  Fn F = S.fn("f", 0);
  SymbolId Name = S.sym("nobody");
  F.call(Name, {F.address(F.local())});
  S.solve();
  EXPECT_EQ(verdict(S, "f"), "lent escapes unknown-callee");
}

TEST(Locals, Returned) {
  Scene S;
  Fn F = S.fn("f", 0);
  F.returns(F.address(F.local()));
  S.solve();
  EXPECT_EQ(verdict(S, "f"), "lent escapes return");
}

TEST(Locals, OfARecursiveFunction) {
  Scene S;
  Fn F = S.fn("f", 1);
  SymbolId Self = S.sym("f");
  F.call(Self, {F.address(F.local())});
  S.solve();
  EXPECT_EQ(verdict(S, "f"), "lent");
}

TEST(Locals, OfARecursiveFunctionThatKeepsWhatItIsGiven) {
  Scene S;
  Fn F = S.fn("f", 1);
  SymbolId Self = S.sym("f");
  F.call(Self, {F.address(F.local())});
  F.store(F.address(F.global()), 0, 0);
  S.solve();
  EXPECT_NE(verdict(S, "f").find("escapes"), std::string::npos);
}

} // namespace
