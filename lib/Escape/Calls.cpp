// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Calls: a callee's summary becomes constraints on the arguments, so aliasing
/// among them is the caller's fixpoint's business. Targets of indirect and
/// virtual calls are entered as they arrive in the target's points-to set.
#include "Solver.h"
#include <map>

using namespace llvm;

namespace stackward::escape {

/// A deferred call that resolves to calls that defer again is followed so far.
static constexpr unsigned MaxNesting = 6;
/// Deferred calls of one function, and calls on results of deferred calls.
static constexpr size_t MaxDeferrals = 16;
static constexpr unsigned MaxResultDepth = 2;

/// One summary at one call.
class Instance {
public:
  Instance(Solver &S, unsigned Call, SymbolId Name, const Callee &Target,
           ArrayRef<VarId> Args)
      : S(S), Call(Call), Name(Name), Target(Target), What(*Target.What),
        Args(Args.begin(), Args.end()), At(S.Calls[Call].At) {}

  void apply() {
    // A call may take the result of a later one, or, in a loop, its own.
    for (size_t I = 0; I != What.Calls.size(); ++I)
      Results.push_back(S.addVar());
    for (size_t I = 0; I != What.Calls.size(); ++I)
      makeCall(What.Calls[I], I);
    for (const Flow &F : What.Flows)
      flow(F);
    for (const SummaryLeak &L : What.Leaks)
      leak(L);
    for (const SummaryRelease &R : What.Releases)
      S.Releases.push_back({value(R.What),
                            R.By,
                            {At.At, Why::Deleted},
                            !S.Calls[Call].ReleasesHere,
                            false,
                            &R.Path,
                            isDirect() ? &R.What : nullptr});
  }

private:
  bool isDirect() const {
    return S.Calls[Call].Nesting == 0 && S.Calls[Call].Kind == CallKind::Direct;
  }
  VarId root(const AccessPath &P);
  VarId fresh(unsigned Index);
  ObjId freshObject(unsigned Index);
  VarId load(VarId Address, Offset K);
  VarId closure(VarId Root);
  VarId number(const AccessPath &P);
  VarId shifted(VarId V, Offset K);
  VarId address(const AccessPath &P, size_t Derefs);
  VarId value(const AccessPath &P) {
    return shifted(address(P, P.Derefs.size()), P.Shift);
  }
  void makeCall(const DeferredCall &C, size_t Index);
  void flow(const Flow &F);
  void leak(const SummaryLeak &L);
  uint32_t inside(const AccessPath &From, const Witness &Path) {
    bool Passed = From.Root == PathRoot::Param;
    return S.detail({&Path, Passed});
  }

