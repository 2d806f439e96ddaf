// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What one look at the whole of a body tells before it is lowered. Private to
/// this room.
#ifndef STACKWARD_LIB_SOURCE_BODYFACTS_H
#define STACKWARD_LIB_SOURCE_BODYFACTS_H

#include "stackward/Escape/Graph.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/AST/StmtOpenMP.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace stackward::source {

/// Facts about a body that need one look at the whole of it: loops, which
/// local pointers can be split by definition, which variables never change.
struct BodyFacts {
  struct Loop {
    unsigned Parent;
    const clang::Stmt *Statement;
  };
  /// Loop 0 is "no loop".
  std::vector<Loop> Loops{{0, nullptr}};
  llvm::DenseMap<const clang::Stmt *, unsigned> LoopOfSite;
  /// The full-expression that an expression is part of.
  llvm::DenseMap<const clang::Stmt *, const clang::Stmt *> RootOf;
  llvm::DenseMap<const clang::VarDecl *, unsigned> LoopOfVar;
  llvm::DenseSet<const clang::VarDecl *> Untracked;
  llvm::DenseSet<const clang::VarDecl *> Changed;
  /// How often a variable is changed in the text.
  llvm::DenseMap<const clang::VarDecl *, unsigned> Changes;
  /// Used in an OpenMP region, which other threads may run, or later, and
  /// not declared there; null for `this`.
  llvm::SmallVector<std::pair<const clang::Stmt *, const clang::VarDecl *>, 2>
      Shared;
  /// Which object a class prvalue initializes. What is not here initializes
  /// a temporary.
  struct Aim {
    enum Kind : uint8_t { Variable, Return, Member, Heap, Part } What;
    const void
        *Target; ///< VarDecl, CXXCtorInitializer, CXXNewExpr, InitListExpr
    escape::Offset K = 0; ///< Part: where in the list's object
  };
  llvm::DenseMap<const clang::Expr *, Aim> Aims;
  void aim(const clang::Expr *E, Aim A, const clang::ASTContext &Ctx);
  /// Members that are only assigned to: their bytes are not read there.
  llvm::DenseSet<const clang::Expr *> Written;
  /// Allocations under a condition whose owner is there without it.
  llvm::DenseSet<const clang::Stmt *> Conditional;
  /// In a default member initializer or the filler of an array, which may run
  /// for several objects.
  llvm::DenseSet<const clang::Stmt *> ForMany;
  bool HasGoto = false;
  /// Some condition may have one outcome only, as far as its form tells.
  bool MayBeDead = false;
  bool IsCoroutine = false;

  unsigned loopOf(const clang::Stmt *S) const { return LoopOfSite.lookup(S); }
  unsigned loopOf(const clang::VarDecl *V) const { return LoopOfVar.lookup(V); }
  /// A equals B or lies inside it.
  bool inside(unsigned A, unsigned B) const;
  void scan(const clang::Stmt *Body, const clang::ASTContext &Ctx);

private:
  const clang::ASTContext *Context = nullptr;
  unsigned Try = 0, Tries = 0;
  llvm::DenseMap<const clang::VarDecl *, unsigned> TryOfVar, BranchesAtVar;
  unsigned Branches = 0, Regions = 0, Many = 0;
  const clang::Stmt *Root = nullptr;
  void visit(const clang::Stmt *S, const clang::Stmt *Parent, unsigned Loop);
  void visitInside(const clang::Stmt *S, const clang::Stmt *Parent,
                   unsigned Loop);
  void visitLoop(const clang::Stmt *S, unsigned Loop);
  void noteConditional(const clang::Stmt *S);
  void keepConditional(const clang::Expr *Value);
  void visitLambda(const clang::LambdaExpr *L, unsigned Loop);
  void visitDeclarations(const clang::DeclStmt *D, unsigned Loop);
  void visitRegion(const clang::OMPExecutableDirective *D, unsigned Loop);
  void visitTry(const clang::CXXTryStmt *T, unsigned Loop);
  void visitForMany(const clang::Expr *E, const clang::Stmt *Parent,
                    unsigned Loop);
  void visitCall(const clang::CXXMemberCallExpr *C, unsigned Loop);
  void visitAssignment(const clang::BinaryOperator *B,
                       const clang::Stmt *Parent);
  /// Says which object the class prvalues in S initialize.
  void aimParts(const clang::Stmt *S);
  void aimMembers(const clang::InitListExpr *List);
  bool mayBeConstant(const clang::Expr *Condition) const;
  void visitUse(const clang::DeclRefExpr *Ref, const clang::Stmt *Parent);
  void change(const clang::VarDecl *V);
};

} // namespace stackward::source

#endif
