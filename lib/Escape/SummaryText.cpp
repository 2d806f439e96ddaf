// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reads the text form of summaries. Parsing is total: a line is either read
/// whole and understood, or the entry that it belongs to is unknown. Each entry
/// ends with a hash of its text, because most one-letter accidents (`p1` for
/// `p0`) give an entry that reads well and permits too much.
#include "SummaryWords.h"
#include "stackward/Escape/Summary.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace stackward::escape {

namespace {
class EntryParser {
public:
  EntryParser(Summary &S, const AnchorText *Places) : S(S), Places(Places) {}

  bool head(StringRef Line, std::string &Name);
  bool line(StringRef Line);
  /// Ids in range, what needs derefs has them, calls refer backwards.
  bool finish();

private:
  bool number(StringRef &Text, unsigned &N) {
    return !Text.consumeInteger(10, N);
  }
  bool offset(StringRef &Text, Offset &K) {
    if (Text.consume_front("*")) {
      K = AnyOffset;
      return true;
    }
    return !Text.consumeInteger(10, K) && K != AnyOffset;
  }
  bool root(StringRef &Text, AccessPath &P);
  bool path(StringRef Text, AccessPath &P);
  bool place(StringRef Text, Anchor &At);
  bool fresh(StringRef Text);
  bool flow(StringRef Text);
  bool leak(StringRef Text);
  bool free(StringRef Text);
  bool call(StringRef Text, bool Virtual);
  bool arguments(StringRef Text, DeferredCall &C);
  bool via(StringRef Text);
  bool inRange(const AccessPath &P, unsigned NumCalls) const;
  bool isValue(const AccessPath &P) const {
    return P.Root != PathRoot::Return && inRange(P, S.Calls.size()) &&
           (!P.Deep || P.Derefs.empty());
  }
  bool isTarget(const AccessPath &P) const;

  Summary &S;
  const AnchorText *Places;
  Witness *Last = nullptr;
};
} // namespace

static std::optional<unsigned> indexOf(ArrayRef<StringRef> Words,
                                       StringRef Word) {
  auto It = find(Words, Word);
  if (It == Words.end())
    return std::nullopt;
  return It - Words.begin();
}

static std::optional<Family> parseFamily(StringRef Word) {
  if (auto I = indexOf(Families, Word))
    return Family(*I);
  return std::nullopt;
}

static std::optional<Reason> parseReason(StringRef Word) {
  for (unsigned R = 0; R != NumReasons; ++R)
    if (reasonId(Reason(R)) == Word)
      return Reason(R);
  return std::nullopt;
}

bool EntryParser::head(StringRef Line, std::string &Name) {
  SmallVector<StringRef, 6> Words;
  Line.split(Words, ' ');
  if (Words.size() < 3 || Words[0] != "fn")
    return false;
  if (auto Decoded = decode(Words[1]))
    Name = *Decoded;
  else
    return false;
  if (!Words[2].consume_front("conf="))
    return false;
  auto Trust = indexOf(Confidences, Words[2]);
  if (!Trust)
    return false;
  S.Trust = Confidence(*Trust);
  for (StringRef Word : ArrayRef(Words).drop_front(3)) {
    if (Word.consume_front("hash=")) {
      if (Word.getAsInteger(16, S.ContentHash))
        return false;
    } else if (Word.consume_front("bits=")) {
      for (StringRef Bit : split(Word, ',')) {
        S.NoThrow |= Bit == "noThrow";
        S.WillReturn |= Bit == "willReturn";
        if (Bit != "noThrow" && Bit != "willReturn")
          return false;
      }
    } else {
      return false;
    }
  }
  return true;
}

bool EntryParser::line(StringRef Line) {
  if (Line.consume_front("via "))
    return via(Line);
  Last = nullptr;
  if (Line.consume_front("fresh"))
    return fresh(Line);
  if (Line.consume_front("flow "))
    return flow(Line);
  if (Line.consume_front("leak "))
    return leak(Line);
  if (Line.consume_front("free "))
    return free(Line);
  if (Line.consume_front("call "))
    return call(Line, /*Virtual=*/false);
  if (Line.consume_front("vcall "))
    return call(Line, /*Virtual=*/true);
  return false;
}

