// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// escape-check: for every heap allocation of the files given, whether it
/// escapes, why, and what to write instead. One forked process reads each
/// file, one more links what they found in the order of the input and solves
/// the whole once; this one only hands bytes on, and tells.
#include "Findings.h"
#include "stackward/Report/Summary.h"
#include "stackward/Report/Wire.h"
#include "stackward/Source/EscapeCheck.h"
#include "stackward/Source/Reasons.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include <set>

using namespace stackward;
using namespace stackward::cli;
namespace cl = llvm::cl;

static constexpr char Overview[] =
    "Finds heap allocations that can live on the stack, and says why the "
    "others cannot.\n\n"
    "  escape-check FILE... -- -std=c++20 -Iinclude\n"
    "  escape-check -p BUILD [FILE...]\n";

static cl::opt<uint64_t> MaxSize("max-size", cl::value_desc("bytes"),
                                 cl::desc("largest object for the stack "
                                          "(default: 16384)"),
                                 cl::cat(category()));
static cl::opt<uint64_t>
    MaxRecursiveSize("max-recursive-size", cl::value_desc("bytes"),
                     cl::desc("the same in a function that may call itself "
                              "(default: 64)"),
                     cl::cat(category()));
static cl::opt<std::string> EmitSummaries("emit-summaries",
                                          cl::value_desc("file"),
                                          cl::desc("write what callers need to "
                                                   "know of each function"),
                                          cl::cat(category()));
static cl::list<std::string>
    UseSummaries("use-summaries", cl::value_desc("file"),
                 cl::desc("use such a file for functions without a body"),
                 cl::cat(category()));
static cl::opt<std::string>
    DumpGraph("dump-graph", cl::value_desc("glob"),
              cl::desc("instead of findings, print the graphs of functions "
                       "with such a name"),
              cl::cat(category()));

namespace {

class Run {
public:
  Run(Inputs In, FindingOutput Output)
      : In(std::move(In)), Output(std::move(Output)) {}
  llvm::Expected<int> analyse();

private:
  enum class Extras : uint8_t { None, SummariesAndGraphs };
  llvm::Error readSummaries();
  source::SolveOptions solveOptions() const;
  void extract();
  Answer solve(llvm::ArrayRef<std::string> Some, Extras Also) const;
  bool take(llvm::StringRef Who, Answer A);
  void solveTogether();
  void solveOneByOne();
  bool isAskedFor(const report::Allocation &A) const;
  llvm::Expected<int> tell();

  Inputs In;
  FindingOutput Output;
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> Summaries;
  std::vector<std::string> Units; ///< bytes, in the order of the input
  std::vector<std::string> Names; ///< the file of each unit
  std::vector<report::Allocation> Sites;
  unsigned Failed = 0;
};

} // namespace

llvm::Error Run::readSummaries() {
  // Solving is for a worker; this one only sees whether the text can be read.
  source::EscapeProject Trial;
  for (const std::string &Path : UseSummaries) {
    auto Text = llvm::MemoryBuffer::getFile(Path);
    if (!Text)
      return llvm::createStringError(Path + ": " + Text.getError().message());
    if (llvm::Error E = Trial.addSummaries((*Text)->getBuffer()))
      return llvm::createStringError(Path + ": " +
                                     llvm::toString(std::move(E)));
    Summaries.push_back(std::move(*Text));
  }
  return llvm::Error::success();
}

static std::error_code writeSummaries(const source::EscapeProject &Project) {
  std::error_code Error;
  llvm::raw_fd_ostream Out(EmitSummaries, Error);
  if (Error)
    return Error;
  Project.writeSummaries(Out);
  Out.flush();
  Error = Out.error();
  Out.clear_error();
  return Error;
}

source::SolveOptions Run::solveOptions() const {
  source::SolveOptions Options;
  const report::Config &Settings = Output.settings();
  Options.MaxSize = Settings.MaxSize.value_or(Options.MaxSize);
  Options.MaxRecursiveSize =
      Settings.MaxRecursiveSize.value_or(Options.MaxRecursiveSize);
  if (MaxSize.getNumOccurrences())
    Options.MaxSize = MaxSize;
  if (MaxRecursiveSize.getNumOccurrences())
    Options.MaxRecursiveSize = MaxRecursiveSize;
  return Options;
}

void Run::extract() {
  Failed = In.Missing;
  Failed += forEachCommand(
      In,
      [](const clang::tooling::CompileCommand &Command) {
        source::UnitResult Unit = source::extractUnit(Command, {});
        return Answer{std::move(Unit.Bytes), std::move(Unit.Errors), 0, 0};
      },
      [&](size_t Piece, llvm::StringRef Bytes) {
        Units.push_back(Bytes.str());
        Names.push_back(displayPath(In.Commands[Piece].Filename));
      });
}

// In a worker: links some units, solves, answers with packed allocations.
Answer Run::solve(llvm::ArrayRef<std::string> Some, Extras Also) const {
  Answer Result;
  source::EscapeProject Project;
  for (const auto &Text : Summaries)
    llvm::cantFail(Project.addSummaries(Text->getBuffer()));
  for (const std::string &Bytes : Some)
    if (llvm::Error E = Project.addUnit(Bytes))
      Result.Errors.push_back(llvm::toString(std::move(E)));
  Project.solve(solveOptions());
  if (Also == Extras::SummariesAndGraphs && !EmitSummaries.empty())
    if (std::error_code Error = writeSummaries(Project))
      Result.Errors.push_back(EmitSummaries + ": " + Error.message());
  if (Also == Extras::SummariesAndGraphs && !DumpGraph.empty()) {
    Project.dump(DumpGraph, llvm::outs());
    llvm::outs().flush();
  }
  Result.Bytes = report::packAllocations(Project.allocations());
  return Result;
}

