// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Memory: objects, their cells, phantoms, and what escaping does to them.
#include "Solver.h"

using namespace llvm;

namespace stackward::escape {

/// Objects of callees and what lies deep are many; all others keep their names,
/// so that all reasons of a site are found and the summary says all flows of
/// what an argument points to. A virtual call on one needs to know it too.
bool Solver::isAnonymous(ObjId O) const {
  const SObject &Obj = Objects[O];
  bool Many = Obj.Kind == SKind::Fresh || Obj.Kind == SKind::Deep;
  return Many && Obj.Escaped && Obj.DynamicType == NoSymbol;
}

static Offset plus(Offset A, Offset B) {
  if (A == AnyOffset || B == AnyOffset)
    return AnyOffset;
  int64_t Sum = int64_t(A) + B;
  return Sum > INT32_MIN && Sum <= INT32_MAX ? Offset(Sum) : AnyOffset;
}

ObjId Solver::addObject(SKind K) {
  Objects.emplace_back();
  Objects.back().Kind = K;
  Objects.back().Collapsed = K == SKind::Outside || K == SKind::Deep;
  return Objects.size() - 1;
}

/// The element (O, K); at most MaxOffsetsPerObject of them have an offset.
ElemId Solver::intern(ObjId O, Offset K) {
  if (Objects[O].Kind == SKind::Function)
    K = 0; // a function has no inside
  if (Objects[O].Collapsed)
    K = AnyOffset;
  if (K == AnyOffset && Objects[O].AnyElem != NoElem)
    return Objects[O].AnyElem;
  if (K != AnyOffset) {
    for (ElemId E : Objects[O].Elems)
      if (Elems[E].Off == K)
        return E;
    size_t Distinct = Objects[O].Elems.size() - (Objects[O].AnyElem != NoElem);
    if (Distinct >= Limit.MaxOffsetsPerObject) {
      collapse(O);
      return Objects[O].AnyElem;
    }
  }
  ElemId E = Elems.size();
  Elems.push_back({O, K});
  Objects[O].Elems.push_back(E);
  if (K == AnyOffset)
    Objects[O].AnyElem = E;
  return E;
}

ElemId Solver::normal(ElemId E) {
  const SObject &O = Objects[Elems[E].Object];
  return O.Collapsed ? O.AnyElem : E;
}

ElemId Solver::shifted(ElemId E, Offset K) {
  return intern(Elems[E].Object, plus(Elems[E].Off, K));
}

VarId Solver::cell(ElemId E) {
  E = normal(E);
  if (Elems[E].Content != NoVar)
    return rep(Elems[E].Content);
  VarId V = addVar();
  Elems[E].Content = V;
  ObjId O = Elems[E].Object;
  if (Objects[O].Collapsed)
    return V;
  for (size_t I = 0; I != Objects[O].Elems.size(); ++I) {
    ElemId Other = Objects[O].Elems[I];
    if (Other == E || Elems[Other].Content == NoVar)
      continue;
    if (Elems[E].Off == AnyOffset)
      addInternal(V, Elems[Other].Content);
    else if (Elems[Other].Off == AnyOffset)
      addInternal(Elems[Other].Content, V);
  }
  if (Objects[O].All != NoVar)
    addInternal(V, Objects[O].All);
  for (size_t I = 0; I != Objects[O].CopiedTo.size(); ++I) {
    CopyLink To = Objects[O].CopiedTo[I];
    copyCell(O, E, To);
  }
  return rep(V);
}

/// What a read of O at an unknown offset may give.
VarId Solver::all(ObjId O, bool Demand) {
  ElemId Any = intern(O, AnyOffset);
  if (Objects[O].Collapsed) {
    if (Demand)
      markLoaded(Any);
    return cell(Any);
  }
  if (Objects[O].All == NoVar) {
    VarId V = addVar();
    Objects[O].All = V;
    for (size_t I = 0; I != Objects[O].Elems.size(); ++I)
      if (VarId C = Elems[Objects[O].Elems[I]].Content; C != NoVar)
        addInternal(C, V);
    if (Objects[O].Star != NoVar)
      addInternal(Objects[O].Star, V);
  }
  if (Demand)
    markLoaded(Any);
  return rep(Objects[O].All);
}

VarId Solver::star(ObjId O) {
  if (Objects[O].Collapsed)
    return cell(intern(O, AnyOffset));
  if (Objects[O].Star == NoVar) {
    VarId V = addVar();
    Objects[O].Star = V;
    if (Objects[O].All != NoVar)
      addInternal(V, Objects[O].All);
  }
  return rep(Objects[O].Star);
}

/// All offsets of O become one: cells, All and Star share one variable.
void Solver::collapse(ObjId O) {
  ElemId Any = intern(O, AnyOffset);
  cell(Any);
  if (Objects[O].Collapsed) // making the cell may have copied and come here
    return;
  Objects[O].Collapsed = true;
  SmallVector<VarId, 16> Parts;
  bool Loaded = false;
  for (ElemId E : Objects[O].Elems) {
    Loaded |= Elems[E].Loaded;
    if (Elems[E].Content != NoVar)
      Parts.push_back(Elems[E].Content);
  }
  for (VarId V : {Objects[O].All, Objects[O].Star})
    if (V != NoVar)
      Parts.push_back(V);
  merge(Elems[Any].Content, Parts);
  if (Loaded)
    markLoaded(Any);
}

/// Somebody reads the cell: only now its initial content matters.
void Solver::markLoaded(ElemId E) {
  E = normal(E);
  if (Elems[E].Loaded)
    return;
  Elems[E].Loaded = true;
  ObjId O = Elems[E].Object;
  if (Objects[O].Open)
    addSymbol(E);
  for (size_t I = 0; I != Objects[O].CopiedFrom.size(); ++I) {
    CopyLink From = Objects[O].CopiedFrom[I];
    demandCopied(O, From, Elems[E].Off);
  }
}

/// O is a copy of From.Other; O's cell K is read, so the original's is.
void Solver::demandCopied(ObjId O, const CopyLink &From, Offset K) {
  if (K == AnyOffset) {
    markLoaded(intern(From.Other, AnyOffset));
    return addEdge(star(From.Other), star(O), 0, From.Because);
  }
  ElemId Original = intern(From.Other, plus(K, -From.Delta));
  cell(Original);
  markLoaded(Original);
}

void Solver::addSymbol(ElemId E) {
  ObjId O = Elems[E].Object;
  ElemId Symbol = child(O, Elems[E].Off);
  E = normal(E);
  VarId Where = Elems[E].Off == AnyOffset ? star(O) : cell(E);
  insertNew(Where, Symbol, Note(), InternalEdge);
}

ElemId Solver::child(ObjId O, Offset K) {
  ElemId E = intern(O, K);
  if (Elems[E].Child != NoElem)
    return Elems[E].Child;
  bool Phantom = isPhantom(O);
  ObjId Root = Phantom ? Objects[O].Root : O;
  SmallVector<Offset, 4> Derefs;
  if (Phantom)
    Derefs.append(Objects[O].Derefs.begin(), Objects[O].Derefs.end());
  Derefs.push_back(Elems[E].Off);
  // What others put into our own objects is seldom looked at; one level of it
  // has names, so that a function that shows many objects stays cheap.
  unsigned MaxDepth =
      isOwn(Root) ? std::min(1u, Limit.MaxPathDepth) : Limit.MaxPathDepth;
  bool TooDeep = Objects[O].Kind == SKind::Deep || Derefs.size() > MaxDepth ||
                 NumPhantoms >= Limit.MaxPhantoms;
  ElemId Child = TooDeep ? intern(deep(Root), AnyOffset)
                         : intern(addPhantom(Root, Derefs), 0);
  Elems[E].Child = Child;
  return Child;
}

ObjId Solver::addPhantom(ObjId Root, ArrayRef<Offset> Derefs) {
  ++NumPhantoms;
  ObjId O = addObject(SKind::Phantom);
  Objects[O].Open = true;
  Objects[O].Root = Root;
  Objects[O].Derefs.assign(Derefs.begin(), Derefs.end());
  if (O != Root)
    addInternal(all(O, /*Demand=*/false), holderOf(Root));
  return O;
}

ObjId Solver::addRootPhantom(PathRoot Kind, unsigned Index) {
  ObjId O = addPhantom(Objects.size(), {});
  Objects[O].RootKind = Kind;
  Objects[O].PathIndex = Index;
  addInternal(all(O, /*Demand=*/false), holderOf(O));
  return O;
}

ObjId Solver::deep(ObjId Root) {
  if (Objects[Root].DeepObject != ~0u)
    return Objects[Root].DeepObject;
  ObjId O = addObject(SKind::Deep);
  Objects[Root].DeepObject = O;
  Objects[O].Open = true;
  Objects[O].Root = Root;
  ElemId Self = intern(O, AnyOffset);
  Elems[Self].Child = Self;
  addInternal(cell(Self), holderOf(Root));
  insertNew(cell(Self), Self, Note(), InternalEdge);
  return O;
}

/// Others may write O through a path that we do not see.
void Solver::open(ObjId O) {
  if (Objects[O].Open)
    return;
  Objects[O].Open = true;
  for (size_t I = 0; I != Objects[O].Elems.size(); ++I)
    if (ElemId E = Objects[O].Elems[I]; normal(E) == E && Elems[E].Loaded)
      addSymbol(E);
}

void Solver::escape(ObjId O, VarId Sink, ElemId E) {
  if (Objects[O].Escaped || isOutside(O) || !isMemory(O))
    return;
  Objects[O].Escaped = true;
  Objects[O].EscapeVar = Sink;
  Objects[O].EscapeElem = E;
  addInternal(OutsideVar, cell(intern(O, AnyOffset)));
  // A phantom's own content needs no names here: that a path leaks means that
  // all it reaches does.
  addEdge(all(O, /*Demand=*/!isPhantom(O)), sink(Reason::StoredInEscaped), 0,
          Note(), detail({nullptr, false, O}));
}

/// A global is as if it had escaped, with a reason of its own for its content.
void Solver::publish(ObjId O) {
  Objects[O].Escaped = true;
  addInternal(OutsideVar, cell(intern(O, AnyOffset)));
  addInternal(all(O, /*Demand=*/true), sink(Reason::Global));
}

void Solver::hold(ObjId O, VarId Holder, bool Opens) {
  if (!isOwn(O))
    return;
  if (Opens)
    open(O);
  addInternal(all(O, /*Demand=*/true), Holder);
}

VarId Solver::sink(Reason R) {
  VarId &V = Sinks[unsigned(R)];
  if (V == NoVar) {
    V = addVar();
    addUse(V, {UseKind::Escape, 0, 0, Note(), NoDetail});
  }
  return V;
}

/// What holds the content of phantoms below Root. The memory for a result is
/// an argument, but what is stored there is returned.
VarId Solver::holderOf(ObjId Root) {
  const SObject &Obj = Objects[Root];
  if (Obj.Kind != SKind::Phantom || Obj.RootKind != PathRoot::Param ||
      Obj.PathIndex != G.resultParam())
    return held(Reason::StoredInArgument);
  if (ResultHolder == NoVar) {
    ResultHolder = addVar();
    addUse(ResultHolder, {UseKind::Hold, 1, 0, Note(), NoDetail});
  }
  return ResultHolder;
}

/// What the holders for R hold outlives the frame but has not escaped.
VarId Solver::held(Reason R) {
  VarId &V = Holders[unsigned(R)];
  if (V == NoVar) {
    V = addVar();
    addUse(V, {UseKind::Hold, R != Reason::Return, 0, Note(), NoDetail});
  }
  return V;
}

/// A function or a table of functions, by its symbol.
ObjId Solver::functionObject(SymbolId Symbol) {
  auto [It, New] = FunctionsFound.try_emplace(Symbol, Objects.size());
  if (!New)
    return It->second;
  bool Table = Host.table(Symbol) != nullptr;
  ObjId O = addObject(Table ? SKind::Table : SKind::Function);
  Objects[O].FunctionSymbol = Symbol;
  return O;
}

/// What is not listed as a function, or at an offset that is not known, may be
/// anything.
void Solver::readTable(const Use &U, ElemId E) {
  const FunctionTable *Table =
      Host.table(Objects[Elems[E].Object].FunctionSymbol);
  Offset At = plus(Elems[E].Off, U.K);
  bool Listed = At == AnyOffset;
  for (const auto &[Where, Name] : Table->Entries) {
    if (At != AnyOffset && At != Where)
      continue;
    if (Name.empty()) {
      Listed = false;
      break;
    }
    Listed = true;
    ElemId Target = intern(functionObject(Host.symbol(Name)), 0);
    insertNew(U.A, Target, U.Because, U.More);
  }
  if (!Listed)
    addEdge(OutsideVar, U.A, 0, U.Because, U.More);
}

void Solver::applyLoad(const Use &U, ElemId E) {
  ObjId O = Elems[E].Object;
  if (Objects[O].Kind == SKind::Table)
    return readTable(U, E);
  if (!isMemory(O))
    return;
  if (isOutside(O))
    return addEdge(OutsideVar, U.A, 0, U.Because, U.More);
  ElemId T = intern(O, plus(Elems[E].Off, U.K));
  if (Elems[T].Off == AnyOffset)
    return addEdge(all(O, /*Demand=*/true), U.A, 0, U.Because, U.More);
  markLoaded(T);
  addEdge(cell(T), U.A, 0, U.Because, U.More);
}

/// Where it is not known which cell is read, pointers beside the number would
/// be taken for it.
///
///   for (N = List; N; N = N->Next) Sum += N->Value;
///
/// So it is none of ours there. But what others have put away as a number may
/// be an address, of theirs or of a global:
///
///   void keep(long *Handles, int I) { ((Sink *)Handles[I])->Kept = new T; }
void Solver::applyLoadNumber(const Use &U, ElemId E) {
  ObjId O = Elems[E].Object;
  // What lies further away has no name of its own.
  bool Far = isPhantom(O) && Objects[O].Derefs.size() >= Limit.MaxPathDepth;
  if (isMemory(O) && !isOutside(O) && !Far && !Objects[O].Collapsed) {
    ElemId T = intern(O, plus(Elems[E].Off, U.K));
    if (!Objects[O].Collapsed && Elems[T].Off != AnyOffset)
      return applyLoad(U, E);
  }
  addEdge(OutsideVar, U.A, 0, U.Because, U.More);
}

void Solver::applyStore(const Use &U, ElemId E) {
  ObjId O = Elems[E].Object;
  if (!isMemory(O))
    return;
  if (isOutside(O))
    return addEdge(U.A, sink(Reason::StoredInEscaped), 0, U.Because, U.More);
  ElemId T = intern(O, plus(Elems[E].Off, U.K));
  VarId Cell = cell(T);
  if (rep(U.A) == Cell)
    Elems[normal(T)].SelfStored = true;
  addEdge(U.A, Cell, 0, U.Because, U.More);
}

/// One pair of a copyMemory: *Dst = *Src.
void Solver::link(ElemId Dst, ElemId Src, Note N) {
  ObjId To = Elems[Dst].Object, From = Elems[Src].Object;
  if (Objects[From].Kind == SKind::Table)
    From = OutsideObject;
  if (!isMemory(To) || !isMemory(From))
    return;
  if (isOutside(To))
    return addEdge(all(From, /*Demand=*/true), sink(Reason::StoredInEscaped), 0,
                   N);
  Offset Delta =
      plus(Elems[normal(Dst)].Off,
           Elems[normal(Src)].Off == AnyOffset ? AnyOffset : -Elems[Src].Off);
  // One path may name several objects, one after the other; and within one
  // object content moves:  memmove(A, A + 1, N)
  if (To == From && mayChange(To) && Delta == 0)
    Delta = AnyOffset;
  if (To == From && Delta != 0) {
    cell(intern(To, AnyOffset));
    Elems[Objects[To].AnyElem].SelfStored = true;
  }
  if (Delta == AnyOffset || isOutside(From))
    return addEdge(all(From, /*Demand=*/true), cell(intern(To, AnyOffset)), 0,
                   N);
  if ((To == From && Delta == 0) ||
      !KnownLinks.insert({uint64_t(To) << 32 | From, Delta}).second)
    return;
  CopyLink Out{To, Delta, N}, In{From, Delta, N};
  Objects[From].CopiedTo.push_back(Out);
  Objects[To].CopiedFrom.push_back(In);
  for (size_t I = 0; I != Objects[From].Elems.size(); ++I)
    if (ElemId E = Objects[From].Elems[I]; Elems[E].Content != NoVar)
      copyCell(From, E, Out);
  for (size_t I = 0; I != Objects[To].Elems.size(); ++I)
    if (ElemId E = Objects[To].Elems[I]; Elems[E].Loaded)
      demandCopied(To, In, Elems[E].Off);
  // A caller may read any of it:  void f(T &A, T &B) { A = B; }
  if (isPhantom(To))
    demandCopied(To, In, AnyOffset);
}

void Solver::copyCell(ObjId Src, ElemId E, const CopyLink &To) {
  ElemId T = intern(To.Other, plus(Elems[normal(E)].Off, To.Delta));
  addEdge(cell(E), cell(T), 0, To.Because);
}

} // namespace stackward::escape
