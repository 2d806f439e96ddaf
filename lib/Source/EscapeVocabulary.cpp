// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The few words in which everything else is said: notes, nodes, loads, stores,
/// leaks.
#include "Builder.h"

using namespace clang;

namespace stackward::source {

bool isScalarPointer(QualType T) {
  return T->isPointerType() || T->isBlockPointerType() ||
         T->isMemberFunctionPointerType();
}

escape::Note FunctionBuilder::note(const Stmt *S, Why W) {
  return S ? escape::Note{U.anchor(S), W} : note(FD->getLocation(), W);
}

escape::Note FunctionBuilder::note(SourceLocation Loc, Why W) {
  return {U.anchor(Loc, Loc), W};
}

NodeId FunctionBuilder::outside() {
  if (Outside != NoNode)
    return Outside;
  escape::Object O;
  O.Kind = escape::ObjectKind::Global;
  Outside = G.addNode();
  G.addressOf(Outside, G.addObject(O), AnyOffset, {});
  return Outside;
}

/// A as a node that other constraints may use. Whoever holds the address of
/// a container can make it grow.
NodeId FunctionBuilder::node(Addr A, escape::Note N) {
  if (A) {
    containerEscapesBound(A);
    Shown.insert(A.Base);
  }
  return plainNode(A, N);
}

NodeId FunctionBuilder::plainNode(Addr A, escape::Note N) {
  if (!A || A.K == 0)
    return A.Base;
  NodeId Shifted = G.addNode();
  G.copy(Shifted, A.Base, A.K, N);
  return Shifted;
}

Addr FunctionBuilder::objectAddress(ObjectId O, escape::Note N) {
  NodeId Home = G.addNode();
  G.addressOf(Home, O, 0, N);
  ObjectOfNode[Home] = O;
  return {Home, 0};
}

Addr FunctionBuilder::load(Addr A, escape::Note N) {
  if (!A)
    return {};
  NodeId Value = G.addNode();
  G.load(Value, A.Base, A.K, {N.At, Why::Loaded});
  return {Value, 0};
}

void FunctionBuilder::store(Addr To, Addr Value, escape::Note N) {
  if (!Value)
    return;
  // No address: null or an integer made into one. Nobody knows who reads it.
  if (!To)
    return leak(Value, Reason::Global, N);
  G.store(To.Base, To.K, node(Value, N), N);
}

void FunctionBuilder::copyAll(Addr To, Addr From, escape::Note N) {
  if (!From)
    return;
  if (!To)
    return leakContent(From, Reason::Global, N);
  Shown.insert(From.Base);
  containerEscapesBound(From); // it goes on growing there
  G.copyMemory(node(To, N), plainNode(From, N), N);
}

void FunctionBuilder::leak(Addr A, Reason R, escape::Note N) {
  if (A)
    G.leak(node(A, N), R, N);
}

void FunctionBuilder::leakContent(Addr A, Reason R, escape::Note N) {
  if (!A)
    return;
  leak(load(Addr{A.Base, AnyOffset}, N), R, N);
}

Addr FunctionBuilder::join(llvm::ArrayRef<Addr> Parts, escape::Note N) {
  NodeId Joined = NoNode;
  for (Addr A : Parts) {
    if (!A)
      continue;
    if (Joined == NoNode)
      Joined = G.addNode();
    Shown.insert(A.Base);
    containerEscapesBound(A);
    G.copy(Joined, A.Base, A.K, N);
  }
  return {Joined, 0};
}

} // namespace stackward::source
