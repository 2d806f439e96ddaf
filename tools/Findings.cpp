// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Settings are looked for above every input. What concerns the run (limits,
/// exit code, baseline) comes from those of the first input; which findings of
/// a file count comes from the settings nearest to that file, when an input
/// had them too. A flag beats both.
#include "Findings.h"
#include "stackward/Report/Wire.h"
#include "clang/Tooling/ReplacementsYaml.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

using namespace stackward;
using namespace stackward::cli;
namespace cl = llvm::cl;

static cl::opt<report::Format> Format(
    "format", cl::desc("how findings are written"),
    cl::init(report::Format::Text),
    cl::values(
        clEnumValN(report::Format::Text, "text",
                   "diagnostics as of a compiler (default)"),
        clEnumValN(report::Format::Json, "json", "our own JSON"),
        clEnumValN(report::Format::Sarif, "sarif", "SARIF 2.1.0"),
        clEnumValN(report::Format::Lsp, "lsp",
                   "publishDiagnostics notifications, one a line"),
        clEnumValN(report::Format::GitHub, "github", "workflow commands"),
        clEnumValN(report::Format::Remarks, "remarks", "LLVM's YAML remarks")),
    cl::cat(category()));
static cl::opt<std::string> Output("output", cl::value_desc("file"),
                                   cl::desc("write there, not to stdout"),
                                   cl::cat(category()));
static cl::opt<bool> All("all",
                         cl::desc("tell everything, also what cannot "
                                  "change"),
                         cl::cat(category()));
static cl::opt<bool> Explain("explain",
                             cl::desc("with the numbered steps of the flow"),
                             cl::cat(category()));
static cl::opt<std::string>
    Filter("filter", cl::value_desc("glob"),
           cl::desc("only findings in functions with such a qualified name"),
           cl::cat(category()));
static cl::opt<std::string>
    HeaderFilter("header-filter", cl::value_desc("regex"),
                 cl::desc("of headers, only files with such a path"),
                 cl::cat(category()));
static cl::list<std::string>
    Reasons("reasons", cl::CommaSeparated, cl::value_desc("list"),
            cl::desc("only what stays on the heap for one of these reasons"),
            cl::cat(category()));
static cl::opt<report::FailOn>
    FailOn("fail-on", cl::desc("when to end with a status other than 0"),
           cl::init(report::FailOn::Errors),
           cl::values(clEnumValN(report::FailOn::Errors, "errors",
                                 "2 if a file could not be analysed (default)"),
                      clEnumValN(report::FailOn::Suggestions, "suggestions",
                                 "also 1 if there is something to change"),
                      clEnumValN(report::FailOn::Never, "never", "never")),
           cl::cat(category()));
static cl::opt<std::string>
    BaselineFile("baseline", cl::value_desc("file"),
                 cl::desc("findings that are known and not told again"),
                 cl::cat(category()));
static cl::opt<bool>
    WriteBaseline("write-baseline",
                  cl::desc("write what is told to the file of --baseline"),
                  cl::cat(category()));
static cl::opt<bool> Fix("fix", cl::desc("apply the fixes to the files"),
                         cl::cat(category()));
static cl::opt<std::string>
    ExportFixes("export-fixes", cl::value_desc("file"),
                cl::desc("write the fixes for clang-apply-replacements"),
                cl::cat(category()));

FindingOutput::FindingOutput(std::string Tool)
    : Tool(std::move(Tool)), Read(report::diskReader()) {}

template <typename Option, typename Value>
static void override(const Option &Flag, std::optional<Value> &Setting) {
  if (Flag.getNumOccurrences() != 0)
    Setting = Flag;
}

void FindingOutput::applyFlags() {
  override(All, Run.All);
  override(Explain, Run.Explain);
  override(FailOn, Run.FailOn);
  override(BaselineFile, Run.Baseline);
  if (!Reasons.empty())
    Run.Reasons = std::vector<std::string>(Reasons.begin(), Reasons.end());
  // Who asks for reasons asks for what stays on the heap.
  if (Run.Reasons)
    Run.All = true;
  if (Run.Timeout)
    setDefaultTimeout(*Run.Timeout);
}

