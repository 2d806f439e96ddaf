// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reads and writes of the locals of one function, in the order of evaluation,
/// block by block: what liveness and reaching definitions are made from.
/// Private to this room.
///
/// Locals whose address is taken may be read and written without their name;
/// they are listed in Exposed and have no facts.
#ifndef STACKWARD_LIB_SOURCE_VARIABLEUSES_H
#define STACKWARD_LIB_SOURCE_VARIABLEUSES_H

#include "stackward/Source/CFGAdapter.h"
#include "clang/Basic/SourceLocation.h"
#include "llvm/ADT/DenseMap.h"

namespace clang {
class VarDecl;
} // namespace clang

namespace stackward::source {

struct VariableUse {
  enum class Access : uint8_t { Read, Write, ReadWrite };
  Access Does = Access::Read;
  unsigned Variable = 0; ///< index into Variables
  clang::SourceLocation At;
};

struct VariableUses {
  VariableUses(const clang::FunctionDecl &F, const CFGAdapter &Adapter);

  std::vector<const clang::VarDecl *> Variables; ///< parameters first
  llvm::BitVector Exposed;                       ///< by variable
  std::vector<std::vector<VariableUse>> Blocks;  ///< by block id
};

} // namespace stackward::source

#endif
