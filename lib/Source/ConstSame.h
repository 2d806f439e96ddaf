// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Operands that are the same expression. Private to this room.
#ifndef STACKWARD_LIB_SOURCE_CONSTSAME_H
#define STACKWARD_LIB_SOURCE_CONSTSAME_H

namespace clang {
class Expr;
} // namespace clang

namespace stackward::source {

/// L and R, operands of one operator, are integers computed in the same way
/// from the same variables, and nothing can come between: `x`, `x + y * 2` and
/// `2 * y + x`. Not floating point (a NaN is not itself), nothing volatile,
/// nothing with a side effect.
bool haveSameValue(const clang::Expr *L, const clang::Expr *R);

/// R, converted once at most, is what is at Place: as in `x -= x`.
bool loadsPlace(const clang::Expr *R, const clang::Expr *Place);

} // namespace stackward::source

#endif
