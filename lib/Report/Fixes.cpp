// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Replacements made are kept in a map by file and offset. They are disjoint,
/// so a new one can only collide with its neighbours there.
#include "stackward/Report/Fixes.h"
#include <map>

using namespace stackward::report;

namespace {

class Plan {
public:
  explicit Plan(const FileReader &Read) : Read(Read) {}
  bool tryAdd(const Suggestion &S);
  FixPlan finish() &&;

private:
  using Edits = std::map<uint64_t, const Replacement *>;
  static bool fits(const Edits &Made, const Replacement &R);
  bool inFile(const Replacement &R) const;

  const FileReader &Read;
  std::map<std::string, Edits> Files;
};

} // namespace

bool Plan::inFile(const Replacement &R) const {
  auto Text = Read(R.File);
  return Text && R.Offset <= Text->size() &&
         R.Length <= Text->size() - R.Offset;
}

bool Plan::fits(const Edits &Made, const Replacement &R) {
  auto Next = Made.lower_bound(R.Offset);
  if (Next != Made.end() &&
      (Next->first == R.Offset || Next->first < R.Offset + R.Length))
    return false;
  if (Next == Made.begin())
    return true;
  const Replacement &Before = *std::prev(Next)->second;
  return Before.Offset + Before.Length <= R.Offset;
}

bool Plan::tryAdd(const Suggestion &S) {
  std::vector<std::pair<Edits *, uint64_t>> Added;
  for (const Replacement &R : S.Replacements) {
    Edits &Made = Files[R.File];
    auto Same = Made.find(R.Offset);
    if (Same != Made.end() && *Same->second == R)
      continue;
    if (inFile(R) && fits(Made, R)) {
      Made.emplace(R.Offset, &R);
      Added.emplace_back(&Made, R.Offset);
      continue;
    }
    for (auto &[Where, Offset] : Added)
      Where->erase(Offset);
    return false;
  }
  return true;
}

FixPlan Plan::finish() && {
  FixPlan Result;
  for (auto &[File, Made] : Files) {
    if (Made.empty())
      continue;
    llvm::StringRef Text = *Read(File);
    FixedFile Fixed{File, ""};
    uint64_t Done = 0;
    for (auto &[Offset, R] : Made) {
      Fixed.Content += Text.slice(Done, Offset);
      Fixed.Content += R->Text;
      Done = Offset + R->Length;
      Result.Made.push_back(*R);
    }
    Fixed.Content += Text.drop_front(Done);
    Result.Files.push_back(std::move(Fixed));
  }
  return Result;
}

FixPlan stackward::report::planFixes(llvm::ArrayRef<Suggestion> Suggestions,
                                     const FileReader &Read) {
  Plan P(Read);
  unsigned Applied = 0, Refused = 0;
  for (const Suggestion &S : Suggestions) {
    if (!S.Fixable || S.Replacements.empty())
      continue;
    ++(P.tryAdd(S) ? Applied : Refused);
  }
  FixPlan Result = std::move(P).finish();
  Result.Applied = Applied;
  Result.Refused = Refused;
  return Result;
}
