// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds the slots of a function, and which of them are exposed.
///
/// A name is harmless where its parent loads it or assigns it: those parents
/// are looked for first, and every name of a local that none of them claimed
/// exposes the local. So an expression that nobody thought of exposes.
#include "ConstState.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/ExprObjC.h"
#include "clang/AST/ExprOpenMP.h"
#include "clang/AST/StmtCXX.h"
#include "clang/AST/StmtObjC.h"
#include "clang/AST/StmtOpenMP.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;

namespace stackward::source {

std::optional<IntType> intType(const ASTContext &Context, QualType T) {
  T = T.getCanonicalType();
  if (T->isDependentType() || T->isAtomicType() || T->isVectorType())
    return std::nullopt;
  if (!T->isIntegralOrEnumerationType())
    return std::nullopt;
  if (const auto *Enum = T->getAs<clang::EnumType>())
    if (!Enum->getDecl()->isComplete())
      return std::nullopt;
  return IntType{Context.getIntWidth(T), T->isSignedIntegerOrEnumerationType()};
}

const Expr *stripTransparent(const Expr *E) {
  for (;;) {
    const Expr *Next = E->IgnoreParens();
    if (const auto *Full = dyn_cast<FullExpr>(Next))
      Next = Full->getSubExpr();
    else if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(Next))
      Next = Bind->getSubExpr();
    else if (const auto *Subst = dyn_cast<SubstNonTypeTemplateParmExpr>(Next))
      Next = Subst->getReplacement();
    if (Next == E)
      return E;
    E = Next;
  }
}

class SlotFinder {
public:
  SlotFinder(Slots &S, const FunctionDecl &F, const CFGAdapter &Adapter)
      : S(S), F(F), Context(F.getASTContext()), Adapter(Adapter) {}
  void run();

private:
  void walk(const Stmt *Root);
  void visit(const Stmt &Node);
  void claim(const Expr *Place);
  void declare(const VarDecl *V);
  void addFields(SlotId Base, const RecordDecl *R, unsigned Depth);
  void exposeUnclaimed();
  void addExpressions();
  void addChoices();
  void addThreshold(const llvm::APInt &V);
  bool isTracked(QualType T) const;

  Slots &S;
  const FunctionDecl &F;
  const ASTContext &Context;
  const CFGAdapter &Adapter;
  llvm::SmallVector<const DeclRefExpr *, 32> Names;
  llvm::DenseSet<const DeclRefExpr *> Claimed;
  llvm::SmallVector<const Expr *, 8> Choices; ///< parents before operands
};

/// Statements and expressions with a control flow or a memory of their own.
static bool isBeyond(const Stmt &Node) {
  if (isa<AsmStmt, CoroutineBodyStmt, CoreturnStmt, CoroutineSuspendExpr,
          DependentCoawaitExpr, IndirectGotoStmt, AddrLabelExpr, CapturedStmt,
          OMPExecutableDirective, BlockExpr, SEHTryStmt, ObjCAtTryStmt,
          ObjCAtSynchronizedStmt, ObjCForCollectionStmt, ObjCMessageExpr,
          PseudoObjectExpr, AtomicExpr, VAArgExpr>(Node))
    return true;
  const auto *Call = dyn_cast<CallExpr>(&Node);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee)
    return false;
  if (Callee->hasAttr<ReturnsTwiceAttr>())
    return true;
  const IdentifierInfo *Name = Callee->getIdentifier();
  return Name &&
         llvm::is_contained({"setjmp", "_setjmp", "sigsetjmp", "__sigsetjmp",
                             "vfork", "getcontext", "__builtin_setjmp"},
                            Name->getName());
}

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
  if (Field) {
    OfField[{Base, Field}] = Id;
    Children[Base].push_back(Id);
  }
  return Id;
}

SlotId Slots::ofVariable(const VarDecl *V) const {
  auto It = OfVariable.find(V);
  return It == OfVariable.end() ? NoSlot : It->second;
}

SlotId Slots::ofField(SlotId Base, const FieldDecl *Field) const {
  auto It = OfField.find({Base, Field});
  return It == OfField.end() ? NoSlot : It->second;
}

const Expr *Slots::choiceAbove(const Expr *E) const {
  auto It = Above.find(E);
  return It == Above.end() ? nullptr : It->second;
}

