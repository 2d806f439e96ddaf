// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a solved function to its summary: what phantoms and exported objects
/// hold, what is returned, what leaked, what is released, what is deferred.
#include "Solver.h"
#include <set>

using namespace llvm;

namespace stackward::escape {

/// Our own objects that outlive the frame without having escaped: callers get
/// them as fresh objects. Too many of them escape instead, those first that are
/// not returned: what a factory makes is what callers ask for. True: some did
/// escape, and the solver has to go on.
bool Solver::chooseExported() {
  std::set<ObjId> Returned, Kept;
  auto Collect = [&](VarId Holder, std::set<ObjId> &Into) {
    if (Holder == NoVar)
      return;
    for (const Item &I : Vars[rep(Holder)].Pts)
      if (ObjId O = Elems[I.What].Object; isOwn(O) && !Objects[O].Escaped)
        Into.insert(O);
  };
  for (unsigned R = 0; R != NumReasons; ++R)
    Collect(Holders[R], Reason(R) == Reason::Return ? Returned : Kept);
  Collect(ResultHolder, Returned);
  std::set<ObjId> All = Returned;
  All.insert(Kept.begin(), Kept.end());
  if (Caps.Fresh == FreshCap::None && All.size() > Limit.MaxFresh)
    Caps.Fresh = FreshCap::Kept;
  if (Caps.Fresh == FreshCap::Kept && Returned.size() > Limit.MaxFresh)
    Caps.Fresh = FreshCap::All;
  FreshList.assign(All.begin(), All.end());
  const std::set<ObjId> &Gone = Caps.Fresh == FreshCap::All ? All : Kept;
  if (Caps.Fresh == FreshCap::None || Gone.empty())
    return false;
  for (ObjId O : Gone)
    insertNew(sink(Reason::Cap), intern(O, 0), {NoAnchor, Why::ReachedLimit},
              NoDetail);
  return true;
}

uint32_t Solver::keyOf(ObjId O) {
  const SObject &Obj = Objects[O];
  if (Obj.Kind != SKind::Fresh)
    return Host.freshKey({Self, 0, Obj.GraphObject});
  if (Obj.InComponent)
    return Obj.FreshKey;
  SmallVector<uint32_t, 8> Path = {Self, 1, Obj.FunctionSymbol, Obj.FreshIndex};
  const CallState &Call = Calls[Obj.ByCall];
  Path.append(Call.Path.begin(), Call.Path.end());
  return Host.freshKey(Path);
}

FreshObject Solver::describe(ObjId O) {
  const SObject &Obj = Objects[O];
  FreshObject F;
  if (Obj.Kind == SKind::Fresh) {
    F = Obj.Made;
  } else {
    const Object &Own = G.object(Obj.GraphObject);
    F.Size = Own.Size;
    F.AllocatedBy = Own.AllocatedBy;
    F.Origin = Own.At;
    if (Own.DynamicType != NoSymbol)
      F.DynamicType = Host.symbolName(Own.DynamicType).str();
    F.Automatic = Obj.Kind == SKind::Local;
  }
  std::vector<Step> Ignored;
  F.Many |= loopCarried(O, Ignored);
  // Callers see as theirs only what comes to them.
  for (const Arrival &A : Arrivals[O])
    F.Automatic |=
        A.Because != Reason::Return && A.Because != Reason::StoredInArgument;
  return F;
}

/// Gives the exported objects their indices. Where callers know objects by
/// key, what has one key is one object, which then stands for several.
void Solver::numberExported(bool Recursive, Summary &S,
                            std::vector<uint32_t> &Keys) {
  Keys.clear();
  FreshIndex.clear();
  for (ObjId O : FreshList) {
    uint32_t Key = Recursive ? keyOf(O) : ~0u;
    auto Known = Recursive ? find(Keys, Key) : Keys.end();
    if (Known != Keys.end()) {
      unsigned Index = Known - Keys.begin();
      S.FreshObjects[Index].Many = true;
      FreshIndex[O] = Index;
      continue;
    }
    FreshIndex[O] = S.FreshObjects.size();
    S.FreshObjects.push_back(describe(O));
    Keys.push_back(Key);
  }
}

AccessPath Solver::rootPath(ObjId Root) {
  AccessPath P;
  const SObject &Obj = Objects[Root];
  if (Obj.Kind == SKind::Phantom) {
    P.Root = Obj.RootKind;
    P.Index = Obj.PathIndex;
  } else if (auto It = FreshIndex.find(Root); It != FreshIndex.end()) {
    P.Root = PathRoot::Fresh;
    P.Index = It->second;
  }
  return P; // Outside: it has escaped
}

AccessPath Solver::ownPath(ElemId E, Summary &S) {
  ObjId O = Elems[E].Object;
  const SObject &Obj = Objects[O];
  AccessPath P;
  switch (Obj.Kind) {
  case SKind::Site:
  case SKind::Local:
  case SKind::Fresh:
    P = rootPath(O);
    if (P.Root == PathRoot::Fresh)
      P.Shift = Elems[E].Off;
    return P;
  case SKind::Global:
  case SKind::Outside:
    return P;
  case SKind::Table:
    P.Shift = Elems[E].Off;
    [[fallthrough]];
  case SKind::Function: {
    if (Obj.FunctionSymbol == NoSymbol)
      return P;
    StringRef Name = Host.symbolName(Obj.FunctionSymbol);
    auto It = find(S.Functions, Name);
    P.Root = PathRoot::Function;
    P.Index = It - S.Functions.begin();
    if (It == S.Functions.end())
      S.Functions.push_back(Name.str());
    return P;
  }
  case SKind::Phantom:
    P = rootPath(Obj.Root);
    if (P.Root == PathRoot::Outside)
      return P;
    P.Derefs.append(Obj.Derefs.begin(), Obj.Derefs.end());
    P.Shift = Elems[E].Off;
    return P;
  case SKind::Deep:
    P = rootPath(Obj.Root);
    P.Deep = P.Root != PathRoot::Outside;
    return P;
  }
  llvm_unreachable("closed switch");
}

/// What has escaped is Outside to callers too: they are told that it leaks.
AccessPath Solver::valuePath(ElemId E, Summary &S) {
  return isAnonymous(Elems[E].Object) ? AccessPath() : ownPath(E, S);
}

AccessPath Solver::cellPath(ElemId E, Summary &S) {
  AccessPath P = ownPath(E, S);
  P.Derefs.push_back(Elems[E].Off);
  P.Shift = 0;
  return P;
}

/// A parameter's own object is one throughout a call. What is found further
/// away is not: a path may name one object now and, when somebody has written
/// to the memory on the way, another one later.
///
///   void reverse(Node *N): N->next->next = N       // of many nodes each
bool Solver::mayChange(ObjId O) const {
  return Objects[O].Kind == SKind::Deep ||
         (Objects[O].Kind == SKind::Phantom && !Objects[O].Derefs.empty());
}

/// Finds the cells into which their own initial content was stored. One at an
/// offset that is not known is another one each time:
///
///   void move(T **A, int To, int From) { A[To] = A[From]; }
void Solver::markSelfStored() {
  DenseMap<VarId, SmallVector<ElemId, 1>> CellsOf;
  for (ElemId E = 0; E != Elems.size(); ++E)
    if (Elems[E].Child != NoElem && Elems[E].Content != NoVar &&
        (mayChange(Elems[E].Object) || Elems[E].Off == AnyOffset))
      CellsOf[rep(Elems[E].Content)].push_back(E);
  for (const Edge &Stored : Edges) {
    if (Stored.Src == NoVar || Stored.More == InternalEdge)
      continue;
    auto It = CellsOf.find(rep(Stored.Dst));
    if (It == CellsOf.end())
      continue;
    const PointsTo &Values = Vars[rep(Stored.Src)].Pts;
    for (ElemId E : It->second) {
      ElemId Own = Elems[E].Child;
      Elems[E].SelfStored |= Stored.Shift != 0 || Values.contains(Own) ||
                             Values.contains(normal(Own));
    }
  }
}

/// Cell: the cell that V is the content of, or NoElem.
void Solver::exportValues(VarId V, const AccessPath &To, Summary &S,
                          VarId Except, ElemId Cell) {
  VarId R = rep(V);
  if (Except != NoVar && rep(Except) == R)
    Except = NoVar;
  for (const Item &I : Vars[R].Pts) {
    // Too long already; more of it need not be explained.
    if (S.Flows.size() > 4 * Limit.MaxFlows)
      return;
    if (Except != NoVar && Vars[rep(Except)].Pts.contains(I.What))
      continue;
    AccessPath From = ownPath(I.What, S);
    bool Same = From == To || (From.Deep && To.Deep && From.Root == To.Root &&
                               From.Index == To.Index);
    // What was there at entry, where that has no path of its own.
    Same |= Cell != NoElem && Elems[Cell].Child != NoElem &&
            normal(Elems[Cell].Child) == I.What;
    if (Same && !(Cell != NoElem && Elems[Cell].SelfStored))
      continue;
    S.Flows.push_back({valuePath(I.What, S), To, witness(R, I.What)});
  }
}

/// What callers find in O. What is behind a leaked path they find themselves.
void Solver::exportCells(ObjId O, Summary &S) {
  const SObject &Obj = Objects[O];
  if (Obj.Escaped)
    return;
  if (isPhantom(O) && rootPath(Obj.Root).Root == PathRoot::Outside)
    return;
  VarId Any = Obj.AnyElem == NoElem ? NoVar : Elems[Obj.AnyElem].Content;
  for (ElemId E : Obj.Elems)
    if (normal(E) == E && Elems[E].Content != NoVar)
      exportValues(Elems[E].Content, cellPath(E, S), S,
                   E == Obj.AnyElem ? NoVar : Any, E);
  if (Obj.Star != NoVar && !Obj.Collapsed)
    exportValues(Obj.Star, cellPath(Obj.AnyElem, S), S, NoVar, Obj.AnyElem);
}

void Solver::exportLeaks(Summary &S) {
  std::set<AccessPath> Leaked;
  for (VarId Sink : Sinks) {
    if (Sink == NoVar)
      continue;
    for (const Item &I : Vars[rep(Sink)].Pts)
      if (isPhantom(Elems[I.What].Object)) {
        AccessPath P = ownPath(I.What, S);
        P.Shift = 0;
        Leaked.insert(P);
      }
  }
  auto Implied = [&](AccessPath P) {
    P.Deep = false;
    while (!P.Derefs.empty()) {
      P.Derefs.pop_back();
      if (Leaked.count(P))
        return true;
    }
    return false;
  };
  for (unsigned R = 0; R != NumReasons; ++R) {
    // The callers add "callee-leaks" by themselves.
    if (Sinks[R] == NoVar || Reason(R) == Reason::CalleeLeaks)
      continue;
    for (const Item &I : Vars[rep(Sinks[R])].Pts) {
      if (!isPhantom(Elems[I.What].Object))
        continue;
      AccessPath P = ownPath(I.What, S);
      P.Shift = 0;
      if (P.Root == PathRoot::Outside ||
          (Reason(R) == Reason::StoredInEscaped && Implied(P)))
        continue;
      S.Leaks.push_back({P, Reason(R), witness(Sinks[R], I.What)});
    }
  }
}

void Solver::exportReleases(Summary &S) {
  for (const ReleaseState &R : Releases) {
    const PointsTo &Pts = Vars[rep(R.Value)].Pts;
    for (const Item &I : Pts) {
      AccessPath P = valuePath(I.What, S);
      if (P.Root == PathRoot::Outside || P.Root == PathRoot::Function)
        continue;
      // What callers receive has not been released: the release is of another
      // object of the site, or of one that was moved on.
      if (P.Root == PathRoot::Fresh && P.Derefs.empty())
        continue;
      bool Must = R.Must && Pts.size() == 1 && P.Root == PathRoot::Param &&
                  P.Derefs.empty() && P.Shift == 0 && !P.Deep;
      Witness Way = witness(R.Value, I.What);
      Way.push_back({R.At.At, R.At.What, 0});
      if (R.Inner)
        for (const WitnessStep &Step : *R.Inner)
          Way.push_back({Step.At, Step.What, Step.Depth + 1});
      S.Releases.push_back({P, R.By, Must, std::move(Way)});
    }
  }
}

void Solver::exportCalls(Summary &S) {
  for (const Deferral &D : Deferrals) {
    DeferredCall C;
    C.Target = ownPath(D.Target, S);
    if (D.Method != NoSymbol)
      C.Method = Host.symbolName(D.Method).str();
    C.IfFunction = D.IfFunction;
    C.At = D.At;
    for (VarId Arg : D.Args) {
      std::set<AccessPath> Values;
      for (const Item &I : Vars[rep(Arg)].Pts)
        Values.insert(valuePath(I.What, S));
      C.Args.emplace_back(Values.begin(), Values.end());
    }
    S.Calls.push_back(std::move(C));
  }
}

Summary Solver::exportSummary(bool Recursive, std::vector<uint32_t> &Keys) {
  Summary S;
  S.Trust = Confidence::Exact;
  collectArrivals();
  numberExported(Recursive, S, Keys);
  exportCalls(S);
  AccessPath Return;
  Return.Root = PathRoot::Return;
  exportValues(ReturnVar, Return, S, NoVar, NoElem);
  markSelfStored();
  for (ObjId O = 0; O != Objects.size(); ++O)
    if (isPhantom(O) || FreshIndex.count(O))
      exportCells(O, S);
  exportLeaks(S);
  exportReleases(S);
  sortFlows(S);
  return S.Flows.size() + S.Leaks.size() > Limit.MaxFlows ? unknownSummary()
                                                          : S;
}

} // namespace stackward::escape
