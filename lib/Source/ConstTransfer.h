// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Conditional constant propagation in one function, as an instance of the
/// Dataflow solver: what each element of a block does to the state, and what a
/// branch lets pass. Private to this room.
///
/// I1  An element that is not understood gives Varies, and unless it is known
///     to be harmless it sets every exposed slot to Varies.
/// I2  After a division by zero, an overflow or the like the state goes on
///     with Varies: nothing is proved from undefined behaviour.
#ifndef STACKWARD_LIB_SOURCE_CONSTTRANSFER_H
#define STACKWARD_LIB_SOURCE_CONSTTRANSFER_H

#include "ConstEval.h"
#include "ConstState.h"
#include "llvm/ADT/MapVector.h"

namespace clang {
class ArraySubscriptExpr;
class BinaryOperator;
class CFGElement;
class CallExpr;
class CastExpr;
class CXXCtorInitializer;
class DeclStmt;
class UnaryOperator;
} // namespace clang

namespace stackward::source {

/// What a caller knows of a call's outcome.
struct CallOutcome {
  Value Result = Varies;
  bool MayWrite = true;
  bool MayReturn = true;
};

/// Answers for calls; the inter-procedural half.
class CallOracle {
public:
  virtual ~CallOracle();
  virtual CallOutcome call(const clang::FunctionDecl &Callee,
                           llvm::ArrayRef<Value> Args) = 0;
  /// What V, which has static storage, can hold at any time.
  virtual Value valueOf(const clang::VarDecl &V) = 0;
  virtual void stored(const clang::VarDecl &V, Value New) = 0;
  /// No call keeps V's address that is lent to it.
  virtual bool isOnlyLent(const clang::VarDecl &V) = 0;
  /// F does not write what it is given the address of.
  virtual bool onlyReads(const clang::FunctionDecl &F, unsigned Param) = 0;
};

/// What was seen while the function ran in the abstract. Each entry joins all
/// evaluations of its expression.
struct Observations {
  llvm::MapVector<const clang::Expr *, Value> Values; ///< see Transfer::Watch
  llvm::MapVector<const clang::Expr *, CertainError> Errors;
  llvm::MapVector<const clang::Expr *, llvm::SmallVector<Value, 4>> CallArgs;
  llvm::MapVector<const clang::Stmt *, Value> Definitions;
  llvm::DenseSet<const clang::Expr *> Fine; ///< ran once without an error
  std::optional<Value> Returned;            ///< nothing: never returns a value
  bool Returns = false;                     ///< the exit is reached
  bool Writes = false; ///< memory that outlives the call may be written
};

/// Nothing: what the solver needs only. Facts: returns, conditions, calls,
/// definitions. Everything: each integer expression too.
enum class Watch : uint8_t { Nothing, Facts, Everything };

/// Of a comparison.
CompareOp compareOp(const clang::BinaryOperator &E);

class Transfer {
public:
  using State = ConstState;

  Transfer(const clang::FunctionDecl &F, const CFGAdapter &Adapter,
           const Slots &S, ValuePool &Pool, CallOracle *Calls);

  /// Values of the parameters, for the entry; empty: all vary.
  std::vector<Value> Params;
  Observations Seen;
  Watch Watches = Watch::Nothing;

  // The Analysis interface.
  State boundary(dataflow::BlockId B);
  void transfer(dataflow::BlockId B, State &S);
  std::optional<State> flow(dataflow::EdgeId E, const State &S);
  void widen(dataflow::BlockId, unsigned Visits, const State &Old, State &New) {
    source::widen(Tracked, Visits, Old, New);
  }

private:
  // Elements (ConstTransfer.cpp).
  void element(const clang::CFGElement &E, State &S);
  void statement(const clang::Stmt &Node, State &S);
  void declare(const clang::DeclStmt &Node, State &S);
  void initialise(const clang::CXXCtorInitializer &Init, State &S);
  void initialiseParts(SlotId Base, const clang::Expr *Init, State &S);
  void forgetRecord(SlotId Base, State &S);
  void assumeInvariants(State &S) const;
  /// Unknown code has run: that of By, or of something that nothing is lent to.
  void clobber(State &S, const clang::Expr *By = nullptr);
  void findBorrowers(llvm::BitVector &Open);
  /// What was stored: V, cut to a bit-field's width.
  Value store(const clang::Expr *Place, Value V, State &S);
  Value put(SlotId To, Value V, State &S);
  void copyParts(SlotId To, SlotId From, State &S);
  void forgetRivals(SlotId To, State &S);
  void record(const clang::Expr *E, Value V, State &S);
  void choose(const clang::Expr *Operand, Value V, State &S);
  Value withoutTarget(Value V);
  void returned(Value V);
  void note(const clang::Expr *E, const Evaluated &Result);

