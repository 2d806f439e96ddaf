// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What one translation unit leaves behind when its AST is gone: the escape
/// graphs, the places that anchors stand for, and for each allocation what
/// only the AST knows (its kind, its type, whether its size has a bound, what
/// could be written instead). Plain values with a private binary form.
#ifndef STACKWARD_LIB_SOURCE_UNIT_H
#define STACKWARD_LIB_SOURCE_UNIT_H

#include "stackward/Escape/Module.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace stackward::source {

struct PlaceRecord {
  uint32_t File = 0; ///< index into Unit::Files
  uint32_t Line = 0, Column = 0;
  std::string Text; ///< the expression as written, shortened
};

/// One edit, in byte offsets of a file.
struct EditRecord {
  uint32_t File = 0, Offset = 0, Length = 0;
  std::string Text;
};

/// Factor times an argument of the function, plus a constant.
struct SizeTerm {
  static constexpr uint32_t NoParam = ~0u; ///< the constant alone
  static constexpr uint32_t Unknown = ~0u - 1;
  uint32_t Param = Unknown;
  uint64_t Factor = 0, Constant = 0;
};

/// A polymorphic class of which there are objects.
struct TypeRecord {
  escape::SymbolId Symbol = escape::NoSymbol;
  /// Its topmost polymorphic bases: two classes with one in common may take
  /// each other's place.
  std::vector<std::string> Roots;
  bool Placed = false; ///< by placement new
};

/// What the allocation is made by; decides wording and which checks apply.
enum class SiteKind : uint8_t {
  New,
  NewArray,
  Malloc,    ///< malloc and kin; Spelling names the function
  Factory,   ///< a call that returns a fresh object
  Container, ///< the buffer of a container
  Function,  ///< the copy of a callable that std::function keeps
};

/// Facts for one site or factory call, keyed by function and anchor.
struct SiteRecord {
  escape::SymbolId Function = escape::NoSymbol;
  escape::Anchor At = escape::NoAnchor;
  SiteKind Kind = SiteKind::New;
  std::string Spelling; ///< "new", "make_unique", "std::vector buffer"
  std::string Type;     ///< element or object type
  /// Bound in bytes; UnknownSize: none is known.
  uint64_t Bound = escape::UnknownSize;
  /// Bound is the exact size.
  bool SizeIsExact = false;
  bool InMacro = false;
  bool InSystemHeader = false;
  /// The object has a destructor that does something.
  bool Destructs = false;
  /// Allocated only under a condition, so that a local would be optional.
  bool Conditional = false;
  /// Declared through a pointer to a base class.
  bool ThroughBase = false;
  bool IsShared = false; ///< shared_ptr ownership
  bool InConstructor = false;
  /// Factory: the class is complete here and can be made by its callers.
  bool Nameable = true;
  /// How often the place may run in one activation; 0: not known.
  uint64_t Turns = 0;
  /// Bytes asked for, when Bound is not known.
  SizeTerm Asked;
  /// Factory: what its integer arguments are.
  std::vector<SizeTerm> Given;
  /// A rewrite that is right whenever the verdict is "stack".
  std::vector<EditRecord> Edits;
};

struct FunctionRecord {
  escape::SymbolId Symbol = escape::NoSymbol;
  std::string Display; ///< qualified, with parameter types
  bool InSystemHeader = false;
};

struct Unit {
  std::vector<std::string> Files;
  std::vector<PlaceRecord> Places; ///< by anchor
  std::vector<SiteRecord> Sites;
  std::vector<FunctionRecord> Functions;
  std::vector<TypeRecord> Types;
  escape::Module Module;
};

std::string writeUnit(const Unit &U);
llvm::Expected<Unit> readUnit(llvm::StringRef Bytes);

} // namespace stackward::source

#endif
