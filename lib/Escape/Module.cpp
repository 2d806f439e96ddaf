// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Names, functions and overriders of a module, and the hash by which two
/// definitions of one name are compared.
#include "stackward/Escape/Module.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace stackward::escape {

SymbolId Module::symbol(StringRef Name) {
  auto [It, New] = Index.try_emplace(Name, Names.size());
  if (New)
    Names.push_back(Name.str());
  return It->second;
}

Function &Module::addFunction(SymbolId Name, Linkage L, unsigned NumParams) {
  Function F;
  F.Name = Name;
  F.Link = L;
  F.Body = Graph(NumParams);
  Functions.push_back(std::move(F));
  return Functions.back();
}

// Two answers for one slot mean that the two types only share a name.
void Module::addOverrider(SymbolId Type, SymbolId Method, SymbolId Target) {
  auto [It, New] = Overriders.try_emplace({Type, Method}, Target);
  if (!New && It->second != Target)
    It->second = NoSymbol;
}

SymbolId Module::overrider(SymbolId Type, SymbolId Method) const {
  auto It = Overriders.find({Type, Method});
  return It == Overriders.end() ? NoSymbol : It->second;
}

namespace {
/// Text of a graph by names, without anchors: equal texts, equal behaviour.
class Hasher {
public:
  explicit Hasher(const Module &M) : M(M), Out(Text) {}

  uint64_t hash(const Function &F) {
    const Graph &G = F.Body;
    Out << G.numParams() << ' ' << G.numNodes() << ' ' << G.resultParam()
        << '\n';
    name(G.thisType());
    for (const Object &O : G.objects())
      object(O);
    for (const Constraint &C : G.constraints())
      Out << 'c' << int(C.Kind) << ' ' << C.Dst << ' ' << C.Src << ' '
          << C.Shift << '\n';
    for (const Leak &L : G.leaks())
      Out << 'l' << L.Value << ' ' << int(L.Because) << '\n';
    for (const Release &R : G.releases())
      Out << 'f' << R.Value << ' ' << int(R.By) << ' ' << R.Must << '\n';
    for (const Call &C : G.calls())
      call(C);
    for (auto [Value, At] : G.returned())
      Out << 'r' << Value << '\n';
    uint64_t H = xxh3_64bits(arrayRefFromStringRef(Out.str()));
    return H ? H : 1;
  }

private:
  void name(SymbolId S) {
    Out << ' ' << (S == NoSymbol ? StringRef("-") : M.name(S));
  }
  void repetition(const Repetition &R) {
    Out << ' ' << R.MayRepeat << R.SurvivorsUnknown;
    for (NodeId N : R.SurvivingNodes)
      Out << " n" << N;
    for (ObjectId O : R.SurvivingObjects)
      Out << " o" << O;
    Out << '\n';
  }
  void object(const Object &O) {
    Out << 'o' << int(O.Kind) << ' ' << int(O.AllocatedBy) << ' ' << O.Size;
    name(O.DynamicType);
    name(O.FunctionSymbol);
    repetition(O);
  }
  void call(const Call &C) {
    Out << 'k' << int(C.Kind) << ' ' << C.Target << ' ' << C.ReleasesHere
        << C.ResultIsFresh << ' ' << C.Result;
    name(C.Callee);
    name(C.Method);
    for (SymbolId S : C.ClosedTargets)
      name(S);
    for (NodeId A : C.Args)
      Out << " a" << A;
    repetition(C);
  }

  const Module &M;
  std::string Text;
  raw_string_ostream Out;
};
} // namespace

uint64_t contentHash(const Module &M, const Function &F) {
  return Hasher(M).hash(F);
}

} // namespace stackward::escape
