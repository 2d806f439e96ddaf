// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random C++ programs over integers: expressions of every operator, branches,
/// switches, loops that end, references, pointers, plain structs, globals,
/// calls, and addresses of locals given to functions that read, write or keep
/// them. The same seed gives the same text. They may overflow or divide by
/// zero when run; whoever runs them stops there.
#ifndef STACKWARD_TEST_PROPERTY_RANDOMPROGRAM_H
#define STACKWARD_TEST_PROPERTY_RANDOMPROGRAM_H

#include <random>
#include <string>
#include <vector>

namespace stackward::test {

struct RandomFunction {
  std::string Name;
  std::vector<std::string> Params; ///< types
  bool IsStatic = false;
};

struct RandomProgram {
  std::string Text; ///< one namespace
  std::vector<RandomFunction> Functions;
};

RandomProgram randomProgram(unsigned Seed, const std::string &Namespace);

} // namespace stackward::test

#endif
