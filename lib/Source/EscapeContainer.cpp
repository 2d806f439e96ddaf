// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Standard containers. A container is two abstract cells:
///
///   0  its buffer (or nodes): an allocation site of its own, so that handing
///      the buffer on (move, swap, return) is an ordinary escape
///   8  the elements, one object whose every offset is one element
///
/// They are apart because they have different fates. A pointer into the
/// elements that gets away dangles when the container dies, whoever holds it,
/// so it does not keep the buffer alive; only a transfer of ownership does:
///
///   std::string S(N, 'x');  log(S.c_str());     // the buffer dies with S
///   std::string S(N, 'x');  Kept = std::move(S) // the buffer lives on
///
/// The buffer's size is bounded when everything that makes the container grow
/// is in view: counted here, once for each place that is not in a loop inside
/// the container's life. Whoever may hold the container's address makes the
/// size unknown (containerEscapesBound).
#include "Builder.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace clang;

namespace stackward::source {
namespace {

enum class Effect : uint8_t {
  Reads,
  Access,
  Add,
  AddAt,
  Emplace,
  EmplaceAt,
  Index,
  Append,
  Resize,
  Reserve,
  Remove,
  Swap,
  Assign,
  Splice,
  Extract,
  MakesNew,
  Unknown,
};

Effect effectOf(const CXXMethodDecl *MD) {
  switch (MD->getOverloadedOperator()) {
  case OO_Subscript:
    return MD->getParent()->getName().contains("map") ? Effect::Index
                                                      : Effect::Access;
  case OO_Equal:
    return Effect::Assign;
  case OO_PlusEqual:
    return Effect::Append;
  default:
    break;
  }
  if (isa<CXXConversionDecl>(MD)) // to string_view
    return Effect::Access;
  if (!MD->getIdentifier())
    return Effect::Unknown;
  return llvm::StringSwitch<Effect>(MD->getName())
#define METHOD(Name, What) .Case(Name, Effect::What)
#include "Containers.def"
      .Default(Effect::Unknown);
}

QualType templateArg(const CXXRecordDecl *RD, unsigned I) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(RD);
  if (!Spec || Spec->getTemplateArgs().size() <= I ||
      Spec->getTemplateArgs()[I].getKind() != TemplateArgument::Type)
    return {};
  return Spec->getTemplateArgs()[I].getAsType();
}

bool isString(const CXXRecordDecl *RD) {
  return RD->getName() == "basic_string";
}

bool isNodeBased(const CXXRecordDecl *RD) {
  return RD->getName() != "vector" && RD->getName() != "deque" && !isString(RD);
}

/// What one element is: pairs for maps.
QualType elementType(const CXXRecordDecl *RD) {
  for (const Decl *D : RD->decls())
    if (const auto *T = dyn_cast<TypedefNameDecl>(D))
      if (T->getName() == "value_type")
        return T->getUnderlyingType();
  return templateArg(RD, 0);
}

/// What a pointer, an array, a container or one of their iterators gives.
QualType sequenceElement(QualType T, ASTContext &Ctx) {
  T = T.getNonReferenceType();
  if (T->isPointerType())
    return T->getPointeeType();
  if (const ArrayType *A = Ctx.getAsArrayType(T))
    return A->getElementType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD)
    return {};
  if (libraryClass(RD) == LibraryClass::Container)
    return elementType(RD);
  if (libraryClass(RD) != LibraryClass::Iterator)
    return {};
  QualType First = templateArg(RD, 0);
  return !First.isNull() && First->isPointerType() ? First->getPointeeType()
                                                   : First;
}

/// Memory from anywhere but std::allocator.
bool hasOwnAllocator(const CXXRecordDecl *RD) {
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  if (!Spec)
    return true;
  for (const TemplateArgument &A : Spec->getTemplateArgs().asArray()) {
    const CXXRecordDecl *Class = A.getKind() == TemplateArgument::Type
                                     ? A.getAsType()->getAsCXXRecordDecl()
                                     : nullptr;
    if (Class && Class->getIdentifier() && Class->isInStdNamespace() &&
        Class->getName() == "allocator")
      return false;
  }
  return true;
}

std::optional<uint64_t> literalLength(const Expr *E) {
  const auto *S = dyn_cast<StringLiteral>(E->IgnoreParenImpCasts());
  return S ? std::optional<uint64_t>(S->getLength()) : std::nullopt;
}

} // namespace

