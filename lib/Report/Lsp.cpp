// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One `textDocument/publishDiagnostics` notification of the Language Server
/// Protocol on a line for each file that has findings, in order. A server adds
/// its framing around them. Positions count from 0 in UTF-16 units.
#include "Sinks.h"
#include "SourceText.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"

using namespace stackward::report;
using llvm::json::Array;
using llvm::json::Object;

namespace {

class LspSink : public Sink {
public:
  LspSink(llvm::raw_ostream &Out, SinkOptions O) : Out(Out), O(std::move(O)) {}
  using Sink::add;
  void add(const Finding &F) override;
  void finish() override;

private:
  Object range(const Place &At) const;
  Array related(const Finding &F) const;

  struct Document {
    std::string File;
    Array Diagnostics;
  };
  llvm::raw_ostream &Out;
  SinkOptions O;
  std::vector<Document> Documents;
};

std::string absoluteUri(llvm::StringRef Path) {
  llvm::SmallString<256> Absolute(Path);
  llvm::sys::fs::make_absolute(Absolute);
  return fileUri(Absolute);
}

int levelOf(Severity Level) {
  switch (Level) {
  case Severity::Error:
    return 1;
  case Severity::Warning:
    return 2;
  case Severity::Remark:
    return 3; // Information
  case Severity::Note:
    return 4; // Hint
  }
  llvm_unreachable("four severities");
}

} // namespace

Object LspSink::range(const Place &At) const {
  unsigned Line = At.Line ? At.Line - 1 : 0;
  unsigned Character = countUtf16Units(textBefore(O.Read, At));
  Object Start{{"line", Line}, {"character", Character}};
  Object End = Start;
  return Object{{"start", std::move(Start)}, {"end", std::move(End)}};
}

Array LspSink::related(const Finding &F) const {
  Array Related;
  for (const Step &S : F.Steps)
    Related.push_back(
        Object{{"location", Object{{"uri", absoluteUri(S.At.File)},
                                   {"range", range(S.At)}}},
               {"message", utf8(stepText(S))}});
  return Related;
}

void LspSink::add(const Finding &F) {
  if (Documents.empty() || Documents.back().File != F.At.File)
    Documents.push_back({F.At.File, {}});
  Object Diagnostic{{"range", range(F.At)},
                    {"severity", levelOf(F.Level)},
                    {"code", F.Rule},
                    {"source", utf8(O.Tool)},
                    {"message", utf8(fullMessage(F))}};
  if (!F.Steps.empty())
    Diagnostic["relatedInformation"] = related(F);
  Documents.back().Diagnostics.push_back(std::move(Diagnostic));
}

void LspSink::finish() {
  for (Document &D : Documents) {
    llvm::json::Value Notification =
        Object{{"jsonrpc", "2.0"},
               {"method", "textDocument/publishDiagnostics"},
               {"params", Object{{"uri", absoluteUri(D.File)},
                                 {"diagnostics", std::move(D.Diagnostics)}}}};
    Out << Notification << '\n';
  }
  Out.flush();
}

std::unique_ptr<Sink> stackward::report::makeLspSink(llvm::raw_ostream &Out,
                                                     SinkOptions O) {
  return std::make_unique<LspSink>(Out, std::move(O));
}
