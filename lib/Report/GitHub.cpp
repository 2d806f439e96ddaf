// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Workflow commands that GitHub turns into annotations of a pull request. A
/// message is one line there; `%`, line ends and, in properties, `:` and `,`
/// are percent-encoded.
#include "Sinks.h"
#include "SourceText.h"

using namespace stackward::report;

namespace {

class GitHubSink : public Sink {
public:
  GitHubSink(llvm::raw_ostream &Out, SinkOptions O)
      : Out(Out), O(std::move(O)) {}
  using Sink::add;
  void add(const Finding &F) override;
  void finish() override { Out.flush(); }

private:
  llvm::raw_ostream &Out;
  SinkOptions O;
};

llvm::StringRef commandOf(Severity Level) {
  switch (Level) {
  case Severity::Note:
  case Severity::Remark:
    return "notice";
  case Severity::Warning:
    return "warning";
  case Severity::Error:
    return "error";
  }
  llvm_unreachable("four severities");
}

} // namespace

static std::string encode(llvm::StringRef Text, llvm::StringRef Special) {
  std::string Out;
  for (char C : utf8(Text)) {
    if (C == '%')
      Out += "%25";
    else if (C == '\n')
      Out += "%0A";
    else if (C == '\r')
      Out += "%0D";
    else if (Special.contains(C))
      Out += C == ':' ? "%3A" : "%2C";
    else
      Out += C;
  }
  return Out;
}

void GitHubSink::add(const Finding &F) {
  std::string Message = fullMessage(F);
  if (O.Shows == Detail::Explanations)
    for (const Step &S : F.Steps)
      Message += "\n" + S.At.File + ":" + std::to_string(S.At.Line) + ": " +
                 stepText(S);
  Out << "::" << commandOf(F.Level) << " file=" << encode(F.At.File, ":,");
  if (F.At.Line != 0)
    Out << ",line=" << F.At.Line << ",col=" << F.At.Column;
  Out << ",title=" << encode(O.Tool + ": " + F.Rule, ":,")
      << "::" << encode(Message, "") << '\n';
}

std::unique_ptr<Sink> stackward::report::makeGitHubSink(llvm::raw_ostream &Out,
                                                        SinkOptions O) {
  return std::make_unique<GitHubSink>(Out, std::move(O));
}
