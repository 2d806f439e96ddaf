// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes one finding of its own as text.
#include <stackward/Report/Sink.h>

int main() {
  stackward::report::SinkOptions Options;
  Options.Tool = "consumer";
  auto Sink = openSink(stackward::report::Format::Text, llvm::outs(), Options);
  stackward::report::Finding F;
  F.Rule = "hello";
  F.At = {"nowhere.cpp", 1, 1};
  F.Message = "installed";
  Sink->add(F);
  Sink->finish();
}
