// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What constant propagation tracks in one function, and its state. Private to
/// this room.
///
/// A *slot* is a scalar that the analysis follows: a local variable or
/// parameter, a field of a local of class type, an element of a small local
/// array, a field of *this, a variable with static storage. Slots beyond the
/// variables hold the values of expressions that are evaluated in one block
/// and used in another.
///
/// I1  A slot is *exposed* when something other than its own name may read or
///     write it: its address is taken or bound to a reference, a member
///     function runs on it, it is not local. Everything that may write unknown
///     memory sets all exposed slots to Varies. Exposure is decided for the
///     whole function at once, so the order of taking and using an address
///     does not matter.
/// I2  A variable with static storage has one slot, whichever of its
///     declarations a name refers to.
/// I3  Volatile and atomic objects, and what is reached through other pointers
///     than those to a known slot, have no slot: loading them gives Varies.
/// I4  A state is one value for each slot. Joining keeps what both agree on.
#ifndef STACKWARD_LIB_SOURCE_CONSTSTATE_H
#define STACKWARD_LIB_SOURCE_CONSTSTATE_H

#include "ConstLent.h"
#include "ConstOrder.h"
#include "ConstValue.h"
#include "stackward/Source/CFGAdapter.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <optional>

namespace clang {
class ASTContext;
class CXXOperatorCallExpr;
class DeclRefExpr;
class Expr;
class FieldDecl;
class MemberExpr;
class QualType;
class RecordDecl;
class ValueDecl;
class VarDecl;
} // namespace clang

namespace stackward::source {

/// The integer type of T, when it is one of at most 64 bits or wider with
/// Width saying so; nothing for types that are no integers.
std::optional<IntType> intType(const clang::ASTContext &Context,
                               clang::QualType T);

class Slots {
public:
  Slots(const clang::FunctionDecl &F, const CFGAdapter &Adapter);

  /// Something in the body is beyond this analysis: no facts at all.
  bool refused() const { return Refused; }

  unsigned size() const { return Types.size(); }
  /// The slot of a scalar variable; NoSlot if it has none.
  SlotId ofVariable(const clang::VarDecl *V) const;
  /// The slot of a field below the variable or field Base; of *this when Base
  /// is ThisBase.
  SlotId ofField(SlotId Base, const clang::FieldDecl *Field) const;
  static constexpr SlotId ThisBase = 0;
  /// Of an array; NoSlot outside of it.
  SlotId ofElement(SlotId Base, Int128 Index) const;
  /// An aggregate's parts have slots, an array's in order; it has one itself
  /// only as their base.
  llvm::ArrayRef<SlotId> partsOf(SlotId Base) const { return Children[Base]; }
  SlotId baseOf(SlotId S) const { return Bases[S]; }
  bool isUnion(SlotId S) const { return Unions.test(S); }
  /// What V stands for or points to wherever it is used (ConstNames.h).
  SlotId aliasOf(const clang::VarDecl *V) const;
  /// The variable that the place E is written as a part of, if E is one that
  /// exposes nothing: what a store to E may change when placeOf is not known.
  SlotId rootOf(const clang::Expr *E) const;
  const clang::FieldDecl *fieldOf(SlotId S) const { return Fields[S]; }
  const clang::VarDecl *variableOf(SlotId S) const;
  /// The slot for the value of an expression used in another block.
  SlotId ofExpression(const clang::Expr *E) const;
  bool isExposed(SlotId S) const { return Exposed.test(S); }
  const llvm::BitVector &exposed() const { return Exposed; }
  /// Variables that are exposed by nothing but being lent, with those loans,
  /// if the escape analysis agrees (ConstLent.h).
  struct Lent {
    SlotId Variable;
    llvm::SmallVector<Loan, 2> Loans;
  };
  llvm::ArrayRef<Lent> lent() const { return LentOut; }
  /// Slots of variables with static storage.
  llvm::ArrayRef<SlotId> statics() const { return Statics; }
  /// Name, of such a variable, is loaded or assigned where it stands, and
  /// nothing else.
  bool isPlainUse(const clang::DeclRefExpr *Name) const {
    return PlainUses.contains(Name);
  }
  /// E, which loads or assigns what S names, is evaluated in another order than
  /// the graph has, and that may matter.
  bool isDisordered(const clang::Expr *E, SlotId S) const {
    auto It = Disordered.find(E);
    return It != Disordered.end() && (It->second == Disorder::Always ||
                                      (It->second == Disorder::IfExposed &&
                                       (S == NoSlot || isExposed(S))));
  }
  /// Integer type of what the slot holds, if it holds an integer.
  std::optional<IntType> typeOf(SlotId S) const { return Types[S]; }
  /// What a logical or conditional operator's value is known by: the operator
  /// of which E is an operand, when that operator has a slot.
  const clang::Expr *choiceAbove(const clang::Expr *E) const;
  /// Integer literals of the body and their neighbours, sorted: where widening
  /// stops on its way.
  llvm::ArrayRef<Int128> thresholds() const { return Thresholds; }

private:
  friend class SlotFinder;
  SlotId ofFixedPlace(const clang::Expr *E) const;
  SlotId add(std::optional<IntType> T, const clang::VarDecl *V,
             const clang::FieldDecl *F, SlotId Base);

  bool Refused = false;
  std::vector<std::optional<IntType>> Types;
  std::vector<const clang::VarDecl *> Variables;
  std::vector<const clang::FieldDecl *> Fields;
  std::vector<SlotId> Bases;
  std::vector<llvm::SmallVector<SlotId, 4>> Children;
  llvm::BitVector Exposed, Unions;
  llvm::DenseMap<const clang::VarDecl *, SlotId> OfAlias;
  llvm::DenseMap<const clang::VarDecl *, const clang::VarDecl *> AliasRoot;
  llvm::SmallVector<SlotId, 8> Statics;
  llvm::SmallVector<Lent, 4> LentOut;
  llvm::DenseSet<const clang::DeclRefExpr *> PlainUses;
  llvm::DenseMap<const clang::VarDecl *, SlotId> OfVariable; ///< canonical
  llvm::DenseMap<std::pair<SlotId, const clang::FieldDecl *>, SlotId> OfField;
  llvm::DenseMap<const clang::Expr *, SlotId> OfExpression;
  llvm::DenseMap<const clang::Expr *, const clang::Expr *> Above;
  llvm::DenseMap<const clang::Expr *, Disorder> Disordered;
  std::vector<Int128> Thresholds;
};

struct ConstState {
  ValuePool *Pool = nullptr;
  std::vector<Value> Values; ///< by slot

  bool join(const ConstState &Other);
  bool operator==(const ConstState &O) const { return Values == O.Values; }
};

/// Raises New above Old so that no chain is long: first to the next threshold
/// of the function, then to the ends of the type.
void widen(const Slots &S, unsigned Visits, const ConstState &Old,
           ConstState &New);

/// An assignment of a whole object that copies its bytes.
bool isPlainCopy(const clang::CXXOperatorCallExpr &E);

/// E without what changes neither its value nor when it is evaluated.
const clang::Expr *stripTransparent(const clang::Expr *E);

} // namespace stackward::source

#endif
