// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs the Escape core over a module and over single functions.
///
/// I1  One solver: a function is asked about by solving its own graph against
///     the summaries of its callees, so the answer and its witness come from
///     the same walk that made the summaries.
/// I2  A function without a summary is unknown.
/// I3  What was found of a function when the module was solved answers the
///     first question about it, and no other: whoever changes a function has
///     asked about it before. In a recursion that is not the same question.
#include "stackward/IR/EscapeBuilder.h"
#include "CalleeFacts.h"
#include "EscapeWalk.h"
#include "FunctionTables.h"
#include "TypedNumbers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/InstIterator.h"

using namespace llvm;
using namespace stackward::escape;

namespace stackward::ir {

namespace {
/// What the solution of the module says of one function.
struct FirstAnswer {
  Landmarks Marks;
  std::vector<Fate> Fates;
  std::vector<CallTargets> Targets;
};
} // namespace

struct ModuleEscape::Impl {
  llvm::Module &M;
  GetTLI TLI;
  std::vector<Place> Places;
  /// Places of the function asked about last; they follow those of Places.
  std::vector<Place> Local;
  StringMap<Summary> Summaries;
  StringSet<> Recurring;
  StringSet<> OnOdr;
  /// Of these, those that get there through a pointer.
  StringSet<> OnOdrIndirectly;
  StringMap<std::optional<FunctionTable>> Tables;
  /// Functions that keep none of their allocations.
  StringSet<> KeepsNone;
  StringMap<FirstAnswer> FirstAnswers; ///< I3
  /// Of functions, for the places in them.
  StringSet<> Names;
  Limits Limit;
  bool NumbersAreNumbers = !hidesPointers(M);
  /// Of the function asked about last.
  DenseMap<const CallBase *, Resolved> Targets{};

  void keepPlaces(const llvm::Function &F, const Landmarks &Marks,
                  std::vector<Place> &Into) {
    StringRef In = Names.insert(F.getName()).first->getKey();
    for (const Instruction *I : Marks.Anchors)
      Into.push_back({I->getDebugLoc(), In});
  }
  void lowerModule(escape::Module &Out,
                   SmallVectorImpl<llvm::Function *> &Declared);
  void keepAnswers(const Program &P, FunctionId Id);
  void findOdr();
  void findIndirectOdr(const Program &P);
  void keepTargets(const Landmarks &Marks, ArrayRef<CallTargets> Found);
  std::vector<SiteFate> read(const Landmarks &Marks, ArrayRef<Fate> Fates,
                             ArrayRef<CallTargets> Found);
  const FunctionTable *table(StringRef Name);
  bool anyOdr(ArrayRef<std::string> Names) const {
    return any_of(Names,
                  [&](const std::string &N) { return OnOdr.contains(N); });
  }
};

const FunctionTable *ModuleEscape::Impl::table(StringRef Name) {
  auto [It, New] = Tables.try_emplace(Name);
  if (New)
    if (const GlobalVariable *G = M.getNamedGlobal(Name))
      It->second = functionTable(*G);
  return It->second ? &*It->second : nullptr;
}

static Linkage linkageOf(const llvm::Function &F) {
  if (F.hasLocalLinkage())
    return Linkage::Internal;
  if (F.isInterposable())
    return Linkage::Weak;
  return F.hasExactDefinition() ? Linkage::External : Linkage::Odr;
}

static void lowerInto(escape::Module &Out, llvm::Function &F, FunctionWalk &W) {
  Graph G = W.run();
  escape::Function &Fn =
      Out.addFunction(Out.symbol(F.getName()), linkageOf(F), F.arg_size());
  Fn.Body = std::move(G);
  // Names are unique here: nobody compares two bodies.
  Fn.ContentHash = 1;
}

void ModuleEscape::Impl::lowerModule(
    escape::Module &Out, SmallVectorImpl<llvm::Function *> &Declared) {
  SmallPtrSet<llvm::Function *, 32> Seen;
  for (llvm::Function &F : M) {
    if (!FunctionWalk::canLower(F) || linkageOf(F) == Linkage::Weak)
      continue;
    FunctionWalk W(F, TLI(F), Out, Places.size());
    W.NumbersAreNumbers = NumbersAreNumbers;
    lowerInto(Out, F, W);
    keepPlaces(F, W.Marks, Places);
    FirstAnswers[F.getName()].Marks = std::move(W.Marks);
    for (llvm::Function *Callee : W.Callees)
      if (Callee->isDeclaration() && Seen.insert(Callee).second)
        Declared.push_back(Callee);
  }
}

/// The object leaves in a way that the callers or the world see.
static bool isLost(const Fate &F) {
  return any_of(F.Blockers, [](const Blocker &B) {
    return B.Because == Reason::Return || B.Because == Reason::Global ||
           B.Because == Reason::Thread ||
           B.Because == Reason::StoredInArgument ||
           B.Because == Reason::InlineAsm || B.Because == Reason::Volatile;
  });
}

/// Keeps what fates() will be asked for. Most functions that allocate hand
/// everything out.
void ModuleEscape::Impl::keepAnswers(const Program &P, FunctionId Id) {
  ArrayRef<Fate> Fates = P.fates(Id);
  if (all_of(Fates, isLost))
    KeepsNone.insert(P.name(Id));
  if (P.mayRecurse(Id))
    Recurring.insert(P.name(Id));
  if (P.mayRecurse(Id) || KeepsNone.contains(P.name(Id))) {
    FirstAnswers.erase(P.name(Id));
    return;
  }
  FirstAnswer &Answer = FirstAnswers[P.name(Id)];
  Answer.Fates = Fates.vec();
  Answer.Targets = P.targets(Id).vec();
}

/// All steps for one function, in those of its fine solution. With 20 the
/// functions that were given up in the end took a third of all steps in a link
/// of wabt; of 144 that only the coarsest solution was enough for, 12 take more
/// than this, and 39 more than 6.
static constexpr uint64_t CoarseShare = 10;

ModuleEscape::ModuleEscape(llvm::Module &M, GetTLI TLI, uint64_t Steps)
    : I(std::make_unique<Impl>(Impl{
          M, std::move(TLI), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}})) {
  I->Limit.MaxFineSteps = Steps;
  I->Limit.MaxSteps = CoarseShare * Steps;
  escape::Module Lowered;
  SmallVector<llvm::Function *, 32> Declared;
  I->lowerModule(Lowered, Declared);
  Program P;
  for (llvm::Function *F : Declared) {
    Summary S = declarationSummary(*F);
    P.addSummary(F->getName(), S);
    I->Summaries[F->getName()] = std::move(S);
  }
  P.link(std::move(Lowered), 0);
  P.setTables([this](StringRef Name) { return I->table(Name); });
  P.solve(I->Limit);
  for (FunctionId Id = 0; Id < P.numFunctions(); ++Id) {
    I->Summaries[P.name(Id)] = P.summary(Id);
    I->keepAnswers(P, Id);
  }
  I->findOdr();
  I->findIndirectOdr(P);
}

