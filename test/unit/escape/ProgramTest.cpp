// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Several functions: recursion, function pointers, virtual calls, linking.
#include "Scene.h"
#include "gtest/gtest.h"

using namespace stackward::escape;
using namespace stackward::escape::test;

namespace {

TEST(Recursion, ListBuilderReturnsManyFromEachLevel) {
  // Node *f(n) { Node *x = new Node; x->next = f(n - 1); return x; }
  Scene S;
  Fn F = S.fn("f", 0);
  NodeId New = F.make(1);
  F.store(New, 8, F.call(S.sym("f"), {}, 2));
  F.returns(New);
  Fn G = S.fn("g", 0);
  G.call(S.sym("f"), {}, 3);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "return");
  EXPECT_EQ(S.blockers("f", 2), "return loop-carried");
  EXPECT_EQ(S.blockers("g", 3), "loop-carried");
  EXPECT_TRUE(S.P.mayRecurse(S.P.find("f")));
  EXPECT_FALSE(S.P.mayRecurse(S.P.find("g")));
  EXPECT_EQ(S.summary("f"), "fresh0 size=16 family=new many; "
                            "flow fresh0 -> ret; flow fresh0 -> fresh0[8]");
}

TEST(Recursion, MutualRecursionFindsTheLeak) {
  Scene S;
  Fn A = S.fn("a", 1);
  A.call(S.sym("b"), {0});
  Fn B = S.fn("b", 1);
  B.call(S.sym("a"), {0});
  B.leak(0, Reason::Thread);
  Fn C = S.fn("c", 0);
  C.call(S.sym("a"), {C.make(1)});
  S.solve();
  EXPECT_EQ(S.blockers("c", 1), "thread callee-leaks");
}

TEST(Recursion, RotatedArgumentsReachEachOther) {
  Scene S;
  Fn A = S.fn("a", 3);
  A.call(S.sym("a"), {1, 2, 0});
  A.leak(0, Reason::Global);
  Fn C = S.fn("c", 0);
  C.call(S.sym("a"), {NoNode, C.make(1), C.make(2)});
  S.solve();
  EXPECT_EQ(S.blockers("c", 1), "global callee-leaks");
  EXPECT_EQ(S.blockers("c", 2), "global callee-leaks");
}

TEST(Recursion, WalkOverAListEnds) {
  // f(p) { f(p->next); leak(p->data) }
  Scene S;
  Fn F = S.fn("f", 1);
  F.call(S.sym("f"), {F.load(0, 8)});
  F.leak(F.load(0, 0), Reason::Thread);
  Fn C = S.fn("c", 0);
  NodeId A = C.make(1), B = C.make(2), D = C.make(3);
  C.store(A, 8, B);
  C.store(B, 8, A);
  C.store(B, 0, D);
  C.call(S.sym("f"), {A});
  S.solve();
  // The walk beyond the named depth takes the nodes for their data.
  EXPECT_EQ(S.blockers("c", 3), "thread stored-in-escaped callee-leaks");
}

/// Six nodes in a row, of which node I has the site I; returns the pointers.
std::vector<NodeId> row(Fn &G) {
  std::vector<NodeId> Nodes;
  for (Anchor I = 1; I != 7; ++I)
    Nodes.push_back(G.make(I));
  for (unsigned I = 0; I != 5; ++I)
    G.store(Nodes[I], 8, Nodes[I + 1]);
  return Nodes;
}

TEST(Recursion, LinksBeyondTheNamedDepthAreTurned) {
  Scene S;
  Fn F = S.fn("f", 1); // n5->next = n4
  NodeId N4 = F.load(F.load(F.load(F.load(0, 8), 8), 8), 8);
  F.store(F.load(N4, 8), 8, N4);
  Fn G = S.fn("g", 0);
  std::vector<NodeId> Nodes = row(G);
  G.call(S.sym("f"), {Nodes[0]});
  G.returns(G.load(Nodes[5], 8));
  S.solve();
  EXPECT_EQ(S.blockers("g", 5), "return");
}

