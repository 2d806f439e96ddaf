// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reads settings with LLVM's YAML traits, which refuse unknown keys; their
/// first complaint is made one line, the rest is dropped.
#include "stackward/Report/Config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/YAMLTraits.h"

using namespace stackward::report;

namespace llvm::yaml {

template <> struct ScalarEnumerationTraits<stackward::report::FailOn> {
  static void enumeration(IO &Io, stackward::report::FailOn &Value) {
    Io.enumCase(Value, "errors", stackward::report::FailOn::Errors);
    Io.enumCase(Value, "suggestions", stackward::report::FailOn::Suggestions);
    Io.enumCase(Value, "never", stackward::report::FailOn::Never);
  }
};

template <> struct MappingTraits<Config> {
  static void mapping(IO &Io, Config &C) {
    Io.mapOptional("max-size", C.MaxSize);
    Io.mapOptional("max-recursive-size", C.MaxRecursiveSize);
    Io.mapOptional("all", C.All);
    Io.mapOptional("explain", C.Explain);
    Io.mapOptional("filter", C.Filter);
    Io.mapOptional("header-filter", C.HeaderFilter);
    Io.mapOptional("reasons", C.Reasons);
    Io.mapOptional("fail-on", C.FailOn);
    Io.mapOptional("baseline", C.Baseline);
    Io.mapOptional("timeout", C.Timeout);
  }
};

} // namespace llvm::yaml

// Keeps the first diagnostic as "line:column: message".
static void keepFirst(const llvm::SMDiagnostic &D, void *Context) {
  auto &First = *static_cast<std::string *>(Context);
  if (First.empty())
    First = (llvm::Twine(D.getLineNo()) + ":" +
             llvm::Twine(D.getColumnNo() + 1) + ": " + D.getMessage())
                .str();
}

llvm::Expected<Config> stackward::report::parseConfig(llvm::StringRef Text,
                                                      llvm::StringRef File) {
  Config Result;
  std::string Complaint;
  llvm::yaml::Input Input(Text, nullptr, keepFirst, &Complaint);
  // An empty file, or one of comments only, leaves Result as it is.
  Input >> Result;
  if (Input.error())
    return llvm::createStringError(File + ":" + Complaint);
  return Result;
}

std::string stackward::report::findConfig(llvm::StringRef File,
                                          llvm::StringRef Name,
                                          const FileReader &Read) {
  llvm::SmallString<256> Folder(File);
  llvm::sys::fs::make_absolute(Folder);
  llvm::sys::path::remove_dots(Folder, /*remove_dot_dot=*/true);
  while (llvm::sys::path::has_relative_path(Folder)) {
    llvm::sys::path::remove_filename(Folder);
    llvm::SmallString<256> Candidate(Folder);
    llvm::sys::path::append(Candidate, Name);
    if (Read(Candidate))
      return Candidate.str().str();
  }
  return "";
}
