// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Solving linked modules bottom-up. The order comes from the call graph's
/// strongly connected components. Calls whose targets only the solver finds
/// (function pointers, overriders) are edges found on the way: a target that is
/// not solved yet counts as unknown, the edge is recorded, and a further round
/// solves again what it concerns. So every round is sound by itself, and rounds
/// only sharpen.
///
/// Inside a component, summaries start from "does nothing" and grow until they
/// repeat. Growth is finite (Solver.h, I1); caps make the rest unknown.
#include "ProgramImpl.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace stackward::escape {

/// Rounds for edges found on the way, and passes over one component.
static constexpr unsigned MaxRounds = 8;
static constexpr unsigned MaxPasses = 24;

//===-- The call graph ----------------------------------------------------===//

void Program::Impl::addTargets(FunctionId F) {
  const Graph &G = Functions[F].Def.Body;
  auto Add = [&](SymbolId S) {
    if (S != NoSymbol && BodyOf[S] != NoFunction)
      Functions[F].Targets.insert(BodyOf[S]);
  };
  for (const Call &C : G.calls()) {
    Add(C.Callee);
    for (SymbolId S : C.ClosedTargets)
      Add(S);
  }
  // Whose address is taken here is likely called from here.
  for (const Object &O : G.objects())
    Add(O.FunctionSymbol);
}

/// Tarjan's components without recursion; callees come first.
void Program::Impl::findComponents() {
  struct Frame {
    FunctionId F;
    std::set<FunctionId>::const_iterator Next;
  };
  unsigned N = Functions.size(), Count = 0;
  std::vector<unsigned> Number(N), Low(N);
  std::vector<bool> OnStack(N);
  std::vector<FunctionId> Stack;
  std::vector<Frame> Frames;
  Components.clear();
  auto Push = [&](FunctionId F) {
    Number[F] = Low[F] = ++Count;
    OnStack[F] = true;
    Stack.push_back(F);
    Frames.push_back({F, Functions[F].Targets.begin()});
  };
  auto Pop = [&] {
    FunctionId F = Frames.back().F;
    Frames.pop_back();
    if (!Frames.empty())
      Low[Frames.back().F] = std::min(Low[Frames.back().F], Low[F]);
    if (Low[F] != Number[F])
      return;
    std::vector<FunctionId> Members;
    do {
      Members.push_back(Stack.back());
      OnStack[Stack.back()] = false;
      Functions[Stack.back()].Component = Components.size();
      Stack.pop_back();
    } while (Members.back() != F);
    llvm::sort(Members);
    bool Cycle = Members.size() > 1 || Functions[F].Targets.count(F);
    for (FunctionId Member : Members)
      Functions[Member].Recursive = Cycle;
    Components.push_back(std::move(Members));
  };
  for (FunctionId Start = 0; Start != N; ++Start) {
    if (Number[Start])
      continue;
    Push(Start);
    while (!Frames.empty()) {
      auto &[F, Next] = Frames.back();
      if (Next == Functions[F].Targets.end()) {
        Pop();
        continue;
      }
      FunctionId T = *Next++;
      if (!Number[T])
        Push(T);
      else if (OnStack[T])
        Low[F] = std::min(Low[F], Number[T]);
    }
  }
}

/// What is solved again when functions of Changed have new edges: they and
/// their callers, up to the roots.
void Program::Impl::markDirty(ArrayRef<FunctionId> Changed) {
  std::vector<std::vector<FunctionId>> Callers(Functions.size());
  for (FunctionId F = 0; F != Functions.size(); ++F)
    for (FunctionId T : Functions[F].Targets)
      Callers[T].push_back(F);
  std::vector<FunctionId> Work(Changed.begin(), Changed.end());
  while (!Work.empty()) {
    FunctionId F = Work.back();
    Work.pop_back();
    if (Functions[F].Dirty)
      continue;
    Functions[F].Dirty = true;
    append_range(Work, Callers[F]);
  }
}

//===-- Solving -----------------------------------------------------------===//

Callee Program::Impl::callee(SymbolId Target) {
  Callee C;
  FunctionId F = BodyOf[Target];
  if (F == NoFunction) {
    C.What = external(Target);
    return C;
  }
  Func &Body = Functions[F];
  if (Body.Replaceable) {
    C.WhyUnknown = Reason::Odr;
    return C;
  }
  if (Functions[Current].Targets.insert(F).second &&
      Body.Component >= CurrentComponent)
    Found.push_back(Current);
  bool Itself = Body.Component == CurrentComponent && !Body.Recursive;
  if (Body.Component > CurrentComponent || !Body.Ready || Itself) {
    C.WhyUnknown = Reason::Cap;
    return C;
  }
  C.What = &Body.Result;
  if (Body.Result.isUnknown())
    C.WhyUnknown = Reason::Cap;
  C.InComponent = Body.Component == CurrentComponent;
  C.FreshKeys = Body.FreshKeys;
  return C;
}

