// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Factories that cannot be inlined: the caller allocates for them.
///
///     S *make(long n) { return new S{n}; }        // noinline, or too large
///     ... s = make(n) ...
///
/// becomes, in a trial copy of the caller,
///
///     void *p = operator new(sizeof(S));
///     s = make.hoisted(n, p);
///
/// which allocates as before, but where it can be promoted like any other
/// allocation of the caller. By itself the change is no gain, and it
/// allocates too early and, where make() would not have allocated, for
/// nothing: it may only be kept when all that was hoisted is promoted.
///
/// An allocation can be hoisted when
///
/// I1  it happens at most once in one activation of its function, so it needs
///     one object a call;
/// I2  its operands are constants: what is asked for is known before the call;
/// I3  the object goes to the caller, and nowhere else: what also went to a
///     global would be refused afterwards.
///
/// The copy's attributes may not say more than is true of it (I4): it writes
/// memory that it was given, and its result may be what it was given.
///
/// Lost: factories that allocate a size of run time, or in a loop.
/// Cost: one fate query and at most one copy for each factory.
#ifndef STACKWARD_LIB_IR_ALLOCATIONHOIST_H
#define STACKWARD_LIB_IR_ALLOCATIONHOIST_H

#include "stackward/IR/EscapeBuilder.h"
#include "stackward/IR/Options.h"

namespace stackward::ir {

/// An allocation of a factory, described without the factory.
struct HoistedSite {
  llvm::Function *Allocator = nullptr;
  llvm::SmallVector<llvm::Value *, 2> Operands; ///< constants
  llvm::AttributeList Attributes;
  llvm::CallingConv::ID Convention = llvm::CallingConv::C;
  llvm::Align Alignment; ///< what the factory relies on
};

/// The allocations of \p F that a caller could make for it.
llvm::SmallVector<llvm::CallBase *, 2>
hoistable(llvm::Function &F, ModuleEscape &ME,
          const llvm::TargetLibraryInfo &TLI, const Options &O);

/// The same without asking the analysis; false is certain.
bool mayBeHoistable(llvm::Function &F, const llvm::TargetLibraryInfo &TLI,
                    const Options &O);

HoistedSite describe(llvm::CallBase &Site, const llvm::TargetLibraryInfo &TLI);

/// A private copy of \p F with a parameter more for each of \p Sites, in their
/// order, which takes the place of what was allocated there.
llvm::Function *withMemoryParameters(llvm::Function &F,
                                     llvm::ArrayRef<llvm::CallBase *> Sites);

/// Puts the allocations of \p Sites before \p CB, which then calls \p Copy with
/// them. Returns the allocations; \p CB is gone.
llvm::SmallVector<llvm::CallBase *, 2>
hoistBefore(llvm::CallBase &CB, llvm::Function &Copy,
            llvm::ArrayRef<HoistedSite> Sites);

} // namespace stackward::ir

#endif
