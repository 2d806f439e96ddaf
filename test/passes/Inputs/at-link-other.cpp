// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The other unit of seed/at-link.cpp: what it does with a container of its
/// caller is not to be seen there.
#include <string>
#include <utility>
#include <vector>

std::string KeptText;
std::vector<int> KeptNumbers;

size_t reads(const std::string &S) { return S.size() * 3 + S.back(); }
void grows(std::string &S, int N) {
  for (int I = 0; I < N; ++I)
    S += "more";
}
std::string makes(const char *Text, int N) {
  std::string S(Text);
  S += std::to_string(N);
  return S;
}
long sums(const std::vector<int> &V) {
  long R = 0;
  for (int I : V)
    R += I;
  return R;
}
// Ownership leaves, once through a const that is cast away.
void takes(std::string &S) { KeptText = std::move(S); }
void takesConst(const std::string &S) {
  KeptText = std::move(const_cast<std::string &>(S));
}
void takesValue(std::string S) { KeptText = std::move(S); }
void takesNumbers(std::vector<int> &&V) { KeptNumbers.swap(V); }
std::string passesOn(std::string &&S) { return std::move(S); }
