// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reading options. The rollout hashes with xxh3, whose value is fixed by its
/// specification, so a percentage selects the same functions on every
/// machine and in every version of the plugin.
#include "stackward/IR/Options.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace stackward::ir {

static Error badWord(StringRef Word, const char *What) {
  return createStringError("stackward: '%s': %s", Word.str().c_str(), What);
}

static Error setSwitch(bool &Field, StringRef Word, StringRef Value) {
  if (Value.empty() || Value == "1" || Value == "true" || Value == "on")
    Field = true;
  else if (Value == "0" || Value == "false" || Value == "off")
    Field = false;
  else
    return badWord(Word, "expected 0, 1, true, false, on or off");
  return Error::success();
}

static Error setNumber(uint64_t &Field, StringRef Word, StringRef Value) {
  if (Value.getAsInteger(10, Field))
    return badWord(Word, "expected a number");
  return Error::success();
}

static Error setText(std::string &Field, StringRef Word, StringRef Value) {
  SmallVector<StringRef, 4> Globs;
  Value.split(Globs, ',', -1, false);
  for (StringRef Glob : Globs)
    if (Expected<GlobPattern> P = GlobPattern::create(Glob); !P) {
      consumeError(P.takeError());
      return badWord(Word, "not a glob pattern");
    }
  Field = Value.str();
  return Error::success();
}

static Error parseWord(StringRef Word, Options &O) {
  StringRef Rest = Word;
  while (Rest.consume_front("-"))
    ;
  Rest.consume_front("stackward-");
  auto [Name, Value] = Rest.split('=');
#define SWITCH(Field, Id, Default, Help)                                       \
  if (Name == Id)                                                              \
    return setSwitch(O.Field, Word, Value);
#define NUMBER(Field, Id, Default, Help)                                       \
  if (Name == Id)                                                              \
    return setNumber(O.Field, Word, Value);
#define TEXT(Field, Id, Help)                                                  \
  if (Name == Id)                                                              \
    return setText(O.Field, Word, Value);
#include "stackward/IR/Options.def"
  return badWord(Word, "no such option");
}

Error parseWords(StringRef Words, Options &O) {
  SmallVector<StringRef, 8> Lines;
  Words.split(Lines, '\n');
  for (StringRef Line : Lines) {
    SmallVector<StringRef, 8> InLine;
    SplitString(Line.split('#').first, InLine);
    for (StringRef Word : InLine)
      if (Error E = parseWord(Word, O))
        return E;
  }
  return Error::success();
}

Expected<Options> optionsFromEnvironment() {
  Options O;
  if (auto Path = sys::Process::GetEnv("STACKWARD_CONFIG")) {
    auto Buffer = MemoryBuffer::getFile(*Path, /*IsText=*/true);
    if (!Buffer)
      return createStringError(Buffer.getError(),
                               "stackward: cannot read '" + *Path + "'");
    if (Error E = parseWords((*Buffer)->getBuffer(), O))
      return E;
  }
  if (auto Words = sys::Process::GetEnv("STACKWARD_FLAGS"))
    if (Error E = parseWords(*Words, O))
      return E;
  return O;
}

static bool matchesAny(StringRef Globs, StringRef Name) {
  SmallVector<StringRef, 4> List;
  Globs.split(List, ',', -1, false);
  for (StringRef Glob : List)
    if (cantFail(GlobPattern::create(Glob)).match(Name))
      return true;
  return false;
}

bool Options::selects(StringRef LinkageName) const {
  if (!Allow.empty() && !matchesAny(Allow, LinkageName))
    return false;
  if (matchesAny(Deny, LinkageName))
    return false;
  return Rollout >= 100 ||
         xxh3_64bits(arrayRefFromStringRef(LinkageName)) % 100 < Rollout;
}

} // namespace stackward::ir
