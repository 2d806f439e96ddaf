// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Solves one function: which variable may point where, what escapes, and what
/// a caller must be told. Inclusion-based (Andersen 1994), field-sensitive by
/// byte offset (Pearce, Kelly, Hankin 2007), with difference propagation.
///
/// Elements of points-to sets are (object, offset). Each element owns a *cell*,
/// the variable of what memory holds there; the cell at AnyOffset flows into
/// all others, and `All` and `Star` (see SObject) stand for reads at AnyOffset.
///
/// What is not known is named, not guessed:
///  * a *phantom* stands for what a caller's memory held at entry, by access
///    path; so flows between parameters can be said in the summary, and
///    callers solve aliasing among arguments by their own fixpoint;
///  * `Outside` stands for every escaped object; its content is itself. What
///    escapes later becomes Outside in the sets that it has yet to reach, where
///    it would only double every set (without: 5 s for a program that is read
///    in 5 s; with: a tenth of that);
///  * memory that others may write through a phantom (an *open* object: it was
///    stored in an argument, or given to a call that only a caller can
///    resolve) has phantom content too.
///
/// I1  Sets only grow, from finitely many elements: objects are bounded by
///     sites, calls and MaxPathDepth, offsets by MaxOffsetsPerObject.
/// I2  An escaped object's cells flow into the sink StoredInEscaped and hold
///     Outside.
/// I3  For every item of every set, following Via and From ends at an edge
///     without source: the explanation exists.
/// I4  All orders are orders of arrival, so equal input gives equal output.
///
/// Cost: each item crosses each edge once. Cycles of plain copies share one
/// set (Tarjan, before solving and again whenever the steps since the last
/// time exceed the size of the graph).
#ifndef STACKWARD_ESCAPE_SOLVER_H
#define STACKWARD_ESCAPE_SOLVER_H

#include "PointsTo.h"
#include "stackward/Escape/Program.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseSet.h"
#include <array>

namespace stackward::escape {

using VarId = uint32_t;
inline constexpr VarId NoVar = ~0u;
using ObjId = uint32_t; ///< solver objects: the graph's, and those made here
inline constexpr ElemId NoElem = ~0u;

/// What the program knows of a call target.
struct Callee {
  const Summary *What = nullptr; ///< nullptr or isUnknown(): unknown
  /// Being solved together with the caller: fresh objects go by FreshKeys.
  bool InComponent = false;
  llvm::ArrayRef<uint32_t> FreshKeys;
  Reason WhyUnknown = Reason::UnknownCallee;
};

/// The program as one function's solver sees it.
class SolverHost {
public:
  virtual Callee callee(SymbolId Target) = 0;
  virtual SymbolId overrider(SymbolId Type, SymbolId Method) = 0;
  virtual SymbolId symbol(llvm::StringRef Name) = 0;
  virtual llvm::StringRef symbolName(SymbolId S) = 0;
  /// nullptr: a function.
  virtual const FunctionTable *table(SymbolId S) = 0;
  /// A dense name for where an object was made, equal in all iterations.
  virtual uint32_t freshKey(llvm::ArrayRef<uint32_t> Path) = 0;

protected:
  ~SolverHost() = default;
};

/// Caps once reached stay reached while a component iterates, or the
/// iteration would not be monotone.
enum class FreshCap : uint8_t {
  None,
  Kept, ///< what is stored in arguments escapes
  All,  ///< what is returned too
};
struct StickyCaps {
  FreshCap Fresh = FreshCap::None;
  bool Deferred = false;
  unsigned Coarseness = 0; ///< see coarser() in Program.cpp
};

enum class SKind : uint8_t {
  Site,
  Local,
  Global,
  Function,
  Table,   ///< of functions; never written, nothing of ours
  Fresh,   ///< made by a callee
  Phantom, ///< at entry (or after a deferred call) found at Root.Derefs
  Deep,    ///< everything that Root reaches beyond MaxPathDepth
  Outside,
};

struct CopyLink {
  ObjId Other;
  Offset Delta; ///< destination offset minus source offset
  Note Because;
};

struct SObject {
  SKind Kind = SKind::Local;
  bool Escaped = false;
  bool Open = false;
  bool Collapsed = false; ///< all offsets are one
  ObjectId GraphObject = NoObject;
  uint32_t DynamicType = NoSymbol;
  SymbolId FunctionSymbol = NoSymbol; ///< Fresh: the callee
  /// Phantom, Deep: the object the path starts from, or itself for the
  /// phantom of parameter (or deferred result) PathIndex.
  ObjId Root = ~0u;
  PathRoot RootKind = PathRoot::Param;
  unsigned PathIndex = 0;
  llvm::SmallVector<Offset, 3> Derefs;
  /// Fresh: the call, and the callee's object.
  unsigned ByCall = ~0u; ///< solver call
  unsigned FreshIndex = 0;
  llvm::SmallVector<unsigned, 1> RootCalls;
  FreshObject Made;
  uint32_t FreshKey = ~0u;
  bool InComponent = false;

