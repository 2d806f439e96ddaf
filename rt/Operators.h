// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What New.cpp and TolerantDelete.cpp ask of each other. One cannot be linked
/// without the other: memory is told apart by where it lies, and only this
/// copy's operators can do that.
#ifndef STACKWARD_RT_OPERATORS_H
#define STACKWARD_RT_OPERATORS_H

#include <algorithm>
#include <atomic>
#include <cstddef>

#define HIDDEN __attribute__((visibility("hidden")))

namespace stackward {

/// The operator of that name that comes next in the dynamic linker's order.
/// Null: there is none, or it is libstdc++'s, which does no more than call
/// malloc and free.
HIDDEN void *nextOperator(const char *Name);

/// Whoever allocates or deletes in this process, and in libraries that are
/// opened later, is bound to the operators of this copy.
HIDDEN bool isSoleOwner();

} // namespace stackward
#endif