/// A function without body: a summary that was given, or a model.
const Summary *Program::Impl::external(SymbolId Target) {
  auto [It, New] = External.try_emplace(Target, nullptr);
  if (!New)
    return It->second;
  auto Given = Added.find(Names[Target]);
  if (Given != Added.end())
    It->second = &Given->second;
  else if (Models)
    It->second = Models(Names[Target]);
  return It->second;
}

constexpr unsigned CoarsestLevel = 2;

/// A summary that names very many paths costs every caller; saying less about
/// more of them at once is as safe.
static Limits coarser(Limits L, StickyCaps &Caps) {
  if (Caps.Coarseness == 0)
    return L;
  L.MaxPathDepth = std::min(L.MaxPathDepth, 1u);
  L.MaxOffsetsPerObject = std::min(L.MaxOffsetsPerObject, 2u);
  L.MaxPhantoms = std::min(L.MaxPhantoms, 12u);
  // Fresh objects that were stored in each other make most of what is left.
  if (Caps.Coarseness == CoarsestLevel)
    Caps.Fresh = std::max(Caps.Fresh, FreshCap::Kept);
  return L;
}

/// What the finest solution left to callers, they see only if the summary, of
/// a coarser one, names it.
static void addLimits(std::vector<Fate> &Fates, const Summary &Told) {
  for (Fate &F : Fates) {
    bool ForCallers =
        !F.Blockers.empty() && all_of(F.Blockers, [](const Blocker &B) {
          return B.Because == Reason::Return ||
                 B.Because == Reason::StoredInArgument;
        });
    bool Known = any_of(Told.FreshObjects, [&](const FreshObject &Object) {
      return Object.Origin == F.Origin;
    });
    if (!ForCallers || Known)
      continue;
    F.Blockers.push_back({Reason::Cap, {{F.At, Why::ReachedLimit, 0}}});
    F.OnlyReturned = F.OnlyStoredInArguments = false;
  }
}

bool Program::Impl::solveOnce(FunctionId F, uint64_t &Budget, bool WantFates) {
  Func &Fn = Functions[F];
  Current = F;
  Summary New;
  std::vector<uint32_t> Keys;
  bool HasFates = false;
  while (true) {
    Limits Level = coarser(Limit, Fn.Caps);
    Solver S(Fn.Def.Body, F, *this, Level, Fn.Caps);
    bool Last = Fn.Caps.Coarseness == CoarsestLevel;
    uint64_t Share = Last ? Budget : std::min(Budget, Limit.MaxFineSteps);
    uint64_t Left = Share;
    bool Finished = S.solve(Left);
    Budget -= Share - Left;
    if (!Finished && Last)
      return false;
    if (!Finished) {
      ++Fn.Caps.Coarseness;
      continue;
    }
    Keys.clear();
    if (Limit.OnlyFates && !Fn.Recursive) {
      Fn.Fates = S.fates();
      Fn.Resolved = S.targets();
      return true;
    }
    New = S.exportSummary(Fn.Recursive, Keys);
    // The fates may as well come from the finest solution there is.
    if (WantFates && !HasFates) {
      Fn.Fates = S.fates();
      Fn.Resolved = S.targets();
    }
    HasFates = true;
    bool Small = New.size() <= Limit.MaxSummary && !New.isUnknown();
    if (Small || Last)
      break;
    ++Fn.Caps.Coarseness;
  }
  if (WantFates)
    addLimits(Fn.Fates, New);
  // A summary that is unknown stays so.
  if (!New.isUnknown() && Fn.Def.Link == Linkage::Odr)
    New.Trust = Confidence::Odr;
  New.ContentHash = Fn.Def.ContentHash;
  New.NoThrow = Fn.Def.NoThrow;
  New.WillReturn = Fn.Def.WillReturn;
  Changed = !sameMeaning(New, Fn.Result) || Keys != Fn.FreshKeys;
  // The first witness of a meaning stays: later ones are only longer.
  if (Changed) {
    Fn.Result = std::move(New);
    Fn.FreshKeys = std::move(Keys);
  }
  return true;
}

/// False: too many steps or passes.
bool Program::Impl::solveMembers(ArrayRef<FunctionId> Members) {
  uint64_t Budget = Limit.MaxSteps;
  if (!Functions[Members.front()].Recursive)
    return solveOnce(Members.front(), Budget, /*WantFates=*/true);
  for (unsigned Pass = 0; Pass != MaxPasses; ++Pass) {
    bool AnyChanged = false;
    for (FunctionId F : Members) {
      if (!solveOnce(F, Budget, /*WantFates=*/false))
        return false;
      AnyChanged |= Changed;
    }
    if (AnyChanged)
      continue;
    for (FunctionId F : Members)
      if (!solveOnce(F, Budget, /*WantFates=*/true))
        return false;
    return true;
  }
  return false;
}

