// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Commands come from the first of: the flags after `--`; the database that -p
/// names; the database found upward from the file; no flags at all. A database
/// that lacks a file answers with the command of the nearest file it has.
#include "Cli.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include <chrono>
#include <sys/resource.h>
#include <thread>

using namespace stackward::cli;
using namespace clang::tooling;
namespace cl = llvm::cl;

// The shared libraries have registered hundreds of options, for the whole of
// LLVM, some under names that we want (`--filter`): they leave before ours
// come. Only --help, --version and their like stay.
static void unregisterForeignOptions() {
  llvm::SmallVector<cl::Option *, 0> Foreign;
  for (auto &[Name, Option] : cl::getRegisteredOptions())
    if (!Name.starts_with("help") && Name != "version")
      Foreign.push_back(Option);
  for (cl::Option *Option : Foreign)
    Option->removeArgument();
}

llvm::cl::OptionCategory &stackward::cli::category() {
  static cl::OptionCategory Category("options");
  [[maybe_unused]] static bool Cleared = (unregisterForeignOptions(), true);
  return Category;
}

static cl::list<std::string> Files(cl::Positional, cl::desc("FILE..."),
                                   cl::cat(category()));
static cl::opt<std::string>
    BuildPath("p", cl::value_desc("build folder"),
              cl::desc("where compile_commands.json is; without files, all of "
                       "its entries are analysed"),
              cl::cat(category()));
static cl::list<std::string> ExtraArgs("extra-arg", cl::value_desc("flag"),
                                       cl::desc("append to every command"),
                                       cl::cat(category()));
static cl::list<std::string>
    ExtraArgsBefore("extra-arg-before", cl::value_desc("flag"),
                    cl::desc("insert before the flags of every command"),
                    cl::cat(category()));
static cl::opt<unsigned> Jobs("j", cl::Prefix, cl::value_desc("N"),
                              cl::desc("processes at once (default: cores)"),
                              cl::init(0), cl::cat(category()));
static cl::opt<unsigned>
    Timeout("timeout", cl::value_desc("seconds"),
            cl::desc("give up on a file, or on solving all together, after "
                     "this time; 0: never (default: 300)"),
            cl::init(300), cl::cat(category()));
static cl::opt<bool> Time("time", cl::desc("say on stderr where time went"),
                          cl::cat(category()));
static cl::opt<bool> Quiet("quiet", cl::desc("no progress and no summary"),
                           cl::cat(category()));

bool stackward::cli::quiet() { return Quiet; }
bool stackward::cli::timed() { return Time; }

void stackward::cli::setDefaultTimeout(unsigned Seconds) {
  if (Timeout.getNumOccurrences() == 0)
    Timeout = Seconds;
}

void stackward::cli::complain(llvm::StringRef Tool,
                              const llvm::Twine &Message) {
  std::string Line = Message.str();
  llvm::StringRef FirstLine = llvm::StringRef(Line).trim().split('\n').first;
  llvm::errs() << Tool << ": error: " << FirstLine << '\n';
}

// The current folder under both of its names: a shell keeps the symbolic links
// it went through, clang resolves them.
static llvm::ArrayRef<std::string> currentFolders() {
  static const std::vector<std::string> Folders = [] {
    llvm::SmallString<256> Here, Real;
    llvm::sys::fs::current_path(Here);
    llvm::sys::fs::real_path(Here, Real);
    return std::vector<std::string>{Here.str().str(), Real.str().str()};
  }();
  return Folders;
}

std::string stackward::cli::displayPath(llvm::StringRef Path) {
  llvm::SmallString<256> Absolute(Path);
  llvm::sys::fs::make_absolute(Absolute);
  llvm::sys::path::remove_dots(Absolute, /*remove_dot_dot=*/true);
  for (llvm::StringRef Folder : currentFolders()) {
    llvm::StringRef Rest = Absolute;
    if (Rest.consume_front(Folder) && Rest.consume_front("/"))
      return Rest.str();
  }
  return Absolute.str().str();
}

static std::unique_ptr<CompilationDatabase>
databaseFor(llvm::StringRef File, CompilationDatabase *Given) {
  std::string Error;
  if (Given)
    return nullptr;
  auto Found = CompilationDatabase::autoDetectFromSource(File, Error);
  if (Found)
    return Found;
  return std::make_unique<FixedCompilationDatabase>(".",
                                                    std::vector<std::string>());
}

// Flags stand behind the compiler's name, and an appended one before `--`,
// which some databases put in front of the file.
static void addExtraArgs(CompileCommand &Command) {
  auto &Line = Command.CommandLine;
  if (Line.empty())
    return;
  Line.insert(Line.begin() + 1, ExtraArgsBefore.begin(), ExtraArgsBefore.end());
  Line.insert(llvm::find(Line, "--"), ExtraArgs.begin(), ExtraArgs.end());
}

