// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Optimisation remarks in LLVM's YAML, so that what reads a compiler's records
/// reads ours: a document for each finding. What could move is `Analysis` (it
/// has not happened), what cannot is `Missed`.
#include "Sinks.h"
#include "SourceText.h"

using namespace stackward::report;

namespace {

class RemarksSink : public Sink {
public:
  RemarksSink(llvm::raw_ostream &Out, SinkOptions O)
      : Out(Out), O(std::move(O)) {}
  using Sink::add;
  void add(const Finding &F) override;
  void finish() override { Out.flush(); }

private:
  void place(llvm::StringRef Indent, const Place &At);
  void argument(llvm::StringRef Key, llvm::StringRef Value);

  llvm::raw_ostream &Out;
  SinkOptions O;
};

} // namespace

// Single quotes, as LLVM writes them: its reader takes no others off. They can
// hold no control character.
static std::string quoted(llvm::StringRef Text) {
  std::string Result = "'";
  for (char C : utf8(Text)) {
    if (C == '\'')
      Result += '\'';
    Result += static_cast<unsigned char>(C) < 0x20 ? ' ' : C;
  }
  return Result + '\'';
}

void RemarksSink::place(llvm::StringRef Indent, const Place &At) {
  if (At.Line == 0)
    return;
  Out << Indent << "DebugLoc: { File: " << quoted(At.File)
      << ", Line: " << At.Line << ", Column: " << At.Column << " }\n";
}

void RemarksSink::argument(llvm::StringRef Key, llvm::StringRef Value) {
  Out << "  - " << Key << ": " << quoted(Value) << '\n';
}

void RemarksSink::add(const Finding &F) {
  Out << "--- !" << (F.Level == Severity::Remark ? "Missed" : "Analysis")
      << '\n';
  Out << "Pass: " << quoted(O.Tool) << '\n';
  Out << "Name: " << quoted(F.Rule) << '\n';
  place("", F.At);
  Out << "Function: " << quoted(F.Function.empty() ? "?" : F.Function) << '\n';
  Out << "Args:\n";
  argument("String", F.Message);
  if (F.Suggestion)
    argument("Suggestion", adviceOf(*F.Suggestion));
  for (const Step &S : F.Steps) {
    argument("Flow", stepText(S));
    place("    ", S.At);
  }
  Out << "...\n";
}

std::unique_ptr<Sink> stackward::report::makeRemarksSink(llvm::raw_ostream &Out,
                                                         SinkOptions O) {
  return std::make_unique<RemarksSink>(Out, std::move(O));
}
