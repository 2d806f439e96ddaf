// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Makes a build's command line fit for analysis with clang: a resource
/// directory is named, what only g++ understands is dropped, and what writes
/// files, loads plugins or turns warnings into errors has no effect.
#ifndef STACKWARD_SOURCE_COMMANDLINE_H
#define STACKWARD_SOURCE_COMMANDLINE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace stackward::source {

/// Clang's own headers beside the libclang-cpp that is loaded; empty when
/// there are none, and then no analysis can succeed.
std::string findResourceDir();

/// Command's first word is the compiler. ResourceDir empty: found.
std::vector<std::string> adjustedCommand(llvm::ArrayRef<std::string> Command,
                                         llvm::StringRef ResourceDir);

} // namespace stackward::source

#endif
