// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Instructions to constraints; calls are in EscapeCalls.cpp.
#include "EscapeWalk.h"
#include "FunctionTables.h"
#include "LifeRange.h"
#include "TypedNumbers.h"
#include "llvm/ADT/SCCIterator.h"
#include "llvm/Analysis/AliasAnalysis.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/EHPersonalities.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

using namespace llvm;
using namespace stackward::escape;

namespace stackward::ir {

bool holdsPointer(Type *Ty, const DataLayout &DL) {
  if (!Ty->isSized() || Ty->isVoidTy())
    return false;
  if (Ty->isPtrOrPtrVectorTy())
    return true;
  TypeSize Bits = DL.getTypeSizeInBits(Ty);
  return Bits.isScalable() || Bits.getFixedValue() >= 64;
}

FunctionWalk::FunctionWalk(llvm::Function &F, const TargetLibraryInfo &TLI,
                           escape::Module &Names, Anchor Base)
    : F(F), TLI(TLI), DL(F.getDataLayout()), Names(Names), G(F.arg_size()) {
  Marks.Base = Base;
  for (Argument &A : F.args())
    if (holdsPointer(A.getType(), DL))
      Nodes[&A] = A.getArgNo();
}

bool FunctionWalk::canLower(const llvm::Function &F) {
  if (F.isDeclaration() || !F.hasName() || F.isPresplitCoroutine() ||
      F.hasFnAttribute(Attribute::Naked))
    return false;
  if (F.hasPersonalityFn() &&
      isScopedEHPersonality(classifyEHPersonality(F.getPersonalityFn())))
    return false;
  for (const BasicBlock &BB : F)
    if (isa<CallBrInst>(BB.getTerminator()))
      return false;
  return true;
}

Graph FunctionWalk::run() {
  for (auto It = scc_begin(&F); !It.isAtEnd(); ++It)
    if (It.hasCycle())
      Cyclic.insert_range(*It);
  for (Instruction &I : instructions(F))
    visit(I);
  loopRule();
  return std::move(G);
}

Note FunctionWalk::note(Instruction &I, Why W) {
  auto [It, New] = AnchorOf.try_emplace(&I, Marks.Base + Marks.Anchors.size());
  if (New)
    Marks.Anchors.push_back(&I);
  return {It->second, W};
}

static bool isShift(const Value *V) {
  const auto *B = dyn_cast<BinaryOperator>(V);
  return B && B->isShift() && isa<ConstantInt>(B->getOperand(1));
}

/// A mask or a remainder that leaves too little to find a page with.
static bool isSmallPart(const Value &V) {
  const auto *I = dyn_cast<Instruction>(&V);
  if (!I || (I->getOpcode() != Instruction::And &&
             I->getOpcode() != Instruction::URem))
    return false;
  const auto *C = dyn_cast<ConstantInt>(I->getOperand(1));
  return C && C->getValue().ule(4096);
}

/// Of an address that is asked once or twice, for its alignment or a bucket.
/// In a loop, or of many parts, all of it shows in the end:
///
///   for (; V; V >>= 4) *--To = Digits[V & 15];
bool leavesLittle(const Instruction &I) {
  if (!isSmallPart(I))
    return false;
  constexpr unsigned Questions = 2;
  const Value *From = I.getOperand(0);
  while (isa<TruncInst, ZExtInst>(From) || isShift(From))
    From = cast<Instruction>(From)->getOperand(0);
  const auto *Address = dyn_cast<PtrToIntInst>(From);
  return Address && !Address->hasNUsesOrMore(Questions + 1);
}

/// `p - q` of two pointers into one array, which C++ demands of a pointer
/// difference: the same underlying object is seen, or every use divides
/// exactly by the element size, which only a pointer difference does. The
/// integer difference of two unrelated addresses (self-relative pointers)
/// has no such use and is followed.
bool isPointerDifference(const Instruction &I) {
  if (I.getOpcode() != Instruction::Sub)
    return false;
  const auto *L = dyn_cast<PtrToIntOperator>(I.getOperand(0));
  const auto *R = dyn_cast<PtrToIntOperator>(I.getOperand(1));
  if (!L || !R)
    return false;
  if (getUnderlyingObject(L->getPointerOperand()) ==
      getUnderlyingObject(R->getPointerOperand()))
    return true;
  // The optimiser knows low bits, and finds other divisions exact too.
  if (isIdentifiedObject(getUnderlyingObject(L->getPointerOperand())) ||
      isIdentifiedObject(getUnderlyingObject(R->getPointerOperand())))
    return false;
  return all_of(I.users(), [](const User *U) {
    const auto *Exact = dyn_cast<PossiblyExactOperator>(U);
    return isa<ICmpInst>(U) || (Exact && Exact->isExact() &&
                                Exact->getOpcode() != Instruction::LShr);
  });
}

/// Reads something narrower than a pointer, through an lvalue of a type that
/// must not be used to look at the bytes of a pointer.
static bool isNarrowTyped(const LoadInst &I, const DataLayout &DL) {
  const MDNode *Tag = I.getMetadata(LLVMContext::MD_tbaa);
  if (!Tag || Tag->getNumOperands() < 2 || holdsPointer(I.getType(), DL))
    return false;
  const auto *Access = dyn_cast<MDNode>(Tag->getOperand(1));
  const auto *Name = Access && Access->getNumOperands()
                         ? dyn_cast<MDString>(Access->getOperand(0))
                         : nullptr;
  return Name && Name->getString() != "omnipotent char";
}

bool FunctionWalk::carries(const Value *V) const {
  Type *Ty = V->getType();
  if (!Ty->isSized() || Ty->isVoidTy() || Ty->isIntegerTy(1) ||
      Ty->isTokenTy() || Ty->isMetadataTy())
    return false;
  const auto *I = dyn_cast<Instruction>(V);
  if (!I)
    return !isa<Argument>(V) || holdsPointer(Ty, DL);
  switch (I->getOpcode()) {
  case Instruction::ICmp:
  case Instruction::FCmp:
  case Instruction::FAdd:
  case Instruction::FSub:
  case Instruction::FMul:
  case Instruction::FDiv:
  case Instruction::FRem:
  case Instruction::FNeg:
  case Instruction::SIToFP:
  case Instruction::UIToFP:
  case Instruction::FPToSI:
  case Instruction::FPToUI:
  case Instruction::FPExt:
  case Instruction::FPTrunc:
  case Instruction::PtrToAddr:
    return false;
  case Instruction::Trunc:
    return holdsPointer(Ty, DL);
  case Instruction::Load:
    // After memcpy() into it a narrow type may be part of a pointer.
    return !NumbersAreNumbers || !isNarrowTyped(*cast<LoadInst>(I), DL);
  default:
    return !leavesLittle(*I) && !isPointerDifference(*I);
  }
}

NodeId FunctionWalk::node(Value *V) {
  if (auto *C = dyn_cast<Constant>(V))
    return constantNode(C);
  if (!carries(V))
    return NoNode;
  auto [It, New] = Nodes.try_emplace(V, NoNode);
  if (New)
    It->second = G.addNode();
  return It->second;
}

ObjectId FunctionWalk::outsideObject(Note N) {
  if (Outside == NoObject) {
    Object O;
    O.Kind = ObjectKind::Global;
    O.At = N.At;
    Outside = G.addObject(std::move(O));
  }
  return Outside;
}

NodeId FunctionWalk::outside(Note N) {
  NodeId Fresh = G.addNode();
  G.addressOf(Fresh, outsideObject(N), AnyOffset, N);
  return Fresh;
}

/// Globals found in a constant, through expressions and aggregates.
static void globalsIn(Constant *C, SmallPtrSetImpl<Constant *> &Seen,
                      SmallVectorImpl<GlobalValue *> &Found) {
  SmallVector<Constant *, 8> Work{C};
  while (!Work.empty()) {
    Constant *Next = Work.pop_back_val();
    if (!Seen.insert(Next).second)
      continue;
    if (auto *GV = dyn_cast<GlobalValue>(Next)) {
      Found.push_back(GV);
      continue;
    }
    for (Value *Operand : Next->operands())
      if (auto *Inner = dyn_cast<Constant>(Operand))
        Work.push_back(Inner);
  }
}

/// N may be an address in the table \p GV, somewhere in \p C; false when that
/// is no table.
bool FunctionWalk::tableAddress(NodeId N, Constant *C, GlobalValue &GV) {
  auto *Variable = dyn_cast<GlobalVariable>(&GV);
  if (!Variable || !functionTable(*Variable))
    return false;
  Offset At = AnyOffset;
  if (C->getType()->isPointerTy()) {
    APInt K(DL.getIndexTypeSizeInBits(C->getType()), 0);
    if (C->stripAndAccumulateConstantOffsets(
            DL, K, /*AllowNonInbounds=*/true) == Variable &&
        K.isSignedIntN(31))
      At = static_cast<Offset>(K.getSExtValue());
  }
  Object O;
  O.Kind = ObjectKind::Function;
  O.FunctionSymbol = Names.symbol(GV.getName());
  G.addressOf(N, G.addObject(std::move(O)), At, {NoAnchor, Why::AddressTaken});
  return true;
}

NodeId FunctionWalk::constantNode(Constant *C) {
  if (isa<ConstantData>(C) || isa<BlockAddress>(C))
    return NoNode;
  auto [It, New] = Nodes.try_emplace(C, NoNode);
  if (!New)
    return It->second;
  SmallPtrSet<Constant *, 8> Seen;
  SmallVector<GlobalValue *, 2> Globals;
  globalsIn(C, Seen, Globals);
  if (Globals.empty())
    return NoNode;
  NodeId N = G.addNode();
  for (GlobalValue *GV : Globals) {
    if (tableAddress(N, C, *GV))
      continue;
    auto *Callee = dyn_cast<llvm::Function>(GV);
    if (!Callee || !Callee->hasName()) {
      G.addressOf(N, outsideObject({}), AnyOffset,
                  {NoAnchor, Why::AddressTaken});
      continue;
    }
    Object O;
    O.Kind = ObjectKind::Function;
    O.FunctionSymbol = Names.symbol(Callee->getName());
    Callees.push_back(Callee);
    G.addressOf(N, G.addObject(std::move(O)), 0, {NoAnchor, Why::AddressTaken});
  }
  return Nodes[C] = N;
}

void FunctionWalk::leak(Value *V, Reason R, Note N) {
  if (NodeId Value = node(V); Value != NoNode)
    G.leak(Value, R, N);
}

void FunctionWalk::mix(Instruction &I) {
  NodeId Dst = node(&I);
  if (Dst == NoNode)
    return;
  Note N = note(I, isa<CastInst>(I) ? Why::ConvertedPointer : Why::Assigned);
  // An offset that is added to an address keeps it in the same object, at an
  // unknown place.
  Offset Shift = isa<BinaryOperator>(I) ? AnyOffset : 0;
  for (Value *Operand : I.operands()) {
    if (isa<SelectInst>(I) && Operand == I.getOperand(0) &&
        Operand->getType()->isIntOrIntVectorTy(1))
      continue;
    if (NodeId Src = node(Operand); Src != NoNode)
      G.copy(Dst, Src, Shift, N);
  }
}

/// A part of an address: it leaks here, unless it only answers a question
/// about alignment or equality. So narrow values need not be followed.
void FunctionWalk::visitTruncInst(TruncInst &I) {
  if (holdsPointer(I.getType(), DL))
    return mix(I);
  bool Harmless = I.getType()->isIntOrIntVectorTy(1) ||
                  all_of(I.users(), [](const User *U) {
                    const auto *User = dyn_cast<Instruction>(U);
                    return User && (isa<ICmpInst>(User) || leavesLittle(*User));
                  });
  if (!Harmless && holdsPointer(I.getOperand(0)->getType(), DL))
    leak(I.getOperand(0), Reason::PointerToInteger,
         note(I, Why::ConvertedToInteger));
}

/// A double has room for the addresses of today's machines.
void FunctionWalk::toFloatingPoint(CastInst &I) {
  if (holdsPointer(I.getOperand(0)->getType(), DL))
    leak(I.getOperand(0), Reason::PointerToInteger,
         note(I, Why::ConvertedToInteger));
}

/// What has no node may be an address of somebody else's all the same.
void FunctionWalk::visitIntToPtrInst(IntToPtrInst &I) {
  Value *Number = I.getOperand(0);
  if (isa<Constant>(Number) || node(Number) != NoNode)
    return mix(I);
  Note N = note(I, Why::ConvertedPointer);
  G.copy(node(&I), outside(N), 0, N);
}

void FunctionWalk::opaque(Instruction &I) {
  Note N = note(I, Why::NotModelled);
  for (Value *Operand : I.operands())
    leak(Operand, Reason::UnknownCallee, N);
  if (NodeId Dst = node(&I); Dst != NoNode)
    G.copy(Dst, outside(N), 0, N);
}

void FunctionWalk::visitAllocaInst(AllocaInst &I) {
  Note N = note(I, Why::AddressTaken);
  Object O;
  O.Kind = ObjectKind::Local;
  O.At = N.At;
  if (std::optional<TypeSize> Size = I.getAllocationSize(DL);
      Size && !Size->isScalable())
    O.Size = Size->getFixedValue();
  ObjectId Id = G.addObject(std::move(O));
  Objects[&I] = Id;
  G.addressOf(node(&I), Id, 0, N);
}

/// Calls Cell for each cell that begins inside an access of \p Ty.
template <typename Fn>
static void forCells(Type *Ty, Align A, const DataLayout &DL, Fn Cell) {
  TypeSize Bytes = DL.getTypeStoreSize(Ty);
  bool Wide = Bytes.isScalable() || Bytes.getFixedValue() > 64;
  bool Skewed = A < Align(8) && (Wide || Bytes.getFixedValue() >= 8);
  if (Wide || Skewed)
    return Cell(AnyOffset);
  for (uint64_t K = 0; K < std::max<uint64_t>(Bytes.getFixedValue(), 1); K += 8)
    Cell(static_cast<Offset>(K));
}

void FunctionWalk::loadCells(NodeId Dst, Value *Address, Type *Ty, Align A,
                             Note N) {
  NodeId From = node(Address);
  if (From == NoNode)
    From = outside(N); // null or an integer constant: nothing of ours
  forCells(Ty, A, DL, [&](Offset K) { G.load(Dst, From, K, N); });
}

/// `store <2 x ptr> <@f, @g>`: each cell gets its own.
bool FunctionWalk::storeElements(Value *Address, Constant &Stored, Align A,
                                 Note N) {
  auto *Ty = dyn_cast<FixedVectorType>(Stored.getType());
  if (!Ty || !Ty->getElementType()->isPointerTy() || A < Align(8))
    return false;
  NodeId To = node(Address);
  if (To == NoNode)
    To = outside(N);
  for (unsigned I = 0; I < Ty->getNumElements(); ++I) {
    Constant *Element = Stored.getAggregateElement(I);
    if (!Element)
      return false;
    if (NodeId Src = node(Element); Src != NoNode)
      G.store(To, static_cast<Offset>(8 * I), Src, N);
  }
  return true;
}

void FunctionWalk::storeCells(Value *Address, Value *Stored, Align A, Note N) {
  if (auto *C = dyn_cast<Constant>(Stored);
      C && storeElements(Address, *C, A, N))
    return;
  NodeId Src = node(Stored);
  if (Src == NoNode)
    return;
  NodeId To = node(Address);
  if (To == NoNode)
    To = outside(N);
  forCells(Stored->getType(), A, DL, [&](Offset K) { G.store(To, K, Src, N); });
}

void FunctionWalk::visitLoadInst(LoadInst &I) {
  NodeId Dst = node(&I);
  if (Dst == NoNode)
    return;
  Note N = note(I, Why::Loaded);
  NodeId From = node(I.getPointerOperand());
  if (!NumbersAreNumbers || From == NoNode || !isTypedNumber(I))
    return loadCells(Dst, I.getPointerOperand(), I.getType(), I.getAlign(), N);
  forCells(I.getType(), I.getAlign(), DL,
           [&](Offset K) { G.loadNumber(Dst, From, K, N); });
}

void FunctionWalk::visitStoreInst(StoreInst &I) {
  Note N = note(I, Why::Stored);
  if (I.isVolatile())
    leak(I.getValueOperand(), Reason::Volatile, N);
  storeCells(I.getPointerOperand(), I.getValueOperand(), I.getAlign(), N);
}

void FunctionWalk::visitAtomicCmpXchgInst(AtomicCmpXchgInst &I) {
  Note N = note(I, Why::Stored);
  storeCells(I.getPointerOperand(), I.getNewValOperand(), I.getAlign(), N);
  loadCells(node(&I), I.getPointerOperand(), I.getNewValOperand()->getType(),
            I.getAlign(), N);
}

void FunctionWalk::visitAtomicRMWInst(AtomicRMWInst &I) {
  Note N = note(I, Why::Stored);
  storeCells(I.getPointerOperand(), I.getValOperand(), I.getAlign(), N);
  if (NodeId Dst = node(&I); Dst != NoNode)
    loadCells(Dst, I.getPointerOperand(), I.getType(), I.getAlign(), N);
}

/// The base of \p I comes, around a loop, from \p I itself: `p = p + 4`. Such
/// a pointer is at any offset, and saying so at once spares the solver the
/// way there, step by step.
static bool isInduction(GetElementPtrInst &I) {
  SmallPtrSet<Value *, 8> Seen;
  SmallVector<Value *, 8> Work{I.getPointerOperand()};
  while (!Work.empty() && Seen.size() < 16) {
    Value *V = Work.pop_back_val();
    if (V == &I)
      return true;
    if (!Seen.insert(V).second)
      continue;
    if (auto *Phi = dyn_cast<PHINode>(V))
      append_range(Work, Phi->incoming_values());
    else if (auto *Select = dyn_cast<SelectInst>(V))
      Work.append({Select->getTrueValue(), Select->getFalseValue()});
    else if (auto *Gep = dyn_cast<GetElementPtrInst>(V))
      Work.push_back(Gep->getPointerOperand());
  }
  return false;
}

void FunctionWalk::visitGetElementPtrInst(GetElementPtrInst &I) {
  Note N = note(I, Why::FieldAddress);
  NodeId Dst = node(&I);
  NodeId From = node(I.getPointerOperand());
  if (From == NoNode) {
    // `gep null, integer` makes a pointer of an integer.
    for (Value *Index : I.indices())
      if (NodeId Int = node(Index); Int != NoNode)
        G.copy(Dst, Int, AnyOffset, N);
      else if (!isa<ConstantInt>(Index))
        G.copy(Dst, outside(N), 0, N);
    return;
  }
  // Otherwise the result has the provenance of the base alone; but an index
  // that is one of many parts of an address shows it (leavesLittle).
  for (Value *Index : I.indices()) {
    while (isa<TruncInst, ZExtInst>(Index))
      Index = cast<Instruction>(Index)->getOperand(0);
    if (isSmallPart(*Index))
      leak(Index, Reason::PointerToInteger, note(I, Why::ConvertedToInteger));
  }
  APInt K(DL.getIndexTypeSizeInBits(I.getType()), 0);
  bool Constant = !I.getType()->isVectorTy() &&
                  I.accumulateConstantOffset(DL, K) && K.isSignedIntN(31) &&
                  !(Cyclic.contains(I.getParent()) && isInduction(I));
  G.copy(Dst, From,
         Constant ? static_cast<Offset>(K.getSExtValue()) : AnyOffset, N);
}

void FunctionWalk::visitLandingPadInst(LandingPadInst &I) {
  Note N = note(I, Why::Thrown);
  if (NodeId Dst = node(&I); Dst != NoNode)
    G.copy(Dst, outside(N), 0, N);
}

void FunctionWalk::visitResumeInst(ResumeInst &I) {
  leak(I.getValue(), Reason::Exception, note(I, Why::Thrown));
}

void FunctionWalk::visitReturnInst(ReturnInst &I) {
  Value *V = I.getReturnValue();
  if (!V)
    return;
  NodeId Src = node(V);
  if (Src == NoNode)
    return;
  Note N = note(I, Why::Returned);
  if (holdsPointer(V->getType(), DL))
    G.returns(Src, N);
  else
    G.leak(Src, Reason::PointerToInteger, N);
}

void FunctionWalk::site(const Allocation &A) {
  Note N = note(*A.Call, Why::Allocated);
  Object O;
  O.Kind = ObjectKind::Site;
  O.AllocatedBy = A.By;
  O.At = N.At;
  O.Size = A.Size.value_or(UnknownSize);
  ObjectId Id = G.addObject(std::move(O));
  Objects[A.Call] = Id;
  Marks.Sites[Id] = A.Call;
  G.addressOf(node(A.Call), Id, 0, N);
  Pending.push_back({A, Id});
}

/// What survives from before the last run of a site, for all sites in cycles.
void FunctionWalk::loopRule() {
  erase_if(Pending, [&](const auto &Site) {
    return !Cyclic.contains(Site.first.Call->getParent());
  });
  if (Pending.empty())
    return;
  LifeRange Life(F, TLI);
  for (auto &[A, Id] : Pending)
    if (Life.mayRepeatAlive(*A.Call))
      repeats(A, Id, Life);
}

void FunctionWalk::repeats(const Allocation &A, ObjectId Id, LifeRange &Life) {
  Object &O = G.object(Id);
  O.MayRepeat = true;
  for (auto [V, Node] : Nodes)
    if (Node != NoNode && V != A.Call && !isa<Constant, AllocaInst>(V) &&
        Life.isLiveAt(*V, *A.Call))
      O.SurvivingNodes.push_back(Node);
  for (auto &[I, Other] : Objects)
    if (Other != Id && Life.mayHoldOld(*I, *A.Call))
      O.SurvivingObjects.push_back(Other);
  llvm::sort(O.SurvivingNodes);
  llvm::sort(O.SurvivingObjects);
}

} // namespace stackward::ir