void Program::Impl::giveUp(FunctionId F) {
  Func &Fn = Functions[F];
  Fn.Result = unknownSummary();
  Fn.FreshKeys.clear();
  Fn.Fates.clear();
  Fn.Resolved.clear();
  for (auto [Id, O] : enumerate(Fn.Def.Body.objects())) {
    if (O.Kind != ObjectKind::Site)
      continue;
    Fate Lost;
    Lost.In = F;
    Lost.Site = Id;
    Lost.At = Lost.Origin = O.At;
    Lost.Size = O.Size;
    Lost.AllocatedBy = O.AllocatedBy;
    Lost.DynamicType = O.DynamicType;
    Lost.Blockers.push_back({Reason::Cap, {{O.At, Why::ReachedLimit, 0}}});
    Fn.Fates.push_back(std::move(Lost));
  }
  sortFates(Fn.Fates);
}

void Program::Impl::solveComponent(ArrayRef<FunctionId> Members) {
  CurrentComponent = Functions[Members.front()].Component;
  Summary Nothing;
  Nothing.Trust = Confidence::Exact;
  for (FunctionId F : Members) {
    Func &Fn = Functions[F];
    Fn.Result = Nothing;
    Fn.FreshKeys.clear();
    Fn.Caps = StickyCaps();
    Fn.Ready = true;
  }
  bool Solved = solveMembers(Members);
  for (FunctionId F : Members) {
    if (!Solved)
      giveUp(F);
    Functions[F].Dirty = false;
  }
}

void Program::Impl::solve() {
  for (FunctionId F = 0; F != Functions.size(); ++F)
    addTargets(F);
  for (unsigned Round = 0; Round != MaxRounds; ++Round) {
    findComponents();
    Found.clear();
    for (const auto &Members : Components)
      if (any_of(Members, [&](FunctionId F) { return Functions[F].Dirty; }))
        solveComponent(Members);
    if (Found.empty())
      return;
    markDirty(Found);
  }
}

//===-- The interface -----------------------------------------------------===//

Program::Program() : I(std::make_unique<Impl>()) {}
Program::~Program() = default;
Program::Program(Program &&) = default;
Program &Program::operator=(Program &&) = default;

void Program::link(Module M, Anchor AnchorBase) {
  I->link(std::move(M), AnchorBase);
}

void Program::addSummary(StringRef Name, Summary S) {
  I->symbol(Name);
  I->Added[Name] = std::move(S);
}

void Program::setModels(ModelLookup Lookup) { I->Models = std::move(Lookup); }

void Program::setTables(TableLookup Lookup) { I->Tables = std::move(Lookup); }

void Program::solve(const Limits &L) {
  I->Limit = L;
  I->solve();
}

unsigned Program::numFunctions() const { return I->Functions.size(); }

FunctionId Program::find(StringRef Name) const {
  auto It = I->Index.find(Name);
  return It == I->Index.end() ? NoFunction : I->BodyOf[It->second];
}

StringRef Program::name(FunctionId F) const {
  return I->Names[I->Functions[F].Def.Name];
}

const Graph &Program::graph(FunctionId F) const {
  return I->Functions[F].Def.Body;
}

const Summary &Program::summary(FunctionId F) const {
  static const Summary Unknown = unknownSummary();
  const auto &Fn = I->Functions[F];
  return Fn.Replaceable ? Unknown : Fn.Result;
}

bool Program::mayRecurse(FunctionId F) const {
  return I->Functions[F].Recursive;
}

ArrayRef<Fate> Program::fates(FunctionId F) const {
  return I->Functions[F].Fates;
}

ArrayRef<CallTargets> Program::targets(FunctionId F) const {
  return I->Functions[F].Resolved;
}

StringRef Program::symbolName(SymbolId S) const { return I->Names[S]; }

void Program::dump(FunctionId F, raw_ostream &Out) const {
  I->Current = F;
  I->CurrentComponent = I->Functions[F].Component;
  StickyCaps Caps;
  uint64_t Budget = I->Limit.MaxSteps;
  Solver S(graph(F), F, *I, I->Limit, Caps);
  Out << "function " << name(F) << '\n';
  if (S.solve(Budget))
    S.dump(Out);
  else
    Out << "  given up\n";
  printSummary(name(F), summary(F), Out);
}

} // namespace stackward::escape