ModuleEscape::~ModuleEscape() = default;

/// Callers of what depends on an exchangeable body depend on it themselves.
void ModuleEscape::Impl::findOdr() {
  SmallVector<const llvm::Function *, 32> Work;
  auto Add = [&](const llvm::Function &F) {
    if (OnOdr.insert(F.getName()).second)
      Work.push_back(&F);
  };
  for (const llvm::Function &F : M)
    if (!F.isDeclaration() && linkageOf(F) == Linkage::Odr)
      Add(F);
  while (!Work.empty())
    for (const User *U : Work.pop_back_val()->users())
      if (const auto *CB = dyn_cast<CallBase>(U))
        Add(*CB->getFunction());
}

/// Calls through pointers that lead to exchangeable bodies, and their callers.
void ModuleEscape::Impl::findIndirectOdr(const Program &P) {
  SmallVector<const llvm::Function *, 32> Work;
  auto Add = [&](const llvm::Function *F) {
    if (F && OnOdrIndirectly.insert(F->getName()).second) {
      OnOdr.insert(F->getName());
      Work.push_back(F);
    }
  };
  bool Grew = true;
  while (Grew) {
    Grew = false;
    for (FunctionId Id = 0; Id < P.numFunctions(); ++Id) {
      bool Leads = any_of(P.targets(Id), [&](const CallTargets &T) {
        return anyOdr(T.Names) || anyOdr(T.Further);
      });
      if (!Leads || OnOdrIndirectly.contains(P.name(Id)))
        continue;
      Add(M.getFunction(P.name(Id)));
      Grew = !Work.empty();
      while (!Work.empty())
        for (const User *U : Work.pop_back_val()->users())
          if (const auto *CB = dyn_cast<CallBase>(U))
            Add(CB->getFunction());
    }
  }
}

bool ModuleEscape::dependsOnOdrIndirectly(const llvm::Function &F) const {
  return I->OnOdrIndirectly.contains(F.getName());
}

Resolved ModuleEscape::targets(const CallBase &CB) const {
  return I->Targets.lookup(&CB);
}

