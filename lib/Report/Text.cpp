// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Diagnostics as clang writes them: place, severity, message and rule, then
/// the line with a caret. Tabs become spaces (stops of 8), columns count what
/// a terminal shows, and of a very long line only the part around the caret is
/// printed.
#include "Sinks.h"
#include "SourceText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Unicode.h"

using namespace stackward::report;

namespace {

constexpr unsigned TabStop = 8;
constexpr size_t MaxShown = 160;
constexpr llvm::StringLiteral Bold = "\033[1m";
constexpr llvm::StringLiteral Green = "\033[1;32m";
constexpr llvm::StringLiteral Reset = "\033[0m";

class TextSink : public Sink {
public:
  TextSink(llvm::raw_ostream &Out, SinkOptions O) : Out(Out), O(std::move(O)) {}
  using Sink::add;
  void add(const Finding &F) override;
  void finish() override { Out.flush(); }

private:
  void headline(const Place &At, Severity Level, llvm::StringRef Message,
                llvm::StringRef Rule);
  void excerpt(const Place &At);
  void note(const Place &At, const llvm::Twine &Message);
  void paint(llvm::StringRef Code);

  llvm::raw_ostream &Out;
  SinkOptions O;
};

llvm::StringRef colourOf(Severity Level) {
  switch (Level) {
  case Severity::Note:
    return "\033[1;36m";
  case Severity::Remark:
    return "\033[1;34m";
  case Severity::Warning:
    return "\033[1;35m";
  case Severity::Error:
    return "\033[1;31m";
  }
  llvm_unreachable("four severities");
}

} // namespace

// A control character as a space: it must not move the cursor.
static std::string printable(llvm::StringRef Line) {
  std::string Shown;
  unsigned Width = 0;
  for (char C : utf8(Line)) {
    if (C == '\t') {
      unsigned Spaces = TabStop - Width % TabStop;
      Shown.append(Spaces, ' ');
      Width += Spaces;
      continue;
    }
    unsigned char Byte = C;
    Shown += Byte < 0x20 || Byte == 0x7f ? ' ' : C;
    // Continuation bytes take no column; wide characters are counted below.
    Width += (Byte & 0xC0) != 0x80;
  }
  return Shown;
}

static unsigned columnsOf(llvm::StringRef Shown) {
  int Width = llvm::sys::unicode::columnWidthUTF8(Shown);
  return Width < 0 ? Shown.size() : Width;
}

void TextSink::paint(llvm::StringRef Code) {
  if (O.Paint == Colour::On)
    Out << Code;
}

void TextSink::headline(const Place &At, Severity Level,
                        llvm::StringRef Message, llvm::StringRef Rule) {
  paint(Bold);
  Out << At.File << ':';
  if (At.Line != 0)
    Out << At.Line << ':' << At.Column << ':';
  Out << ' ';
  paint(Reset);
  paint(colourOf(Level));
  Out << severityName(Level) << ": ";
  paint(Reset);
  // Notes are plain, as in clang: the eye looks for headlines.
  if (Level != Severity::Note)
    paint(Bold);
  Out << Message;
  if (!Rule.empty())
    Out << " [" << Rule << ']';
  if (Level != Severity::Note)
    paint(Reset);
  Out << '\n';
}

void TextSink::excerpt(const Place &At) {
  auto Text = O.Read(At.File);
  auto Line = Text ? lineOf(*Text, At.Line) : std::nullopt;
  if (!Line || At.Column == 0)
    return;
  llvm::StringRef Before = Line->take_front(At.Column - 1);
  std::string Shown = printable(*Line);
  size_t Caret = columnsOf(printable(Before));
  size_t CaretByte = printable(Before).size();
  if (Shown.size() > MaxShown) {
    size_t From = CaretByte > MaxShown / 2 ? CaretByte - MaxShown / 2 : 0;
    std::string Part = utf8(llvm::StringRef(Shown).substr(From, MaxShown));
    Caret = columnsOf(utf8(llvm::StringRef(Shown).slice(From, CaretByte)));
    Shown = (From ? "..." : "") + Part + "...";
    Caret += From ? 3 : 0;
  }
  Out << llvm::format_decimal(At.Line, 5) << " | " << Shown << '\n';
  Out << "      | ";
  Out.indent(Caret);
  paint(Green);
  Out << '^';
  paint(Reset);
  Out << '\n';
}

void TextSink::note(const Place &At, const llvm::Twine &Message) {
  headline(At, Severity::Note, Message.str(), "");
}

void TextSink::add(const Finding &F) {
  headline(F.At, F.Level, F.Message, F.Rule);
  excerpt(F.At);
  if (F.Suggestion)
    note(F.At, "suggestion: " + adviceOf(*F.Suggestion) +
                   (F.Suggestion->Fixable ? " [--fix]" : ""));
  for (const std::string &Text : F.Notes)
    note(F.At, Text);
  if (O.Shows == Detail::Headlines)
    return;
  unsigned Number = 0;
  for (const Step &S : F.Steps)
    note(S.At, "flow " + llvm::Twine(++Number) + ": " +
                   std::string(2 * S.Depth, ' ') + stepText(S));
}

std::unique_ptr<Sink> stackward::report::makeTextSink(llvm::raw_ostream &Out,
                                                      SinkOptions O) {
  return std::make_unique<TextSink>(Out, std::move(O));
}
