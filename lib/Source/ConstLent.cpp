// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a function does with a parameter that is an address. As everywhere, a
/// use that nobody thought of counts as the worst.
#include "ConstLent.h"
#include "ConstState.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace stackward::source {

const FunctionDecl *certainCallee(const CallExpr &E) {
  const FunctionDecl *Callee = E.getDirectCallee();
  if (!Callee)
    return nullptr;
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  if (!Method || !Method->isVirtual())
    return Callee;
  const auto *Member = dyn_cast<MemberExpr>(E.getCallee()->IgnoreParens());
  bool Named = Member && Member->hasQualifier();
  bool Final =
      Method->hasAttr<FinalAttr>() || Method->getParent()->isEffectivelyFinal();
  return Named || Final ? Callee : nullptr;
}

unsigned paramOf(const CallExpr &Call, unsigned I) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Call.getDirectCallee());
  bool ObjectFirst = isa<CXXOperatorCallExpr>(Call) && Method &&
                     Method->isImplicitObjectMemberFunction();
  return I - ObjectFirst; // 0 - 1 is NoParam
}

/// Conversions that keep the address what it is, or move it within the object.
static bool keepsAddress(const CastExpr &E) {
  switch (E.getCastKind()) {
  case CK_NoOp:
  case CK_BitCast:
  case CK_DerivedToBase:
  case CK_UncheckedDerivedToBase:
    return true;
  default: // dozens of kinds, of which none is needed
    return false;
  }
}

const Expr *lentPlace(const Expr *E) {
  for (;;) {
    E = stripTransparent(E);
    if (E->isGLValue())
      return E;
    const auto *Cast = dyn_cast<CastExpr>(E);
    if (Cast && Cast->getCastKind() == CK_ArrayToPointerDecay)
      return Cast->getSubExpr();
    if (Cast && keepsAddress(*Cast) && Cast->getType()->isPointerType()) {
      E = Cast->getSubExpr();
      continue;
    }
    const auto *Address = dyn_cast<UnaryOperator>(E);
    return Address && Address->getOpcode() == UO_AddrOf ? Address->getSubExpr()
                                                        : nullptr;
  }
}

namespace {

/// Finds the uses of one parameter that are known to read.
class ParamReader {
public:
  using Key = std::pair<const FunctionDecl *, unsigned>;
  explicit ParamReader(const ParmVarDecl &P)
      : P(P), IsPointer(P.getType()->isPointerType()) {}
  /// False: some use may do something else.
  bool run(const Stmt *Body);
  llvm::SmallVector<Key, 2> PassedOn;

private:
  void visit(const Stmt &Node);
  void readPlace(const Expr *Place);
  void readPointer(const Expr *Loaded);
  void pass(const CallExpr &Call);
  const DeclRefExpr *nameIn(const Expr *E) const;
  const DeclRefExpr *loadIn(const Expr *E) const;

  const ParmVarDecl &P;
  bool IsPointer;
  llvm::SmallVector<const DeclRefExpr *, 8> Names;
  llvm::DenseSet<const DeclRefExpr *> Read;
};

} // namespace

const DeclRefExpr *ParamReader::nameIn(const Expr *E) const {
  const auto *Name = dyn_cast<DeclRefExpr>(stripTransparent(E));
  return Name && Name->getDecl() == &P &&
                 !Name->refersToEnclosingVariableOrCapture()
             ? Name
             : nullptr;
}

/// The parameter's name, if E is the pointer that it holds.
const DeclRefExpr *ParamReader::loadIn(const Expr *E) const {
  const auto *Cast = dyn_cast<CastExpr>(stripTransparent(E));
  while (Cast && keepsAddress(*Cast))
    Cast = dyn_cast<CastExpr>(stripTransparent(Cast->getSubExpr()));
  return IsPointer && Cast && Cast->getCastKind() == CK_LValueToRValue
             ? nameIn(Cast->getSubExpr())
             : nullptr;
}

/// What is at Place is loaded: the parameter's object or a part of it.
void ParamReader::readPlace(const Expr *Place) {
  for (;;) {
    Place = stripTransparent(Place);
    const Expr *Pointer = nullptr;
    if (const auto *Member = dyn_cast<MemberExpr>(Place)) {
      if (!isa<FieldDecl>(Member->getMemberDecl()))
        return;
      if (!Member->isArrow()) {
        Place = Member->getBase();
        continue;
      }
      Pointer = Member->getBase();
    } else if (const auto *Element = dyn_cast<ArraySubscriptExpr>(Place)) {
      const auto *Decay =
          dyn_cast<CastExpr>(stripTransparent(Element->getBase()));
      if (Decay && Decay->getCastKind() == CK_ArrayToPointerDecay) {
        Place = Decay->getSubExpr();
        continue;
      }
      Pointer = Element->getBase();
    } else if (const auto *Op = dyn_cast<UnaryOperator>(Place);
               Op && Op->getOpcode() == UO_Deref) {
      Pointer = Op->getSubExpr();
    } else if (const auto *Cast = dyn_cast<CastExpr>(Place);
               Cast && keepsAddress(*Cast)) {
      Place = Cast->getSubExpr();
      continue;
    }
    if (Pointer)
      readPointer(Pointer);
    else if (const DeclRefExpr *Name = IsPointer ? nullptr : nameIn(Place))
      Read.insert(Name);
    return;
  }
}

