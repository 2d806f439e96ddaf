// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The fixpoint over functions.
#include "ConstProgram.h"
#include "Functions.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace stackward::source {

static constexpr unsigned NoEntry = ~0u;

ConstProgram::ConstProgram(ASTContext &Context, const ConstPropOptions &Options)
    : Context(Context), Options(Options) {
  for (const FunctionDecl *F : userFunctions(Context)) {
    std::unique_ptr<ConstFunction> Made = ConstFunction::make(*F);
    if (!Made)
      continue;
    Index[F->getCanonicalDecl()] = Entries.size();
    Entry &E = Entries.emplace_back();
    E.Function = std::move(Made);
    E.Params.assign(F->getNumParams(), Varies);
  }
  Queued.resize(Entries.size());
}

unsigned ConstProgram::indexOf(const FunctionDecl &F) const {
  auto It = Index.find(F.getCanonicalDecl());
  return It == Index.end() ? NoEntry : It->second;
}

const ConstProgram::Entry *ConstProgram::find(const FunctionDecl &F) const {
  unsigned Id = indexOf(F);
  return Id == NoEntry ? nullptr : &Entries[Id];
}

/// Who calls whom, for requeueing and for the order of the first round.
void ConstProgram::findCallers() {
  // Clang may draw one expression twice: a member's default initializer is
  // an element of each constructor.
  llvm::DenseSet<const CallExpr *> Counted;
  for (unsigned Id = 0; Id < Entries.size(); ++Id)
    for (const CFGBlock *B : Entries[Id].Function->adapter().Blocks) {
      if (!B)
        continue;
      for (const CFGElement &Element : *B) {
        auto S = Element.getAs<CFGStmt>();
        const auto *Call = S ? dyn_cast<CallExpr>(S->getStmt()) : nullptr;
        const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
        unsigned Callee = F ? indexOf(*F) : NoEntry;
        if (Callee == NoEntry)
          continue;
        Entries[Callee].Calls += Counted.insert(Call).second;
        if (!llvm::is_contained(Entries[Callee].Callers, Id)) {
          Entries[Callee].Callers.push_back(Id);
          Entries[Id].Callees.push_back(Callee);
        }
      }
    }
}

/// Callees before callers, as far as recursion allows.
std::vector<unsigned> ConstProgram::bottomUp() const {
  std::vector<unsigned> Order;
  llvm::BitVector Seen(Entries.size());
  std::vector<std::pair<unsigned, unsigned>> Stack;
  for (unsigned Root = 0; Root < Entries.size(); ++Root) {
    if (Seen.test(Root))
      continue;
    Seen.set(Root);
    Stack.push_back({Root, 0});
    while (!Stack.empty()) {
      auto &[Id, Next] = Stack.back();
      if (Next == Entries[Id].Callees.size()) {
        Order.push_back(Id);
        Stack.pop_back();
        continue;
      }
      unsigned Callee = Entries[Id].Callees[Next++];
      if (Seen.test(Callee))
        continue;
      Seen.set(Callee);
      Stack.push_back({Callee, 0});
    }
  }
  return Order;
}

/// Asks the escape analysis whether what is lent is given back.
void ConstProgram::findLent() {
  std::vector<const FunctionDecl *> Lenders;
  for (const Entry &E : Entries)
    if (!E.Function->slots().lent().empty())
      Lenders.push_back(&E.Function->function());
  if (Lenders.empty())
    return;
  EscapeAnswers Escape(Context, Lenders);
  for (const FunctionDecl *F : Lenders)
    for (const EscapeAnswers::Local &L : Escape.locals(*F))
      if (!L.Fate.Escapes && !L.Fate.Held)
        OnlyLent.insert(L.Variable);
}

void ConstProgram::enqueue(unsigned Id) {
  if (Queued.test(Id))
    return;
  Queued.set(Id);
  Queue.push_back(Id);
}

/// A call to Callee with Args can happen.
void ConstProgram::passArgs(unsigned Callee, llvm::ArrayRef<Value> Args) {
  Entry &E = Entries[Callee];
  constexpr unsigned MaxRises = 8;
  bool Changed = !E.Called;
  for (unsigned I = 0; I < E.Params.size(); ++I) {
    Value New = I < Args.size() ? Args[I] : Varies;
    if (E.Called)
      New = Pool.join(E.Params[I], New);
    if (E.Rises > MaxRises)
      New = Varies;
    Changed |= New != E.Params[I];
    E.Params[I] = New;
  }
  E.Called = true;
  if (!Changed)
    return;
  ++E.Rises;
  enqueue(Callee);
}

Value ConstProgram::invariantOf(const VarDecl &V) const {
  auto It = Statics.find(V.getCanonicalDecl());
  return It == Statics.end() ? Varies : It->second.Known;
}

