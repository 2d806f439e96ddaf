// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What callers need to know of a function: how pointers flow between its
/// parameters, its result, fresh objects and the outside world, and what it
/// releases. Everything is said in *access paths*: `p0` is the value of
/// parameter 0, `p0[8]` what is found in memory 8 bytes behind it, `p0[8][0]`
/// one dereference more, `[*]` any offset.
///
/// Text form, one function an entry, sorted by name (see parseSummaries):
///
///   fn _Z4makel conf=exact hash=1f3a bits=willReturn
///     fresh0 size=32 family=new
///     flow fresh0 -> ret
///     flow p1+8 -> p0[8]
///     leak p0[0] why=global
///     free p0[0] must family=new
///     call p2 (p0, p1|outside, -)     made by callers, who know the target
///     flow r0 -> ret                  r0: the result of the first such call
///     vcall p1 method=_ZN1V3seeE (p1, p0)
///     end 8c30d1f0b2a45e77            a hash of the lines above
///
/// `p0+8` is the value moved by 8 bytes, `p0+*` by any number. `p0[...]` is
/// every value reachable from p0 by one or more dereferences. `@name` is the
/// address of a function.
///
/// I1  Absence of knowledge is not permission: an empty text, a line that
///     cannot be read, an unknown version each decode to unknownSummary().
/// I2  Flows are sorted and unique, so equal summaries have equal texts.
#ifndef STACKWARD_ESCAPE_SUMMARY_H
#define STACKWARD_ESCAPE_SUMMARY_H

#include "stackward/Escape/Graph.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <compare>
#include <functional>

namespace stackward::escape {

enum class PathRoot : uint8_t {
  Param,    ///< Index: which
  Return,   ///< only as a destination
  Fresh,    ///< Index: which of Summary::FreshObjects; as a value its address
  Outside,  ///< anything that has escaped: globals, the heap
  Result,   ///< Index: of which deferred call (Summary::Calls)
  Function, ///< Index: into Summary::Functions; the address of a function
};

struct AccessPath {
  PathRoot Root = PathRoot::Outside;
  unsigned Index = 0;
  llvm::SmallVector<Offset, 3> Derefs;
  /// Start from everything reachable from the root by one or more
  /// dereferences, at any offset; Derefs count from there.
  bool Deep = false;
  /// A value: moved by so many bytes. Meaningless for a cell.
  Offset Shift = 0;
  std::strong_ordering operator<=>(const AccessPath &) const;
  bool operator==(const AccessPath &) const;
};

enum class Confidence : uint8_t { Exact, Odr, Annotated, Modelled, Unknown };

/// Places of a flow inside the callee, for explanations that go into calls.
/// Not part of a summary's identity.
struct WitnessStep {
  Anchor At = NoAnchor;
  Why What = Why::Assigned;
  unsigned Depth = 0;
};
using Witness = std::vector<WitnessStep>;

struct Flow {
  AccessPath From; ///< a value
  AccessPath To;   ///< Return, or a cell: Param or Fresh with >= 1 deref
  Witness Path;
};

struct SummaryLeak {
  AccessPath From;
  Reason Because;
  Witness Path;
};

struct SummaryRelease {
  AccessPath What;
  Family By;
  bool Must = false; ///< on every path that returns normally
  Witness Path;
};

struct FreshObject {
  uint64_t Size = UnknownSize;
  Family AllocatedBy = Family::Unknown;
  std::string DynamicType; ///< symbol name, or empty
  /// More than one can come from one call.
  bool Many = false;
  /// A variable of the callee's frame that is still pointed to: memory that
  /// holds pointers, but no allocation, so it has no fate in callers.
  bool Automatic = false;
  Anchor Origin = NoAnchor;
};

/// A call that only a caller can resolve. What becomes of its result is said
/// by flows and leaks from the root Result.
struct DeferredCall {
  AccessPath Target;  ///< a function pointer, or the receiver
  std::string Method; ///< empty: through a function pointer
  /// For each argument the values it may have; none: no pointer.
  std::vector<std::vector<AccessPath>> Args;
  /// Written `call p1? (...)`: one of several overloads takes a function here;
  /// for an argument that is none, nothing is called.
  bool IfFunction = false;
  Anchor At = NoAnchor;
};

struct Summary {
  Confidence Trust = Confidence::Unknown;
  uint64_t ContentHash = 0;
  bool NoThrow = false;
  bool WillReturn = false;
  std::vector<FreshObject> FreshObjects;
  std::vector<Flow> Flows;
  std::vector<SummaryLeak> Leaks;
  std::vector<SummaryRelease> Releases;
  std::vector<DeferredCall> Calls;
  /// Names of the functions that paths with root Function mention.
  std::vector<std::string> Functions;

  size_t size() const {
    return Flows.size() + Leaks.size() + Releases.size() + Calls.size();
  }
  bool isUnknown() const { return Trust == Confidence::Unknown; }
  /// May deallocate what Param points to or reaches; true for what leaks.
  bool mayRelease(unsigned Param) const;
  bool mustRelease(unsigned Param) const;
  /// Nothing that Param points to, nor Param, is stored, leaked or returned.
  bool addressOnly(unsigned Param) const;
  bool returnsAlias(unsigned Param) const;
};

/// Leaks, releases and overwrites everything that its arguments reach.
Summary unknownSummary();
/// Puts flows, leaks and releases in order and makes them unique (I2).
void sortFlows(Summary &S);
/// Equal in all but witnesses and anchors.
bool sameMeaning(const Summary &A, const Summary &B);

/// Turns anchors into text and back; only a builder can.
struct AnchorText {
  std::function<std::string(Anchor)> Print;
  std::function<Anchor(llvm::StringRef)> Parse;
};

/// A summary file is this line, then one entry after another.
inline constexpr llvm::StringRef SummariesHeader = "stackward-summaries 1\n";
void printSummary(llvm::StringRef Name, const Summary &S,
                  llvm::raw_ostream &Out, const AnchorText *Places = nullptr);
/// Reads the text form. A function whose entry is damaged is present and
/// unknown; only an unreadable header is an Error. The hash after `end` must
/// fit; entries with conf=annotated or conf=modelled, which people write, may
/// leave it out.
llvm::Expected<llvm::StringMap<Summary>>
parseSummaries(llvm::StringRef Text, const AnchorText *Places = nullptr);

/// Reads the lines of one entry, without `fn` and `end`, separated by ';' or
/// line ends. unknownSummary() when any of them is damaged.
Summary parseSummaryBody(llvm::StringRef Lines, Confidence Trust);

/// Library functions known by name: C by linkage name, C++ by qualified name
/// without template arguments (`std::forward`). A C++ function of the global
/// namespace is not the C function of that name: callers check the linkage.
/// Unknown names give nullptr.
const Summary *knownFunction(llvm::StringRef Name);
/// All names of the table, in its order.
llvm::ArrayRef<const char *> knownFunctionNames();

} // namespace stackward::escape

#endif
