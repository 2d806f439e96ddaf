// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// See PlacedTypes.h.
#include "PlacedTypes.h"
#include "llvm/ADT/DenseSet.h"

namespace stackward::source {

void PlacedTypes::add(const escape::Module &M,
                      llvm::ArrayRef<TypeRecord> Types) {
  for (const TypeRecord &T : Types)
    if (T.Placed)
      for (const std::string &Root : T.Roots)
        ByRoot[Root].insert(M.name(T.Symbol));
}

void PlacedTypes::forget(escape::Module &M,
                         llvm::ArrayRef<TypeRecord> Types) const {
  llvm::DenseSet<escape::SymbolId> Lost;
  for (const TypeRecord &T : Types)
    for (const std::string &Root : T.Roots)
      if (auto It = ByRoot.find(Root); It != ByRoot.end())
        for (const auto &Placed : It->getValue())
          if (Placed.getKey() != M.name(T.Symbol))
            Lost.insert(T.Symbol);
  if (Lost.empty())
    return;
  for (escape::Function &F : M.functions())
    for (escape::Object &O : F.Body.objects())
      if (O.DynamicType != escape::NoSymbol && Lost.contains(O.DynamicType))
        O.DynamicType = escape::NoSymbol;
}

} // namespace stackward::source
