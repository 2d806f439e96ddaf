// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One `-stackward-NAME` option for each row of Options.def. They are made
/// when the plugin is loaded, unless another copy has made them: registering
/// an option twice ends the compiler.
#include "CommandLine.h"
#include "llvm/Support/CommandLine.h"
#include <memory>
#include <vector>

using namespace llvm;

namespace {

struct Row {
  const char *Name;
  const char *Help;
};

constexpr Row Rows[] = {
#define SWITCH(Field, Name, Default, Help) {"stackward-" Name, Help},
#define NUMBER(Field, Name, Default, Help) {"stackward-" Name, Help},
#define TEXT(Field, Name, Help) {"stackward-" Name, Help},
#include "stackward/IR/Options.def"
};

struct CommandLine {
  std::vector<std::unique_ptr<cl::opt<std::string>>> Options;
  bool SecondCopy = false;

  CommandLine() {
    SecondCopy = cl::getRegisteredOptions().count(Rows[0].Name) != 0;
    if (SecondCopy)
      return;
    for (const Row &R : Rows)
      Options.push_back(std::make_unique<cl::opt<std::string>>(
          StringRef(R.Name), cl::desc(R.Help), cl::ValueOptional));
  }
};

} // namespace

// Made at load time and never destroyed: the option registry refers to it
// until the process ends.
static CommandLine &Given = *new CommandLine;

namespace stackward {

bool isSecondCopy() { return Given.SecondCopy; }

Expected<ir::Options> currentOptions() {
  Expected<ir::Options> O = ir::optionsFromEnvironment();
  if (!O)
    return O;
  for (const auto &Option : Given.Options)
    if (Option->getNumOccurrences())
      if (Error E = ir::parseWords((Option->ArgStr + "=" + *Option).str(), *O))
        return std::move(E);
  return O;
}

} // namespace stackward