TEST(Recursion, OnePathMayNameSeveralObjects) {
  // f(p, q): a = p->x; q->x = q->y; b = p->x; *a = *b
  Scene S;
  Fn F = S.fn("f", 2);
  NodeId A = F.load(0, 0);
  F.store(1, 0, F.load(1, 8));
  F.G.copyMemory(A, F.load(0, 0), at(1));
  Fn G = S.fn("g", 0);
  NodeId P = G.address(G.local()), X = G.make(1), Y = G.make(2);
  G.store(P, 0, X);
  G.store(P, 8, Y);
  G.store(Y, 16, G.make(3));
  G.call(S.sym("f"), {P, P});
  G.returns(G.load(X, 16));
  S.solve();
  EXPECT_EQ(S.blockers("g", 3), "return");
}

TEST(Recursion, TooManyStepsAreACap) {
  Scene S;
  Fn F = S.fn("f", 0);
  NodeId New = F.make(1);
  for (int I = 0; I != 100; ++I)
    New = F.copy(New);
  Fn G = S.fn("g", 0);
  G.call(S.sym("f"), {G.make(2)});
  Limits L;
  L.MaxSteps = 50;
  S.solve(L);
  EXPECT_EQ(S.blockers("f", 1), "cap");
  EXPECT_EQ(S.summary("f"), "unknown");
  EXPECT_EQ(S.blockers("g", 2), "cap");
}

TEST(Fresh, TooManyEscape) {
  Scene S;
  Fn F = S.fn("f", 1);
  for (int I = 0; I != 20; ++I)
    F.store(0, 0, F.make(1 + I));
  Fn G = S.fn("g", 0);
  NodeId L = G.address(G.local());
  G.call(S.sym("f"), {L}, 50);
  G.store(G.load(L, 0), 0, G.make(51));
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "stored-in-argument cap");
  EXPECT_EQ(S.blockers("g", 50), "no such allocation");
  EXPECT_EQ(S.blockers("g", 51), "stored-in-escaped");
}

TEST(Fresh, TooManyKeptByArgumentsLeaveTheReturned) {
  Scene S;
  Fn F = S.fn("f", 1);
  for (int I = 0; I != 6; ++I)
    F.store(0, 8 * I, F.make(1 + I));
  F.returns(F.make(10));
  Fn G = S.fn("g", 1);
  NodeId Box = G.make(20);
  G.call(S.sym("f"), {Box}, 21);
  Limits L;
  L.MaxFresh = 4;
  S.solve(L);
  EXPECT_EQ(S.blockers("f", 1), "stored-in-argument cap");
  EXPECT_EQ(S.blockers("f", 10), "return");
  EXPECT_EQ(S.blockers("g", 21), "none");
}

TEST(Fresh, WhatACoarserSummaryNoLongerNamesIsACap) {
  Scene S;
  Fn F = S.fn("f", 1);
  F.store(0, 0, F.make(1));
  for (int I = 0; I != 9; ++I)
    F.store(0, 8 * (I + 1), F.load(0, 8 * I));
  Limits L;
  L.MaxSummary = 1;
  S.solve(L);
  EXPECT_EQ(S.blockers("f", 1), "stored-in-argument cap");
}

TEST(Indirect, FunctionPassedDownIsResolvedByTheCaller) {
  Scene S;
  Fn Run = S.fn("run", 2); // run(fn, x) { fn(x) }
  Run.callThrough(0, {1});
  Fn Leaks = S.fn("leaks", 1);
  Leaks.leak(0, Reason::Thread);
  Fn Reads = S.fn("reads", 1);
  Reads.load(0);
  Fn F = S.fn("f", 0);
  F.call(S.sym("run"), {F.address(F.function(S.sym("leaks"))), F.make(1)});
  Fn G = S.fn("g", 0);
  G.call(S.sym("run"), {G.address(G.function(S.sym("reads"))), G.make(1)});
  Fn H = S.fn("h", 0);
  H.call(S.sym("run"), {NoNode, H.make(1)});
  S.solve();
  EXPECT_EQ(S.summary("run"), "call p0 (p1)");
  EXPECT_EQ(S.blockers("f", 1), "thread callee-leaks");
  EXPECT_EQ(S.blockers("g", 1), "none");
  EXPECT_EQ(S.blockers("h", 1), "indirect-callee");
}

TEST(Indirect, ObjectsGivenToACallOfTheCallersChoiceAreNotOurs) {
  Scene S;
  Fn F = S.fn("f", 1); // f(fn) { x = new; fn(x); }
  F.callThrough(0, {F.make(1)});
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "indirect-callee");
}

