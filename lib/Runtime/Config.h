// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The knobs, read from the environment at the first allocation; some may be
/// set later. Knobs.def lists them, docs/gab/tuning.md has a line for each.
#ifndef GAB_RUNTIME_CONFIG_H
#define GAB_RUNTIME_CONFIG_H

#include <stddef.h>
#include <stdint.h>

namespace gab::rt {

enum class Plan : uint8_t { NoGc, MarkSweep, Gab, Copying, Gen, Conc };
enum class ReturnPolicy : uint8_t { Prompt, Pacer, Never };

struct Config {
  Plan ThePlan = Plan::Gab;
  uint32_t Growth = 100;         ///< GAB_GROWTH, percent
  size_t Young = 0;              ///< GAB_YOUNG, bytes; 0 = chosen
  uint32_t Huge = 2;             ///< GAB_HUGE: pages of 2 MB, see HugePages.cpp
  uint32_t PauseUs = 0;          ///< GAB_PAUSE_US; 0 = not bounded
  size_t Limit = 0;              ///< GAB_LIMIT, bytes; 0 = none
  size_t HardLimit = 0;          ///< GAB_LIMIT_HARD, bytes; 0 = Limit
  uint32_t CpuMax = 50;          ///< GAB_GC_CPU_MAX, percent; 0 = no bound
  uint32_t FailFast = 0;         ///< GAB_FAILFAST, seconds; 0 = never
  size_t Reserve = 256ull << 30; ///< GAB_RESERVE, bytes
  uint32_t Threads = 0;          ///< GAB_GC_THREADS; 0 = caller only
  uint32_t SignalDelayUs = 50;   ///< GAB_SIGNAL_US, poll time before signals
  int Signal = 0;                ///< GAB_SIGNAL
  ReturnPolicy Return = ReturnPolicy::Pacer; ///< GAB_RETURN
  uint32_t Trace = 0;                        ///< GAB_TRACE: 1 lines, 2 JSON
  uint32_t Verify = 0;                       ///< GAB_VERIFY
  uint32_t Quarantine = 0;                   ///< GAB_QUARANTINE: cycles
  uint64_t ProfileBytes = 0;   ///< GAB_PROFILE: sample every so many bytes
  uint64_t StressAlloc = 0;    ///< GAB_STRESS=alloc:n
  bool StressEvacuate = false; ///< GAB_STRESS=evac
  bool StressNoSpace = false;  ///< GAB_STRESS=budget0
  bool StressAsync = false;    ///< GAB_STRESS=async
  bool StressParallel = false; ///< GAB_STRESS=parallel
  bool StressLazy = false;     ///< GAB_STRESS=lazy
  bool StressAging = false;    ///< GAB_STRESS=aging
  uint64_t StressMap = 0;      ///< GAB_STRESS=mmapfail:n
};

/// Reads the environment into C; a value that makes no sense is reported on
/// standard error with what is accepted, and ignored.
void readConfig(Config &C);
/// Sets a knob while the program runs. False when there is none of that name,
/// when it is read at the start only, or when the value makes no sense.
bool setKnob(Config &C, const char *Name, const char *Value);
const char *planName(Plan P);

} // namespace gab::rt
#endif
