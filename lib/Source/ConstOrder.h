// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where clang's graph has another order than the program. It evaluates the
/// left side of an assignment first; since C++17 the right side comes first,
/// and before that (and in C) it could be either:
///
///   a[i] = f();        // f may change i
///   a[i++] = i;
///
/// Private to this room.
#ifndef STACKWARD_LIB_SOURCE_CONSTORDER_H
#define STACKWARD_LIB_SOURCE_CONSTORDER_H

#include "llvm/ADT/DenseMap.h"
#include <cstdint>

namespace clang {
class Expr;
class Stmt;
} // namespace clang

namespace stackward::source {

/// When the value of an expression is not to be trusted for its order.
enum class Disorder : uint8_t {
  None,
  IfExposed, ///< the other side runs unknown code
  Always,    ///< the other side assigns the same variable
};

/// Loads and assignments inside the two sides of Node, if it is an assignment,
/// whose order matters.
void findDisorder(const clang::Stmt &Node,
                  llvm::DenseMap<const clang::Expr *, Disorder> &Found);

} // namespace stackward::source

#endif