llvm::Error FindingOutput::loadSettings(const Inputs &In) {
  std::string Name = "." + Tool + ".yaml";
  bool First = true;
  for (const auto &Command : In.Commands) {
    llvm::SmallString<256> Real;
    llvm::sys::fs::real_path(Command.Filename, Real);
    IsInput.insert(displayPath(Command.Filename));
    IsInput.insert(displayPath(Real));
    std::string Path = report::findConfig(Command.Filename, Name, Read);
    if (!Path.empty() && !Settings.count(Path)) {
      auto Parsed = report::parseConfig(*Read(Path), displayPath(Path));
      if (!Parsed)
        return Parsed.takeError();
      Settings[Path] = std::move(*Parsed);
    }
    if (First && !Path.empty()) {
      SettingsFile = Path;
      Run = Settings[Path];
    }
    First = false;
  }
  return llvm::Error::success();
}

// A baseline that a settings file names lies beside that file.
static std::string baselinePath(const report::Config &Run,
                                llvm::StringRef SettingsFile) {
  llvm::StringRef Name = *Run.Baseline;
  if (BaselineFile.getNumOccurrences() || llvm::sys::path::is_absolute(Name))
    return Name.str();
  llvm::SmallString<256> Path(llvm::sys::path::parent_path(SettingsFile));
  llvm::sys::path::append(Path, Name);
  return Path.str().str();
}

llvm::Error FindingOutput::loadBaseline() {
  if (!Run.Baseline) {
    if (WriteBaseline)
      return llvm::createStringError("--write-baseline needs --baseline=FILE");
    return llvm::Error::success();
  }
  Run.Baseline = baselinePath(Run, SettingsFile);
  llvm::SmallString<256> Folder(*Run.Baseline);
  llvm::sys::fs::make_absolute(Folder);
  llvm::sys::path::remove_filename(Folder);
  if (WriteBaseline) {
    New.emplace(Folder);
    return llvm::Error::success();
  }
  auto Text = Read(*Run.Baseline);
  if (!Text)
    return llvm::createStringError("baseline " + *Run.Baseline +
                                   ": cannot be read");
  auto Parsed = report::Baseline::parse(*Text, Folder);
  if (!Parsed)
    return llvm::createStringError("baseline " + *Run.Baseline + ": " +
                                   llvm::toString(Parsed.takeError()));
  Known = std::move(*Parsed);
  return llvm::Error::success();
}

static llvm::Error checkPatterns(const report::Config &C) {
  std::string Error;
  if (C.HeaderFilter && !llvm::Regex(*C.HeaderFilter).isValid(Error))
    return llvm::createStringError("header filter '" + *C.HeaderFilter +
                                   "': " + Error);
  if (!C.Filter)
    return llvm::Error::success();
  auto Glob = llvm::GlobPattern::create(*C.Filter);
  if (Glob)
    return llvm::Error::success();
  return llvm::createStringError("filter '" + *C.Filter +
                                 "': " + llvm::toString(Glob.takeError()));
}

llvm::Expected<FindingOutput> FindingOutput::create(const Inputs &In) {
  FindingOutput Result(In.Tool);
  if (llvm::Error E = Result.loadSettings(In))
    return E;
  for (auto &[Path, Setting] : Result.Settings) {
    override(Filter, Setting.Filter);
    override(HeaderFilter, Setting.HeaderFilter);
    if (llvm::Error E = checkPatterns(Setting))
      return E;
  }
  override(Filter, Result.Run.Filter);
  override(HeaderFilter, Result.Run.HeaderFilter);
  if (llvm::Error E = checkPatterns(Result.Run))
    return E;
  Result.applyFlags();
  if (llvm::Error E = Result.loadBaseline())
    return E;
  return Result;
}

FindingOutput::Scope &FindingOutput::scopeOf(const std::string &File) {
  auto [It, Added] = Scopes.try_emplace(File);
  Scope &S = It->second;
  if (!Added)
    return S;
  auto Nearest =
      Settings.find(report::findConfig(File, "." + Tool + ".yaml", Read));
  const report::Config &C = Nearest == Settings.end() ? Run : Nearest->second;
  S.IsInput = IsInput.count(File);
  if (C.HeaderFilter)
    S.Header.emplace(*C.HeaderFilter);
  if (C.Filter)
    S.Function = llvm::cantFail(llvm::GlobPattern::create(*C.Filter));
  return S;
}