  llvm::SmallVector<ElemId, 2> Elems; ///< in order of appearance
  ElemId AnyElem = NoElem;
  VarId All = NoVar;  ///< all cells and Star
  VarId Star = NoVar; ///< initial content at offsets unknown
  ObjId DeepObject = ~0u;
  llvm::SmallVector<CopyLink, 0> CopiedTo, CopiedFrom;
  /// Why it escaped first.
  VarId EscapeVar = NoVar;
  ElemId EscapeElem = NoElem;
};

struct Element {
  ObjId Object;
  Offset Off;
  VarId Content = NoVar;
  ElemId Child = NoElem; ///< the phantom found here, if asked for
  bool Loaded = false;
  /// Not only initial: its own symbol was stored here again.
  bool SelfStored = false;
};

inline constexpr uint32_t NoDetail = ~0u;
inline constexpr uint32_t InternalEdge = ~0u - 1; ///< no step of its own

/// What an explanation adds at an edge.
struct Detail {
  const Witness *Inner = nullptr; ///< the way inside the callee
  bool Passed = false;            ///< says first "passed as an argument"
  ObjId EscapeOf = ~0u;           ///< goes on with how this object escaped
};

struct Edge {
  VarId Src; ///< NoVar: where an address is taken
  VarId Dst;
  Offset Shift;
  Note Because;
  uint32_t More;
  EdgeId Next;
};

enum class UseKind : uint8_t {
  Load,
  LoadNumber,
  Store,
  CopyDst,
  CopySrc,
  Call,   ///< indirect or virtual target: A is the call
  Escape, ///< the variable is a sink
  Hold,   ///< objects here are held by what outlives the frame; A: opens
};

struct Use {
  UseKind Kind;
  uint32_t A; ///< the other variable, or see UseKind
  Offset K;
  Note Because;
  uint32_t More;
  uint32_t Next = ~0u;
};

struct Variable {
  VarId Parent;
  EdgeId FirstOut = ~0u, LastOut = ~0u;
  uint32_t FirstUse = ~0u, LastUse = ~0u;
  uint32_t Done = 0;
  bool Queued = false;
  PointsTo Pts;
};

struct CallState {
  CallKind Kind = CallKind::Direct;
  VarId Target = NoVar;
  SymbolId Method = NoSymbol;
  llvm::ArrayRef<SymbolId> ClosedTargets;
  bool ReleasesHere = false;
  bool ResultIsFresh = false;
  bool IfFunction = false; ///< data as a target means: no call
  bool ResultIsNumber = false;
  llvm::SmallVector<VarId, 4> Args;
  VarId Result = NoVar;
  Note At;
  unsigned Root = 0; ///< index in Graph::calls()
  unsigned Nesting = 0;
  llvm::SmallVector<uint32_t, 3> Path; ///< names this call within the function
  /// Targets entered already; virtual: with the variable of their 'this'.
  llvm::SmallVector<std::pair<SymbolId, VarId>, 2> Entered;
  uint32_t UnknownDone = 0; ///< bits of reasons
  bool Deferred = false;    ///< a target that only callers know
};

struct ReleaseState {
  VarId Value;
  Family By;
  Note At;
  bool InCallee; ///< and not counted as ours
  bool Must;
  const Witness *Inner = nullptr;
  const AccessPath *Path = nullptr; ///< in the summary of a direct callee
};

/// A call whose target is a phantom.
struct Deferral {
  ElemId Target;
  SymbolId Method;
  std::vector<VarId> Args;
  VarId Result;
  unsigned Depth; ///< results of results
  Anchor At;
  bool IfFunction;
};

class Solver {
public:
  Solver(const Graph &G, FunctionId F, SolverHost &Host, const Limits &L,
         StickyCaps &Caps);

