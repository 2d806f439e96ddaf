// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Parses one translation unit with clang and hands its AST to the builder.
/// A tree with errors has holes, and a hole could hide an escape: then there
/// is no unit.
#include "Builder.h"
#include "Parse.h"
#include "stackward/Source/EscapeCheck.h"

namespace stackward::source {

UnitResult extractUnit(const clang::tooling::CompileCommand &Command,
                       const ExtractOptions &Options) {
  UnitResult Result;
  Result.Errors =
      withTree(Command, Options.ResourceDir, [&](clang::ASTContext &Context) {
        Result.Bytes = writeUnit(UnitBuilder(Context).build());
      });
  if (!Result.Errors.empty())
    Result.Bytes.clear();
  return Result;
}

} // namespace stackward::source