static void addFile(const std::string &File, CompilationDatabase *Given,
                    Inputs &In) {
  if (!llvm::sys::fs::is_regular_file(File)) {
    complain(In.Tool,
             llvm::Twine(File) + ": " +
                 (llvm::sys::fs::exists(File) ? "not a file" : "no such file"));
    ++In.Missing;
    return;
  }
  auto Found = databaseFor(File, Given);
  CompilationDatabase &Database = Given ? *Given : *Found;
  llvm::SmallString<256> Absolute(File);
  llvm::sys::fs::make_absolute(Absolute);
  llvm::sys::path::remove_dots(Absolute, /*remove_dot_dot=*/true);
  auto Commands = Database.getCompileCommands(Absolute);
  if (Commands.empty()) {
    complain(In.Tool, llvm::Twine(File) + ": no compile command for it");
    ++In.Missing;
    return;
  }
  llvm::append_range(In.Commands, Commands);
}

// A database lists assembler sources too; they are not for us.
static bool isCFamily(llvm::StringRef File) {
  return !llvm::StringSwitch<bool>(llvm::sys::path::extension(File))
              .Cases({".s", ".S", ".sx", ".asm"}, true)
              .Default(false);
}

static bool collect(CompilationDatabase *Given, Inputs &In) {
  if (!Files.empty()) {
    llvm::StringSet<> Seen;
    for (const std::string &File : Files)
      if (Seen.insert(displayPath(File)).second)
        addFile(File, Given, In);
  } else if (Given && !BuildPath.empty()) {
    for (CompileCommand &Command : Given->getAllCompileCommands())
      if (isCFamily(Command.Filename))
        In.Commands.push_back(std::move(Command));
  } else {
    complain(In.Tool, "no files; name some, or -p BUILD for all of a build");
    return false;
  }
  for (CompileCommand &Command : In.Commands) {
    addExtraArgs(Command);
    // A database may name a file from the folder of its command.
    llvm::SmallString<256> Path(Command.Filename);
    llvm::sys::path::make_absolute(Command.Directory, Path);
    Command.Filename = Path.str().str();
  }
  return true;
}

/// Without a value the tool has to end with the status put into Exit: all
/// that there is to say has been said.
static std::optional<Inputs> parseCommandLine(int Argc, const char **Argv,
                                              const char *Overview, int &Exit) {
  Inputs In;
  In.Tool = llvm::sys::path::filename(Argv[0]).str();
  Exit = ExitFailure;
  std::string Error;
  std::unique_ptr<CompilationDatabase> Given =
      FixedCompilationDatabase::loadFromCommandLine(Argc, Argv, Error);
  cl::SetVersionPrinter([](llvm::raw_ostream &Out) {
    Out << "Stackward " STACKWARD_VERSION ", with LLVM " LLVM_VERSION_STRING
           "\n";
  });
  std::string Complaints;
  llvm::raw_string_ostream ComplaintStream(Complaints);
  if (!cl::ParseCommandLineOptions(Argc, Argv, Overview, &ComplaintStream)) {
    // What is wrong with a value, the parser has said by itself.
    llvm::StringRef Line(Complaints);
    Line.consume_front(In.Tool + ": ");
    if (!Line.empty())
      complain(In.Tool, Line);
    return std::nullopt;
  }
  if (!Given && !BuildPath.empty()) {
    Given = CompilationDatabase::loadFromDirectory(BuildPath, Error);
    if (!Given) {
      complain(In.Tool,
               "-p " + BuildPath + ": no readable compile_commands.json");
      return std::nullopt;
    }
  }
  if (!collect(Given.get(), In))
    return std::nullopt;
  Exit = ExitClean;
  return In;
}

int stackward::cli::runTool(
    int Argc, const char **Argv, const char *Overview,
    llvm::function_ref<llvm::Expected<int>(Inputs)> Work) {
  int Exit;
  std::optional<Inputs> In = parseCommandLine(Argc, Argv, Overview, Exit);
  if (!In)
    return Exit;
  std::string Tool = In->Tool;
  llvm::Expected<int> Status = Work(std::move(*In));
  if (Status)
    return *Status;
  complain(Tool, llvm::toString(Status.takeError()));
  return ExitFailure;
}

