// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Charts of the functions of a translation unit: control flow, dominator and
/// post-dominator trees, and who calls whom.
#ifndef STACKWARD_SOURCE_CFGCHART_H
#define STACKWARD_SOURCE_CFGCHART_H

#include "stackward/Report/Chart.h"
#include "llvm/ADT/SmallVector.h"
#include <functional>

namespace clang {
class ASTContext;
namespace tooling {
struct CompileCommand;
} // namespace tooling
} // namespace clang

namespace stackward::source {

enum class ChartKind : uint8_t {
  ControlFlow,
  Dominators,
  PostDominators,
  Calls, ///< one chart for the unit; boxes are sets that call each other,
         ///< dashed edges are calls whose target is not certain
};
enum class ImplicitCode : uint8_t { Hidden, Shown };

/// What is known at the entry of each block, shown above its lines.
enum class ChartFact : uint8_t {
  Constants,  ///< values that constant propagation proves
  Liveness,   ///< locals that may be read before they are written
  Reaching,   ///< lines of the definitions that may have made a local's value
  Escape,     ///< whether locals and allocations may have escaped, and where
  Dominators, ///< the immediate dominator
  Loops,      ///< the loop's header, and how deep
};

struct ChartRequest {
  ChartKind Kind = ChartKind::ControlFlow;
  ImplicitCode Implicit = ImplicitCode::Hidden;
  llvm::SmallVector<ChartFact, 2> Facts;
  /// Says for a function's displayed name whether it is wanted.
  std::function<bool(llvm::StringRef)> Wanted;
  unsigned MaxLines = 24;   ///< of one block; the rest is folded
  unsigned MaxColumns = 96; ///< of one line
};

/// Charts of the functions of user code, in the order of the source.
std::vector<report::Chart> makeCharts(clang::ASTContext &Context,
                                      const ChartRequest &Request);

struct ChartResult {
  std::vector<report::Chart> Charts;
  std::vector<std::string> Errors; ///< clang's; then there are no charts
};

/// Parses, then makeCharts.
ChartResult chartUnit(const clang::tooling::CompileCommand &Command,
                      const ChartRequest &Request);

} // namespace stackward::source

#endif
