// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Container seeding over a module: local strings and vectors start in a
/// buffer of the frame that owns them. docs/design/seeding.md has the
/// argument.
#ifndef STACKWARD_IR_SEEDING_H
#define STACKWARD_IR_SEEDING_H

#include "stackward/IR/Options.h"
#include "llvm/IR/PassManager.h"

namespace stackward::ir {

/// Seeds what \p O allows and the analysis proves. True if the module was
/// changed. Meant for the place in the pipeline where the members of
/// containers are still calls.
bool runSeeding(llvm::Module &M, llvm::ModuleAnalysisManager &MAM,
                const Options &O);

/// In a unit of a full LTO build: leaves the members of containers as calls,
/// for seedAtLink(). True if the module was changed.
bool keepForLink(llvm::Module &M, const Options &O);

/// In the link: seeds the whole program if all its units were prepared, and
/// gives what was kept back to the inliner; with \p Optimise it has inlined
/// what the units' inliners would have. True if the module was changed.
bool seedAtLink(llvm::Module &M, llvm::ModuleAnalysisManager &MAM, Options O,
                bool Optimise);

} // namespace stackward::ir

#endif
