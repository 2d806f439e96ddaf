// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Allocations that move from a factory to its caller.
#include "AllocationHoist.h"
#include "Rewrite.h"
#include "Trial.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;
using stackward::escape::Reason;

namespace stackward::ir {

/// More parameters make a call dear, and a factory of many objects rarely
/// keeps all of them local.
static constexpr size_t MaxSites = 4;

/// The object reaches the caller; what else is said of it may be no longer true
/// once the caller has it.
static bool goesToCaller(const SiteFate &Fate) {
  bool Goes = false;
  for (const escape::Blocker &B : Fate.Blockers) {
    if (B.Because == Reason::Return || B.Because == Reason::StoredInArgument)
      Goes = true;
    else if (B.Because != Reason::MixedFree &&
             B.Because != Reason::FreedInCallee)
      return false;
  }
  return Goes;
}

/// I1 and I2
static bool isOneKnownObject(CallBase &CB, const TargetLibraryInfo &TLI,
                             const Options &O) {
  std::optional<Allocation> A = findAllocation(CB, TLI);
  return A && A->Size &&
         *A->Size <= std::max(O.ObjectBudget, O.HotObjectBudget) &&
         all_of(CB.args(), [](const Use &U) { return isa<ConstantInt>(U); }) &&
         !isInCycle(*CB.getParent());
}

bool mayBeHoistable(llvm::Function &F, const TargetLibraryInfo &TLI,
                    const Options &O) {
  return any_of(instructions(F), [&](Instruction &I) {
    auto *CB = dyn_cast<CallBase>(&I);
    return CB && isOneKnownObject(*CB, TLI, O);
  });
}

SmallVector<CallBase *, 2> hoistable(llvm::Function &F, ModuleEscape &ME,
                                     const TargetLibraryInfo &TLI,
                                     const Options &O) {
  SmallVector<CallBase *, 2> Sites;
  for (const SiteFate &Fate : ME.fates(F))
    if (!Fate.FromCallee && goesToCaller(Fate) &&
        isOneKnownObject(*Fate.Site, TLI, O))
      Sites.push_back(Fate.Site);
  if (Sites.size() > MaxSites)
    Sites.clear();
  return Sites;
}

HoistedSite describe(CallBase &Site, const TargetLibraryInfo &TLI) {
  HoistedSite S;
  S.Allocator = Site.getCalledFunction();
  append_range(S.Operands, Site.args());
  S.Attributes = Site.getAttributes();
  S.Convention = Site.getCallingConv();
  S.Alignment = findAllocation(Site, TLI)->Alignment;
  return S;
}

/// I4
static AttributeList withoutClaims(LLVMContext &C, AttributeList L) {
  for (Attribute::AttrKind Kind :
       {Attribute::Memory, Attribute::AllocKind, Attribute::AllocSize,
        Attribute::Speculatable})
    L = L.removeFnAttribute(C, Kind);
  L = L.removeFnAttribute(C, "alloc-family");
  return L.removeRetAttribute(C, Attribute::NoAlias);
}

llvm::Function *withMemoryParameters(llvm::Function &F,
                                     ArrayRef<CallBase *> Sites) {
  LLVMContext &C = F.getContext();
  SmallVector<Type *, 8> Types(F.getFunctionType()->params());
  Types.append(Sites.size(), PointerType::getUnqual(C));
  auto *Ty = FunctionType::get(F.getReturnType(), Types, /*isVarArg=*/false);
  auto *Copy = llvm::Function::Create(Ty, GlobalValue::InternalLinkage,
                                      F.getAddressSpace(),
                                      F.getName() + ".stackward.hoisted");
  F.getParent()->getFunctionList().insertAfter(F.getIterator(), Copy);
  ValueToValueMapTy Map;
  for (auto [From, To] : zip(F.args(), Copy->args())) {
    To.setName(From.getName());
    Map[&From] = &To;
  }
  SmallVector<ReturnInst *, 8> Returns;
  CloneFunctionInto(Copy, &F, Map, CloneFunctionChangeType::LocalChangesOnly,
                    Returns);
  makeInternal(*Copy);
  Copy->setAttributes(withoutClaims(C, Copy->getAttributes()));
  for (auto [I, Site] : enumerate(Sites)) {
    Argument *Memory = Copy->getArg(F.arg_size() + I);
    Memory->setName("memory");
    // As what it replaces was: whatever lay there is dead when the call begins.
    Memory->addAttr(Attribute::NoAlias);
    auto *Inside = cast<CallBase>(static_cast<Value *>(Map[Site]));
    Inside->replaceAllUsesWith(Memory);
    removeCall(*Inside);
  }
  return Copy;
}

/// What is known of the call, and of memory that was allocated for it.
static AttributeList attributesOf(const CallBase &CB,
                                  ArrayRef<HoistedSite> Sites) {
  LLVMContext &C = CB.getContext();
  AttributeList L = withoutClaims(C, CB.getAttributes());
  for (auto [I, Site] : enumerate(Sites)) {
    AttrBuilder B(C);
    B.addAlignmentAttr(Site.Alignment);
    L = L.addParamAttributes(C, CB.arg_size() + I, B);
  }
  return L;
}

/// \p CB with other arguments, of another function; takes its place.
static void replaceCall(CallBase &CB, llvm::Function &Callee,
                        ArrayRef<Value *> Args, AttributeList Attributes) {
  SmallVector<OperandBundleDef, 1> Bundles;
  CB.getOperandBundlesAsDefs(Bundles);
  IRBuilder<> B(&CB);
  CallBase *New;
  if (auto *Invoke = dyn_cast<InvokeInst>(&CB)) {
    New = B.CreateInvoke(&Callee, Invoke->getNormalDest(),
                         Invoke->getUnwindDest(), Args, Bundles);
  } else {
    New = B.CreateCall(&Callee, Args, Bundles);
    cast<CallInst>(New)->setTailCallKind(cast<CallInst>(CB).isNoTailCall()
                                             ? CallInst::TCK_NoTail
                                             : CallInst::TCK_None);
  }
  New->setCallingConv(CB.getCallingConv());
  New->setAttributes(Attributes);
  New->copyMetadata(CB, {LLVMContext::MD_dbg, LLVMContext::MD_prof});
  New->takeName(&CB);
  CB.replaceAllUsesWith(New);
  CB.eraseFromParent();
}

SmallVector<CallBase *, 2> hoistBefore(CallBase &CB, llvm::Function &Copy,
                                       ArrayRef<HoistedSite> Sites) {
  SmallVector<CallBase *, 2> Made;
  SmallVector<Value *, 8> Args(CB.args());
  IRBuilder<> B(&CB);
  for (const HoistedSite &Site : Sites) {
    CallInst *New = B.CreateCall(Site.Allocator, Site.Operands);
    New->setAttributes(Site.Attributes);
    New->setCallingConv(Site.Convention);
    Args.push_back(New);
    Made.push_back(New);
  }
  replaceCall(CB, Copy, Args, attributesOf(CB, Sites));
  return Made;
}

} // namespace stackward::ir
