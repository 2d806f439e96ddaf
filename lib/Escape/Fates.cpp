// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What became of each allocation: its blockers with their witnesses, where it
/// is released, and the loop rule.
#include "ProgramImpl.h"
#include <deque>

using namespace llvm;

namespace stackward::escape {

/// For each object the first way by which it got away, reason by reason.
void Solver::collectArrivals() {
  ReleasedBy.assign(Objects.size(), {});
  for (auto [Index, R] : enumerate(Releases))
    for (const Item &I : Vars[rep(R.Value)].Pts) {
      auto &List = ReleasedBy[Elems[I.What].Object];
      if (List.empty() || List.back().first != Index)
        List.push_back({Index, I.What});
    }
  Arrivals.assign(Objects.size(), {});
  for (unsigned R = 0; R != NumReasons; ++R)
    for (VarId V : {Sinks[R], Holders[R],
                    Reason(R) == Reason::Return ? ResultHolder : NoVar}) {
      if (V == NoVar)
        continue;
      for (const Item &I : Vars[rep(V)].Pts) {
        auto &List = Arrivals[Elems[I.What].Object];
        if (List.empty() || List.back().Because != Reason(R))
          List.push_back({Reason(R), V, I.What});
      }
    }
}

const Repetition &Solver::repetition(ObjId O) const {
  const SObject &Obj = Objects[O];
  if (Obj.Kind == SKind::Fresh)
    return G.calls()[Obj.RootCalls.front()];
  return G.object(Obj.GraphObject);
}

/// The loop rule: something that survives from before the last run of the
/// place still holds what that run made.
bool Solver::loopCarried(ObjId O, std::vector<Step> &Why) {
  const SObject &Obj = Objects[O];
  if (Obj.Kind == SKind::Fresh && (Obj.Made.Many || Obj.RootCalls.size() > 1))
    return true;
  const Repetition &Again = repetition(O);
  if (!Again.MayRepeat)
    return false;
  if (Again.SurvivorsUnknown)
    return true;
  for (const Arrival &A : Arrivals[O])
    if (A.Because != Reason::Return) { // what holds it outlives the frame
      Why = explain(A.Where, A.What);
      return true;
    }
  DenseSet<ObjId> Seen;
  std::deque<ObjId> Next;
  // One object of the site holds another:  Head = new Node{Head};
  Seen.insert(O);
  Next.push_back(O);
  auto Found = [&](VarId V, const Item &I) {
    ObjId Held = Elems[I.What].Object;
    if (Held == O) {
      Why = explain(V, I.What);
      return true;
    }
    // Variables of the frame hold on only where the builder says so.
    if (Objects[Held].Kind != SKind::Local && Seen.insert(Held).second)
      Next.push_back(Held);
    return false;
  };
  for (NodeId N : Again.SurvivingNodes)
    for (const Item &I : Vars[rep(N)].Pts)
      if (Found(N, I))
        return true;
  for (ObjectId L : Again.SurvivingObjects)
    if (Seen.insert(FirstGraphObject + L).second)
      Next.push_back(FirstGraphObject + L);
  for (; !Next.empty(); Next.pop_front())
    for (ElemId E : Objects[Next.front()].Elems)
      if (VarId Cell = Elems[E].Content; Cell != NoVar)
        for (const Item &I : Vars[rep(Cell)].Pts)
          if (Found(Cell, I))
            return true;
  return false;
}

static bool mayMatch(Family A, Family B) {
  return A == B || A == Family::Unknown || B == Family::Unknown;
}

/// The callee finds it behind a parameter.
static bool isContent(const AccessPath *P) {
  return P && P->Root == PathRoot::Param && P->Derefs.size() == 1 && !P->Deep &&
         P->Derefs[0] != AnyOffset && P->Shift == 0;
}

/// What a release of \p O at \p V may release instead.
void Solver::addReleasedWith(ObjId O, VarId V, Fate &F) {
  for (const Item &I : Vars[V].Pts) {
    ObjId Other = Elems[I.What].Object;
    if (Other == O || !isMemory(Other))
      continue;
    const SObject &Obj = Objects[Other];
    if (Obj.Kind == SKind::Fresh)
      F.ReleasedWithFresh = true;
    else if (Obj.Kind != SKind::Site)
      F.ReleaseIsMixed = true;
    else if (!is_contained(F.ReleasedWith, Obj.GraphObject))
      F.ReleasedWith.push_back(Obj.GraphObject);
  }
}

void Solver::addReleases(ObjId O, Fate &F) {
  for (auto [Index, Released] : ReleasedBy[O]) {
    const ReleaseState &R = Releases[Index];
    VarId V = rep(R.Value);
    addReleasedWith(O, V, F);
    std::vector<Step> Steps = explain(V, Released);
    Steps.push_back({R.At.At, R.At.What, 0});
    if (R.Inner)
      for (const WitnessStep &S : *R.Inner)
        Steps.push_back({S.At, S.What, S.Depth + 1});
    if (!mayMatch(R.By, F.AllocatedBy))
      F.Blockers.push_back({Reason::MixedFree, Steps});
    if (!R.InCallee) {
      F.ReleasedAt.push_back(R.At.At);
      continue;
    }
    F.ReleasedByCallee = true;
    bool Alone = all_of(
        Vars[V].Pts, [&](const Item &I) { return Elems[I.What].Object == O; });
    if (Alone && isContent(R.Path))
      F.ContentReleases.push_back({R.At.At, R.Path->Index, R.Path->Derefs[0]});
    if (!is_contained(F.ReleasingCalls, R.At.At))
      F.ReleasingCalls.push_back(R.At.At);
    F.Blockers.push_back({Reason::FreedInCallee, std::move(Steps)});
  }
  llvm::sort(F.ReleasedAt);
  F.ReleasedAt.erase(std::unique(F.ReleasedAt.begin(), F.ReleasedAt.end()),
                     F.ReleasedAt.end());
}

/// One for each reason, the first, in the order of Reasons.def.
static void sortBlockers(std::vector<Blocker> &Blockers) {
  std::vector<Blocker> Sorted;
  for (unsigned R = 0; R != NumReasons; ++R) {
    auto It = find_if(Blockers,
                      [&](const Blocker &B) { return B.Because == Reason(R); });
    if (It != Blockers.end())
      Sorted.push_back(std::move(*It));
  }
  Blockers = std::move(Sorted);
}

Fate Solver::fateOf(ObjId O) {
  const SObject &Obj = Objects[O];
  Fate F;
  F.In = Self;
  F.DynamicType = Obj.DynamicType;
  if (Obj.Kind == SKind::Site) {
    const Object &Site = G.object(Obj.GraphObject);
    F.Site = Obj.GraphObject;
    F.At = F.Origin = Site.At;
    F.Size = Site.Size;
    F.AllocatedBy = Site.AllocatedBy;
  } else {
    F.Origin = Obj.Made.Origin;
    F.Size = Obj.Made.Size;
    F.AllocatedBy = Obj.Made.AllocatedBy;
  }
  for (const Arrival &A : Arrivals[O])
    F.Blockers.push_back({A.Because, explain(A.Where, A.What)});
  F.OnlyReturned =
      F.Blockers.size() == 1 && F.Blockers[0].Because == Reason::Return;
  F.OnlyStoredInArguments = F.Blockers.size() == 1 &&
                            F.Blockers[0].Because == Reason::StoredInArgument;
  addReleases(O, F);
  std::vector<Step> Why;
  if (loopCarried(O, Why))
    F.Blockers.push_back({Reason::LoopCarried, std::move(Why)});
  sortBlockers(F.Blockers);
  return F;
}

std::vector<CallTargets> Solver::targets() {
  std::vector<CallTargets> Result(G.calls().size());
  for (const CallState &C : Calls) {
    if (C.Kind == CallKind::Direct)
      continue;
    CallTargets &To = Result[C.Root];
    auto &Names = C.Nesting == 0 ? To.Names : To.Further;
    for (const auto &[Target, This] : C.Entered)
      Names.push_back(Host.symbolName(Target).str());
    if (C.Nesting == 0)
      To.Complete = !C.UnknownDone && !C.Deferred && !C.Entered.empty();
  }
  return Result;
}

std::vector<Fate> Solver::fates() {
  collectArrivals();
  std::vector<Fate> Out;
  for (ObjId O = 0; O != Objects.size(); ++O) {
    if (Objects[O].Kind == SKind::Site)
      Out.push_back(fateOf(O));
    if (Objects[O].Kind != SKind::Fresh || Objects[O].Made.Automatic)
      continue;
    Fate F = fateOf(O);
    for (unsigned Call : Objects[O].RootCalls) {
      F.ByCall = Call;
      F.At = G.calls()[Call].At.At;
      Out.push_back(F);
    }
  }
  sortFates(Out);
  return Out;
}

void sortFates(std::vector<Fate> &Fates) {
  std::vector<std::pair<Anchor, size_t>> Order;
  for (auto [I, F] : enumerate(Fates))
    Order.push_back({F.At, I});
  llvm::sort(Order);
  std::vector<Fate> Sorted;
  for (auto [At, I] : Order)
    Sorted.push_back(std::move(Fates[I]));
  Fates = std::move(Sorted);
}

} // namespace stackward::escape
