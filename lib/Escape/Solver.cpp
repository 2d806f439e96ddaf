// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The engine: variables, edges, uses and the worklist. What an edge or a use
/// means for memory is in Objects.cpp, for calls in Calls.cpp.
#include "Solver.h"

using namespace llvm;

namespace stackward::escape {

Solver::Solver(const Graph &G, FunctionId F, SolverHost &Host, const Limits &L,
               StickyCaps &Caps)
    : G(G), Self(F), Host(Host), Limit(L), Caps(Caps) {
  Sinks.fill(NoVar);
  Holders.fill(NoVar);
  Vars.reserve(G.numNodes() + 2 * G.objects().size() + 16);
  for (unsigned N = 0; N != G.numNodes(); ++N)
    addVar();
}

VarId Solver::addVar() {
  Vars.emplace_back();
  Vars.back().Parent = Vars.size() - 1;
  return Vars.size() - 1;
}

VarId Solver::rep(VarId V) {
  while (Vars[V].Parent != V) {
    Vars[V].Parent = Vars[Vars[V].Parent].Parent;
    V = Vars[V].Parent;
  }
  return V;
}

void Solver::enqueue(VarId V) {
  if (Vars[V].Queued)
    return;
  Vars[V].Queued = true;
  Queue.push_back(V);
}

void Solver::insert(VarId V, ElemId E, EdgeId Via, ElemId From) {
  V = rep(V);
  if (Vars[V].Pts.add({named(normal(E)), Via, From, Clock})) {
    ++Clock;
    enqueue(V);
  }
}

void Solver::insertNew(VarId V, ElemId E, Note N, uint32_t More) {
  insert(V, E, record(NoVar, V, 0, N, More), E);
}

EdgeId Solver::record(VarId Src, VarId Dst, Offset Shift, Note N,
                      uint32_t More) {
  Edges.push_back({Src, Dst, Shift, N, More, ~0u});
  return Edges.size() - 1;
}

uint32_t Solver::detail(Detail D) {
  Details.push_back(D);
  return Details.size() - 1;
}

void Solver::addEdge(VarId Src, VarId Dst, Offset Shift, Note N,
                     uint32_t More) {
  VarId S = rep(Src), D = rep(Dst);
  if (!spend() || (S == D && Shift == 0))
    return;
  if (Running && !KnownEdges.insert({uint64_t(S) << 32 | D, Shift}).second)
    return;
  EdgeId E = record(Src, Dst, Shift, N, More);
  Variable &From = Vars[S];
  if (From.LastOut == ~0u)
    From.FirstOut = E;
  else
    Edges[From.LastOut].Next = E;
  From.LastOut = E;
  // What S has passed on already it passes on here too. S may be merged away
  // by a collapse on the way; then all its items start again.
  for (size_t I = 0; I < Vars[S].Done && rep(S) == S; ++I)
    propagate(E, Vars[S].Pts[I]);
}

void Solver::addUse(VarId V, Use U) {
  VarId R = rep(V);
  U.Next = ~0u;
  Uses.push_back(U);
  uint32_t Id = Uses.size() - 1;
  if (Vars[R].LastUse == ~0u)
    Vars[R].FirstUse = Id;
  else
    Uses[Vars[R].LastUse].Next = Id;
  Vars[R].LastUse = Id;
  for (size_t I = 0; I < Vars[R].Done && rep(R) == R; ++I)
    apply(R, U, Vars[R].Pts[I]);
}

void Solver::propagate(EdgeId E, Item I) {
  if (!spend())
    return;
  Offset K = Edges[E].Shift;
  ElemId To = K == 0 ? I.What : shifted(I.What, K);
  insert(Edges[E].Dst, To, E, I.What);
}

void Solver::visit(VarId V) {
  Vars[V].Queued = false;
  for (VarId R = rep(V); Left && Vars[R].Done < Vars[R].Pts.size();
       R = rep(R)) {
    Item I = Vars[R].Pts[Vars[R].Done++];
    if (named(I.What) != I.What) { // it escaped on the way here
      insert(R, OutsideElem, I.Via, I.From);
      continue;
    }
    for (uint32_t U = Vars[R].FirstUse; U != ~0u; U = Uses[U].Next) {
      Use Copy = Uses[U]; // the table may grow
      apply(R, Copy, I);
    }
    for (EdgeId E = Vars[R].FirstOut; E != ~0u; E = Edges[E].Next)
      propagate(E, I);
  }
}

bool Solver::run() {
  Running = true;
  uint64_t AtCollapse = Left;
  while (Left && QueueHead != Queue.size()) {
    visit(Queue[QueueHead++]);
    if (QueueHead > 4096 && QueueHead * 2 > Queue.size()) {
      Queue.erase(Queue.begin(), Queue.begin() + QueueHead);
      QueueHead = 0;
    }
    if (AtCollapse - Left > 4 * (Vars.size() + Edges.size()) + 4096) {
      collapseCycles();
      AtCollapse = Left;
    }
  }
  return Left != 0;
}

bool Solver::solve(uint64_t &Budget) {
  Left = Budget;
  addConstraints();
  collapseCycles();
  bool Solved = false;
  do
    Solved = run();
  while (Solved && chooseExported());
  Budget = Left;
  return Solved;
}

void Solver::addConstraints() {
  OutsideObject = addObject(SKind::Outside);
  OutsideElem = intern(OutsideObject, AnyOffset);
  OutsideVar = cell(OutsideElem);
  insertNew(OutsideVar, OutsideElem, Note(), InternalEdge);
  for (unsigned P = 0; P != G.numParams(); ++P)
    insertNew(P, intern(addRootPhantom(PathRoot::Param, P), 0), Note(),
              InternalEdge);
  ReturnVar = addVar();
  std::vector<ObjId> OfGraph;
  OfGraph.reserve(G.objects().size());
  for (auto [I, O] : enumerate(G.objects())) {
    static constexpr SKind Kinds[] = {SKind::Site, SKind::Local, SKind::Global,
                                      SKind::Function};
    OfGraph.push_back(addObject(Kinds[unsigned(O.Kind)]));
    SObject &New = Objects.back();
    New.GraphObject = I;
    New.DynamicType = O.DynamicType;
    New.FunctionSymbol = O.FunctionSymbol;
    if (New.Kind == SKind::Function && Host.table(O.FunctionSymbol))
      New.Kind = SKind::Table;
  }
  FirstGraphObject = OfGraph.empty() ? 0 : OfGraph.front();
  for (ObjId O : OfGraph)
    if (Objects[O].Kind == SKind::Global)
      publish(O);
  for (const Constraint &C : G.constraints())
    addConstraint(C);
  for (const Leak &L : G.leaks())
    addEdge(L.Value, sink(L.Because), 0, L.At);
  for (auto [Value, At] : G.returned())
    addEdge(Value, ReturnVar, 0, At);
  if (!G.returned().empty())
    addInternal(ReturnVar, held(Reason::Return));
  for (const Release &R : G.releases())
    Releases.push_back({R.Value, R.By, R.At, false, R.Must});
  for (auto [I, C] : enumerate(G.calls()))
    addCall(C, I);
}

void Solver::addConstraint(const Constraint &C) {
  switch (C.Kind) {
  case ConstraintKind::AddressOf:
    return insertNew(C.Dst, intern(FirstGraphObject + C.Src, C.Shift),
                     C.Because, NoDetail);
  case ConstraintKind::Copy:
    return addEdge(C.Src, C.Dst, C.Shift, C.Because);
  case ConstraintKind::Load:
    return addUse(C.Src, {UseKind::Load, C.Dst, C.Shift, C.Because, NoDetail});
  case ConstraintKind::LoadNumber:
    return addUse(C.Src,
                  {UseKind::LoadNumber, C.Dst, C.Shift, C.Because, NoDetail});
  case ConstraintKind::Store:
    return addUse(C.Dst, {UseKind::Store, C.Src, C.Shift, C.Because, NoDetail});
  case ConstraintKind::CopyMemory:
    addUse(C.Dst, {UseKind::CopyDst, C.Src, 0, C.Because, NoDetail});
    return addUse(C.Src, {UseKind::CopySrc, C.Dst, 0, C.Because, NoDetail});
  }
  llvm_unreachable("closed switch");
}

void Solver::apply(VarId V, const Use &U, Item I) {
  if (!spend())
    return;
  I.What = named(I.What);
  switch (U.Kind) {
  case UseKind::Load:
    return applyLoad(U, I.What);
  case UseKind::LoadNumber:
    return applyLoadNumber(U, I.What);
  case UseKind::Store:
    return applyStore(U, I.What);
  case UseKind::CopyDst:
    for (size_t J = 0; J < Vars[rep(U.A)].Done; ++J)
      link(I.What, named(Vars[rep(U.A)].Pts[J].What), U.Because);
    return;
  case UseKind::CopySrc:
    for (size_t J = 0; J < Vars[rep(U.A)].Done; ++J)
      link(named(Vars[rep(U.A)].Pts[J].What), I.What, U.Because);
    return;
  case UseKind::Call:
    return dispatch(U.A, I);
  case UseKind::Escape:
    return escape(Elems[I.What].Object, V, I.What);
  case UseKind::Hold:
    return hold(Elems[I.What].Object, V, U.A);
  }
  llvm_unreachable("closed switch");
}

/// Others become Into. Items, edges and uses are joined and the items pass
/// once more over all of them; edges and links made twice are dropped.
void Solver::merge(VarId Into, ArrayRef<VarId> Others) {
  Into = rep(Into);
  for (VarId Other : Others) {
    VarId O = rep(Other);
    if (O == Into)
      continue;
    Variable &To = Vars[Into], &From = Vars[O];
    for (const Item &I : From.Pts)
      if (!To.Pts.add(I))
        To.Pts.keepEarlier(I);
    if (From.FirstOut != ~0u) {
      (To.LastOut == ~0u ? To.FirstOut : Edges[To.LastOut].Next) =
          From.FirstOut;
      To.LastOut = From.LastOut;
    }
    if (From.FirstUse != ~0u) {
      (To.LastUse == ~0u ? To.FirstUse : Uses[To.LastUse].Next) = From.FirstUse;
      To.LastUse = From.LastUse;
    }
    From.Parent = Into;
    From.Pts = PointsTo();
    From.FirstOut = From.LastOut = From.FirstUse = From.LastUse = ~0u;
    From.Done = 0;
  }
  Vars[Into].Done = 0;
  if (Vars[Into].Pts.size())
    enqueue(Into);
}

namespace {
/// Tarjan's components over the plain copy edges, without recursion.
struct CycleFinder {
  struct Frame {
    VarId V;
    EdgeId Next;
  };
  std::vector<uint32_t> Number, Low;
  std::vector<bool> OnStack;
  std::vector<VarId> Stack;
  std::vector<Frame> Frames;
  std::vector<std::vector<VarId>> Cycles;
  uint32_t Count = 0;