Addr FunctionBuilder::elements(Addr Container, escape::Note N) {
  return load(Addr{Container.Base, addOffsets(Container.K, 8)}, N);
}

void FunctionBuilder::containerEscapesBound(Addr A) {
  auto It = ContainerOfNode.find(A.Base);
  if (It != ContainerOfNode.end())
    ContainersHere[It->second].Bounded = false;
}

/// Count more elements (or room for them), as far as is known.
void FunctionBuilder::grow(CallShape &C, std::optional<uint64_t> Count) {
  auto It = ContainerOfNode.find(C.Args[0].Base);
  if (It == ContainerOfNode.end() || C.Args[0].K != 0)
    return;
  ContainerState &S = ContainersHere[It->second];
  S.Used = true;
  unsigned Loop = Facts.loopOf(C.At);
  // A loop that the container lives through repeats the growth.
  bool Repeats = Loop != S.Loop && Facts.inside(Loop, S.Loop);
  if (!Count || Repeats || Facts.HasGoto || *Count > (1u << 30))
    S.Bounded = false;
  else
    S.Count += *Count;
}

/// Value is the element's address, or the element itself when it is a pointer
/// passed by value.
void FunctionBuilder::addElement(CallShape &C, Addr Value, const Expr *Source) {
  if (!Value)
    return;
  escape::Note N = note(C.At, Why::KeptByContainer);
  const CXXRecordDecl *RD = cast<CXXMethodDecl>(C.Callee)->getParent();
  QualType T = elementType(RD);
  if (T.isNull() || !copyMatters(T))
    return;
  Addr To{elements(C.Args[0], N).Base, AnyOffset};
  if (recordOf(T))
    return copyObject(To, Value, T, N);
  store(To, Source->isGLValue() ? load(Value, N) : Value, N);
}

void FunctionBuilder::destroyElements(Addr Container, const CXXRecordDecl *RD,
                                      escape::Note N) {
  QualType T = elementType(RD);
  const CXXRecordDecl *Element = T.isNull() ? nullptr : recordOf(T);
  if (!Element || !Element->hasDefinition() || Element->hasTrivialDestructor())
    return;
  destroy(Addr{elements(Container, N).Base, AnyOffset}, T, N, false);
}

