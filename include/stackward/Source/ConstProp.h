// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Constant propagation: what it proves of the functions of a translation
/// unit, as findings with the facts that prove them, and as claims about
/// expressions for whoever wants to check or use them.
#ifndef STACKWARD_SOURCE_CONSTPROP_H
#define STACKWARD_SOURCE_CONSTPROP_H

#include "stackward/Report/Finding.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseSet.h"

namespace clang {
class ASTContext;
class FunctionDecl;
class Stmt;
namespace tooling {
struct CompileCommand;
} // namespace tooling
} // namespace clang

namespace stackward::source {

enum class CallsAre : uint8_t {
  Opaque,     ///< each function by itself
  Understood, ///< summaries, bindings of internal functions, runs into calls
};

struct ConstPropOptions {
  CallsAre Calls = CallsAre::Understood;
  /// Steps along single paths, for each function: what joins would forget.
  unsigned PathSteps = 256;
  /// The same for one call with known arguments, and how deep such calls go.
  unsigned CallSteps = 512;
  unsigned CallDepth = 6;
};

/// The rules with their summaries, for formats that list them.
struct ConstRule {
  const char *Id;
  const char *Summary;
};
llvm::ArrayRef<ConstRule> constRules();

struct ConstPropResult {
  std::vector<report::Finding> Findings; ///< sorted
  std::vector<std::string> Errors;       ///< clang's; then no findings
};

std::vector<report::Finding>
propagateConstants(clang::ASTContext &Context, const ConstPropOptions &Options);

/// Parses, then propagateConstants.
ConstPropResult
propagateConstants(const clang::tooling::CompileCommand &Command,
                   const ConstPropOptions &Options);

/// One proved fact: whenever the expression at bytes [Begin, End) of the main
/// file is evaluated, its value is in one of the closed ranges, and has no bit
/// of Zero and all bits of One.
struct ConstClaim {
  unsigned Begin = 0, End = 0;
  std::vector<std::pair<std::string, std::string>> Ranges; ///< decimal
  uint64_t Zero = 0, One = 0;
};
/// Everything that is known of integer expressions of the main file, and byte
/// offsets of statements that never run; the stuff of differential tests.
struct ConstClaims {
  std::vector<ConstClaim> Values;
  std::vector<unsigned> NeverRuns;
  /// Functions that return one integer always, by qualified name.
  std::vector<std::pair<std::string, std::string>> Returns;
};
ConstClaims claimsOf(clang::ASTContext &Context,
                     const ConstPropOptions &Options);

/// Statements of F that no execution reaches, each function by itself.
llvm::DenseSet<const clang::Stmt *>
unreachableStatements(const clang::FunctionDecl &F);

} // namespace stackward::source

#endif
