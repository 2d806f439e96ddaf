// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The lines that a block of clang's CFG shows to a reader. Private to this
/// room.
#ifndef STACKWARD_LIB_SOURCE_BLOCKTEXT_H
#define STACKWARD_LIB_SOURCE_BLOCKTEXT_H

#include "stackward/Report/Chart.h"
#include "stackward/Source/CfgChart.h"

namespace clang {
class CFG;
class CFGBlock;
} // namespace clang

namespace stackward::source {

/// By clang's block id.
std::vector<std::vector<report::ChartLine>>
blockLines(const clang::ASTContext &Context, const clang::CFG &Graph,
           const ChartRequest &Request);

/// What a `case` or `default` edge is called, and a catch clause.
std::string labelText(const clang::ASTContext &Context,
                      const clang::CFGBlock &Target);

} // namespace stackward::source

#endif