  /// False: more than Budget steps; nothing else may be asked then.
  bool solve(uint64_t &Budget);
  /// Recursive: exported objects need keys.
  Summary exportSummary(bool Recursive, std::vector<uint32_t> &FreshKeys);
  std::vector<Fate> fates();
  std::vector<CallTargets> targets();
  std::vector<LocalFate> locals();
  void dump(llvm::raw_ostream &Out);

private:
  // Solver.cpp: variables, edges, the worklist.
  VarId addVar();
  VarId rep(VarId V);
  void enqueue(VarId V);
  void insert(VarId V, ElemId E, EdgeId Via, ElemId From);
  void insertNew(VarId V, ElemId E, Note N, uint32_t More);
  EdgeId record(VarId Src, VarId Dst, Offset Shift, Note N, uint32_t More);
  void addEdge(VarId Src, VarId Dst, Offset Shift, Note N,
               uint32_t More = NoDetail);
  void addInternal(VarId Src, VarId Dst) {
    addEdge(Src, Dst, 0, Note(), InternalEdge);
  }
  void addUse(VarId V, Use U);
  void propagate(EdgeId E, Item I);
  void apply(VarId V, const Use &U, Item I);
  bool run();
  void visit(VarId V);
  /// One step of the budget. False: it is used up; then nothing more is done,
  /// and the solution, which is not one, is thrown away.
  bool spend() { return Left && --Left; }
  void merge(VarId Into, llvm::ArrayRef<VarId> Others);
  void collapseCycles();
  void addConstraints();
  void addConstraint(const Constraint &C);
  uint32_t detail(Detail D);

  // Objects.cpp: objects, elements, cells.
  ObjId addObject(SKind K);
  ElemId intern(ObjId O, Offset K);
  ElemId normal(ElemId E);
  ElemId shifted(ElemId E, Offset K);
  VarId cell(ElemId E);
  VarId all(ObjId O, bool Demand);
  VarId star(ObjId O);
  void collapse(ObjId O);
  void markLoaded(ElemId E);
  void demandCopied(ObjId O, const CopyLink &From, Offset K);
  void addSymbol(ElemId E);
  ElemId child(ObjId O, Offset K);
  ObjId addPhantom(ObjId Root, llvm::ArrayRef<Offset> Derefs);
  ObjId addRootPhantom(PathRoot Kind, unsigned Index);
  ObjId deep(ObjId Root);
  void open(ObjId O);
  void escape(ObjId O, VarId Sink, ElemId E);
  void hold(ObjId O, VarId Holder, bool Opens);
  void publish(ObjId O);
  void applyLoad(const Use &U, ElemId E);
  void applyLoadNumber(const Use &U, ElemId E);
  void applyStore(const Use &U, ElemId E);
  void readTable(const Use &U, ElemId E);
  ObjId functionObject(SymbolId S);
  void link(ElemId Dst, ElemId Src, Note N);
  void copyCell(ObjId Src, ElemId E, const CopyLink &To);
  VarId sink(Reason R);
  VarId held(Reason R);
  VarId holderOf(ObjId Root);
  /// Has escaped and is Outside from now on: see "what is not known" above.
  bool isAnonymous(ObjId O) const;
  ElemId named(ElemId E) const {
    return isAnonymous(Elems[E].Object) ? OutsideElem : E;
  }
  bool isMemory(ObjId O) const {
    return Objects[O].Kind != SKind::Function &&
           Objects[O].Kind != SKind::Table;
  }
  bool isOutside(ObjId O) const { return Objects[O].Kind == SKind::Outside; }
  /// An object of this activation, or made for it.
  bool isOwn(ObjId O) const {
    return Objects[O].Kind <= SKind::Local || Objects[O].Kind == SKind::Fresh;
  }
  bool isPhantom(ObjId O) const {
    return Objects[O].Kind == SKind::Phantom || Objects[O].Kind == SKind::Deep;
  }