bool EntryParser::root(StringRef &Text, AccessPath &P) {
  if (Text.consume_front("outside")) {
    P.Root = PathRoot::Outside;
    return true;
  }
  if (Text.consume_front("ret")) {
    P.Root = PathRoot::Return;
    return true;
  }
  if (Text.consume_front("@")) {
    auto Name = decode(Text);
    if (!Name || Name->empty())
      return false;
    P.Root = PathRoot::Function;
    P.Index = S.Functions.size();
    auto It = find(S.Functions, *Name);
    if (It == S.Functions.end())
      S.Functions.push_back(*Name);
    else
      P.Index = It - S.Functions.begin();
    Text = "";
    return true;
  }
  if (Text.consume_front("fresh"))
    P.Root = PathRoot::Fresh;
  else if (Text.consume_front("p"))
    P.Root = PathRoot::Param;
  else if (Text.consume_front("r"))
    P.Root = PathRoot::Result;
  else
    return false;
  return number(Text, P.Index);
}

bool EntryParser::path(StringRef Text, AccessPath &P) {
  if (!root(Text, P))
    return false;
  P.Deep = Text.consume_front("[...]");
  while (Text.consume_front("[")) {
    Offset K;
    if (!offset(Text, K) || !Text.consume_front("]"))
      return false;
    P.Derefs.push_back(K);
  }
  if (Text.starts_with("+") || Text.starts_with("-")) {
    Text.consume_front("+");
    if (!offset(Text, P.Shift))
      return false;
  }
  return Text.empty();
}

bool EntryParser::place(StringRef Text, Anchor &At) {
  auto Decoded = decode(Text);
  if (!Decoded)
    return false;
  if (Places)
    At = Places->Parse(*Decoded);
  return true;
}

bool EntryParser::fresh(StringRef Text) {
  unsigned Index;
  if (!number(Text, Index) || Index != S.FreshObjects.size())
    return false;
  FreshObject F;
  for (StringRef Word : split(Text.ltrim(), ' ')) {
    if (Word.consume_front("size=")) {
      if (Word != "?" && Word.getAsInteger(10, F.Size))
        return false;
    } else if (Word.consume_front("family=")) {
      auto By = parseFamily(Word);
      if (!By)
        return false;
      F.AllocatedBy = *By;
    } else if (Word.consume_front("type=")) {
      auto Name = decode(Word);
      if (!Name)
        return false;
      F.DynamicType = *Name;
    } else if (Word.consume_front("at=")) {
      if (!place(Word, F.Origin))
        return false;
    } else if (Word == "many") {
      F.Many = true;
    } else if (Word == "automatic") {
      F.Automatic = true;
    } else {
      return false;
    }
  }
  S.FreshObjects.push_back(std::move(F));
  return true;
}

bool EntryParser::flow(StringRef Text) {
  auto [From, To] = Text.split(" -> ");
  Flow F;
  if (!path(From, F.From) || !path(To, F.To))
    return false;
  S.Flows.push_back(std::move(F));
  Last = &S.Flows.back().Path;
  return true;
}

bool EntryParser::leak(StringRef Text) {
  auto [From, Why] = Text.split(" why=");
  SummaryLeak L;
  auto R = parseReason(Why);
  if (!R || !path(From, L.From))
    return false;
  L.Because = *R;
  S.Leaks.push_back(std::move(L));
  Last = &S.Leaks.back().Path;
  return true;
}

bool EntryParser::free(StringRef Text) {
  auto [What, Rest] = Text.split(' ');
  SummaryRelease R;
  R.Must = Rest.consume_front("must ");
  if (!path(What, R.What) || !Rest.consume_front("family="))
    return false;
  auto By = parseFamily(Rest);
  if (!By)
    return false;
  R.By = *By;
  S.Releases.push_back(std::move(R));
  Last = &S.Releases.back().Path;
  return true;
}