void ParamReader::readPointer(const Expr *Loaded) {
  if (const DeclRefExpr *Name = loadIn(Loaded))
    Read.insert(Name);
}

void ParamReader::pass(const CallExpr &Call) {
  const FunctionDecl *Callee = certainCallee(Call);
  for (unsigned I = 0; Callee && I < Call.getNumArgs(); ++I) {
    const Expr *Arg = Call.getArg(I);
    const DeclRefExpr *Name = loadIn(Arg);
    if (const Expr *Place = Name ? nullptr : lentPlace(Arg)) {
      // `*p` and `&*p` for a pointer, `r` and `&r` for a reference.
      const auto *Op = dyn_cast<UnaryOperator>(stripTransparent(Place));
      Name = IsPointer ? Op && Op->getOpcode() == UO_Deref
                             ? loadIn(Op->getSubExpr())
                             : nullptr
                       : nameIn(Place);
    }
    unsigned Param = paramOf(Call, I);
    if (!Name || Param >= Callee->getNumParams())
      continue;
    Read.insert(Name);
    PassedOn.push_back({Callee, Param});
  }
}

void ParamReader::visit(const Stmt &Node) {
  if (const auto *Name = dyn_cast<DeclRefExpr>(&Node)) {
    if (Name->getDecl() == &P)
      Names.push_back(Name);
  } else if (const auto *Cast = dyn_cast<CastExpr>(&Node)) {
    if (Cast->getCastKind() == CK_LValueToRValue)
      readPlace(Cast->getSubExpr());
    if (Cast->getCastKind() == CK_PointerToBoolean)
      readPointer(Cast->getSubExpr());
  } else if (const auto *Op = dyn_cast<BinaryOperator>(&Node)) {
    if (Op->isComparisonOp()) {
      readPointer(Op->getLHS());
      readPointer(Op->getRHS());
    }
  } else if (const auto *Make = dyn_cast<CXXConstructExpr>(&Node)) {
    if (Make->getConstructor()->isTrivial() &&
        Make->getConstructor()->isCopyOrMoveConstructor())
      readPlace(Make->getArg(0));
  } else if (const auto *Call = dyn_cast<CallExpr>(&Node)) {
    pass(*Call);
  }
}

bool ParamReader::run(const Stmt *Body) {
  llvm::SmallVector<const Stmt *, 32> Work{Body};
  while (!Work.empty()) {
    const Stmt *Top = Work.pop_back_val();
    if (!Top)
      continue;
    visit(*Top);
    llvm::append_range(Work, Top->children());
  }
  return llvm::all_of(
      Names, [&](const DeclRefExpr *Name) { return Read.contains(Name); });
}

const ReadOnlyParams::Uses &ReadOnlyParams::usesOf(Key K) {
  auto [It, New] = Known.try_emplace(K);
  if (!New)
    return It->second;
  const FunctionDecl *F = K.first->getDefinition();
  if (!F || !F->getBody() || F->isDefaulted() || F->isWeak() ||
      F->isVariadic() || isa<CXXConstructorDecl>(F) ||
      K.second >= F->getNumParams())
    return It->second;
  const ParmVarDecl &P = *F->getParamDecl(K.second);
  QualType T = P.getType();
  if (!T->isPointerType() && !T->isReferenceType())
    return It->second;
  ParamReader Reader(P);
  Uses Found;
  Found.Reads = Reader.run(F->getBody());
  Found.PassedOn = std::move(Reader.PassedOn);
  return Known[K] = std::move(Found);
}

bool ReadOnlyParams::onlyReads(const FunctionDecl &F, unsigned Param) {
  llvm::SmallVector<Key, 4> Work{{F.getCanonicalDecl(), Param}};
  llvm::DenseSet<Key> Seen;
  while (!Work.empty()) {
    Key K = Work.pop_back_val();
    if (!Seen.insert(K).second)
      continue;
    const Uses &U = usesOf(K);
    if (!U.Reads)
      return false;
    for (const Key &On : U.PassedOn)
      Work.push_back({On.first->getCanonicalDecl(), On.second});
  }
  return true;
}

} // namespace stackward::source
