// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which containers are seeded, and where their buffers are.
///
/// A container is a local of a function, and is made there by constructors
/// (points) or by a function that returns it. Such a *maker* gets a private
/// copy that is handed the buffer, and hands it on to makers that it calls.
/// The constructors of a vector that is made with its elements are makers too:
/// at the end of a chain of steps they allocate its storage, once.
///
/// Everything is decided before anything is changed: the summaries describe
/// the module as it was.
///
/// One buffer serves one container at a time:
///
/// I1  A container that is made again has been destroyed before, so its buffer
///     is free, unless a peer took it over. So no peer may be alive where the
///     container is made a second time (mayReseed).
/// I2  The buffer's lifetime markers follow those of its container; where
///     there are peers it has none and lives as long as the frame.
#include "stackward/IR/Seeding.h"
#include "Legality.h"
#include "Rewrite.h"
#include "SeedLife.h"
#include "SeedOwnership.h"
#include "SeedRewrite.h"
#include "stackward/Escape/Graph.h"
#include "llvm/ADT/SCCIterator.h"
#include "llvm/Analysis/CFG.h"
#include "llvm/Analysis/CallGraph.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;
using stackward::escape::Reason;

namespace stackward::ir {

/// Strings up to this length live inside the object.
static constexpr uint64_t ShortString = 15;

namespace {

struct Maker;

/// A call that makes the container.
struct Point {
  CallBase *Call;
  Construction How = Construction::Other;
  Maker *By = nullptr; ///< when it is a function that returns the container
};

/// What makes one container in one function.
struct Making {
  Container Of = Container::None;
  std::string Element;
  uint64_t Unit = 1; ///< bytes of an element
  SmallVector<Point, 2> Points;
  bool Grows = false;
  /// Shortest text that gains by the buffer.
  uint64_t least() const { return Grows ? 0 : ShortString + 1; }
};

/// A function that returns a container by its first parameter, or makes the
/// vector there.
struct Maker {
  Function *Original = nullptr;
  Making How;
  bool Usable = false;
  Function *Seeded = nullptr; ///< the copy, when one is wanted
};

struct Local {
  AllocaInst *Slot;
  Making How;
  uint64_t Bytes;
  bool HasPeers;
};

class Seeder {
public:
  Seeder(Module &M, FunctionAnalysisManager &FAM, const Options &O)
      : M(M), FAM(FAM), O(O), Library(M), Owners(Library), Rewriter(M) {}
  bool run();

private:
  bool takesPart(Function &F);
  Making makingOf(Value &Root);
  Maker &maker(Function &F);
  Maker &storage(Function &F, uint64_t Unit);
  bool mayReseed(const Making &How, const Conduct &C, Value &Root);
  void consider(Function &F);
  void considerLocal(AllocaInst &Slot, uint64_t &Added, uint64_t &Bytes);
  void missed(AllocaInst &Slot, const Making &How, const Blame &Why);
  Function *seededCopy(Maker &By);
  void fillCopies();
  void apply(const Point &P, const Making &How, const SeedBuffer &Buffer);
  void applyLocal(const Local &L);
  void findRecursion();

