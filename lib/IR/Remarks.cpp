// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Wording of remarks. The remark's name is the reason id, so that a
/// consumer of the YAML record can group and join on it without parsing text.
#include "stackward/IR/Remarks.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using stackward::escape::Blocker;
using stackward::escape::Step;

namespace stackward::ir {

static constexpr char PassName[] = "stackward";

/// Where the programmer wrote it: what a library function that was inlined
/// allocates belongs to the place of the call.
static std::string sitePlace(const DebugLoc &At) {
  const DILocation *L = At.get();
  if (!L)
    return "an unknown place";
  while (L->getInlinedAt() && L->getFilename().contains("/include/c++/"))
    L = L->getInlinedAt();
  SmallString<128> Path(L->getFilename());
  sys::path::make_absolute(L->getDirectory(), Path);
  return (Path + ":" + Twine(L->getLine()) + ":" + Twine(L->getColumn())).str();
}

void remarkPromoted(OptimizationRemarkEmitter &ORE, Function &F,
                    const DebugLoc &At, uint64_t Bytes, bool Guarded) {
  if (Guarded)
    return ORE.emit([&] {
      return OptimizationRemark(PassName, "GuardedSlot", At, &F.getEntryBlock())
             << "allocation uses a slot of " << ore::NV("Bytes", Bytes)
             << " bytes when it fits and the slot is free; made at "
             << ore::NV("Site", sitePlace(At));
    });
  ORE.emit([&] {
    return OptimizationRemark(PassName, "HeapToStack", At, &F.getEntryBlock())
           << "allocation of " << ore::NV("Bytes", Bytes)
           << " bytes moved to the stack; made at "
           << ore::NV("Site", sitePlace(At));
  });
}

static std::string placeText(const Place &P) {
  const DILocation *L = P.At.get();
  if (!L)
    return P.In.empty() ? "" : " in " + P.In.str();
  return " at " + L->getFilename().str() + ":" + std::to_string(L->getLine()) +
         ":" + std::to_string(L->getColumn());
}

static void explain(OptimizationRemarkEmitter &ORE, const CallBase &Site,
                    const Blocker &B, const ModuleEscape &ME) {
  if (B.Witness.empty())
    return;
  ORE.emit([&] {
    OptimizationRemarkAnalysis R(PassName, escape::reasonId(B.Because), &Site);
    R << "flow:";
    unsigned Number = 0;
    for (const Step &S : B.Witness)
      R << " (" + std::to_string(++Number) + ") " +
               escape::whyText(S.What).str() + placeText(ME.place(S.At));
    return R;
  });
}

void remarkRefused(OptimizationRemarkEmitter &ORE, const CallBase &Site,
                   ArrayRef<Blocker> Blockers, const ModuleEscape &ME) {
  if (Blockers.empty())
    return;
  ORE.emit([&] {
    OptimizationRemarkMissed R(
        PassName, escape::reasonId(Blockers.front().Because), &Site);
    R << "allocation stays on the heap: "
      << escape::reasonText(Blockers.front().Because) << " ["
      << ore::NV("Reason", escape::reasonId(Blockers.front().Because)) << "]";
    for (const Blocker &B : Blockers.drop_front())
      R << "; also [" << escape::reasonId(B.Because) << "]";
    R << "; made at " << ore::NV("Site", sitePlace(Site.getDebugLoc()));
    return R;
  });
  for (const Blocker &B : Blockers)
    explain(ORE, Site, B, ME);
}

} // namespace stackward::ir
