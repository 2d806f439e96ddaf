// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The door to the formats, and the phrases that they share.
#include "stackward/Report/Sink.h"
#include "Sinks.h"
#include "llvm/Support/ErrorHandling.h"

using namespace stackward::report;

Sink::~Sink() = default;

std::unique_ptr<Sink> stackward::report::openSink(Format F,
                                                  llvm::raw_ostream &Out,
                                                  SinkOptions Options) {
  switch (F) {
  case Format::Text:
    return makeTextSink(Out, std::move(Options));
  case Format::Json:
    return makeJsonSink(Out, std::move(Options));
  case Format::Sarif:
    return makeSarifSink(Out, std::move(Options));
  case Format::Lsp:
    return makeLspSink(Out, std::move(Options));
  case Format::GitHub:
    return makeGitHubSink(Out, std::move(Options));
  case Format::Remarks:
    return makeRemarksSink(Out, std::move(Options));
  }
  llvm_unreachable("closed list of formats");
}

std::string stackward::report::adviceOf(const Suggestion &S) {
  return S.Text.empty() ? suggestionAdvice(S.Kind).str() : S.Text;
}

std::string stackward::report::fullMessage(const Finding &F) {
  std::string Text = F.Message;
  if (F.Suggestion)
    Text += "\nsuggestion: " + adviceOf(*F.Suggestion);
  for (const std::string &Note : F.Notes)
    Text += "\n" + Note;
  return Text;
}

std::string stackward::report::stepText(const Step &S) {
  if (S.Text.empty())
    return S.Why;
  return "from '" + S.Text + "' (" + S.Why + ")";
}
