// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Functions that the compiler knows: casts in the form of calls, copies of raw
/// memory, and what has no effect on pointers at all.
#include "Builder.h"
#include "clang/Basic/Builtins.h"

using namespace clang;

namespace stackward::source {

static const Expr *beforeVoidCast(const Expr *E) {
  while (true) {
    E = E->IgnoreParenImpCasts();
    const auto *C = dyn_cast<ExplicitCastExpr>(E);
    if (!C || !C->getType()->isVoidPointerType())
      return E;
    E = C->getSubExpr();
  }
}

/// memcpy and memmove.
std::optional<Addr> FunctionBuilder::copyBytes(CallShape &C) {
  if (C.Args.size() < 3)
    return std::nullopt;
  auto Pointee = [&](unsigned I) {
    QualType T = beforeVoidCast(C.ArgExprs[I])->getType();
    if (T->isArrayType())
      T = Ctx.getAsArrayType(T)->getElementType();
    else if (T->isPointerType())
      T = T->getPointeeType();
    return T.getCanonicalType().getUnqualifiedType();
  };
  copyAll(C.Args[0], C.Args[1], note(C.At, Why::Copied));
  // The bytes of a pointer in something that is not one: B2.
  QualType To = Pointee(0), From = Pointee(1);
  bool MayCarry = From->isVoidType() || U.mayHoldPointer(From);
  if (MayCarry && (To != From || To->isVoidType()))
    leakContent(C.Args[1], Reason::PointerToInteger,
                note(C.At, Why::ConvertedToInteger));
  return C.Args[0];
}

std::optional<Addr> FunctionBuilder::builtinCall(CallShape &C) {
  Addr First = C.Args.empty() ? Addr{} : C.Args[0];
  switch (C.Callee->getBuiltinID()) {
  case Builtin::BImove:
  case Builtin::BImove_if_noexcept:
  case Builtin::BIforward:
  case Builtin::BIforward_like:
  case Builtin::BIas_const:
  case Builtin::BIaddressof:
  case Builtin::BI__addressof:
  case Builtin::BI__builtin_addressof:
  case Builtin::BI__builtin_launder:
  case Builtin::BI__builtin_assume_aligned:
  case Builtin::BI__builtin_expect:
  case Builtin::BI__builtin_expect_with_probability:
    return First;
  case Builtin::BI__builtin_va_start:
  case Builtin::BI__builtin_va_end:
  case Builtin::BI__builtin_va_copy:
  case Builtin::BI__builtin_unreachable:
  case Builtin::BI__builtin_trap:
  case Builtin::BI__builtin_object_size:
  case Builtin::BI__builtin_constant_p:
  case Builtin::BI__builtin_prefetch:
  case Builtin::BI__assume:
  case Builtin::BI__builtin_assume:
  case Builtin::BI__builtin_is_constant_evaluated:
    return Addr{};
  case Builtin::BIalloca:
  case Builtin::BI__builtin_alloca:
  case Builtin::BI__builtin_alloca_with_align: {
    escape::Object O;
    O.At = U.anchor(C.At);
    return objectAddress(G.addObject(O), note(C.At, Why::PassedAsArgument));
  }
  case Builtin::BImemcpy:
  case Builtin::BI__builtin_memcpy:
  case Builtin::BImemmove:
  case Builtin::BI__builtin_memmove:
  case Builtin::BI__builtin_memcpy_inline:
    return copyBytes(C);
  case Builtin::BImemset:
  case Builtin::BI__builtin_memset:
  case Builtin::BIbzero:
    return First;
  default:
    return std::nullopt;
  }
}

} // namespace stackward::source