/// The container at C.Args[0] begins its life.
void FunctionBuilder::containerConstruct(CallShape &C) {
  const CXXRecordDecl *RD = cast<CXXMethodDecl>(C.Callee)->getParent();
  escape::Note N = note(C.At, Why::KeptByContainer);
  Addr Self = C.Args[0];
  const auto *Ctor = cast<CXXConstructorDecl>(C.Callee);
  if (Ctor->isMoveConstructor())
    return copyAll(Self, C.Args[1], note(C.At, Why::Moved));
  QualType T = elementType(RD);
  if (!T.isNull() && U.mayHoldPointer(T)) {
    escape::Object Elements;
    Elements.At = N.At;
    Addr Inner = objectAddress(G.addObject(Elements), N);
    store(Addr{Self.Base, addOffsets(Self.K, 8)}, Inner, N);
    makeEmpty(Addr{Inner.Base, AnyOffset}, T, N);
  }
  if (!U.inSystemHeader(C.At->getBeginLoc()) && !T.isNull()) {
    std::string Spelling = "std::" + RD->getNameAsString() + " buffer";
    if (isString(RD))
      Spelling = "std::string buffer";
    // The container's bounds are settled when the whole body is known.
    ObjectId Token = newSite(C.At, T, SiteKind::Container,
                             escape::Family::Library, Spelling);
    G.object(Token).DynamicType = escape::NoSymbol;
    ContainerState S;
    S.Token = Token;
    S.At = C.At;
    S.Site = U.Out.Sites.size() - 1;
    S.Loop = Facts.loopOf(C.At);
    S.Class = RD;
    auto Object = ObjectOfNode.find(Self.Base);
    bool Local = Self.K == 0 && Object != ObjectOfNode.end() &&
                 G.object(Object->second).Kind == escape::ObjectKind::Local;
    store(Self, objectAddress(Token, N), N);
    S.Bounded = Local;
    if (hasOwnAllocator(RD))
      leak(objectAddress(Token, N), Reason::CustomAllocator, N);
    if (Local)
      ContainerOfNode[Self.Base] = ContainersHere.size();
    ContainersHere.push_back(S);
    U.Out.Sites.back().Destructs = false;
  }

  // How much, and what.
  callComparators(C);
  if (C.ArgExprs.empty())
    return;
  const Expr *First = C.ArgExprs[0];
  QualType FirstType = First->getType();
  const CXXRecordDecl *From = recordOf(FirstType);
  if (FirstType->isIntegerType()) {
    // (count), (count, value); a string's (count, character).
    grow(C, upperBound(First, Ctx, Facts));
    if (C.ArgExprs.size() > 1 &&
        C.ArgExprs[1]->getType().getCanonicalType().getUnqualifiedType() ==
            T.getCanonicalType().getUnqualifiedType())
      addElement(C, C.Args[2], C.ArgExprs[1]);
    return;
  }
  if (isString(RD)) {
    if (From && From->getName() == "allocator")
      return;
    std::optional<uint64_t> Length = literalLength(First);
    if (!Length && C.ArgExprs.size() > 1 &&
        C.ArgExprs[1]->getType()->isIntegerType() && FirstType->isPointerType())
      Length = upperBound(C.ArgExprs[1], Ctx, Facts);
    return grow(C, Length);
  }
  if (From && From->getName() == "initializer_list") {
    Addr Array = load(C.Args[1], N);
    const auto *List =
        dyn_cast<CXXStdInitializerListExpr>(First->IgnoreParenImpCasts());
    std::optional<uint64_t> Count;
    if (List)
      if (const auto *A =
              Ctx.getAsConstantArrayType(List->getSubExpr()->getType()))
        Count = A->getSize().getZExtValue();
    grow(C, Count);
    if (Array)
      copyRange(C, Array);
    return;
  }
  if (From && From->getCanonicalDecl() == RD->getCanonicalDecl()) {
    grow(C, std::nullopt); // a copy
    if (Ctor->isCopyConstructor() || !First->IgnoreParenImpCasts()->isXValue())
      return copyRange(C, elements(C.Args[1], N));
    return copyAll(Self, C.Args[1], note(C.At, Why::Moved));
  }
  if (From &&
      (From->getName() == "allocator" || From->isLambda() ||
       !From->isInStdNamespace()) &&
      C.ArgExprs.size() == 1 && libraryClass(From) == LibraryClass::None)
    return; // a comparator, a hash or an allocator
  grow(C, std::nullopt);
  for (unsigned I = 1; I < C.Args.size(); ++I)
    copySequence(C, C.Args[I], C.ArgExprs[I - 1]);
}

/// The elements of this container are copied from memory at From.
void FunctionBuilder::copyRange(CallShape &C, Addr From) {
  const CXXRecordDecl *RD = cast<CXXMethodDecl>(C.Callee)->getParent();
  escape::Note N = note(C.At, Why::KeptByContainer);
  QualType T = elementType(RD);
  if (!From || T.isNull() || !copyMatters(T))
    return;
  Addr To{elements(C.Args[0], N).Base, AnyOffset};
  From.K = AnyOffset;
  if (recordOf(T))
    return copyObject(To, From, T, N);
  store(To, load(From, N), N);
}

/// A sequence argument: a pointer, an iterator, another container or a view.
void FunctionBuilder::copySequence(CallShape &C, Addr A, const Expr *E) {
  if (!A)
    return;
  escape::Note N = note(C.At, Why::KeptByContainer);
  QualType T = E->getType();
  const CXXRecordDecl *RD = recordOf(T);
  QualType Wanted = elementType(cast<CXXMethodDecl>(C.Callee)->getParent());
  QualType Given = sequenceElement(T, Ctx);
  if (!Wanted.isNull() && recordOf(Wanted) &&
      !recordOf(Wanted)->isInStdNamespace() &&
      (Given.isNull() || !Ctx.hasSameUnqualifiedType(Given, Wanted))) {
    // Elements are made by converting: by a constructor of the user's.
    leak(A, Reason::UnknownCallee, note(C.At, Why::NotModelled));
    leakContent(A, Reason::UnknownCallee, note(C.At, Why::NotModelled));
    store(Addr{elements(C.Args[0], N).Base, AnyOffset}, Addr{outside(), 0}, N);
    return;
  }
  if (T->isPointerType() || T->isArrayType())
    return copyRange(C, A);
  if (!RD)
    return;
  if (libraryClass(RD) == LibraryClass::Container)
    return copyRange(C, elements(A, N));
  if (libraryClass(RD) == LibraryClass::Iterator)
    return copyRange(C, load(A, N));
  // Other iterators and views: their pointers, and what those point to.
  Addr Inside = load(Addr{A.Base, AnyOffset}, N);
  copyRange(C, Inside);
  copyRange(C, elements(Inside, N));
  QualType Element = elementType(cast<CXXMethodDecl>(C.Callee)->getParent());
  if (!Element.isNull() && U.mayHoldPointer(Element) &&
      !RD->isInStdNamespace()) {
    // A user's iterator may hand out anything.
    leak(A, Reason::Cap, note(C.At, Why::NotModelled));
    leakContent(A, Reason::Cap, note(C.At, Why::NotModelled));
    store(Addr{elements(C.Args[0], N).Base, AnyOffset}, Addr{outside(), 0}, N);
  }
}

