// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the author wrote for a statement or declaration, as text. Private to
/// this room.
#ifndef STACKWARD_LIB_SOURCE_SOURCETEXT_H
#define STACKWARD_LIB_SOURCE_SOURCETEXT_H

#include "clang/Basic/SourceLocation.h"
#include <string>

namespace clang {
class ASTContext;
class Stmt;
} // namespace clang

namespace stackward::source {

/// The text of Range; of something made by a macro, the use of the macro. New
/// lines and runs of spaces become one space, except in literals.
std::string sourceText(const clang::ASTContext &Context,
                       clang::SourceRange Range);
std::string sourceText(const clang::ASTContext &Context, const clang::Stmt &S);

/// Text cut to Width characters, the last one an ellipsis. Counts UTF-8
/// sequences, and never cuts one.
std::string shorten(llvm::StringRef Text, unsigned Width);

} // namespace stackward::source

#endif
