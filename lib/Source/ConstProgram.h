// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Constant propagation over the functions of a translation unit. Private to
/// this room.
///
/// Every function has a *summary*: the value it returns, whether it returns,
/// whether it may write memory that outlives it; and its *parameters*: the
/// values that calls pass, if all of its calls are known (it has internal
/// linkage and is only ever called by name, in code that was analysed). All
/// start at "never": never returns, never called. Functions are run until
/// nothing changes: a changed summary runs the callers again, changed
/// parameters run the function again. At that fixpoint every summary has been
/// confirmed against the others, so recursion needs no rule of its own. A
/// summary that keeps changing is raised to "not known".
///
/// A variable with static storage is treated alike, if all of its uses are
/// known: what it can hold starts as its initializer and is joined with every
/// value that code which can run stores (Callahan, Cooper, Kennedy and Torczon
/// 1986 do so for parameters; clang's IPSCCP for both).
///
/// Then each function is run once more, for the record, and calls with known
/// arguments are run into.
#ifndef STACKWARD_LIB_SOURCE_CONSTPROGRAM_H
#define STACKWARD_LIB_SOURCE_CONSTPROGRAM_H

#include "ConstFunction.h"
#include "stackward/Source/ConstProp.h"
#include <map>

namespace stackward::source {

class ConstProgram : private CallOracle {
public:
  ConstProgram(clang::ASTContext &Context, const ConstPropOptions &Options);
  void run(Watch W);

  struct Entry {
    std::unique_ptr<ConstFunction> Function;
    CallOutcome Summary{Varies, false, false};
    std::vector<Value> Params; ///< joined over calls
    bool Called = false;       ///< Params are from a call that can happen
    bool Internal = false;     ///< all calls are known
    unsigned Rises = 0;
    unsigned Calls = 0; ///< call sites, for the message
    std::vector<unsigned> Callers, Callees;
    ConstResult Result;
    bool Finished = false; ///< Result is set
  };
  /// In the order of the source.
  llvm::ArrayRef<Entry> entries() const { return Entries; }
  const Entry *find(const clang::FunctionDecl &F) const;
  /// What V holds at any time, as far as that is known.
  Value invariantOf(const clang::VarDecl &V) const;

private:
  CallOutcome call(const clang::FunctionDecl &Callee,
                   llvm::ArrayRef<Value> Args) override;
  Value valueOf(const clang::VarDecl &V) override { return invariantOf(V); }
  void stored(const clang::VarDecl &V, Value New) override;
  bool isOnlyLent(const clang::VarDecl &V) override {
    return OnlyLent.contains(&V);
  }
  bool onlyReads(const clang::FunctionDecl &F, unsigned Param) override {
    return Reads.onlyReads(F, Param);
  }
  void findLent();
  CallOutcome runInto(unsigned Callee, llvm::ArrayRef<Value> Args,
                      CallOutcome Known);
  void findCallers();
  void findClosed();
  void findStatics(llvm::DenseMap<const clang::VarDecl *, unsigned> &Uses);
  std::vector<unsigned> bottomUp() const;
  void settle();
  void iterate(unsigned Id);
  void passArgs(unsigned Callee, llvm::ArrayRef<Value> Args);
  void finish(unsigned Id, Watch W);
  void enqueue(unsigned Id);
  unsigned indexOf(const clang::FunctionDecl &F) const;

  clang::ASTContext &Context;
  ConstPropOptions Options;
  struct Static {
    Value Known = Varies;
    unsigned Rises = 0;
    std::vector<unsigned> Users;
  };
  ValuePool Pool;
  llvm::DenseMap<const clang::VarDecl *, Static> Statics; ///< canonical
  std::vector<Entry> Entries;
  llvm::DenseMap<const clang::FunctionDecl *, unsigned> Index; ///< canonical
  llvm::DenseSet<const clang::VarDecl *> OnlyLent;
  ReadOnlyParams Reads;
  std::vector<unsigned> Queue;
  llvm::BitVector Queued;
  bool Settling = false;
  unsigned StepsLeft = 0;
  unsigned Depth = 0;
  std::map<std::pair<unsigned, std::vector<Value>>, CallOutcome> Known;
};

} // namespace stackward::source

#endif
