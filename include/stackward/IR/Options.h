// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the plugin may do, as plain values. They come, later ones winning,
/// from the defaults of Options.def, the file named by STACKWARD_CONFIG, the
/// words of STACKWARD_FLAGS, and the compiler's own options. A word that is
/// not understood is an error: a mistyped `heap-to-stack=of` must not leave a
/// transform on.
#ifndef STACKWARD_IR_OPTIONS_H
#define STACKWARD_IR_OPTIONS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>

namespace stackward::ir {

struct Options {
#define SWITCH(Field, Name, Default, Help) bool Field = Default;
#define NUMBER(Field, Name, Default, Help) uint64_t Field = Default;
#define TEXT(Field, Name, Help) std::string Field;
#include "stackward/IR/Options.def"

  /// Some transform is on.
  bool anything() const {
    return Enable && (HeapToStack || Seed || GabLowering);
  }
  /// The function with this linkage name takes part: allow and deny globs
  /// (separated by commas), then the rollout, which keeps the same functions
  /// in every build because it looks at nothing but the name.
  bool selects(llvm::StringRef LinkageName) const;
};

/// Reads `name=value` words separated by white space into \p O; a leading
/// `-`, `--` or `-stackward-` is accepted, `#` starts a comment, and a switch
/// without a value is on.
llvm::Error parseWords(llvm::StringRef Words, Options &O);

/// Defaults, configuration file, environment.
llvm::Expected<Options> optionsFromEnvironment();

} // namespace stackward::ir

#endif
