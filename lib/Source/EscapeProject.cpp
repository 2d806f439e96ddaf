// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Links units, solves, and turns fates into verdicts. "Stack" means, for a
/// site or for the call of a factory:
///
/// V1  nothing that outlives the frame holds the object (the solver);
/// V2  it is released in that frame and not in a callee, or never and then it
///     has no destructor that anybody could miss;
/// V3  at most one object of the site is alive at a time (the loop rule), or,
///     for the nodes of a container, a known number of them;
/// V4  its size has a bound, below the limit, and below a lower limit where
///     the function may be entered again.
///
/// A site in a factory is its callers' allocation: where the object leaves
/// only by return and a caller in the program reports it, the site itself is
/// not reported. A place that several instantiations share is reported once,
/// "stack" only if all of them agree.
#include "EscapeAnswers.h"
#include "PlacedTypes.h"
#include "Suggest.h"
#include "Unit.h"
#include "stackward/Escape/Program.h"
#include "stackward/Source/EscapeCheck.h"
#include "llvm/Support/GlobPattern.h"
#include <map>
#include <set>

namespace stackward::source {

using escape::Anchor;
using escape::Fate;
using escape::FunctionId;
using escape::Reason;

struct EscapeProject::Impl {
  escape::Program Program;
  /// Not linked before all units are known.
  struct Pending {
    escape::Module Module;
    Anchor Base;
    std::vector<TypeRecord> Types;
  };
  std::vector<Pending> Waiting;
  std::vector<std::string> Files;
  std::vector<PlaceRecord> Places;
  std::map<Anchor, SiteRecord> Sites;
  llvm::StringMap<FunctionRecord> Functions;
  SolveOptions Options;

