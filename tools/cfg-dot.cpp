// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// cfg-dot: control-flow graphs, dominator trees and call graphs of the files
/// given, as DOT, JSON, or drawn by Graphviz. Each file is read, and drawn, in
/// a process of its own; this one puts the charts in order and writes them.
#include "Cli.h"
#include "stackward/Report/Chart.h"
#include "stackward/Source/CfgChart.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace stackward;
using namespace stackward::cli;
namespace cl = llvm::cl;

static constexpr char Overview[] =
    "Draws the control flow of functions, with their source in the blocks.\n\n"
    "  cfg-dot FILE... --function 'parse*' -- -std=c++20 | dot -Tsvg >f.svg\n"
    "  cfg-dot -p BUILD --format=svg --output=graphs\n";

namespace {
enum class Form : uint8_t { Dot, Json, Svg, Png, Pdf };
} // namespace

static cl::opt<std::string>
    Function("function", cl::value_desc("glob"),
             cl::desc("only functions with such a name, with or without "
                      "namespaces and parameters"),
             cl::cat(category()));
static cl::opt<Form> Format(
    "format", cl::desc("what to write"), cl::init(Form::Dot),
    cl::values(clEnumValN(Form::Dot, "dot", "Graphviz's language (default)"),
               clEnumValN(Form::Json, "json", "for other programs"),
               clEnumValN(Form::Svg, "svg", "drawn by dot"),
               clEnumValN(Form::Png, "png", "drawn by dot"),
               clEnumValN(Form::Pdf, "pdf", "drawn by dot")),
    cl::cat(category()));
static cl::opt<std::string>
    Output("output", cl::value_desc("folder"),
           cl::desc("one file for each function there, and index.html"),
           cl::cat(category()));
static cl::opt<report::Theme>
    Colours("theme", cl::desc("colours"), cl::init(report::Theme::Light),
            cl::values(clEnumValN(report::Theme::Light, "light", "(default)"),
                       clEnumValN(report::Theme::Dark, "dark", ""),
                       clEnumValN(report::Theme::ColourBlindSafe, "safe",
                                  "for colour-blind readers and for print")),
            cl::cat(category()));
static cl::list<source::ChartFact> Facts(
    "facts", cl::CommaSeparated,
    cl::desc("what is known at each block's start"),
    cl::values(clEnumValN(source::ChartFact::Constants, "constants",
                          "values that constant propagation proves"),
               clEnumValN(source::ChartFact::Liveness, "liveness",
                          "locals that may still be read"),
               clEnumValN(source::ChartFact::Reaching, "reaching",
                          "lines of definitions that may have made the values"),
               clEnumValN(source::ChartFact::Escape, "escape",
                          "what may have escaped, and where"),
               clEnumValN(source::ChartFact::Dominators, "dominators",
                          "the immediate dominator"),
               clEnumValN(source::ChartFact::Loops, "loops", "loop and depth")),
    cl::cat(category()));
static cl::opt<bool> Implicit("implicit",
                              cl::desc("show destructors, lifetimes and "
                                       "exception edges of calls"),
                              cl::cat(category()));
static cl::opt<bool> DominatorTree("dominators",
                                   cl::desc("dominator trees instead"),
                                   cl::cat(category()));
static cl::opt<bool> PostDominatorTree("post-dominators",
                                       cl::desc("post-dominator trees instead"),
                                       cl::cat(category()));
static cl::opt<bool> CallGraph("call-graph",
                               cl::desc("one graph of calls for each file"),
                               cl::cat(category()));
static cl::opt<unsigned> MaxLines("max-lines", cl::init(24),
                                  cl::value_desc("N"),
                                  cl::desc("fold longer blocks (default: 24)"),
                                  cl::cat(category()));

// `parse` finds ns::S::parse(int): the name is compared whole, then without
// parameters, then without what it is qualified with.
static bool matches(const llvm::GlobPattern &Glob, llvm::StringRef Name) {
  if (Glob.match(Name))
    return true;
  size_t Depth = 0, End = Name.size();
  for (size_t I = Name.size(); I-- > 0;) { // the last top-level parenthesis
    if (Name[I] == ')')
      ++Depth;
    if (Name[I] == '(' && --Depth == 0) {
      End = I;
      break;
    }
  }
  llvm::StringRef Plain = Name.take_front(End);
  if (Glob.match(Plain))
    return true;
  size_t Colon = Plain.rfind("::");
  return Colon != llvm::StringRef::npos && Glob.match(Plain.substr(Colon + 2));
}

