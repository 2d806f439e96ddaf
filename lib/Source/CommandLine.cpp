// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Command lines of a build, made fit for analysis: see CommandLine.h.
#include "stackward/Source/CommandLine.h"
#include "clang/AST/Decl.h"
#include "clang/Basic/Version.h"
#include "clang/Options/Options.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Option/Option.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <dlfcn.h>

namespace stackward::source {

std::string findResourceDir() {
  llvm::SmallVector<std::string, 4> Roots;
  Dl_info Info;
  // Any function of libclang-cpp tells where the library lies.
  auto *Inside = reinterpret_cast<void *>(&clang::getClangFullVersion);
  llvm::SmallString<256> Library;
  if (dladdr(Inside, &Info) && Info.dli_fname &&
      !llvm::sys::fs::real_path(Info.dli_fname, Library))
    Roots.push_back(llvm::sys::path::parent_path(Library).str());
  Roots.push_back("/usr/lib/llvm-" CLANG_VERSION_MAJOR_STRING "/lib");
  Roots.push_back("/usr/lib");
  for (const std::string &Root : Roots) {
    llvm::SmallString<256> Dir(Root);
    llvm::sys::path::append(Dir, "clang", CLANG_VERSION_MAJOR_STRING);
    llvm::SmallString<256> Header(Dir);
    llvm::sys::path::append(Header, "include", "stddef.h");
    if (llvm::sys::fs::exists(Header))
      return std::string(Dir);
  }
  return {};
}

/// A flag that clang's driver does not know at all: g++'s own.
static bool isForeign(llvm::StringRef Arg) {
  if (!Arg.starts_with("-f") && !Arg.starts_with("-m") &&
      !Arg.starts_with("--param"))
    return false;
  const char *Word[] = {Arg.data()};
  unsigned MissingIndex, MissingCount;
  llvm::opt::InputArgList Parsed =
      clang::getDriverOptTable().ParseArgs(Word, MissingIndex, MissingCount);
  for (const llvm::opt::Arg *A : Parsed)
    if (A->getOption().getKind() == llvm::opt::Option::UnknownClass)
      return true;
  return false;
}

/// Takes this many words away: the flag and what belongs to it.
static unsigned wordsToDrop(llvm::StringRef Arg) {
  for (llvm::StringRef WithValue : {"-o", "-MF", "-MT", "-MQ", "-MJ",
                                    "-Xlinker", "--serialize-diagnostics"})
    if (Arg == WithValue)
      return 2;
  for (llvm::StringRef Prefix :
       {"-fpass-plugin", "-flto", "-fplugin", "-MF", "-ftime-trace",
        "-save-temps", "-fsave-optimization-record", "-Werror",
        "-fdiagnostics-format", "-fcolor-diagnostics", "-fdiagnostics-color",
        "-gsplit-dwarf"})
    if (Arg.starts_with(Prefix))
      return 1;
  if (Arg == "-c" || Arg == "-S" || Arg == "-M" || Arg == "-MM" ||
      Arg == "-MD" || Arg == "-MMD" || Arg == "-MG" || Arg == "-MP")
    return 1;
  return isForeign(Arg) ? 1 : 0;
}

std::vector<std::string> adjustedCommand(llvm::ArrayRef<std::string> Command,
                                         llvm::StringRef ResourceDir) {
  std::vector<std::string> Result;
  bool HasResourceDir = false;
  bool AfterDashes = false;
  for (size_t I = 0; I < Command.size(); ++I) {
    llvm::StringRef Arg = Command[I];
    if (I > 0 && !AfterDashes) {
      if (unsigned Drop = wordsToDrop(Arg)) {
        I += Drop - 1;
        continue;
      }
      HasResourceDir |= Arg.starts_with("-resource-dir");
      AfterDashes = Arg == "--";
    }
    Result.push_back(Arg.str());
  }
  std::vector<std::string> Extra = {"-fsyntax-only", "-w"};
  if (!HasResourceDir) {
    std::string Dir =
        ResourceDir.empty() ? findResourceDir() : ResourceDir.str();
    if (!Dir.empty())
      Extra.push_back("-resource-dir=" + Dir);
  }
  Result.insert(Result.begin() + (Result.empty() ? 0 : 1), Extra.begin(),
                Extra.end());
  return Result;
}

} // namespace stackward::source
