// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The plugin's options on the compiler's command line.
#ifndef STACKWARD_PASSES_COMMANDLINE_H
#define STACKWARD_PASSES_COMMANDLINE_H

#include "stackward/IR/Options.h"

namespace stackward {

/// Another copy of this plugin, from another file, was loaded before this
/// one. It does the work; this one must not do it again.
bool isSecondCopy();

/// The environment, then the command line.
llvm::Expected<ir::Options> currentOptions();

} // namespace stackward

#endif
