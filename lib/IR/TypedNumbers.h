// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Numbers in memory that cannot be pointers. A `long` that is read is one
/// that was written as a number, says type-based aliasing; so where nothing in
/// the module makes a number of a pointer and puts it away, or copies memory
/// that may hold pointers without saying as what, it is no pointer of ours.
///
/// By induction over the loads of a run: the first one that gives the address
/// of an object which has not escaped reads bytes that somebody wrote. Not as
/// a pointer, which the tag excludes; not as a number, since that would have
/// come from such a load, or from a conversion that is not there; not by a
/// copy, for the same reason. And who is not in the module has only what has
/// escaped.
#ifndef STACKWARD_LIB_IR_TYPEDNUMBERS_H
#define STACKWARD_LIB_IR_TYPEDNUMBERS_H

#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"

namespace stackward::ir {

/// Reads a number of the language, through an lvalue of its type.
bool isTypedNumber(const llvm::LoadInst &I);

/// A pointer may lie somewhere as a number, or as bytes.
bool hidesPointers(const llvm::Module &M);

} // namespace stackward::ir

#endif