  // Expressions (ConstExpr.cpp).
  Value evaluate(const clang::Expr &E, State &S);
  Value cast(const clang::CastExpr &E, State &S);
  Value unary(const clang::UnaryOperator &E, State &S);
  Value step(const clang::UnaryOperator &E, State &S);
  Value binary(const clang::BinaryOperator &E, State &S);
  Value assign(const clang::BinaryOperator &E, State &S);
  Value arithmetic(const clang::Expr *At, unsigned Opcode, Value L, Value R,
                   clang::QualType Left, clang::QualType Right);
  Value comparison(const clang::BinaryOperator &E, State &S);
  Value fold(const clang::Expr *E);
  Value zeroOf(clang::QualType T);
  Value converted(Value V, clang::QualType From, clang::QualType To);

  // Places (ConstPlace.cpp).
  SlotId pointeeOf(const clang::Expr *Pointer, const State &S);
  SlotId placeOfName(const clang::DeclRefExpr &Name, const State &S);
  SlotId placeOfMember(const clang::MemberExpr &E, const State &S);
  SlotId arrayOf(const clang::ArraySubscriptExpr &E, const State &S);
  Value load(const clang::Expr *Place, const clang::Expr *Whole, State &S);
  Value loadSlot(SlotId Slot, clang::QualType T, State &S);
  Value loadElement(const clang::ArraySubscriptExpr &E, State &S);
  Value loadConstant(const clang::Expr *Place, const clang::Expr *Whole);

  // Calls (ConstCall.cpp).
  Value call(const clang::CallExpr &E, State &S);
  void copyObject(const clang::CXXOperatorCallExpr &E, State &S);
  std::optional<Value> builtin(const clang::CallExpr &E, State &S);
  void construct(const clang::Expr &E, State &S);

public:
  /// The value E had when it was last evaluated on the way here.
  Value valueOf(const clang::Expr *E, const State &S);
  /// The slot that the glvalue E denotes; NoSlot when it is not known.
  SlotId placeOf(const clang::Expr *E, const State &S);

private:
  // Branches (ConstRefine.cpp).
  bool assume(const clang::Expr *Condition, bool Holds, State &S);
  struct Demand {
    const clang::Expr *Of;
    Value To;
  };
  using Demands = llvm::SmallVector<Demand, 8>;
  bool meetDemand(Demand D, State &S, Demands &More);
  bool demandOfCast(const clang::CastExpr &E, IntType T, Value To, State &S,
                    Demands &More);
  void demandOfOperand(const clang::UnaryOperator &E, IntType T, Value To,
                       Demands &More);
  bool demandOfOperands(const clang::BinaryOperator &E, IntType T, Value To,
                        State &S, Demands &More);
  bool demandOfComparison(const clang::BinaryOperator &E, bool Holds, State &S,
                          Demands &More);
  bool demandOfLogic(const clang::BinaryOperator &E, bool Holds, State &S,
                     Demands &More);
  bool narrow(const clang::Expr *E, Value To, State &S);
  bool narrowPlace(const clang::Expr *Place, IntType T, Value To, State &S);
  bool narrowNull(const clang::Expr *E, Nullness To, State &S);
  bool isSettled(const clang::Expr *E);
  bool takeCase(const clang::CFGBlock &B, const Branch &Way, State &S);
  void decide(const clang::Expr *Leaf, bool Holds, const clang::CFGBlock &B,
              State &S);

  const clang::FunctionDecl &F;
  const clang::ASTContext &Context;
  const CFGAdapter &Adapter;
  const Slots &Tracked;
  ValuePool &Pool;
  CallOracle *Calls;
  ArithRules Rules;
  /// What is known of variables with static storage whatever has run.
  llvm::SmallVector<std::pair<SlotId, Value>, 4> Invariants;
  /// Exposed slots but for references and variables that are only lent; for the
  /// last, the calls that may write them.
  std::vector<SlotId> Forgettable;
  llvm::DenseMap<const clang::Expr *, llvm::SmallVector<SlotId, 2>> Borrowed;
  llvm::DenseMap<const clang::Expr *, Value> Scratch; ///< of this block
  llvm::DenseMap<const clang::Expr *, Value> Folded;  ///< by clang, once
  llvm::DenseMap<const clang::Expr *, bool> Settled;
  bool Dead = false; ///< control does not reach the end of this block
};

} // namespace stackward::source

#endif
