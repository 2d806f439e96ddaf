// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// LLVM IR into the Escape core. A module is lowered and solved once, which
/// gives every function a summary; after that one function at a time can be
/// asked about, before and after it was transformed, against those summaries.
///
/// The summaries describe what the functions did when they were made. Later
/// transforms of a callee only remove behaviour (a promotion, a deleted
/// call), so an old summary is never too optimistic.
#ifndef STACKWARD_IR_ESCAPEBUILDER_H
#define STACKWARD_IR_ESCAPEBUILDER_H

#include "stackward/Escape/Program.h"
#include "stackward/IR/Allocations.h"
#include "llvm/IR/DebugLoc.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"
#include <functional>
#include <memory>
#include <string>

namespace stackward::ir {

using GetTLI = std::function<const llvm::TargetLibraryInfo &(llvm::Function &)>;

/// A place in the module, kept after the instruction is gone.
struct Place {
  llvm::DebugLoc At;
  llvm::StringRef In; ///< linkage name of the function
};

/// Where a call goes that names no function.
struct Resolved {
  /// All of them; empty when there may be others.
  llvm::SmallVector<llvm::Function *, 2> Targets;
  /// What it may lead to that a linker may exchange for another body.
  bool OnOdr = false;
};

/// What became of one allocation in the function that was asked about.
struct SiteFate {
  /// The allocation itself, or the call that brought it here.
  llvm::CallBase *Site = nullptr;
  bool FromCallee = false;
  std::vector<escape::Blocker> Blockers;
  /// Deallocations in this function that may release it, in order.
  std::vector<llvm::CallBase *> ReleasedAt;
  bool ReleasedByCallee = false;
  /// The callee releases what it finds at \p Cell behind its parameter
  /// \p Param, which is this object.
  struct ContentRelease {
    llvm::CallBase *Call;
    unsigned Param;
    int64_t Cell;
  };
  std::vector<ContentRelease> ContentReleases;
  /// Its deallocations free nothing else (but null) than what these sites of
  /// the function allocate.
  bool ReleasedAlone = false;
  std::vector<llvm::CallBase *> ReleasedWith;
  /// A blocker has no call in its witness: inlining cannot help.
  bool Hopeless = false;
  /// Calls of this function that stand in a blocker's witness.
  std::vector<llvm::CallBase *> BlockingCalls;
};

class ModuleEscape {
public:
  /// \p Steps bounds the work on one function; beyond it answers are coarser.
  ModuleEscape(llvm::Module &M, GetTLI TLI, uint64_t Steps = 200'000);
  ~ModuleEscape();

  /// The fates of the allocations of \p F as it is now; nobody may change a
  /// function before it was asked about once. The bodies of inline
  /// functions are believed; whoever promotes on the strength of that must
  /// see to it that those very bodies are called (dependsOnOdr).
  std::vector<SiteFate> fates(llvm::Function &F);
  const escape::Summary &summary(const llvm::Function &F);
  /// Of a call in the function that fates() was asked about last.
  Resolved targets(const llvm::CallBase &CB) const;
  /// False: when the module was solved, each allocation of \p F left the frame
  /// in a way that no inlining changes.
  bool mayKeepAny(const llvm::Function &F) const;
  /// \p F may be entered again before it returns.
  bool mayRecur(const llvm::Function &F) const;
  /// The summary of \p F rests on a body that the linker may exchange for
  /// another of the same source.
  bool dependsOnOdr(const llvm::Function &F) const;
  /// It does so through a pointer to a function: a private copy of F would
  /// call the exchangeable body all the same.
  bool dependsOnOdrIndirectly(const llvm::Function &F) const;
  /// Makes a summary for a function that did not exist when the module was
  /// solved.
  void addFunction(llvm::Function &F);
  /// \p Copy does what \p Original does.
  void copySummary(const llvm::Function &Original, const llvm::Function &Copy);
  void forget(const llvm::Function &F);
  Place place(escape::Anchor A) const;
  /// The summaries of the functions with a body, in module order.
  void print(llvm::raw_ostream &Out) const;

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace stackward::ir

#endif
