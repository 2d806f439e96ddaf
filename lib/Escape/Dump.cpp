// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The solved graph of one function as text, for tests and for those who ask
/// why a verdict is what it is. Not a format: nobody parses it.
#include "Solver.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace stackward::escape {

static void printOffset(Offset K, raw_ostream &Out) {
  if (K == AnyOffset)
    Out << "+*";
  else if (K != 0)
    Out << (K > 0 ? "+" : "") << K;
}

void Solver::printObject(ObjId O, raw_ostream &Out) {
  const SObject &Obj = Objects[O];
  switch (Obj.Kind) {
  case SKind::Site:
    Out << "site" << Obj.GraphObject;
    return;
  case SKind::Local:
    Out << "local" << Obj.GraphObject;
    return;
  case SKind::Global:
    Out << "global" << Obj.GraphObject;
    return;
  case SKind::Table:
  case SKind::Function:
    Out << '@'
        << (Obj.FunctionSymbol == NoSymbol
                ? StringRef("?")
                : Host.symbolName(Obj.FunctionSymbol));
    return;
  case SKind::Fresh:
    Out << "call" << Obj.RootCalls.front() << ".fresh" << Obj.FreshIndex;
    return;
  case SKind::Outside:
    Out << "outside";
    return;
  case SKind::Phantom:
  case SKind::Deep:
    break;
  }
  if (Obj.Root != O && !isPhantom(Obj.Root))
    printObject(Obj.Root, Out);
  else
    Out << (Objects[Obj.Root].RootKind == PathRoot::Param ? 'p' : 'r')
        << Objects[Obj.Root].PathIndex;
  for (Offset K : Obj.Derefs) {
    Out << '[';
    if (K == AnyOffset)
      Out << '*';
    else
      Out << K;
    Out << ']';
  }
  if (Obj.Kind == SKind::Deep)
    Out << "[...]";
}

void Solver::printSet(VarId V, raw_ostream &Out) {
  std::vector<std::string> Texts;
  for (const Item &I : Vars[rep(V)].Pts) {
    std::string Text;
    raw_string_ostream Stream(Text);
    ElemId E = normal(I.What);
    printObject(Elems[E].Object, Stream);
    printOffset(Elems[E].Off, Stream);
    Texts.push_back(Text);
  }
  llvm::sort(Texts);
  Texts.erase(std::unique(Texts.begin(), Texts.end()), Texts.end());
  Out << '{';
  ListSeparator Comma(", ");
  for (StringRef Text : Texts)
    Out << Comma << Text;
  Out << "}\n";
}

void Solver::dump(raw_ostream &Out) {
  for (NodeId N = 0; N != G.numNodes(); ++N) {
    if (!Vars[rep(N)].Pts.size())
      continue;
    Out << "  n" << N << " = ";
    printSet(N, Out);
  }
  for (ObjId O = 0; O != Objects.size(); ++O) {
    if (isOutside(O) || !isMemory(O))
      continue;
    for (ElemId E : Objects[O].Elems) {
      if (normal(E) != E || Elems[E].Content == NoVar ||
          !Vars[rep(Elems[E].Content)].Pts.size())
        continue;
      Out << "  [";
      printObject(O, Out);
      printOffset(Elems[E].Off, Out);
      Out << "] = ";
      printSet(Elems[E].Content, Out);
    }
  }
  for (unsigned R = 0; R != NumReasons; ++R) {
    if (Sinks[R] != NoVar && Vars[rep(Sinks[R])].Pts.size()) {
      Out << "  leak " << reasonId(Reason(R)) << " = ";
      printSet(Sinks[R], Out);
    }
  }
}

} // namespace stackward::escape
