// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Allocations: new-expressions, calls of operator new, the C allocator, and
/// the records that are kept of them.
#include "Builder.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;

namespace stackward::source {

/// The bytes that an allocation function is asked for.
static std::optional<uint64_t> requested(llvm::ArrayRef<const Expr *> Args,
                                         unsigned A, int B, ASTContext &Ctx,
                                         const BodyFacts &Facts) {
  if (A >= Args.size())
    return std::nullopt;
  std::optional<uint64_t> Bytes = upperBound(Args[A], Ctx, Facts);
  if (B < 0 || !Bytes)
    return Bytes;
  std::optional<uint64_t> Times = upperBound(Args[B], Ctx, Facts);
  if (!Times || (*Times && *Bytes > (1ull << 40) / *Times))
    return std::nullopt;
  return *Bytes * *Times;
}

/// The same, as a multiple of a parameter.
static SizeTerm asked(llvm::ArrayRef<const Expr *> Args, unsigned A, int B,
                      ASTContext &Ctx, const FunctionDecl *FD,
                      const BodyFacts &Facts) {
  if (A >= Args.size())
    return {};
  SizeTerm T = sizeTerm(Args[A], Ctx, FD, Facts);
  if (B < 0)
    return T;
  SizeTerm Times = sizeTerm(Args[B], Ctx, FD, Facts);
  if (T.Param == SizeTerm::NoParam)
    std::swap(T, Times);
  if (Times.Param != SizeTerm::NoParam || Times.Constant > (1u << 20))
    return {};
  T.Factor *= Times.Constant;
  T.Constant *= Times.Constant;
  return T;
}

/// Calls of operator new and operator delete by name.
std::optional<Addr> FunctionBuilder::operatorCall(CallShape &C) {
  OverloadedOperatorKind Op = C.Callee->getOverloadedOperator();
  if (isa<CXXMethodDecl>(C.Callee))
    return std::nullopt;
  if (Op == OO_New || Op == OO_Array_New) {
    if (C.Args.size() == 2 && C.Args[1] &&
        C.Callee->isReservedGlobalPlacementOperator())
      return C.Args[1];
    escape::Note N = note(C.At, Why::Allocated);
    ObjectId O = newSite(C.At, Ctx.CharTy, SiteKind::Malloc,
                         escape::Family::Unknown, "operator new");
    Addr A = objectAddress(O, N);
    leak(A, Reason::CustomAllocator, N);
    return A;
  }
  if ((Op != OO_Delete && Op != OO_Array_Delete) || C.Args.empty())
    return std::nullopt;
  release(C.Args[0], escape::Family::Unknown, note(C.At, Why::Deleted), true);
  return Addr{};
}

/// The C allocator. Rows name the arguments that tell the size.
std::optional<Addr> FunctionBuilder::allocatorCall(CallShape &C) {
  if (C.HasThis || !C.Callee->getIdentifier() ||
      !(C.Callee->isExternC() || C.Callee->isInStdNamespace()))
    return operatorCall(C);
  StringRef Name = C.Callee->getName();
  if (Name == "free" && C.Args.size() == 1) {
    release(C.Args[0], escape::Family::Malloc, note(C.At, Why::Deleted), true);
    return Addr{};
  }
  struct Row {
    int Size, Times;
  };
  auto Known = llvm::StringSwitch<std::optional<Row>>(Name)
                   .Case("malloc", Row{0, -1})
                   .Case("calloc", Row{0, 1})
                   .Cases({"aligned_alloc", "memalign"}, Row{1, -1})
                   .Case("valloc", Row{0, -1})
                   .Cases({"strdup", "strndup"}, Row{-1, -1})
                   .Case("realloc", Row{1, -1})
                   .Default(std::nullopt);
  if (!Known || !C.Result->isPointerType())
    return std::nullopt;
  ObjectId O =
      newSite(C.At, Ctx.CharTy, SiteKind::Malloc, escape::Family::Malloc, Name);
  SiteRecord &S = U.Out.Sites.back();
  std::optional<uint64_t> Bytes;
  if (Known->Size >= 0)
    Bytes = requested(C.ArgExprs, Known->Size, Known->Times, Ctx, Facts);
  else if (const auto *Literal =
               dyn_cast<StringLiteral>(C.ArgExprs[0]->IgnoreParenImpCasts()))
    Bytes = Literal->getByteLength() + 1;
  setBound(S, O, Bytes, false);
  if (!Bytes && Known->Size >= 0)
    S.Asked = asked(C.ArgExprs, Known->Size, Known->Times, Ctx, FD, Facts);
  escape::Note N = note(C.At, Why::Allocated);
  Addr A = objectAddress(O, N);
  if (Name == "realloc") {
    leak(C.Args[0], Reason::Realloc, N);
    leak(A, Reason::Realloc, N);
  }
  return A;
}

/// `P(new T)` in a constructor's list, or `T *P = new T;` in its class.
static bool initializesMember(const FunctionDecl *FD, const Expr *At) {
  const auto *Ctor = dyn_cast<CXXConstructorDecl>(FD);
  return Ctor && llvm::any_of(Ctor->inits(), [&](const CXXCtorInitializer *I) {
           const Expr *E = I->getInit()->IgnoreImplicit();
           if (const auto *D = dyn_cast<CXXDefaultInitExpr>(E))
             E = D->getExpr()->IgnoreImplicit();
           return I->isAnyMemberInitializer() && E == At;
         });
}

SiteRecord &FunctionBuilder::site(const Expr *At, SiteKind K,
                                  StringRef Spelling, QualType T) {
  SiteRecord S;
  S.Function = U.symbol(FD);
  S.At = U.anchor(At);
  S.Kind = K;
  if (!FD->isImmediateFunction()) // runs in the compiler only
    S.Spelling = Spelling.str();
  S.Type = U.typeText(T->isCharType() ? T.getCanonicalType() : T);
  SourceLocation Loc = At->getBeginLoc();
  S.InMacro = Loc.isMacroID();
  S.InSystemHeader = U.inSystemHeader(Loc);
  if (const CXXRecordDecl *RD = T->getAsCXXRecordDecl())
    S.Destructs = RD->hasDefinition() && !RD->hasTrivialDestructor();
  S.InConstructor = initializesMember(FD, At);
  S.Conditional = Facts.Conditional.contains(At);
  S.Turns = turnsOf(At);
  SiteIndex[At] = U.Out.Sites.size();
  U.Out.Sites.push_back(std::move(S));
  return U.Out.Sites.back();
}

std::optional<uint64_t> FunctionBuilder::turnsInside(unsigned Loop,
                                                     unsigned Outer) const {
  constexpr uint64_t Many = 1u << 16;
  uint64_t Product = 1;
  for (; Loop != Outer; Loop = Facts.Loops[Loop].Parent) {
    auto Turns = mostTurns(Facts.Loops[Loop].Statement, Ctx, Facts);
    if (!Turns || (Product *= std::min(*Turns, Many)) > Many)
      return std::nullopt;
  }
  return Product;
}

uint64_t FunctionBuilder::turnsOf(const Expr *At) const {
  if (Facts.HasGoto || InDefault || Facts.ForMany.contains(At))
    return 0;
  return turnsInside(Facts.loopOf(At), 0).value_or(0);
}

ObjectId FunctionBuilder::newSite(const Expr *At, QualType T, SiteKind K,
                                  escape::Family F, StringRef Spelling) {
  SiteRecord &S = site(At, K, Spelling, T);
  escape::Object O;
  O.Kind = escape::ObjectKind::Site;
  O.AllocatedBy = F;
  O.At = S.At;
  if (const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
      RD && RD->hasDefinition() && RD->isPolymorphic())
    O.DynamicType = U.typeSymbol(RD);
  ObjectId Id = G.addObject(O);
  if (!T->isIncompleteType() && !T->isDependentType() && K == SiteKind::New)
    setBound(S, Id, Ctx.getTypeSizeInChars(T).getQuantity(), true);
  markPlace(false, Id, At);
  return Id;
}

void FunctionBuilder::setBound(SiteRecord &S, ObjectId O,
                               std::optional<uint64_t> Bytes, bool Exact) {
  S.Bound = Bytes.value_or(escape::UnknownSize);
  S.SizeIsExact = Exact && Bytes;
  G.object(O).Size = S.Bound;
}

Addr FunctionBuilder::evalNewStorage(const CXXNewExpr *E) {
  escape::Note N = note(E, Why::Allocated);
  if (auto It = SiteAt.find(E); It != SiteAt.end())
    return objectAddress(It->second, N);
  const FunctionDecl *Op = E->getOperatorNew();
  if (Op && Op->isReservedGlobalPlacementOperator() &&
      E->getNumPlacementArgs() == 1) {
    U.placed(E->getAllocatedType());
    Addr Given = eval(E->getPlacementArg(0));
    return Given ? Given : Addr{outside(), 0};
  }
  bool Ordinary = Op && Op->isReplaceableGlobalAllocationFunction();
  QualType T = E->getAllocatedType();
  ObjectId O =
      newSite(E, T, E->isArray() ? SiteKind::NewArray : SiteKind::New,
              E->isArray() ? escape::Family::NewArray : escape::Family::New,
              E->isArray() ? "new[]" : "new");
  SiteAt[E] = O;
  if (E->isArray() && E->getArraySize() && *E->getArraySize()) {
    std::optional<uint64_t> Count = upperBound(*E->getArraySize(), Ctx, Facts);
    uint64_t Each = Ctx.getTypeSizeInChars(T).getQuantity();
    if (Count && *Count < (1ull << 40))
      *Count *= Each;
    SiteRecord &S = U.Out.Sites.back();
    setBound(S, O, Count, true);
    if (!Count && Each < (1u << 20)) {
      S.Asked = sizeTerm(*E->getArraySize(), Ctx, FD, Facts);
      S.Asked.Factor *= Each;
      S.Asked.Constant *= Each;
    }
  }
  Addr A = objectAddress(O, N);
  if (!Ordinary)
    leak(A, Reason::CustomAllocator, N);
  for (unsigned I = 0; I < E->getNumPlacementArgs(); ++I)
    if (Addr P = eval(E->getPlacementArg(I)); P && !Ordinary)
      leak(P, Reason::UnknownCallee, note(E, Why::UnknownBody));
  return A;
}

Addr FunctionBuilder::evalNew(const CXXNewExpr *E) {
  if (E->isArray() && E->getArraySize() && *E->getArraySize())
    eval(*E->getArraySize());
  Addr Home = evalNewStorage(E);
  if (const Expr *Init = E->getInitializer()) {
    Addr Part = E->isArray() ? Addr{Home.Base, AnyOffset} : Home;
    Addr Value = eval(Init);
    auto Made = Facts.Aims.find(Init);
    bool InPlace = Made != Facts.Aims.end();
    if (Value && !InPlace) {
      if (Init->getType()->isRecordType() || Init->getType()->isArrayType())
        copyAll(Part, Value, note(E, Why::Initialized));
      else
        store(Part, Value, note(E, Why::Initialized));
    }
  }
  return Home;
}

} // namespace stackward::source
