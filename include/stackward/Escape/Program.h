// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A program: linked modules, solved bottom-up over the strongly connected
/// components of the call graph. The answers are summaries for functions and
/// fates for allocation sites, each with its witness.
#ifndef STACKWARD_ESCAPE_PROGRAM_H
#define STACKWARD_ESCAPE_PROGRAM_H

#include "stackward/Escape/Module.h"
#include "stackward/Escape/Summary.h"
#include <functional>
#include <memory>
#include <optional>

namespace stackward::escape {

using FunctionId = uint32_t;
inline constexpr FunctionId NoFunction = ~0u;

/// One step of an explanation, in the order in which the value travelled.
/// Depth counts calls entered: 0 is the function of the site.
struct Step {
  Anchor At = NoAnchor;
  Why What = Why::Assigned;
  unsigned Depth = 0;
};

struct Blocker {
  Reason Because;
  std::vector<Step> Witness; ///< the last step is where it got away
};

/// A callee releases what it finds in memory behind a parameter, and that is
/// this object and no other.
struct ContentRelease {
  Anchor Call = NoAnchor;
  unsigned Param = 0;
  Offset Cell = 0;
};

/// What became of one allocation, asked in the function that contains it: a
/// Site object, or what a call returned or stored that the callee allocated.
struct Fate {
  FunctionId In = NoFunction;
  /// The site object, or NoObject for an allocation made by a callee.
  ObjectId Site = NoObject;
  /// The call that brought it, index into Graph::calls(), or ~0u.
  unsigned ByCall = ~0u;
  /// Anchor of the site, or of that call.
  Anchor At = NoAnchor;
  /// Original allocation, down through factories.
  Anchor Origin = NoAnchor;
  uint64_t Size = UnknownSize;
  Family AllocatedBy = Family::Unknown;
  uint32_t DynamicType = NoSymbol;
  /// Empty: it does not outlive the frame and one slot is enough. In the
  /// order of Reasons.def, one entry for each reason.
  std::vector<Blocker> Blockers;
  /// Leaves only by return (or through an argument), so callers see it as
  /// theirs.
  bool OnlyReturned = false;
  bool OnlyStoredInArguments = false;
  /// Places in this frame (or in ReleasesHere calls) that release it.
  std::vector<Anchor> ReleasedAt;
  bool ReleasedByCallee = false;
  /// The calls in which callees release it.
  std::vector<Anchor> ReleasingCalls;
  std::vector<ContentRelease> ContentReleases;
  /// Some release of it may release something else instead that is no
  /// allocation of this function or of what it calls.
  bool ReleaseIsMixed = false;
  /// Or what a callee has allocated.
  bool ReleasedWithFresh = false;
  /// Or the objects of these sites.
  std::vector<ObjectId> ReleasedWith;
};

/// What became of a variable or temporary of a frame.
struct LocalFate {
  ObjectId Variable = NoObject;
  Anchor At = NoAnchor;
  /// Something that outlives the frame, or is not known, may use it.
  bool Escapes = true;
  /// Its address is in memory, or in what a call gave back. If neither this
  /// nor Escapes, only calls that are given the address can get at it, and
  /// only until they return.
  bool Held = true;
  std::vector<Blocker> Ways; ///< one for each reason
};

/// A global that never changes and holds the addresses of functions, such as a
/// table of virtual functions. A read of an offset that is not listed gives
/// anything that has escaped.
struct FunctionTable {
  /// In order; an empty name is a function that is not known.
  std::vector<std::pair<Offset, std::string>> Entries;
};

/// Where a call through a pointer goes.
struct CallTargets {
  /// By name, in the order in which they were found.
  std::vector<std::string> Names;
  /// There is no other.
  bool Complete = false;
  /// What the call leads to, through pointers that callees were given.
  std::vector<std::string> Further;
};

struct Limits {
  /// Constraint visits for one component before it is given up as unknown.
  uint64_t MaxSteps = 4u << 20;
  /// Visits for one function before it is solved again with coarser paths.
  uint64_t MaxFineSteps = 200'000;
  unsigned MaxFresh = 16;
  unsigned MaxPathDepth = 2;
  /// Access paths that one function may name; beyond that the ones that go on
  /// from named ones are lumped together.
  unsigned MaxPhantoms = 96;
  unsigned MaxOffsetsPerObject = 24;
  /// Flows and leaks of one summary; a longer one is unknown.
  unsigned MaxFlows = 400;
  /// Entries of one summary; a larger one is made again with coarser paths.
  unsigned MaxSummary = 64;
  /// Calls that one function's calls may turn into, when callees call what
  /// they are given.
  unsigned MaxCalls = 2000;
  /// The summaries of what is linked are not asked for.
  bool OnlyFates = false;
};

/// Looks up a library model by symbol name; nullptr when there is none.
using ModelLookup = std::function<const Summary *(llvm::StringRef Name)>;
/// The table of that name; nullptr when it is none.
using TableLookup = std::function<const FunctionTable *(llvm::StringRef Name)>;

class Program {
public:
  Program();
  ~Program();
  Program(Program &&);
  Program &operator=(Program &&);

  /// Adds a module; AnchorBase is added to each of its anchors.
  void link(Module M, Anchor AnchorBase);
  /// A summary from a file or a table for a function without a body.
  void addSummary(llvm::StringRef Name, Summary S);
  void setModels(ModelLookup Lookup);
  /// Objects of kind Function with such a symbol are tables.
  void setTables(TableLookup Lookup);

  /// Solves everything that was linked. Call once.
  void solve(const Limits &L = {});

  unsigned numFunctions() const;
  FunctionId find(llvm::StringRef Name) const;
  llvm::StringRef name(FunctionId F) const;
  const Graph &graph(FunctionId F) const;
  const Summary &summary(FunctionId F) const;
  /// F may call itself, directly or not (unknown callees are not counted).
  bool mayRecurse(FunctionId F) const;
  /// All sites and factory calls of F, in the order of their anchors.
  llvm::ArrayRef<Fate> fates(FunctionId F) const;
  /// For each of Graph::calls() where it goes, if that is for the solver to
  /// find out.
  llvm::ArrayRef<CallTargets> targets(FunctionId F) const;
  /// The locals of F, of those objects that F's graph has. Nothing when a
  /// limit was reached. Solves F again.
  std::optional<std::vector<LocalFate>> locals(FunctionId F) const;
  /// Symbol names as linked (for Fate::DynamicType).
  llvm::StringRef symbolName(SymbolId S) const;
  /// Bytes-for-bytes stable text of F's graph and solution, for tests.
  void dump(FunctionId F, llvm::raw_ostream &Out) const;

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace stackward::escape

#endif
