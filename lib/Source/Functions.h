// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The functions of a translation unit that have something to analyse, and
/// their names. Private to this room.
#ifndef STACKWARD_LIB_SOURCE_FUNCTIONS_H
#define STACKWARD_LIB_SOURCE_FUNCTIONS_H

#include <string>
#include <vector>

namespace clang {
class ASTContext;
class FunctionDecl;
class SourceManager;
class SourceLocation;
} // namespace clang

namespace stackward::report {
struct Place;
} // namespace stackward::report

namespace stackward::source {

/// Every definition with a body outside the system's headers, lambdas and
/// template instantiations included, patterns of templates not; in the order
/// of the source, instantiations of one place in the order clang made them.
std::vector<const clang::FunctionDecl *>
userFunctions(clang::ASTContext &Context);

/// `ns::S::f(int, bool)`, `f<int>(int)`, `main()::lambda at line 12`.
std::string displayName(const clang::FunctionDecl &F);

/// Where Loc is in a file; inside a macro, where the macro is used.
report::Place placeOf(const clang::SourceManager &SM,
                      clang::SourceLocation Loc);

} // namespace stackward::source

#endif