  report::Place place(Anchor A) const;
  report::Allocation describe(FunctionId F, const Fate &Outcome,
                              const SiteRecord &Site) const;
  void addReasons(report::Allocation &A, FunctionId F, const Fate &Outcome,
                  const SiteRecord &Site) const;
  bool fitsForEachTurn(const report::Allocation &A, FunctionId F,
                       const Fate &Outcome, const SiteRecord &Site) const;
  static constexpr unsigned WrapperDepth = 4;
  SizeTerm askedBy(FunctionId F, unsigned ByCall, Anchor Origin,
                   unsigned Depth) const;
  void addFlow(report::Allocation &A,
               const std::vector<escape::Step> &Witness) const;
  using OriginsByFunction = std::set<std::pair<std::string, Anchor>>;
  OriginsByFunction seenByCallers() const;
  bool isReported(FunctionId F, const Fate &Outcome,
                  const OriginsByFunction &Seen) const;
  const Fate *lostBy(const escape::Call &Call) const;
  std::vector<Fate> lostInLibrary(FunctionId F) const;
};

EscapeProject::EscapeProject() : I(std::make_unique<Impl>()) {
  I->Program.setModels(modelOf);
}
EscapeProject::~EscapeProject() = default;
EscapeProject::EscapeProject(EscapeProject &&) = default;
EscapeProject &EscapeProject::operator=(EscapeProject &&) = default;

llvm::Error EscapeProject::addUnit(llvm::StringRef Bytes) {
  llvm::Expected<Unit> Read = readUnit(Bytes);
  if (!Read)
    return Read.takeError();
  Unit &U = *Read;
  Anchor Base = I->Places.size();
  uint32_t FileBase = I->Files.size();
  for (std::string &File : U.Files)
    I->Files.push_back(std::move(File));
  for (PlaceRecord &P : U.Places) {
    P.File += FileBase;
    I->Places.push_back(std::move(P));
  }
  for (SiteRecord &S : U.Sites) {
    if (S.Spelling.empty())
      continue;
    S.At += Base;
    for (EditRecord &E : S.Edits)
      E.File += FileBase;
    I->Sites.try_emplace(S.At, std::move(S));
  }
  for (FunctionRecord &F : U.Functions)
    I->Functions.try_emplace(U.Module.name(F.Symbol), F);
  I->Waiting.push_back({std::move(U.Module), Base, std::move(U.Types)});
  return llvm::Error::success();
}

llvm::Error EscapeProject::addSummaries(llvm::StringRef Text) {
  auto Parsed = escape::parseSummaries(Text);
  if (!Parsed)
    return Parsed.takeError();
  for (auto &Entry : *Parsed)
    I->Program.addSummary(Entry.getKey(), std::move(Entry.getValue()));
  return llvm::Error::success();
}

void EscapeProject::solve(const SolveOptions &Options) {
  I->Options = Options;
  PlacedTypes Placed;
  for (const Impl::Pending &P : I->Waiting)
    Placed.add(P.Module, P.Types);
  for (Impl::Pending &P : I->Waiting) {
    Placed.forget(P.Module, P.Types);
    I->Program.link(std::move(P.Module), P.Base);
  }
  I->Waiting.clear();
  I->Program.solve();
}

report::Place EscapeProject::Impl::place(Anchor A) const {
  if (A >= Places.size())
    return {};
  const PlaceRecord &P = Places[A];
  return {Files[P.File], P.Line, P.Column};
}

void EscapeProject::Impl::addFlow(
    report::Allocation &A, const std::vector<escape::Step> &Witness) const {
  for (const escape::Step &S : Witness) {
    if (S.At >= Places.size())
      continue;
    report::Step Step;
    Step.At = place(S.At);
    Step.Text = Places[S.At].Text;
    Step.Why = escape::whyText(S.What).str();
    Step.Depth = S.Depth;
    if (A.Flow.empty() || A.Flow.back() != Step)
      A.Flow.push_back(std::move(Step));
  }
}

static report::ReasonText named(Reason R) {
  return {escape::reasonId(R).str(), escape::reasonText(R).str()};
}

static bool hasReason(const report::Allocation &A, Reason R) {
  return llvm::is_contained(A.Reasons, named(R));
}

void EscapeProject::Impl::addReasons(report::Allocation &A, FunctionId F,
                                     const Fate &Outcome,
                                     const SiteRecord &Site) const {
  auto Add = [&](Reason R) { A.Reasons.push_back(named(R)); };
  for (const escape::Blocker &B : Outcome.Blockers) {
    Add(B.Because);
    if (A.Flow.empty())
      addFlow(A, B.Witness);
  }
  bool Released = !Outcome.ReleasedAt.empty() || Outcome.ReleasedByCallee;
  if (Outcome.ReleaseIsMixed && !hasReason(A, Reason::MixedFree))
    Add(Reason::MixedFree);
  if (Site.Destructs && !Released && Outcome.Blockers.empty())
    Add(Reason::DtorOrder);
  if (!A.Size) {
    Add(Reason::NonConstantSize);
    return;
  }
  if (*A.Size > Options.MaxSize)
    Add(Reason::TooLarge);
  if (*A.Size > Options.MaxRecursiveSize && Program.mayRecurse(F))
    Add(Reason::Recursion);
}

static uint64_t valueOf(SizeTerm T) {
  return T.Param == SizeTerm::NoParam ? T.Constant : escape::UnknownSize;
}

report::Allocation EscapeProject::Impl::describe(FunctionId F,
                                                 const Fate &Outcome,
                                                 const SiteRecord &Site) const {
  report::Allocation A;
  A.At = place(Site.At);
  auto Function = Functions.find(Program.name(F));
  A.Function = Function == Functions.end() ? Program.name(F).str()
                                           : Function->getValue().Display;
  A.Kind = Site.Spelling;
  A.Type = Site.Type;
  uint64_t Size = Site.Bound;
  if (Site.Kind == SiteKind::Factory && Outcome.Size != escape::UnknownSize)
    Size = Outcome.Size;
  else if (Site.Kind == SiteKind::Factory && Size == escape::UnknownSize)
    Size = valueOf(askedBy(F, Outcome.ByCall, Outcome.Origin, WrapperDepth));
  if (Size != escape::UnknownSize)
    A.Size = Size;
  Outlook O;
  O.Freed = !Outcome.ReleasedAt.empty() || Outcome.ReleasedByCallee;
  if (fitsForEachTurn(A, F, Outcome, Site)) {
    O.AtOnce = Site.Turns;
    Fate Alone = Outcome;
    Alone.Blockers.clear();
    addReasons(A, F, Alone, Site);
  } else {
    addReasons(A, F, Outcome, Site);
  }
  A.Verdict =
      A.Reasons.empty() ? report::Verdict::Stack : report::Verdict::Heap;
  A.Suggestion = suggestion(A, Site, Files, O);
  return A;
}

/// Nothing stands in the way but that several objects are alive, and there is
/// room for one for each turn of the loops around the place. Without a witness
/// a callee makes several at once.
bool EscapeProject::Impl::fitsForEachTurn(const report::Allocation &A,
                                          FunctionId F, const Fate &Outcome,
                                          const SiteRecord &Site) const {
  if (Outcome.Blockers.size() != 1 ||
      Outcome.Blockers[0].Because != Reason::LoopCarried ||
      Outcome.Blockers[0].Witness.empty())
    return false;
  uint64_t Limit =
      Program.mayRecurse(F) ? Options.MaxRecursiveSize : Options.MaxSize;
  return Site.Turns > 1 && A.Size && *A.Size <= Limit / Site.Turns;
}

/// A wrapper asks for what it was asked for: T with its parameter replaced.
static SizeTerm substitute(SizeTerm T, llvm::ArrayRef<SizeTerm> Given) {
  if (T.Param == SizeTerm::Unknown || T.Param == SizeTerm::NoParam)
    return T;
  SizeTerm Arg = T.Param < Given.size() ? Given[T.Param] : SizeTerm();
  constexpr uint64_t Huge = 1ull << 40;
  if (Arg.Param == SizeTerm::Unknown || Arg.Constant > Huge / (T.Factor + 1) ||
      Arg.Factor > Huge / (T.Factor + 1))
    return {};
  Arg.Factor *= T.Factor;
  Arg.Constant = Arg.Constant * T.Factor + T.Constant;
  return Arg;
}

/// Bytes of what call ByCall of F brings from Origin, in terms of F's own
/// parameters. Depth limits the wrappers of wrappers.
SizeTerm EscapeProject::Impl::askedBy(FunctionId F, unsigned ByCall,
                                      Anchor Origin, unsigned Depth) const {
  const escape::Call &Call = Program.graph(F).calls()[ByCall];
  auto Here = Sites.find(Call.At.At);
  if (Depth == 0 || Call.Kind != escape::CallKind::Direct ||
      Here == Sites.end())
    return {};
  FunctionId Callee = Program.find(Program.symbolName(Call.Callee));
  if (Callee == escape::NoFunction)
    return {};
  SizeTerm Found;
  for (const Fate &Inner : Program.fates(Callee)) {
    auto Site = Sites.find(Inner.At);
    if (Inner.Origin != Origin || Site == Sites.end())
      continue;
    SizeTerm T = Inner.ByCall == ~0u
                     ? Site->second.Asked
                     : askedBy(Callee, Inner.ByCall, Origin, Depth - 1);
    if (Found.Param != SizeTerm::Unknown || T.Param == SizeTerm::Unknown)
      return {}; // two ways, or none
    Found = T;
  }
  return substitute(Found, Here->second.Given);
}

/// Which function's objects, by origin, some caller receives and reports.
EscapeProject::Impl::OriginsByFunction
EscapeProject::Impl::seenByCallers() const {
  OriginsByFunction Seen;
  for (FunctionId F = 0; F < Program.numFunctions(); ++F)
    for (const Fate &Outcome : Program.fates(F)) {
      if (Outcome.ByCall == ~0u)
        continue;
      auto Site = Sites.find(Outcome.At);
      if (Site == Sites.end() || Site->second.InSystemHeader)
        continue;
      const escape::Call &Call = Program.graph(F).calls()[Outcome.ByCall];
      // Of an indirect call any function may be the target.
      std::string Callee;
      if (Call.Kind == escape::CallKind::Direct)
        Callee = Program.symbolName(Call.Callee).str();
      Seen.insert({Callee, Outcome.Origin});
    }
  return Seen;
}

bool EscapeProject::Impl::isReported(FunctionId F, const Fate &Outcome,
                                     const OriginsByFunction &Seen) const {
  auto Site = Sites.find(Outcome.At);
  if (Site == Sites.end() || Site->second.InSystemHeader)
    return false;
  bool Brought = Outcome.ByCall != ~0u;
  if (Brought && Outcome.AllocatedBy == escape::Family::Library)
    return false; // a container that the callee filled
  if (!Outcome.OnlyReturned)
    return true;
  return !Seen.count({Program.name(F).str(), Outcome.Origin}) &&
         !Seen.count({"", Outcome.Origin});
}

/// What Call's callee, a function of the library, makes, lets get away and
/// returns.
const Fate *EscapeProject::Impl::lostBy(const escape::Call &Call) const {
  auto Site = Sites.find(Call.At.At);
  if (Call.Kind != escape::CallKind::Direct || Site == Sites.end() ||
      Site->second.Kind != SiteKind::Factory || Site->second.InSystemHeader)
    return nullptr;
  llvm::StringRef Name = Program.symbolName(Call.Callee);
  auto Callee = Functions.find(Name);
  FunctionId Id = Program.find(Name);
  if (Callee == Functions.end() || !Callee->getValue().InSystemHeader ||
      Id == escape::NoFunction)
    return nullptr;
  auto IsLost = [](const Fate &F) {
    bool IsNew = F.AllocatedBy == escape::Family::New ||
                 F.AllocatedBy == escape::Family::NewArray;
    auto IsReturn = [](const escape::Blocker &B) {
      return B.Because == Reason::Return;
    };
    return IsNew && F.ByCall == ~0u && !F.OnlyReturned &&
           llvm::any_of(F.Blockers, IsReturn);
  };
  auto It = llvm::find_if(Program.fates(Id), IsLost);
  return It == Program.fates(Id).end() ? nullptr : It;
}

/// What gets away on its way out of a factory is fresh to no caller, so the
/// factory's own site tells of it; of those in the library nobody is told.
///
///   auto P = std::make_unique<Widget>();   // Widget() is in another file
std::vector<Fate> EscapeProject::Impl::lostInLibrary(FunctionId F) const {
  std::vector<Fate> Out;
  for (auto [Index, Call] : llvm::enumerate(Program.graph(F).calls())) {
    const Fate *Lost = lostBy(Call);
    if (!Lost)
      continue;
    Fate Here = *Lost;
    Here.At = Call.At.At;
    Here.ByCall = Index;
    llvm::erase_if(Here.Blockers, [](const escape::Blocker &B) {
      return B.Because == Reason::Return;
    });
    for (escape::Blocker &B : Here.Blockers) {
      for (escape::Step &S : B.Witness)
        ++S.Depth;
      B.Witness.insert(B.Witness.begin(),
                       {Call.At.At, escape::Why::Allocated, 0});
    }
    Out.push_back(std::move(Here));
  }
  return Out;
}

/// Joins what was found at one place; "stack" only if both say so.
static void join(report::Allocation &Into, report::Allocation &&Other) {
  if (Other.Verdict == report::Verdict::Stack) {
    if (Into.Verdict == report::Verdict::Heap)
      return;
    if (Other.Size && (!Into.Size || *Other.Size > *Into.Size))
      Into.Size = Other.Size;
    return;
  }
  if (Into.Verdict == report::Verdict::Stack) {
    Into = std::move(Other);
    return;
  }
  for (report::ReasonText &R : Other.Reasons)
    if (!llvm::is_contained(Into.Reasons, R))
      Into.Reasons.push_back(std::move(R));
}

std::vector<report::Allocation> EscapeProject::allocations() const {
  const Impl &P = *I;
  Impl::OriginsByFunction Seen = P.seenByCallers();
  using Key = std::tuple<std::string, unsigned, unsigned, std::string>;
  std::map<Key, report::Allocation> ByPlace;
  auto Report = [&](FunctionId F, const Fate &Outcome) {
    const SiteRecord &Site = P.Sites.find(Outcome.At)->second;
    report::Allocation A = P.describe(F, Outcome, Site);
    Key K{A.At.File, A.At.Line, A.At.Column, A.Kind};
    auto [It, New] = ByPlace.try_emplace(K, A);
    if (!New)
      join(It->second, std::move(A));
  };
  for (FunctionId F = 0; F < P.Program.numFunctions(); ++F) {
    for (const Fate &Outcome : P.Program.fates(F))
      if (P.isReported(F, Outcome, Seen))
        Report(F, Outcome);
    for (const Fate &Lost : P.lostInLibrary(F))
      Report(F, Lost);
  }
  std::vector<report::Allocation> Result;
  for (auto &[K, A] : ByPlace)
    Result.push_back(std::move(A));
  report::sortAllocations(Result);
  return Result;
}

void EscapeProject::writeSummaries(llvm::raw_ostream &Out) const {
  std::map<std::string, FunctionId> Sorted;
  for (FunctionId F = 0; F < I->Program.numFunctions(); ++F)
    Sorted.try_emplace(I->Program.name(F).str(), F);
  Out << escape::SummariesHeader;
  for (const auto &[Name, F] : Sorted)
    escape::printSummary(Name, I->Program.summary(F), Out);
}

void EscapeProject::dump(llvm::StringRef NameGlob,
                         llvm::raw_ostream &Out) const {
  auto Glob = llvm::GlobPattern::create(NameGlob);
  if (!Glob) {
    llvm::consumeError(Glob.takeError());
    return;
  }
  for (FunctionId F = 0; F < I->Program.numFunctions(); ++F) {
    auto Function = I->Functions.find(I->Program.name(F));
    bool Matches = Glob->match(I->Program.name(F));
    if (Function != I->Functions.end())
      Matches |= Glob->match(Function->getValue().Display);
    if (Matches)
      I->Program.dump(F, Out);
  }
}

} // namespace stackward::source
