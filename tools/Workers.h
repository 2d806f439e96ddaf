// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs one piece of work in a forked process of its own, for many pieces at
/// once. The parent must have one thread only.
///
/// I1  Answers are received in the order of the pieces, whatever finished
///     first: output does not depend on the number of processes.
/// I2  A piece that crashes, runs out of time or answers nonsense gives an
///     answer without bytes and with one error; the others are not disturbed.
#ifndef STACKWARD_TOOLS_WORKERS_H
#define STACKWARD_TOOLS_WORKERS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace stackward::cli {

struct Answer {
  std::string Bytes;
  std::vector<std::string> Errors;
  double CpuSeconds = 0; ///< filled in by the parent
  uint64_t PeakKiB = 0;  ///< filled in by the parent
};

struct PoolOptions {
  unsigned Jobs = 1;
  unsigned TimeoutSeconds = 0; ///< 0: for ever
  /// Told whenever a piece is done, how many are.
  std::function<void(size_t Done)> Progress;
};

void runForked(size_t Count, const PoolOptions &Options,
               llvm::function_ref<Answer(size_t Piece)> Work,
               llvm::function_ref<void(size_t Piece, Answer)> Receive);

} // namespace stackward::cli

#endif