bool EntryParser::call(StringRef Text, bool Virtual) {
  DeferredCall C;
  auto [Target, Rest] = Text.split(' ');
  C.IfFunction = Target.consume_back("?");
  if (!path(Target, C.Target) || (C.IfFunction && Virtual))
    return false;
  if (Rest.consume_front("method=")) {
    auto [Method, AfterMethod] = Rest.split(' ');
    auto Name = decode(Method);
    if (!Name)
      return false;
    C.Method = *Name;
    Rest = AfterMethod;
  }
  if (Virtual == C.Method.empty() || !Rest.consume_front("("))
    return false;
  auto [Args, After] = Rest.split(')');
  if (Args.size() == Rest.size() || !arguments(Args, C))
    return false;
  bool Returned = After.consume_front(" -> ret");
  if (After.consume_front(" at=") ? !place(After, C.At) : !After.empty())
    return false;
  if (Returned) {
    Flow F;
    F.From.Root = PathRoot::Result;
    F.From.Index = S.Calls.size();
    F.To.Root = PathRoot::Return;
    S.Flows.push_back(std::move(F));
  }
  S.Calls.push_back(std::move(C));
  return true;
}

bool EntryParser::arguments(StringRef Text, DeferredCall &C) {
  if (Text.empty())
    return true;
  SmallVector<StringRef, 4> Args;
  Text.split(Args, ", ");
  for (StringRef Arg : Args) {
    C.Args.emplace_back();
    if (Arg == "-")
      continue;
    SmallVector<StringRef, 4> Values;
    Arg.split(Values, '|');
    for (StringRef Value : Values) {
      C.Args.back().emplace_back();
      if (!path(Value, C.Args.back().back()))
        return false;
    }
  }
  return true;
}

bool EntryParser::via(StringRef Text) {
  if (!Last)
    return false;
  SmallVector<StringRef, 3> Words;
  Text.split(Words, ' ', /*MaxSplit=*/2);
  WitnessStep Step;
  if (Words.size() != 3 || Words[0].getAsInteger(10, Step.Depth))
    return false;
  auto What = indexOf(WhyNames, Words[1]);
  if (!What || !place(Words[2], Step.At))
    return false;
  Step.What = Why(*What);
  Last->push_back(Step);
  return true;
}

bool EntryParser::inRange(const AccessPath &P, unsigned NumCalls) const {
  // A parameter index has no bound here; one the callee does not have is
  // Outside when it is read. 1 << 16 bounds what a caller builds for it.
  switch (P.Root) {
  case PathRoot::Param:
    return P.Index < (1u << 16);
  case PathRoot::Fresh:
    return P.Index < S.FreshObjects.size();
  case PathRoot::Result:
    return P.Index < NumCalls;
  case PathRoot::Function:
    return P.Derefs.empty() && !P.Deep && P.Shift == 0;
  case PathRoot::Outside:
  case PathRoot::Return:
    return P.Derefs.empty() && !P.Deep && P.Shift == 0;
  }
  llvm_unreachable("closed switch");
}

bool EntryParser::isTarget(const AccessPath &P) const {
  if (P.Root == PathRoot::Return)
    return inRange(P, 0);
  bool HasCell = !P.Derefs.empty() && P.Shift == 0;
  bool IsMemory = P.Root == PathRoot::Param || P.Root == PathRoot::Fresh ||
                  P.Root == PathRoot::Result;
  return HasCell && IsMemory && (!P.Deep || P.Derefs.size() == 1) &&
         inRange(P, S.Calls.size());
}