SlotId Slots::ofExpression(const Expr *E) const {
  auto It = OfExpression.find(E);
  return It == OfExpression.end() ? NoSlot : It->second;
}

llvm::ArrayRef<SlotId> Slots::fieldsOf(SlotId Base) const {
  return Children[Base];
}

const VarDecl *Slots::variableOf(SlotId S) const {
  while (S != NoSlot && S != ThisBase && Fields[S])
    S = Bases[S];
  return S == NoSlot || S == ThisBase ? nullptr : Variables[S];
}

/// Fields that are scalars, and those of fields that are plain classes. Height
/// and number are bounded, since a state has an entry for each.
void SlotFinder::addFields(SlotId Base, const RecordDecl *R, unsigned Depth) {
  constexpr unsigned MaxDepth = 3, MaxFields = 32;
  if (!R || !R->isCompleteDefinition() || R->isUnion() || Depth > MaxDepth)
    return;
  unsigned Count = 0;
  for (const FieldDecl *Field : R->fields()) {
    if (++Count > MaxFields)
      return;
    QualType T = Field->getType();
    if (Field->isBitField() || T->isReferenceType() || T.isVolatileQualified())
      continue;
    if (isTracked(T))
      S.add(intType(Context, T), nullptr, Field, Base);
    else if (const RecordDecl *Inner = T->getAsRecordDecl())
      addFields(S.add(std::nullopt, nullptr, Field, Base), Inner, Depth + 1);
  }
}

/// V's object is made without running code that could keep its address.
static bool isBornAlone(const VarDecl &V) {
  const CXXRecordDecl *R = V.getType()->getAsCXXRecordDecl();
  if (R && !R->hasTrivialDestructor())
    return false;
  if (isa<ParmVarDecl>(V))
    return !R || R->isTriviallyCopyable();
  if (!V.getInit())
    return true;
  const Expr *Init = stripTransparent(V.getInit());
  if (const auto *Make = dyn_cast<CXXConstructExpr>(Init))
    return Make->getConstructor()->isTrivial();
  return isa<InitListExpr, ImplicitValueInitExpr, CXXScalarValueInitExpr>(Init);
}

void SlotFinder::declare(const VarDecl *V) {
  if (S.OfVariable.count(V) || V->getType()->isDependentType())
    return;
  if (V->getTLSKind() != VarDecl::TLS_None ||
      V->getType().isVolatileQualified())
    return;
  bool Record = V->hasLocalStorage() && V->getType()->isRecordType();
  if (!Record && !isTracked(V->getType()))
    return;
  // Weak, thread-local and register variables are not what they seem.
  if (V->hasAttr<WeakAttr>() || V->hasAttr<CleanupAttr>())
    return;
  SlotId Id = S.add(intType(Context, V->getType()), V, nullptr, NoSlot);
  S.OfVariable[V] = Id;
  if (Record)
    addFields(Id, V->getType()->getAsRecordDecl(), 0);
  if (!V->hasLocalStorage() || (Record && !isBornAlone(*V)))
    S.Exposed.set(Id);
}

/// Place is loaded or assigned by its parent and nothing else.
void SlotFinder::claim(const Expr *Place) {
  for (;;) {
    Place = Place->IgnoreParens();
    const auto *Member = dyn_cast<MemberExpr>(Place);
    if (!Member)
      break;
    const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
    if (!Field || Field->getType()->isReferenceType() || Member->isArrow())
      return;
    Place = Member->getBase();
  }
  if (const auto *Name = dyn_cast<DeclRefExpr>(Place))
    Claimed.insert(Name);
}

void SlotFinder::addThreshold(const llvm::APInt &V) {
  if (V.getBitWidth() > 64)
    return;
  Int128 At = Int128(V.getZExtValue());
  for (Int128 T : {At, At - 1, At + 1, -At, -At - 1, 1 - At})
    S.Thresholds.push_back(T);
}

