// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The containers against those of the standard library, with collections in
/// between.
#include "gab/deque.hpp"
#include "gab/hash_map.hpp"
#include "gab/string.hpp"
#include "gab/vector.hpp"
#include <deque>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace {

struct Price {
  double Value;
  int64_t Time;
};
struct Shelf {
  gab::vector<gab::Member<Price>> Prices;
  gab::vector<int> Numbers;
  gab::hash_map<gab::string, gab::Member<Price>> ByName;
  gab::hash_map<int, int> Plain;
  gab::deque<gab::string> Lines;
  GAB_TRACE(Shelf, Prices, Numbers, ByName, Plain, Lines)
};

class Containers : public testing::Test {
protected:
  gab::Root<Shelf> S = gab::make<Shelf>();
  std::mt19937 Random{4711};
  void sometimesCollect() {
    if (Random() % 500 == 0)
      Random() % 2 ? gab::collect() : gab::compact();
  }
};

TEST_F(Containers, VectorOfReferencesAndOfNumbers) {
  std::vector<int64_t> Shadow;
  for (int I = 0; I < 20000; ++I) {
    if (Random() % 4 || Shadow.empty()) {
      S->Prices.push_back(gab::make<Price>(1.0, I));
      S->Numbers.push_back(I);
      Shadow.push_back(I);
    } else if (Random() % 2) {
      S->Prices.pop_back();
      S->Numbers.pop_back();
      Shadow.pop_back();
    } else if (Shadow.size() < 300) {
      size_t At = Random() % Shadow.size();
      S->Prices.erase(S->Prices.begin() + At);
      S->Numbers.erase(S->Numbers.begin() + At);
      Shadow.erase(Shadow.begin() + At);
      S->Prices.insert(S->Prices.begin() + At, gab::make<Price>(2.0, -I));
      S->Numbers.insert(S->Numbers.begin() + At, -I);
      Shadow.insert(Shadow.begin() + At, -I);
    }
    sometimesCollect();
  }
  ASSERT_EQ(S->Prices.size(), Shadow.size());
  for (size_t I = 0; I < Shadow.size(); ++I) {
    ASSERT_EQ(S->Prices[I]->Time, Shadow[I]);
    ASSERT_EQ(S->Numbers[I], Shadow[I]);
  }
}

TEST_F(Containers, VectorMayPushItsOwnElement) {
  gab::vector<gab::string> V;
  V.push_back("first");
  for (int I = 0; I < 100; ++I)
    V.push_back(V[0]);
  EXPECT_EQ(V.back(), "first");
}

TEST_F(Containers, MapOfStrings) {
  std::map<std::string, int64_t> Shadow;
  for (int I = 0; I < 20000; ++I) {
    std::string Key = "key " + std::to_string(Random() % 700);
    if (Random() % 3) {
      S->ByName[Key] = gab::make<Price>(0.0, I);
      Shadow[Key] = I;
    } else {
      EXPECT_EQ(S->ByName.erase(Key), Shadow.erase(Key) == 1);
    }
    sometimesCollect();
  }
  ASSERT_EQ(S->ByName.size(), Shadow.size());
  for (auto &[Key, Time] : Shadow) {
    auto *Found = S->ByName.find(Key);
    ASSERT_TRUE(Found) << Key;
    ASSERT_EQ((*Found)->Time, Time);
  }
  size_t Seen = 0;
  S->ByName.each([&](const gab::string &Key, gab::Member<Price> &P) {
    ++Seen;
    EXPECT_EQ(Shadow.at(std::string(Key.view())), P->Time);
  });
  EXPECT_EQ(Seen, Shadow.size());
}

TEST_F(Containers, MapKeyedByReferencesSurvivesMoves) {
  gab::hash_map<gab::Member<Price>, int, gab::identity_hasher<Price>> Map;
  gab::vector<gab::Member<Price>> Keys;
  for (int I = 0; I < 2000; ++I) {
    Keys.push_back(gab::make<Price>(0.0, I));
    Map[Keys.back()] = I;
  }
  gab::compact();
  gab::collect();
  for (int I = 0; I < 2000; ++I) {
    int *Found = Map.find(Keys[I]);
    ASSERT_TRUE(Found);
    ASSERT_EQ(*Found, I);
  }
}

TEST_F(Containers, DequeOfStrings) {
  std::deque<std::string> Shadow;
  for (int I = 0; I < 20000; ++I) {
    std::string Text(Random() % 200, static_cast<char>('a' + I % 26));
    switch (Random() % 5) {
    case 0:
    case 1:
      S->Lines.push_back(Text);
      Shadow.push_back(Text);
      break;
    case 2:
      S->Lines.push_front(Text);
      Shadow.push_front(Text);
      break;
    case 3:
      if (!Shadow.empty()) {
        S->Lines.pop_front();
        Shadow.pop_front();
      }
      break;
    case 4:
      if (!Shadow.empty()) {
        S->Lines.pop_back();
        Shadow.pop_back();
      }
      break;
    }
    sometimesCollect();
  }
  ASSERT_EQ(S->Lines.size(), Shadow.size());
  for (size_t I = 0; I < Shadow.size(); ++I)
    ASSERT_EQ(S->Lines[I], std::string_view(Shadow[I]));
}

TEST_F(Containers, StringsConcatenateAndCompare) {
  gab::string A = "alpha", B;
  EXPECT_TRUE(B.empty());
  for (int I = 0; I < 50; ++I)
    B = B + A.view();
  EXPECT_EQ(B.size(), 250u);
  EXPECT_EQ(B.view().substr(245), "alpha");
  EXPECT_LT(A, B);
  EXPECT_EQ(A + "", A);
}

} // namespace
