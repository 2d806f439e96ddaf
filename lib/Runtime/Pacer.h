// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// When to collect, how much of a pause to spend on moving, and when a program
/// that does little else than collecting is told so.
#ifndef GAB_RUNTIME_PACER_H
#define GAB_RUNTIME_PACER_H

#include "Collector.h"

namespace gab::rt {

/// How much may be allocated until the next cycle, when Live bytes are alive.
void setBudget(size_t Live);
/// A knob has changed: the budget may shrink, not grow.
void lowerBudget();
/// gab-gen: the next cycle should look at old objects too.
bool majorIsDue();

/// CPU time of the calling thread if anybody wants to know it, else 0.
uint64_t cycleCpuNs(const char *Reason);
/// Puts a cycle on the books that keep collecting below GAB_GC_CPU_MAX.
void chargeCycle(uint64_t StartCpuNs, const CycleRecord &R);
/// GAB_FAILFAST: collecting has cost too much for too long, and the program's
/// handler, if there is one, gives nothing up. The allocation has to fail.
bool mustGiveUp(size_t Bytes);

/// GAB_PAUSE_US: bytes that may be moved in the next pause.
int64_t pauseBytes();
void learnPause(const CycleRecord &R, const Worker &W);

} // namespace gab::rt
#endif