TEST(Indirect, ResultOfADeferredCallFlowsOn) {
  // f(fn, p) { *p = fn(p) }; identity as fn stores p in itself.
  Scene S;
  Fn F = S.fn("f", 2);
  F.store(1, 0, F.callThrough(0, {1}));
  Fn Id = S.fn("id", 1);
  Id.returns(0);
  Fn G = S.fn("g", 0);
  NodeId A = G.make(1);
  G.call(S.sym("f"), {G.address(G.function(S.sym("id"))), A});
  G.returns(G.load(A, 0));
  S.solve();
  EXPECT_EQ(S.blockers("g", 1), "return");
}

TEST(Indirect, CallThroughAStoredPointerIsFoundByTheCaller) {
  // struct { void (*fn)(void *) } set by one callee, called by another.
  Scene S;
  Fn Init = S.fn("init", 1);
  Init.store(0, 8, Init.address(Init.function(S.sym("reads"))));
  Fn Reads = S.fn("reads", 1);
  Reads.load(0);
  Fn Fire = S.fn("fire", 2);
  Fire.callThrough(Fire.load(0, 8), {1});
  Fn G = S.fn("g", 0);
  NodeId L = G.address(G.local());
  G.call(S.sym("init"), {L});
  G.call(S.sym("fire"), {L, G.make(1)});
  S.solve();
  EXPECT_EQ(S.summary("init"), "flow @reads -> p0[8]");
  EXPECT_EQ(S.blockers("g", 1), "none");
}

TEST(Indirect, FunctionThatCallsItsArgumentWithItselfEnds) {
  Scene S;
  Fn F = S.fn("f", 2); // f(g, x) { g(g, x) }
  F.callThrough(0, {0, 1});
  Fn G = S.fn("g", 0);
  G.call(S.sym("f"), {G.address(G.function(S.sym("f"))), G.make(1)});
  S.solve();
  EXPECT_NE(S.blockers("g", 1), "none");
}

TEST(Indirect, UnknownTargetTakesAll) {
  Scene S;
  Fn F = S.fn("f", 0);
  NodeId G = F.address(F.global());
  F.callThrough(F.load(G), {F.make(1)}, 2);
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "indirect-callee");
  EXPECT_EQ(S.way("f", 1, Reason::IndirectCallee),
            "1 allocated; 2 passed as an argument; "
            "2 a call through an unknown pointer");
}

struct VirtualScene : Scene {
  SymbolId Type = sym("Type"), See = sym("see");
  VirtualScene() { M.addOverrider(Type, See, sym("Type::see")); }
  NodeId derived(Fn &F, Anchor A) {
    ObjectId O = F.site(A);
    F.G.object(O).DynamicType = Type;
    return F.address(O);
  }
};

TEST(Virtual, DynamicTypeDecides) {
  VirtualScene S;
  Fn Target = S.fn("Type::see", 2);
  Target.leak(1, Reason::Global);
  Fn F = S.fn("f", 0);
  F.callVirtual(S.See, {S.derived(F, 1), F.make(2)});
  Fn Use = S.fn("use", 2);
  Use.callVirtual(S.See, {0, 1});
  Fn G = S.fn("g", 0);
  G.call(S.sym("use"), {S.derived(G, 1), G.make(2)});
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "none");
  EXPECT_EQ(S.blockers("f", 2), "global callee-leaks");
  EXPECT_EQ(S.summary("use"), "vcall p0 method=see (p0, p1)");
  EXPECT_EQ(S.blockers("g", 1), "none");
  EXPECT_EQ(S.blockers("g", 2), "global callee-leaks");
}

TEST(Virtual, UnknownReceiverTakesAll) {
  VirtualScene S;
  Fn F = S.fn("f", 0);
  NodeId R = F.call(S.sym("mystery"), {});
  F.callVirtual(S.See, {R, F.make(1)});
  NodeId Typeless = F.make(2);
  F.callVirtual(S.See, {Typeless, F.make(3)});
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "virtual-callee");
  EXPECT_EQ(S.blockers("f", 2), "virtual-callee");
  EXPECT_EQ(S.blockers("f", 3), "virtual-callee");
}

