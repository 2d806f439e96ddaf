// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which objects are surely still of the class that they were made as.
///
///   B Object;  new (&Object) D;  B *P = std::launder(&Object);  P->f();  //
///   D's
///
/// A class of which objects are made by placement new may take the place of an
/// object of any other class of its hierarchy, in any unit of the program.
/// Objects of those others lose their known dynamic type. Hierarchies are told
/// apart by their topmost polymorphic classes. Private to this room.
#ifndef STACKWARD_LIB_SOURCE_PLACEDTYPES_H
#define STACKWARD_LIB_SOURCE_PLACEDTYPES_H

#include "Unit.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace stackward::source {

class PlacedTypes {
public:
  void add(const escape::Module &M, llvm::ArrayRef<TypeRecord> Types);
  /// Takes their dynamic types from M's objects.
  void forget(escape::Module &M, llvm::ArrayRef<TypeRecord> Types) const;

private:
  llvm::StringMap<llvm::StringSet<>> ByRoot; ///< classes placed, by root
};

} // namespace stackward::source

#endif