// False if nothing came of it.
bool Run::take(llvm::StringRef Who, Answer A) {
  for (const std::string &Error : A.Errors)
    complain(In.Tool, Who + ": " + Error);
  if (A.Bytes.empty())
    return false;
  Failed += !A.Errors.empty();
  auto Some = report::unpackAllocations(A.Bytes);
  if (!Some) {
    complain(In.Tool, Who + ": " + llvm::toString(Some.takeError()));
    return false;
  }
  llvm::append_range(Sites, std::move(*Some));
  return true;
}

void Run::solveTogether() {
  bool Done = false;
  runForked(
      1, poolOptions(),
      [&](size_t) { return solve(Units, Extras::SummariesAndGraphs); },
      [&](size_t, Answer A) {
        Done = take(Units.size() == 1 ? Names.front() : "all files together",
                    std::move(A));
      });
  if (!Done && Units.size() > 1)
    return solveOneByOne();
  Failed += !Done;
}

// A crash or a time-out must not cost all units their answers. What is seen
// through calls between units is lost, which makes verdicts weaker only.
void Run::solveOneByOne() {
  runForked(
      Units.size(), poolOptions(),
      [&](size_t I) { return solve(Units[I], Extras::None); },
      [&](size_t I, Answer A) { Failed += !take(Names[I], std::move(A)); });
  // A header's site may have an answer from each unit: "heap" wins.
  std::set<report::Place> OnHeap;
  for (const report::Allocation &A : Sites)
    if (A.Verdict == report::Verdict::Heap)
      OnHeap.insert(A.At);
  std::set<report::Place> Seen;
  llvm::erase_if(Sites, [&](const report::Allocation &A) {
    bool Beaten = A.Verdict == report::Verdict::Stack && OnHeap.count(A.At);
    return Beaten || !Seen.insert(A.At).second;
  });
}

bool Run::isAskedFor(const report::Allocation &A) const {
  const report::Config &Settings = Output.settings();
  if (!Settings.Reasons)
    return A.Verdict == report::Verdict::Stack || Settings.All.value_or(false);
  return llvm::any_of(A.Reasons, [&](const report::ReasonText &R) {
    return llvm::is_contained(*Settings.Reasons, R.Id);
  });
}

llvm::Expected<int> Run::tell() {
  llvm::for_each(Sites,
                 [](report::Allocation &A) { FindingOutput::shorten(A); });
  report::sortAllocations(Sites);
  llvm::erase_if(Sites, [&](const report::Allocation &A) {
    return !Output.inScope(A.At, A.Function);
  });
  std::vector<report::RuleInfo> Rules{
      {"stack-allocation", "a heap allocation that can live on the stack"}};
  for (const report::ReasonText &R : source::reasons())
    Rules.push_back({"escape-" + R.Id, R.Headline});
  auto Sink = Output.openSink(report::Subject::Allocations, std::move(Rules));
  if (!Sink)
    return Sink.takeError();
  unsigned Told = 0, Suggested = 0;
  std::vector<report::Suggestion> Fixes;
  for (const report::Allocation &A : Sites) {
    if (!isAskedFor(A) || !Output.isNew(report::toFinding(A)))
      continue;
    (*Sink)->add(A);
    ++Told;
    Suggested += A.Verdict == report::Verdict::Stack;
    if (A.Suggestion)
      Fixes.push_back(*A.Suggestion);
  }
  (*Sink)->finish();
  bool AnyAnalysed = Failed < In.Commands.size() + In.Missing;
  if (Output.writesText() && !quiet() && AnyAnalysed) {
    if (Told)
      Output.stream() << '\n';
    report::printSummary(Sites, Output.hidden(), Output.stream());
  }
  if (llvm::Error E = Output.finishFiles(Fixes))
    return E;
  return Output.exitCode(Suggested, Failed);
}

llvm::Expected<int> Run::analyse() {
  if (llvm::Error E = readSummaries())
    return E;
  phase("read", [&] { extract(); });
  phase("solve", [&] { solveTogether(); });
  if (!DumpGraph.empty())
    return Failed ? ExitFailure : ExitClean;
  std::optional<llvm::Expected<int>> Status;
  phase("report", [&] { Status.emplace(tell()); });
  return std::move(*Status);
}

static llvm::Error checkReasons(const report::Config &Settings) {
  for (const std::string &Asked :
       Settings.Reasons.value_or(std::vector<std::string>()))
    if (llvm::none_of(source::reasons(), [&](const report::ReasonText &R) {
          return R.Id == Asked;
        }))
      return llvm::createStringError("no reason is called '" + Asked + "'");
  return llvm::Error::success();
}

static llvm::Expected<int> check(Inputs In) {
  auto Output = FindingOutput::create(In);
  if (!Output)
    return Output.takeError();
  if (llvm::Error E = checkReasons(Output->settings()))
    return E;
  return Run(std::move(In), std::move(*Output)).analyse();
}

int main(int Argc, const char **Argv) {
  return runTool(Argc, Argv, Overview, check);
}