void ConstProgram::stored(const VarDecl &V, Value New) {
  auto It = Statics.find(V.getCanonicalDecl());
  if (!Settling || It == Statics.end())
    return;
  Static &S = It->second;
  constexpr unsigned MaxRises = 8;
  New = S.Rises > MaxRises ? Varies : Pool.join(S.Known, New);
  if (New == S.Known)
    return;
  ++S.Rises;
  S.Known = New;
  for (unsigned User : S.Users)
    enqueue(User);
}

CallOutcome ConstProgram::call(const FunctionDecl &F,
                               llvm::ArrayRef<Value> Args) {
  unsigned Callee = indexOf(F);
  if (Callee == NoEntry || F.isWeak())
    return {};
  if (Settling && Entries[Callee].Internal)
    passArgs(Callee, Args);
  CallOutcome Known = Entries[Callee].Summary;
  if (Settling)
    return Known;
  return runInto(Callee, Args, Known);
}

/// The callee once more, with what is known of these arguments.
CallOutcome ConstProgram::runInto(unsigned Callee, llvm::ArrayRef<Value> Args,
                                  CallOutcome Summary) {
  bool Helps = llvm::any_of(Args, [](Value V) { return V != Varies; });
  if (!Helps || Depth >= Options.CallDepth || !Summary.MayReturn ||
      isConstant(Summary.Result))
    return Summary;
  std::pair<unsigned, std::vector<Value>> Key(Callee, Args.vec());
  if (auto It = Known.find(Key); It != Known.end())
    return It->second;
  Known[Key] = Summary; // for calls of itself with the same arguments
  ++Depth;
  PathBudget Budget{std::min(Options.CallSteps, StepsLeft)};
  StepsLeft -= Budget.Steps;
  std::optional<ConstResult> R =
      Entries[Callee].Function->paths(Pool, this, Args, Watch::Nothing, Budget);
  StepsLeft += Budget.Steps;
  --Depth;
  if (R)
    Known[Key] = {R->Seen.Returned.value_or(Varies), R->Seen.Writes,
                  R->Seen.Returns};
  return Known[Key];
}

void ConstProgram::iterate(unsigned Id) {
  Entry &E = Entries[Id];
  if (E.Internal && !E.Called)
    return; // nobody calls it yet
  ConstResult R = E.Function->fixpoint(Pool, this, E.Params, Watch::Nothing);
  CallOutcome New{R.Seen.Returned.value_or(Varies), R.Seen.Writes,
                  R.Seen.Returns};
  CallOutcome &Old = E.Summary;
  // Summaries only rise: a later run may be given smaller parameters by
  // nobody, but joins of results need not be monotone to the last bit.
  if (Old.MayReturn && New.MayReturn)
    New.Result = Pool.join(Old.Result, New.Result);
  New.MayReturn |= Old.MayReturn;
  New.MayWrite |= Old.MayWrite;
  constexpr unsigned MaxRises = 16;
  if (E.Rises > MaxRises)
    New = {};
  if (New.Result == Old.Result && New.MayReturn == Old.MayReturn &&
      New.MayWrite == Old.MayWrite)
    return;
  ++E.Rises;
  Old = New;
  for (unsigned Caller : E.Callers)
    enqueue(Caller);
}

void ConstProgram::settle() {
  Settling = true;
  for (unsigned Id : bottomUp())
    enqueue(Id);
  for (size_t Next = 0; Next < Queue.size(); ++Next) {
    unsigned Id = Queue[Next];
    Queued.reset(Id);
    iterate(Id);
  }
  Settling = false;
}

/// B's edges and blocks are possible only if they are in A as well.
static void meet(ConstResult &A, ConstResult &&B) {
  A.Seen = std::move(B.Seen);
  A.Reached &= B.Reached;
  A.Feasible &= B.Feasible;
  A.AtEntry = std::move(B.AtEntry);
}

void ConstProgram::finish(unsigned Id, Watch W) {
  Entry &E = Entries[Id];
  if (E.Internal && !E.Called)
    return; // dead as a whole; there is nothing to say of its inside
  CallOracle *Calls = Options.Calls == CallsAre::Understood ? this : nullptr;
  StepsLeft = 8 * Options.CallSteps; // for all calls run into from here
  E.Result = E.Function->fixpoint(Pool, Calls, E.Params, W);
  PathBudget Budget{Options.PathSteps};
  if (auto R = E.Function->paths(Pool, Calls, E.Params, W, Budget))
    meet(E.Result, std::move(*R));
  E.Finished = true;
}

void ConstProgram::run(Watch W) {
  if (Options.Calls == CallsAre::Understood) {
    findCallers();
    findClosed();
    findLent();
    settle();
  }
  for (unsigned Id = 0; Id < Entries.size(); ++Id)
    finish(Id, W);
}

} // namespace stackward::source
