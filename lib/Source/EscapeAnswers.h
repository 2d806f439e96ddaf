// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The escape analysis asked about functions of a tree that is still there:
/// the same builder and the same solver as behind escape-check, without the
/// way through unit bytes. Private to this room.
#ifndef STACKWARD_LIB_SOURCE_ESCAPEANSWERS_H
#define STACKWARD_LIB_SOURCE_ESCAPEANSWERS_H

#include "Unit.h"
#include "stackward/Escape/Program.h"
#include "llvm/ADT/DenseMap.h"

namespace clang {
class ASTContext;
class FunctionDecl;
class VarDecl;
} // namespace clang

namespace stackward::source {

/// The object of a graph that stands for a variable.
struct LocalObject {
  escape::SymbolId Function;
  escape::ObjectId Object;
  escape::Anchor At;
};
using LocalObjects = llvm::DenseMap<const clang::VarDecl *, LocalObject>;

/// Library models by name, for Program::setModels.
const escape::Summary *modelOf(llvm::StringRef Name);

class EscapeAnswers {
public:
  /// About Roots; what they call is lowered with them.
  EscapeAnswers(clang::ASTContext &Context,
                llvm::ArrayRef<const clang::FunctionDecl *> Roots);

  struct Local {
    const clang::VarDecl *Variable;
    escape::LocalFate Fate;
  };
  /// Variables of F that have an object in its graph, in the order of those.
  /// None when F is not known, or too large.
  std::vector<Local> locals(const clang::FunctionDecl &F) const;
  /// The allocations of F, and those that its calls bring.
  llvm::ArrayRef<escape::Fate> fates(const clang::FunctionDecl &F) const;
  /// Null for no place.
  const PlaceRecord *place(escape::Anchor At) const;
  /// What was written for an allocation: "new", "std::vector buffer".
  llvm::StringRef spelling(const escape::Fate &F) const;

private:
  escape::Program Program;
  std::vector<PlaceRecord> Places;
  llvm::DenseMap<escape::Anchor, std::string> Spellings;
  llvm::DenseMap<const clang::FunctionDecl *, escape::FunctionId> Ids;
  llvm::DenseMap<const clang::FunctionDecl *,
                 std::vector<std::pair<const clang::VarDecl *, LocalObject>>>
      Locals;
};

} // namespace stackward::source

#endif
