// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Addresses that are shown as text, and can be read back from it:
///
///   snprintf(Text, sizeof(Text), "%p", P); ... sscanf(Text, "%p", &Q);
///   Stream << static_cast<void *>(P);      ... Stream >> Q;
///
/// Only formats that are literals are looked at. Others are taken to have no
/// `%p` (docs/limitations.md).
#include "Builder.h"
#include "clang/AST/Attr.h"
#include "clang/AST/FormatString.h"

using namespace clang;

namespace stackward::source {

namespace {

/// Looks for `%p` that takes the argument number \p Wanted behind the format.
class AddressFinder : public analyze_format_string::FormatStringHandler {
public:
  explicit AddressFinder(unsigned Wanted) : Wanted(Wanted) {}
  bool HandlePrintfSpecifier(const analyze_printf::PrintfSpecifier &S,
                             const char *, unsigned,
                             const TargetInfo &) override {
    Found |= S.getConversionSpecifier().getKind() ==
                 analyze_format_string::ConversionSpecifier::pArg &&
             S.getArgIndex() == Wanted;
    return true;
  }

  bool Found = false;

private:
  unsigned Wanted;
};

} // namespace

static bool isStreamed(const FunctionDecl &Callee, unsigned Arg) {
  return Callee.getNumParams() == 1 && Arg == 0 &&
         Callee.getParamDecl(0)->getType()->isVoidPointerType() &&
         qualifiedName(&Callee) == "std::basic_ostream::operator<<";
}

bool FunctionBuilder::showsAddress(const CallShape &C, unsigned Arg) {
  if (isStreamed(*C.Callee, Arg))
    return true;
  for (const auto *Format : C.Callee->specific_attrs<FormatAttr>()) {
    unsigned At = Format->getFormatIdx() - 1, First = Format->getFirstArg() - 1;
    if (Format->getType()->getName() != "printf" || !Format->getFirstArg() ||
        Arg < First || At >= C.ArgExprs.size())
      continue;
    const auto *Text =
        dyn_cast<StringLiteral>(C.ArgExprs[At]->IgnoreParenImpCasts());
    if (!Text || Text->getCharByteWidth() != 1)
      continue;
    AddressFinder Finder(Arg - First);
    analyze_format_string::ParsePrintfString(
        Finder, Text->getBytes().begin(), Text->getBytes().end(),
        Ctx.getLangOpts(), Ctx.getTargetInfo(), /*isFreeBSDKPrintf=*/false);
    return Finder.Found;
  }
  return false;
}

} // namespace stackward::source