static llvm::Expected<source::ChartRequest> makeRequest() {
  source::ChartRequest Request;
  Request.Facts.append(Facts.begin(), Facts.end());
  Request.MaxLines = std::max(3u, unsigned(MaxLines));
  if (Implicit)
    Request.Implicit = source::ImplicitCode::Shown;
  if (DominatorTree + PostDominatorTree + CallGraph > 1)
    return llvm::createStringError("--dominators, --post-dominators and "
                                   "--call-graph exclude each other");
  if (DominatorTree)
    Request.Kind = source::ChartKind::Dominators;
  if (PostDominatorTree)
    Request.Kind = source::ChartKind::PostDominators;
  if (CallGraph)
    Request.Kind = source::ChartKind::Calls;
  if (!Function.empty()) {
    auto Glob = llvm::GlobPattern::create(Function);
    if (!Glob)
      return Glob.takeError();
    Request.Wanted = [Glob = std::move(*Glob)](llvm::StringRef Name) {
      return matches(Glob, Name);
    };
  }
  return Request;
}

static llvm::StringRef extension(Form F) {
  switch (F) {
  case Form::Dot:
    return "dot";
  case Form::Json:
    return "json";
  case Form::Svg:
    return "svg";
  case Form::Png:
    return "png";
  case Form::Pdf:
    return "pdf";
  }
  llvm_unreachable("closed list");
}

static bool isDrawn(Form F) {
  return F == Form::Svg || F == Form::Png || F == Form::Pdf;
}

// Runs Graphviz on a chart. Temporary files rather than pipes: dot reads all
// before it writes, but nothing says so.
static llvm::Expected<std::string> draw(const report::Chart &C,
                                        llvm::StringRef Dot, Form F) {
  llvm::SmallString<128> In, Out;
  int InFd;
  if (std::error_code E =
          llvm::sys::fs::createTemporaryFile("cfg-dot", "dot", InFd, In))
    return llvm::createStringError(E, "no temporary file");
  llvm::FileRemover RemoveIn(In);
  {
    llvm::raw_fd_ostream Stream(InFd, /*shouldClose=*/true);
    report::printDot(C, Colours, Stream);
  }
  if (std::error_code E =
          llvm::sys::fs::createTemporaryFile("cfg-dot", extension(F), Out))
    return llvm::createStringError(E, "no temporary file");
  llvm::FileRemover RemoveOut(Out);
  std::string Type = ("-T" + extension(F)).str();
  llvm::StringRef Line[] = {"dot", Type, "-o", Out, In};
  std::string Error;
  std::optional<llvm::StringRef> NoInput[] = {llvm::StringRef(), std::nullopt,
                                              llvm::StringRef()};
  if (int Status = llvm::sys::ExecuteAndWait(Dot, Line, std::nullopt, NoInput,
                                             0, 0, &Error))
    return llvm::createStringError("dot failed with status " +
                                   llvm::Twine(Status) + " on " + C.Title +
                                   (Error.empty() ? "" : ": " + Error));
  auto Bytes = llvm::MemoryBuffer::getFile(Out);
  if (!Bytes)
    return llvm::createStringError(Bytes.getError(), "dot wrote nothing");
  return (*Bytes)->getBuffer().str();
}

namespace {

class Run {
public:
  Run(Inputs In, source::ChartRequest Request, std::string DotProgram)
      : In(std::move(In)), Request(std::move(Request)),
        DotProgram(std::move(DotProgram)) {}
  llvm::Expected<int> charts();

private:
  Answer read(const clang::tooling::CompileCommand &Command);
  void take(std::vector<report::Chart> New);
  std::string text(const report::Chart &C) const;
  llvm::Error writeFolder();
  void writeStream();
  /// SVG for the index, and what the format asks for.
  Form drawnForm() const { return isDrawn(Format) ? Form(Format) : Form::Svg; }

  Inputs In;
  source::ChartRequest Request;
  std::string DotProgram; ///< empty: nothing is drawn
  std::vector<report::Chart> Charts;
  llvm::StringSet<> Seen;
};

} // namespace

Answer Run::read(const clang::tooling::CompileCommand &Command) {
  source::ChartResult Result = source::chartUnit(Command, Request);
  if (!Result.Errors.empty())
    return {"", std::move(Result.Errors), 0, 0};
  std::vector<std::string> Errors;
  for (report::Chart &C : Result.Charts) {
    if (DotProgram.empty())
      break;
    auto Drawing = draw(C, DotProgram, drawnForm());
    if (Drawing)
      C.Drawing = std::move(*Drawing);
    else
      Errors.push_back(llvm::toString(Drawing.takeError()));
  }
  return {report::packCharts(Result.Charts), std::move(Errors), 0, 0};
}

