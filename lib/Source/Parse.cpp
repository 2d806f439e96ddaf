// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs clang's parser on one compile command.
#include "Parse.h"
#include "stackward/Source/CommandLine.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/Basic/FileManager.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendAction.h"
#include "clang/Tooling/CompilationDatabase.h"
#include "clang/Tooling/Tooling.h"

using namespace clang;

namespace stackward::source {

namespace {

using TreeUser = llvm::function_ref<void(ASTContext &)>;

class ErrorCollector : public DiagnosticConsumer {
public:
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

  std::vector<std::string> Errors;
};

class TreeConsumer : public ASTConsumer {
public:
  TreeConsumer(TreeUser Use, DiagnosticsEngine &Diags)
      : Use(Use), Diags(Diags) {}
  void HandleTranslationUnit(ASTContext &Context) override {
    if (!Diags.hasErrorOccurred())
      Use(Context);
  }

private:
  TreeUser Use;
  DiagnosticsEngine &Diags;
};

class TreeAction : public ASTFrontendAction {
public:
  explicit TreeAction(TreeUser Use) : Use(Use) {}
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI,
                                                 llvm::StringRef) override {
    return std::make_unique<TreeConsumer>(Use, CI.getDiagnostics());
  }

private:
  TreeUser Use;
};

} // namespace

std::vector<std::string> withTree(const tooling::CompileCommand &Command,
                                  llvm::StringRef ResourceDir, TreeUser Use) {
  FileSystemOptions Options;
  Options.WorkingDir = Command.Directory;
  auto Files = llvm::makeIntrusiveRefCnt<FileManager>(Options);
  ErrorCollector Diagnostics;
  tooling::ToolInvocation Invocation(
      adjustedCommand(Command.CommandLine, ResourceDir),
      std::make_unique<TreeAction>(Use), Files.get());
  Invocation.setDiagnosticConsumer(&Diagnostics);
  if (!Invocation.run() && Diagnostics.Errors.empty())
    Diagnostics.Errors.push_back("error: clang could not run this command");
  return std::move(Diagnostics.Errors);
}

} // namespace stackward::source
