// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Variables that are only *lent*: every use is plain (ConstNames.h), or gives
/// the address to a call; and nothing keeps the address longer than the call
/// runs, which is for the escape analysis to prove. Then
///
///   int x = 4;  print(&x);  log();  return x;
///
/// no code but print can get at x, and print only while it runs. Whether it
/// writes there is looked up in its body. Private to this room.
#ifndef STACKWARD_LIB_SOURCE_CONSTLENT_H
#define STACKWARD_LIB_SOURCE_CONSTLENT_H

#include "EscapeAnswers.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace clang {
class CallExpr;
class Expr;
} // namespace clang

namespace stackward::source {

/// An argument that is an address.
struct Loan {
  static constexpr unsigned NoParam = ~0u; ///< the object of a member function
  const clang::Expr *To = nullptr;         ///< a call or a construction
  unsigned Param = NoParam;
};

/// Which parameter of Callee argument I of Call is; NoParam for its object.
unsigned paramOf(const clang::CallExpr &Call, unsigned I);

/// The function that Call runs, if it is certain.
const clang::FunctionDecl *certainCallee(const clang::CallExpr &Call);

/// The place whose address the argument E is; null when it is none.
const clang::Expr *lentPlace(const clang::Expr *E);

/// Functions and the parameters through which they only read.
class ReadOnlyParams {
public:
  /// Nothing that Param points or refers to is written through it, and it goes
  /// nowhere but to parameters of which the same is true.
  bool onlyReads(const clang::FunctionDecl &F, unsigned Param);

private:
  using Key = std::pair<const clang::FunctionDecl *, unsigned>;
  struct Uses {
    bool Reads = false; ///< nothing else, except for:
    llvm::SmallVector<Key, 2> PassedOn;
  };
  const Uses &usesOf(Key K);
  llvm::DenseMap<Key, Uses> Known;
};

} // namespace stackward::source

#endif
