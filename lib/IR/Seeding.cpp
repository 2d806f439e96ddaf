// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which containers are seeded, and where their buffers are.
///
/// A container is a local of a function, and is made there by constructors
/// (points) or by a function that returns it. Such a *maker* gets a private
/// copy that is handed the buffer, and hands it on to makers that it calls.
/// The constructors of a vector that is made with its elements are makers too,
/// and those of a string that never grows: at the end of a chain of steps they
/// allocate its storage, once. So is every
/// function that makes a container in what its first parameter points to: the
/// constructors of classes that wrap one, derive from one or have one as a
/// member. A container is therefore told by an object and an offset. A maker
/// that makes a local and moves it to its result hands the buffer to the local.
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
/// I3  A call is handed one buffer: of two containers that one call makes, in
///     one object, the first is seeded.
#include "stackward/IR/Seeding.h"
#include "Legality.h"
#include "Rewrite.h"
#include "SeedCopy.h"
#include "SeedMakers.h"
#include "SeedRewrite.h"
#include "stackward/Escape/Graph.h"
#include "llvm/ADT/SCCIterator.h"
#include "llvm/Analysis/CallGraph.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/Analysis/ProfileSummaryInfo.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Verifier.h"

using namespace llvm;
using stackward::escape::Reason;

namespace stackward::ir {

/// A vector of large elements has room for so many, up to so many bytes: it
/// would pass one element, two and four on its way.
static constexpr uint64_t FewElements = 4, LargeVector = 512;

namespace {

struct Local {
  AllocaInst *Slot; ///< the object that it is, or is in
  Making How;
  uint64_t Bytes;
  bool HasPeers;
};

class Seeder {
public:
  Seeder(Module &M, FunctionAnalysisManager &FAM, const Options &O)
      : M(M), FAM(FAM), O(O), Library(M), Owners(Library),
        Makers(M, O, Library, Owners), Rewriter(M) {}
  bool run();

private:
  uint64_t bufferBytes(const Making &How, bool MayRecur) const;
  void consider(Function &F);
  void considerLocal(AllocaInst &Slot, int64_t Offset, Type *Part,
                     uint64_t &Added, uint64_t &Bytes);
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
  SeedMakers Makers;
  SeedRewriter Rewriter;
  SmallPtrSet<const CallBase *, 16> Claimed; ///< I3
  SmallPtrSet<const Function *, 16> Recursive;
  std::vector<Local> Locals;
  std::vector<Maker *> ToFill;
};

} // namespace

static StringRef kindName(Container C) {
  switch (C) {
  case Container::String:
    return "string";
  case Container::Vector:
    return "vector";
  case Container::Deque:
    return "deque";
  case Container::None:
    break;
  }
  llvm_unreachable("not a container");
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

/// 0 when that is not enough to be of use.
uint64_t Seeder::bufferBytes(const Making &How, bool MayRecur) const {
  uint64_t Bytes =
      MayRecur ? std::min(O.SeedBytes, O.SeedRecursionBytes) : O.SeedBytes;
  switch (How.Of) {
  case Container::None:
    return 0;
  case Container::String:
    return Bytes < 2 * (ShortString + 1) ? 0 : Bytes & ~uint64_t(1);
  case Container::Vector:
    if (!MayRecur)
      Bytes = std::max(Bytes, std::min(FewElements * How.Unit, LargeVector));
    return Bytes / How.Unit * How.Unit;
  case Container::Deque:
    return MayRecur ? 0 : DequeMapBytes + dequeNodeBytes(How.Unit);
  }
  llvm_unreachable("closed");
}

/// The container of the type \p Part that is \p Offset bytes into \p Slot.
void Seeder::considerLocal(AllocaInst &Slot, int64_t Offset, Type *Part,
                           uint64_t &Added, uint64_t &Frame) {
  Making How = Makers.makingOf(Slot, Offset);
  if (How.Of == Container::None || How.Points.empty() ||
      !isLaidOutAs(How.Of, Part, M.getDataLayout()))
    return;
  const Conduct &C = Owners.of(Slot, Offset, containerBytes(How.Of));
  if (C.Against)
    return missed(Slot, How, *C.Against);
  auto Refuse = [&](StringRef Why, std::string Detail = {}) {
    missed(Slot, How, {Why, std::move(Detail), nullptr});
  };
  if (!C.Destroys)
    return Refuse("never-destroyed");
  if (!C.MovedTo.empty())
    return Refuse("ownership-moves", "to an argument");
  if (!C.Returns.empty() || !C.StoredIn.empty())
    return Refuse(escape::reasonId(Reason::StoredInArgument), "to an argument");
  How.Grows = C.Grows;
  if (!Makers.mayReseed(How, C, Slot, Offset))
    return Refuse(escape::reasonId(Reason::LoopCarried));
  dropIdle(How);
  Makers.makeTextInPlace(How);
  erase_if(How.Points,
           [&](const Point &P) { return Claimed.contains(P.Call); });
  if (How.Points.empty())
    return;
  // What is won is the price of an allocation for each text that is long; what
  // it costs is text and frame. Behind ten tests that may each fail, as parsers
  // have them, is not cold.
  constexpr uint64_t OneIn = 1 << 16;
  auto IsCold = [&](const Point &P) {
    return heatOf(*P.Call->getParent(), FAM, OneIn) == Heat::Cold;
  };
  if (all_of(How.Points, IsCold))
    return Refuse("cold");
  erase_if(How.Points, IsCold);
  bool MayRecur = Recursive.contains(Slot.getFunction());
  uint64_t Bytes = bufferBytes(How, MayRecur);
  if (Bytes == 0)
    return Refuse(escape::reasonId(Reason::TooLarge));
  uint64_t Budget = MayRecur ? O.SeedRecursionBudget : O.SeedFunctionBudget;
  if (Added + Bytes > Budget || Frame + Added + Bytes > O.FrameBudget)
    return Refuse(
        escape::reasonId(MayRecur ? Reason::Recursion : Reason::FrameBudget));
  if (Locals.size() >= O.SeedLimit)
    return;
  Added += Bytes;
  for (const Point &P : How.Points)
    Claimed.insert(P.Call);
  Locals.push_back({&Slot, std::move(How), Bytes, !C.Peers.empty()});
}

/// The parts of the type \p T that look like containers, with their offsets.
static void findContainers(Type *T, int64_t Offset, const DataLayout &DL,
                           SmallVectorImpl<std::pair<int64_t, Type *>> &Out) {
  auto *S = dyn_cast<StructType>(T);
  if (!S || !S->isSized() || isManual(*S))
    return;
  if (isContainer(S, DL)) {
    Out.push_back({Offset, S});
    return;
  }
  const StructLayout *Layout = DL.getStructLayout(S);
  for (unsigned I = 0; I < S->getNumElements(); ++I)
    findContainers(S->getElementType(I),
                   Offset + int64_t(Layout->getElementOffset(I)), DL, Out);
}

void Seeder::consider(Function &F) {
  if (!Makers.takesPart(F))
    return;
  uint64_t Added = 0, Frame = frameBytes(F);
  for (Instruction &I : F.getEntryBlock()) {
    auto *Slot = dyn_cast<AllocaInst>(&I);
    if (!Slot || !Slot->isStaticAlloca() || Slot->isArrayAllocation())
      continue;
    SmallVector<std::pair<int64_t, Type *>, 4> Parts;
    findContainers(Slot->getAllocatedType(), 0, M.getDataLayout(), Parts);
    for (auto [Offset, Part] : Parts)
      considerLocal(*Slot, Offset, Part, Added, Frame);
  }
}

Function *Seeder::seededCopy(Maker &By) {
  if (!By.Seeded) {
    By.Seeded = declareSeeded(*By.Original, By.Offset);
    ToFill.push_back(&By);
  }
  return By.Seeded;
}

void Seeder::apply(const Point &P, const Making &How,
                   const SeedBuffer &Buffer) {
  if (!P.By && P.How == Construction::Storage)
    return Rewriter.storage(*P.Call, How.Of, How.Unit, Buffer);
  if (!P.By)
    return Rewriter.seed(*P.Call, How.Of, How.Unit, P.How, Buffer, How.Grows);
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
    fillSeeded(From, To, Map);
    SeedBuffer Buffer{To.getArg(To.arg_size() - 2),
                      To.getArg(To.arg_size() - 1)};
    for (Point P : By.How.Points) {
      P.Call = cast<CallBase>(Map[P.Call]);
      apply(P, By.How, Buffer);
    }
  }
  if (!O.SeedAtLink) // the link looks at the originals again
    for (Maker *By : ToFill)
      passOn(*By->Original, *By->Seeded);
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
  MAM.getResult<ProfileSummaryAnalysis>(M); // heatOf() looks for it
  return Seeder(M, FAM, O).run();
}

} // namespace stackward::ir
