// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The way of findings from an analysis to the user, for the tools that make
/// some: settings file and flags, filters, suppression, baseline, format,
/// fixes, exit code.
#ifndef STACKWARD_TOOLS_FINDINGS_H
#define STACKWARD_TOOLS_FINDINGS_H

#include "Cli.h"
#include "stackward/Report/Config.h"
#include "stackward/Report/Fixes.h"
#include "stackward/Report/Suppress.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/Regex.h"
#include <map>
#include <set>

namespace stackward::cli {

class FindingOutput {
public:
  /// Reads settings, baseline and flags; the error is for the user.
  static llvm::Expected<FindingOutput> create(const Inputs &In);

  /// The settings of the run: those of the first input, under the flags.
  const report::Config &settings() const { return Run; }

  /// Paths as people write them, in F and everything in it.
  static void shorten(report::Finding &F);
  static void shorten(report::Allocation &A);

  /// Whether a site or finding counts at all: filters by function and header.
  bool inScope(const report::Place &At, llvm::StringRef Function);
  /// Whether F is told: not suppressed, not in the baseline, not repeated.
  bool isNew(const report::Finding &F);

  /// Opens the sink that the flags ask for; errors are for the user.
  llvm::Expected<std::unique_ptr<report::Sink>>
  openSink(report::Subject Lists, std::vector<report::RuleInfo> Rules);
  /// The stream the sink writes to, for text that follows.
  llvm::raw_ostream &stream();
  bool writesText() const;

  /// Applies or exports the fixes of what was told, writes a new baseline.
  llvm::Error finishFiles(llvm::ArrayRef<report::Suggestion> Fixes);
  /// Told: findings the user would act on. Failed: files not analysed.
  int exitCode(unsigned Told, unsigned Failed) const;
  unsigned hidden() const { return Hidden; }

private:
  explicit FindingOutput(std::string Tool);
  llvm::Error loadSettings(const Inputs &In);
  void applyFlags();
  llvm::Error loadBaseline();
  llvm::Error applyFixes(llvm::ArrayRef<report::Suggestion> Fixes);

  /// Which findings of one file count, from the settings nearest to it.
  struct Scope {
    std::optional<llvm::GlobPattern> Function;
    std::optional<llvm::Regex> Header;
    bool IsInput = false;
  };
  Scope &scopeOf(const std::string &File);

  std::string Tool;
  report::FileReader Read;
  report::Config Run;
  std::string SettingsFile; ///< where Run came from; may be empty
  std::map<std::string, report::Config> Settings; ///< by settings file
  std::map<std::string, Scope> Scopes;            ///< by source file
  std::set<std::string> IsInput; ///< under both names, if there is a link
  std::optional<report::Baseline> Known;
  std::optional<report::Baseline> New;
  std::unique_ptr<llvm::raw_fd_ostream> OutputFile;
  unsigned Hidden = 0;
};

/// What one command gave; Analysed false means that it could not be done.
struct UnitFindings {
  std::vector<report::Finding> Findings;
  std::vector<std::string> Errors;
  bool Analysed = true;
};

/// The whole run of a tool that looks at each command on its own: Work in a
/// process for each, then everything above. Findings with a severity of
/// Warning or Error are what --fail-on=suggestions fails on; Remarks are told
/// with --all only. Returns the exit code; errors are for the user.
llvm::Expected<int> runFindingTool(
    const Inputs &In, std::vector<report::RuleInfo> Rules,
    llvm::function_ref<UnitFindings(const clang::tooling::CompileCommand &)>
        Work);

} // namespace stackward::cli

#endif
