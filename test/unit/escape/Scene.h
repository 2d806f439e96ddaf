// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Small programs for tests of the escape core, and their answers as text, so
/// that an assertion reads as a sentence.
#ifndef STACKWARD_TEST_ESCAPE_SCENE_H
#define STACKWARD_TEST_ESCAPE_SCENE_H

#include "stackward/Escape/Program.h"
#include <string>

namespace stackward::escape::test {

inline Note at(Anchor A, Why What = Why::Assigned) { return {A, What}; }

/// One function in the making. Node and object numbers are returned by what
/// makes them; notes default to a running anchor.
struct Fn {
  Graph &G;

  NodeId node() { return G.addNode(); }
  ObjectId site(Anchor A, Family F = Family::New) {
    Object O;
    O.Kind = ObjectKind::Site;
    O.AllocatedBy = F;
    O.At = A;
    O.Size = 16;
    return G.addObject(O);
  }
  ObjectId local() { return G.addObject(Object()); }
  ObjectId global() {
    Object O;
    O.Kind = ObjectKind::Global;
    return G.addObject(O);
  }
  ObjectId function(SymbolId S) {
    Object O;
    O.Kind = ObjectKind::Function;
    O.FunctionSymbol = S;
    return G.addObject(O);
  }
  NodeId address(ObjectId O, Offset K = 0) {
    NodeId N = node();
    G.addressOf(N, O, K, at(G.object(O).At, Why::Allocated));
    return N;
  }
  /// A new site and a pointer to it.
  NodeId make(Anchor A, Family F = Family::New) { return address(site(A, F)); }
  NodeId load(NodeId A, Offset K = 0, Anchor At = NoAnchor) {
    NodeId N = node();
    G.load(N, A, K, at(At, Why::Loaded));
    return N;
  }
  void store(NodeId A, Offset K, NodeId S, Anchor At = NoAnchor) {
    G.store(A, K, S, at(At, Why::Stored));
  }
  NodeId copy(NodeId S, Offset K = 0) {
    NodeId N = node();
    G.copy(N, S, K, at(NoAnchor));
    return N;
  }
  NodeId call(SymbolId Callee, std::vector<NodeId> Args, Anchor A = NoAnchor) {
    Call C;
    C.Callee = Callee;
    C.Args.assign(Args.begin(), Args.end());
    C.Result = node();
    C.At = at(A);
    G.call(C);
    return C.Result;
  }
  NodeId callThrough(NodeId Target, std::vector<NodeId> Args,
                     Anchor A = NoAnchor) {
    Call C;
    C.Kind = CallKind::Indirect;
    C.Target = Target;
    C.Args.assign(Args.begin(), Args.end());
    C.Result = node();
    C.At = at(A);
    G.call(C);
    return C.Result;
  }
  NodeId callVirtual(SymbolId Method, std::vector<NodeId> Args,
                     Anchor A = NoAnchor) {
    Call C;
    C.Kind = CallKind::Virtual;
    C.Target = Args.front();
    C.Method = Method;
    C.Args.assign(Args.begin(), Args.end());
    C.Result = node();
    C.At = at(A);
    G.call(C);
    return C.Result;
  }
  void returns(NodeId N, Anchor A = NoAnchor) {
    G.returns(N, at(A, Why::Returned));
  }
  void leak(NodeId N, Reason R, Anchor A = NoAnchor) { G.leak(N, R, at(A)); }
};

struct Scene {
  Module M;
  Program P;

  SymbolId sym(llvm::StringRef Name) { return M.symbol(Name); }
  /// The reference is good until the next function is added.
  Fn fn(llvm::StringRef Name, unsigned Params, Linkage L = Linkage::External) {
    return {M.addFunction(M.symbol(Name), L, Params).Body};
  }
  void model(llvm::StringRef Name, llvm::StringRef Body) {
    P.addSummary(Name, parseSummaryBody(Body, Confidence::Modelled));
  }
  void solve(const Limits &L = {}) {
    P.link(std::move(M), 0);
    P.solve(L);
  }

  const Fate *fate(llvm::StringRef Name, Anchor A) {
    for (const Fate &F : P.fates(P.find(Name)))
      if (F.At == A)
        return &F;
    return nullptr;
  }
  /// "none", or the reason ids, separated by blanks.
  std::string blockers(llvm::StringRef Name, Anchor A) {
    const Fate *F = fate(Name, A);
    if (!F)
      return "no such allocation";
    std::string Out;
    for (const Blocker &B : F->Blockers)
      Out += (Out.empty() ? "" : " ") + reasonId(B.Because).str();
    return Out.empty() ? "none" : Out;
  }
  /// The lines of the summary without head and end, separated by "; ".
  std::string summary(llvm::StringRef Name) {
    const Summary &S = P.summary(P.find(Name));
    if (S.isUnknown())
      return "unknown";
    std::string Text;
    llvm::raw_string_ostream Out(Text);
    printSummary(Name, S, Out);
    llvm::SmallVector<llvm::StringRef, 8> Lines;
    llvm::StringRef(Text).split(Lines, '\n', -1, /*KeepEmpty=*/false);
    std::string Joined;
    for (llvm::StringRef Line : llvm::ArrayRef(Lines).drop_front().drop_back())
      Joined += (Joined.empty() ? "" : "; ") + Line.trim().str();
    return Joined;
  }
  /// The witness of a blocker: "12 stored in memory; > 30 returned", one ">"
  /// for each call entered.
  std::string way(llvm::StringRef Name, Anchor A, Reason R) {
    const Fate *F = fate(Name, A);
    if (!F)
      return "no such allocation";
    std::string Out;
    for (const Blocker &B : F->Blockers) {
      if (B.Because != R)
        continue;
      for (const Step &S : B.Witness)
        Out += (Out.empty() ? "" : "; ") + std::string(S.Depth, '>') +
               (S.At == NoAnchor ? std::string("-") : std::to_string(S.At)) +
               " " + whyText(S.What).str();
    }
    return Out;
  }
};

} // namespace stackward::escape::test

#endif
