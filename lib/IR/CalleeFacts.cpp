// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What an attribute promises, and what it does not. `captures(none)` speaks
/// of the argument's own bits: what the argument's *memory* holds may still be
/// kept, and the argument may be freed. So
///
///   attribute                         summary
///   captures(none), nofree            leak p[*]
///   ... and memory(read)              nothing stored; only the result may
///                                     hold p's content
///   captures(ret: ...)                flow p -> ret
///   no nofree and not read-only       free p
///
/// and whatever is not read-only may also write unknown pointers into p.
#include "CalleeFacts.h"
#include "EscapeWalk.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/Support/ModRef.h"

using namespace llvm;
using namespace stackward::escape;

namespace stackward::ir {

static AccessPath path(PathRoot Root, unsigned Index,
                       std::initializer_list<Offset> Derefs = {}) {
  AccessPath P;
  P.Root = Root;
  P.Index = Index;
  P.Derefs.append(Derefs.begin(), Derefs.end());
  return P;
}

/// `std::basic_string<char>::_M_append(...)` as `std::basic_string::_M_append`.
static std::string qualifiedName(StringRef Mangled) {
  ItaniumPartialDemangler D;
  std::string Name = Mangled.str();
  if (D.partialDemangle(Name.c_str()) || !D.isFunction())
    return {};
  size_t Length = 0;
  char *Text = D.getFunctionName(nullptr, &Length);
  if (!Text)
    return {};
  std::string Result;
  unsigned Depth = 0;
  for (const char *P = Text; *P; ++P) {
    if (*P == '<')
      ++Depth;
    else if (*P == '>')
      Depth -= Depth != 0;
    else if (!Depth)
      Result += *P;
  }
  std::free(Text);
  return Result;
}

/// `Out << P` and `In >> P` for a `void *`: an address as a number, which may
/// be read back.
static bool showsAddress(StringRef Name) {
  return Name.contains("_M_insertIPKv") || Name.ends_with("lsEPKv") ||
         Name.contains("_M_extractIPv") || Name.ends_with("rsERPv");
}

static const Summary *model(const llvm::Function &F) {
  // A result in memory shifts the parameters; models are written without it.
  if (F.hasStructRetAttr() || showsAddress(F.getName()))
    return nullptr;
  if (const Summary *S = knownFunction(F.getName()))
    return S;
  if (!F.getName().starts_with("_ZNSt") && !F.getName().starts_with("_ZNKSt") &&
      !F.getName().starts_with("_ZSt"))
    return nullptr;
  std::string Name = qualifiedName(F.getName());
  return Name.empty() ? nullptr : knownFunction(Name);
}

static void parameterFacts(const llvm::Function &F, unsigned I, bool ReadOnly,
                           bool ResultHolds, Summary &S) {
  CaptureInfo Captures = CaptureInfo::all();
  if (Attribute A = F.getAttributes().getParamAttr(I, Attribute::Captures);
      A.isValid())
    Captures = A.getCaptureInfo();
  bool Pointer = F.getArg(I)->getType()->isPointerTy();
  bool Kept = capturesAnyProvenance(Captures.getOtherComponents()) && !ReadOnly;
  bool Given =
      capturesAnyProvenance(Captures.getRetComponents()) && ResultHolds;
  auto Leak = [&](AccessPath P) {
    S.Leaks.push_back({std::move(P), Reason::UnknownCallee, {}});
  };
  if (Kept)
    Leak(path(PathRoot::Param, I));
  if (Given)
    S.Flows.push_back(
        {path(PathRoot::Param, I), path(PathRoot::Return, 0), {}});
  if (!Pointer)
    return;
  if (!ReadOnly) {
    Leak(path(PathRoot::Param, I, {AnyOffset}));
    S.Flows.push_back({path(PathRoot::Outside, 0),
                       path(PathRoot::Param, I, {AnyOffset}),
                       {}});
  } else if (ResultHolds) {
    S.Flows.push_back(
        {path(PathRoot::Param, I, {AnyOffset}), path(PathRoot::Return, 0), {}});
  }
  bool NoFree = ReadOnly || F.hasFnAttribute(Attribute::NoFree) ||
                F.hasParamAttribute(I, Attribute::NoFree) ||
                F.hasParamAttribute(I, Attribute::ReadOnly) ||
                F.hasParamAttribute(I, Attribute::ReadNone);
  if (!NoFree)
    S.Releases.push_back(
        {path(PathRoot::Param, I), Family::Unknown, false, {}});
}

Summary declarationSummary(const llvm::Function &F) {
  if (const Summary *S = model(F))
    return *S;
  bool ReadOnly = F.onlyReadsMemory() && F.doesNotThrow();
  bool Promises = ReadOnly;
  for (const Argument &A : F.args())
    Promises |= A.hasAttribute(Attribute::Captures);
  if (!Promises || F.isInterposable())
    return unknownSummary();
  Summary S;
  S.Trust = Confidence::Annotated;
  S.NoThrow = F.doesNotThrow();
  S.WillReturn = F.willReturn();
  bool ResultHolds = holdsPointer(F.getReturnType(), F.getDataLayout());
  for (unsigned I = 0; I < F.arg_size(); ++I)
    if (holdsPointer(F.getArg(I)->getType(), F.getDataLayout()))
      parameterFacts(F, I, ReadOnly, ResultHolds, S);
  if (ResultHolds)
    S.Flows.push_back(
        {path(PathRoot::Outside, 0), path(PathRoot::Return, 0), {}});
  return S;
}

} // namespace stackward::ir
