// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The graph's additions, and the words of the closed tables.
#include "stackward/Escape/Graph.h"
#include <cassert>

using namespace llvm;

namespace stackward::escape {

StringRef reasonId(Reason R) {
  static constexpr const char *Ids[] = {
#define REASON(Name, Id, Text) Id,
#include "stackward/Escape/Reasons.def"
  };
  return Ids[unsigned(R)];
}

StringRef reasonText(Reason R) {
  static constexpr const char *Texts[] = {
#define REASON(Name, Id, Text) Text,
#include "stackward/Escape/Reasons.def"
  };
  return Texts[unsigned(R)];
}

StringRef whyText(Why W) {
  static constexpr const char *Texts[] = {
#define WHY(Name, Text) Text,
#include "stackward/Escape/Why.def"
  };
  return Texts[unsigned(W)];
}

ObjectId Graph::addObject(Object O) {
  Objects.push_back(std::move(O));
  return Objects.size() - 1;
}

void Graph::addressOf(NodeId Dst, ObjectId O, Offset K, Note Because) {
  assert(Dst < Nodes && O < Objects.size() && "unknown node or object");
  Constraints.push_back({ConstraintKind::AddressOf, Dst, O, K, Because});
}

void Graph::copy(NodeId Dst, NodeId Src, Offset K, Note Because) {
  assert(Dst < Nodes && Src < Nodes && "unknown node");
  Constraints.push_back({ConstraintKind::Copy, Dst, Src, K, Because});
}

void Graph::load(NodeId Dst, NodeId Address, Offset K, Note Because) {
  assert(Dst < Nodes && Address < Nodes && "unknown node");
  Constraints.push_back({ConstraintKind::Load, Dst, Address, K, Because});
}

void Graph::loadNumber(NodeId Dst, NodeId Address, Offset K, Note Because) {
  assert(Dst < Nodes && Address < Nodes && "no such node");
  Constraints.push_back({ConstraintKind::LoadNumber, Dst, Address, K, Because});
}

void Graph::store(NodeId Address, Offset K, NodeId Src, Note Because) {
  assert(Address < Nodes && Src < Nodes && "unknown node");
  Constraints.push_back({ConstraintKind::Store, Address, Src, K, Because});
}

void Graph::copyMemory(NodeId DstAddress, NodeId SrcAddress, Note Because) {
  assert(DstAddress < Nodes && SrcAddress < Nodes && "unknown node");
  Constraints.push_back(
      {ConstraintKind::CopyMemory, DstAddress, SrcAddress, 0, Because});
}

void Graph::leak(NodeId Value, Reason R, Note At) {
  assert(Value < Nodes && "unknown node");
  Leaks.push_back({Value, R, At});
}

void Graph::release(NodeId Value, Family By, Note At, bool Must) {
  assert(Value < Nodes && "unknown node");
  Releases.push_back({Value, By, At, Must});
}

void Graph::call(Call C) { Calls.push_back(std::move(C)); }

// What escapes is found in globals, so reading any global gives it all.
void Graph::outside(NodeId Dst, Note Because) {
  if (World == NoNode) {
    Object Nameless;
    Nameless.Kind = ObjectKind::Global;
    World = addNode();
    addressOf(World, addObject(std::move(Nameless)), 0, Because);
  }
  load(Dst, World, 0, Because);
}

void Graph::returns(NodeId Value, Note At) {
  assert(Value < Nodes && "unknown node");
  Returned.push_back({Value, At});
}

} // namespace stackward::escape
