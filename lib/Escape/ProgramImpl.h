// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a Program holds. Here and not in Program.cpp, so that the table of
/// functions can be read beside the code that fills it.
#ifndef STACKWARD_ESCAPE_PROGRAMIMPL_H
#define STACKWARD_ESCAPE_PROGRAMIMPL_H

#include "Solver.h"
#include <deque>
#include <map>
#include <set>

namespace stackward::escape {

/// By anchor; equal anchors keep their order.
void sortFates(std::vector<Fate> &Fates);

struct Program::Impl final : SolverHost {
  struct Func {
    Function Def;
    /// Which body will be linked is not known: callers learn nothing.
    bool Replaceable = false;
    std::set<FunctionId> Targets;
    unsigned Component = 0;
    bool Recursive = false;
    bool Dirty = true;
    bool Ready = false; ///< Result may be read
    Summary Result;
    std::vector<uint32_t> FreshKeys; ///< of Result.FreshObjects
    std::vector<Fate> Fates;
    std::vector<CallTargets> Resolved; ///< by index in Graph::calls()
    StickyCaps Caps;
  };

  std::deque<std::string> Names; ///< references stay good
  llvm::StringMap<SymbolId> Index;
  std::vector<FunctionId> BodyOf; ///< by symbol
  std::vector<Func> Functions;
  std::map<std::pair<SymbolId, SymbolId>, SymbolId> Overriders;
  llvm::StringMap<Summary> Added;
  ModelLookup Models;
  TableLookup Tables;
  llvm::DenseMap<SymbolId, const Summary *> External;
  std::map<std::vector<uint32_t>, uint32_t> FreshKeys;
  Limits Limit;

  std::vector<std::vector<FunctionId>> Components; ///< callees first
  FunctionId Current = NoFunction;
  unsigned CurrentComponent = 0;
  bool Changed = false;          ///< by the last solveOnce
  std::vector<FunctionId> Found; ///< functions that got edges on the way

  Callee callee(SymbolId Target) override;
  SymbolId overrider(SymbolId Type, SymbolId Method) override;
  SymbolId symbol(llvm::StringRef Name) override;
  llvm::StringRef symbolName(SymbolId S) override { return Names[S]; }
  const FunctionTable *table(SymbolId S) override {
    return Tables && S != NoSymbol ? Tables(Names[S]) : nullptr;
  }
  uint32_t freshKey(llvm::ArrayRef<uint32_t> Path) override;

  SymbolId privateSymbol(llvm::StringRef Name);
  void link(Module M, Anchor Base);
  void addBody(Function F);
  void addTargets(FunctionId F);
  void findComponents();
  void markDirty(llvm::ArrayRef<FunctionId> Changed);
  const Summary *external(SymbolId Target);
  bool solveOnce(FunctionId F, uint64_t &Budget, bool WantFates);
  bool solveMembers(llvm::ArrayRef<FunctionId> Members);
  void giveUp(FunctionId F);
  void solveComponent(llvm::ArrayRef<FunctionId> Members);
  void solve();
};

} // namespace stackward::escape

#endif
