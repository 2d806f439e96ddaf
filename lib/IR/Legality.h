// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Conditions of a promotion that need no escape analysis: the function, the
/// size, the budgets, the family of what frees it.
#ifndef STACKWARD_LIB_IR_LEGALITY_H
#define STACKWARD_LIB_IR_LEGALITY_H

#include "stackward/IR/Allocations.h"
#include "stackward/IR/EscapeBuilder.h"
#include "stackward/IR/Options.h"

namespace stackward::ir {

/// A sanitizer watches what the function does.
bool isSanitized(const llvm::Function &F);

/// The function may be transformed at all.
bool isEligible(const llvm::Function &F);

/// Bytes of the static allocas of \p F.
uint64_t frameBytes(const llvm::Function &F);

/// What one frame may still take. \p Before: its bytes before this run of the
/// pass; what dissolved into registers since then counts no longer.
class FrameBudget {
public:
  FrameBudget(const llvm::Function &F, uint64_t Before, bool MayRecur,
              const Options &O);
  /// The reason against \p Bytes more, or nothing.
  std::optional<escape::Reason> refusal(uint64_t Bytes) const;
  void take(uint64_t Bytes) { Added += Bytes; }

private:
  const Options &O;
  bool MayRecur;
  uint64_t Existing = 0;
  uint64_t Added = 0;
};

/// How often a site runs, as far as it is known.
enum class Heat : uint8_t { Cold, Warm, Hot };
/// With a profile what the profile says; without, cold is what leads to the
/// end of the program or unwinds, as far as branch weights tell: what runs for
/// less than one call in \p OneIn.
Heat heatOf(llvm::BasicBlock &B, llvm::FunctionAnalysisManager &FAM,
            uint64_t OneIn = 64);

/// The reason against one slot of constant size for \p A, or nothing.
std::optional<escape::Reason> refusal(const Allocation &A,
                                      const FrameBudget &Budget, Heat H,
                                      const Options &O);

/// A call at the end of \p F, which is \p Original or a trial copy of it, may
/// lead back to it. As long as it is a jump, the stack does not grow.
bool recursesByTailCall(llvm::Function &F, const llvm::Function &Original,
                        const ModuleEscape &ME);

/// Some call or some memory is given the address of what \p Site allocates, and
/// may still have it when the function ends, for all that LLVM knows: with a
/// slot no call in the function would be a jump.
bool isHeldByCalls(const llvm::CallBase &Site,
                   const llvm::TargetLibraryInfo &TLI);

/// Each of these deallocations belongs to the family of the allocation.
bool familiesMatch(const Allocation &A,
                   llvm::ArrayRef<llvm::CallBase *> Releases,
                   const llvm::TargetLibraryInfo &TLI);

} // namespace stackward::ir

#endif
