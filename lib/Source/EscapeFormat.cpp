// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Addresses that are shown as text, and can be read back from it:
///
///   snprintf(Text, sizeof(Text), "%p", P); ... sscanf(Text, "%p", &Q);
///   Stream << static_cast<void *>(P);      ... Stream >> Q;
///
/// A format that cannot be read here may show every argument.
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

/// printf and kin. Clang knows the narrow ones as builtins.
static bool isPrintf(const FunctionDecl &Callee) {
  if (!Callee.isVariadic() || Callee.getNumParams() == 0)
    return false;
  for (const auto *Format : Callee.specific_attrs<FormatAttr>())
    if (Format->getType()->getName() == "printf")
      return true;
  return Callee.getIdentifier() && Callee.getName().ends_with("wprintf");
}

bool FunctionBuilder::showsAddress(const CallShape &C, unsigned Arg) {
  if (isStreamed(*C.Callee, Arg))
    return true;
  unsigned First = C.Callee->getNumParams();
  if (!isPrintf(*C.Callee) || Arg < First)
    return false;
  // The format is the last parameter that has a name.
  const auto *Text =
      dyn_cast<StringLiteral>(C.ArgExprs[First - 1]->IgnoreParenImpCasts());
  if (!Text || Text->getCharByteWidth() != 1)
    return true;
  AddressFinder Finder(Arg - First);
  bool Stopped = analyze_format_string::ParsePrintfString(
      Finder, Text->getBytes().begin(), Text->getBytes().end(),
      Ctx.getLangOpts(), Ctx.getTargetInfo(), /*isFreeBSDKPrintf=*/false);
  return Stopped || Finder.Found;
}

} // namespace stackward::source
