// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Order and meaning of summaries: what can be read off them.
#include "stackward/Escape/Summary.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>
#include <tuple>

using namespace llvm;

namespace stackward::escape {

std::strong_ordering AccessPath::operator<=>(const AccessPath &B) const {
  if (auto C = Root <=> B.Root; C != 0)
    return C;
  if (auto C = Index <=> B.Index; C != 0)
    return C;
  if (auto C = Deep <=> B.Deep; C != 0)
    return C;
  if (auto C = std::lexicographical_compare_three_way(
          Derefs.begin(), Derefs.end(), B.Derefs.begin(), B.Derefs.end());
      C != 0)
    return C;
  return Shift <=> B.Shift;
}

bool AccessPath::operator==(const AccessPath &B) const {
  return (*this <=> B) == 0;
}

static bool isParam(const AccessPath &P, unsigned Param) {
  return P.Root == PathRoot::Param && P.Index == Param;
}

static bool isDeferredArgument(const Summary &S, unsigned Param) {
  return any_of(S.Calls, [&](const DeferredCall &C) {
    if (isParam(C.Target, Param))
      return true;
    return any_of(C.Args, [&](const auto &Values) {
      return any_of(Values,
                    [&](const AccessPath &V) { return isParam(V, Param); });
    });
  });
}

bool Summary::mayRelease(unsigned Param) const {
  if (isUnknown() || isDeferredArgument(*this, Param))
    return true;
  return any_of(
             Releases,
             [&](const SummaryRelease &R) { return isParam(R.What, Param); }) ||
         any_of(Leaks,
                [&](const SummaryLeak &L) { return isParam(L.From, Param); });
}

bool Summary::mustRelease(unsigned Param) const {
  return !isUnknown() && any_of(Releases, [&](const SummaryRelease &R) {
    return R.Must && isParam(R.What, Param) && R.What.Derefs.empty() &&
           !R.What.Deep;
  });
}

bool Summary::addressOnly(unsigned Param) const {
  if (isUnknown() || isDeferredArgument(*this, Param))
    return false;
  return none_of(Flows,
                 [&](const Flow &F) { return isParam(F.From, Param); }) &&
         none_of(Leaks,
                 [&](const SummaryLeak &L) { return isParam(L.From, Param); });
}

bool Summary::returnsAlias(unsigned Param) const {
  if (isUnknown())
    return true;
  // A caller-resolved call may return what it was given.
  bool ReturnsResult = any_of(Flows, [](const Flow &F) {
    return F.From.Root == PathRoot::Result && F.To.Root == PathRoot::Return;
  });
  if (ReturnsResult && isDeferredArgument(*this, Param))
    return true;
  return any_of(Flows, [&](const Flow &F) {
    return isParam(F.From, Param) && F.To.Root == PathRoot::Return;
  });
}

Summary unknownSummary() { return Summary(); }

/// Of equal ones the first stays, with its witness.
template <typename Vector, typename Key>
static void sortUnique(Vector &V, Key K) {
  std::vector<unsigned> Order(V.size());
  std::iota(Order.begin(), Order.end(), 0u);
  llvm::sort(Order, [&](unsigned A, unsigned B) {
    return std::tuple(K(V[A]), A) < std::tuple(K(V[B]), B);
  });
  Vector Sorted;
  for (unsigned I : Order)
    if (Sorted.empty() || K(Sorted.back()) != K(V[I]))
      Sorted.push_back(std::move(V[I]));
  V = std::move(Sorted);
}

void sortFlows(Summary &S) {
  sortUnique(S.Flows, [](const Flow &F) { return std::tie(F.From, F.To); });
  sortUnique(S.Leaks,
             [](const SummaryLeak &L) { return std::tie(L.From, L.Because); });
  sortUnique(S.Releases, [](const SummaryRelease &R) {
    return std::tuple(R.What, R.By, R.Must);
  });
}

template <typename Range, typename Key>
static bool same(const Range &A, const Range &B, Key K) {
  return A.size() == B.size() &&
         std::equal(A.begin(), A.end(), B.begin(),
                    [&](const auto &X, const auto &Y) { return K(X) == K(Y); });
}

bool sameMeaning(const Summary &A, const Summary &B) {
  return A.Trust == B.Trust && A.NoThrow == B.NoThrow &&
         A.WillReturn == B.WillReturn && A.Functions == B.Functions &&
         same(A.FreshObjects, B.FreshObjects,
              [](const FreshObject &F) {
                return std::tuple(F.Size, F.AllocatedBy, F.Many, F.Automatic,
                                  StringRef(F.DynamicType));
              }) &&
         same(A.Flows, B.Flows,
              [](const Flow &F) { return std::tie(F.From, F.To); }) &&
         same(A.Leaks, B.Leaks,
              [](const SummaryLeak &L) {
                return std::tie(L.From, L.Because);
              }) &&
         same(A.Releases, B.Releases,
              [](const SummaryRelease &R) {
                return std::tie(R.What, R.By, R.Must);
              }) &&
         same(A.Calls, B.Calls, [](const DeferredCall &C) {
           return std::tie(C.Target, C.Method, C.Args, C.IfFunction);
         });
}

} // namespace stackward::escape
