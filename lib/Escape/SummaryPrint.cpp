// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes the text form of summaries (see SummaryText.cpp for what reads it).
#include "SummaryWords.h"
#include "stackward/Escape/Summary.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace stackward::escape {

static void printOffset(Offset K, raw_ostream &Out) {
  if (K == AnyOffset)
    Out << '*';
  else
    Out << K;
}

static void printPath(const AccessPath &P, const Summary &S, raw_ostream &Out) {
  switch (P.Root) {
  case PathRoot::Param:
    Out << 'p' << P.Index;
    break;
  case PathRoot::Return:
    Out << "ret";
    break;
  case PathRoot::Fresh:
    Out << "fresh" << P.Index;
    break;
  case PathRoot::Outside:
    Out << "outside";
    break;
  case PathRoot::Result:
    Out << 'r' << P.Index;
    break;
  case PathRoot::Function:
    Out << '@' << encode(S.Functions[P.Index]);
    break;
  }
  if (P.Deep)
    Out << "[...]";
  for (Offset K : P.Derefs) {
    Out << '[';
    printOffset(K, Out);
    Out << ']';
  }
  if (P.Shift == 0)
    return;
  if (P.Shift > 0 || P.Shift == AnyOffset)
    Out << '+';
  printOffset(P.Shift, Out);
}

static void printWitness(const Witness &W, const AnchorText *Places,
                         raw_ostream &Out) {
  if (!Places)
    return;
  for (const WitnessStep &Step : W)
    Out << "    via " << Step.Depth << ' ' << WhyNames[unsigned(Step.What)]
        << ' ' << encode(Places->Print(Step.At)) << '\n';
}

static void printPlace(Anchor At, const AnchorText *Places, raw_ostream &Out) {
  if (Places && At != NoAnchor)
    Out << " at=" << encode(Places->Print(At));
}

static void printFresh(const Summary &S, const AnchorText *Places,
                       raw_ostream &Out) {
  for (auto [I, F] : enumerate(S.FreshObjects)) {
    Out << "  fresh" << I << " size=";
    if (F.Size == UnknownSize)
      Out << '?';
    else
      Out << F.Size;
    Out << " family=" << Families[unsigned(F.AllocatedBy)];
    if (F.Many)
      Out << " many";
    if (F.Automatic)
      Out << " automatic";
    if (!F.DynamicType.empty())
      Out << " type=" << encode(F.DynamicType);
    printPlace(F.Origin, Places, Out);
    Out << '\n';
  }
}

static void printCall(const DeferredCall &C, const Summary &S,
                      const AnchorText *Places, raw_ostream &Out) {
  Out << (C.Method.empty() ? "  call " : "  vcall ");
  printPath(C.Target, S, Out);
  if (C.IfFunction)
    Out << '?';
  if (!C.Method.empty())
    Out << " method=" << encode(C.Method);
  Out << " (";
  ListSeparator Comma(", ");
  for (const auto &Values : C.Args) {
    Out << Comma;
    if (Values.empty())
      Out << '-';
    ListSeparator Bar("|");
    for (const AccessPath &V : Values) {
      Out << Bar;
      printPath(V, S, Out);
    }
  }
  Out << ')';
  printPlace(C.At, Places, Out);
  Out << '\n';
}

static void printBody(const Summary &S, const AnchorText *Places,
                      raw_ostream &Out) {
  printFresh(S, Places, Out);
  for (const DeferredCall &C : S.Calls)
    printCall(C, S, Places, Out);
  for (const Flow &F : S.Flows) {
    Out << "  flow ";
    printPath(F.From, S, Out);
    Out << " -> ";
    printPath(F.To, S, Out);
    Out << '\n';
    printWitness(F.Path, Places, Out);
  }
  for (const SummaryLeak &L : S.Leaks) {
    Out << "  leak ";
    printPath(L.From, S, Out);
    Out << " why=" << reasonId(L.Because) << '\n';
    printWitness(L.Path, Places, Out);
  }
  for (const SummaryRelease &R : S.Releases) {
    Out << "  free ";
    printPath(R.What, S, Out);
    Out << (R.Must ? " must" : "") << " family=" << Families[unsigned(R.By)]
        << '\n';
    printWitness(R.Path, Places, Out);
  }
}

void printSummary(StringRef Name, const Summary &S, raw_ostream &Out,
                  const AnchorText *Places) {
  std::string Text;
  raw_string_ostream Entry(Text);
  Entry << "fn " << encode(Name) << " conf=" << Confidences[unsigned(S.Trust)];
  if (S.ContentHash)
    Entry << " hash=" << utohexstr(S.ContentHash, /*LowerCase=*/true);
  if (S.NoThrow || S.WillReturn)
    Entry << " bits=" << (S.NoThrow ? "noThrow" : "")
          << (S.NoThrow && S.WillReturn ? "," : "")
          << (S.WillReturn ? "willReturn" : "");
  Entry << '\n';
  if (!S.isUnknown())
    printBody(S, Places, Entry);
  Out << Text << "  end "
      << format_hex_no_prefix(xxh3_64bits(arrayRefFromStringRef(Text)), 16)
      << '\n';
}

} // namespace stackward::escape
