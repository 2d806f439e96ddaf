// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What became of the variables of one frame. Solved again when asked, since
/// few functions are asked about, and a program keeps no solutions.
#include "ProgramImpl.h"

using namespace llvm;

namespace stackward::escape {

/// Objects whose address is in memory, or in what a call gave back.
BitVector Solver::heldObjects() {
  BitVector Held(Objects.size());
  auto Add = [&](VarId V) {
    if (V != NoVar)
      for (const Item &I : Vars[rep(V)].Pts)
        Held.set(Elems[I.What].Object);
  };
  for (const Element &E : Elems)
    Add(E.Content);
  for (const SObject &O : Objects) {
    Add(O.All);
    Add(O.Star);
  }
  for (const CallState &C : Calls)
    Add(C.Result);
  return Held;
}

std::vector<LocalFate> Solver::locals() {
  collectArrivals();
  BitVector Held = heldObjects();
  std::vector<LocalFate> Out;
  for (ObjId O = 0; O != Objects.size(); ++O) {
    const SObject &Obj = Objects[O];
    if (Obj.Kind != SKind::Local || Obj.GraphObject == NoObject)
      continue;
    LocalFate F;
    F.Variable = Obj.GraphObject;
    F.At = G.object(Obj.GraphObject).At;
    F.Held = Held.test(O);
    F.Escapes = Obj.Escaped || !Arrivals[O].empty();
    for (const Arrival &A : Arrivals[O])
      F.Ways.push_back({A.Because, explain(A.Where, A.What)});
    Out.push_back(std::move(F));
  }
  return Out;
}

std::optional<std::vector<LocalFate>> Program::locals(FunctionId F) const {
  I->Current = F;
  I->CurrentComponent = I->Functions[F].Component;
  StickyCaps Caps;
  uint64_t Budget = I->Limit.MaxFineSteps;
  Solver S(graph(F), F, *I, I->Limit, Caps);
  if (!S.solve(Budget))
    return std::nullopt;
  return S.locals();
}

} // namespace stackward::escape
