// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The escape graph of one function, as a builder makes it: values, objects,
/// and the constraints between them. Plain data; the solver (Solver.h) gives
/// it meaning.
///
/// A *node* is a pointer-valued thing: a version of a variable, an SSA value,
/// a temporary. An *object* is memory: an allocation site, a local, a global,
/// a function. An object's memory is divided into *cells* by byte offset.
///
///   constraint                       weight   C++
///   addressOf(d, o, k)                 -1     d = (char *)&o + k
///   copy(d, s, k)                       0     d = (char *)s + k
///   load(d, a, k)                      +1     d = *(T *)((char *)a + k)
///   loadNumber(d, a, k)                +1     the same, of a number
///   store(a, k, s)                            *(T *)((char *)a + k) = s
///   copyMemory(a, b)                          *a = *b, all cells
///   leak(s, why), release(s), call(...)
///
/// The weights are those of Go's escape package (edges run from destination
/// to source and count dereferences); stores go to the pointees that the
/// solver finds, not to the heap, because in C++ every constructor and setter
/// stores through a pointer.
///
/// I1  Builders only add. A construct that a builder does not understand must
///     end in leak(), or in an unknown call, never in nothing.
/// I2  Ids are dense and given in source order, so equal input gives equal
///     graphs.
#ifndef STACKWARD_ESCAPE_GRAPH_H
#define STACKWARD_ESCAPE_GRAPH_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>
#include <vector>

namespace stackward::escape {

/// A place that only the builder can turn into file, line and column.
using Anchor = uint32_t;
inline constexpr Anchor NoAnchor = ~0u;

using NodeId = uint32_t;
inline constexpr NodeId NoNode = ~0u;
using ObjectId = uint32_t;
inline constexpr ObjectId NoObject = ~0u;
/// Index into Module::Symbols: a function by its linkage (or model) name.
using SymbolId = uint32_t;
inline constexpr SymbolId NoSymbol = ~0u;

/// Byte offset; AnyOffset stands for "some offset", e.g. a variable index.
using Offset = int32_t;
inline constexpr Offset AnyOffset = INT32_MIN;

inline constexpr uint64_t UnknownSize = ~0ull;

enum class Reason : uint8_t {
#define REASON(Name, Id, Text) Name,
#include "stackward/Escape/Reasons.def"
};
inline constexpr unsigned NumReasons = 0
#define REASON(Name, Id, Text) +1
#include "stackward/Escape/Reasons.def"
    ;
llvm::StringRef reasonId(Reason R);
llvm::StringRef reasonText(Reason R);

/// Why a constraint is there: the place, and the wording of one step of an
/// explanation (Why.def).
enum class Why : uint8_t {
#define WHY(Name, Text) Name,
#include "stackward/Escape/Why.def"
};
llvm::StringRef whyText(Why W);

struct Note {
  Anchor At = NoAnchor;
  Why What = Why::Assigned;
};

enum class ObjectKind : uint8_t {
  Site,     ///< an allocation whose fate is asked for
  Local,    ///< a variable or temporary of this frame
  Global,   ///< static or thread-local storage; has escaped from the start
  Function, ///< a function; FunctionSymbol names it
};

/// Which deallocation may end an allocation.
enum class Family : uint8_t { New, NewArray, Malloc, Library, Unknown };

/// The loop rule, for what makes an object: a Site, or a call whose callee
/// makes one. Two objects of one place may be alive at once when something
/// still holds the earlier one when the place runs again.
struct Repetition {
  /// The place can run again in one activation. Then the loop rule applies.
  bool MayRepeat = false;
  /// What may hold, when the place runs, a value from before its last run.
  /// Only read when MayRepeat. A builder that does not know sets
  /// SurvivorsUnknown.
  bool SurvivorsUnknown = false;
  llvm::SmallVector<NodeId, 2> SurvivingNodes;
  llvm::SmallVector<ObjectId, 2> SurvivingObjects;
};

struct Object : Repetition {
  ObjectKind Kind = ObjectKind::Local;
  Family AllocatedBy = Family::Unknown;
  Anchor At = NoAnchor;
  /// Bytes, or UnknownSize. For a bounded size the bound.
  uint64_t Size = UnknownSize;
  /// Dynamic class, for virtual calls through a pointer to this object: index
  /// into Module::Types; NoSymbol when it is not known exactly.
  uint32_t DynamicType = NoSymbol;
  SymbolId FunctionSymbol = NoSymbol;
};

enum class ConstraintKind : uint8_t {
  AddressOf,
  Copy,
  Load,
  LoadNumber,
  Store,
  CopyMemory
};

struct Constraint {
  ConstraintKind Kind;
  NodeId Dst;   ///< Store, CopyMemory: the address written to
  uint32_t Src; ///< AddressOf: an ObjectId; otherwise a NodeId
  Offset Shift; ///< AddressOf, Copy: added; Load, Store: the cell
  Note Because;
};

struct Leak {
  NodeId Value;
  Reason Because;
  Note At;
};

/// A deallocation of what Value points to.
struct Release {
  NodeId Value;
  Family By;
  Note At;
  bool Must = false; ///< on every path that returns normally
};

enum class CallKind : uint8_t {
  Direct,   ///< Callee is the only target
  Indirect, ///< Target is a pointer to a function
  Virtual,  ///< Target is the receiver; Method names the slot
};

struct Call : Repetition {
  CallKind Kind = CallKind::Direct;
  SymbolId Callee = NoSymbol;
  NodeId Target = NoNode;
  /// Virtual: the method as declared in the class of the receiver's static
  /// type; Module::overrider(Type, Method) resolves it for receivers that
  /// point to the start of an object of a known dynamic type.
  SymbolId Method = NoSymbol;
  /// Virtual: every possible target when the hierarchy is closed (final
  /// class, internal linkage); empty when it is open. A target is entered
  /// with Args as they are: when the 'this' of one lies at another address
  /// than the receiver, leave the list empty.
  llvm::SmallVector<SymbolId, 2> ClosedTargets;
  /// What the callee releases counts as released in this frame: destructor
  /// calls of local owners (unique_ptr and classes shaped like it).
  bool ReleasesHere = false;
  /// The last argument is memory for the result, of a type whose constructors
  /// cannot keep its address: a callee that is not known fills it (its cells
  /// may hold anything that has escaped) but does not keep it. The argument
  /// itself neither leaks nor is released by an unknown callee.
  bool ResultIsFresh = false;
  /// The result is a number, as in Graph::loadNumber().
  bool ResultIsNumber = false;
  llvm::SmallVector<NodeId, 4> Args; ///< NoNode for what holds no pointer
  NodeId Result = NoNode;
  Note At;
};

/// One function. Parameters come first: node i is parameter i. A result
/// returned in memory is a parameter like any other (the builder's choice of
/// index; both sides of a call must agree).
class Graph {
public:
  explicit Graph(unsigned NumParams) : NumParams(NumParams), Nodes(NumParams) {}

