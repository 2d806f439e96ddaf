// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a compile command to an AST. Private to this room.
#ifndef STACKWARD_LIB_SOURCE_PARSE_H
#define STACKWARD_LIB_SOURCE_PARSE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace clang {
class ASTContext;
namespace tooling {
struct CompileCommand;
} // namespace tooling
} // namespace clang

namespace stackward::source {

/// Shows Use the tree of Command's unit, unless the unit does not compile:
/// what is left of a broken program proves nothing. Returns clang's errors,
/// one "file:line:column: error: text" each. ResourceDir: where clang's own
/// headers are; empty: where this clang was installed.
std::vector<std::string>
withTree(const clang::tooling::CompileCommand &Command,
         llvm::StringRef ResourceDir,
         llvm::function_ref<void(clang::ASTContext &)> Use);

} // namespace stackward::source

#endif