  Solver &S;
  unsigned Call;
  SymbolId Name;
  Callee Target;
  const Summary &What;
  SmallVector<VarId, 4> Args;
  Note At;
  SmallVector<VarId, 2> Fresh, Results;
  /// Loads made already: (address, offset). The closure of a variable and its
  /// shifts are under keys of their own.
  std::map<std::tuple<int, VarId, Offset>, VarId> Known;
};

VarId Instance::root(const AccessPath &P) {
  switch (P.Root) {
  case PathRoot::Param:
    return P.Index < Args.size() && Args[P.Index] != NoVar ? Args[P.Index]
                                                           : S.OutsideVar;
  case PathRoot::Fresh:
    return fresh(P.Index);
  case PathRoot::Result:
    return Results[P.Index];
  case PathRoot::Function: {
    VarId V = S.addVar();
    ObjId O = S.functionObject(S.Host.symbol(What.Functions[P.Index]));
    S.insertNew(V, S.intern(O, 0), At, NoDetail);
    return V;
  }
  case PathRoot::Return: // not a value
  case PathRoot::Outside:
    return S.OutsideVar;
  }
  llvm_unreachable("closed switch");
}

VarId Instance::fresh(unsigned Index) {
  Fresh.resize(What.FreshObjects.size(), NoVar);
  if (Fresh[Index] != NoVar)
    return Fresh[Index];
  VarId V = S.addVar();
  Fresh[Index] = V;
  S.insertNew(V, S.intern(freshObject(Index), 0), Note(), InternalEdge);
  return V;
}

ObjId Instance::freshObject(unsigned Index) {
  uint32_t Key = ~0u;
  unsigned RootCall = S.Calls[Call].Root;
  if (Target.InComponent) {
    Key = Target.FreshKeys[Index];
    auto It = S.FreshByKey.find(Key);
    if (It != S.FreshByKey.end()) {
      auto &Roots = S.Objects[It->second].RootCalls;
      if (!is_contained(Roots, RootCall))
        Roots.push_back(RootCall);
      return It->second;
    }
  }
  ObjId O = S.addObject(SKind::Fresh);
  SObject &New = S.Objects[O];
  New.Made = What.FreshObjects[Index];
  New.ByCall = Call;
  New.FreshIndex = Index;
  New.FunctionSymbol = Name;
  New.RootCalls.push_back(RootCall);
  New.InComponent = Target.InComponent;
  New.FreshKey = Key;
  if (!New.Made.DynamicType.empty())
    New.DynamicType = S.Host.symbol(New.Made.DynamicType);
  if (Target.InComponent)
    S.FreshByKey[Key] = O;
  return O;
}

VarId Instance::load(VarId Address, Offset K) {
  auto [It, New] = Known.try_emplace({0, Address, K}, NoVar);
  if (!New)
    return It->second;
  VarId V = It->second = S.addVar();
  S.addUse(Address, {UseKind::Load, V, K, {At.At, Why::Loaded}, InternalEdge});
  return V;
}

/// All that Root reaches by at least one dereference.
VarId Instance::closure(VarId Root) {
  auto [It, New] = Known.try_emplace({1, Root, 0}, NoVar);
  if (!New)
    return It->second;
  VarId V = It->second = S.addVar();
  VarId First = load(Root, AnyOffset);
  S.addEdge(First, V, AnyOffset, Note(), InternalEdge);
  VarId Next = load(V, AnyOffset);
  S.addEdge(Next, V, AnyOffset, Note(), InternalEdge);
  return V;
}

VarId Instance::shifted(VarId V, Offset K) {
  if (K == 0)
    return V;
  auto [It, New] = Known.try_emplace({2, V, K}, NoVar);
  if (!New)
    return It->second;
  VarId Moved = It->second = S.addVar();
  S.addEdge(V, Moved, K, Note(), InternalEdge);
  return Moved;
}

/// The first so many dereferences of P.
VarId Instance::address(const AccessPath &P, size_t Derefs) {
  VarId V = root(P);
  if (P.Deep)
    V = closure(V);
  for (Offset K : ArrayRef(P.Derefs).take_front(Derefs))
    V = load(V, K);
  return V;
}

/// The value of P, if that is one that a number may be taken for.
VarId Instance::number(const AccessPath &P) {
  if (P.Derefs.empty())
    return P.Deep ? S.OutsideVar : value(P);
  VarId V = S.addVar();
  S.addUse(address(P, P.Derefs.size() - 1), {UseKind::LoadNumber,
                                             V,
                                             P.Derefs.back(),
                                             {At.At, Why::Loaded},
                                             InternalEdge});
  return V;
}

void Instance::makeCall(const DeferredCall &C, size_t Index) {
  CallState New;
  New.Kind = C.Method.empty() ? CallKind::Indirect : CallKind::Virtual;
  New.Target = value(C.Target);
  if (!C.Method.empty())
    New.Method = S.Host.symbol(C.Method);
  for (const auto &Values : C.Args) {
    VarId Arg = Values.empty() ? NoVar : S.addVar();
    for (const AccessPath &V : Values)
      S.addEdge(value(V), Arg, 0, {At.At, Why::PassedAsArgument});
    New.Args.push_back(Arg);
  }
  New.Result = Results[Index];
  const CallState &Outer = S.Calls[Call];
  New.IfFunction = C.IfFunction;
  New.ReleasesHere = Outer.ReleasesHere;
  New.At = At;
  New.Root = Outer.Root;
  New.Nesting = Outer.Nesting + 1;
  New.Path = Outer.Path;
  New.Path.push_back(Index + 1);
  S.Calls.push_back(std::move(New));
  unsigned Id = S.Calls.size() - 1;
  // An integer where another overload takes a function.
  bool NoFunction =
      C.IfFunction && C.Target.Root == PathRoot::Param &&
      C.Target.Derefs.empty() && !C.Target.Deep &&
      (C.Target.Index >= Args.size() || Args[C.Target.Index] == NoVar);
  if (NoFunction)
    return;
  if (S.Calls[Id].Nesting > MaxNesting ||
      Id > S.G.calls().size() + S.Limit.MaxCalls)
    S.enterUnknown(Id, Reason::Cap);
  else
    S.addUse(S.Calls[Id].Target, {UseKind::Call, Id, 0, At, NoDetail});
}

void Instance::flow(const Flow &F) {
  if (F.To.Root == PathRoot::Return) {
    VarId Result = S.Calls[Call].Result;
    if (Result == NoVar)
      return;
    VarId From = S.Calls[Call].ResultIsNumber ? number(F.From) : value(F.From);
    return S.addEdge(From, Result, 0, {At.At, Why::ReturnedFromCall},
                     inside(F.From, F.Path));
  }
  VarId From = value(F.From);
  VarId Address = address(F.To, F.To.Derefs.size() - 1);
  S.addUse(Address, {UseKind::Store,
                     From,
                     F.To.Derefs.back(),
                     {At.At, Why::StoredByCallee},
                     inside(F.From, F.Path)});
}

void Instance::leak(const SummaryLeak &L) {
  VarId V = value(L.From);
  Note N{At.At, Why::PassedAsArgument};
  uint32_t More = S.detail({&L.Path, false});
  S.addEdge(V, S.sink(Reason::CalleeLeaks), 0, N, More);
  S.addEdge(V, S.sink(L.Because), 0, N, More);
}

void Solver::addCall(const Call &C, unsigned Index) {
  CallState New;
  New.Kind = C.Kind;
  New.Target = C.Target;
  New.Method = C.Method;
  New.ClosedTargets = C.ClosedTargets;
  New.ReleasesHere = C.ReleasesHere;
  New.ResultIsNumber = C.ResultIsNumber;
  New.ResultIsFresh = C.ResultIsFresh && !C.Args.empty();
  New.Args.assign(C.Args.begin(), C.Args.end());
  New.Result = C.Result;
  New.At = C.At;
  New.Root = Index;
  New.Path.push_back(Index);
  Calls.push_back(std::move(New));
  unsigned Id = Calls.size() - 1;
  if (C.Kind == CallKind::Direct)
    return enter(Id, C.Callee, NoVar);
  if (C.Target == NoNode)
    return enterClosedOrUnknown(Id);
  addUse(C.Target, {UseKind::Call, Id, 0, C.At, NoDetail});
}

void Solver::dispatch(unsigned Call, Item I) {
  if (Calls[Call].Kind == CallKind::Virtual)
    return dispatchVirtual(Call, I);
  ObjId O = Elems[I.What].Object;
  if (Objects[O].Kind == SKind::Function &&
      Objects[O].FunctionSymbol != NoSymbol)
    return enter(Call, Objects[O].FunctionSymbol, NoVar);
  if (!Calls[Call].ClosedTargets.empty())
    return enterClosedOrUnknown(Call);
  if (isPhantom(O))
    return defer(Call, I);
  if (Calls[Call].IfFunction && !isOutside(O))
    return;
  enterUnknown(Call, Reason::IndirectCallee);
}

void Solver::dispatchVirtual(unsigned Call, Item I) {
  ObjId O = Elems[I.What].Object;
  SymbolId Method = Calls[Call].Method;
  if (isThis(I.What) && Method != NoSymbol) {
    SymbolId Target = Host.overrider(G.thisType(), Method);
    if (Target == NoSymbol)
      return enterClosedOrUnknown(Call);
    return enterVirtual(Call, Target, I);
  }
  // Only the start of an object has the object's type: elsewhere may lie a
  // member of another class of the same family.
  if (isOwn(O) && Objects[O].DynamicType != NoSymbol &&
      Elems[I.What].Off == 0 && Method != NoSymbol) {
    SymbolId Target = Host.overrider(Objects[O].DynamicType, Method);
    if (Target == NoSymbol)
      return enterClosedOrUnknown(Call);
    return enterVirtual(Call, Target, I);
  }
  if (isPhantom(O) && Calls[Call].ClosedTargets.empty() && Method != NoSymbol)
    return defer(Call, I);
  enterClosedOrUnknown(Call);
}

/// The object of a constructor or destructor.
bool Solver::isThis(ElemId E) const {
  const SObject &Obj = Objects[Elems[E].Object];
  return G.thisType() != NoSymbol && Obj.Kind == SKind::Phantom &&
         Obj.Derefs.empty() && Obj.RootKind == PathRoot::Param &&
         Obj.PathIndex == 0 && Elems[E].Off == 0;
}

/// Each target sees as 'this' the receivers that it is the target for.
void Solver::enterVirtual(unsigned Call, SymbolId Target, Item I) {
  VarId This = NoVar;
  for (auto [Entered, V] : Calls[Call].Entered)
    if (Entered == Target)
      This = V;
  bool New = This == NoVar;
  if (New)
    This = addVar();
  EdgeId E = record(Calls[Call].Target, This, 0,
                    {Calls[Call].At.At, Why::PassedAsThis}, InternalEdge);
  insert(This, I.What, E, I.What);
  if (New)
    enter(Call, Target, This);
}

void Solver::enterClosedOrUnknown(unsigned Call) {
  ArrayRef<SymbolId> Closed = Calls[Call].ClosedTargets;
  if (Closed.empty())
    return enterUnknown(Call, Calls[Call].Kind == CallKind::Virtual
                                  ? Reason::VirtualCallee
                                  : Reason::IndirectCallee);
  for (SymbolId Target : Closed)
    enter(Call, Target, NoVar);
}

void Solver::enter(unsigned Call, SymbolId Target, VarId This) {
  if (is_contained(Calls[Call].Entered, std::pair(Target, This)))
    return;
  Calls[Call].Entered.push_back({Target, This});
  Callee C;
  if (Target != NoSymbol)
    C = Host.callee(Target);
  if (!C.What || C.What->isUnknown())
    return enterUnknown(Call, C.WhyUnknown);
  SmallVector<VarId, 4> Args(Calls[Call].Args);
  if (This != NoVar && !Args.empty() && Args[0] != NoVar &&
      rep(Args[0]) == rep(Calls[Call].Target))
    Args[0] = This;
  Instance(*this, Call, Target, C, Args).apply();
}

static Why wordingFor(Reason R) {
  if (R == Reason::VirtualCallee)
    return Why::OpenHierarchy;
  if (R == Reason::IndirectCallee)
    return Why::UnknownTarget;
  return R == Reason::Cap ? Why::ReachedLimit : Why::UnknownBody;
}

void Solver::enterUnknown(unsigned Call, Reason R) {
  uint32_t Bit = 1u << unsigned(R);
  if (Calls[Call].UnknownDone & Bit)
    return;
  Calls[Call].UnknownDone |= Bit;
  Note N{Calls[Call].At.At, wordingFor(R)};
  uint32_t More = detail({nullptr, true});
  size_t Kept = Calls[Call].Args.size() - Calls[Call].ResultIsFresh;
  for (size_t I = 0; I != Kept; ++I)
    if (VarId Arg = Calls[Call].Args[I]; Arg != NoVar)
      addEdge(Arg, sink(R), 0, N, More);
  // Memory for the result is filled with what the callee finds, not kept.
  if (VarId Memory =
          Kept == Calls[Call].Args.size() ? NoVar : Calls[Call].Args[Kept];
      Memory != NoVar)
    addUse(Memory, {UseKind::Store,
                    OutsideVar,
                    AnyOffset,
                    {N.At, Why::StoredByCallee},
                    NoDetail});
  if (Calls[Call].Kind == CallKind::Virtual && Calls[Call].Target != NoVar)
    addEdge(Calls[Call].Target, sink(R), 0, N, More);
  if (VarId Result = Calls[Call].Result; Result != NoVar)
    addEdge(OutsideVar, Result, 0, {N.At, Why::ReturnedFromCall});
}

/// Callers know the target. Our own objects that are passed are written by
/// somebody unknown, so they are held; what came from parameters goes on.
void Solver::defer(unsigned Call, Item I) {
  bool Virtual = Calls[Call].Kind == CallKind::Virtual;
  Reason R = Virtual ? Reason::VirtualCallee : Reason::IndirectCallee;
  SymbolId Method = Virtual ? Calls[Call].Method : NoSymbol;
  Calls[Call].Deferred = true;
  Deferral *D = deferral(I.What, Method, Calls[Call].At.At);
  if (!D)
    return enterUnknown(Call, R);
  unsigned Index = D - Deferrals.data();
  Deferrals[Index].IfFunction &= Calls[Call].IfFunction;
  Note N{Calls[Call].At.At, Why::PassedAsArgument};
  for (size_t A = 0; A != Calls[Call].Args.size(); ++A) {
    while (Deferrals[Index].Args.size() <= A) {
      VarId Collected = addVar();
      Deferrals[Index].Args.push_back(Collected);
      addEdge(Collected, held(R), 0, {N.At, wordingFor(R)});
    }
    VarId Arg = Calls[Call].Args[A], To = Deferrals[Index].Args[A];
    if (Arg == NoVar)
      continue;
    // The receiver of this deferred call is this phantom alone.
    if (Virtual && A == 0 && rep(Arg) == rep(Calls[Call].Target))
      insert(To, I.What, record(Arg, To, 0, N, NoDetail), I.What);
    else
      addEdge(Arg, To, 0, N);
  }
  if (VarId Result = Calls[Call].Result; Result != NoVar)
    addEdge(Deferrals[Index].Result, Result, 0, {N.At, Why::ReturnedFromCall});
}

/// The deferred call of this target, made when there is none; nullptr when
/// there are too many.
Deferral *Solver::deferral(ElemId Target, SymbolId Method, Anchor At) {
  for (Deferral &D : Deferrals)
    if (D.Target == Target && D.Method == Method)
      return &D;
  const SObject &Root = Objects[Objects[Elems[Target].Object].Root];
  unsigned Depth = 0;
  if (Root.Kind == SKind::Phantom && Root.RootKind == PathRoot::Result)
    Depth = Deferrals[Root.PathIndex].Depth + 1;
  if (Caps.Deferred || Deferrals.size() == MaxDeferrals ||
      Depth > MaxResultDepth) {
    Caps.Deferred |= Deferrals.size() == MaxDeferrals;
    return nullptr;
  }
  unsigned Index = Deferrals.size();
  VarId Result = addVar();
  Deferrals.push_back({Target, Method, {}, Result, Depth, At, true});
  ObjId Phantom = addRootPhantom(PathRoot::Result, Index);
  insertNew(Result, intern(Phantom, 0), {At, Why::ReturnedFromCall},
            InternalEdge);
  return &Deferrals[Index];
}

} // namespace stackward::escape
