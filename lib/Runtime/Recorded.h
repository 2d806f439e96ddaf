// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Emptying sparse blocks in the second pause of a concurrent cycle, by the
/// slots that were recorded while it marked. See Recorded.cpp.
#ifndef GAB_RUNTIME_RECORDED_H
#define GAB_RUNTIME_RECORDED_H

#include "Collector.h"

namespace gab::rt {

/// First pause, before the last cycle's findings are forgotten: which blocks.
void chooseToEmpty();
/// First pause, after that: from now on slots into them are recorded.
void startRecording();
/// Second pause, all that lives is marked: moves what was recorded. Then
/// references to what was moved are followed as in any cycle that moves.
void emptyRecorded(Worker &W);
/// Second pause: nothing is recorded any more, whatever becomes of the cycle.
void stopRecording(Worker &W);

/// A reference to \p Value is about to be stored while slots are recorded.
bool mayLeave(const void *Value);
/// Of a store that does not say what is stored.
extern const char UnknownValue;

/// Calls F(slot, type) for each slot that the barrier has logged.
void eachLoggedSlot(void (*F)(void **Slot, const gab_type *Type, void *),
                    void *Context);
size_t loggedSlots();

} // namespace gab::rt
#endif
