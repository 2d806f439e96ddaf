// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Calls to constraints. A direct call names its callee and leaves the rest
/// to summaries; whatever else a call can hand over (variadic arguments,
/// operand bundles, integers too narrow for a pointer) leaks.
#include "EscapeWalk.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/MemoryBuiltins.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;
using namespace stackward::escape;

namespace stackward::ir {

/// Bundles that give facts or control to the optimiser and keep no pointer.
static bool harmlessBundle(uint32_t Tag) {
  return Tag == LLVMContext::OB_kcfi || Tag == LLVMContext::OB_funclet ||
         Tag == LLVMContext::OB_align;
}

/// The index of the format among the arguments of printf and kin.
static std::optional<unsigned> formatArgument(const llvm::Function &Callee,
                                              const TargetLibraryInfo &TLI) {
  LibFunc Known;
  if (!TLI.getLibFunc(Callee, Known) || !TLI.has(Known))
    return std::nullopt;
  switch (Known) {
  case LibFunc_printf:
    return 0;
  case LibFunc_fprintf:
  case LibFunc_sprintf:
  case LibFunc_sscanf:
    return 1;
  case LibFunc_snprintf:
    return 2;
  default:
    return std::nullopt;
  }
}

/// The conversion characters of a format, one for each argument; '*' for a
/// width that is one. Nothing when it does not say so in order (`%2$s`).
static std::optional<SmallString<8>> conversions(StringRef Format) {
  SmallString<8> Found;
  while (true) {
    Format = Format.drop_until([](char C) { return C == '%'; });
    if (!Format.consume_front("%"))
      return Found;
    if (Format.consume_front("%"))
      continue;
    while (!Format.empty() && !isAlpha(Format.front())) {
      if (Format.front() == '*')
        Found += '*';
      if (StringRef("$[%").contains(Format.front()))
        return std::nullopt;
      Format = Format.drop_front();
    }
    Format = Format.drop_while(
        [](char C) { return StringRef("hlLqjzt").contains(C); });
    if (Format.empty())
      return std::nullopt;
    Found += Format.front();
    Format = Format.drop_front();
  }
}

/// printf and kin read what a variadic argument points to, or write a number
/// there. But an address that is shown as a number can be read back:
///
///   snprintf(Text, N, "%p", P); ... sscanf(Text, "%p", &Q);
static bool readsVariadic(const CallBase &CB, unsigned Argument,
                          const llvm::Function &Callee,
                          const TargetLibraryInfo &TLI) {
  std::optional<unsigned> At = formatArgument(Callee, TLI);
  StringRef Format;
  if (!At || !getConstantStringInfo(CB.getArgOperand(*At), Format))
    return false;
  std::optional<SmallString<8>> Found = conversions(Format);
  size_t Index = Argument - CB.getFunctionType()->getNumParams();
  if (!Found || Index >= Found->size() || is_contained(*Found, 'p'))
    return false;
  // Through a number that sscanf writes nothing is shown.
  LibFunc Known;
  bool Writes = TLI.getLibFunc(Callee, Known) && Known == LibFunc_sscanf;
  return Writes || StringRef("sn").contains((*Found)[Index]);
}

void FunctionWalk::visitCallBase(CallBase &CB) {
  if (std::optional<Allocation> A = findAllocation(CB, TLI))
    return site(*A);
  if (std::optional<Deallocation> D = findDeallocation(CB, TLI)) {
    if (NodeId Freed = node(D->Freed); Freed != NoNode)
      G.release(Freed, D->By, note(CB, Why::Deleted));
    return;
  }
  if (Value *Block = getReallocatedOperand(&CB)) {
    // The result may be the block itself, and the block is gone or is not.
    Note N = note(CB, Why::PassedAsArgument);
    leak(Block, Reason::Realloc, N);
    G.copy(node(&CB), outside(N), 0, N);
    return;
  }
  if (CB.isInlineAsm()) {
    Note N = note(CB, Why::InlineAssembly);
    for (Value *A : CB.args())
      leak(A, Reason::InlineAsm, N);
    if (NodeId Dst = node(&CB); Dst != NoNode)
      G.copy(Dst, outside(N), 0, N);
    return;
  }
  ordinaryCall(CB);
}

/// A recursive call with a parameter that moved (`sort(first + 1, last)`)
/// would find one more offset at each turn; it is given them all at once.
NodeId FunctionWalk::widened(NodeId Arg, Value *A, Note N) {
  SmallPtrSet<Value *, 8> Seen;
  SmallVector<Value *, 8> Work{A};
  bool Moved = false, FromParameter = false;
  while (!Work.empty()) {
    Value *V = Work.pop_back_val();
    if (!Seen.insert(V).second)
      continue;
    FromParameter |= isa<Argument>(V);
    if (auto *Phi = dyn_cast<PHINode>(V))
      append_range(Work, Phi->incoming_values());
    else if (auto *Select = dyn_cast<SelectInst>(V))
      Work.append({Select->getTrueValue(), Select->getFalseValue()});
    else if (auto *Gep = dyn_cast<GetElementPtrInst>(V)) {
      Moved = true;
      Work.push_back(Gep->getPointerOperand());
    }
  }
  if (!Moved || !FromParameter)
    return Arg;
  NodeId Any = G.addNode();
  G.copy(Any, Arg, AnyOffset, N);
  return Any;
}

void FunctionWalk::arguments(CallBase &CB, const llvm::Function *Callee,
                             Call &C) {
  Note N = note(CB, Why::PassedAsArgument);
  unsigned Fixed = CB.getFunctionType()->getNumParams();
  for (unsigned I = 0; I < CB.arg_size(); ++I) {
    Value *A = CB.getArgOperand(I);
    NodeId Arg = node(A);
    if (Arg != NoNode && I >= Fixed) {
      if (!Callee || !readsVariadic(CB, I, *Callee, TLI))
        G.leak(Arg, Reason::UnknownCallee, note(CB, Why::VariableArguments));
      continue;
    }
    if (Arg != NoNode && !holdsPointer(A->getType(), DL)) {
      G.leak(Arg, Reason::PointerToInteger, note(CB, Why::ConvertedToInteger));
      Arg = NoNode;
    }
    if (Arg != NoNode && Callee == &F)
      Arg = widened(Arg, A, N);
    if (Arg != NoNode && CB.isByValArgument(I)) {
      // The callee gets a copy of the pointee.
      Object Copy;
      Copy.At = N.At;
      NodeId Address = G.addNode();
      G.addressOf(Address, G.addObject(std::move(Copy)), 0, N);
      G.copyMemory(Address, Arg, N);
      Arg = Address;
    }
    if (Arg != NoNode && (CB.paramHasAttr(I, Attribute::InAlloca) ||
                          CB.paramHasAttr(I, Attribute::Preallocated)))
      G.leak(Arg, Reason::UnknownCallee, N);
    if (I < Fixed)
      C.Args.push_back(Arg);
  }
}

void FunctionWalk::ordinaryCall(CallBase &CB) {
  Call C;
  C.At = note(CB, Why::PassedAsArgument);
  auto *Callee = dyn_cast<llvm::Function>(
      CB.getCalledOperand()->stripPointerCastsAndAliases());
  if (auto *Alias = dyn_cast<GlobalAlias>(CB.getCalledOperand());
      Alias && Alias->isInterposable())
    Callee = nullptr;
  if (Callee &&
      (!Callee->hasName() || Callee->getFunctionType() != CB.getFunctionType()))
    Callee = nullptr;
  if (Callee) {
    C.Callee = Names.symbol(Callee->getName());
    Callees.push_back(Callee);
  } else {
    C.Kind = CallKind::Indirect;
    C.Target = node(CB.getCalledOperand());
    if (C.Target == NoNode)
      C.Target = outside(C.At);
  }
  arguments(CB, Callee, C);
  for (unsigned I = 0; I < CB.getNumOperandBundles(); ++I) {
    OperandBundleUse B = CB.getOperandBundleAt(I);
    if (!harmlessBundle(B.getTagID()))
      for (const Use &U : B.Inputs)
        leak(U.get(), Reason::UnknownCallee, C.At);
  }
  if (!CB.getType()->isVoidTy()) {
    NodeId Result = node(&CB);
    if (Result != NoNode && holdsPointer(CB.getType(), DL))
      C.Result = Result;
    C.ResultIsNumber = NumbersAreNumbers && CB.getType()->isIntOrIntVectorTy();
  }
  // What the callee makes has no life range here: its call may repeat with
  // anything kept. After inlining it is a site, with one.
  C.MayRepeat = C.SurvivorsUnknown = Cyclic.contains(CB.getParent());
  Marks.Calls.push_back(&CB);
  G.call(std::move(C));
}

/// Masked and scattered accesses: any cell behind any of the pointers.
bool FunctionWalk::vectorMemoryIntrinsic(IntrinsicInst &I) {
  auto Load = [&](Value *Address, Value *Else) {
    Note N = note(I, Why::Loaded);
    NodeId Dst = node(&I);
    if (Dst == NoNode)
      return;
    if (NodeId From = node(Address); From != NoNode)
      G.load(Dst, From, AnyOffset, N);
    if (Else)
      if (NodeId Src = node(Else); Src != NoNode)
        G.copy(Dst, Src, 0, N);
  };
  auto Store = [&](Value *Stored, Value *Address) {
    Note N = note(I, Why::Stored);
    NodeId Src = node(Stored), To = node(Address);
    if (Src != NoNode)
      G.store(To == NoNode ? outside(N) : To, AnyOffset, Src, N);
  };
  switch (I.getIntrinsicID()) {
  case Intrinsic::masked_load:
  case Intrinsic::masked_gather:
    Load(I.getArgOperand(0), I.getArgOperand(I.arg_size() - 1));
    return true;
  case Intrinsic::masked_expandload:
    Load(I.getArgOperand(0), I.getArgOperand(2));
    return true;
  case Intrinsic::masked_store:
  case Intrinsic::masked_scatter:
  case Intrinsic::masked_compressstore:
    Store(I.getArgOperand(0), I.getArgOperand(1));
    return true;
  default:
    return false;
  }
}

/// Intrinsics that touch no memory of the program and keep nothing.
static bool keepsNothing(const IntrinsicInst &I) {
  switch (I.getIntrinsicID()) {
  case Intrinsic::assume:
  case Intrinsic::lifetime_start:
  case Intrinsic::lifetime_end:
  case Intrinsic::invariant_start:
  case Intrinsic::invariant_end:
  case Intrinsic::experimental_noalias_scope_decl:
  case Intrinsic::donothing:
  case Intrinsic::sideeffect:
  case Intrinsic::pseudoprobe:
  case Intrinsic::var_annotation:
  case Intrinsic::memset:
  case Intrinsic::memset_inline:
  case Intrinsic::stacksave:
  case Intrinsic::stackrestore:
  case Intrinsic::trap:
  case Intrinsic::debugtrap:
  case Intrinsic::ubsantrap:
  case Intrinsic::prefetch:
  case Intrinsic::objectsize:
  case Intrinsic::is_constant:
  case Intrinsic::eh_typeid_for:
    return true;
  default:
    return isa<DbgInfoIntrinsic>(I);
  }
}

void FunctionWalk::visitIntrinsicInst(IntrinsicInst &I) {
  if (keepsNothing(I) || vectorMemoryIntrinsic(I))
    return;
  if (auto *Copy = dyn_cast<MemTransferInst>(&I)) {
    Note N = note(I, Why::Copied);
    NodeId To = node(Copy->getRawDest()), From = node(Copy->getRawSource());
    if (From != NoNode)
      G.copyMemory(To == NoNode ? outside(N) : To, From, N);
    return;
  }
  bool SameAddress = I.getIntrinsicID() == Intrinsic::launder_invariant_group ||
                     I.getIntrinsicID() == Intrinsic::strip_invariant_group;
  if (I.doesNotAccessMemory() || SameAddress) {
    if (I.getIntrinsicID() == Intrinsic::threadlocal_address) {
      if (NodeId Dst = node(&I); Dst != NoNode)
        G.copy(Dst, outside(note(I, Why::AddressTaken)), 0,
               note(I, Why::AddressTaken));
      return;
    }
    NodeId Dst = node(&I);
    if (Dst == NoNode)
      return;
    for (Value *A : I.args())
      if (NodeId Src = node(A); Src != NoNode)
        G.copy(Dst, Src, SameAddress ? 0 : AnyOffset, note(I, Why::Assigned));
    return;
  }
  Note N = note(I, Why::UnknownBody);
  for (Value *A : I.args())
    leak(A, Reason::UnknownCallee, N);
  if (NodeId Dst = node(&I); Dst != NoNode)
    G.copy(Dst, outside(N), 0, N);
}

} // namespace stackward::ir