  void push(VarId V, EdgeId First) {
    Number[V] = Low[V] = ++Count;
    OnStack[V] = true;
    Stack.push_back(V);
    Frames.push_back({V, First});
  }
  void pop() {
    VarId V = Frames.back().V;
    Frames.pop_back();
    if (!Frames.empty())
      Low[Frames.back().V] = std::min(Low[Frames.back().V], Low[V]);
    if (Low[V] != Number[V])
      return;
    size_t Begin = Stack.size();
    do
      OnStack[Stack[--Begin]] = false;
    while (Stack[Begin] != V);
    if (Stack.size() - Begin > 1)
      Cycles.emplace_back(Stack.begin() + Begin, Stack.end());
    Stack.resize(Begin);
  }
};
} // namespace

void Solver::collapseCycles() {
  CycleFinder Find;
  Find.Number.resize(Vars.size());
  Find.Low.resize(Vars.size());
  Find.OnStack.resize(Vars.size());
  for (VarId Start = 0; Start != Vars.size(); ++Start) {
    if (Find.Number[Start] || Vars[Start].FirstOut == ~0u)
      continue;
    Find.push(Start, Vars[Start].FirstOut);
    while (!Find.Frames.empty()) {
      auto &[V, Next] = Find.Frames.back();
      if (Next == ~0u) {
        Find.pop();
        continue;
      }
      const Edge &E = Edges[Next];
      Next = E.Next;
      if (E.Shift != 0)
        continue;
      VarId D = rep(E.Dst);
      if (!Find.Number[D])
        Find.push(D, Vars[D].FirstOut);
      else if (Find.OnStack[D])
        Find.Low[V] = std::min(Find.Low[V], Find.Number[D]);
    }
  }
  for (const auto &Cycle : Find.Cycles)
    merge(Cycle.front(), Cycle);
}

} // namespace stackward::escape
