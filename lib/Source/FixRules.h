// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a rewrite asks about the code around it. Every answer errs towards "no
/// fix-it".
#ifndef STACKWARD_LIB_SOURCE_FIXRULES_H
#define STACKWARD_LIB_SOURCE_FIXRULES_H

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace stackward::source {

using NamesOfVariable = llvm::SmallPtrSet<const clang::DeclRefExpr *, 8>;

/// `&P` may be a call: the class, a base, a friend or a namespace around it has
/// a unary operator&.
bool mayHaveAddressOf(const clang::CXXRecordDecl *RD, clang::ASTContext &Ctx);

/// Only std::make_unique or std::default_delete may make or destroy it:
///   class T { ~T(); friend struct std::default_delete<T>; };
bool isFriendly(const clang::CXXRecordDecl *RD);

/// Word stands in Text, and not as a part of a longer one.
bool containsWord(llvm::StringRef Text, llvm::StringRef Word);

/// A variable that is destroyed after what was declared before it.
bool hasCleanup(const clang::Decl *D, const clang::ASTContext &Ctx);

bool hasJump(const clang::Stmt *S);

/// Body does more with V than read and assign it: a pointer, a reference or a
/// closure may know where it is.
bool isExposed(const clang::Stmt *Body, const clang::VarDecl *V);

/// Body names V only in Known, which leaves out types (`decltype(*P)`) and
/// requirements, deduces nothing by decltype(auto), and names nothing Taken,
/// not even in a macro.
bool isNamedOnlyIn(const NamesOfVariable &Known, const clang::Stmt *Body,
                   const clang::VarDecl *V, llvm::StringRef Taken);

/// The operand of a return or a throw that is `*P`. As `P` it would be a local
/// variable, which is moved or not copied at all.
bool givesOutPointee(const clang::Stmt *S, const clang::VarDecl *V);

} // namespace stackward::source

#endif