bool ModuleEscape::dependsOnOdr(const llvm::Function &F) const {
  return I->OnOdr.contains(F.getName());
}

bool ModuleEscape::mayRecur(const llvm::Function &F) const {
  return I->Recurring.contains(F.getName());
}

const Summary &ModuleEscape::summary(const llvm::Function &F) {
  auto [It, New] = I->Summaries.try_emplace(F.getName());
  if (New)
    It->second = F.isDeclaration() ? declarationSummary(F) : unknownSummary();
  return It->second;
}

bool ModuleEscape::mayKeepAny(const llvm::Function &F) const {
  return !I->KeepsNone.contains(F.getName());
}

void ModuleEscape::copySummary(const llvm::Function &Original,
                               const llvm::Function &Copy) {
  Summary S = summary(Original);
  I->Summaries[Copy.getName()] = std::move(S);
}

void ModuleEscape::print(raw_ostream &Out) const {
  for (const llvm::Function &F : I->M)
    if (auto It = I->Summaries.find(F.getName());
        It != I->Summaries.end() && !F.isDeclaration()) {
      Summary S = It->second;
      S.ContentHash = 0;
      printSummary(F.getName(), S, Out);
    }
}

void ModuleEscape::forget(const llvm::Function &F) {
  I->Summaries.erase(F.getName());
  I->FirstAnswers.erase(F.getName());
}

Place ModuleEscape::place(Anchor A) const {
  if (A < I->Places.size())
    return I->Places[A];
  A -= I->Places.size();
  return A < I->Local.size() ? I->Local[A] : Place();
}

/// A program of one function, its callees as summaries.
static void solveAlone(Program &P, llvm::Function &F, FunctionWalk &W,
                       escape::Module Lowered, ModuleEscape &ME,
                       const Limits &L, const TableLookup &Tables) {
  SmallPtrSet<llvm::Function *, 16> Seen{&F};
  for (llvm::Function *Callee : W.Callees)
    if (Seen.insert(Callee).second)
      P.addSummary(Callee->getName(), ME.summary(*Callee));
  // What is called through a pointer.
  P.setModels([&ME, &F](StringRef Name) -> const Summary * {
    const llvm::Function *Target = F.getParent()->getFunction(Name);
    return Target ? &ME.summary(*Target) : nullptr;
  });
  P.setTables(Tables);
  P.link(std::move(Lowered), 0);
  P.solve(L);
}

void ModuleEscape::addFunction(llvm::Function &F) {
  if (!FunctionWalk::canLower(F))
    return;
  escape::Module Lowered;
  FunctionWalk W(F, I->TLI(F), Lowered, I->Places.size());
  W.NumbersAreNumbers = I->NumbersAreNumbers;
  lowerInto(Lowered, F, W);
  I->keepPlaces(F, W.Marks, I->Places);
  Program P;
  auto Tables = [this](StringRef Name) { return I->table(Name); };
  solveAlone(P, F, W, std::move(Lowered), *this, I->Limit, Tables);
  FunctionId Id = P.find(F.getName());
  if (Id != NoFunction)
    I->Summaries[F.getName()] = P.summary(Id);
  for (const llvm::Function *Callee : W.Callees) {
    if (dependsOnOdr(*Callee))
      I->OnOdr.insert(F.getName());
    if (dependsOnOdrIndirectly(*Callee))
      I->OnOdrIndirectly.insert(F.getName());
  }
  if (Id != NoFunction && any_of(P.targets(Id), [&](const CallTargets &T) {
        return I->anyOdr(T.Names) || I->anyOdr(T.Further);
      })) {
    I->OnOdr.insert(F.getName());
    I->OnOdrIndirectly.insert(F.getName());
  }
}

namespace {
/// Turns the core's anchors and call numbers back into instructions.
struct FateReader {
  const Landmarks &Marks;

  CallBase *callAt(Anchor A) const {
    if (A == NoAnchor || A < Marks.Base ||
        A - Marks.Base >= Marks.Anchors.size())
      return nullptr;
    return dyn_cast<CallBase>(Marks.Anchors[A - Marks.Base]);
  }

  /// Adds the calls in the witness; false when there are none.
  bool blockingCalls(const Blocker &B, SiteFate &To) const {
    bool Any = false;
    for (const Step &S : B.Witness) {
      CallBase *CB = S.Depth == 0 ? callAt(S.At) : nullptr;
      if (!CB || (CB == To.Site && !To.FromCallee))
        continue;
      Any = true;
      if (!is_contained(To.BlockingCalls, CB))
        To.BlockingCalls.push_back(CB);
    }
    return Any;
  }