  Module &M;
  FunctionAnalysisManager &FAM;
  const Options &O;
  SeedLibrary Library;
  Ownership Owners;
  SeedRewriter Rewriter;
  DenseMap<Function *, std::unique_ptr<Maker>> Makers;
  SmallPtrSet<const Function *, 16> Recursive;
  std::vector<Local> Locals;
  std::vector<Maker *> ToFill;
};

} // namespace

bool Seeder::takesPart(Function &F) {
  return isEligible(F) && O.selects(F.getName()) &&
         !F.hasFnAttribute(Attribute::Cold) &&
         !F.hasFnAttribute("split-stack") &&
         F.getMemoryEffects() == MemoryEffects::unknown();
}

/// How the container at \p Root is made in its function. None when it is not
/// one, or several.
Making Seeder::makingOf(Value &Root) {
  Making Result;
  bool Mixed = false;
  auto Add = [&](Container Of, const std::string &Element, uint64_t Unit,
                 Point P) {
    Mixed |=
        Result.Of != Container::None &&
        (Result.Of != Of || Result.Element != Element || Result.Unit != Unit);
    Result.Of = Of;
    Result.Element = Element;
    Result.Unit = Unit;
    if (P.By || matches(*P.Call, P.How))
      Result.Points.push_back(P);
  };
  for (Use &U : Root.uses()) {
    auto *CB = dyn_cast<CallBase>(U.getUser());
    Function *Callee = CB ? calledFunction(*CB) : nullptr;
    if (!Callee || !CB->isArgOperand(&U) || CB->getArgOperandNo(&U) != 0)
      continue;
    const Member &Of = Library.member(*Callee);
    if (Of.Constructs) {
      uint64_t Unit =
          Of.Of == Container::Vector ? Of.ElementBytes.value_or(0) : 1;
      Point P{CB, Library.construction(*Callee), nullptr};
      if (P.How == Construction::Sized && Unit)
        if (Maker &By = storage(*Callee, Unit); By.Usable)
          P.By = &By;
      Add(Of.Of, Of.Element, Unit, P);
    } else if (CB->paramHasAttr(0, Attribute::StructRet)) {
      Maker &By = maker(*Callee);
      if (By.Usable)
        Add(By.How.Of, By.How.Element, By.How.Unit,
            {CB, Construction::Other, &By});
    }
  }
  if (Mixed)
    Result.Of = Container::None;
  if (Result.Unit == 0)
    Result.Points.clear();
  return Result;
}

/// An empty container that never grows needs no buffer.
static void dropIdle(Making &How) {
  if (!How.Grows)
    erase_if(How.Points, [](const Point &P) {
      return !P.By && P.How == Construction::Empty;
    });
}

/// I1, for the container at \p Root. It counts as a peer of its own: what is
/// made over a live container leaves that one's text to those who look at it.
bool Seeder::mayReseed(const Making &How, const Conduct &C, Value &Root) {
  for (const Point &Second : How.Points) {
    bool Again = any_of(How.Points, [&](const Point &First) {
      Instruction *From = First.Call;
      return (From != Second.Call &&
              isPotentiallyReachable(From, Second.Call)) ||
             any_of(successors(From->getParent()), [&](BasicBlock *BB) {
               return isPotentiallyReachable(&BB->front(), Second.Call);
             });
    });
    if (!Again)
      continue;
    if (!C.MovedTo.empty() || mayBeAlive(Root, *Second.Call, Library))
      return false;
    for (AllocaInst *Peer : C.Peers)
      if (mayBeAlive(*Peer, *Second.Call, Library))
        return false;
  }
  return true;
}

Maker &Seeder::maker(Function &F) {
  auto &Place = Makers[&F];
  if (Place)
    return *Place; // perhaps being looked at: then it is not usable yet
  Place = std::make_unique<Maker>();
  Maker &Result = *Place; // the map may move its pointers, not what they own
  Result.Original = &F;
  if (F.isDeclaration() || F.isInterposable() || F.isVarArg() ||
      !F.hasParamAttribute(0, Attribute::StructRet) || !takesPart(F) ||
      F.getInstructionCount() > O.CloneBudget)
    return Result;
  const Conduct &C = Owners.of(*F.getArg(0));
  if (C.Against || !C.Returns.empty() || !C.StoredIn.empty())
    return Result;
  Making How = makingOf(*F.getArg(0));
  How.Grows = C.Grows;
  dropIdle(How);
  Result.How = How;
  Result.Usable = How.Of != Container::None && !How.Points.empty() &&
                  mayReseed(How, C, *F.getArg(0));
  return Result;
}

/// \p F gives the vector at its first parameter storage for the elements that
/// it is made with: by one call, of the allocator or of another such function.
Maker &Seeder::storage(Function &F, uint64_t Unit) {
  auto &Place = Makers[&F];
  if (Place)
    return *Place;
  Place = std::make_unique<Maker>();
  Maker &Result = *Place;
  Result.Original = &F;
  if (F.isDeclaration() || F.isInterposable() || F.isVarArg() ||
      !isEligible(F) || F.getInstructionCount() > O.CloneBudget)
    return Result;
  Result.How.Of = Container::Vector;
  Result.How.Unit = Unit;
  bool Possible = true;
  for (Use &U : F.getArg(0)->uses()) {
    auto *CB = dyn_cast<CallBase>(U.getUser());
    Function *Callee = CB ? calledFunction(*CB) : nullptr;
    if (!Callee || !CB->isArgOperand(&U) || CB->getArgOperandNo(&U) != 0)
      continue;
    Point P{CB, Construction::Storage, nullptr};
    switch (Library.member(*Callee).Storage) {
    case StorageStep::None:
      continue;
    case StorageStep::Step:
      P.By = &storage(*Callee, Unit);
      Possible &= P.By->Usable;
      break;
    case StorageStep::Allocate:
      Possible &= CB->arg_size() == 2 && CB->getType()->isPointerTy();
      break;
    }
    // Once for each vector, so not in a loop.
    Possible &= none_of(successors(CB->getParent()), [&](BasicBlock *BB) {
      return isPotentiallyReachable(&BB->front(), CB);
    });
    Result.How.Points.push_back(P);
  }
  Result.Usable = Possible && Result.How.Points.size() == 1;
  return Result;
}

static StringRef kindName(Container C) {
  return C == Container::String ? "string" : "vector";
}

void Seeder::missed(AllocaInst &Slot, const Making &How, const Blame &Why) {
  Function &F = *Slot.getFunction();
  auto &ORE = FAM.getResult<OptimizationRemarkEmitterAnalysis>(F);
  const Instruction *At = How.Points.empty() ? nullptr : How.Points[0].Call;
  ORE.emit([&] {
    OptimizationRemarkMissed R("stackward", Why.Reason,
                               At ? At->getDebugLoc() : DebugLoc(),
                               &F.getEntryBlock());
    R << kindName(How.Of) << " not seeded [" << ore::NV("Reason", Why.Reason)
      << "]";
    if (!Why.Detail.empty())
      R << " " << ore::NV("Detail", Why.Detail);
    return R;
  });
}

void Seeder::considerLocal(AllocaInst &Slot, uint64_t &Added, uint64_t &Frame) {
  const DataLayout &DL = M.getDataLayout();
  if (!isLaidOutAs(Container::String, Slot.getAllocatedType(), DL) &&
      !isLaidOutAs(Container::Vector, Slot.getAllocatedType(), DL))
    return;
  Making How = makingOf(Slot);
  if (How.Of == Container::None || How.Points.empty() ||
      !isLaidOutAs(How.Of, Slot.getAllocatedType(), DL))
    return;
  const Conduct &C = Owners.of(Slot);
  if (C.Against)
    return missed(Slot, How, *C.Against);
  if (!C.Returns.empty() || !C.StoredIn.empty() || !C.MovedTo.empty())
    return missed(Slot, How,
                  {C.MovedTo.empty()
                       ? escape::reasonId(Reason::StoredInArgument)
                       : StringRef("ownership-moves"),
                   "to an argument", nullptr});
  How.Grows = C.Grows;
  if (!mayReseed(How, C, Slot))
    return missed(Slot, How,
                  {escape::reasonId(Reason::LoopCarried), {}, nullptr});
  dropIdle(How);
  if (How.Points.empty())
    return;
  bool MayRecur = Recursive.contains(Slot.getFunction());
  uint64_t Bytes =
      MayRecur ? std::min(O.SeedBytes, O.SeedRecursionBytes) : O.SeedBytes;
  Bytes = Bytes / How.Unit * How.Unit;
  if (Bytes <= (How.Of == Container::String ? 2 * (ShortString + 1) - 1 : 0))
    return missed(Slot, How, {escape::reasonId(Reason::TooLarge), {}, nullptr});
  uint64_t Budget = MayRecur ? O.SeedRecursionBudget : O.SeedFunctionBudget;
  if (Added + Bytes > Budget || Frame + Added + Bytes > O.FrameBudget)
    return missed(
        Slot, How,
        {escape::reasonId(MayRecur ? Reason::Recursion : Reason::FrameBudget),
         {},
         nullptr});
  if (Locals.size() >= O.SeedLimit)
    return;
  Added += Bytes;
  Locals.push_back({&Slot, std::move(How), Bytes, !C.Peers.empty()});
}

void Seeder::consider(Function &F) {
  if (!takesPart(F))
    return;
  uint64_t Added = 0, Frame = frameBytes(F);
  for (Instruction &I : F.getEntryBlock())
    if (auto *Slot = dyn_cast<AllocaInst>(&I); Slot && Slot->isStaticAlloca())
      considerLocal(*Slot, Added, Frame);
}

/// The copy of a maker that takes a buffer and its size as well. It has no
/// body yet. Copies of inline functions are merged by the linker as those are.
Function *Seeder::seededCopy(Maker &By) {
  if (By.Seeded)
    return By.Seeded;
  Function &F = *By.Original;
  SmallVector<Type *, 8> Params(F.getFunctionType()->params());
  Params.push_back(PointerType::get(M.getContext(), 0));
  Params.push_back(Type::getInt64Ty(M.getContext()));
  bool Shared = F.hasLinkOnceODRLinkage() || F.hasWeakODRLinkage() ||
                F.hasAvailableExternallyLinkage();
  By.Seeded = Function::Create(
      FunctionType::get(F.getReturnType(), Params, false),
      Shared ? GlobalValue::LinkOnceODRLinkage : GlobalValue::InternalLinkage,
      F.getName() + SeededMark, M);
  ToFill.push_back(&By);
  return By.Seeded;
}

void Seeder::apply(const Point &P, const Making &How,
                   const SeedBuffer &Buffer) {
  if (!P.By && P.How == Construction::Storage)
    return Rewriter.storage(*P.Call, How.Unit, Buffer);
  if (!P.By)
    return Rewriter.seed(*P.Call, How.Of, P.How, Buffer, How.least());
  Function *Copy = seededCopy(*P.By);
  CallBase &CB = *P.Call;
  SmallVector<Value *, 8> Args(CB.args());
  Args.append({Buffer.Address, Buffer.Bytes});
  SmallVector<OperandBundleDef, 1> Bundles;
  CB.getOperandBundlesAsDefs(Bundles);
  CallBase *New;
  if (auto *Invoke = dyn_cast<InvokeInst>(&CB))
    New = InvokeInst::Create(Copy, Invoke->getNormalDest(),
                             Invoke->getUnwindDest(), Args, Bundles, "",
                             CB.getIterator());
  else
    New = CallInst::Create(Copy, Args, Bundles, "", CB.getIterator());
  New->setAttributes(CB.getAttributes());
  New->setCallingConv(CB.getCallingConv());
  New->copyMetadata(CB);
  New->setDebugLoc(CB.getDebugLoc());
  CB.replaceAllUsesWith(New);
  CB.eraseFromParent();
}

void Seeder::applyLocal(const Local &L) {
  Function &F = *L.Slot->getFunction();
  DebugLoc At = L.How.Points[0].Call->getDebugLoc();
  clearTailMarks(F);
  IRBuilder<> B(L.Slot);
  AllocaInst *Room = B.CreateAlloca(ArrayType::get(B.getInt8Ty(), L.Bytes));
  Room->setAlignment(Align(16));
  if (!L.HasPeers)
    for (User *U : make_early_inc_range(L.Slot->users()))
      if (auto *I = dyn_cast<IntrinsicInst>(U);
          I && I->isLifetimeStartOrEnd()) {
        B.SetInsertPoint(I);
        if (I->getIntrinsicID() == Intrinsic::lifetime_start)
          B.CreateLifetimeStart(Room);
        else
          B.CreateLifetimeEnd(Room);
      }
  for (const Point &P : L.How.Points)
    apply(P, L.How, {Room, B.getInt64(L.Bytes)});
  auto &ORE = FAM.getResult<OptimizationRemarkEmitterAnalysis>(F);
  ORE.emit([&] {
    return OptimizationRemark("stackward", "Seeded", At, &F.getEntryBlock())
           << kindName(L.How.Of) << " starts in " << ore::NV("Bytes", L.Bytes)
           << " bytes of the stack";
  });
}

void Seeder::fillCopies() {
  // Filling one may ask for others.
  for (size_t I = 0; I < ToFill.size(); ++I) {
    Maker &By = *ToFill[I];
    Function &From = *By.Original, &To = *By.Seeded;
    ValueToValueMapTy Map;
    for (auto [Old, New] : zip_first(From.args(), To.args()))
      Map[&Old] = &New;
    SmallVector<ReturnInst *, 4> Returns;
    CloneFunctionInto(&To, &From, Map,
                      CloneFunctionChangeType::LocalChangesOnly, Returns);
    bool Shared = To.hasLinkOnceODRLinkage();
    To.setVisibility(Shared ? GlobalValue::HiddenVisibility
                            : GlobalValue::DefaultVisibility);
    To.setDSOLocal(true);
    To.removeFnAttr(Attribute::Memory); // it looks where the buffer lies
    To.setComdat(Shared ? M.getOrInsertComdat(To.getName()) : nullptr);
    clearTailMarks(To);
    SeedBuffer Buffer{To.getArg(To.arg_size() - 2),
                      To.getArg(To.arg_size() - 1)};
    for (Point P : By.How.Points) {
      P.Call = cast<CallBase>(Map[P.Call]);
      apply(P, By.How, Buffer);
    }
  }
}

void Seeder::findRecursion() {
  CallGraph Graph(M);
  for (auto It = scc_begin(&Graph); !It.isAtEnd(); ++It)
    if (It.hasCycle())
      for (const CallGraphNode *N : *It)
        if (N->getFunction())
          Recursive.insert(N->getFunction());
}

bool Seeder::run() {
  if (!Library.isUsable())
    return false;
  findRecursion();
  for (Function &F : M)
    consider(F);
  if (Locals.empty())
    return false;
  for (const Local &L : Locals)
    applyLocal(L);
  fillCopies();
  if (O.Verify && verifyModule(M, &errs()))
    report_fatal_error("stackward: broken module after seeding");
  return true;
}

/// Strings and vectors are locals of some function here.
static bool worthLooking(Module &M, const Options &O) {
  uint64_t Size = 0;
  bool Found = false;
  for (Function &F : M) {
    Found |= F.getName().starts_with("_ZNSt7__cxx1112basic_stringIcSt11char") ||
             F.getName().starts_with("_ZNSt6vectorI");
    Size += F.getInstructionCount();
  }
  return Found && Size <= O.ModuleBudget;
}

bool runSeeding(Module &M, ModuleAnalysisManager &MAM, const Options &O) {
  auto &FAM = MAM.getResult<FunctionAnalysisManagerModuleProxy>(M).getManager();
  if (!O.Enable || !O.Seed || !worthLooking(M, O))
    return false;
  return Seeder(M, FAM, O).run();
}

} // namespace stackward::ir