bool FunctionBuilder::holdsContainer(QualType T) {
  T = Ctx.getBaseElementType(T.getCanonicalType());
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD)
    return false;
  if (libraryClass(RD) == LibraryClass::Container)
    return true;
  for (const FieldDecl *F : RD->fields())
    if (holdsContainer(F->getType()))
      return true;
  for (const CXXBaseSpecifier &B : RD->bases())
    if (holdsContainer(B.getType()))
      return true;
  return false;
}

/// Containers that the library makes inside To have elements too: one object
/// for all of them and for what is inside those.
void FunctionBuilder::makeEmpty(Addr To, QualType T, escape::Note N) {
  if (!To || !holdsContainer(T))
    return;
  escape::Object Elements;
  Elements.At = N.At;
  Addr Inner = objectAddress(G.addObject(Elements), N);
  store(Addr{To.Base, AnyOffset}, Inner, N);
  store(Addr{Inner.Base, AnyOffset}, Inner, N);
}

/// A predicate, comparator or hash sees the elements. In a user's class only:
/// the library's own do nothing with them.
void FunctionBuilder::callWithElements(CallShape &C, const Expr *E,
                                       Addr Callable) {
  QualType T = E->getType();
  escape::Note N = note(E, Why::PassedAsArgument);
  const CXXRecordDecl *RD = recordOf(T);
  if (!RD || libraryClass(RD) == LibraryClass::Function) {
    bool Code = T->isFunctionType() || T->isFunctionPointerType() || RD;
    if (Code && Callable)
      leakContent(elements(C.Args[0], N), Reason::IndirectCallee, N);
    return;
  }
  if (!RD->isInStdNamespace())
    callOperators(RD, Callable, C.Args[0], N);
}

void FunctionBuilder::callOperators(const CXXRecordDecl *RD, Addr Callable,
                                    Addr Container, escape::Note N) {
  RD = RD->getDefinition();
  if (!RD)
    return;
  Addr Each{elements(Container, N).Base, AnyOffset};
  for (const Decl *D : RD->decls()) {
    if (isa<FunctionTemplateDecl>(D)) // which instance runs is not known
      leakContent(Each, Reason::IndirectCallee, N);
    const auto *M = dyn_cast<CXXMethodDecl>(D);
    if (!M || M->getOverloadedOperator() != OO_Call || M->isStatic())
      continue;
    llvm::SmallVector<Addr, 4> Args{Callable};
    for (const ParmVarDecl *P : M->parameters())
      Args.push_back(P->getType()->isPointerType() ? load(Each, N) : Each);
    callFunction(M, Args, N, false);
  }
}

/// Classes of the user's among the template arguments: comparators, hashes.
void FunctionBuilder::callComparators(CallShape &C) {
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(
      cast<CXXMethodDecl>(C.Callee)->getParent());
  if (!Spec)
    return;
  escape::Note N = note(C.At, Why::PassedAsArgument);
  for (const TemplateArgument &A : Spec->getTemplateArgs().asArray()) {
    const CXXRecordDecl *RD = A.getKind() == TemplateArgument::Type
                                  ? A.getAsType()->getAsCXXRecordDecl()
                                  : nullptr;
    if (RD && !RD->isInStdNamespace())
      callOperators(RD, Addr{outside(), 0}, C.Args[0], N);
  }
}

/// Copying an element moves a pointer, or runs code of the user's.
bool FunctionBuilder::copyMatters(QualType T) {
  const CXXRecordDecl *RD = recordOf(T);
  return U.mayHoldPointer(T) ||
         (RD && RD->hasDefinition() && !RD->hasTrivialCopyConstructor() &&
          !RD->isInStdNamespace());
}

