// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Parses one translation unit with clang and hands its AST to the builder.
#include "Builder.h"
#include "stackward/Source/CommandLine.h"
#include "stackward/Source/EscapeCheck.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/Basic/FileManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendAction.h"
#include "clang/Tooling/CompilationDatabase.h"
#include "clang/Tooling/Tooling.h"

using namespace clang;

namespace stackward::source {
namespace {

class Collector : public DiagnosticConsumer {
public:
  explicit Collector(std::vector<std::string> &Errors) : Errors(Errors) {}

  void HandleDiagnostic(DiagnosticsEngine::Level Level,
                        const Diagnostic &Info) override {
    DiagnosticConsumer::HandleDiagnostic(Level, Info);
    if (Level < DiagnosticsEngine::Error)
      return;
    llvm::SmallString<128> Text;
    Info.FormatDiagnostic(Text);
    std::string Where;
    if (Info.hasSourceManager() && Info.getLocation().isValid())
      Where = Info.getSourceManager()
                  .getExpansionLoc(Info.getLocation())
                  .printToString(Info.getSourceManager()) +
              ": ";
    Errors.push_back(Where + "error: " + std::string(Text));
  }

private:
  std::vector<std::string> &Errors;
};

class Consumer : public ASTConsumer {
public:
  Consumer(std::string &Bytes, DiagnosticsEngine &Diags)
      : Bytes(Bytes), Diags(Diags) {}

  void HandleTranslationUnit(ASTContext &Ctx) override {
    // A tree with errors has holes, and a hole could hide an escape.
    if (!Diags.hasErrorOccurred())
      Bytes = writeUnit(UnitBuilder(Ctx).build());
  }

private:
  std::string &Bytes;
  DiagnosticsEngine &Diags;
};

class Action : public ASTFrontendAction {
public:
  explicit Action(std::string &Bytes) : Bytes(Bytes) {}

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI,
                                                 llvm::StringRef) override {
    return std::make_unique<Consumer>(Bytes, CI.getDiagnostics());
  }

private:
  std::string &Bytes;
};

} // namespace

UnitResult extractUnit(const tooling::CompileCommand &Command,
                       const ExtractOptions &Options) {
  UnitResult Result;
  FileSystemOptions FileOptions;
  FileOptions.WorkingDir = Command.Directory;
  auto Files = llvm::makeIntrusiveRefCnt<FileManager>(FileOptions);
  Collector Diagnostics(Result.Errors);
  tooling::ToolInvocation Invocation(
      adjustedCommand(Command.CommandLine, Options.ResourceDir),
      std::make_unique<Action>(Result.Bytes), Files.get());
  Invocation.setDiagnosticConsumer(&Diagnostics);
  if (!Invocation.run() && Result.Errors.empty())
    Result.Errors.push_back("error: clang could not run this command");
  if (!Result.Errors.empty())
    Result.Bytes.clear();
  return Result;
}

} // namespace stackward::source
