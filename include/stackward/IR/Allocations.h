// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which calls allocate and which deallocate, with what a promotion has to
/// know of them. Recognition is LLVM's (MemoryBuiltins), which honours
/// `nobuiltin`, `-fno-builtin-*` and allocation attributes.
#ifndef STACKWARD_IR_ALLOCATIONS_H
#define STACKWARD_IR_ALLOCATIONS_H

#include "stackward/Escape/Graph.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/Support/Alignment.h"
#include <optional>

namespace stackward::ir {

/// A call whose allocation may be removed without anyone noticing.
struct Allocation {
  llvm::CallBase *Call = nullptr;
  escape::Family By = escape::Family::Unknown;
  /// Constant size in bytes; nothing when it is decided at run time.
  std::optional<uint64_t> Size;
  /// The size as a value, when the call has just one size operand.
  llvm::Value *SizeValue = nullptr;
  llvm::Align Alignment;
  bool ZeroFilled = false;
};

/// Nothing for calls that must be left alone: `nobuiltin` (a direct call of
/// operator new), class-specific operators, realloc, strdup, and families
/// that have no known deallocation.
std::optional<Allocation> findAllocation(llvm::CallBase &CB,
                                         const llvm::TargetLibraryInfo &TLI);

/// A deallocation and what it frees.
struct Deallocation {
  llvm::CallBase *Call = nullptr;
  llvm::Value *Freed = nullptr;
  escape::Family By = escape::Family::Unknown;
};
std::optional<Deallocation> findDeallocation(llvm::CallBase &CB,
                                             const llvm::TargetLibraryInfo &T);

} // namespace stackward::ir

#endif
