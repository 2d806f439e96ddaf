// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Variables and temporaries. A local pointer whose address is not taken has
/// one node for each reaching definition, made on demand (Braun et al., "Simple
/// and Efficient Construction of Static Single Assignment Form", CC 2013):
///
///   T *p = new T;  use(p);  delete p;
///   p = new T;     keep(p);            // says nothing about the first object
///
/// Every other variable is one object with cells, whatever its type.
#include "Builder.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace stackward::source {

ObjectId FunctionBuilder::localObject(const VarDecl *V) {
  escape::Object O;
  O.Kind = escape::ObjectKind::Local;
  O.At = U.anchor(V->getLocation(), V->getLocation());
  if (const CXXRecordDecl *RD = V->getType()->getAsCXXRecordDecl();
      RD && RD->hasDefinition() && RD->isPolymorphic())
    O.DynamicType = U.typeSymbol(RD);
  ObjectId Id = G.addObject(O);
  if (V->getDeclContext() == FD)
    U.Locals[V] = {U.symbol(FD), Id, O.At};
  LocalLoops.push_back({Id, Facts.loopOf(V)});
  return Id;
}

void FunctionBuilder::hide(ObjectId O, Addr Owner, const Expr *At) {
  auto Home = ObjectOfNode.find(Owner.Base);
  bool Local = Home != ObjectOfNode.end() &&
               G.object(Home->second).Kind == escape::ObjectKind::Local;
  Hidden.push_back({O, Local ? Owner.Base : NoNode, Facts.loopOf(At)});
}

/// Address of a variable that is not tracked.
Addr FunctionBuilder::variable(const ValueDecl *D, const Stmt *At) {
  if (const auto *B = dyn_cast<BindingDecl>(D); B && !Captures.contains(D)) {
    const Expr *E = B->getBinding();
    return E ? eval(E) : Addr{outside(), 0};
  }
  if (auto It = Variables.find(D); It != Variables.end())
    return It->second;
  escape::Note N = note(D->getLocation(), Why::AddressTaken);
  const auto *V = dyn_cast<VarDecl>(D);
  if (FieldDecl *Field = Captures.lookup(D)) {
    Addr Slot = fieldAddress(Addr{This, 0}, Field, N);
    if (Field->getType()->isReferenceType())
      Slot = load(Slot, N);
    return Variables[D] = Slot;
  }
  if (!V)
    return Addr{outside(), 0};
  if (V->hasGlobalStorage()) {
    escape::Object O;
    O.Kind = escape::ObjectKind::Global;
    O.At = N.At;
    NodeId Home = G.addNode();
    G.addressOf(Home, G.addObject(O), 0, N);
    return Variables[D] = Addr{Home, 0};
  }
  // A local of an enclosing function that is named without being captured
  // (a constant): nothing can be reached through it here.
  if (V->getDeclContext() != FD && !FD->Encloses(V->getDeclContext()) &&
      !isa<CXXMethodDecl>(FD))
    return Addr{outside(), 0};
  if (V->getType()->isReferenceType())
    return Addr{outside(), 0};
  return Variables[D] = objectAddress(localObject(V), N);
}

bool FunctionBuilder::isTracked(const VarDecl *V) const {
  QualType T = V->getType();
  return (T->isPointerType() || T->isNullPtrType()) && V->hasLocalStorage() &&
         !T.isVolatileQualified() && !V->hasAttr<CleanupAttr>() &&
         !Facts.Untracked.contains(V) && V->getDeclContext() == FD &&
         !Captures.contains(V);
}

const VarDecl *FunctionBuilder::tracked(const Expr *E) const {
  const auto *Ref = dyn_cast<DeclRefExpr>(E->IgnoreParens());
  const auto *V = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return V && isTracked(V) ? V : nullptr;
}

NodeId FunctionBuilder::readTracked(const VarDecl *V, const Expr *E) {
  NodeId Version = readVariable(V, Block);
  Events[Block].push_back({Event::Read, V, Version, Facts.RootOf.lookup(E)});
  return Version;
}

void FunctionBuilder::writeVariable(const VarDecl *V, NodeId N) {
  Exit[Block][V] = N;
  Events[Block].push_back({Event::Write, V, N});
}

/// The version that reaches the end of what is lowered so far in the block.
NodeId FunctionBuilder::readVariable(const VarDecl *V, unsigned B) {
  if (auto It = Exit[B].find(V); It != Exit[B].end())
    return It->second;
  if (auto It = Entry[B].find(V); It != Entry[B].end())
    return It->second;
  // One node for each variable and block with no definition of its own. A
  // chain of single predecessors could share one; it costs little not to.
  NodeId N = G.addNode();
  Entry[B][V] = N;
  Phis.push_back({V, B, N});
  return N;
}

void FunctionBuilder::finishPhis() {
  escape::Note N;
  for (; PhisDone < Phis.size(); ++PhisDone) { // grows on the way
    Phi P = Phis[PhisDone];
    for (const CFGBlock::AdjacentBlock &Pred : BlockById[P.Block]->preds()) {
      const CFGBlock *From = Pred.getReachableBlock()
                                 ? Pred.getReachableBlock()
                                 : Pred.getPossiblyUnreachableBlock();
      if (!From || isDead(*From))
        continue;
      NodeId Value = readVariable(P.Var, From->getBlockID());
      if (Value != NoNode && Value != P.Node)
        G.copy(P.Node, Value, 0, N);
    }
  }
}

Addr FunctionBuilder::aimedAt(const BodyFacts::Aim &A) {
  Addr Result;
  switch (A.What) {
  case BodyFacts::Aim::Variable:
    return variable(static_cast<const VarDecl *>(A.Target), nullptr);
  case BodyFacts::Aim::Return:
    return Addr{ResultSlot, 0};
  case BodyFacts::Aim::Member:
    return initializedPlace(static_cast<const CXXCtorInitializer *>(A.Target));
  case BodyFacts::Aim::Heap:
    Result = evalNewStorage(static_cast<const CXXNewExpr *>(A.Target));
    break;
  case BodyFacts::Aim::Part:
    Result = destination(static_cast<const Expr *>(A.Target));
    break;
  }
  Result.K = addOffsets(Result.K, A.K);
  return Result;
}

Addr FunctionBuilder::destination(const Expr *E) {
  if (auto It = Destinations.find(E); It != Destinations.end())
    return It->second;
  Addr Result;
  if (auto It = Facts.Aims.find(E); It != Facts.Aims.end())
    Result = aimedAt(It->second);
  if (!Result) {
    escape::Object O;
    O.Kind = escape::ObjectKind::Local;
    O.At = U.anchor(E);
    if (const CXXRecordDecl *RD = E->getType()->getAsCXXRecordDecl();
        RD && RD->hasDefinition() && RD->isPolymorphic())
      O.DynamicType = U.typeSymbol(RD);
    Result = objectAddress(G.addObject(O), {O.At, Why::AddressTaken});
  }
  return Destinations[E] = Result;
}

} // namespace stackward::source
