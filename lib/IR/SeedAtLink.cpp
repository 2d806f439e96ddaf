// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Seeding when all of the program is in view: in a full LTO link.
///
/// By then the optimiser has seen each unit once, and would have inlined the
/// members of containers, by whose names everything is recognised. So they are
/// kept as calls until the link (noinline), and given back to the inliner
/// there, after seeding.
///
/// I1  All units or none: in a unit whose members were inlined a container may
///     have been moved by code in which the writes that tell of it were found
///     dead. The module flag has the behaviour "min", by which a unit without
///     it makes it 0.
/// I2  What was kept is given back in the link whatever else is decided, and a
///     link without the plugin fails, on a symbol whose name says why: nobody
///     gets a program with its members kept.
/// I3  What the optimiser has concluded of a function before the link (memory
///     effects) holds of the function as it was: only functions of which
///     nothing was concluded are seeded, and copies of makers forget it.
/// I4  Before the link the inliner takes a call of a kept member for as large
///     as what the link will inline in its place. It would inline too much
///     that calls members otherwise, and the link then each copy's members.
#include "InlineKept.h"
#include "SeedLibrary.h"
#include "stackward/IR/Seeding.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace stackward::ir {

static constexpr char AllUnits[] = "stackward-seed-at-link";
static constexpr char Kept[] = "stackward-kept";
/// LLVM's: what the inliner adds for a call in the body that it looks at.
static constexpr char CallCost[] = "call-inline-cost";
static constexpr char NeededSymbol[] =
    "stackward_seeding_needs_the_plugin_at_the_link";

/// A symbol that nobody defines, used by something that stays.
static void needPlugin(Module &M) {
  auto *Needed =
      new GlobalVariable(M, Type::getInt8Ty(M.getContext()), true,
                         GlobalValue::ExternalLinkage, nullptr, NeededSymbol);
  auto *By = new GlobalVariable(M, Needed->getType(), true,
                                GlobalValue::InternalLinkage, Needed,
                                "stackward.at.link");
  appendToUsed(M, {By});
}

static void dropNeed(Module &M) {
  GlobalVariable *Needed = M.getNamedGlobal(NeededSymbol);
  if (!Needed)
    return;
  auto IsOurs = [&](Constant *C) {
    auto *By = dyn_cast<GlobalVariable>(C->stripPointerCasts());
    return By && By->hasInitializer() && By->getInitializer() == Needed;
  };
  SmallVector<GlobalVariable *, 8> Users;
  for (GlobalVariable &G : M.globals())
    if (IsOurs(&G))
      Users.push_back(&G);
  removeFromUsedLists(M, IsOurs);
  for (GlobalVariable *By : Users)
    By->eraseFromParent();
  Needed->eraseFromParent();
}

/// A member that moves would be inlined whatever we ask for.
static bool mustInlineMoves(Module &M, SeedLibrary &Library) {
  return any_of(M, [&](Function &F) {
    if (!F.hasFnAttribute(Attribute::AlwaysInline) || !Library.isPart(F))
      return false;
    for (unsigned Arg = 0; Arg < 2 && Arg < F.arg_size(); ++Arg)
      if (auto E = Library.effect(F, Arg); E && E->MovesTo)
        return true;
    return false;
  });
}

namespace {

/// I4. Costs are those of InlineCost.h, by and large.
class KeptCosts {
public:
  /// Of a call of the kept member \p F; nothing when it will stay a call.
  std::optional<int> call(const Function &F);

private:
  static constexpr int Threshold = 225, PerInstruction = 5, PerCall = 25;
  int body(const Function &F);
  int of(const Instruction &I);

  DenseMap<const Function *, int> Bodies;
};

} // namespace

int KeptCosts::of(const Instruction &I) {
  if (auto *CB = dyn_cast<CallBase>(&I)) {
    if (isa<IntrinsicInst>(CB))
      return 0;
    Function *Callee = calledFunction(*CB);
    std::optional<int> Inlined =
        Callee && Callee->hasFnAttribute(Kept) ? call(*Callee) : std::nullopt;
    return Inlined.value_or(PerCall +
                            PerInstruction * (int(CB->arg_size()) + 1));
  }
  auto *Br = dyn_cast<BranchInst>(&I);
  bool Free = isa<PHINode>(I) || isa<AllocaInst>(I) || isa<CastInst>(I) ||
              isa<GetElementPtrInst>(I) || isa<UnreachableInst>(I) ||
              isa<ReturnInst>(I) || (Br && Br->isUnconditional());
  return Free ? 0 : PerInstruction;
}

int KeptCosts::body(const Function &F) {
  auto [Place, New] = Bodies.try_emplace(&F, Threshold + 1); // when it recurs
  if (!New)
    return Place->second;
  int Sum = 0;
  for (const Instruction &I : instructions(F))
    if (Sum <= Threshold && !I.isEHPad())
      Sum += of(I);
  return Bodies[&F] = Sum;
}

std::optional<int> KeptCosts::call(const Function &F) {
  int Body = body(F);
  return Body <= Threshold ? std::optional(Body) : std::nullopt;
}

static void tellCosts(Module &M) {
  KeptCosts Costs;
  for (Function &F : M)
    if (F.hasFnAttribute(Kept))
      if (std::optional<int> Cost = Costs.call(F))
        F.addFnAttr(CallCost, std::to_string(*Cost));
}

bool keepForLink(Module &M, const Options &O) {
  if (!O.Enable || !O.Seed || M.getModuleFlag(AllUnits))
    return false;
  SeedLibrary Library(M);
  if (mustInlineMoves(M, Library))
    return false;
  bool Any = false;
  for (Function &F : M)
    if (!F.isDeclaration() && !F.hasFnAttribute(Attribute::AlwaysInline) &&
        !F.hasFnAttribute(Attribute::NoInline) && Library.isPart(F)) {
      F.addFnAttr(Attribute::NoInline);
      F.addFnAttr(Kept);
      Any = true;
    }
  tellCosts(M);
  M.addModuleFlag(Module::Min, AllUnits, 1);
  if (Any)
    needPlugin(M);
  return true;
}

bool seedAtLink(Module &M, ModuleAnalysisManager &MAM, Options O,
                bool Optimise) {
  auto *InAll =
      mdconst::extract_or_null<ConstantInt>(M.getModuleFlag(AllUnits));
  if (!InAll)
    return false;
  dropNeed(M);
  O.Seed = true;
  O.SeedAtLink = false; // nothing comes after
  if (InAll->isOne())
    runSeeding(M, MAM, O);
  SmallVector<Function *, 64> Members;
  for (Function &F : M)
    if (F.hasFnAttribute(Kept)) {
      F.removeFnAttr(Kept);
      F.removeFnAttr(CallCost);
      F.removeFnAttr(Attribute::NoInline);
      Members.push_back(&F);
    }
  if (Optimise)
    inlineKept(M, MAM, Members);
  return true;
}

} // namespace stackward::ir