bool EntryParser::finish() {
  for (const Flow &F : S.Flows)
    if (!isValue(F.From) || !isTarget(F.To))
      return false;
  for (const SummaryLeak &L : S.Leaks)
    if (!isValue(L.From))
      return false;
  for (const SummaryRelease &R : S.Releases)
    if (!isValue(R.What))
      return false;
  for (auto [I, C] : enumerate(S.Calls)) {
    if (!isValue(C.Target) || !inRange(C.Target, I))
      return false;
    for (const auto &Values : C.Args)
      if (!all_of(Values, [&](const AccessPath &V) { return isValue(V); }))
        return false;
  }
  sortFlows(S);
  return true;
}

Summary parseSummaryBody(StringRef Lines, Confidence Trust) {
  Summary S;
  S.Trust = Trust;
  EntryParser Parser(S, nullptr);
  SmallVector<StringRef, 8> Parts;
  SplitString(Lines, Parts, ";\n");
  for (StringRef Part : Parts)
    if (!Part.trim().empty() && !Parser.line(Part.trim()))
      return unknownSummary();
  return Parser.finish() ? S : unknownSummary();
}

/// One entry: its lines, the text that the hash covers, and the hash.
static bool parseEntry(ArrayRef<StringRef> Lines, StringRef Text, StringRef End,
                       const AnchorText *Places, std::string &Name,
                       Summary &S) {
  EntryParser Parser(S, Places);
  if (!Parser.head(Lines.front(), Name))
    return false;
  for (StringRef Line : Lines.drop_front())
    if (!Parser.line(Line.ltrim(' ')))
      return false;
  bool ByHand =
      S.Trust == Confidence::Annotated || S.Trust == Confidence::Modelled;
  uint64_t Hash;
  bool HasHash = !End.trim().empty();
  if (HasHash ? End.trim().getAsInteger(16, Hash) ||
                    Hash != xxh3_64bits(arrayRefFromStringRef(Text))
              : !ByHand)
    return false;
  return Parser.finish();
}

/// The name of a damaged entry, when at least that can be read.
static void addUnknown(StringRef FirstLine, StringMap<Summary> &Out) {
  if (FirstLine.consume_front("fn "))
    if (auto Name = decode(FirstLine.split(' ').first))
      Out[*Name] = unknownSummary();
}

static void addEntry(ArrayRef<StringRef> Lines, StringRef Text, StringRef End,
                     const AnchorText *Places, StringMap<Summary> &Out) {
  std::string Name;
  Summary S;
  if (!parseEntry(Lines, Text, End, Places, Name, S))
    return addUnknown(Lines.front(), Out);
  // Two entries of one name: whom to believe is not known.
  if (!Out.try_emplace(Name, std::move(S)).second)
    Out[Name] = unknownSummary();
}

Expected<StringMap<Summary>> parseSummaries(StringRef Text,
                                            const AnchorText *Places) {
  StringMap<Summary> Out;
  if (!Text.consume_front(SummariesHeader))
    return createStringError(std::errc::invalid_argument,
                             "not a summary file of this version");
  SmallVector<StringRef, 16> Lines;
  const char *Begin = Text.data();
  while (!Text.empty()) {
    StringRef Line = Text.take_until([](char C) { return C == '\n'; });
    const char *LineBegin = Line.data();
    Text = Text.drop_front(std::min(Line.size() + 1, Text.size()));
    if (Lines.empty() && Line.trim().empty())
      continue;
    bool Starts = Line.starts_with("fn ");
    if (Starts && !Lines.empty()) {
      addUnknown(Lines.front(), Out); // no end: truncated or damaged
      Lines.clear();
    }
    if (Lines.empty())
      Begin = LineBegin;
    StringRef Trimmed = Line.ltrim(' ');
    if (Lines.empty() || !Trimmed.consume_front("end")) {
      Lines.push_back(Line);
      continue;
    }
    addEntry(Lines, StringRef(Begin, LineBegin - Begin), Trimmed, Places, Out);
    Lines.clear();
  }
  if (!Lines.empty())
    addUnknown(Lines.front(), Out);
  return Out;
}

} // namespace stackward::escape
