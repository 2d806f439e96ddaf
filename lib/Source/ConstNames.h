// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the names in a body are used for. Private to this room.
///
/// A use is *plain* if it loads or assigns what the name denotes, in place:
/// `x`, `x.a`, `x[2]`, `(f(), x)`. The parents that do so are looked for, so an
/// expression that nobody thought of is not plain.
///
/// A local reference, or a pointer that is only dereferenced, is an *alias* if
/// all of its uses are plain and it is made from the name of another variable:
///
///   int &r = x.a;  r = 2;          // no more than x.a = 2
///   int *p = &x;   *p = *p + 1;    // p is never moved
///
/// The name that it is made from is then used plainly too.
///
/// An assignment denotes what it has assigned. So its target is used plainly
/// only if the assignment itself is, or is discarded:
///
///   x = 2;  return x = 3;  (x = 4) += 1;
///   keep(x = 5);                   // binds x
///
/// A name is *lent* if its address, or that of a part, is an argument of a call
/// as it stands: `f(x)` for a reference, `f(&x.a)`, `f(x.array)`, `x.member()`.
#ifndef STACKWARD_LIB_SOURCE_CONSTNAMES_H
#define STACKWARD_LIB_SOURCE_CONSTNAMES_H

#include "ConstLent.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

namespace clang {
class DeclRefExpr;
class Expr;
class Stmt;
class VarDecl;
} // namespace clang

namespace stackward::source {

class NameUses {
public:
  /// Each node of the body, then resolve().
  void visit(const clang::Stmt &Node);
  void resolve();

  /// Those of variables, in the order of the visits.
  llvm::ArrayRef<const clang::DeclRefExpr *> names() const { return Names; }
  bool isPlain(const clang::DeclRefExpr *Name) const {
    return Plain.contains(Name);
  }
  /// The call that Name is lent to; nothing for other names.
  std::optional<Loan> loanOf(const clang::DeclRefExpr *Name) const;
  /// The place that V, an alias, stands for or points to; null for others.
  const clang::Expr *aliased(const clang::VarDecl *V) const {
    return Aliases.lookup(V);
  }

private:
  enum class Access : uint8_t { Load, Store };
  void claim(const clang::Expr *Place, Access How);
  void lend(const clang::CallExpr &Call);
  void claimDiscarded(const clang::Stmt &Parent);
  void expose(const clang::Expr *Assignment);
  void declare(const clang::VarDecl *V);

  llvm::SmallVector<const clang::DeclRefExpr *, 32> Names;
  llvm::DenseSet<const clang::DeclRefExpr *> Plain;
  llvm::DenseSet<const clang::DeclRefExpr *> Dereferenced;
  llvm::DenseMap<const clang::DeclRefExpr *, Loan> Loans;
  llvm::SmallVector<const clang::Expr *, 16> Assignments; ///< that are glvalues
  llvm::DenseSet<const clang::Expr *> Settled; ///< of those, used plainly
  llvm::DenseMap<const clang::VarDecl *, const clang::Expr *> Aliases;
  struct Candidate {
    const clang::VarDecl *Variable;
    const clang::Expr *Place;
    const clang::DeclRefExpr *Root; ///< the name that Place begins with
  };
  llvm::SmallVector<Candidate, 4> Candidates;
};

/// What a place is a part of, as far as that is written in it.
struct PlaceRoot {
  const clang::DeclRefExpr *Name = nullptr; ///< null: no variable
  bool IsPointee = false; ///< of what the named pointer points to
};
PlaceRoot rootOf(const clang::Expr *E);

} // namespace stackward::source

#endif
