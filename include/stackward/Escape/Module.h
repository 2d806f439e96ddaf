// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A module: the escape graphs of one translation unit with the names that
/// link them to others. It holds no pointer into the builder's world, so it
/// outlives the AST or IR that it was made from, crosses a process border
/// (writeModule, readModule) and is linked with other modules (Program.h).
#ifndef STACKWARD_ESCAPE_MODULE_H
#define STACKWARD_ESCAPE_MODULE_H

#include "stackward/Escape/Graph.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <map>
#include <optional>

namespace stackward::escape {

/// Who may replace the body that was seen.
enum class Linkage : uint8_t {
  Internal, ///< seen here, private to this module
  External, ///< one definition in the program
  Odr,      ///< many equal definitions (inline functions, templates)
  Weak,     ///< may be replaced by a different one: treated as unknown
};

struct Function {
  SymbolId Name = NoSymbol;
  Linkage Link = Linkage::External;
  /// Hash of the graph's content; two ODR definitions that differ in it are
  /// joined to "unknown".
  uint64_t ContentHash = 0; ///< 0: Program::link computes it
  bool NoThrow = false;     ///< proved by the builder
  bool WillReturn = false;  ///< proved by the builder
  Graph Body{0};
};

class Module {
public:
  SymbolId symbol(llvm::StringRef Name);
  llvm::StringRef name(SymbolId S) const { return Names[S]; }
  unsigned numSymbols() const { return Names.size(); }

  Function &addFunction(SymbolId Name, Linkage L, unsigned NumParams);
  /// In order of addition; stable addresses are not promised.
  std::vector<Function> &functions() { return Functions; }
  const std::vector<Function> &functions() const { return Functions; }

  /// A virtual call of Method on an object whose dynamic type is Type runs
  /// Target. Types and methods are symbols too (any unique name). Only for
  /// overriders whose 'this' is the address that the receiver holds when it
  /// points to the start of the object; leave out those that a thunk adjusts.
  void addOverrider(SymbolId Type, SymbolId Method, SymbolId Target);
  SymbolId overrider(SymbolId Type, SymbolId Method) const;
  const std::map<std::pair<SymbolId, SymbolId>, SymbolId> &overriders() const {
    return Overriders;
  }

private:
  std::vector<std::string> Names;
  llvm::StringMap<SymbolId> Index;
  std::vector<Function> Functions;
  std::map<std::pair<SymbolId, SymbolId>, SymbolId> Overriders;
};

/// By names and structure, not by anchors or symbol ids; never 0.
uint64_t contentHash(const Module &M, const Function &F);

/// Binary, versioned, for the same build of the same tool. A truncated or
/// foreign input is an error, never a smaller module.
void writeModule(const Module &M, llvm::raw_ostream &Out);
llvm::Expected<Module> readModule(llvm::StringRef Bytes);

} // namespace stackward::escape

#endif