std::optional<Addr> FunctionBuilder::containerCall(CallShape &C) {
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  const CXXRecordDecl *RD = MD->getParent();
  if (isa<CXXConstructorDecl>(MD)) {
    containerConstruct(C);
    return C.Args[0];
  }
  escape::Note N = note(C.At, Why::KeptByContainer);
  Addr Self = C.Args[0];
  QualType T = elementType(RD);
  if (T.isNull())
    return std::nullopt;
  bool HoldsPointers = U.mayHoldPointer(T);
  // What a member that returns into the elements returns.
  auto Inside = [&]() -> Addr {
    Addr E = HoldsPointers ? elements(Self, N) : Addr{outside(), 0};
    E.K = AnyOffset;
    if (!C.ResultObject)
      return C.Result->isPointerType() || C.Result->isReferenceType() ? E
                                                                      : Addr{};
    store(Addr{C.ResultObject.Base, AnyOffset}, E, N);
    store(C.ResultObject, E, N);
    return C.ResultObject;
  };
  unsigned Last = C.Args.size() - 1;
  switch (effectOf(MD)) {
  case Effect::Reads:
    for (unsigned I = 1; I <= Last; ++I)
      callWithElements(C, C.ArgExprs[I - 1], C.Args[I]);
    return C.ResultObject ? C.ResultObject : Addr{};
  case Effect::Access:
    return Inside();
  case Effect::Index:
    grow(C, 1);
    if (Last >= 1)
      addKey(C, C.Args[1], C.ArgExprs[0]);
    return Inside();
  case Effect::Add:
    grow(C, 1);
    addElement(C, C.Args[Last], C.ArgExprs[Last - 1]);
    return Inside();
  case Effect::AddAt: {
    const Expr *Value = C.ArgExprs[Last - 1];
    const CXXRecordDecl *Given = recordOf(Value->getType());
    bool One = Last <= 2 &&
               !(Given && Given->getName() == "initializer_list") &&
               !(isString(RD));
    // insert(first, last) of sets and maps looks like insert(hint, value).
    if (Last == 2 &&
        Ctx.hasSameUnqualifiedType(C.ArgExprs[0]->getType(), Value->getType()))
      One = false;
    grow(C, One ? std::optional<uint64_t>(1) : std::nullopt);
    if (One && (!Given || libraryClass(Given) != LibraryClass::Iterator))
      addElement(C, C.Args[Last], Value);
    for (unsigned I = 1; I <= Last; ++I)
      if (!One)
        copySequence(C, C.Args[I], C.ArgExprs[I - 1]);
    if (!One && Last == 3) // insert(position, count, value)
      addElement(C, C.Args[Last], Value);
    return Inside();
  }
  case Effect::Emplace:
  case Effect::EmplaceAt: {
    grow(C, 1);
    if (HoldsPointers || recordOf(T)) {
      Addr To{elements(Self, N).Base, AnyOffset};
      constructAny(To, T, llvm::ArrayRef<Addr>(C.Args).drop_front(), C.ArgExprs,
                   N);
    }
    return Inside();
  }
  case Effect::Append: {
    std::optional<uint64_t> Count;
    if (Last == 1 && C.ArgExprs[0]->getType()->isIntegerType())
      Count = 1;
    else if (Last == 1)
      Count = literalLength(C.ArgExprs[0]);
    else if (Last == 2 && C.ArgExprs[0]->getType()->isIntegerType())
      Count = upperBound(C.ArgExprs[0], Ctx, Facts);
    grow(C, Count);
    for (unsigned I = 1; I <= Last; ++I)
      copySequence(C, C.Args[I], C.ArgExprs[I - 1]);
    return C.Result->isReferenceType() ? Self : Inside();
  }
  case Effect::Resize:
  case Effect::Reserve:
    grow(C, Last >= 1 ? upperBound(C.ArgExprs[0], Ctx, Facts)
                      : std::optional<uint64_t>(0));
    if (Last >= 2)
      addElement(C, C.Args[2], C.ArgExprs[1]);
    return Addr{};
  case Effect::Remove:
    for (unsigned I = 1; I <= Last; ++I)
      callWithElements(C, C.ArgExprs[I - 1], C.Args[I]);
    destroyElements(Self, RD, N);
    return Inside();
  case Effect::Swap:
  case Effect::Splice:
    for (unsigned I = 1; I <= Last; ++I)
      if (const CXXRecordDecl *Other = recordOf(C.ArgExprs[I - 1]->getType());
          Other && libraryClass(Other) == LibraryClass::Container) {
        copyAll(Self, C.Args[I], note(C.At, Why::Moved));
        copyAll(C.Args[I], Self, note(C.At, Why::Moved));
      }
    containerEscapesBound(Self);
    return C.Result->isReferenceType() ? Self : Inside();
  case Effect::Assign: {
    destroyElements(Self, RD, N);
    const CXXRecordDecl *Given =
        Last >= 1 ? recordOf(C.ArgExprs[0]->getType()) : nullptr;
    if (MD->isMoveAssignmentOperator()) {
      copyAll(Self, C.Args[1], note(C.At, Why::Moved));
    } else {
      std::optional<uint64_t> Count;
      if (Last == 1 && isString(RD))
        Count = C.ArgExprs[0]->getType()->isIntegerType()
                    ? std::optional<uint64_t>(1)
                    : literalLength(C.ArgExprs[0]);
      grow(C, Count);
      for (unsigned I = 1; I <= Last; ++I)
        if (Given && Given->getName() == "initializer_list")
          copyRange(C, load(C.Args[I], N));
        else
          copySequence(C, C.Args[I], C.ArgExprs[I - 1]);
      if (Last == 2 && C.ArgExprs[0]->getType()->isIntegerType())
        addElement(C, C.Args[2], C.ArgExprs[1]);
    }
    return Self;
  }
  case Effect::MakesNew:
    return C.ResultObject;
  case Effect::Extract:
  case Effect::Unknown:
    break;
  }
  leakArguments(C, Reason::UnknownCallee, Why::NotModelled);
  return C.ResultObject ? C.ResultObject
         : C.Result->isReferenceType() || C.Result->isPointerType()
             ? Addr{outside(), 0}
             : Addr{};
}

