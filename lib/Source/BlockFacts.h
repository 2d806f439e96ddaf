// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What analyses know at the entry of each block, as lines for a chart; one
/// function for each row of ChartFact. Private to this room.
#ifndef STACKWARD_LIB_SOURCE_BLOCKFACTS_H
#define STACKWARD_LIB_SOURCE_BLOCKFACTS_H

#include "stackward/Source/CFGAdapter.h"
#include "stackward/Source/CfgChart.h"

namespace stackward::source {

/// By block id.
using FactLines = std::vector<std::vector<std::string>>;

class EscapeAnswers;

/// Escape is needed for that row only.
FactLines factLines(ChartFact Which, const clang::FunctionDecl &F,
                    const CFGAdapter &Adapter,
                    llvm::ArrayRef<std::string> BlockNames,
                    const EscapeAnswers *Escape);

/// EscapeFacts.cpp
FactLines escapeLines(const clang::FunctionDecl &F, const CFGAdapter &Adapter,
                      const EscapeAnswers &Answers);

} // namespace stackward::source

#endif