  NodeId addNode() { return Nodes++; }
  ObjectId addObject(Object O);
  void addressOf(NodeId Dst, ObjectId O, Offset K, Note Because);
  void copy(NodeId Dst, NodeId Src, Offset K, Note Because);
  void load(NodeId Dst, NodeId Address, Offset K, Note Because);
  /// What is read is a number of the language, and the builder has seen that
  /// no pointer of its own was put anywhere as a number. Then only a cell that
  /// is known exactly is taken to hold one all the same; any other gives what
  /// has escaped.
  void loadNumber(NodeId Dst, NodeId Address, Offset K, Note Because);
  void store(NodeId Address, Offset K, NodeId Src, Note Because);
  void copyMemory(NodeId DstAddress, NodeId SrcAddress, Note Because);
  void leak(NodeId Value, Reason R, Note At);
  void release(NodeId Value, Family By, Note At, bool Must = false);
  void call(Call C);
  /// Dst may hold anything that has escaped: an integer made a pointer, a
  /// value of unknown origin.
  void outside(NodeId Dst, Note Because);
  /// The function may return Value.
  void returns(NodeId Value, Note At);
  /// Parameter P is memory for a result of class type: a site stored there
  /// has Reason::Return as its blocker (and counts as OnlyReturned), not
  /// StoredInArgument; its flow in the summary stays one to that parameter.
  void setResultParam(unsigned P) { Result = P; }
  unsigned resultParam() const { return Result; }
  /// While this function runs, parameter 0 points to an object whose dynamic
  /// type is Type, whatever it was made as: constructors and destructors.
  ///
  ///   struct B { B() { see(); } virtual void see(); };   // B::see
  ///   struct D : B { void see() override; };             // not D::see
  void setThisType(uint32_t Type) { ThisType = Type; }
  uint32_t thisType() const { return ThisType; }

  unsigned numParams() const { return NumParams; }
  unsigned numNodes() const { return Nodes; }
  llvm::ArrayRef<Object> objects() const { return Objects; }
  Object &object(ObjectId O) { return Objects[O]; }
  const Object &object(ObjectId O) const { return Objects[O]; }
  llvm::ArrayRef<Constraint> constraints() const { return Constraints; }
  llvm::ArrayRef<Leak> leaks() const { return Leaks; }
  llvm::ArrayRef<Release> releases() const { return Releases; }
  llvm::ArrayRef<Call> calls() const { return Calls; }
  std::vector<Call> &calls() { return Calls; }
  std::vector<Object> &objects() { return Objects; }
  std::vector<Constraint> &constraints() { return Constraints; }
  std::vector<Leak> &leaks() { return Leaks; }
  std::vector<Release> &releases() { return Releases; }
  std::vector<std::pair<NodeId, Note>> &returned() { return Returned; }
  /// Returned values, as (node, note).
  llvm::ArrayRef<std::pair<NodeId, Note>> returned() const { return Returned; }

private:
  unsigned NumParams;
  unsigned Nodes;
  std::vector<Object> Objects;
  std::vector<Constraint> Constraints;
  std::vector<Leak> Leaks;
  std::vector<Release> Releases;
  std::vector<Call> Calls;
  std::vector<std::pair<NodeId, Note>> Returned;
  unsigned Result = ~0u;
  uint32_t ThisType = NoSymbol;
  NodeId World = NoNode; ///< points to a nameless global, for outside()
};

} // namespace stackward::escape

#endif
