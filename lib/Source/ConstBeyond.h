// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What cannot be followed. Private to this room.
#ifndef STACKWARD_LIB_SOURCE_CONSTBEYOND_H
#define STACKWARD_LIB_SOURCE_CONSTBEYOND_H

namespace clang {
class ASTContext;
class Stmt;
class VarDecl;
} // namespace clang

namespace stackward::source {

/// Statements and expressions with a control flow or a memory of their own: no
/// facts about a function that has one.
bool isBeyond(const clang::Stmt &Node, const clang::ASTContext &Context);

/// V's object is made by no code that could keep its address, nor destroyed by
/// code that could look at it.
bool isBornAlone(const clang::VarDecl &V);

} // namespace stackward::source

#endif