// `ns::f(int) const` without what begins at the parameters' parenthesis.
static llvm::StringRef withoutParameters(llvm::StringRef Function) {
  size_t At = Function.rfind(')');
  if (At == llvm::StringRef::npos)
    return Function;
  int Depth = 0;
  for (++At; At-- > 0;) {
    Depth += Function[At] == ')';
    Depth -= Function[At] == '(';
    if (Depth == 0)
      return Function.take_front(At);
  }
  return Function;
}

bool FindingOutput::inScope(const report::Place &At, llvm::StringRef Function) {
  Scope &S = scopeOf(At.File);
  if (!S.IsInput && S.Header && !S.Header->match(At.File))
    return false;
  return !S.Function || S.Function->match(Function) ||
         S.Function->match(withoutParameters(Function));
}

bool FindingOutput::isNew(const report::Finding &F) {
  if (report::isSuppressed(Read, Tool, F) || (Known && Known->take(F))) {
    ++Hidden;
    return false;
  }
  if (New)
    New->add(F);
  return true;
}

void FindingOutput::shorten(report::Finding &F) {
  F.At.File = displayPath(F.At.File);
  for (report::Step &S : F.Steps)
    S.At.File = displayPath(S.At.File);
  if (F.Suggestion)
    for (report::Replacement &R : F.Suggestion->Replacements)
      R.File = displayPath(R.File);
}

void FindingOutput::shorten(report::Allocation &A) {
  A.At.File = displayPath(A.At.File);
  for (report::Step &S : A.Flow)
    S.At.File = displayPath(S.At.File);
  if (A.Suggestion)
    for (report::Replacement &R : A.Suggestion->Replacements)
      R.File = displayPath(R.File);
}

llvm::raw_ostream &FindingOutput::stream() {
  return OutputFile ? *OutputFile : llvm::outs();
}

bool FindingOutput::writesText() const {
  return Format == report::Format::Text;
}

llvm::Expected<std::unique_ptr<report::Sink>>
FindingOutput::openSink(report::Subject Lists,
                        std::vector<report::RuleInfo> Rules) {
  if (!Output.empty() && Output != "-") {
    std::error_code Error;
    OutputFile = std::make_unique<llvm::raw_fd_ostream>(Output, Error,
                                                        llvm::sys::fs::OF_Text);
    if (Error)
      return llvm::createStringError(Output + ": " + Error.message());
  }
  report::SinkOptions Options;
  Options.Tool = Tool;
  Options.Lists = Lists;
  Options.Rules = std::move(Rules);
  Options.Read = Read;
  Options.Shows = Run.Explain.value_or(false) ? report::Detail::Explanations
                                              : report::Detail::Headlines;
  // https://no-color.org: set to anything, it means no.
  bool Paint = !OutputFile && llvm::sys::Process::StandardOutHasColors() &&
               !llvm::sys::Process::GetEnv("NO_COLOR");
  Options.Paint = Paint ? report::Colour::On : report::Colour::Off;
  return report::openSink(Format, stream(), std::move(Options));
}

// A reader of the file sees the old text or the new one, never a part.
static llvm::Error writeAtomically(llvm::StringRef Path,
                                   llvm::StringRef Content) {
  auto Mode = llvm::sys::fs::getPermissions(Path);
  auto Permissions =
      Mode ? *Mode : llvm::sys::fs::all_read | llvm::sys::fs::owner_write;
  auto File =
      llvm::sys::fs::TempFile::create(Path + ".%%%%%%.tmp", Permissions);
  if (!File)
    return File.takeError();
  llvm::raw_fd_ostream Out(File->FD, /*shouldClose=*/false);
  Out << Content;
  Out.flush();
  if (Out.has_error()) {
    std::error_code Error = Out.error();
    Out.clear_error();
    llvm::consumeError(File->discard());
    return llvm::errorCodeToError(Error);
  }
  return File->keep(Path);
}

static llvm::Error exportFixes(llvm::ArrayRef<report::Replacement> Made) {
  clang::tooling::TranslationUnitReplacements Units;
  for (const report::Replacement &R : Made) {
    llvm::SmallString<256> Path(R.File);
    llvm::sys::fs::make_absolute(Path);
    Units.Replacements.emplace_back(Path, R.Offset, R.Length, R.Text);
  }
  std::string Text;
  llvm::raw_string_ostream Stream(Text);
  llvm::yaml::Output Yaml(Stream);
  Yaml << Units;
  return writeAtomically(ExportFixes, Text);
}

