// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Decides what may hold, when a site runs, a pointer from an earlier run of
/// the same site: then one stack slot is not enough.
///
///   for (...) { S *cur = new S;  use(cur, prev);  prev = cur; }   // survives
///   for (...) { S *cur = new S;  use(cur);  delete cur; }         // does not
///
/// L1  A tracked pointer survives when it is live after the site; the version
///     that survives is the one that reaches the site.
/// L2  Any other local survives unless it is declared inside the innermost
///     loop around the site: then it dies before the site runs again.
///     What a container keeps elsewhere dies with it, unless its address was
///     shown to anything that could have taken that over.
/// L3  With `goto` the loops that statements show are not all loops there
///     are: everything survives.
/// L4  What a full-expression reads lives as long as it does.
/// L5  Temporaries die with their full-expression, and a site runs at most
///     once in it, so they never survive; a temporary whose life a reference
///     extends is registered with that reference's loop.
///
/// After LDC's "used after re-allocation" rule and Swift's StackPromotion.
#include "Builder.h"
#include "llvm/ADT/BitVector.h"

using namespace clang;

namespace stackward::source {

class LoopRule {
public:
  explicit LoopRule(FunctionBuilder &F) : F(F) {}
  void run();

private:
  using Event = FunctionBuilder::Event;
  void computeLiveness();
  escape::Repetition repetition(uint32_t PlaceIndex);
  void addVersions(uint32_t PlaceIndex, escape::Repetition &R);

  FunctionBuilder &F;
  llvm::DenseMap<const VarDecl *, unsigned> Index;
  std::vector<const VarDecl *> Vars;
  std::vector<llvm::BitVector> LiveOut;
};

/// Classic backward liveness over the events of the tracked variables.
void LoopRule::computeLiveness() {
  for (const auto &List : F.Events)
    for (const Event &E : List)
      if (E.What != Event::Site && Index.try_emplace(E.Var, Vars.size()).second)
        Vars.push_back(E.Var);
  size_t Blocks = F.Events.size();
  LiveOut.assign(Blocks, llvm::BitVector(Vars.size()));
  std::vector<llvm::BitVector> LiveIn(Blocks, llvm::BitVector(Vars.size()));
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (size_t B = 0; B < Blocks; ++B) {
      if (!F.BlockById[B])
        continue;
      llvm::BitVector Live(Vars.size());
      for (const CFGBlock::AdjacentBlock &Next : F.BlockById[B]->succs()) {
        const CFGBlock *To = Next.getReachableBlock()
                                 ? Next.getReachableBlock()
                                 : Next.getPossiblyUnreachableBlock();
        if (To)
          Live |= LiveIn[To->getBlockID()];
      }
      LiveOut[B] = Live;
      for (const Event &E : llvm::reverse(F.Events[B])) {
        if (E.What == Event::Read)
          Live.set(Index[E.Var]);
        if (E.What == Event::Write)
          Live.reset(Index[E.Var]);
      }
      if (Live != LiveIn[B]) {
        LiveIn[B] = Live;
        Changed = true;
      }
    }
  }
}

void LoopRule::addVersions(uint32_t PlaceIndex, escape::Repetition &R) {
  unsigned B = F.Places[PlaceIndex].Block;
  const auto &List = F.Events[B];
  llvm::BitVector Live = LiveOut[B];
  size_t Position = List.size();
  while (Position > 0) {
    const Event &E = List[Position - 1];
    if (E.What == Event::Site && E.Id == PlaceIndex)
      break;
    if (E.What == Event::Read)
      Live.set(Index[E.Var]);
    if (E.What == Event::Write)
      Live.reset(Index[E.Var]);
    --Position;
  }
  // What the same full-expression has read or will read is alive in it:
  //   Head = cons(Head);   Best = pick(Best, new T);
  const Stmt *Root = F.Facts.RootOf.lookup(F.Places[PlaceIndex].At);
  for (const auto &Reads : F.Events)
    for (const Event &E : Reads)
      if (E.What == Event::Read && Root && E.Root == Root && E.Id != NoNode)
        R.SurvivingNodes.push_back(E.Id);
  for (unsigned I : Live.set_bits()) {
    const VarDecl *V = Vars[I];
    NodeId Version = NoNode;
    bool Found = false;
    for (size_t P = Position; P-- > 0 && !Found;)
      if (List[P].What == Event::Write && List[P].Var == V) {
        Version = List[P].Id;
        Found = true;
      }
    if (!Found) {
      // The version at the block's entry.
      auto It = F.Entry[B].find(V);
      if (It != F.Entry[B].end()) {
        Version = It->second;
      } else {
        Version = F.G.addNode();
        F.Entry[B][V] = Version;
        F.Phis.push_back({V, B, Version});
      }
    }
    if (Version != NoNode)
      R.SurvivingNodes.push_back(Version);
  }
}

escape::Repetition LoopRule::repetition(uint32_t PlaceIndex) {
  const FunctionBuilder::Place &P = F.Places[PlaceIndex];
  escape::Repetition R;
  if (F.Facts.HasGoto || P.Shared) {
    R.MayRepeat = R.SurvivorsUnknown = true;
    return R;
  }
  if (P.Loop == 0)
    return R;
  R.MayRepeat = true;
  for (auto [Object, Loop] : F.LocalLoops)
    if (!F.Facts.inside(Loop, P.Loop))
      R.SurvivingObjects.push_back(Object);
  for (const FunctionBuilder::HiddenObject &H : F.Hidden)
    if (H.Owner == NoNode || F.Shown.contains(H.Owner) ||
        !F.Facts.inside(H.Loop, P.Loop))
      R.SurvivingObjects.push_back(H.Object);
  addVersions(PlaceIndex, R);
  return R;
}

void LoopRule::run() {
  bool Any = F.Facts.HasGoto;
  for (const FunctionBuilder::Place &P : F.Places)
    Any |= P.Loop != 0 || P.Shared;
  if (!Any)
    return;
  computeLiveness();
  for (uint32_t I = 0; I < F.Places.size(); ++I) {
    escape::Repetition R = repetition(I);
    const FunctionBuilder::Place &P = F.Places[I];
    if (P.IsCall)
      static_cast<escape::Repetition &>(F.G.calls()[P.Id]) = std::move(R);
    else
      static_cast<escape::Repetition &>(F.G.object(P.Id)) = std::move(R);
  }
  F.finishPhis(); // versions that were asked for here
}

void applyLoopRule(FunctionBuilder &F) { LoopRule(F).run(); }

} // namespace stackward::source