// A function of a header is drawn once, whichever files include it.
void Run::take(std::vector<report::Chart> New) {
  for (report::Chart &C : New) {
    C.File = displayPath(C.File);
    std::string Key = C.Title + '\n' + C.File + ':' + std::to_string(C.Line);
    if (Seen.insert(Key).second)
      Charts.push_back(std::move(C));
  }
}

std::string Run::text(const report::Chart &C) const {
  if (isDrawn(Format))
    return C.Drawing;
  std::string Text;
  llvm::raw_string_ostream Out(Text);
  if (Format == Form::Json)
    report::printChartsJson(C, Out);
  else
    report::printDot(C, Colours, Out);
  return Text;
}

void Run::writeStream() {
  if (Format == Form::Json)
    return report::printChartsJson(Charts, llvm::outs());
  for (const report::Chart &C : Charts)
    llvm::outs() << text(C);
}

static llvm::Error writeFile(llvm::StringRef Path, llvm::StringRef Bytes) {
  std::error_code E;
  llvm::raw_fd_ostream Out(Path, E);
  if (!E) {
    Out << Bytes;
    Out.flush();
    E = Out.error();
    Out.clear_error();
  }
  return E ? llvm::createStringError(E, Path + ": " + E.message())
           : llvm::Error::success();
}

// A name that every file system takes, and that tells overloads apart.
static std::string fileName(const report::Chart &C, llvm::StringSet<> &Used) {
  std::string Name;
  for (char Ch : llvm::StringRef(C.Title).take_front(100))
    if (llvm::isAlnum(Ch))
      Name += Ch;
    else if (!Name.empty() && Name.back() != '-')
      Name += '-';
  Name = llvm::StringRef(Name).rtrim('-').str();
  std::string Base = Name;
  for (unsigned I = 2; !Used.insert(Name).second; ++I)
    Name = Base + "-" + std::to_string(I);
  return Name + "." + extension(Format).str();
}

llvm::Error Run::writeFolder() {
  if (std::error_code E = llvm::sys::fs::create_directories(Output))
    return llvm::createStringError(E, Output + ": " + E.message());
  llvm::StringSet<> Used;
  std::vector<report::ChartPage> Pages;
  for (const report::Chart &C : Charts) {
    Pages.push_back({&C, fileName(C, Used)});
    llvm::SmallString<128> Path(Output);
    llvm::sys::path::append(Path, Pages.back().FileName);
    if (llvm::Error E = writeFile(Path, text(C)))
      return E;
  }
  std::string Page;
  llvm::raw_string_ostream Out(Page);
  report::printChartIndex(Pages, Colours, Out);
  llvm::SmallString<128> Path(Output);
  llvm::sys::path::append(Path, "index.html");
  return writeFile(Path, Page);
}

llvm::Expected<int> Run::charts() {
  unsigned Failed = forEachCommand(
      In, [&](const auto &Command) { return read(Command); },
      [&](size_t Piece, llvm::StringRef Bytes) {
        auto New = report::unpackCharts(Bytes);
        if (New)
          take(std::move(*New));
        else
          complain(In.Tool, llvm::toString(New.takeError()));
      });
  if (Charts.empty() && !Failed && !In.Missing)
    return llvm::createStringError(
        Function.empty() ? "no function in these files"
                         : "no function is called '" + Function + "'");
  if (Format == Form::Png || Format == Form::Pdf)
    if (Output.empty() && Charts.size() > 1)
      return llvm::createStringError("several functions in one picture: give "
                                     "--output or --function");
  if (Output.empty())
    writeStream();
  else if (llvm::Error E = writeFolder())
    return E;
  return Failed || In.Missing ? ExitFailure : ExitClean;
}

static llvm::Expected<int> run(Inputs In) {
  auto Request = makeRequest();
  if (!Request)
    return Request.takeError();
  std::string Program;
  auto Found = llvm::sys::findProgramByName("dot");
  if (isDrawn(Format) && !Found)
    return llvm::createStringError(
        "'dot' is not installed (package graphviz); --format=dot needs it not");
  // An index without drawings is better than none.
  if (Found && (isDrawn(Format) || !Output.empty()))
    Program = *Found;
  return Run(std::move(In), std::move(*Request), std::move(Program)).charts();
}

int main(int Argc, const char **Argv) {
  return runTool(Argc, Argv, Overview, run);
}
