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
#include "ContainerClass.h"
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
  KeyCode,
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
  std::optional<uint64_t> Turns = Facts.inside(Loop, S.Loop)
                                      ? turnsInside(Loop, S.Loop)
                                      : std::optional<uint64_t>(1);
  if (!Count || !Turns || Facts.HasGoto || *Count > (1u << 30))
    S.Bounded = false;
  else
    S.Count += *Count * *Turns;
  S.Steps += Turns && *Turns > 1 ? 2 : 1;
}

/// The buffer of the container at C.Args[0] is a site. Its bound is settled
/// when the whole body is known.
void FunctionBuilder::recordBuffer(CallShape &C, const CXXRecordDecl *RD) {
  escape::Note N = note(C.At, Why::KeptByContainer);
  Addr Self = C.Args[0];
  ObjectId Token = newSite(C.At, elementType(RD), SiteKind::Container,
                           escape::Family::Library, bufferName(RD));
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

/// An allocator of the user's runs whenever the container grows or shrinks, and
/// `get_allocator` gives it out: what it holds is not followed.
void FunctionBuilder::leakAllocator(CallShape &C, const CXXRecordDecl *RD) {
  if (!hasOwnAllocator(RD))
    return;
  escape::Note N = note(C.At, Why::PassedAsArgument);
  for (unsigned I = 0; I < C.ArgExprs.size(); ++I) {
    const CXXRecordDecl *Given = recordOf(C.ArgExprs[I]->getType());
    if (!Given || libraryClass(Given) != LibraryClass::None ||
        Given->getName() == "initializer_list")
      continue;
    leak(C.Args[I + 1], Reason::CustomAllocator, N);
    leakContent(C.Args[I + 1], Reason::CustomAllocator, N);
  }
}

/// The container at C.Args[0] begins its life.
void FunctionBuilder::containerConstruct(CallShape &C) {
  const CXXRecordDecl *RD = cast<CXXMethodDecl>(C.Callee)->getParent();
  escape::Note N = note(C.At, Why::KeptByContainer);
  Addr Self = C.Args[0];
  const auto *Ctor = cast<CXXConstructorDecl>(C.Callee);
  if (Ctor->isMoveConstructor())
    return copyAll(Self, C.Args[1], note(C.At, Why::Moved));
  leakAllocator(C, RD);
  QualType T = elementType(RD);
  if (!T.isNull() && U.mayHoldPointer(T)) {
    escape::Object Elements;
    Elements.At = N.At;
    ObjectId Object = G.addObject(Elements);
    hide(Object, Self, C.At);
    Addr Inner = objectAddress(Object, N);
    store(Addr{Self.Base, addOffsets(Self.K, 8)}, Inner, N);
    makeEmpty(Addr{Inner.Base, AnyOffset}, T, N);
  }
  if (!U.inSystemHeader(C.At->getBeginLoc()) && !T.isNull())
    recordBuffer(C, RD);
  if (C.ArgExprs.empty())
    return;
  fill(C, Ctor);
  if (isAssociative(RD)) {
    keepKeyCode(C);
    callKeyCode(C);
  }
}

void FunctionBuilder::fillFromList(CallShape &C) {
  const auto *List =
      dyn_cast<CXXStdInitializerListExpr>(C.ArgExprs[0]->IgnoreParenImpCasts());
  Addr Array = load(C.Args[1], note(C.At, Why::KeptByContainer));
  std::optional<uint64_t> Count;
  if (List)
    if (const auto *A =
            Ctx.getAsConstantArrayType(List->getSubExpr()->getType()))
      Count = A->getSize().getZExtValue();
  grow(C, Count);
  if (Array)
    copyRange(C, Array);
}

/// What a constructor puts in: how much, and from where.
void FunctionBuilder::fill(CallShape &C, const CXXConstructorDecl *Ctor) {
  const CXXRecordDecl *RD = Ctor->getParent();
  escape::Note N = note(C.At, Why::KeptByContainer);
  QualType T = elementType(RD);
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
  if (From && From->getName() == "initializer_list")
    return fillFromList(C);
  if (From && From->getCanonicalDecl() == RD->getCanonicalDecl()) {
    grow(C, std::nullopt); // a copy
    copyKeyCode(C.Args[0], C.Args[1], N);
    if (Ctor->isCopyConstructor() || !First->IgnoreParenImpCasts()->isXValue())
      return copyRange(C, elements(C.Args[1], N));
    return copyAll(C.Args[0], C.Args[1], note(C.At, Why::Moved));
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

Addr FunctionBuilder::insideElements(CallShape &C) {
  escape::Note N = note(C.At, Why::KeptByContainer);
  QualType T = elementType(cast<CXXMethodDecl>(C.Callee)->getParent());
  Addr E = U.mayHoldPointer(T) ? elements(C.Args[0], N) : Addr{outside(), 0};
  E.K = AnyOffset;
  if (!C.ResultObject)
    return C.Result->isPointerType() || C.Result->isReferenceType() ? E
                                                                    : Addr{};
  store(Addr{C.ResultObject.Base, AnyOffset}, E, N);
  store(C.ResultObject, E, N);
  return C.ResultObject;
}

/// insert: one element, or several, after a position or a hint.
void FunctionBuilder::insertAt(CallShape &C) {
  unsigned Last = C.Args.size() - 1;
  const Expr *Value = C.ArgExprs[Last - 1];
  const CXXRecordDecl *Given = recordOf(Value->getType());
  bool One = Last <= 2 && !(Given && Given->getName() == "initializer_list") &&
             !isString(cast<CXXMethodDecl>(C.Callee)->getParent());
  // insert(first, last) of sets and maps looks like insert(hint, value).
  if (Last == 2 &&
      Ctx.hasSameUnqualifiedType(C.ArgExprs[0]->getType(), Value->getType()))
    One = false;
  grow(C, One ? std::optional<uint64_t>(1) : std::nullopt);
  if (One) {
    if (!Given || libraryClass(Given) != LibraryClass::Iterator)
      addElement(C, C.Args[Last], Value);
    return;
  }
  for (unsigned I = 1; I <= Last; ++I)
    copySequence(C, C.Args[I], C.ArgExprs[I - 1]);
  if (Last == 3) // insert(position, count, value)
    addElement(C, C.Args[Last], Value);
}

void FunctionBuilder::append(CallShape &C) {
  unsigned Last = C.Args.size() - 1;
  bool CountFirst = Last >= 1 && C.ArgExprs[0]->getType()->isIntegerType();
  std::optional<uint64_t> Count;
  if (Last == 1)
    Count =
        CountFirst ? std::optional<uint64_t>(1) : literalLength(C.ArgExprs[0]);
  else if (Last == 2 && CountFirst)
    Count = upperBound(C.ArgExprs[0], Ctx, Facts);
  grow(C, Count);
  for (unsigned I = 1; I <= Last; ++I)
    copySequence(C, C.Args[I], C.ArgExprs[I - 1]);
}

void FunctionBuilder::exchange(CallShape &C) {
  for (unsigned I = 1; I < C.Args.size(); ++I)
    if (const CXXRecordDecl *Other = recordOf(C.ArgExprs[I - 1]->getType());
        Other && libraryClass(Other) == LibraryClass::Container) {
      copyAll(C.Args[0], C.Args[I], note(C.At, Why::Moved));
      copyAll(C.Args[I], C.Args[0], note(C.At, Why::Moved));
    }
  containerEscapesBound(C.Args[0]);
}

/// operator= and assign.
void FunctionBuilder::assign(CallShape &C) {
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  escape::Note N = note(C.At, Why::KeptByContainer);
  unsigned Last = C.Args.size() - 1;
  destroyElements(C.Args[0], MD->getParent(), N);
  if (MD->isMoveAssignmentOperator())
    return copyAll(C.Args[0], C.Args[1], note(C.At, Why::Moved));
  if (MD->isCopyAssignmentOperator())
    copyKeyCode(C.Args[0], C.Args[1], N);
  const CXXRecordDecl *Given =
      Last >= 1 ? recordOf(C.ArgExprs[0]->getType()) : nullptr;
  bool CountFirst = Last >= 1 && C.ArgExprs[0]->getType()->isIntegerType();
  std::optional<uint64_t> Count;
  if (Last == 1 && isString(MD->getParent()))
    Count =
        CountFirst ? std::optional<uint64_t>(1) : literalLength(C.ArgExprs[0]);
  grow(C, Count);
  for (unsigned I = 1; I <= Last; ++I)
    if (Given && Given->getName() == "initializer_list")
      copyRange(C, load(C.Args[I], N));
    else
      copySequence(C, C.Args[I], C.ArgExprs[I - 1]);
  if (Last == 2 && CountFirst)
    addElement(C, C.Args[2], C.ArgExprs[1]);
}

/// resize and reserve.
void FunctionBuilder::makeRoom(CallShape &C) {
  unsigned Last = C.Args.size() - 1;
  grow(C, Last >= 1 ? upperBound(C.ArgExprs[0], Ctx, Facts)
                    : std::optional<uint64_t>(0));
  if (Last >= 2)
    addElement(C, C.Args[2], C.ArgExprs[1]);
}

void FunctionBuilder::emplace(CallShape &C) {
  QualType T = elementType(cast<CXXMethodDecl>(C.Callee)->getParent());
  escape::Note N = note(C.At, Why::KeptByContainer);
  grow(C, 1);
  if (U.mayHoldPointer(T) || recordOf(T))
    constructAny(Addr{elements(C.Args[0], N).Base, AnyOffset}, T,
                 llvm::ArrayRef<Addr>(C.Args).drop_front(), C.ArgExprs, N);
}

std::optional<Addr> FunctionBuilder::containerCall(CallShape &C) {
  const auto *MD = cast<CXXMethodDecl>(C.Callee);
  if (isa<CXXConstructorDecl>(MD)) {
    containerConstruct(C);
    return C.Args[0];
  }
  if (elementType(MD->getParent()).isNull())
    return std::nullopt;
  escape::Note N = note(C.At, Why::KeptByContainer);
  unsigned Last = C.Args.size() - 1;
  callWithArguments(C);
  switch (effectOf(MD)) {
  case Effect::Reads:
    return C.ResultObject ? C.ResultObject : Addr{};
  case Effect::Access:
    return insideElements(C);
  case Effect::Index:
    grow(C, 1);
    if (Last >= 1)
      addKey(C, C.Args[1], C.ArgExprs[0]);
    return insideElements(C);
  case Effect::Add:
    grow(C, 1);
    addElement(C, C.Args[Last], C.ArgExprs[Last - 1]);
    return insideElements(C);
  case Effect::AddAt:
    insertAt(C);
    return insideElements(C);
  case Effect::Emplace:
  case Effect::EmplaceAt:
    emplace(C);
    return insideElements(C);
  case Effect::Append:
    append(C);
    return C.Result->isReferenceType() ? C.Args[0] : insideElements(C);
  case Effect::Resize:
  case Effect::Reserve:
    makeRoom(C);
    return Addr{};
  case Effect::Remove:
    destroyElements(C.Args[0], MD->getParent(), N);
    return insideElements(C);
  case Effect::Swap:
  case Effect::Splice:
    exchange(C);
    return C.Result->isReferenceType() ? C.Args[0] : insideElements(C);
  case Effect::Assign:
    assign(C);
    return C.Args[0];
  case Effect::KeyCode:
    if (C.ResultObject)
      copyAll(Addr{C.ResultObject.Base, AnyOffset}, keyCodeOf(C.Args[0], N), N);
    return C.ResultObject;
  case Effect::MakesNew:
    return C.ResultObject;
  case Effect::Extract:
  case Effect::Unknown:
    return unknownMember(C);
  }
  llvm_unreachable("closed switch");
}

Addr FunctionBuilder::unknownMember(CallShape &C) {
  leakArguments(C, Reason::UnknownCallee, Why::NotModelled);
  if (C.ResultObject)
    return C.ResultObject;
  return C.Result->isReferenceType() || C.Result->isPointerType()
             ? Addr{outside(), 0}
             : Addr{};
}

void FunctionBuilder::leakArguments(CallShape &C, Reason R, Why W) {
  escape::Note N = note(C.At, W);
  for (Addr A : C.Args) {
    leak(A, R, N);
    leakContent(A, R, N);
  }
}

/// The largest buffer, or all nodes, that RD has with Count elements. What
/// grows in several steps may have doubled just before the last of them.
static uint64_t mostBytes(const CXXRecordDecl *RD, uint64_t Count,
                          uint64_t Each, bool InSteps) {
  uint64_t Room = InSteps && Count > 1 ? 2 * (Count - 1) : Count;
  if (isString(RD)) { // both libraries keep 15 bytes in place
    uint64_t Least = InSteps ? 2 * (15 / Each) : 0;
    return Count <= 15 / Each ? 0 : (std::max(Room, Least) + 1) * Each;
  }
  if (RD->getName() == "deque")
    return 576 + 512 + Count * Each;
  if (!isNodeBased(RD))
    return Room * Each;
  // Buckets: their number at least doubles when it grows.
  uint64_t Buckets =
      RD->getName().starts_with("unordered") && Count ? 16 + 3 * Count : 0;
  return Count * (llvm::alignTo(Each, 8) + 32) + 8 * Buckets;
}

/// All growth is known: settle the bounds, and forget the containers that
/// never allocate.
void FunctionBuilder::finishContainers() {
  for (ContainerState &S : ContainersHere) {
    SiteRecord &Site = U.Out.Sites[S.Site];
    QualType T = elementType(S.Class);
    uint64_t Each =
        T->isIncompleteType() ? 1 : Ctx.getTypeSizeInChars(T).getQuantity();
    std::optional<uint64_t> Bytes;
    if (S.Bounded && S.Count < (1u << 24)) {
      Bytes = mostBytes(S.Class, S.Count, Each, S.Steps > 1);
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
