// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The walk over one function, and the worklist over functions.
#include "SeedOwnership.h"
#include "SeedLife.h"
#include "SeedRewrite.h"
#include "stackward/Escape/Graph.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IntrinsicInst.h"
#include <set>

using namespace llvm;
using stackward::escape::Reason;

namespace stackward::ir {

/// Summaries in one module; a cap means refusal.
static constexpr size_t MaxEntries = 100000;
/// Bytes between a pointer and the container, and pointers of one value:
/// offsets have no end otherwise.
static constexpr int64_t MaxOffset = 4096;
static constexpr unsigned MaxOffsets = 8;
/// Walks for one question. Chains of returned offsets are long otherwise.
static constexpr unsigned MaxWalks = 4000;

static const Conduct &tooMany() {
  static const Conduct Refusal{
      Blame{escape::reasonId(Reason::Cap), {}, nullptr},
      false,
      false,
      {},
      {},
      {},
      {},
      {}};
  return Refusal;
}

bool Conduct::sameAs(const Conduct &C) const {
  return Against.has_value() == C.Against.has_value() && Grows == C.Grows &&
         Destroys == C.Destroys && Returns.size() == C.Returns.size() &&
         StoredIn.size() == C.StoredIn.size() &&
         MovedTo.size() == C.MovedTo.size() && Peers.size() == C.Peers.size() &&
         Made.size() == C.Made.size();
}

namespace {

struct Place {
  Value *Root;
  int64_t Offset;
};

} // namespace

/// One pass over the uses of everything that leads to the container.
class OwnershipWalk {
public:
  OwnershipWalk(Ownership &O, const Ownership::Key &Self, const DataLayout &DL)
      : O(O), Self(Self), DL(DL) {}
  Conduct run();

private:
  void push(Value *V, Held H) {
    if (!Seen.insert({V, H}).second)
      return;
    // A pointer that walks along, in a loop or from call to call.
    bool Far = H.Offset != Held::Anywhere && std::abs(H.Offset) > MaxOffset;
    if (Far || ++Offsets[V] > MaxOffsets)
      return refuse(Reason::Cap, dyn_cast<Instruction>(V));
    Work.push_back({V, H});
  }
  void refuse(StringRef Why, const Instruction *At, std::string Detail = {}) {
    if (!R.Against)
      R.Against = Blame{Why, std::move(Detail), At};
  }
  void refuse(Reason Why, const Instruction *At, std::string Detail = {}) {
    refuse(escape::reasonId(Why), At, std::move(Detail));
  }
  Place place(Value *V) const;
  void use(Use &U, Held H);
  void load(LoadInst &L, Held H);
  void asInteger(Instruction &I);
  void store(StoreInst &S, bool IsValue, Held H);
  void element(GetElementPtrInst &G, Held H);
  void copy(MemTransferInst &M, bool IsSource, Held H);
  void intrinsic(IntrinsicInst &I, Use &U, Held H);
  void call(CallBase &CB, Use &U, Held H);
  void callBody(CallBase &CB, Function &Callee, unsigned Arg, Held H);
  bool isMadeNext(const MemSetInst &Clear) const;
  bool isBeside(Held H, uint64_t Bytes) const;
  void make(Value *Object, CallBase &By);
  bool isMadeOver() const;
  void keepAt(Value *Address, const Instruction &At);
  void moveTo(Value *Other, const Instruction &At);

