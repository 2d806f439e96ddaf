// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the command lines of all tools share: which files with which flags
/// (`FILE... [-- flags]`, `-p BUILD`, or as the clang-tidy of a CMake project),
/// how many processes, messages, progress, exit codes.
///
/// Exit codes: 0 done; 1 done, and found what the user asked to fail on; 2 the
/// command line was wrong or something could not be analysed.
#ifndef STACKWARD_TOOLS_CLI_H
#define STACKWARD_TOOLS_CLI_H

#include "Workers.h"
#include "clang/Tooling/CompilationDatabase.h"
#include "llvm/Support/CommandLine.h"
#include <optional>

namespace stackward::cli {

inline constexpr int ExitClean = 0;
inline constexpr int ExitFindings = 1;
inline constexpr int ExitFailure = 2;

/// All options of our tools are in this one; --help shows no other.
llvm::cl::OptionCategory &category();

struct Inputs {
  std::string Tool;
  std::vector<clang::tooling::CompileCommand> Commands;
  /// Files that were asked for and have no command, or are not there.
  unsigned Missing = 0;
};

/// A tool's main: parses the command line, does Work, and says on stderr what
/// made it give up. Returns the exit code.
int runTool(int Argc, const char **Argv, const char *Overview,
            llvm::function_ref<llvm::Expected<int>(Inputs)> Work);

/// `TOOL: error: MESSAGE` as one line on stderr.
void complain(llvm::StringRef Tool, const llvm::Twine &Message);

/// Runs Work for every command in a process of its own, -j at once, with
/// --timeout and progress on a terminal; complains about each error. Returns
/// the number of commands that gave no bytes.
unsigned forEachCommand(
    const Inputs &In,
    llvm::function_ref<Answer(const clang::tooling::CompileCommand &)> Work,
    llvm::function_ref<void(size_t Piece, llvm::StringRef Bytes)> Receive);

/// -j and --timeout, without progress.
PoolOptions poolOptions();

/// Overrides the time-out of the command line's default (a settings file).
void setDefaultTimeout(unsigned Seconds);

bool quiet(); ///< --quiet
bool timed(); ///< --time: forEachCommand and phase() have something to say
/// With --time, prints what Body took, CPU and wall, under Name on stderr.
void phase(llvm::StringRef Name, llvm::function_ref<void()> Body);

/// Path as people write it: below the current folder from there, else
/// absolute; no `.` and no `..` in it.
std::string displayPath(llvm::StringRef Path);

} // namespace stackward::cli

#endif
