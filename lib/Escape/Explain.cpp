// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The way of a value, read off the solved sets: each item knows the edge that
/// first brought it, and the worklist is a queue, so the way is a short one.
#include "Solver.h"

using namespace llvm;

namespace stackward::escape {

static constexpr size_t MaxSteps = 24;

/// Long ways lose their middle: where a value was made and where it got away
/// matter most.
template <typename StepT> static void shorten(std::vector<StepT> &Steps) {
  if (Steps.size() > MaxSteps)
    Steps.erase(Steps.begin() + MaxSteps / 2, Steps.end() - MaxSteps / 2);
}

static void addEdgeSteps(const Edge &E, const Detail *More,
                         std::vector<Step> &Out) {
  if (!More) {
    Out.push_back({E.Because.At, E.Because.What, 0});
    return;
  }
  if (More->Passed)
    Out.push_back({E.Because.At, Why::PassedAsArgument, 0});
  bool NoteLast = E.Because.What == Why::ReturnedFromCall ||
                  E.Because.What == Why::StoredByCallee || !More->Inner;
  if (!NoteLast)
    Out.push_back({E.Because.At, E.Because.What, 0});
  if (More->Inner)
    for (const WitnessStep &S : *More->Inner)
      Out.push_back({S.At, S.What, S.Depth + 1});
  if (NoteLast)
    Out.push_back({E.Because.At, E.Because.What, 0});
}

/// Appends the way of E to V. Continue is the object that the value was last
/// stored in, if that object's escape is what ended the way.
void Solver::walkBack(VarId V, ElemId E, std::vector<Step> &Out,
                      ObjId &Continue) {
  Continue = ~0u;
  SmallVector<EdgeId, 16> Way;
  while (true) {
    const PointsTo &Pts = Vars[rep(V)].Pts;
    size_t I = Pts.find(E);
    assert(I != Pts.size() && "an item without a way");
    Way.push_back(Pts[I].Via);
    V = Edges[Pts[I].Via].Src;
    E = Pts[I].From;
    if (V == NoVar)
      break;
  }
  for (EdgeId Id : reverse(Way)) {
    const Edge &At = Edges[Id];
    if (At.More == InternalEdge)
      continue;
    const Detail *More = At.More == NoDetail ? nullptr : &Details[At.More];
    if (More && More->EscapeOf != ~0u)
      Continue = More->EscapeOf;
    else
      addEdgeSteps(At, More, Out);
  }
}

std::vector<Step> Solver::explain(VarId V, ElemId E) {
  std::vector<Step> Out;
  ObjId Next;
  walkBack(V, E, Out, Next);
  // Each object on the way escaped before what it holds did, so this ends;
  // the bound is for the length of the text.
  for (unsigned Stores = 0; Next != ~0u && Stores != 4; ++Stores)
    walkBack(Objects[Next].EscapeVar, Objects[Next].EscapeElem, Out, Next);
  shorten(Out);
  return Out;
}

Witness Solver::witness(VarId V, ElemId E) {
  Witness Out;
  for (const Step &S : explain(V, E))
    Out.push_back({S.At, S.What, S.Depth});
  return Out;
}

} // namespace stackward::escape
