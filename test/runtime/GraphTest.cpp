// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The random graph against its shadow, with fixed seeds; soak.cpp runs the
/// long campaign. A failure prints the seed.
#include "Graph.h"
#include <gtest/gtest.h>

namespace {

class GraphTest : public testing::TestWithParam<uint64_t> {};

TEST_P(GraphTest, LooksLikeItsShadow) {
  graph::Model M(GetParam());
  for (int I = 1; I <= 60000; ++I) {
    M.step();
    if (I % 15000 == 0) {
      ASSERT_TRUE(M.compare())
          << M.failure() << " at step " << I << ", seed " << GetParam();
    }
  }
  gab::collect();
  ASSERT_TRUE(M.compare()) << M.failure() << ", seed " << GetParam();
  gab::compact();
  ASSERT_TRUE(M.compare()) << M.failure() << ", seed " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Seeds, GraphTest, testing::Values(1, 2, 3, 20240917));

} // namespace
