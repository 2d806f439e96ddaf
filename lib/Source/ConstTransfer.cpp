// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the elements of a block do to the state.
#include "ConstTransfer.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Analysis/CFG.h"

using namespace clang;

namespace stackward::source {

CallOracle::~CallOracle() = default;

Transfer::Transfer(const FunctionDecl &F, const CFGAdapter &Adapter,
                   const Slots &S, ValuePool &Pool, CallOracle *Calls)
    : F(F), Context(F.getASTContext()), Adapter(Adapter), Tracked(S),
      Pool(Pool), Calls(Calls) {
  const LangOptions &Lang = Context.getLangOpts();
  Rules.SignedWraps =
      Lang.getSignedOverflowBehavior() == LangOptions::SOB_Defined;
  Rules.ShiftsAreModular = Lang.CPlusPlus20;
  llvm::BitVector Open = Tracked.exposed();
  if (Calls)
    findBorrowers(Open);
  for (unsigned Slot : Open.set_bits()) {
    // What a reference is bound to never changes.
    const VarDecl *V = Tracked.variableOf(Slot);
    if (!V || !V->getType()->isReferenceType())
      Forgettable.push_back(Slot);
  }
  if (!Calls)
    return;
  for (SlotId Slot : Tracked.statics())
    if (Value Known = Calls->valueOf(*Tracked.variableOf(Slot)))
      Invariants.push_back({Slot, Known});
}

void Transfer::findBorrowers(llvm::BitVector &Open) {
  for (const Slots::Lent &L : Tracked.lent()) {
    if (!Calls->isOnlyLent(*Tracked.variableOf(L.Variable)))
      continue;
    llvm::SmallVector<SlotId, 8> Parts{L.Variable};
    while (!Parts.empty()) {
      SlotId Part = Parts.pop_back_val();
      Open.reset(Part);
      llvm::append_range(Parts, Tracked.partsOf(Part));
    }
    for (const Loan &To : L.Loans) {
      const auto *Call = dyn_cast<CallExpr>(To.To);
      const FunctionDecl *Callee = Call ? certainCallee(*Call) : nullptr;
      if (!Callee || !Calls->onlyReads(*Callee, To.Param))
        Borrowed[To.To].push_back(L.Variable);
    }
  }
}

void Transfer::assumeInvariants(State &S) const {
  for (auto [Slot, Known] : Invariants)
    S.Values[Slot] = Known;
}

ConstState Transfer::boundary(dataflow::BlockId B) {
  ConstState S;
  S.Pool = &Pool;
  S.Values.assign(Tracked.size(), Varies);
  assumeInvariants(S);
  if (B != Adapter.Graph.entry())
    return S; // a handler: anything may have happened
  for (unsigned I = 0; I < F.getNumParams(); ++I) {
    const ParmVarDecl *P = F.getParamDecl(I);
    SlotId Slot = Tracked.ofVariable(P);
    if (Slot == NoSlot)
      continue;
    if (P->getType()->isReferenceType())
      S.Values[Slot] = Pool.notNull();
    else if (I < Params.size())
      S.Values[Slot] = Params[I];
  }
  return S;
}

void Transfer::transfer(dataflow::BlockId B, State &S) {
  Scratch.clear();
  Dead = false;
  if (B == Adapter.Graph.exit())
    Seen.Returns = true;
  for (const CFGElement &E : *Adapter.Blocks[B]) {
    element(E, S);
    if (Dead)
      return;
  }
}

void Transfer::element(const CFGElement &E, State &S) {
  switch (E.getKind()) {
  case CFGElement::Statement:
  case CFGElement::Constructor:
  case CFGElement::CXXRecordTypedCall:
    return statement(*E.castAs<CFGStmt>().getStmt(), S);
  case CFGElement::Initializer:
    return initialise(*E.castAs<CFGInitializer>().getInitializer(), S);
  case CFGElement::AutomaticObjectDtor:
  case CFGElement::DeleteDtor:
  case CFGElement::BaseDtor:
  case CFGElement::MemberDtor:
  case CFGElement::TemporaryDtor:
  case CFGElement::CleanupFunction:
  case CFGElement::NewAllocator:
    Seen.Writes = true;
    return clobber(S);
  case CFGElement::ScopeBegin:
  case CFGElement::ScopeEnd:
  case CFGElement::LifetimeEnds:
  case CFGElement::LoopExit:
    return;
  }
}

void Transfer::statement(const Stmt &Node, State &S) {
  if (const auto *E = dyn_cast<Expr>(&Node)) {
    if (stripTransparent(E) != E)
      return; // what is inside was an element of its own
    Value V = evaluate(*E, S);
    if (!Dead)
      record(E, V, S);
    return;
  }
  if (const auto *Declares = dyn_cast<DeclStmt>(&Node))
    return declare(*Declares, S);
  if (const auto *Return = dyn_cast<ReturnStmt>(&Node)) {
    if (Return->getRetValue())
      returned(valueOf(Return->getRetValue(), S));
    return;
  }
}

/// A pointer to a slot means nothing outside of this activation.
Value Transfer::withoutTarget(Value V) {
  bool Points = V && V->Is == ValueData::Kind::Pointer;
  return Points && V->Null == Nullness::NotNull ? Pool.notNull() : V;
}

void Transfer::returned(Value V) {
  V = withoutTarget(V);
  Seen.Returned = Seen.Returned ? Pool.join(*Seen.Returned, V) : V;
}

void Transfer::record(const Expr *E, Value V, State &S) {
  Scratch[E] = V;
  if (SlotId Slot = Tracked.ofExpression(E); Slot != NoSlot)
    S.Values[Slot] = V;
  choose(E, V, S);
  if (Watches == Watch::Everything && E->isPRValue() &&
      E->getType()->isScalarType()) {
    auto [It, New] = Seen.Values.insert({E, V});
    if (!New)
      It->second = Pool.join(It->second, V);
  }
}

/// Operand has value V, and may be what an operator above it will give: the
/// last operand of a short circuit, an arm of a conditional operator. For the
/// first operand of a short circuit the branch decides (decide()).
void Transfer::choose(const Expr *Operand, Value V, State &S) {
  const Expr *Above = Tracked.choiceAbove(Operand);
  while (Above) {
    SlotId Slot = Tracked.ofExpression(Above);
    const auto *Op = dyn_cast<BinaryOperator>(Above);
    if (Op && stripTransparent(Op->getLHS()) == Operand) {
      // Not yet known; and an earlier turn's value must not survive.
      V = Varies;
    } else if (Op) {
      std::optional<bool> Known = truth(V);
      V = Known ? converted(Pool.boolean(*Known), Context.BoolTy, Op->getType())
                : Varies;
    }
    S.Values[Slot] = V;
    Operand = Above;
    Above = Tracked.choiceAbove(Above);
  }
}

void Transfer::note(const Expr *E, const Evaluated &Result) {
  if (Watches == Watch::Nothing)
    return;
  if (Result.Error == CertainError::None) {
    Seen.Fine.insert(E);
    return;
  }
  Seen.Errors.insert({E, Result.Error});
}

void Transfer::clobber(State &S, const Expr *By) {
  for (SlotId Slot : Forgettable)
    S.Values[Slot] = Varies;
  if (auto It = Borrowed.find(By); By && It != Borrowed.end())
    for (SlotId Variable : It->second)
      forgetRecord(Variable, S);
  assumeInvariants(S);
}

/// An assignment to Place. Where it goes to no known slot, it may go to all
/// that is exposed and to any part of the variable that Place begins with.
Value Transfer::store(const Expr *Place, Value V, State &S) {
  SlotId To = placeOf(Place, S);
  if (To != NoSlot && To != Slots::ThisBase)
    return put(To, V, S);
  Seen.Writes = true;
  clobber(S);
  if (SlotId Root = Tracked.rootOf(Place); Root != NoSlot)
    put(Root, Varies, S);
  return V;
}

/// What a bit-field keeps of V.
static Value cutToField(ValuePool &Pool, const FieldDecl *Field, Value V,
                        std::optional<IntType> T) {
  if (!Field || !Field->isBitField() || !T || T->Width > 64)
    return V;
  IntType Kept{std::min(T->Width, Field->getBitWidthValue()), T->Signed};
  return convertInt(Pool, convertInt(Pool, V, *T, Kept), Kept, *T);
}

/// Members of a union that share To's bytes hold nothing any more.
void Transfer::forgetRivals(SlotId To, State &S) {
  for (SlotId Base = Tracked.baseOf(To); Base != NoSlot;
       To = Base, Base = Tracked.baseOf(To))
    if (Tracked.isUnion(Base))
      for (SlotId Rival : Tracked.partsOf(Base))
        if (Rival != To)
          forgetRecord(Rival, S);
}

Value Transfer::put(SlotId To, Value V, State &S) {
  const VarDecl *Variable = Tracked.variableOf(To);
  if (!Variable || !Variable->hasLocalStorage())
    Seen.Writes = true;
  forgetRivals(To, S);
  if (!Tracked.partsOf(To).empty()) {
    forgetRecord(To, S);
    return V;
  }
  V = cutToField(Pool, Tracked.fieldOf(To), V, Tracked.typeOf(To));
  if (Calls && Variable && !Variable->hasLocalStorage())
    Calls->stored(*Variable, withoutTarget(V));
  return S.Values[To] = V;
}

void Transfer::forgetRecord(SlotId Base, State &S) {
  llvm::SmallVector<SlotId, 8> Work{Base};
  while (!Work.empty()) {
    SlotId Top = Work.pop_back_val();
    S.Values[Top] = Varies;
    llvm::append_range(Work, Tracked.partsOf(Top));
  }
}

/// The object at To becomes a copy of the one at From, or of its base.
void Transfer::copyParts(SlotId To, SlotId From, State &S) {
  llvm::ArrayRef<SlotId> Parts = Tracked.partsOf(To);
  for (size_t I = 0; I < Parts.size(); ++I) {
    const FieldDecl *Field = Tracked.fieldOf(Parts[I]);
    SlotId Source = Field ? Tracked.ofField(From, Field)
                          : Tracked.ofElement(From, Int128(I));
    if (Source == NoSlot)
      forgetRecord(Parts[I], S);
    else if (Tracked.partsOf(Parts[I]).empty())
      S.Values[Parts[I]] = S.Values[Source];
    else
      copyParts(Parts[I], Source, S);
  }
}

/// The fields of a class in the order of its initializer list.
static llvm::SmallVector<const FieldDecl *, 8> listedFields(QualType T) {
  llvm::SmallVector<const FieldDecl *, 8> Fields;
  const RecordDecl *R = T->getAsRecordDecl();
  const auto *Class = dyn_cast_or_null<CXXRecordDecl>(R);
  if (!R || R->isUnion() || (Class && Class->getNumBases() > 0))
    return Fields;
  for (const FieldDecl *Field : R->fields())
    if (!Field->isUnnamedBitField())
      Fields.push_back(Field);
  return Fields;
}

void Transfer::initialiseParts(SlotId Base, const Expr *Init, State &S) {
  forgetRecord(Base, S);
  Init = Init ? stripTransparent(Init) : nullptr;
  const auto *Make = dyn_cast_or_null<CXXConstructExpr>(Init);
  if (Make && Make->getConstructor()->isTrivial() &&
      Make->getConstructor()->isCopyOrMoveConstructor()) {
    SlotId From = placeOf(Make->getArg(0), S);
    if (From != NoSlot)
      copyParts(Base, From, S);
    return;
  }
  const auto *List = dyn_cast_or_null<InitListExpr>(Init);
  if (!List)
    return;
  if (!List->isSemanticForm() && List->getSemanticForm())
    List = List->getSemanticForm();
  bool IsArray = List->getType()->isConstantArrayType();
  llvm::SmallVector<const FieldDecl *, 8> Fields =
      listedFields(List->getType());
  unsigned Count = IsArray ? Tracked.partsOf(Base).size() : Fields.size();
  for (unsigned I = 0; I < Count; ++I) {
    const Expr *Part = I < List->getNumInits() ? List->getInit(I)
                       : IsArray               ? List->getArrayFiller()
                                               : nullptr;
    SlotId Slot = IsArray ? Tracked.ofElement(Base, Int128(I))
                          : Tracked.ofField(Base, Fields[I]);
    if (Slot == NoSlot || !Part)
      continue;
    if (Tracked.partsOf(Slot).empty())
      put(Slot, valueOf(Part, S), S);
    else
      initialiseParts(Slot, Part, S);
  }
}

void Transfer::declare(const DeclStmt &Node, State &S) {
  for (const Decl *D : Node.decls()) {
    const auto *V = dyn_cast<VarDecl>(D);
    if (!V || !V->hasLocalStorage())
      continue;
    SlotId Slot = Tracked.ofVariable(V);
    if (Slot == NoSlot)
      continue;
    if (V->getType()->isRecordType() || V->getType()->isConstantArrayType()) {
      initialiseParts(Slot, V->getInit(), S);
      continue;
    }
    Value New = Varies;
    if (V->getType()->isReferenceType())
      New = Pool.notNull(V->getInit() ? placeOf(V->getInit(), S) : NoSlot);
    else if (V->getInit())
      New = valueOf(V->getInit(), S);
    S.Values[Slot] = New;
    if (Watches != Watch::Nothing) {
      auto [It, First] = Seen.Definitions.insert({&Node, New});
      if (!First)
        It->second = Pool.join(It->second, New);
    }
  }
}

void Transfer::initialise(const CXXCtorInitializer &Init, State &S) {
  Seen.Writes = true;
  if (!Init.isMemberInitializer())
    return clobber(S);
  SlotId Slot = Tracked.ofField(Slots::ThisBase, Init.getMember());
  if (Slot == NoSlot)
    return;
  put(Slot, valueOf(Init.getInit(), S), S);
}

} // namespace stackward::source
