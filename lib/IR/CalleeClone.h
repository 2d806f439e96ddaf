// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Private copies of callees: of an inline function whose body a promotion
/// relies on, so that the linker cannot exchange it; of a function that frees
/// its argument, without that free; and of a factory, with the memory for its
/// objects as parameters.
#ifndef STACKWARD_LIB_IR_CALLEECLONE_H
#define STACKWARD_LIB_IR_CALLEECLONE_H

#include "AllocationHoist.h"
#include "stackward/IR/EscapeBuilder.h"
#include "stackward/IR/Options.h"
#include "llvm/IR/PassManager.h"
#include <map>

namespace stackward::ir {

class CalleeClones {
public:
  CalleeClones(ModuleEscape &ME, llvm::FunctionAnalysisManager &FAM,
               const Options &O)
      : ME(ME), FAM(FAM), O(O) {}

  /// A copy of \p F in which every callee that depends on an exchangeable
  /// body is such a copy too; nullptr when that is too large or impossible.
  llvm::Function *privateCopy(llvm::Function &F);
  /// A parameter, or what lies at an offset behind it when the call begins.
  struct Handed {
    unsigned Parameter = 0;
    std::optional<int64_t> Cell;
    auto operator<=>(const Handed &) const = default;
  };
  /// A private copy of \p F that does not free \p What where it would free
  /// it directly, nor passes it to one that does.
  llvm::Function *withoutFree(llvm::Function &F, Handed What);
  /// A factory that is given the memory for the objects of \p Sites.
  struct Hoisted {
    llvm::Function *Copy = nullptr; ///< nullptr: there is none
    llvm::SmallVector<HoistedSite, 2> Sites;
  };
  /// Does not free that memory where \p F would have freed it directly.
  const Hoisted &withMemory(llvm::Function &F);
  /// A cheap look; false is certain.
  bool mayHaveMemory(llvm::Function &F) const;
  /// Deletes the copies that nothing calls in the end; true if some stay.
  bool dropUnused();
  /// Instructions that copies may still add to the module.
  uint64_t Allowance = ~0ull;

private:
  bool isAffordable(const llvm::Function &F) const;
  void made(llvm::Function &Copy, uint64_t Size);
  llvm::Function *copy(llvm::Function &F, llvm::StringRef Suffix);
  bool copyClosure(llvm::Function &F,
                   llvm::SmallVectorImpl<llvm::Function *> &Closure) const;
  bool removeFrees(llvm::Function &Copy, Handed What, unsigned Depth);

  ModuleEscape &ME;
  llvm::FunctionAnalysisManager &FAM;
  const Options &O;
  std::map<llvm::Function *, llvm::Function *> Private;
  std::map<std::pair<llvm::Function *, Handed>, llvm::Function *> NoFree;
  std::map<llvm::Function *, Hoisted> Factories;
  llvm::SmallVector<llvm::Function *, 8> Made;
};

} // namespace stackward::ir

#endif
