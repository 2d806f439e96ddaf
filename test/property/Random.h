// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Seeds and numbers for property tests. A run without STACKWARD_SEED takes
/// the time as its seed; a failure prints the seed of its round, and with
/// STACKWARD_SEED set to that the round runs alone.
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

/// The seeds of a property's rounds; prints the first.
inline std::vector<uint64_t> Seeds(const char *Name, unsigned Rounds) {
  if (const char *One = std::getenv("STACKWARD_SEED"))
    return {std::strtoull(One, nullptr, 10)};
  if (const char *Count = std::getenv("STACKWARD_ROUNDS"))
    Rounds = std::strtoul(Count, nullptr, 10);
  Random R(std::chrono::steady_clock::now().time_since_epoch().count());
  std::vector<uint64_t> Out;
  for (unsigned I = 0; I != Rounds; ++I)
    Out.push_back(R.next() >> 1);
  std::printf("%s: %u rounds, first seed %llu\n", Name, Rounds,
              static_cast<unsigned long long>(Out.empty() ? 0 : Out.front()));
  return Out;
}

} // namespace stackward

#endif
