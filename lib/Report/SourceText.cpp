// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counting in text. A byte that is not valid UTF-8 counts as one of any unit:
/// columns are then approximate, and nothing worse.
#include "SourceText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"
#include <map>

using namespace stackward::report;

std::optional<llvm::StringRef> stackward::report::lineOf(llvm::StringRef Text,
                                                         unsigned Line) {
  for (unsigned Skip = 1; Skip < Line; ++Skip) {
    size_t End = Text.find('\n');
    if (End == llvm::StringRef::npos)
      return std::nullopt;
    Text = Text.drop_front(End + 1);
  }
  if (Line == 0)
    return std::nullopt;
  return Text.take_until([](char C) { return C == '\n'; }).rtrim('\r');
}

llvm::StringRef stackward::report::textBefore(const FileReader &Read,
                                              const Place &At) {
  auto Text = Read(At.File);
  if (!Text || At.Column == 0)
    return {};
  auto Line = lineOf(*Text, At.Line);
  return Line ? Line->take_front(At.Column - 1) : llvm::StringRef();
}

// The first byte of a UTF-8 sequence is not of the form 10xxxxxx.
static bool startsCodePoint(char C) { return (C & 0xC0) != 0x80; }

unsigned stackward::report::countCodePoints(llvm::StringRef Text) {
  return llvm::count_if(Text, startsCodePoint);
}

unsigned stackward::report::countUtf16Units(llvm::StringRef Text) {
  // Four-byte sequences lie outside the basic plane: a surrogate pair.
  return countCodePoints(Text) + llvm::count_if(Text, [](char C) {
           return static_cast<unsigned char>(C) >= 0xF0;
         });
}

std::optional<Place> stackward::report::placeOf(llvm::StringRef Text,
                                                uint64_t Offset) {
  if (Offset > Text.size())
    return std::nullopt;
  llvm::StringRef Before = Text.take_front(Offset);
  size_t LineStart = Before.rfind('\n');
  LineStart = LineStart == llvm::StringRef::npos ? 0 : LineStart + 1;
  Place At;
  At.Line = Before.count('\n') + 1;
  At.Column = Before.size() - LineStart + 1;
  return At;
}

std::string stackward::report::utf8(llvm::StringRef Text) {
  return llvm::json::isUTF8(Text) ? Text.str() : llvm::json::fixUTF8(Text);
}

std::string stackward::report::fileUri(llvm::StringRef Path) {
  std::string Uri = llvm::sys::path::is_absolute(Path) ? "file://" : "";
  for (char C : Path) {
    if (llvm::isAlnum(C) || llvm::StringRef("/._-~").contains(C)) {
      Uri += C;
      continue;
    }
    unsigned char Byte = C;
    Uri += '%';
    Uri += llvm::hexdigit(Byte >> 4);
    Uri += llvm::hexdigit(Byte & 15);
  }
  return Uri;
}

std::string stackward::report::fingerprint(llvm::StringRef File,
                                           const Finding &F) {
  std::string Key = (File + llvm::Twine('\0') + F.Function + llvm::Twine('\0') +
                     F.Rule + llvm::Twine('\0') + F.Message)
                        .str();
  return llvm::utohexstr(llvm::xxh3_64bits(Key), /*LowerCase=*/true,
                         /*Width=*/16);
}

FileReader stackward::report::diskReader() {
  using Buffer = std::unique_ptr<llvm::MemoryBuffer>;
  auto Files = std::make_shared<std::map<std::string, Buffer, std::less<>>>();
  return [Files](llvm::StringRef Path) -> std::optional<llvm::StringRef> {
    auto It = Files->find(std::string_view(Path));
    if (It == Files->end()) {
      // A null buffer remembers that the file cannot be read.
      auto Read = llvm::MemoryBuffer::getFile(Path);
      It = Files->emplace(Path.str(), Read ? std::move(*Read) : Buffer()).first;
    }
    if (!It->second)
      return std::nullopt;
    return It->second->getBuffer();
  };
}