namespace {

// One line that is written over; nothing when stderr is not a terminal.
class Progress {
public:
  Progress(size_t Total)
      : Total(Total), Shown(!Quiet && Total > 1 &&
                            llvm::sys::Process::StandardErrIsDisplayed()) {}
  ~Progress() { clear(); }
  void show(size_t Done) {
    if (Shown)
      llvm::errs() << "\r\033[K[" << Done << '/' << Total << ']';
  }
  void clear() {
    if (Shown)
      llvm::errs() << "\r\033[K";
  }

private:
  size_t Total;
  bool Shown;
};

struct Cost {
  std::string File;
  double Seconds;
  uint64_t PeakKiB;
};

} // namespace

static void printCosts(std::vector<Cost> Costs) {
  double Total = 0;
  uint64_t Peak = 0;
  for (const Cost &C : Costs) {
    Total += C.Seconds;
    Peak = std::max(Peak, C.PeakKiB);
  }
  llvm::sort(Costs, [](const Cost &L, const Cost &R) {
    return std::tie(R.Seconds, L.File) < std::tie(L.Seconds, R.File);
  });
  constexpr size_t MostShown = 10;
  if (Costs.size() > MostShown)
    Costs.resize(MostShown);
  for (const Cost &C : Costs)
    llvm::errs() << llvm::format("time: %8.2f s CPU %6llu MiB  ", C.Seconds,
                                 (unsigned long long)C.PeakKiB / 1024)
                 << C.File << '\n';
  llvm::errs() << llvm::format("time: %8.2f s CPU %6llu MiB  ", Total,
                               (unsigned long long)Peak / 1024)
               << "all files, largest peak\n";
}

PoolOptions stackward::cli::poolOptions() {
  unsigned Cores = std::max(1u, std::thread::hardware_concurrency());
  return {Jobs ? Jobs : Cores, Timeout, {}};
}

// One line for a file, however many errors a compiler finds in it. A place in
// the file itself is written as part of its name.
static std::string describeErrors(const CompileCommand &Command,
                                  const Answer &A) {
  std::string File = displayPath(Command.Filename);
  std::string Tail = A.Bytes.empty() ? "not analysed: " : "analysed, but: ";
  if (A.Errors.empty())
    return File + ": " + Tail + "no reason given";
  llvm::StringRef First = A.Errors.front();
  First = First.trim().split('\n').first;
  if (A.Errors.size() > 1)
    Tail = llvm::formatv("{0}{1} errors, the first: ", Tail, A.Errors.size());
  auto [Where, What] = First.split(": error: ");
  if (What.empty())
    return File + ": " + Tail + First.str();
  auto [Path, Position] = Where.split(':');
  llvm::SmallString<256> Absolute(Path);
  llvm::sys::path::make_absolute(Command.Directory, Absolute);
  std::string Shown = displayPath(Absolute);
  if (Shown == File)
    return (File + ":" + Position + ": " + Tail + What).str();
  return (File + ": " + Tail + Shown + ":" + Position + ": " + What).str();
}

unsigned stackward::cli::forEachCommand(
    const Inputs &In, llvm::function_ref<Answer(const CompileCommand &)> Work,
    llvm::function_ref<void(size_t, llvm::StringRef)> Receive) {
  unsigned Failed = 0;
  std::vector<Cost> Costs;
  Progress Bar(In.Commands.size());
  PoolOptions Options = poolOptions();
  Options.Progress = [&](size_t Done) { Bar.show(Done); };
  runForked(
      In.Commands.size(), Options,
      [&](size_t Piece) { return Work(In.Commands[Piece]); },
      [&](size_t Piece, Answer A) {
        std::string File = displayPath(In.Commands[Piece].Filename);
        if (!A.Errors.empty() || A.Bytes.empty()) {
          Bar.clear();
          complain(In.Tool, describeErrors(In.Commands[Piece], A));
        }
        Failed += A.Bytes.empty();
        Costs.push_back({File, A.CpuSeconds, A.PeakKiB});
        if (!A.Bytes.empty())
          Receive(Piece, A.Bytes);
      });
  Bar.clear();
  if (Time)
    printCosts(std::move(Costs));
  return Failed;
}

// Of this process and of the workers that have ended.
static double cpuSeconds() {
  double Sum = 0;
  for (int Who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage Usage{};
    getrusage(Who, &Usage);
    for (const timeval &T : {Usage.ru_utime, Usage.ru_stime})
      Sum += T.tv_sec + T.tv_usec * 1e-6;
  }
  return Sum;
}

void stackward::cli::phase(llvm::StringRef Name,
                           llvm::function_ref<void()> Body) {
  auto Start = std::chrono::steady_clock::now();
  double CpuBefore = cpuSeconds();
  Body();
  std::chrono::duration<double> Took = std::chrono::steady_clock::now() - Start;
  if (Time)
    llvm::errs() << llvm::format("time: %8.2f s CPU %8.2f s wall  ",
                                 cpuSeconds() - CpuBefore, Took.count())
                 << Name << '\n';
}