void SlotFinder::visit(const Stmt &Node) {
  if (const auto *Name = dyn_cast<DeclRefExpr>(&Node)) {
    if (isa<VarDecl>(Name->getDecl()))
      Names.push_back(Name);
    return;
  }
  if (const auto *Cast = dyn_cast<CastExpr>(&Node)) {
    if (Cast->getCastKind() == CK_LValueToRValue)
      claim(Cast->getSubExpr());
    return;
  }
  if (const auto *Op = dyn_cast<BinaryOperator>(&Node)) {
    if (Op->isAssignmentOp())
      claim(Op->getLHS());
    if (Op->isLogicalOp())
      Choices.push_back(Op);
    return;
  }
  if (const auto *Op = dyn_cast<UnaryOperator>(&Node)) {
    if (Op->isIncrementDecrementOp())
      claim(Op->getSubExpr());
    return;
  }
  if (const auto *If = dyn_cast<ConditionalOperator>(&Node)) {
    Choices.push_back(If);
    return;
  }
  if (const auto *Number = dyn_cast<IntegerLiteral>(&Node))
    return addThreshold(Number->getValue());
  if (const auto *Letter = dyn_cast<CharacterLiteral>(&Node))
    return addThreshold(llvm::APInt(32, Letter->getValue()));
  if (const auto *Declares = dyn_cast<DeclStmt>(&Node))
    for (const Decl *D : Declares->decls())
      if (const auto *V = dyn_cast<VarDecl>(D); V && V->hasLocalStorage())
        declare(V);
}

void SlotFinder::walk(const Stmt *Root) {
  llvm::SmallVector<const Stmt *, 64> Work{Root};
  while (!Work.empty()) {
    const Stmt *Top = Work.pop_back_val();
    if (!Top)
      continue;
    S.Refused |= isBeyond(*Top);
    visit(*Top);
    Work.append(Top->child_begin(), Top->child_end());
  }
}

/// Where no slot of the name's own function is concerned, the name may still
/// be that of a static variable, whose slot is exposed anyway.
void SlotFinder::exposeUnclaimed() {
  for (const DeclRefExpr *Name : Names) {
    const auto *V = cast<VarDecl>(Name->getDecl());
    if (!V->hasLocalStorage() && !Name->refersToEnclosingVariableOrCapture())
      declare(V);
    auto It = S.OfVariable.find(V);
    if (It == S.OfVariable.end())
      continue;
    // A reference is used through its name without a load of its own.
    if (Claimed.contains(Name) || V->getType()->isReferenceType())
      continue;
    S.Exposed.set(It->second);
  }
  // Fields are exposed with their base; bases have smaller ids.
  for (SlotId Id = 1; Id < S.size(); ++Id)
    if (S.Fields[Id] &&
        (S.Bases[Id] == Slots::ThisBase || S.Exposed.test(S.Bases[Id])))
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
  exposeUnclaimed();
  addExpressions();
  addChoices();
  llvm::sort(S.Thresholds);
  S.Thresholds.erase(llvm::unique(S.Thresholds), S.Thresholds.end());
}

Slots::Slots(const FunctionDecl &F, const CFGAdapter &Adapter) {
  SlotFinder(*this, F, Adapter).run();
}

bool ConstState::join(const ConstState &Other) {
  bool Changed = false;
  for (size_t I = 0; I < Values.size(); ++I) {
    if (Values[I] == Other.Values[I] || Values[I] == Varies)
      continue;
    Value New = Pool->join(Values[I], Other.Values[I]);
    Changed |= New != Values[I];
    Values[I] = New;
  }
  return Changed;
}

static Value widenValue(ValuePool &Pool, const Slots &S, unsigned Visits,
                        Value Old, Value New) {
  constexpr unsigned Exact = 3, ByThresholds = 12;
  if (Old == New || !New || New->Is != ValueData::Kind::Int || Visits <= Exact)
    return New;
  if (Visits > ByThresholds)
    return Varies;
  IntType T = New->Type;
  IntRange H = hull(New->Ints);
  IntRange Before = Old && Old->Is == ValueData::Kind::Int && Old->Type == T
                        ? hull(Old->Ints)
                        : H;
  auto All = S.thresholds();
  if (H.Lo < Before.Lo) {
    auto It = llvm::upper_bound(All, H.Lo);
    H.Lo = It == All.begin() ? T.min() : std::max(T.min(), *std::prev(It));
  }
  if (H.Hi > Before.Hi) {
    auto It = llvm::lower_bound(All, H.Hi);
    H.Hi = It == All.end() ? T.max() : std::min(T.max(), *It);
  }
  return Pool.ints(T, {H});
}

void widen(const Slots &S, unsigned Visits, const ConstState &Old,
           ConstState &New) {
  for (size_t I = 0; I < New.Values.size(); ++I)
    New.Values[I] =
        widenValue(*New.Pool, S, Visits, Old.Values[I], New.Values[I]);
}

} // namespace stackward::source
