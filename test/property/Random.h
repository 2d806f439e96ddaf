// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Seeds and numbers for property tests. Without more the rounds are the same
/// each time, as a build's tests must be. STACKWARD_ROUNDS asks for as many
/// others: STACKWARD_FIRST_SEED or the time begins them. A failure prints the
/// seed of its round, and with STACKWARD_SEED set to that the round runs alone.
#ifndef STACKWARD_TEST_RANDOM_H
#define STACKWARD_TEST_RANDOM_H

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace stackward {

/// SplitMix64 (Steele, Lea, Flood 2014): every seed gives a good stream.
class Random {
public:
  explicit Random(uint64_t Seed) : State(Seed) {}
  uint64_t next() {
    uint64_t Z = State += 0x9e3779b97f4a7c15;
    Z = (Z ^ (Z >> 30)) * 0xbf58476d1ce4e5b9;
    Z = (Z ^ (Z >> 27)) * 0x94d049bb133111eb;
    return Z ^ (Z >> 31);
  }
  unsigned below(unsigned N) { return next() % N; }

private:
  uint64_t State;
};

/// The seeds of a property's rounds; prints what repeats them.
inline std::vector<uint64_t> Seeds(const char *Name, unsigned Rounds) {
  if (const char *One = std::getenv("STACKWARD_SEED"))
    return {std::strtoull(One, nullptr, 10)};
  uint64_t First = 1;
  if (const char *Count = std::getenv("STACKWARD_ROUNDS")) {
    Rounds = std::strtoul(Count, nullptr, 10);
    First = std::chrono::system_clock::now().time_since_epoch().count();
  }
  if (const char *Given = std::getenv("STACKWARD_FIRST_SEED"))
    First = std::strtoull(Given, nullptr, 10);
  Random R(First);
  std::vector<uint64_t> Out;
  for (unsigned I = 0; I != Rounds; ++I)
    Out.push_back(R.next() >> 1);
  std::printf("%s: STACKWARD_ROUNDS=%u STACKWARD_FIRST_SEED=%llu\n", Name,
              Rounds, static_cast<unsigned long long>(First));
  return Out;
}

} // namespace stackward

#endif
