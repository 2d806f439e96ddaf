// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Workers that behave, crash, hang and lie.
#include "Workers.h"
#include <gtest/gtest.h>
#include <unistd.h>

using namespace stackward::cli;

namespace {

std::vector<Answer> run(size_t Count, PoolOptions Options,
                        llvm::function_ref<Answer(size_t)> Work) {
  std::vector<Answer> Answers;
  runForked(Count, Options, Work, [&](size_t Piece, Answer A) {
    EXPECT_EQ(Piece, Answers.size()) << "answers come in order";
    Answers.push_back(std::move(A));
  });
  return Answers;
}

TEST(Workers, AnswerInOrderForAnyNumberOfProcesses) {
  for (unsigned Jobs : {0u, 1u, 3u, 50u}) {
    auto Answers = run(20, {Jobs, 0, {}}, [](size_t Piece) {
      usleep((20 - Piece) * 1000); // later pieces finish first
      return Answer{"bytes " + std::to_string(Piece), {"e1", "e2"}, 0, 0};
    });
    ASSERT_EQ(Answers.size(), 20u);
    for (size_t I = 0; I < 20; ++I) {
      EXPECT_EQ(Answers[I].Bytes, "bytes " + std::to_string(I));
      EXPECT_EQ(Answers[I].Errors, (std::vector<std::string>{"e1", "e2"}));
    }
  }
}

TEST(Workers, LargeAnswersArriveWhole) {
  std::string Large(5 << 20, 'x');
  Large += '\0';
  Large += "end";
  auto Answers =
      run(3, {2, 0, {}}, [&](size_t) { return Answer{Large, {}, 0, 0}; });
  for (const Answer &A : Answers) {
    EXPECT_TRUE(A.Bytes == Large);
    EXPECT_GT(A.PeakKiB, 0u);
  }
}

TEST(Workers, ACrashIsThatPiecesErrorOnly) {
  auto Answers = run(3, {2, 0, {}}, [](size_t Piece) {
    if (Piece == 1)
      raise(SIGKILL);
    return Answer{"fine", {}, 0, 0};
  });
  EXPECT_EQ(Answers[0].Bytes, "fine");
  EXPECT_EQ(Answers[1].Bytes, "");
  EXPECT_EQ(Answers[1].Errors,
            std::vector<std::string>{"the analysis crashed: Killed"});
  EXPECT_EQ(Answers[2].Bytes, "fine");
}

TEST(Workers, SoIsAnEarlyExit) {
  auto Answers = run(1, {1, 0, {}}, [](size_t) -> Answer { _exit(7); });
  EXPECT_EQ(Answers[0].Errors, std::vector<std::string>{
                                   "the analysis ended early, with status 7"});
}

TEST(Workers, TimeRunsOutForThatPieceOnly) {
  auto Answers = run(3, {3, 1, {}}, [](size_t Piece) {
    while (Piece == 0)
      pause();
    return Answer{"fine", {}, 0, 0};
  });
  EXPECT_EQ(Answers[0].Errors, std::vector<std::string>{"not done within 1 s"});
  EXPECT_EQ(Answers[1].Bytes, "fine");
  EXPECT_EQ(Answers[2].Bytes, "fine");
}

TEST(Workers, TellProgress) {
  std::vector<size_t> Seen;
  PoolOptions Options{2, 0, [&](size_t Done) { Seen.push_back(Done); }};
  run(4, Options, [](size_t) { return Answer{}; });
  EXPECT_EQ(Seen, (std::vector<size_t>{1, 2, 3, 4}));
}

TEST(Workers, CpuTimeIsThatOfTheWorker) {
  auto Answers = run(1, {1, 0, {}}, [](size_t) {
    clock_t Until = clock() + CLOCKS_PER_SEC / 5;
    while (clock() < Until)
      ;
    return Answer{};
  });
  EXPECT_GT(Answers[0].CpuSeconds, 0.1);
}

} // namespace