TEST(Virtual, MemberInsideAnObjectIsNotTheObject) {
  // struct Comp : Node { Node child; }: child's dynamic type is not Comp.
  VirtualScene S;
  Fn Target = S.fn("Type::see", 2);
  Target.load(1);
  Fn F = S.fn("f", 0);
  NodeId Child = F.copy(S.derived(F, 1), 16);
  F.callVirtual(S.See, {Child, F.make(2)});
  S.solve();
  EXPECT_EQ(S.blockers("f", 2), "virtual-callee");
}

TEST(Virtual, ClosedHierarchyNamesTheTargets) {
  VirtualScene S;
  Fn Target = S.fn("Type::see", 2);
  Target.leak(1, Reason::Thread);
  Fn F = S.fn("f", 1);
  F.callVirtual(S.See, {0, F.make(1)});
  F.G.calls()[0].ClosedTargets.push_back(S.sym("Type::see"));
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "thread callee-leaks");
}

TEST(Virtual, FactoryTellsTheDynamicType) {
  VirtualScene S;
  Fn Make = S.fn("make", 0);
  Make.returns(S.derived(Make, 1));
  Fn Target = S.fn("Type::see", 2);
  Target.load(1);
  Fn F = S.fn("f", 0);
  F.callVirtual(S.See, {F.call(S.sym("make"), {}, 2), F.make(3)});
  S.solve();
  EXPECT_EQ(S.blockers("f", 2), "none");
  EXPECT_EQ(S.blockers("f", 3), "none");
}

TEST(Virtual, TargetThatComesLaterInTheOrderIsFound) {
  // Type::see calls a helper that is a caller of nothing else: the edge from
  // "use" to it is found only while solving.
  VirtualScene S;
  Fn G = S.fn("g", 0);
  G.call(S.sym("use"), {S.derived(G, 1), G.make(2)});
  Fn Use = S.fn("use", 2);
  Use.callVirtual(S.See, {0, 1});
  Fn Target = S.fn("Type::see", 2);
  Target.call(S.sym("helper"), {1});
  Fn Helper = S.fn("helper", 1);
  Helper.load(0);
  S.solve();
  EXPECT_EQ(S.blockers("g", 2), "none");
}

TEST(Virtual, OverriderThatCallsBackIsRecursion) {
  VirtualScene S;
  Fn G = S.fn("g", 1);
  G.callVirtual(S.See, {S.derived(G, 1), 0});
  Fn Target = S.fn("Type::see", 2);
  Target.call(S.sym("g"), {1});
  Target.leak(1, Reason::Thread);
  Fn H = S.fn("h", 0);
  H.call(S.sym("g"), {H.make(2)});
  S.solve();
  EXPECT_EQ(S.blockers("h", 2), "thread callee-leaks");
  EXPECT_TRUE(S.P.mayRecurse(S.P.find("g")));
}

TEST(Virtual, InAConstructorTheObjectIsNotYetDerived) {
  VirtualScene S;
  SymbolId Base = S.sym("Base");
  S.M.addOverrider(Base, S.See, S.sym("Base::see"));
  Fn Derived = S.fn("Type::see", 1);
  Derived.load(0);
  Fn Leaky = S.fn("Base::see", 1);
  Leaky.leak(0, Reason::Global);
  Fn Helper = S.fn("helper", 1);
  Helper.callVirtual(S.See, {0});
  Fn Ctor = S.fn("Base::Base", 1);
  Ctor.G.setThisType(Base);
  Ctor.call(S.sym("helper"), {0});
  Fn F = S.fn("f", 0);
  F.call(S.sym("Base::Base"), {S.derived(F, 1)});
  Fn G = S.fn("g", 0);
  G.call(S.sym("helper"), {S.derived(G, 1)});
  S.solve();
  EXPECT_EQ(S.blockers("f", 1), "global callee-leaks");
  EXPECT_EQ(S.blockers("g", 1), "none");
}

