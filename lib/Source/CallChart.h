// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Who calls whom in one translation unit. Private to this room.
#ifndef STACKWARD_LIB_SOURCE_CALLCHART_H
#define STACKWARD_LIB_SOURCE_CALLCHART_H

#include "stackward/Source/CfgChart.h"

namespace stackward::source {

report::Chart chartCalls(clang::ASTContext &Context,
                         const ChartRequest &Request);

} // namespace stackward::source

#endif
