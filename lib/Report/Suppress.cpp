// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Suppression comments are those of clang-tidy, so that an editor that knows
/// them knows ours.
#include "stackward/Report/Suppress.h"
#include "SourceText.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace stackward::report;

static bool matchesName(llvm::StringRef Pattern, llvm::StringRef Name) {
  Pattern = Pattern.trim();
  if (Pattern.consume_back("*"))
    return Name.starts_with(Pattern);
  return Pattern == Name;
}

// Rest is what follows the keyword: nothing, or "(a, b) more".
static bool namesUs(llvm::StringRef Rest, llvm::StringRef Tool,
                    llvm::StringRef Rule) {
  if (!Rest.consume_front("("))
    return true;
  llvm::SmallVector<llvm::StringRef, 4> Names;
  Rest.take_until([](char C) { return C == ')'; }).split(Names, ',');
  return llvm::any_of(Names, [&](llvm::StringRef Name) {
    return matchesName(Name, Tool) || matchesName(Name, Rule);
  });
}

static bool lineSuppresses(llvm::StringRef Line, llvm::StringRef Keyword,
                           llvm::StringRef Tool, llvm::StringRef Rule) {
  for (size_t At = Line.find(Keyword); At != llvm::StringRef::npos;
       At = Line.find(Keyword, At + 1)) {
    llvm::StringRef Rest = Line.drop_front(At + Keyword.size());
    // NOLINTNEXTLINE is another word than NOLINT.
    bool WholeWord = (Rest.empty() || !llvm::isAlnum(Rest.front())) &&
                     (At == 0 || !llvm::isAlnum(Line[At - 1]));
    if (WholeWord && namesUs(Rest, Tool, Rule))
      return true;
  }
  return false;
}

bool stackward::report::isSuppressed(const FileReader &Read,
                                     llvm::StringRef Tool, const Finding &F) {
  auto Text = Read(F.At.File);
  if (!Text)
    return false;
  auto Line = lineOf(*Text, F.At.Line);
  if (Line && lineSuppresses(*Line, "NOLINT", Tool, F.Rule))
    return true;
  auto Before = F.At.Line > 1 ? lineOf(*Text, F.At.Line - 1) : std::nullopt;
  return Before && lineSuppresses(*Before, "NOLINTNEXTLINE", Tool, F.Rule);
}

static std::string absolute(llvm::StringRef Path) {
  llvm::SmallString<256> Result(Path);
  llvm::sys::fs::make_absolute(Result);
  llvm::sys::path::remove_dots(Result, /*remove_dot_dot=*/true);
  return Result.str().str();
}

Baseline::Baseline(llvm::StringRef Folder) : Folder(absolute(Folder)) {}

std::string Baseline::nameOf(llvm::StringRef File) const {
  std::string Full = absolute(File);
  llvm::StringRef Rest = Full;
  if (Rest.consume_front(Folder) && Rest.consume_front("/"))
    return Rest.str();
  return Full;
}

llvm::Expected<Baseline> Baseline::parse(llvm::StringRef Text,
                                         llvm::StringRef Folder) {
  Baseline Result(Folder);
  llvm::SmallVector<llvm::StringRef, 0> Lines;
  Text.split(Lines, '\n', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (llvm::StringRef Line : Lines) {
    if (Line.starts_with("#"))
      continue;
    auto [Key, Rest] = Line.split('\t');
    auto [Count, Words] = Rest.split('\t');
    Entry E;
    E.Text = Words.str();
    if (Key.size() != 16 || Count.getAsInteger(10, E.Count))
      return llvm::createStringError("not a baseline: '" + Line.take_front(60) +
                                     "'");
    Result.Entries[Key] = std::move(E);
  }
  return Result;
}

void Baseline::add(const Finding &F) {
  std::string File = nameOf(F.At.File);
  Entry &E = Entries[fingerprint(File, F)];
  ++E.Count;
  E.Text = File + "\t" + F.Function + "\t" + F.Message;
  llvm::replace(E.Text, '\n', ' ');
}

bool Baseline::take(const Finding &F) {
  auto It = Entries.find(fingerprint(nameOf(F.At.File), F));
  if (It == Entries.end() || It->second.Count == 0)
    return false;
  --It->second.Count;
  return true;
}

void Baseline::print(llvm::raw_ostream &Out, llvm::StringRef Tool) const {
  std::vector<std::string> Lines;
  for (const auto &Known : Entries)
    Lines.push_back(Known.second.Text + '\n' + Known.first().str() + '\t' +
                    std::to_string(Known.second.Count) + '\t' +
                    Known.second.Text);
  llvm::sort(Lines);
  Out << "# Known findings of " << Tool
      << ": key, how many, then for the reader file, function, message.\n";
  for (llvm::StringRef Line : Lines)
    Out << Line.split('\n').second << '\n';
}