llvm::Error
FindingOutput::applyFixes(llvm::ArrayRef<report::Suggestion> Fixes) {
  if (!Fix && ExportFixes.empty())
    return llvm::Error::success();
  report::FixPlan Plan = report::planFixes(Fixes, Read);
  if (!ExportFixes.empty())
    if (llvm::Error E = exportFixes(Plan.Made))
      return E;
  if (!Fix)
    return llvm::Error::success();
  for (const report::FixedFile &F : Plan.Files)
    if (llvm::Error E = writeAtomically(F.File, F.Content))
      return E;
  if (!quiet())
    llvm::errs() << Tool << ": fixes applied: " << Plan.Applied
                 << ", in files: " << Plan.Files.size()
                 << ", left out because they collide: " << Plan.Refused << '\n';
  return llvm::Error::success();
}

llvm::Error
FindingOutput::finishFiles(llvm::ArrayRef<report::Suggestion> Fixes) {
  if (OutputFile) {
    OutputFile->flush();
    if (OutputFile->has_error()) {
      std::error_code Error = OutputFile->error();
      OutputFile->clear_error();
      return llvm::createStringError(Output + ": " + Error.message());
    }
  }
  if (llvm::Error E = applyFixes(Fixes))
    return E;
  if (!New)
    return llvm::Error::success();
  std::string Text;
  llvm::raw_string_ostream Stream(Text);
  New->print(Stream, Tool);
  return writeAtomically(*Run.Baseline, Text);
}

int FindingOutput::exitCode(unsigned Told, unsigned Failed) const {
  switch (Run.FailOn.value_or(report::FailOn::Errors)) {
  case report::FailOn::Never:
    return ExitClean;
  case report::FailOn::Errors:
    return Failed ? ExitFailure : ExitClean;
  case report::FailOn::Suggestions:
    break;
  }
  if (Failed)
    return ExitFailure;
  // Writing a baseline is accepting what is in it.
  return Told && !New ? ExitFindings : ExitClean;
}

// Packed, and never empty, because no bytes means not analysed.
static Answer packedAnswer(UnitFindings Unit) {
  Answer A;
  A.Errors = std::move(Unit.Errors);
  if (Unit.Analysed)
    A.Bytes = report::packFindings(Unit.Findings);
  return A;
}

static llvm::Expected<int> tell(FindingOutput &Output,
                                std::vector<report::Finding> Findings,
                                std::vector<report::RuleInfo> Rules,
                                unsigned Failed) {
  for (report::Finding &F : Findings)
    FindingOutput::shorten(F);
  report::sortFindings(Findings);
  auto Sink = Output.openSink(report::Subject::Findings, std::move(Rules));
  if (!Sink)
    return Sink.takeError();
  unsigned Told = 0;
  bool All = Output.settings().All.value_or(false);
  std::vector<report::Suggestion> Fixes;
  for (const report::Finding &F : Findings) {
    bool ToChange = F.Level >= report::Severity::Warning;
    if ((!ToChange && !All) || !Output.inScope(F.At, F.Function) ||
        !Output.isNew(F))
      continue;
    (*Sink)->add(F);
    Told += ToChange;
    if (F.Suggestion)
      Fixes.push_back(*F.Suggestion);
  }
  (*Sink)->finish();
  if (llvm::Error E = Output.finishFiles(Fixes))
    return E;
  return Output.exitCode(Told, Failed);
}

llvm::Expected<int> stackward::cli::runFindingTool(
    const Inputs &In, std::vector<report::RuleInfo> Rules,
    llvm::function_ref<UnitFindings(const clang::tooling::CompileCommand &)>
        Work) {
  auto Output = FindingOutput::create(In);
  if (!Output)
    return Output.takeError();
  std::vector<report::Finding> Findings;
  unsigned Damaged = 0;
  unsigned Failed = forEachCommand(
      In,
      [&](const clang::tooling::CompileCommand &Command) {
        return packedAnswer(Work(Command));
      },
      [&](size_t, llvm::StringRef Bytes) {
        auto Unit = report::unpackFindings(Bytes);
        if (Unit)
          return llvm::append_range(Findings, std::move(*Unit));
        complain(In.Tool, llvm::toString(Unit.takeError()));
        ++Damaged;
      });
  return tell(*Output, std::move(Findings), std::move(Rules),
              Failed + Damaged + In.Missing);
}
