// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A trial copy of a function: inline and simplify in it, then keep it or
/// throw it away. The original is not touched until commit(), so rolling back
/// costs nothing and leaves no trace.
#ifndef STACKWARD_LIB_IR_TRIAL_H
#define STACKWARD_LIB_IR_TRIAL_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/PassManager.h"

namespace stackward::ir {

class Trial {
public:
  Trial(llvm::Function &Original, llvm::FunctionAnalysisManager &FAM);
  ~Trial() { discard(); }
  Trial(const Trial &) = delete;
  Trial &operator=(const Trial &) = delete;

  llvm::Function &function() { return *Copy; }
  /// The copy of an instruction of the original, before any change.
  llvm::Value *inCopy(const llvm::Value &V) const { return Map.lookup(&V); }
  /// The original gets the body of the copy.
  void commit();
  void discard();

private:
  llvm::Function &Original;
  llvm::FunctionAnalysisManager &FAM;
  llvm::Function *Copy;
  llvm::DenseMap<const llvm::Value *, llvm::Value *> Map;
};

/// \p Copy, just cloned, is nobody's business but this module's.
void makeInternal(llvm::Function &Copy);
/// The callee of \p CB may be inlined: it has a body that is the one that
/// runs, and nothing forbids it.
bool canInline(const llvm::CallBase &CB, llvm::FunctionAnalysisManager &FAM);
/// Inlines; false when LLVM refuses. Appends the calls that came with it.
bool inlineCall(llvm::CallBase &CB, llvm::FunctionAnalysisManager &FAM,
                llvm::SmallVectorImpl<llvm::CallBase *> &Came);
/// Calls that may be jumps are marked again, after promote() has cleared the
/// marks of all: in a link nobody else does it.
void markTailCalls(llvm::Function &F, llvm::FunctionAnalysisManager &FAM);
/// The clean-up after a promotion or an inlining.
void simplify(llvm::Function &F, llvm::FunctionAnalysisManager &FAM);

} // namespace stackward::ir

#endif