/// operator[] of a map copies the key into a new element.
void FunctionBuilder::addKey(CallShape &C, Addr Key, const Expr *E) {
  const CXXRecordDecl *RD = cast<CXXMethodDecl>(C.Callee)->getParent();
  QualType T = templateArg(RD, 0);
  if (!Key || T.isNull() || !U.mayHoldPointer(T))
    return;
  escape::Note N = note(C.At, Why::KeptByContainer);
  Addr To{elements(C.Args[0], N).Base, AnyOffset};
  if (recordOf(T))
    return copyObject(To, Key, T, N);
  store(To, E->isGLValue() ? load(Key, N) : Key, N);
}

void FunctionBuilder::leakArguments(CallShape &C, Reason R, Why W) {
  escape::Note N = note(C.At, W);
  for (Addr A : C.Args) {
    leak(A, R, N);
    leakContent(A, R, N);
  }
}

/// All growth is known: settle the bounds, and forget the containers that
/// never allocate.
void FunctionBuilder::finishContainers() {
  constexpr uint64_t InPlaceChars = 15; // libstdc++ and libc++ keep these
  for (ContainerState &S : ContainersHere) {
    SiteRecord &Site = U.Out.Sites[S.Site];
    QualType T = elementType(S.Class);
    uint64_t Each =
        T->isIncompleteType() ? 1 : Ctx.getTypeSizeInChars(T).getQuantity();
    std::optional<uint64_t> Bytes;
    if (S.Bounded && S.Count < (1u << 24)) {
      if (isString(S.Class))
        Bytes = S.Count <= InPlaceChars ? 0 : (S.Count + 1) * Each;
      else if (isNodeBased(S.Class))
        Bytes = S.Count * (llvm::alignTo(Each, 8) + 32);
      else if (S.Class->getName() == "deque")
        Bytes = 576 + S.Count * Each;
      else
        Bytes = llvm::PowerOf2Ceil(S.Count) * Each;
    }
    bool Never =
        !S.Used || (Bytes && *Bytes == 0 && S.Class->getName() != "deque");
    if (Never && S.Bounded) {
      // A deque allocates even when it is empty; nothing else does.
      if (S.Class->getName() != "deque") {
        Site.Bound = 0;
        Site.Spelling.clear(); // not an allocation
        continue;
      }
    }
    if (!S.Used && !S.Bounded && S.Count == 0) {
      // Default-made, and others may fill it: they allocate, not we.
      Site.SizeIsExact = false;
    }
    setBound(Site, S.Token, Bytes, false);
  }
}

} // namespace stackward::source
