// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One maker for each format; openSink() is the only caller.
#ifndef STACKWARD_LIB_REPORT_SINKS_H
#define STACKWARD_LIB_REPORT_SINKS_H

#include "stackward/Report/Sink.h"

namespace stackward::report {

std::unique_ptr<Sink> makeTextSink(llvm::raw_ostream &Out, SinkOptions O);
std::unique_ptr<Sink> makeJsonSink(llvm::raw_ostream &Out, SinkOptions O);
std::unique_ptr<Sink> makeSarifSink(llvm::raw_ostream &Out, SinkOptions O);
std::unique_ptr<Sink> makeLspSink(llvm::raw_ostream &Out, SinkOptions O);
std::unique_ptr<Sink> makeGitHubSink(llvm::raw_ostream &Out, SinkOptions O);
std::unique_ptr<Sink> makeRemarksSink(llvm::raw_ostream &Out, SinkOptions O);

/// What a user is told to write: the suggestion's text, or its kind's advice.
std::string adviceOf(const Suggestion &S);
/// The message, then a line each for the suggestion and the notes.
std::string fullMessage(const Finding &F);
/// "from 'p' (passed as an argument)"
std::string stepText(const Step &S);

} // namespace stackward::report

#endif
