// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The text form: what it says, that it comes back, and that damage of any
/// kind makes a function unknown, never more permissive.
#include "Scene.h"
#include "gtest/gtest.h"

using namespace stackward::escape;
using namespace stackward::escape::test;

namespace {

constexpr const char *Rich =
    "fresh0 size=32 family=new many type=_ZTS1A; "
    "fresh1 size=? family=unknown automatic; call p2 (p0|p1[8], -, @f%20g); "
    "vcall p1[0]+8 method=_ZN1V3seeE (p1[0]+8, r0[...]); flow fresh0 -> ret; "
    "flow @f%20g -> p0[8]; flow p1+8 -> p0[-8]; flow outside -> p0[*]; "
    "flow r0 -> p0[...][*]; flow p0[...] -> fresh0[0]; leak p0[0] why=global; "
    "free p0[0] must family=malloc; free p1+* family=new[]";

std::string print(const Summary &S, llvm::StringRef Name = "f") {
  std::string Text = SummariesHeader.str();
  llvm::raw_string_ostream Out(Text);
  printSummary(Name, S, Out);
  return Text;
}

llvm::StringMap<Summary> parse(llvm::StringRef Text) {
  auto Parsed = parseSummaries(Text);
  if (!Parsed) {
    llvm::consumeError(Parsed.takeError());
    return {};
  }
  return std::move(*Parsed);
}

Summary rich() {
  Summary S = parseSummaryBody(Rich, Confidence::Exact);
  S.ContentHash = 0x1f3a;
  S.WillReturn = true;
  return S;
}

TEST(SummaryText, ComesBack) {
  Summary S = rich();
  ASSERT_FALSE(S.isUnknown());
  auto Back = parse(print(S, "name with blanks"));
  ASSERT_EQ(Back.size(), 1u);
  EXPECT_TRUE(sameMeaning(Back["name with blanks"], S));
  EXPECT_EQ(print(Back["name with blanks"]), print(S));
  EXPECT_EQ(Back["name with blanks"].ContentHash, 0x1f3au);
}

TEST(SummaryText, WitnessesComeBack) {
  AnchorText Places;
  Places.Print = [](Anchor A) { return "a b.cpp:" + std::to_string(A); };
  Places.Parse = [](llvm::StringRef T) {
    return Anchor(std::stoul(T.split(':').second.str()));
  };
  Summary S = parseSummaryBody("leak p0 why=thread", Confidence::Exact);
  S.Leaks[0].Path = {{7, Why::PassedAsArgument, 0}, {9, Why::StartsThread, 1}};
  std::string Text = SummariesHeader.str();
  llvm::raw_string_ostream Out(Text);
  printSummary("f", S, Out, &Places);
  auto Back = parseSummaries(Text, &Places);
  ASSERT_TRUE(bool(Back));
  ASSERT_EQ((*Back)["f"].Leaks.size(), 1u);
  const Witness &W = (*Back)["f"].Leaks[0].Path;
  ASSERT_EQ(W.size(), 2u);
  EXPECT_EQ(W[1].At, 9u);
  EXPECT_EQ(W[1].What, Why::StartsThread);
  EXPECT_EQ(W[1].Depth, 1u);
}

TEST(SummaryText, AnyDamagedByteMakesItUnknown) {
  std::string Text = print(rich());
  unsigned Tried = 0;
  for (size_t I = 0; I != Text.size(); ++I)
    for (unsigned Bit = 0; Bit != 8; ++Bit) {
      std::string Damaged = Text;
      Damaged[I] ^= char(1u << Bit);
      ++Tried;
      auto Back = parse(Damaged);
      auto It = Back.find("f");
      if (It == Back.end() || It->second.isUnknown())
        continue;
      EXPECT_TRUE(sameMeaning(It->second, rich()))
          << "byte " << I << " bit " << Bit << ":\n"
          << Damaged;
    }
  EXPECT_GT(Tried, 1000u);
}

TEST(SummaryText, AnyTruncationMakesItUnknown) {
  std::string Text = print(rich());
  for (size_t Size = 0; Size + 1 < Text.size(); ++Size) {
    auto Back = parse(llvm::StringRef(Text).take_front(Size));
    auto It = Back.find("f");
    EXPECT_TRUE(It == Back.end() || It->second.isUnknown()) << Size;
  }
}

TEST(SummaryText, OneDamagedEntryLeavesTheOthers) {
  std::string Text = SummariesHeader.str();
  llvm::raw_string_ostream Out(Text);
  for (const char *Name : {"a", "b", "c"})
    printSummary(Name, rich(), Out);
  size_t B = Text.find("fn b");
  Text[Text.find("p1+8", B) + 1] = '0';
  auto Back = parse(Text);
  EXPECT_FALSE(Back["a"].isUnknown());
  EXPECT_TRUE(Back.count("b"));
  EXPECT_TRUE(Back["b"].isUnknown());
  EXPECT_FALSE(Back["c"].isUnknown());
}

TEST(SummaryText, TwoEntriesOfOneNameAreUnknown) {
  std::string Text = print(rich());
  Text += llvm::StringRef(print(rich())).drop_front(SummariesHeader.size());
  EXPECT_TRUE(parse(Text)["f"].isUnknown());
}

TEST(SummaryText, WrongHeaderIsAnError) {
  auto Parsed = parseSummaries("stackward-summaries 2\n");
  EXPECT_FALSE(bool(Parsed));
  llvm::consumeError(Parsed.takeError());
}

TEST(SummaryText, HandWrittenEntriesNeedNoHash) {
  std::string Head = SummariesHeader.str();
  auto Known = parse(Head + "fn f conf=annotated\n  flow p0 -> ret\n  end\n");
  EXPECT_TRUE(Known["f"].returnsAlias(0));
  auto Not = parse(Head + "fn f conf=exact\n  flow p0 -> ret\n  end\n");
  EXPECT_TRUE(Not["f"].isUnknown());
}

TEST(SummaryText, NonsenseIsUnknown) {
  for (const char *Line : {"flow p0 -> p1",
                           "flow ret -> p0[0]",
                           "flow p0 -> outside",
                           "flow fresh0 -> ret",
                           "flow r0 -> ret",
                           "leak p0",
                           "leak ret why=cap",
                           "leak p0 why=nonsense",
                           "free p0",
                           "free p0 family=heap",
                           "call p0",
                           "call p0 (p1",
                           "vcall p0 (p0)",
                           "flow p0[] -> ret",
                           "flow p0[8 -> ret",
                           "flow p0[8]] -> ret",
                           "flow p -> ret",
                           "flow p0+ -> ret",
                           "flow p99999999 -> ret",
                           "flow p0 ret",
                           "call r0 ()",
                           "fresh1 size=1 family=new",
                           "frobnicate",
                           "flow p0 -> p1[0]+8",
                           "flow @ -> ret",
                           "flow outside[0] -> ret",
                           "flow p0[-2147483648] -> ret",
                           "via 0 Assigned x"})
    EXPECT_TRUE(parseSummaryBody(Line, Confidence::Exact).isUnknown()) << Line;
}

TEST(Summary, DefaultIsUnknown) {
  EXPECT_TRUE(Summary().isUnknown());
  EXPECT_TRUE(unknownSummary().isUnknown());
  EXPECT_TRUE(Summary().mayRelease(3));
  EXPECT_TRUE(Summary().returnsAlias(3));
  EXPECT_FALSE(Summary().mustRelease(3));
  EXPECT_FALSE(Summary().addressOnly(3));
  Summary S;
  EXPECT_FALSE(S.NoThrow || S.WillReturn);
}

TEST(Summary, BitsFollowFromTheLines) {
  auto S = [](const char *Lines) {
    return parseSummaryBody(Lines, Confidence::Exact);
  };
  EXPECT_TRUE(S("").addressOnly(0));
  EXPECT_TRUE(S("free p0 family=new").addressOnly(0));
  EXPECT_FALSE(S("flow p0[0] -> ret").addressOnly(0));
  EXPECT_FALSE(S("leak p0[0] why=cap").addressOnly(0));
  EXPECT_FALSE(S("call p1 (p0)").addressOnly(0));
  EXPECT_TRUE(S("flow p0[0] -> ret").returnsAlias(0));
  EXPECT_FALSE(S("flow p1 -> ret").returnsAlias(0));
  EXPECT_TRUE(S("call p1 (p0) -> ret").returnsAlias(0));
  EXPECT_TRUE(S("free p0[0] family=new").mayRelease(0));
  EXPECT_TRUE(S("leak p0 why=thread").mayRelease(0));
  EXPECT_TRUE(S("call p0 ()").mayRelease(0));
  EXPECT_FALSE(S("flow p0 -> ret").mayRelease(0));
  EXPECT_TRUE(S("free p0 must family=new").mustRelease(0));
  EXPECT_FALSE(S("free p0[0] must family=new").mustRelease(0));
  EXPECT_FALSE(S("free p0 family=new").mustRelease(0));
}

} // namespace
