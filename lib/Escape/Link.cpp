// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Linking: what modules call their symbols becomes one table of names, and of
/// several bodies with one name it is decided which callers may trust.
#include "ProgramImpl.h"

using namespace llvm;

namespace stackward::escape {

//===-- Symbols -----------------------------------------------------------===//

SymbolId Program::Impl::symbol(StringRef Name) {
  auto [It, New] = Index.try_emplace(Name, Names.size());
  if (New) {
    Names.push_back(Name.str());
    BodyOf.push_back(NoFunction);
  }
  return It->second;
}

/// A symbol of its own for what only one module sees.
SymbolId Program::Impl::privateSymbol(StringRef Name) {
  if (!Index.count(Name))
    return symbol(Name);
  unsigned N = 2;
  while (Index.count((Name + "#" + Twine(N)).str()))
    ++N;
  return symbol((Name + "#" + Twine(N)).str());
}

SymbolId Program::Impl::overrider(SymbolId Type, SymbolId Method) {
  auto It = Overriders.find({Type, Method});
  return It == Overriders.end() ? NoSymbol : It->second;
}

uint32_t Program::Impl::freshKey(ArrayRef<uint32_t> Path) {
  return FreshKeys.try_emplace(Path.vec(), FreshKeys.size()).first->second;
}

//===-- Linking -----------------------------------------------------------===//

namespace {
/// Moves one graph into the program's symbols and anchors.
struct Rebase {
  ArrayRef<SymbolId> Symbols;
  Anchor Base;

  void anchor(Anchor &A) const {
    if (A != NoAnchor)
      A += Base;
  }
  void symbol(SymbolId &S) const {
    if (S != NoSymbol)
      S = Symbols[S];
  }
  void graph(Graph &G) const {
    SymbolId ThisType = G.thisType();
    symbol(ThisType);
    G.setThisType(ThisType);
    for (Object &O : G.objects()) {
      anchor(O.At);
      symbol(O.DynamicType);
      symbol(O.FunctionSymbol);
    }
    for (Constraint &C : G.constraints())
      anchor(C.Because.At);
    for (Leak &L : G.leaks())
      anchor(L.At.At);
    for (Release &R : G.releases())
      anchor(R.At.At);
    for (auto &[Value, At] : G.returned())
      anchor(At.At);
    for (Call &C : G.calls()) {
      anchor(C.At.At);
      symbol(C.Callee);
      symbol(C.Method);
      for (SymbolId &S : C.ClosedTargets)
        symbol(S);
    }
  }
};
} // namespace

void Program::Impl::link(Module M, Anchor Base) {
  std::vector<SymbolId> Symbols(M.numSymbols(), NoSymbol);
  for (const Function &F : M.functions())
    if (F.Link == Linkage::Internal && Symbols[F.Name] == NoSymbol)
      Symbols[F.Name] = privateSymbol(M.name(F.Name));
  for (SymbolId S = 0; S != M.numSymbols(); ++S)
    if (Symbols[S] == NoSymbol)
      Symbols[S] = symbol(M.name(S));
  Rebase To{Symbols, Base};
  for (Function &F : M.functions()) {
    if (!F.ContentHash)
      F.ContentHash = contentHash(M, F);
    F.Name = Symbols[F.Name];
    To.graph(F.Body);
    addBody(std::move(F));
  }
  for (auto [Key, Target] : M.overriders()) {
    SymbolId Mapped = Target == NoSymbol ? NoSymbol : Symbols[Target];
    auto [It, New] = Overriders.try_emplace(
        {Symbols[Key.first], Symbols[Key.second]}, Mapped);
    // Types that share a name in two modules are not one type.
    if (!New && It->second != Mapped)
      It->second = NoSymbol;
  }
}

/// One name, several bodies: equal ones are one, a strong one replaces weak
/// ones, and of different ones nobody knows which will be linked.
void Program::Impl::addBody(Function F) {
  FunctionId &Known = BodyOf[F.Name];
  bool Replaceable = F.Link == Linkage::Weak;
  if (Known != NoFunction) {
    Func &Old = Functions[Known];
    bool OldReplaceable = Old.Def.Link == Linkage::Weak;
    if (Old.Def.ContentHash == F.ContentHash) {
      if (OldReplaceable && !Replaceable) {
        Old.Replaceable = false;
        Old.Def.Link = F.Link;
      }
      return;
    }
    if (!OldReplaceable && !Replaceable)
      Old.Replaceable = Replaceable = true;
    else if (OldReplaceable)
      Known = NoFunction;
  }
  Func New;
  New.Def = std::move(F);
  New.Replaceable = Replaceable;
  if (Known == NoFunction)
    Known = Functions.size();
  Functions.push_back(std::move(New));
}

} // namespace stackward::escape
