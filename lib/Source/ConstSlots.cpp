// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds the slots of a function, and which of them are exposed: those of
/// which some name is used in a way that is not plain (ConstNames.h).
#include "ConstBeyond.h"
#include "ConstNames.h"
#include "ConstState.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;

namespace stackward::source {

class SlotFinder {
public:
  SlotFinder(Slots &S, const FunctionDecl &F, const CFGAdapter &Adapter)
      : S(S), F(F), Context(F.getASTContext()), Adapter(Adapter) {}
  void run();

private:
  void walk(const Stmt *Root);
  void visit(const Stmt &Node);
  void declare(const VarDecl *V);
  void addPart(QualType T, const FieldDecl *Field, SlotId Base, unsigned Depth);
  void addParts(SlotId Base, QualType T, unsigned Depth);
  void addFields(SlotId Base, const RecordDecl *R, unsigned Depth);
  void addAliases();
  void exposeUnclaimed();
  void addExpressions();
  void addChoices();
  void addThreshold(const llvm::APInt &V);
  bool isTracked(QualType T) const;

  Slots &S;
  const FunctionDecl &F;
  const ASTContext &Context;
  const CFGAdapter &Adapter;
  NameUses Uses;
  llvm::SmallVector<const VarDecl *, 8> Declared;
  llvm::SmallVector<const Expr *, 8> Choices; ///< parents before operands
};

/// Arrays of up to so many elements are followed; states have an entry each.
static constexpr unsigned MaxElements = 16;

bool SlotFinder::isTracked(QualType T) const {
  T = T.getCanonicalType();
  if (T.isVolatileQualified() || T->isAtomicType() || T->isVectorType() ||
      T->isAnyComplexType() || T->isMemberPointerType())
    return false;
  return T->isScalarType() || T->isReferenceType();
}

SlotId Slots::add(std::optional<IntType> T, const VarDecl *V,
                  const FieldDecl *Field, SlotId Base) {
  SlotId Id = Types.size();
  Types.push_back(T);
  Variables.push_back(V);
  Fields.push_back(Field);
  Bases.push_back(Base);
  Children.emplace_back();
  Exposed.resize(Id + 1);
  Unions.resize(Id + 1);
  if (Field)
    OfField[{Base, Field}] = Id;
  if (Base != NoSlot)
    Children[Base].push_back(Id);
  return Id;
}

SlotId Slots::ofVariable(const VarDecl *V) const {
  auto It = OfVariable.find(V->getCanonicalDecl());
  return It == OfVariable.end() ? NoSlot : It->second;
}

SlotId Slots::ofField(SlotId Base, const FieldDecl *Field) const {
  auto It = OfField.find({Base, Field});
  return It == OfField.end() ? NoSlot : It->second;
}

SlotId Slots::ofElement(SlotId Base, Int128 Index) const {
  llvm::ArrayRef<SlotId> Parts = partsOf(Base);
  bool IsArray = !Parts.empty() && !Fields[Parts.front()];
  return IsArray && Index >= 0 && Index < Int128(Parts.size())
             ? Parts[size_t(Index)]
             : NoSlot;
}

SlotId Slots::aliasOf(const VarDecl *V) const {
  auto It = OfAlias.find(V);
  return It == OfAlias.end() ? NoSlot : It->second;
}

SlotId Slots::rootOf(const Expr *E) const {
  PlaceRoot Root = source::rootOf(E);
  const auto *V = Root.Name ? dyn_cast<VarDecl>(Root.Name->getDecl()) : nullptr;
  if (!V)
    return NoSlot;
  if (auto It = AliasRoot.find(V); It != AliasRoot.end())
    return ofVariable(It->second);
  return Root.IsPointee || V->getType()->isReferenceType() ? NoSlot
                                                           : ofVariable(V);
}

const Expr *Slots::choiceAbove(const Expr *E) const {
  auto It = Above.find(E);
  return It == Above.end() ? nullptr : It->second;
}

SlotId Slots::ofExpression(const Expr *E) const {
  auto It = OfExpression.find(E);
  return It == OfExpression.end() ? NoSlot : It->second;
}

const VarDecl *Slots::variableOf(SlotId S) const {
  while (S != NoSlot && S != ThisBase && !Variables[S])
    S = Bases[S];
  return S == NoSlot || S == ThisBase ? nullptr : Variables[S];
}

/// The bases whose fields are fields of R's objects too; none if one class is
/// there twice, or virtual, so that a field's declaration names one place.
static void plainBases(const RecordDecl *R,
                       llvm::SmallVectorImpl<const RecordDecl *> &Bases) {
  llvm::SmallPtrSet<const RecordDecl *, 8> Seen;
  Bases.push_back(R);
  for (size_t I = 0; I < Bases.size(); ++I) {
    const auto *Class = dyn_cast<CXXRecordDecl>(Bases[I]);
    if (!Class)
      continue;
    for (const CXXBaseSpecifier &B : Class->bases()) {
      const CXXRecordDecl *Base = B.getType()->getAsCXXRecordDecl();
      Base = Base ? Base->getDefinition() : nullptr;
      if (!Base || B.isVirtual() || !Seen.insert(Base).second)
        return Bases.truncate(1);
      Bases.push_back(Base);
    }
  }
}

void SlotFinder::addPart(QualType T, const FieldDecl *Field, SlotId Base,
                         unsigned Depth) {
  if (isTracked(T))
    S.add(intType(Context, T), nullptr, Field, Base);
  else if (T->isRecordType() || T->isConstantArrayType())
    addParts(S.add(std::nullopt, nullptr, Field, Base), T, Depth + 1);
}

/// Height and number are bounded, since a state has an entry for each.
void SlotFinder::addFields(SlotId Base, const RecordDecl *R, unsigned Depth) {
  constexpr unsigned MaxFields = 32;
  if (!R || !R->isCompleteDefinition())
    return;
  if (R->isUnion())
    S.Unions.set(Base);
  llvm::SmallVector<const RecordDecl *, 4> Bases;
  plainBases(R, Bases);
  unsigned Count = 0;
  for (const RecordDecl *Part : Bases)
    for (const FieldDecl *Field : Part->fields()) {
      QualType T = Field->getType();
      if (++Count > MaxFields)
        return;
      if (!Field->isUnnamedBitField() && !T->isReferenceType() &&
          !T.isVolatileQualified())
        addPart(T, Field, Base, Depth);
    }
}

/// An array's parts are its elements, all of them or none.
void SlotFinder::addParts(SlotId Base, QualType T, unsigned Depth) {
  constexpr unsigned MaxDepth = 4;
  if (Depth > MaxDepth)
    return;
  const auto *Array = Context.getAsConstantArrayType(T);
  if (!Array)
    return addFields(Base, T->getAsRecordDecl(), Depth);
  if (Array->getSize().ugt(MaxElements) || !isTracked(Array->getElementType()))
    return;
  for (unsigned I = 0; I < Array->getSize().getZExtValue(); ++I)
    addPart(Array->getElementType(), nullptr, Base, Depth);
}

void SlotFinder::declare(const VarDecl *V) {
  if (S.OfVariable.count(V->getCanonicalDecl()) ||
      V->getType()->isDependentType())
    return;
  if (V->getTLSKind() != VarDecl::TLS_None ||
      V->getType().isVolatileQualified())
    return;
  QualType T = V->getType();
  bool Whole =
      V->hasLocalStorage() && (T->isRecordType() || T->isConstantArrayType());
  if (!Whole && !isTracked(T))
    return;
  // Weak variables and those with a cleanup are not what they seem.
  if (V->hasAttr<WeakAttr>() || V->hasAttr<CleanupAttr>() ||
      V->hasAttr<AliasAttr>())
    return;
  SlotId Id = S.add(intType(Context, T), V, nullptr, NoSlot);
  S.OfVariable[V->getCanonicalDecl()] = Id;
  if (Whole)
    addParts(Id, T, 0);
  if (!V->hasLocalStorage())
    S.Statics.push_back(Id);
  if (!V->hasLocalStorage() || (Whole && !isBornAlone(*V)))
    S.Exposed.set(Id);
}

void SlotFinder::addThreshold(const llvm::APInt &V) {
  if (V.getBitWidth() > 64)
    return;
  Int128 At = Int128(V.getZExtValue());
  for (Int128 T : {At, At - 1, At + 1, -At, -At - 1, 1 - At})
    S.Thresholds.push_back(T);
}

void SlotFinder::visit(const Stmt &Node) {
  Uses.visit(Node);
  findDisorder(Node, S.Disordered);
  const auto *Op = dyn_cast<BinaryOperator>(&Node);
  if (Op && Op->isLogicalOp())
    Choices.push_back(Op);
  if (const auto *If = dyn_cast<ConditionalOperator>(&Node))
    Choices.push_back(If);
  if (const auto *Number = dyn_cast<IntegerLiteral>(&Node))
    addThreshold(Number->getValue());
  if (const auto *Letter = dyn_cast<CharacterLiteral>(&Node))
    addThreshold(llvm::APInt(32, Letter->getValue()));
  if (const auto *Declares = dyn_cast<DeclStmt>(&Node))
    for (const Decl *D : Declares->decls())
      if (const auto *V = dyn_cast<VarDecl>(D); V && V->hasLocalStorage()) {
        declare(V);
        Declared.push_back(V);
      }
}

void SlotFinder::walk(const Stmt *Root) {
  llvm::SmallVector<const Stmt *, 64> Work{Root};
  while (!Work.empty()) {
    const Stmt *Top = Work.pop_back_val();
    if (!Top)
      continue;
    S.Refused |= isBeyond(*Top, Context);
    visit(*Top);
    // Children in the order of the source: an alias comes after what it is
    // made from.
    llvm::SmallVector<const Stmt *, 8> Children(Top->child_begin(),
                                                Top->child_end());
    Work.append(Children.rbegin(), Children.rend());
  }
}

/// The slot of a place with nothing to compute (ConstNames.h, fixedRoot).
SlotId Slots::ofFixedPlace(const Expr *E) const {
  E = stripTransparent(E);
  if (const auto *Name = dyn_cast<DeclRefExpr>(E)) {
    const auto *V = cast<VarDecl>(Name->getDecl());
    return V->getType()->isReferenceType() ? aliasOf(V) : ofVariable(V);
  }
  if (const auto *Member = dyn_cast<MemberExpr>(E)) {
    SlotId Base = ofFixedPlace(Member->getBase());
    const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
    return Base == NoSlot || !Field ? NoSlot : ofField(Base, Field);
  }
  const auto *Cast = dyn_cast<CastExpr>(E);
  return Cast ? ofFixedPlace(Cast->getSubExpr()) : NoSlot;
}

void SlotFinder::addAliases() {
  for (const VarDecl *V : Declared) {
    const Expr *Place = Uses.aliased(V);
    if (!Place)
      continue;
    const auto *Root = cast<VarDecl>(source::rootOf(Place).Name->getDecl());
    auto It = S.AliasRoot.find(Root);
    S.AliasRoot[V] = It == S.AliasRoot.end() ? Root : It->second;
    if (SlotId Slot = S.ofFixedPlace(Place); Slot != NoSlot)
      S.OfAlias[V] = Slot;
  }
}

/// Where no slot of the name's own function is concerned, the name may still
/// be that of a static variable, whose slot is exposed anyway.
void SlotFinder::exposeUnclaimed() {
  llvm::BitVector Otherwise = S.Exposed; // than by being lent
  llvm::MapVector<SlotId, Slots::Lent> Lent;
  for (const DeclRefExpr *Name : Uses.names()) {
    const auto *V = cast<VarDecl>(Name->getDecl());
    if (!V->hasLocalStorage() && !Name->refersToEnclosingVariableOrCapture())
      declare(V);
    SlotId Slot = S.ofVariable(V);
    if (Slot == NoSlot)
      continue;
    if (!V->hasLocalStorage() && Uses.isPlain(Name))
      S.PlainUses.insert(Name);
    // A reference is used through its name without a load of its own.
    if (Uses.isPlain(Name) || V->getType()->isReferenceType())
      continue;
    S.Exposed.set(Slot);
    Otherwise.resize(S.size());
    if (std::optional<Loan> To = Uses.loanOf(Name))
      Lent[Slot].Loans.push_back(*To);
    else
      Otherwise.set(Slot);
  }
  Otherwise.resize(S.size());
  for (auto &[Slot, To] : Lent)
    if (!Otherwise.test(Slot) && S.Variables[Slot]->hasLocalStorage())
      S.LentOut.push_back({Slot, std::move(To.Loans)});
  // Parts are exposed with their base; bases have smaller ids.
  for (SlotId Id = 1; Id < S.size(); ++Id)
    if (SlotId Base = S.Bases[Id];
        Base != NoSlot && (Base == Slots::ThisBase || S.Exposed.test(Base)))
      S.Exposed.set(Id);
}

/// An operand evaluated in another block than its operator needs a slot.
void SlotFinder::addExpressions() {
  llvm::DenseMap<const Stmt *, const CFGBlock *> Home;
  auto EachStatement = [&](auto Do) {
    for (const CFGBlock *B : Adapter.Blocks)
      if (B)
        for (const CFGElement &E : *B)
          if (auto Node = E.getAs<CFGStmt>())
            Do(B, Node->getStmt());
  };
  auto Strip = [](const Stmt *Node) {
    const auto *E = dyn_cast<Expr>(Node);
    return E ? stripTransparent(E) : Node;
  };
  EachStatement(
      [&](const CFGBlock *B, const Stmt *Node) { Home[Strip(Node)] = B; });
  auto Need = [&](const CFGBlock *B, const Stmt *Operand) {
    const auto *E = dyn_cast_or_null<Expr>(Operand);
    if (!E)
      return;
    E = stripTransparent(E);
    auto It = Home.find(E);
    if (It == Home.end() || It->second == B || !isTracked(E->getType()) ||
        E->isGLValue() || S.OfExpression.count(E))
      return;
    S.OfExpression[E] =
        S.add(intType(Context, E->getType()), nullptr, nullptr, NoSlot);
  };
  EachStatement([&](const CFGBlock *B, const Stmt *Node) {
    for (const Stmt *Child : Node->children())
      Need(B, Child);
    if (const auto *Declares = dyn_cast<DeclStmt>(Node))
      for (const Decl *D : Declares->decls())
        if (const auto *V = dyn_cast<VarDecl>(D); V && V->getInit())
          Need(B, V->getInit());
  });
  for (const CFGBlock *B : Adapter.Blocks)
    if (B)
      for (const CFGElement &E : *B)
        if (auto Init = E.getAs<CFGInitializer>())
          Need(B, Init->getInitializer()->getInit());
}

/// What a short circuit or a conditional operator gives is known where its
/// operands are, and read in the block behind: each gets a slot, if all of its
/// operands are elements of the graph (or such operators themselves).
void SlotFinder::addChoices() {
  llvm::DenseSet<const Stmt *> Elements;
  for (const CFGBlock *B : Adapter.Blocks)
    if (B)
      for (const CFGElement &E : *B)
        if (auto Node = E.getAs<CFGStmt>())
          if (const auto *X = dyn_cast<Expr>(Node->getStmt()))
            Elements.insert(stripTransparent(X));
  // Operands come after their operator in Choices, so seen from the back they
  // come before it.
  for (const Expr *Choice : llvm::reverse(Choices)) {
    const Expr *Operands[2];
    if (const auto *Op = dyn_cast<BinaryOperator>(Choice)) {
      Operands[0] = stripTransparent(Op->getLHS());
      Operands[1] = stripTransparent(Op->getRHS());
    } else {
      const auto *If = cast<ConditionalOperator>(Choice);
      Operands[0] = stripTransparent(If->getTrueExpr());
      Operands[1] = stripTransparent(If->getFalseExpr());
    }
    bool Whole = isTracked(Choice->getType()) && !Choice->isGLValue();
    for (const Expr *Operand : Operands)
      Whole &= Elements.contains(Operand) || S.OfExpression.count(Operand);
    if (!Whole)
      continue;
    for (const Expr *Operand : Operands)
      S.Above[Operand] = Choice;
    if (!S.OfExpression.count(Choice))
      S.OfExpression[Choice] =
          S.add(intType(Context, Choice->getType()), nullptr, nullptr, NoSlot);
  }
}

void SlotFinder::run() {
  S.add(std::nullopt, nullptr, nullptr, NoSlot); // ThisBase
  for (const ParmVarDecl *P : F.parameters())
    declare(P);
  if (const auto *Method = dyn_cast<CXXMethodDecl>(&F);
      Method && Method->isInstance() && !Method->getParent()->isLambda())
    addFields(Slots::ThisBase, Method->getParent(), 0);
  walk(F.getBody());
  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(&F))
    for (const CXXCtorInitializer *Init : Constructor->inits())
      walk(Init->getInit());
  if (S.Refused)
    return;
  Uses.resolve();
  exposeUnclaimed();
  addAliases();
  addExpressions();
  addChoices();
  llvm::sort(S.Thresholds);
  S.Thresholds.erase(llvm::unique(S.Thresholds), S.Thresholds.end());
}

Slots::Slots(const FunctionDecl &F, const CFGAdapter &Adapter) {
  SlotFinder(*this, F, Adapter).run();
}

} // namespace stackward::source
