// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Calls and constructions.
#include "ConstTransfer.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/Builtins.h"

using namespace clang;

namespace stackward::source {

/// Builtins that are no calls.
std::optional<Value> Transfer::builtin(const CallExpr &E, State &S) {
  switch (E.getBuiltinCallee()) {
  case Builtin::BI__builtin_expect:
  case Builtin::BI__builtin_expect_with_probability:
    return valueOf(E.getArg(0), S);
  case Builtin::BI__builtin_assume:
  case Builtin::BI__builtin_constant_p:
  case Builtin::BI__builtin_is_constant_evaluated:
  case Builtin::BI__builtin_object_size:
  case Builtin::BI__builtin_abs:
  case Builtin::BI__builtin_labs:
  case Builtin::BI__builtin_llabs:
  case Builtin::BI__builtin_clz:
  case Builtin::BI__builtin_ctz:
  case Builtin::BI__builtin_popcount:
  case Builtin::BI__builtin_bswap32:
  case Builtin::BI__builtin_bswap64:
  case Builtin::BI__builtin_strlen:
  case Builtin::BI__builtin_memcmp:
    return Varies;
  default: // a call like others
    return std::nullopt;
  }
}

/// An assignment that copies bytes, and calls nothing.
void Transfer::copyObject(const CXXOperatorCallExpr &E, State &S) {
  SlotId To = placeOf(E.getArg(0), S), From = placeOf(E.getArg(1), S);
  if (To == NoSlot || To == Slots::ThisBase || From == NoSlot) {
    store(E.getArg(0), Varies, S);
    return;
  }
  const VarDecl *Variable = Tracked.variableOf(To);
  Seen.Writes |= !Variable || !Variable->hasLocalStorage();
  forgetRivals(To, S);
  copyParts(To, From, S);
}

Value Transfer::call(const CallExpr &E, State &S) {
  if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(&E);
      Op && isPlainCopy(*Op)) {
    copyObject(*Op, S);
    return Varies;
  }
  if (std::optional<Value> Known = builtin(E, S))
    return *Known;
  const FunctionDecl *Callee = certainCallee(E);
  CallOutcome Outcome;
  llvm::SmallVector<Value, 4> Args;
  if (Callee) {
    // A member operator's object is its first argument.
    bool Shifted = isa<CXXOperatorCallExpr>(E) && isa<CXXMethodDecl>(Callee) &&
                   !cast<CXXMethodDecl>(Callee)->isStatic();
    for (unsigned I = Shifted; I < E.getNumArgs(); ++I) {
      Value V = E.getArg(I)->isGLValue() ? Varies : valueOf(E.getArg(I), S);
      Args.push_back(withoutTarget(V));
    }
    Args.resize(Callee->getNumParams(), Varies);
    if (Calls)
      Outcome = Calls->call(*Callee, Args);
  }
  if (Watches != Watch::Nothing && Callee) {
    auto [It, New] = Seen.CallArgs.insert({&E, Args});
    for (unsigned I = 0; !New && I < Args.size(); ++I)
      It->second[I] = Pool.join(It->second[I], Args[I]);
  }
  if (!Outcome.MayReturn) {
    Dead = true;
    return Varies;
  }
  if (Outcome.MayWrite) {
    Seen.Writes = true;
    clobber(S, &E);
  }
  if (E.isGLValue())
    return Pool.notNull();
  if (Watches != Watch::Nothing && E.getType()->isScalarType()) {
    auto [It, New] = Seen.Values.insert({&E, Outcome.Result});
    if (!New)
      It->second = Pool.join(It->second, Outcome.Result);
  }
  return Outcome.Result;
}

/// Constructors, allocations, and whatever else may run code.
void Transfer::construct(const Expr &E, State &S) {
  if (const auto *Make = dyn_cast<CXXConstructExpr>(&E))
    if (Make->getConstructor()->isTrivial())
      return;
  Seen.Writes = true;
  clobber(S);
}

} // namespace stackward::source