  Ownership &O;
  const Ownership::Key &Self;
  const DataLayout &DL;
  Conduct R;
  std::set<std::pair<Value *, Held>> Seen;
  DenseMap<Value *, unsigned> Offsets;
  SmallVector<std::pair<Value *, Held>, 16> Work;
};

static int64_t shifted(int64_t Offset, int64_t By) {
  return Offset == Held::Anywhere ? Held::Anywhere : Offset + By;
}

/// Of \p Bytes at a pointer that is \p H none belong to the container.
bool OwnershipWalk::isBeside(Held H, uint64_t Bytes) const {
  return !H.Indirect && H.Offset != Held::Anywhere &&
         (H.Offset >= int64_t(Self.Bytes) || H.Offset + int64_t(Bytes) <= 0);
}

/// The object that \p V points into and where; Anywhere when not constant.
Place OwnershipWalk::place(Value *V) const {
  APInt Offset(DL.getIndexTypeSizeInBits(V->getType()), 0);
  Value *Root = V->stripAndAccumulateConstantOffsets(DL, Offset,
                                                     /*AllowNonInbounds=*/true);
  if (auto *G = dyn_cast<GEPOperator>(Root))
    return {getUnderlyingObject(G, 0), Held::Anywhere};
  return {Root, Offset.getSExtValue()};
}

/// The container's address is stored at \p Address.
void OwnershipWalk::keepAt(Value *Address, const Instruction &At) {
  Place P = place(Address);
  if (isa<AllocaInst>(P.Root))
    return push(P.Root, {true, P.Offset});
  auto *A = dyn_cast<Argument>(P.Root);
  if (!A)
    return refuse(isa<GlobalValue>(P.Root) ? Reason::Global
                                           : Reason::StoredInEscaped,
                  &At);
  R.StoredIn.insert({A->getArgNo(), P.Offset});
  push(A, {true, P.Offset});
}

/// The container at \p Other may own the buffer.
void OwnershipWalk::moveTo(Value *Other, const Instruction &At) {
  Place P = place(Other);
  if (auto *A = dyn_cast<Argument>(P.Root); A && P.Offset == 0) {
    R.MovedTo.insert(A->getArgNo());
    return push(A, {});
  }
  // Directly: mayReseed() finds the moves among the uses of the local.
  auto *Local = dyn_cast<AllocaInst>(Other);
  if (!Local || Local->isArrayAllocation() ||
      !isContainer(Local->getAllocatedType(), DL))
    return refuse("ownership-moves", &At);
  R.Peers.insert(Local);
  push(Local, {});
}

/// \p By may make the container that \p Object points to or into.
void OwnershipWalk::make(Value *Object, CallBase &By) {
  Object = place(Object).Root;
  if (!isa<AllocaInst, Argument>(Object))
    return refuse("made-over", &By);
  R.Made.insert({Object, &By});
}

/// What is made over a live container leaves that one's memory as it is,
/// whoever makes it:
///
///     const char *P = S.c_str();
///     new (&S) std::string(std::move(Other));
///     return P;
bool OwnershipWalk::isMadeOver() const {
  for (auto [Object, First] : R.Made)
    for (auto [Other, Second] : R.Made) {
      // Results are made on one of several ways, which meet too often.
      if (Object != Other || !isa<AllocaInst>(Object))
        continue;
      int64_t Offset = Object == Self.Root ? -Self.As.Offset : 0;
      if (mayLiveOn(*Object, Offset, *First, *Second, O.Library))
        return true;
    }
  return false;
}

void OwnershipWalk::load(LoadInst &L, Held H) {
  if (!H.Indirect)
    return; // words of the container: its buffer is lent, not given
  bool IsThere = H.Offset == 0 || H.Offset == Held::Anywhere;
  if (L.getType()->isPointerTy() && IsThere)
    return push(&L, {});
  if (IsThere && L.getType() == DL.getIntPtrType(L.getContext()))
    return asInteger(L);
  TypeSize Size = DL.getTypeStoreSize(L.getType());
  if (H.Offset != Held::Anywhere && !Size.isScalable() &&
      (H.Offset + 8 <= 0 || H.Offset >= int64_t(Size.getFixedValue())))
    return;
  refuse(Reason::PointerToInteger, &L);
}

/// \p I is the container's address in a register that holds an integer. The
/// optimiser copies small structures so, `std::tuple<const std::string &>`
/// among them, which each use of `map[Key]` makes.
void OwnershipWalk::asInteger(Instruction &I) {
  for (User *U : I.users()) {
    auto *S = dyn_cast<StoreInst>(U);
    if (isa<IntToPtrInst>(U) && DL.getPointerTypeSizeInBits(U->getType()) ==
                                    I.getType()->getIntegerBitWidth())
      push(U, {});
    else if (S && !S->isVolatile())
      keepAt(S->getPointerOperand(), *S);
    else
      return refuse(Reason::PointerToInteger, &I);
  }
}

void OwnershipWalk::store(StoreInst &S, bool IsValue, Held H) {
  if (S.isVolatile() && IsValue)
    return refuse(Reason::Volatile, &S);
  if (!IsValue) {
    TypeSize Size = DL.getTypeStoreSize(S.getValueOperand()->getType());
    if (!H.Indirect && (Size.isScalable() || !isBeside(H, Size)))
      refuse("ownership-moves", &S, "written outside of the library");
    return;
  }
  if (H.Indirect || H.Offset != 0)
    return refuse(Reason::StoredInEscaped, &S);
  keepAt(S.getPointerOperand(), S);
}

void OwnershipWalk::element(GetElementPtrInst &G, Held H) {
  APInt By(DL.getIndexTypeSizeInBits(G.getType()), 0);
  if (!G.getType()->isPointerTy())
    return refuse(Reason::Cap, &G);
  if (!G.accumulateConstantOffset(DL, By)) {
    if (!H.Indirect)
      return refuse(Reason::Cap, &G);
    return push(&G, {true, Held::Anywhere});
  }
  int64_t N = By.getSExtValue();
  push(&G, {H.Indirect, shifted(H.Offset, H.Indirect ? -N : N)});
}

void OwnershipWalk::copy(MemTransferInst &M, bool IsSource, Held H) {
  auto *Length = dyn_cast<ConstantInt>(M.getLength());
  if (!H.Indirect) {
    if (!Length || !isBeside(H, Length->getZExtValue()))
      refuse("ownership-moves", &M, "copied as bytes");
    return;
  }
  if (!IsSource)
    return;
  if (!Length || H.Offset == Held::Anywhere || M.isVolatile())
    return refuse(Reason::StoredInEscaped, &M);
  int64_t N = Length->getSExtValue();
  if (H.Offset + 8 <= 0 || H.Offset >= N)
    return;
  if (H.Offset < 0 || H.Offset + 8 > N)
    return refuse(Reason::PointerToInteger, &M);
  Place P = place(M.getDest());
  if (isa<AllocaInst>(P.Root))
    return push(P.Root, {true, shifted(P.Offset, H.Offset)});
  auto *A = dyn_cast<Argument>(P.Root);
  if (!A)
    return refuse(Reason::StoredInEscaped, &M);
  int64_t At = shifted(P.Offset, H.Offset);
  R.StoredIn.insert({A->getArgNo(), At});
  push(A, {true, At});
}

/// `X()` clears the memory of an X whose constructor is defaulted, and then
/// calls it. No container is alive there.
bool OwnershipWalk::isMadeNext(const MemSetInst &Clear) const {
  auto *Next = dyn_cast_or_null<CallBase>(Clear.getNextNode());
  Function *Callee = Next ? calledFunction(*Next) : nullptr;
  return Callee && Next->arg_size() > 0 &&
         Next->getArgOperand(0) == Clear.getRawDest() &&
         O.Library.member(*Callee).Constructs;
}

void OwnershipWalk::intrinsic(IntrinsicInst &I, Use &U, Held H) {
  if (I.isLifetimeStartOrEnd() || I.isAssumeLikeIntrinsic())
    return;
  if (auto *M = dyn_cast<MemTransferInst>(&I))
    return copy(*M, M->getRawSource() == U.get(), H);
  if (auto *S = dyn_cast<MemSetInst>(&I)) {
    auto *Length = dyn_cast<ConstantInt>(S->getLength());
    if (H.Indirect || (Length && isBeside(H, Length->getZExtValue())) ||
        isMadeNext(*S))
      return;
  }
  refuse(Reason::UnknownCallee, &I, "intrinsic");
}

static bool isStdSymbol(StringRef Name) {
  return Name.starts_with("_ZNSt") || Name.starts_with("_ZNKSt") ||
         Name.starts_with("_ZSt") || Name.starts_with("_ZN9__gnu_cxx") ||
         Name.starts_with("_ZNK9__gnu_cxx");
}

/// A copy of the string has been seeded before the link.
static bool isCopied(const Function &Callee, unsigned Arg) {
  StringRef Name = Callee.getName();
  return Arg == 3 && Name.consume_front(SeedRuntimePrefix) &&
         (Name == "copy" || Name == "part");
}

void OwnershipWalk::call(CallBase &CB, Use &U, Held H) {
  if (auto *I = dyn_cast<IntrinsicInst>(&CB))
    return intrinsic(*I, U, H);
  if (CB.isInlineAsm())
    return refuse(Reason::InlineAsm, &CB);
  if (CB.isCallee(&U) || CB.isBundleOperand(&U) || isa<CallBrInst>(CB))
    return refuse(Reason::IndirectCallee, &CB);
  Function *Callee = calledFunction(CB);
  if (!Callee)
    return refuse(Reason::IndirectCallee, &CB);
  unsigned Arg = CB.getArgOperandNo(&U);
  if (CB.isMustTailCall() || Arg >= Callee->arg_size())
    return refuse(Reason::UnknownCallee, &CB, Callee->getName().str());
  if (H == Held{})
    if (std::optional<MemberEffect> E = O.Library.effect(*Callee, Arg)) {
      R.Grows |= E->Grows;
      R.Destroys |= Arg == 0 && O.Library.member(*Callee).Destroys;
      if (Arg == 0 && O.Library.member(*Callee).Constructs)
        make(U.get(), CB);
      if (E->ReturnsIt)
        push(&CB, {});
      if (E->MovesTo)
        moveTo(CB.getArgOperand(*E->MovesTo), CB);
      return;
    }
  if (H == Held{} && isCopied(*Callee, Arg))
    return;
  // Another container in the same object.
  const Member &Of = O.Library.member(*Callee);
  if (Of.Of != Container::None && isBeside(H, containerBytes(Of.Of)))
    if (std::optional<MemberEffect> E = O.Library.effect(*Callee, Arg)) {
      if (E->ReturnsIt)
        push(&CB, H);
      return;
    }
  // A container beside the place that holds the address.
  if (H.Indirect && H.Offset != Held::Anywhere &&
      (H.Offset < 0 || H.Offset >= 32) && Arg == 0 &&
      O.Library.effect(*Callee, Arg))
    return;
  callBody(CB, *Callee, Arg, H);
}

void OwnershipWalk::callBody(CallBase &CB, Function &Callee, unsigned Arg,
                             Held H) {
  if (Callee.isDeclaration() || Callee.isInterposable())
    return refuse(Reason::UnknownCallee, &CB, Callee.getName().str());
  Argument *A = Callee.getArg(Arg);
  if (Callee.isPresplitCoroutine() || Callee.hasFnAttribute(Attribute::Naked))
    return refuse(Reason::CoroutineFrame, &CB);
  if (A->hasInAllocaAttr() || A->hasPreallocatedAttr() ||
      (A->hasByValAttr() && !H.Indirect))
    return refuse(Reason::CalleeLeaks, &CB);
  const Member &Of = O.Library.member(Callee);
  if (Of.Of != Container::None && Of.Base == "capacity" &&
      !isStdSymbol(CB.getFunction()->getName()))
    return refuse("capacity-read", &CB);
  const Conduct &C = O.read({A, H, Self.Bytes}, Self);
  if (C.Against)
    refuse(C.Against->Reason, &CB,
           C.Against->Detail.empty() ? "in " + Callee.getName().str()
                                     : C.Against->Detail);
  R.Grows |= C.Grows;
  R.Destroys |= C.Destroys;
  for (auto [Object, By] : C.Made)
    if (Object == A) {
      make(CB.getArgOperand(Arg), CB);
      break;
    }
  for (auto [Indirect, Offset] : C.Returns)
    push(&CB, {Indirect != 0, Offset});
  for (auto [Param, Offset] : C.StoredIn) {
    Place P = place(CB.getArgOperand(Param));
    int64_t At = P.Offset == Held::Anywhere || Offset == Held::Anywhere
                     ? Held::Anywhere
                     : P.Offset + Offset;
    if (isa<AllocaInst>(P.Root)) {
      push(P.Root, {true, At});
    } else if (auto *Mine = dyn_cast<Argument>(P.Root)) {
      R.StoredIn.insert({Mine->getArgNo(), At});
      push(Mine, {true, At});
    } else {
      refuse(Reason::StoredInEscaped, &CB);
    }
  }
  for (unsigned Param : C.MovedTo)
    moveTo(CB.getArgOperand(Param), CB);
}

void OwnershipWalk::use(Use &U, Held H) {
  auto *I = cast<Instruction>(U.getUser());
  if (auto *L = dyn_cast<LoadInst>(I))
    return load(*L, H);
  if (auto *S = dyn_cast<StoreInst>(I))
    return store(*S, U.getOperandNo() == 0, H);
  if (auto *G = dyn_cast<GetElementPtrInst>(I))
    return element(*G, H);
  if (auto *CB = dyn_cast<CallBase>(I))
    return call(*CB, U, H);
  if (isa<ICmpInst>(I))
    return;
  if (isa<PHINode>(I) || isa<SelectInst>(I) || isa<FreezeInst>(I))
    return push(I, H);
  if (isa<ReturnInst>(I)) {
    R.Returns.insert({H.Indirect, H.Offset});
    return;
  }
  if (H == Held{} && isa<PtrToIntInst>(I) &&
      I->getType() == DL.getIntPtrType(I->getContext()))
    return asInteger(*I);
  refuse(isa<PtrToIntInst>(I) ? Reason::PointerToInteger
                              : Reason::StoredInEscaped,
         I);
}

Conduct OwnershipWalk::run() {
  push(Self.Root, Self.As);
  while (!Work.empty() && !R.Against) {
    auto [V, H] = Work.pop_back_val();
    for (Use &U : V->uses())
      use(U, H);
  }
  if (!R.Against && isMadeOver())
    refuse("made-over", nullptr);
  return std::move(R);
}

static const DataLayout &layoutOf(const Value &Root) {
  if (auto *A = dyn_cast<Argument>(&Root))
    return A->getParent()->getDataLayout();
  return cast<Instruction>(Root).getFunction()->getDataLayout();
}

const Conduct &Ownership::read(const Key &Wanted, const Key &Reader) {
  auto Place = Entries.find(Wanted);
  if (Place == Entries.end()) {
    if (Entries.size() >= MaxEntries)
      return tooMany();
    Place = Entries.try_emplace(Wanted).first;
    Place->second.Queued = true;
    Queue.push_back(&Place->first);
  }
  Place->second.Readers.insert(&Reader);
  return Place->second.Result;
}

void Ownership::settle() {
  for (unsigned Walks = 0; !Queue.empty(); ++Walks) {
    const Key *K = Queue.back();
    Queue.pop_back();
    Entry &E = Entries[*K];
    E.Queued = false;
    // A refusal stays: what else is learnt beside it changes from walk to walk.
    if (E.Result.Against)
      continue;
    Conduct New = Walks < MaxWalks
                      ? OwnershipWalk(*this, *K, layoutOf(*K->Root)).run()
                      : tooMany();
    if (New.sameAs(E.Result))
      continue;
    E.Result = std::move(New);
    for (const Key *Reader : E.Readers) {
      Entry &To = Entries[*Reader];
      if (!To.Queued) {
        To.Queued = true;
        Queue.push_back(Reader);
      }
    }
  }
}

const Conduct &Ownership::of(Value &Root, int64_t Offset, uint64_t Bytes) {
  Key K{&Root, {false, -Offset}, Bytes};
  auto [Place, New] = Entries.try_emplace(K);
  if (New) {
    Place->second.Queued = true;
    Queue.push_back(&Place->first);
    settle();
  }
  return Place->second.Result;
}

} // namespace stackward::ir