// 600 flows between named cells are said as 24 into any cell of the object.
TEST(Caps, LongSummariesAreMadeAgainWithCoarserPaths) {
  Scene S;
  Fn F = S.fn("f", 1);
  for (int I = 0; I != 25; ++I)
    for (int J = 0; J != 25; ++J)
      F.store(0, 8 * I, F.load(0, 8 * J));
  Fn G = S.fn("g", 0);
  G.call(S.sym("f"), {G.make(1)});
  S.solve();
  std::string Short = S.summary("f");
  EXPECT_LE(llvm::StringRef(Short).count("flow"), Limits().MaxSummary);
  EXPECT_TRUE(llvm::StringRef(Short).contains("flow p0[8] -> p0[*]")) << Short;
  EXPECT_EQ(S.blockers("g", 1), "none");
}

TEST(Caps, SummariesThatStayLongAreUnknown) {
  Scene S;
  Fn F = S.fn("f", 40);
  for (unsigned I = 0; I != 40; ++I)
    for (unsigned J = 0; J != 40; ++J)
      F.store(I, 0, J);
  Fn G = S.fn("g", 0);
  std::vector<NodeId> Args(40, G.make(1));
  G.call(S.sym("f"), Args);
  S.solve();
  EXPECT_EQ(S.summary("f"), "unknown");
  EXPECT_EQ(S.blockers("g", 1), "cap");
}

/// Leaked here, all stored in each other: sets of one element, whatever the
/// number of calls, for all that has escaped is one.
TEST(Caps, EscapedObjectsOfCalleesCostLittle) {
  constexpr int Calls = 200;
  Scene S;
  Fn F = S.fn("making", 0);
  F.returns(F.make(1));
  Fn G = S.fn("g", 0);
  NodeId Any = G.node();
  for (int I = 0; I != Calls; ++I) {
    NodeId N = G.call(S.sym("making"), {}, 10 + I);
    G.leak(N, Reason::Global);
    G.store(Any, 0, N);
    G.G.copy(Any, G.copy(G.copy(G.load(N))), 0, at(NoAnchor));
    G.G.copy(Any, G.copy(G.copy(N)), 0, at(NoAnchor));
  }
  G.make(5000);
  Limits L;
  L.MaxSteps = 50 * Calls;
  S.solve(L);
  EXPECT_EQ(S.blockers("g", 5000), "none");
}

TEST(Caps, CallsThatMultiplyStop) {
  // Each function calls what it is given four times with itself and the next.
  Scene S;
  for (int N = 0; N != 6; ++N) {
    Fn F = S.fn("f" + std::to_string(N), 3);
    for (int I = 0; I != 8; ++I)
      F.callThrough(F.load(0, 8 * I), {0, 1, F.load(1, 8 * I)});
  }
  Fn G = S.fn("g", 0);
  NodeId Table = G.address(G.local());
  for (int I = 0; I != 8; ++I)
    for (int N = 0; N != 6; ++N)
      G.store(Table, 8 * I,
              G.address(G.function(S.sym("f" + std::to_string(N)))));
  G.callThrough(G.load(Table, 0), {Table, G.make(1), NoNode});
  S.solve();
  EXPECT_NE(S.blockers("g", 1), "none");
}

TEST(Link, ModulesSeeEachOther) {
  Module A, B;
  Graph &F = A.addFunction(A.symbol("f"), Linkage::External, 0).Body;
  Fn(F).call(A.symbol("g"), {Fn(F).make(1)}, 2);
  Graph &G = B.addFunction(B.symbol("g"), Linkage::External, 1).Body;
  Fn(G).load(0);
  Program P;
  P.link(std::move(A), 0);
  P.link(std::move(B), 100);
  P.solve();
  EXPECT_TRUE(P.fates(P.find("f"))[0].Blockers.empty());
}

/// g(p) with a body that leaks, or not.
Module definition(Linkage L, bool Leaks) {
  Module M;
  Graph &G = M.addFunction(M.symbol("g"), L, 1).Body;
  if (Leaks)
    G.leak(0, Reason::Thread, Note());
  Graph &F =
      M.addFunction(M.symbol(Leaks ? "f1" : "f0"), Linkage::External, 0).Body;
  Fn(F).call(M.symbol("g"), {Fn(F).make(1)}, 2);
  return M;
}