  /// Facts about several values, which simplification may separate.
  static bool mayDissolve(Reason R) {
    return R == Reason::LoopCarried || R == Reason::MixedFree ||
           R == Reason::FreedInCallee;
  }

  void readReleasedWith(const Fate &From, SiteFate &To) const {
    To.ReleasedAlone = !From.ReleaseIsMixed && !From.ReleasedWithFresh;
    for (ObjectId Other : From.ReleasedWith) {
      auto It = Marks.Sites.find(Other);
      if (It == Marks.Sites.end())
        To.ReleasedAlone = false;
      else
        To.ReleasedWith.push_back(It->second);
    }
  }

  std::optional<SiteFate> read(const Fate &From) const {
    SiteFate To;
    To.FromCallee = From.Site == NoObject;
    if (To.FromCallee) {
      if (From.ByCall >= Marks.Calls.size())
        return std::nullopt;
      To.Site = Marks.Calls[From.ByCall];
    } else {
      auto It = Marks.Sites.find(From.Site);
      if (It == Marks.Sites.end())
        return std::nullopt;
      To.Site = It->second;
    }
    To.Blockers = From.Blockers;
    To.ReleasedByCallee = From.ReleasedByCallee;
    for (Anchor A : From.ReleasedAt)
      if (CallBase *CB = callAt(A); CB && !is_contained(To.ReleasedAt, CB))
        To.ReleasedAt.push_back(CB);
    for (Anchor A : From.ReleasingCalls)
      if (CallBase *CB = callAt(A); CB && !is_contained(To.BlockingCalls, CB))
        To.BlockingCalls.push_back(CB);
    for (const ContentRelease &R : From.ContentReleases)
      if (CallBase *CB = callAt(R.Call))
        To.ContentReleases.push_back({CB, R.Param, R.Cell});
    readReleasedWith(From, To);
    for (const Blocker &B : From.Blockers)
      To.Hopeless |= !blockingCalls(B, To) && !mayDissolve(B.Because);
    return To;
  }
};
} // namespace

void ModuleEscape::Impl::keepTargets(const Landmarks &Marks,
                                     ArrayRef<CallTargets> Found) {
  for (auto [CB, To] : zip(Marks.Calls, Found)) {
    Resolved R;
    R.OnOdr = anyOdr(To.Names) || anyOdr(To.Further);
    if (To.Complete)
      for (const std::string &Name : To.Names) {
        R.Targets.push_back(M.getFunction(Name));
        if (R.Targets.back())
          continue;
        R.Targets.clear();
        break;
      }
    if (R.OnOdr || !R.Targets.empty())
      Targets[CB] = std::move(R);
  }
}

std::vector<SiteFate> ModuleEscape::Impl::read(const Landmarks &Marks,
                                               ArrayRef<Fate> Fates,
                                               ArrayRef<CallTargets> Found) {
  std::vector<SiteFate> Result;
  keepTargets(Marks, Found);
  FateReader Reader{Marks};
  for (const Fate &From : Fates)
    if (std::optional<SiteFate> To = Reader.read(From))
      Result.push_back(std::move(*To));
  return Result;
}

std::vector<SiteFate> ModuleEscape::fates(llvm::Function &F) {
  I->Local.clear();
  I->Targets.clear();
  if (!FunctionWalk::canLower(F))
    return {};
  if (auto It = I->FirstAnswers.find(F.getName());
      It != I->FirstAnswers.end()) {
    FirstAnswer Answer = std::move(It->second);
    I->FirstAnswers.erase(It);
    return I->read(Answer.Marks, Answer.Fates, Answer.Targets);
  }
  escape::Module Lowered;
  FunctionWalk W(F, I->TLI(F), Lowered, I->Places.size());
  W.NumbersAreNumbers = I->NumbersAreNumbers;
  Graph G = W.run();
  escape::Function &Fn = Lowered.addFunction(Lowered.symbol(F.getName()),
                                             Linkage::Internal, F.arg_size());
  Fn.Body = std::move(G);
  Fn.ContentHash = 1;
  I->keepPlaces(F, W.Marks, I->Local);
  Program P;
  Limits L = I->Limit;
  L.OnlyFates = true;
  auto Tables = [this](StringRef Name) { return I->table(Name); };
  solveAlone(P, F, W, std::move(Lowered), *this, L, Tables);
  FunctionId Id = P.find(F.getName());
  if (Id == NoFunction)
    return {};
  return I->read(W.Marks, P.fates(Id), P.targets(Id));
}

} // namespace stackward::ir
