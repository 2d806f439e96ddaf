// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes the record: JSON with code addresses, which `lifetime-report`
/// turns into functions and lines.
#ifndef STACKWARD_LIFETIME_RECORDER_OUTPUT_H
#define STACKWARD_LIFETIME_RECORDER_OUTPUT_H

#include "Lifetimes.h"

#include <cstdio>

namespace recorder {

class Output {
public:
  /// Opens $STACKWARD_RECORDER_OUTPUT, where %p stands for the process id.
  Output();
  ~Output();
  void place(const Place &Where, const Totals &Sums);

private:
  void address(uintptr_t Code);
  void numbers(const char *Name, const uint64_t *Values, unsigned Count);

  FILE *File;
  bool First = true;
};

} // namespace recorder

#endif
