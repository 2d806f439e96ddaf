// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is left out, what is applied and what is counted: suppression
/// comments, baselines, settings files, fixes and the summary.
#include "Fixture.h"
#include "stackward/Report/Config.h"
#include "stackward/Report/Fixes.h"
#include "stackward/Report/Summary.h"
#include "stackward/Report/Suppress.h"
#include "stackward/Report/Wire.h"
#include <gtest/gtest.h>

using namespace stackward::report;
using namespace stackward::report::test;

namespace {

bool suppressed(std::string Before, std::string Line) {
  MemoryFiles Disk;
  Disk.Files["a.cpp"] = "\n" + Before + "\n" + Line + "\n";
  return isSuppressed(Disk.reader(), "escape-check", toFinding(stackSite()));
}

TEST(Suppression, CommentsOnTheLine) {
  EXPECT_TRUE(suppressed("", "new X; // NOLINT"));
  EXPECT_TRUE(suppressed("", "new X; // NOLINT(escape-check)"));
  EXPECT_TRUE(suppressed("", "new X; // NOLINT(other, escape-check): why"));
  EXPECT_TRUE(suppressed("", "new X; // NOLINT(stack-allocation)"));
  EXPECT_TRUE(suppressed("", "new X; // NOLINT(escape-*)"));
  EXPECT_FALSE(suppressed("", "new X; // NOLINT(other)"));
  EXPECT_FALSE(suppressed("", "new X; // NOLINTNEXTLINE"));
  EXPECT_FALSE(suppressed("", "new X; // XNOLINT"));
  EXPECT_FALSE(suppressed("// NOLINT", "new X;"));
  EXPECT_FALSE(suppressed("", "new X;"));
}

TEST(Suppression, CommentsOnTheLineBefore) {
  EXPECT_TRUE(suppressed("// NOLINTNEXTLINE", "new X;"));
  EXPECT_TRUE(suppressed("// NOLINTNEXTLINE(escape-check)", "new X;"));
  EXPECT_FALSE(suppressed("// NOLINTNEXTLINE(other)", "new X;"));
}

std::string text(const Baseline &B) {
  std::string Text;
  llvm::raw_string_ostream Out(Text);
  B.print(Out, "escape-check");
  return Text;
}

TEST(Baselines, HoldWhileCodeMoves) {
  Finding F = toFinding(stackSite());
  Baseline Written("/repo");
  F.At.File = "/repo/src/a.cpp";
  Written.add(F);
  auto Read = Baseline::parse(text(Written), "/elsewhere");
  ASSERT_TRUE(!!Read);
  EXPECT_EQ(text(*Read), text(Written));
  F.At = {"/elsewhere/src/a.cpp", 90, 1};
  EXPECT_TRUE(Read->take(F));
  EXPECT_FALSE(Read->take(F)) << "a known finding answers once";
}

TEST(Baselines, TellNewFindings) {
  Finding F = toFinding(stackSite());
  Baseline Known("/repo");
  Known.add(F);
  Finding Other = F;
  Other.Function = "h()";
  EXPECT_FALSE(Known.take(Other));
  Other = F;
  Other.Message += "!";
  EXPECT_FALSE(Known.take(Other));
  Other = F;
  Other.At.File = "b.cpp";
  EXPECT_FALSE(Known.take(Other));
}

TEST(Baselines, RefuseWhatIsNotOne) {
  auto Read = Baseline::parse("int main() {}\n", "/");
  ASSERT_FALSE(!!Read);
  EXPECT_EQ(llvm::toString(Read.takeError()),
            "not a baseline: 'int main() {}'");
}

TEST(Settings, EveryKey) {
  auto C = parseConfig("max-size: 1024\nmax-recursive-size: 16\n"
                       "all: true\nexplain: true\n"
                       "filter: 'ns::*'\nheader-filter: src/.*\n"
                       "reasons: [return, global]\nfail-on: suggestions\n"
                       "baseline: known.txt\ntimeout: 5\n",
                       "f.yaml");
  ASSERT_TRUE(!!C) << llvm::toString(C.takeError());
  EXPECT_EQ(C->MaxSize, 1024u);
  EXPECT_EQ(C->MaxRecursiveSize, 16u);
  EXPECT_EQ(C->All, true);
  EXPECT_EQ(C->Explain, true);
  EXPECT_EQ(C->Filter, "ns::*");
  EXPECT_EQ(C->HeaderFilter, "src/.*");
  EXPECT_EQ(C->Reasons, (std::vector<std::string>{"return", "global"}));
  EXPECT_EQ(C->FailOn, FailOn::Suggestions);
  EXPECT_EQ(C->Baseline, "known.txt");
  EXPECT_EQ(C->Timeout, 5u);
}

TEST(Settings, SayNothingWhenEmpty) {
  for (const char *Text : {"", "# nothing\n", "---\n"}) {
    auto C = parseConfig(Text, "f.yaml");
    ASSERT_TRUE(!!C) << llvm::toString(C.takeError());
    EXPECT_FALSE(C->MaxSize || C->Reasons || C->FailOn);
  }
}

std::string complaint(llvm::StringRef Text) {
  auto C = parseConfig(Text, "f.yaml");
  return C ? "" : llvm::toString(C.takeError());
}

TEST(Settings, MistakesAreOneLine) {
  EXPECT_EQ(complaint("max-size: 1\nmaxsize: 2\n"),
            "f.yaml:2:1: unknown key 'maxsize'");
  EXPECT_EQ(complaint("max-size: many\n"), "f.yaml:1:11: invalid number");
  EXPECT_EQ(complaint("fail-on: sometimes\n"),
            "f.yaml:1:10: unknown enumerated scalar");
  EXPECT_NE(complaint("[1, 2\n"), "");
  EXPECT_EQ(llvm::StringRef(complaint("a: [\n")).count('\n'), 0u);
}

TEST(Settings, AreFoundUpward) {
  MemoryFiles Disk;
  Disk.Files["/r/.escape-check.yaml"] = "";
  Disk.Files["/r/s/t/.escape-check.yaml"] = "";
  auto Find = [&](llvm::StringRef File) {
    return findConfig(File, ".escape-check.yaml", Disk.reader());
  };
  EXPECT_EQ(Find("/r/s/t/a.cpp"), "/r/s/t/.escape-check.yaml");
  EXPECT_EQ(Find("/r/s/a.cpp"), "/r/.escape-check.yaml");
  EXPECT_EQ(Find("/r/s/t/../a.cpp"), "/r/.escape-check.yaml");
  EXPECT_EQ(Find("/a.cpp"), "");
}

Suggestion fix(std::vector<Replacement> Replacements) {
  return {SuggestionKind::LocalObject, "", true, std::move(Replacements)};
}

struct Fixes : testing::Test {
  MemoryFiles Disk;
  Fixes() { Disk.Files["a"] = "0123456789"; }
  FixPlan plan(std::vector<Suggestion> S) {
    return planFixes(S, Disk.reader());
  }
};

TEST_F(Fixes, AreAppliedTogether) {
  FixPlan P = plan(
      {fix({{"a", 8, 1, "H"}, {"a", 2, 0, "++"}}), fix({{"a", 3, 5, ""}})});
  ASSERT_EQ(P.Files.size(), 1u);
  EXPECT_EQ(P.Files[0].Content, "01++2H9");
  EXPECT_EQ(P.Applied, 2u);
  EXPECT_EQ(P.Refused, 0u);
}

TEST_F(Fixes, OfOneHeaderAreMadeOnce) {
  FixPlan P = plan({fix({{"a", 0, 1, "X"}}), fix({{"a", 0, 1, "X"}})});
  EXPECT_EQ(P.Files[0].Content, "X123456789");
  EXPECT_EQ(P.Made.size(), 1u);
  EXPECT_EQ(P.Applied, 2u);
}

TEST_F(Fixes, ThatCollideAreRefusedWhole) {
  // The second one's first edit is free, its second is not.
  FixPlan P =
      plan({fix({{"a", 4, 3, "X"}}), fix({{"a", 0, 1, "Y"}, {"a", 6, 1, "Y"}}),
            fix({{"a", 4, 0, "I"}}), fix({{"a", 5, 0, "I"}}),
            fix({{"a", 3, 2, "Z"}})});
  EXPECT_EQ(P.Files[0].Content, "0123X789");
  EXPECT_EQ(P.Applied, 1u);
  EXPECT_EQ(P.Refused, 4u);
}

TEST_F(Fixes, OutsideTheFileAreRefused) {
  FixPlan P = plan({fix({{"a", 9, 2, ""}}), fix({{"b", 0, 0, "x"}})});
  EXPECT_TRUE(P.Files.empty());
  EXPECT_EQ(P.Refused, 2u);
}

TEST_F(Fixes, MayTouch) {
  FixPlan P = plan({fix({{"a", 0, 5, "A"}}), fix({{"a", 5, 5, "B"}})});
  EXPECT_EQ(P.Files[0].Content, "AB");
}

TEST(Wire, CarriesEverythingAndRefusesDamage) {
  Finding Full = toFinding(heapSite());
  Full.Notes = {"a note", std::string("\0 and \xff", 8)};
  Full.Suggestion = fix({{"a", 1, 2, "x"}});
  std::vector<Finding> Findings = {Full, toFinding(stackSite()), Finding()};
  std::string Bytes = packFindings(Findings);
  auto Same = unpackFindings(Bytes);
  ASSERT_TRUE(!!Same);
  EXPECT_TRUE(*Same == Findings);
  for (size_t Size = 0; Size < Bytes.size(); ++Size) {
    auto Cut = unpackFindings(llvm::StringRef(Bytes).take_front(Size));
    EXPECT_FALSE(!!Cut) << Size;
    llvm::consumeError(Cut.takeError());
  }
  for (size_t At = 0; At < Bytes.size(); ++At) {
    std::string Changed = Bytes;
    Changed[At] = '\xff';
    // Another finding or an error, but no crash and no endless list.
    auto Other = unpackFindings(Changed);
    if (!Other)
      llvm::consumeError(Other.takeError());
  }
}

TEST(Wire, CarriesAllocations) {
  Allocation Full = heapSite();
  Full.Size = 7;
  Full.Cold = true;
  Full.Notes = {"n"};
  Full.Suggestion = fix({{"a", 1, 2, "x"}});
  std::vector<Allocation> Sites = {Full, stackSite(), Allocation()};
  auto Same = unpackAllocations(packAllocations(Sites));
  ASSERT_TRUE(!!Same);
  EXPECT_TRUE(*Same == Sites);
}

TEST(SummaryTable, CountsAndAligns) {
  Allocation OnlyReturned = heapSite();
  OnlyReturned.Reasons.pop_back();
  std::string Text;
  llvm::raw_string_ostream Out(Text);
  printSummary({stackSite(), heapSite(), OnlyReturned}, 4, Out);
  EXPECT_EQ(Text,
            "allocation sites         3\n"
            "  can be on the stack    1\n"
            "    of these with a fix  1\n"
            "  stay on the heap       2\n"
            "known and not printed    4\n"
            "\n"
            "blocked by           sites  alone  meaning\n"
            "  return                 2      1  returned to the caller\n"
            "  non-constant-size      1      0  its size has no known bound\n");
}

} // namespace