  // Calls.cpp: what callees do, as constraints here.
  void addCall(const Call &C, unsigned Index);
  void dispatch(unsigned Call, Item I);
  void dispatchVirtual(unsigned Call, Item I);
  bool isThis(ElemId E) const;
  void enterVirtual(unsigned Call, SymbolId Target, Item I);
  void enterClosedOrUnknown(unsigned Call);
  void enter(unsigned Call, SymbolId Target, VarId This);
  void enterUnknown(unsigned Call, Reason R);
  void defer(unsigned Call, Item I);
  Deferral *deferral(ElemId Target, SymbolId Method, Anchor At);
  friend class Instance;

  // Export.cpp
  bool chooseExported();
  void numberExported(bool Recursive, Summary &S, std::vector<uint32_t> &Keys);
  AccessPath rootPath(ObjId Root);
  AccessPath ownPath(ElemId E, Summary &S);
  AccessPath valuePath(ElemId E, Summary &S);
  AccessPath cellPath(ElemId E, Summary &S);
  void markSelfStored();
  bool mayChange(ObjId O) const;
  void exportCells(ObjId O, Summary &S);
  void exportValues(VarId V, const AccessPath &To, Summary &S, VarId Except,
                    ElemId Cell);
  void exportLeaks(Summary &S);
  void exportReleases(Summary &S);
  void exportCalls(Summary &S);
  FreshObject describe(ObjId O);
  uint32_t keyOf(ObjId O);

  // Fates.cpp
  struct Arrival {
    Reason Because;
    VarId Where;
    ElemId What;
  };
  void collectArrivals();
  Fate fateOf(ObjId O);
  void addReleasedWith(ObjId O, VarId V, Fate &F);
  void addReleases(ObjId O, Fate &F);
  bool loopCarried(ObjId O, std::vector<Step> &Why);
  const Repetition &repetition(ObjId O) const;

  // Locals.cpp
  llvm::BitVector heldObjects();

  // Explain.cpp
  std::vector<Step> explain(VarId V, ElemId E);
  void walkBack(VarId V, ElemId E, std::vector<Step> &Out, ObjId &Continue);
  Witness witness(VarId V, ElemId E);

  // Dump.cpp
  void printObject(ObjId O, llvm::raw_ostream &Out);
  void printSet(VarId V, llvm::raw_ostream &Out);

  const Graph &G;
  FunctionId Self;
  SolverHost &Host;
  const Limits &Limit;
  StickyCaps &Caps;

  std::vector<Variable> Vars;
  std::vector<Edge> Edges;
  std::vector<Use> Uses;
  std::vector<Detail> Details;
  std::vector<SObject> Objects;
  std::vector<Element> Elems;
  std::vector<CallState> Calls;
  std::vector<ReleaseState> Releases;
  std::vector<Deferral> Deferrals;
  llvm::DenseSet<std::pair<uint64_t, int>> KnownEdges;
  llvm::DenseSet<std::pair<uint64_t, int>> KnownLinks;
  llvm::DenseMap<uint32_t, ObjId> FreshByKey;
  llvm::DenseMap<SymbolId, ObjId> FunctionsFound; ///< not in the graph
  std::vector<VarId> Queue;
  size_t QueueHead = 0;
  std::array<VarId, NumReasons> Sinks, Holders;
  ObjId OutsideObject = 0, FirstGraphObject = 0;
  ElemId OutsideElem = 0;
  VarId OutsideVar = NoVar, ReturnVar = NoVar;
  VarId ResultHolder = NoVar; ///< what the memory for the result holds
  uint32_t Clock = 0;
  uint64_t Left = 0; ///< steps
  unsigned NumPhantoms = 0;
  bool Running = false;
  std::vector<ObjId> FreshList; ///< exported, in order
  llvm::DenseMap<ObjId, unsigned> FreshIndex;
  std::vector<std::vector<Arrival>> Arrivals; ///< by object
  /// By object: what releases it, as (index in Releases, element).
  std::vector<std::vector<std::pair<unsigned, ElemId>>> ReleasedBy;
};

} // namespace stackward::escape

#endif
