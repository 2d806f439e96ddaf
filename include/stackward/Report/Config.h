// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The settings file of a tool, `.TOOL.yaml`, found upward from a source file.
/// What it does not say is left to the command line, which always wins.
#ifndef STACKWARD_REPORT_CONFIG_H
#define STACKWARD_REPORT_CONFIG_H

#include "stackward/Report/Sink.h"
#include "llvm/Support/Error.h"

namespace stackward::report {

enum class FailOn : uint8_t { Errors, Suggestions, Never };

struct Config {
  std::optional<uint64_t> MaxSize;
  std::optional<uint64_t> MaxRecursiveSize;
  std::optional<bool> All;
  std::optional<bool> Explain;
  std::optional<std::string> Filter;
  std::optional<std::string> HeaderFilter;
  std::optional<std::vector<std::string>> Reasons;
  std::optional<report::FailOn> FailOn;
  std::optional<std::string> Baseline; ///< seen from the settings file
  std::optional<unsigned> Timeout;
};

/// The error is one line with the place of the mistake; File is its name there.
llvm::Expected<Config> parseConfig(llvm::StringRef Text, llvm::StringRef File);

/// Path of the nearest file called Name in the folder of File or above it;
/// empty when there is none.
std::string findConfig(llvm::StringRef File, llvm::StringRef Name,
                       const FileReader &Read);

} // namespace stackward::report

#endif