TEST(Link, DifferentOdrDefinitionsAreUnknown) {
  Program P;
  P.link(definition(Linkage::Odr, false), 0);
  P.link(definition(Linkage::Odr, true), 100);
  P.solve();
  for (const char *Name : {"f0", "f1"}) {
    ASSERT_EQ(P.fates(P.find(Name))[0].Blockers.size(), 1u);
    EXPECT_EQ(P.fates(P.find(Name))[0].Blockers[0].Because, Reason::Odr);
  }
  EXPECT_TRUE(P.summary(P.find("g")).isUnknown());
}

TEST(Link, EqualOdrDefinitionsAreOne) {
  Module A = definition(Linkage::Odr, false),
         B = definition(Linkage::Odr, false);
  Program P;
  P.link(std::move(A), 0);
  P.link(std::move(B), 100);
  P.solve();
  EXPECT_TRUE(P.fates(P.find("f0"))[0].Blockers.empty());
  EXPECT_EQ(P.summary(P.find("g")).Trust, Confidence::Odr);
  EXPECT_EQ(P.numFunctions(), 2u);
}

TEST(Link, WeakDefinitionsAreUnknown) {
  Program P;
  P.link(definition(Linkage::Weak, false), 0);
  P.solve();
  ASSERT_EQ(P.fates(P.find("f0"))[0].Blockers.size(), 1u);
  EXPECT_EQ(P.fates(P.find("f0"))[0].Blockers[0].Because, Reason::Odr);
}

TEST(Link, InternalFunctionsOfOneNameAreTwo) {
  Program P;
  P.link(definition(Linkage::Internal, false), 0);
  P.link(definition(Linkage::Internal, true), 100);
  P.solve();
  EXPECT_TRUE(P.fates(P.find("f0"))[0].Blockers.empty());
  EXPECT_FALSE(P.fates(P.find("f1"))[0].Blockers.empty());
}

TEST(Link, ContradictingOverridersAreUnknown) {
  Module A, B;
  for (Module *M : {&A, &B})
    M->addOverrider(M->symbol("T"), M->symbol("m"),
                    M->symbol(M == &A ? "x" : "y"));
  Graph &F = A.addFunction(A.symbol("f"), Linkage::External, 0).Body;
  Fn Scope{F};
  ObjectId O = Scope.site(1);
  F.object(O).DynamicType = A.symbol("T");
  Scope.callVirtual(A.symbol("m"), {Scope.address(O)});
  Graph &X = A.addFunction(A.symbol("x"), Linkage::External, 1).Body;
  Fn(X).load(0);
  Program P;
  P.link(std::move(A), 0);
  P.link(std::move(B), 100);
  P.solve();
  EXPECT_EQ(P.fates(P.find("f"))[0].Blockers[0].Because, Reason::VirtualCallee);
}

TEST(Link, ModuleFilesComeBackAndDamageIsAnError) {
  Module M = definition(Linkage::Odr, true);
  M.addOverrider(M.symbol("T"), M.symbol("m"), NoSymbol);
  std::string Bytes, Again;
  llvm::raw_string_ostream(Bytes) << "";
  {
    llvm::raw_string_ostream Out(Bytes);
    writeModule(M, Out);
  }
  auto Back = readModule(Bytes);
  ASSERT_TRUE(bool(Back));
  {
    llvm::raw_string_ostream Out(Again);
    writeModule(*Back, Out);
  }
  EXPECT_EQ(Bytes, Again);
  for (size_t I = 0; I != Bytes.size(); ++I) {
    std::string Damaged = Bytes;
    Damaged[I] ^= 0x10;
    auto Read = readModule(Damaged);
    EXPECT_FALSE(bool(Read)) << I;
    llvm::consumeError(Read.takeError());
    auto Short = readModule(llvm::StringRef(Bytes).take_front(I));
    EXPECT_FALSE(bool(Short)) << I;
    llvm::consumeError(Short.takeError());
  }
}

TEST(Link, DumpIsTheSameEachTime) {
  auto Text = [] {
    Program P;
    P.link(definition(Linkage::Odr, true), 0);
    P.solve();
    std::string Out;
    llvm::raw_string_ostream Stream(Out);
    for (FunctionId F = 0; F != P.numFunctions(); ++F)
      P.dump(F, Stream);
    return Out;
  };
  EXPECT_EQ(Text(), Text());
  EXPECT_NE(Text().find("leak thread = {p0}"), std::string::npos) << Text();
}

} // namespace
