// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// const-prop: what constant propagation proves of the files given: functions
/// that always return one value, conditions that never vary, code that cannot
/// run. Each file is analysed in a process of its own.
#include "Findings.h"
#include "stackward/Report/Wire.h"
#include "stackward/Source/ConstProp.h"

using namespace stackward;
using namespace stackward::cli;
namespace cl = llvm::cl;

static constexpr char Overview[] =
    "Reports what constant propagation proves, each fact with its proof.\n\n"
    "  const-prop FILE... -- -std=c++20 -Iinclude\n"
    "  const-prop -p BUILD [FILE...]\n";

static cl::opt<bool>
    Local("no-calls",
          cl::desc("each function by itself: nothing is known of calls"),
          cl::cat(category()));
static cl::opt<unsigned>
    PathSteps("path-steps", cl::value_desc("N"), cl::init(256),
              cl::desc("steps along single paths in each function; more sees "
                       "more and costs more (default: 256)"),
              cl::cat(category()));

static source::ConstPropOptions options() {
  source::ConstPropOptions Options;
  if (Local)
    Options.Calls = source::CallsAre::Opaque;
  Options.PathSteps = PathSteps;
  return Options;
}

static llvm::Expected<int> check(const Inputs &In) {
  auto Output = FindingOutput::create(In);
  if (!Output)
    return Output.takeError();
  std::vector<report::Finding> Findings;
  unsigned Unreadable = In.Missing;
  unsigned Failed = forEachCommand(
      In,
      [](const clang::tooling::CompileCommand &Command) {
        auto Result = source::propagateConstants(Command, options());
        if (!Result.Errors.empty())
          return Answer{"", std::move(Result.Errors), 0, 0};
        return Answer{report::packFindings(Result.Findings), {}, 0, 0};
      },
      [&](size_t, llvm::StringRef Bytes) {
        auto More = report::unpackFindings(Bytes);
        if (More) {
          llvm::append_range(Findings, std::move(*More));
        } else {
          ++Unreadable;
          complain(In.Tool, llvm::toString(More.takeError()));
        }
      });
  llvm::for_each(Findings,
                 [](report::Finding &F) { FindingOutput::shorten(F); });
  report::sortFindings(Findings);
  std::vector<report::RuleInfo> Rules;
  for (const source::ConstRule &R : source::constRules())
    Rules.push_back({R.Id, R.Summary});
  auto Sink = Output->openSink(report::Subject::Findings, std::move(Rules));
  if (!Sink)
    return Sink.takeError();
  unsigned Told = 0;
  for (const report::Finding &F : Findings) {
    if (!Output->inScope(F.At, F.Function) || !Output->isNew(F))
      continue;
    (*Sink)->add(F);
    ++Told;
  }
  (*Sink)->finish();
  if (llvm::Error E = Output->finishFiles({}))
    return E;
  return Output->exitCode(Told, Failed + Unreadable);
}

int main(int Argc, const char **Argv) {
  return runTool(Argc, Argv, Overview, check);
}
