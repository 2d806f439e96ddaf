// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Source text by ranges, through clang's lexer, so that comments drop out and
/// literals (raw strings above all) keep every character.
#include "SourceText.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Stmt.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace stackward::source {

static std::string onOneLine(llvm::StringRef Text, const LangOptions &Lang) {
  std::string Out;
  std::string Buffer = Text.str(); // the lexer wants a final zero
  Lexer Raw(SourceLocation(), Lang, Buffer.c_str(), Buffer.c_str(),
            Buffer.c_str() + Buffer.size());
  Token T;
  bool First = true;
  for (;;) {
    bool Last = Raw.LexFromRawLexer(T);
    if (T.is(tok::eof))
      break;
    if (!First && (T.hasLeadingSpace() || T.isAtStartOfLine()))
      Out += ' ';
    First = false;
    size_t Offset = Raw.getBufferLocation() - Buffer.c_str() - T.getLength();
    llvm::StringRef Spelling(Buffer.c_str() + Offset, T.getLength());
    for (char C : Spelling) // only literals can hold a new line
      if (C == '\n')
        Out += "\\n";
      else
        Out += C;
    if (Last)
      break;
  }
  return Out;
}

std::string sourceText(const ASTContext &Context, SourceRange Range) {
  const SourceManager &SM = Context.getSourceManager();
  if (Range.isInvalid())
    return {};
  CharSourceRange Chars = SM.getExpansionRange(Range);
  bool Invalid = false;
  llvm::StringRef Text =
      Lexer::getSourceText(Chars, SM, Context.getLangOpts(), &Invalid);
  return Invalid ? std::string() : onOneLine(Text, Context.getLangOpts());
}

std::string sourceText(const ASTContext &Context, const Stmt &S) {
  return sourceText(Context, S.getSourceRange());
}

std::string shorten(llvm::StringRef Text, unsigned Width) {
  auto IsStart = [](char C) { return (C & 0xc0) != 0x80; };
  unsigned Count = 0;
  size_t Cut = 0;
  for (size_t I = 0; I < Text.size(); ++I) {
    if (!IsStart(Text[I]))
      continue;
    if (++Count == Width)
      Cut = I;
    if (Count > Width)
      return Text.substr(0, Cut).str() + "…";
  }
  return Text.str();
}

} // namespace stackward::source
